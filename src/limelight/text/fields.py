"""Fields: the named texts that an input is made of, and places in them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from limelight.errors import CONTROL, InputError, closest, listing, shown
from limelight.text.checks import MOST_CHARACTERS, check_characters
from limelight.text.spans import Span

Place = tuple[int, int, int]  # the position of a field, and a span of its text
# What a user writes: with one field (start, stop), with several (field name, start, stop).
Spot = Span | tuple[str | int, int, int]
# What a user calls a text, see ``fields_of``: one str, named texts (of which a list is several parts), or a chat.
Given = str | Mapping[str, str | Sequence[str | Mapping[str, str]]] | Sequence[Mapping[str, object]]

ONLY = "text"  # the name of the field of an input that is one str
MOST_FIELDS = 200
MOST_NAME = 500  # characters: it stands above its text, in one line
_BREAK = re.compile("[\n\r\t\ud800-\udfff\u2028\u2029]")
FORMS = (
    "limelight explains one str; a dict of named texts such as {'premise': '...', 'hypothesis': '...'}, in which a "
    "list is several parts; or a chat, a list of {'role': ..., 'content': ...}"
)


@dataclass(frozen=True)
class Field:
    """One text of an input, shown byte for byte under its name.

    Attributes:
        name: distinct among the fields of an input.
        text: the text.
        group: what it is a part of, such as ``"sources"``, or ``""``.
        role: of a message of a chat, or ``""``.
        title: for readers, or ``""``.
    """

    name: str
    text: str
    group: str = ""
    role: str = ""
    title: str = ""


def fields_of(given: object) -> tuple[Field, ...]:
    """The fields of what a user calls a text.

    Args:
        given: one str; a dict from names to texts, where a list (of str, or of dicts with
            a ``text`` and maybe a ``title``) stands for several parts; or a chat.

    Raises:
        InputError: it is none of these, or a text is no ``str`` of whole characters.
    """
    if isinstance(given, str):
        return (Field(ONLY, check_characters(given)),)
    if isinstance(given, Mapping):
        fields = [field for name, value in given.items() for field in _named(name, value)]
    elif is_chat(given):
        fields = [_message(at, item) for at, item in enumerate(given, 1)]
    else:
        advice = "give one of these"
        if hasattr(given, "__len__") and hasattr(given, "__getitem__"):  # a list, an array, a column of a table
            advice = "for several texts, call it once for each"
        raise InputError(f"the text is of type {type(given).__name__}. {FORMS}; {advice}.")
    if not 1 <= len(fields) <= MOST_FIELDS:
        raise InputError(f"the input has {len(fields)} fields. limelight explains 1 to {MOST_FIELDS}; give it those.")
    names = [field.name for field in fields]
    if len(set(names)) < len(names):
        raise InputError(f"the fields are called {listing(names)}. Each takes a name of its own; rename one.")
    return tuple(fields)


def _named(name: object, value: object) -> list[Field]:
    if not isinstance(name, str) or not name.strip() or not _is_showable(name):
        raise InputError(
            f"a field is called {shown(name)}. A field's name is a str such as 'premise', of up to {MOST_NAME} whole "
            "characters in one line; rename it."
        )
    if isinstance(value, str):
        return [Field(name, _checked(name, value))]
    if not isinstance(value, (list, tuple)):
        raise InputError(f"the field {name!r} is of type {type(value).__name__}. {FORMS}; give it a str.")
    fields = []
    for at, part in enumerate(value, 1):
        text, title = part, ""
        if isinstance(part, Mapping):
            text, title = part.get("text"), part.get("title", "")
        own = f"{name} {at}"
        fields.append(Field(own, _checked(own, text), group=name, title=_heading(f"title of {own}", title)))
    return fields


def _checked(name: str, text: object) -> str:
    if not isinstance(text, str):
        raise InputError(f"the field {name!r} is of type {type(text).__name__}. {FORMS}; give it a str.")
    return check_characters(text)


def _heading(name: str, text: object) -> str:
    """A title or a role."""
    if isinstance(text, str) and not _is_showable(text):
        raise InputError(
            f"the {name} is {shown(text)}. limelight takes up to {MOST_NAME} whole characters in one line; shorten it."
        )
    return _checked(name, text)


def _is_showable(name: str) -> bool:
    """Whether it can stand in one line, above a text."""
    return len(name) <= MOST_NAME and not CONTROL.search(name) and not _BREAK.search(name)


def is_chat(given: object) -> TypeGuard[Sequence[Mapping[str, object]]]:
    """Whether this is one chat, a list of messages with roles; any other list is several inputs."""
    return isinstance(given, (list, tuple)) and bool(given) and all(map(_is_message, given))


def _is_message(item: object) -> bool:
    return isinstance(item, Mapping) and "role" in item


def _message(at: int, item: Mapping[str, object]) -> Field:
    name = f"message {at}"
    role = _heading(f"role of {name}", item["role"])
    return Field(name, _checked(name, item.get("content")), group="chat", role=role)


def sources_of(fields: Sequence[Field]) -> list[int]:
    """Positions of the fields that are parts of the input beside what asks: of lists all, of a chat all but the last.

    None where there is no such part; the number of one is its place among these, from 1.
    """
    parts = [at for at, field in enumerate(fields) if field.group]
    return parts[:-1] if all(field.role for field in fields) else parts


def given_of(fields: Sequence[Field]) -> object:
    """What a user would give for these fields: the inverse of ``fields_of``."""
    if len(fields) == 1 and fields[0] == Field(ONLY, fields[0].text):
        return fields[0].text
    if all(field.role for field in fields):
        return [{"role": field.role, "content": field.text} for field in fields]
    given: dict[str, object] = {}
    for field in fields:
        if not field.group:
            given[field.name] = field.text
            continue
        parts = given.setdefault(field.group, [])
        assert isinstance(parts, list)
        parts.append({"title": field.title, "text": field.text} if field.title else field.text)
    return given


def check_fields(fields: Sequence[Field]) -> None:
    """Refuses what cannot be explained.

    Raises:
        InputError: all fields are empty or blank, or together longer than a page can show.
    """
    if not any(field.text.strip() for field in fields):
        what = "the text is" if len(fields) == 1 else f"the fields {listing(f.name for f in fields)} are all"
        raise InputError(f"{what} empty. limelight needs at least one word to explain; write some text first.")
    size = sum(len(field.text) for field in fields)
    if size > MOST_CHARACTERS:
        raise InputError(
            f"the text has {size:,} characters. limelight explains up to {MOST_CHARACTERS:,} at once; "
            "cut it, or explain its parts."
        )


def place_of(spot: object, fields: Sequence[Field]) -> Place:
    """A place as a user writes it: ``(start, stop)`` in the only field, else ``(field, start, stop)``.

    Raises:
        InputError: it is no such place, or not within its field.
    """
    form = "(start, stop)" if len(fields) == 1 else f"(field, start, stop), the field one of {listing(_names(fields))}"
    wrong = f"{shown(spot)} is no place in the text. limelight takes {form}, positions from the first character on"
    if isinstance(spot, str) or not isinstance(spot, Sequence) or len(spot) not in (2, 3):
        raise InputError(f"{wrong}, such as {(10, 17) if len(fields) == 1 else (fields[0].name, 10, 17)}.")
    if len(spot) == 2 and len(fields) > 1:
        raise InputError(f"{wrong}; say in which field.")
    field = field_at(spot[0], fields) if len(spot) == 3 else 0
    start, stop = spot[-2:]
    if not all(isinstance(edge, int) and not isinstance(edge, bool) for edge in (start, stop)):
        raise InputError(f"{wrong}; give whole numbers.")
    size = len(fields[field].text)
    if not 0 <= start < stop <= size:
        raise InputError(f"{wrong}; the field {fields[field].name!r} has {size:,} characters.")
    return field, start, stop


def field_at(given: object, fields: Sequence[Field]) -> int:
    """The position of a field that is given by name or position.

    Raises:
        InputError: there is no such field.
    """
    names = _names(fields)
    if isinstance(given, str) and given in names:
        return names.index(given)
    if isinstance(given, int) and not isinstance(given, bool) and 0 <= given < len(fields):
        return given
    raise InputError(f"unknown field {shown(given)}. Accepted: {listing(names)}.{closest(given, names)}")


def spot_of(place: Place, fields: Sequence[Field]) -> Spot:
    """The same place as a user writes it."""
    field, start, stop = place
    return (start, stop) if len(fields) == 1 else (fields[field].name, start, stop)


def touches(place: Place, others: Sequence[Place]) -> bool:
    """Whether a place and one of some others have a code point in common."""
    return any(place[0] == field and place[1] < stop and place[2] > start for field, start, stop in others)


def _names(fields: Sequence[Field]) -> list[str]:
    return [field.name for field in fields]
