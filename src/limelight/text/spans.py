"""Spans of a text: slices in code points, ascending, which do not overlap.

What looks for spans yields each as it finds it, and None after other work, so that
whoever stops iterating has cancelled.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from heapq import heappop, heappush

from limelight.errors import InputError

Span = tuple[int, int]
Splitter = Callable[[str], Sequence[Span]]
Search = Callable[[str], Iterator[Span | None]]

PAUSE = 2000  # steps of a search, each of microseconds, until somebody may stop it


def collected(spans: Iterable[Span | None]) -> Generator[None, None, list[Span]]:
    """Collects what a search yields, pausing after every ``PAUSE`` steps of it.

    Yields:
        None: still at work.

    Returns:
        The spans.
    """
    out = []
    for step, span in enumerate(spans, 1):
        if span is not None:
            out.append(span)
        if step % PAUSE == 0:
            yield
    return out


def checked(spans: Iterable[Span], text: str, splitter: object) -> Iterator[Span]:
    """Yields the spans of somebody's own splitter, as long as they are ascending slices of the text.

    Raises:
        InputError: they are something else.
    """
    name = getattr(splitter, "__name__", type(splitter).__name__)
    at = 0
    for start, stop in _pairs(spans, name):
        if not at <= start < stop <= len(text):
            raise InputError(
                f"unit={name} answered the span ({start}, {stop}) after one that ends at {at}, in a text of "
                f"{len(text)} characters. limelight takes ascending spans that do not overlap; sort and cut them."
            )
        yield start, stop
        at = stop


def _pairs(spans: Iterable[Span], name: str) -> Iterator[Span]:
    try:
        for start, stop in spans:
            yield int(start), int(stop)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"unit={name} answered {type(spans).__name__} that is no list of spans ({error}). limelight takes "
            "[(start, stop), ...], positions in the text; return those."
        ) from error


def _touched(spans: Iterable[Span | None], ranges: Sequence[Span]) -> Iterator[tuple[Span | None, int | None]]:
    """Yields each span with the position of the first of the ranges that touch it, or None."""
    coming = sorted(((low, high, at) for at, (low, high) in enumerate(ranges)), reverse=True)
    begun: list[tuple[int, int]] = []  # a heap: the first of the ranges on top
    for span in spans:
        if span is not None:
            while coming and coming[-1][0] < span[1]:
                _, high, at = coming.pop()
                heappush(begun, (at, high))
            while begun and begun[0][1] <= span[0]:
                heappop(begun)
        yield span, begun[0][0] if begun else None


def merged(spans: Iterable[Span | None], phrases: Sequence[Span]) -> Iterator[Span | None]:
    """Yields spans with those that a phrase touches made one."""
    whole: Span | None = None
    last: int | None = None
    for span, phrase in _touched(spans, phrases):
        if span is None:
            yield None
        elif whole is not None and phrase is not None and phrase == last:
            whole = (whole[0], span[1])
            yield None
        else:
            yield whole
            whole, last = span, phrase
    yield whole


def opened(text: str, spans: Iterable[Span | None], ranges: Sequence[Span], finer: Search) -> Iterator[Span | None]:
    """Yields spans with those that a range touches cut by the search for a finer unit."""
    for span, touching in _touched(spans, ranges):
        if span is None or touching is None:
            yield span
            continue
        start, stop = span
        empty = True
        for inner in finer(text[start:stop]):
            empty = empty and inner is None
            yield inner and (start + inner[0], start + inner[1])
        if empty:
            yield span
