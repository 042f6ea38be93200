"""What limelight says to readers of its pictures, one file a language, which Python and the page both read.

A caption is a template with named places, ``{count} words``. One that counts has a form for ``one`` and one for
any ``other`` count. Captions with a dot are one of several: ``method.lime`` is what ``lime`` is called of all
``method``. ``js/src/captions.js`` follows the same rules.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from limelight.errors import InputError, listing

_FILES = {path.stem: path for path in sorted(Path(__file__).parent.glob("*.json"))}
LANGUAGES = tuple(_FILES)
_TAG = re.compile(rf"({'|'.join(LANGUAGES)})(-[a-z0-9]{{1,8}})*", re.IGNORECASE | re.ASCII)
_PLACE = re.compile(r"\{(\w+)\}")


class Note(str):
    """What a reader must know, in English, with what it takes to say it in another language.

    Attributes:
        code: its caption among those of ``warning``.
        values: what stands in its places; of one whose name ends in ``units`` the name of a unit.
    """

    code: str
    values: Mapping[str, str | int]

    def __new__(cls, text: str, code: str = "", values: Mapping[str, str | int] | None = None) -> Note:
        note = super().__new__(cls, text)
        note.code, note.values = code, dict(values or {})
        return note


def note(code: str, **values: str | int) -> Note:
    """Makes a note of a caption."""
    return Note(captions().told(Note("", code, values)), code, values)


@dataclass(frozen=True)
class Captions:
    """The captions of one language: called with a caption and what stands in its places, they say it.

    Numbers that count are given as such; any other comes written.
    """

    table: Mapping[str, str | Mapping[str, str]]

    @property
    def lang(self) -> str:
        """The language as pages name it."""
        return str(self.table["lang"])

    def __call__(self, caption: str, **values: str | int) -> str:
        return "".join(_written(values[place]) if place else text for text, place in self.parts(caption, **values))

    def of(self, group: str, name: str, otherwise: str | None = None, **values: str | int) -> str:
        """Says what one of several is called; one that has no caption is called ``otherwise``, or by its name."""
        if f"{group}.{name}" in self.table:
            return self(f"{group}.{name}", **values)
        return name if otherwise is None else otherwise

    def parts(self, caption: str, **values: str | int) -> list[tuple[str, str]]:
        """Cuts a caption into stretches: what it says, or the name of a place."""
        template = self.table[caption]
        if not isinstance(template, str):
            template = template["one" if values["count"] == 1 else "other"]
        # split at a group gives text and places in turn
        pieces = enumerate(_PLACE.split(template))
        return [("", piece) if at % 2 else (piece, "") for at, piece in pieces if piece]

    def quantity(self, scale: str, target: str) -> str:
        """Says what scores and weights are measured in, for one target."""
        return self.of("quantity", scale, f"{scale} · {target}", target=target)

    def effect(self, scale: str, target: str) -> str:
        """Says what weights are, as a caption."""
        return self.of("effect", scale, self("effect", what=self.quantity(scale, target)))

    def told(self, said: str) -> str:
        """Says a note in this language; one without a caption, or of another version, as it was said."""
        caption = f"warning.{said.code}" if isinstance(said, Note) else ""
        if not isinstance(said, Note) or caption not in self.table:
            return said
        values = {
            name: self.of("unit", value) if name.endswith("units") and isinstance(value, str) else value
            for name, value in said.values.items()
        }
        known = all(place in values for _, place in self.parts(caption, **values) if place)
        return self(caption, **values) if known else said

    def units(self, names: Iterable[str]) -> str:
        """Names several units, each once; one of somebody's own making by its name."""
        return self("listed").join(self.of("unit", name) for name in dict.fromkeys(names))

    def removal(self, units: Iterable[str], masker: str) -> str:
        """Says of which units some were taken out, and how."""
        named, how = self.units(units), self.of("masker", masker)
        return self("removal", units=named, masker=how) if named and how else named or how


def _written(value: str | int) -> str:
    return value if isinstance(value, str) else f"{value:,}"


@functools.cache
def captions(lang: str = "") -> Captions:
    """The captions of a language; of English where none is named, since Python knows no reader's.

    Raises:
        InputError: as ``check_language``.
    """
    name = (check_language(lang) or "en").split("-")[0].lower()
    return Captions(json.loads(_FILES[name].read_text("utf-8")))


def check_language(lang: object) -> str:
    """Returns a language tag if there are captions in that language; "" stands for the reader's own.

    Raises:
        InputError: it is no tag, or of another language.
    """
    if isinstance(lang, str) and (not lang or _TAG.fullmatch(lang)):
        return lang
    raise InputError(
        f"lang is {lang!r}. limelight has captions in {listing(LANGUAGES)}, also with a region such as 'zh-CN'; "
        "leave lang out to take the browser's."
    )
