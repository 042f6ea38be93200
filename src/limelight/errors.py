"""What limelight raises: what was given, what is accepted, what to do."""

from __future__ import annotations

import difflib
import re
import reprlib
from collections.abc import Iterable, Mapping
from typing import TypeVar

T = TypeVar("T")

MOST_SAID = 2000  # characters of a sentence, which may quote a model's message of megabytes
MOST_QUOTED = 300  # of somebody else's message in it
# What a terminal would act upon, line ends and tabs aside; and the marks that turn the order of what follows.
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_LINE_END = re.compile(r"\s*\n\s*")  # in the repr of an array, say; those of a text are spelt out
_SURROGATE = re.compile("[\ud800-\udfff]")


class LimelightError(Exception):
    """Base of all errors that limelight raises on purpose; its text is meant for users.

    Whatever the sentence quotes, it can be printed, sent and saved: see ``printable``.

    Attributes:
        ways: options, each of which would mend it, by name.
    """

    def __init__(self, sentence: object = "", *rest: object, ways: Mapping[str, object] | None = None) -> None:
        super().__init__(printable(str(sentence)), *rest)
        self.ways = dict(ways or {})


class InputError(LimelightError, ValueError):
    """A text, name or number that cannot be explained as given."""


class ModelError(LimelightError):
    """A model that cannot be had, or is not of a kind that limelight can ask."""


class PredictionError(LimelightError):
    """A model that failed, or answered something that is not an ``(n, k)`` table of numbers."""


def visible(text: str) -> str:
    """The text with its control characters spelt out (``\\x1b``, ``\\u202e``), so that none reaches a terminal."""
    return CONTROL.sub(lambda match: _spelt(ord(match.group())), text)


def _spelt(point: int) -> str:
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}"


def printable(text: str, most: int = MOST_SAID) -> str:
    """At most ``most`` characters that can be shown anywhere: control characters spelt out, no half characters."""
    return _cut(visible(_SURROGATE.sub("\ufffd", _cut(text, most))), most)


def _cut(text: str, most: int) -> str:
    """The text without its middle where it is too long: what to do is said last."""
    tail = most // 3
    return text if len(text) <= most else f"{text[: most - tail - 3]} … {text[-tail:]}"


def said(error: BaseException) -> str:
    """What an exception of somebody else's says, who may have failed at that, too."""
    try:
        return str(error)
    except Exception:
        return "it cannot say why"


def quoted(error: BaseException) -> str:
    """An exception of somebody else's within a sentence: its type and what it says, cut short."""
    return printable(f"{type(error).__name__}: {said(error)}", MOST_QUOTED)


_BRIEF = reprlib.Repr()
_BRIEF.maxstring = _BRIEF.maxother = MOST_QUOTED


def shown(value: object) -> str:
    """A value within a sentence: its ``repr``, cut short and in one line, whatever it is."""
    try:
        return printable(_LINE_END.sub(" ", _BRIEF.repr(value)), MOST_QUOTED)
    except Exception:  # somebody else's repr, which may raise anything
        return f"a {type(value).__name__}"


def closest(given: object, accepted: Iterable[str]) -> str:
    """`` Did you mean 'x'?`` when ``given`` looks like a misspelt name, else nothing."""
    names = {name.casefold(): name for name in reversed(list(accepted))}
    plain = str(given).casefold()
    found = difflib.get_close_matches(plain, list(names), n=1, cutoff=0.6)
    begun = [name for name in names if len(plain) > 1 and name.startswith(plain)]
    # a beginning tells which, where only one begins so
    one = begun[0] if len(begun) == 1 else found[0] if found else ""
    return f" Did you mean {names[one]!r}?" if one else ""


MOST_CHOICES = 20  # of a registry, where all are to be seen


def listing(names: Iterable[str], most: int = 8) -> str:
    """Names in quotes, cut off after ``most``."""
    names = list(names)
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(repr(name) for name in names[:most]) + more


def choose(kind: str, given: object, registry: Mapping[str, T]) -> T:
    """Looks a name up in a registry; an unknown one is an InputError with a hint."""
    if isinstance(given, str) and given in registry:
        return registry[given]
    raise InputError(
        f"unknown {kind} {given!r}. Accepted: {listing(registry, MOST_CHOICES)}.{closest(given, registry)}"
    )
