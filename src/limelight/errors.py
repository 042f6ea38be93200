"""What limelight raises: what was given, what is accepted, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class LimelightError(Exception):
    """Base of all errors that limelight raises on purpose; its text is meant for users."""


class InputError(LimelightError, ValueError):
    """A text, name or number that cannot be explained as given."""


class ModelError(LimelightError):
    """A model that cannot be had, or is not of a kind that limelight can ask."""


class PredictionError(LimelightError):
    """A model that failed, or answered something that is not an ``(n, k)`` table of numbers."""


def closest(given: object, accepted: Iterable[str]) -> str:
    """`` Did you mean 'x'?`` when ``given`` looks like a misspelt name, else nothing."""
    found = difflib.get_close_matches(str(given), list(accepted), n=1, cutoff=0.6)
    return f" Did you mean {found[0]!r}?" if found else ""


def listing(names: Iterable[str], most: int = 8) -> str:
    """Names in quotes, cut off after ``most``."""
    names = list(names)
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(repr(name) for name in names[:most]) + more


def choose(kind: str, given: str, registry: dict):
    """Looks a name up in a registry; an unknown one is an InputError with a hint."""
    if isinstance(given, str) and given in registry:
        return registry[given]
    raise InputError(f"unknown {kind} {given!r}. Accepted: {listing(registry)}.{closest(given, registry)}")


def reject_unknown(function: str, given: Iterable[str], accepted: Iterable[str]) -> None:
    """Raises TypeError for the first keyword that ``function`` does not take."""
    accepted = sorted(accepted)
    for name in given:
        if name not in accepted:
            raise TypeError(
                f"{function}() got an unknown keyword {name!r}. Accepted: {', '.join(accepted)}."
                + closest(name, accepted)
            )
