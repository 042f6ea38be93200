"""Targets: what a model gives a score to, and how a reader chooses one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from limelight.errors import InputError, closest, listing
from limelight.text.fields import Place


class Target(str):
    """The name of a target, with where it stands if it stands anywhere.

    Attributes:
        group: what kind of target it is, such as ``"entities"``, or ``""``.
        span: its place in a field, or None.
    """

    group: str
    span: Place | None

    def __new__(cls, name: str, group: str = "", span: Place | None = None) -> Target:
        target = super().__new__(cls, name)
        target.group, target.span = group, span
        return target


def distinct(names: Iterable[object]) -> tuple[str, ...]:
    """Target names as distinct strings: a repeated name gets its position."""
    texts = [name if isinstance(name, str) else str(name) for name in names]
    seen = Counter(texts)
    return tuple(name if seen[name] == 1 else f"{name} [{at}]" for at, name in enumerate(texts))


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
    elif isinstance(target, int) and not isinstance(target, bool) and -len(targets) <= target < len(targets):
        return int(target) % len(targets)
    elif hasattr(target, "__index__") and not isinstance(target, bool):
        return position(targets, int(target.__index__()))
    raise InputError(
        f"unknown target {target!r}. Accepted: {listing(targets)}, or a position.{closest(target, targets)}"
    )
