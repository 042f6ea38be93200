"""The document as JSON: schema ``limelight/2``, and what is read of the schema before it."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from limelight.captions import Note
from limelight.document.checks import EXACT, MOST_NUMBERS, bytes_of, items, refused, string, unfit, whole
from limelight.document.parts import Alternative, Answer
from limelight.document.targets import Target
from limelight.errors import InputError, shown
from limelight.protocol import SCHEMA
from limelight.text.fields import ONLY, Field

BEFORE = "limelight/1"
# What the document calls by another name than the value does.
NAMES = {"places": "spans", "reads": "read"}


def encoded(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a document as plain JSON types."""
    document: dict[str, Any] = {"schema": SCHEMA}
    for name, value in values.items():
        document[NAMES.get(name, name)] = _plain(value)
    document["targets"] = [_target(target) for target in values["targets"]]
    return document


def decoded(document: object) -> dict[str, Any]:
    """The values of a document, by name; what they must be is for the document itself to check.

    Raises:
        InputError: it has another schema, or is no such document.
    """
    if not isinstance(document, Mapping):
        raise InputError(
            f"the document is {shown(document)}, of type {type(document).__name__}. limelight reads a dict that "
            "Explanation.to_dict wrote; save the explanation again."
        )
    given = document.get("schema")
    if given not in (SCHEMA, BEFORE):
        raise InputError(
            f"the document has schema {shown(given)}. This limelight reads {SCHEMA!r}; "
            "write it again with Explanation.save, or install the limelight that wrote it."
        )
    needed = ("fields" if given == SCHEMA else "text", "spans", "targets", "scores")
    if missing := [name for name in needed if document.get(name) is None]:
        raise InputError(
            f"the document is not complete (it has no {', '.join(missing)}). limelight reads what "
            "Explanation.to_dict wrote; save the explanation again."
        )
    own = {there: name for name, there in NAMES.items()}
    if given == BEFORE:
        document = _since(document)
    values = {
        own.get(name, name): _value(name, value)
        for name, value in document.items()
        # null stands for what has its default, too; what the value alone calls so is no key of the document
        if value is not None and name not in NAMES
    }
    values["fields"] = tuple(_field(part) for part in items("fields", document["fields"], MOST_NUMBERS))
    values["targets"] = tuple(_read_target(one) for one in items("targets", document["targets"], MOST_NUMBERS))
    if isinstance(said := values.get("warnings"), (list, tuple)):
        values["warnings"] = tuple(_note(one) for one in said)
    if "answer" in values:
        values["answer"] = _answer(values["answer"])
    return values


def _plain(value: object) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist() if value.size <= EXACT else packed(value)
    if isinstance(value, Note):
        return {"code": value.code, "values": dict(value.values), "text": str(value)}
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, Field):
        optional = {"group": value.group, "role": value.role, "title": value.title}
        return {"name": value.name, "text": value.text} | {key: one for key, one in optional.items() if one}
    if isinstance(value, Answer):
        return {key: _plain(one) for key, one in vars(value).items()} | {"sentences": _plain(value.sentences)}
    if isinstance(value, Alternative):
        return dict(vars(value))
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value


def packed(array: np.ndarray) -> dict[str, Any]:
    """Many numbers in single precision, in little-endian bytes in base64."""
    return {"shape": list(array.shape), "float32": base64.b64encode(array.astype("<f4").tobytes()).decode()}


def _note(given: object) -> object:
    """A warning: a sentence, as documents of old have it, or with what it takes to say it in any language."""
    if not isinstance(given, Mapping):
        return given
    text, code, values = given.get("text"), given.get("code"), given.get("values")
    if not isinstance(text, str) or not isinstance(code, str) or not isinstance(values, Mapping):
        raise refused("warnings", given, "a sentence, or {code, values, text}")
    if not all(type(one) in (str, int) for one in values.values()):
        raise refused("warnings", given, "a sentence, or {code, values, text}")
    for one in (code, *values, *(one for one in values.values() if isinstance(one, str))):
        string("warnings", one)
    return Note(text, code, values)


def _value(name: str, value: object) -> object:
    """Numbers out of their packing; all else as it is."""
    if not isinstance(value, Mapping) or "float32" not in value:
        return value
    sides = [whole(name, side) for side in items(f"shape of {name}", value.get("shape"), 3)]
    data = bytes_of(name, value["float32"], 4 * MOST_NUMBERS)
    if 4 * math.prod(sides) != len(data):
        raise unfit(f"{name} has {len(data):,} bytes and shape {sides}", "four bytes a number")
    return np.frombuffer(data, dtype="<f4").reshape(sides)


def _target(target: str) -> dict[str, Any]:
    optional = {"group": getattr(target, "group", ""), "span": getattr(target, "span", None)}
    return {"name": str(target)} | {key: _plain(one) for key, one in optional.items() if one}


def _read_target(given: object) -> str:
    if not isinstance(given, Mapping) or not isinstance(given.get("name"), str):
        raise refused("targets", given, "targets with a name")
    span = given.get("span")
    return Target(given["name"], given.get("group", ""), None if span is None else tuple(items("span", span, 3)))


def _field(given: object) -> Field:
    if not isinstance(given, Mapping) or not isinstance(given.get("text"), str):
        raise refused("fields", given, "fields with a name and a text")
    return Field(*(given.get(key, "") for key in ("name", "text", "group", "role", "title")))


def _answer(given: object) -> Answer:
    if not isinstance(given, Mapping):
        raise refused("answer", given, "a dict with a text")
    known: dict[str, Any] = {key: given[key] for key in Answer.__dataclass_fields__ if given.get(key) is not None}
    if "alternatives" in known:
        known["alternatives"] = tuple(
            tuple(_alternative(one) for one in items("alternatives", some, MOST_NUMBERS))
            for some in items("alternatives", known["alternatives"], MOST_NUMBERS)
        )
    return Answer(**{"text": "", **known})


def _alternative(given: object) -> Alternative:
    if not isinstance(given, Mapping):
        raise refused("answer's alternatives", given, "dicts with text, id and probability")
    return Alternative(*(given.get(key) for key in ("text", "id", "probability")))  # type: ignore[arg-type]


def _since(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document of the schema before, which knew one text, and pairs."""
    now = dict(document)
    text, spans = now.pop("text", None), now.get("spans")
    now["fields"] = [{"name": ONLY, "text": text}]
    now["spans"] = [(0, *items("spans", span, 2)) for span in items("spans", spans, MOST_NUMBERS)]
    now["targets"] = [{"name": name} for name in items("targets", now.get("targets"), MOST_NUMBERS)]
    now["read"] = None if now.get("read") is None else [now["read"]]
    for old, new in (("pairs", "terms"), ("pair_weights", "term_weights"), ("pair_intervals", "term_intervals")):
        now[new] = now.pop(old, None)
    if now["terms"] is not None:
        pairs = (items("pairs", pair, 2) for pair in items("pairs", now["terms"], MOST_NUMBERS))
        now["terms"] = [sorted(whole("pairs", at) for at in pair) for pair in pairs]
    return now
