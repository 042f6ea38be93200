"""Spans of a text: slices in code points, ascending, which do not overlap."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from limelight.errors import InputError

Span = tuple[int, int]
Splitter = Callable[[str], Sequence[Span]]


def checked(spans: object, text: str, splitter: object) -> list[Span]:
    """The spans of somebody's own splitter, if they are ascending slices of the text.

    Raises:
        InputError: they are something else.
    """
    name = getattr(splitter, "__name__", type(splitter).__name__)
    try:
        found = [(int(start), int(stop)) for start, stop in spans]
    except (TypeError, ValueError) as error:
        raise InputError(
            f"unit={name} answered {type(spans).__name__} that is no list of spans ({error}). limelight takes "
            "[(start, stop), ...], positions in the text; return those."
        ) from error
    at = 0
    for start, stop in found:
        if not at <= start < stop <= len(text):
            raise InputError(
                f"unit={name} answered the span ({start}, {stop}) after one that ends at {at}, in a text of "
                f"{len(text)} characters. limelight takes ascending spans that do not overlap; sort and cut them."
            )
        at = stop
    return found


def merged(spans: Sequence[Span], phrases: Sequence[Span]) -> list[Span]:
    """Spans with those that a phrase touches made one."""
    out: list[Span] = []
    last = None
    for start, stop in spans:
        phrase = next((p for p in phrases if p[0] < stop and start < p[1]), None)
        if phrase is not None and phrase == last:
            out[-1] = (out[-1][0], stop)
        else:
            out.append((start, stop))
        last = phrase
    return out


def opened(text: str, spans: Sequence[Span], ranges: Sequence[Span], finer: Splitter) -> list[Span]:
    """Spans with those that a range touches cut by a finer unit."""
    out: list[Span] = []
    for start, stop in spans:
        inner = [(start, stop)]
        if any(low < stop and start < high for low, high in ranges):
            inner = [(start + a, start + b) for a, b in finer(text[start:stop])] or inner
        out += inner
    return out
