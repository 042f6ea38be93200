"""Targets: what a model gives a score to, and how a reader chooses one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import SupportsIndex

from limelight.errors import InputError, closest, listing, shown
from limelight.text.fields import Place
from limelight.text.spans import Span

# How a reader names a target: by name, by position, or by the place where it stands, with its field or without.
Choice = str | SupportsIndex | tuple[int, int] | Place


class Target(str):
    """The name of a target, with where it stands if it stands anywhere.

    Attributes:
        group: what kind of target it is, such as ``"entities"``, or ``""``.
        span: its place in a field, or ``(start, stop)`` in the answer, or None.
        kind: of one that only this input has, what those of other inputs have in common with it, such as the tag of
            an entity; else ``""``.
    """

    group: str
    span: Place | Span | None
    kind: str

    def __new__(cls, name: str, group: str = "", span: Place | Span | None = None, kind: str = "") -> Target:
        target = super().__new__(cls, name)
        target.group, target.span, target.kind = group, span, kind
        return target


def distinct(names: Iterable[object]) -> tuple[str, ...]:
    """Target names as distinct strings: a repeated name gets its position."""
    texts = [name if isinstance(name, str) else str(name) for name in names]
    seen = Counter(texts)
    return tuple(name if seen[name] == 1 else f"{name} [{at}]" for at, name in enumerate(texts))


def standing(targets: Sequence[Target], places: Sequence[Place]) -> list[int]:
    """Which of some targets stand in some places, in their order; all of them for no place.

    Raises:
        InputError: there is a place without a target.
    """
    for place in places:
        if all(one.span != place for one in targets):
            where = listing(f"{one} at {one.span}" for one in targets if one.span)
            raise InputError(
                f"only has {shown(place)}, where no target stands. These do: {where}; give the place of one."
            )
    return [at for at, one in enumerate(targets) if not places or one.span in places]


def position(targets: Sequence[str], target: object) -> int:
    """Where a target stands that is given by name, position, or the place where it stands in the input.

    Raises:
        InputError: there is no such target.
    """
    if isinstance(target, str):
        if target in targets:
            return list(targets).index(target)
    elif isinstance(target, tuple):
        for at, one in enumerate(targets):
            span = getattr(one, "span", None)
            if span is not None and target in (span, span[1:]):
                return at
    elif hasattr(target, "__index__") and not isinstance(target, bool):
        at = int(target.__index__())
        if -len(targets) <= at < len(targets):
            return at % len(targets)
    raise InputError(
        f"unknown target {shown(target)}. Accepted: {listing(targets)}, or a position.{closest(target, targets)}"
    )
