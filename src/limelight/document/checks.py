"""What the parts of a document must be, so that every renderer can draw it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from limelight.errors import InputError, shown
from limelight.text.fields import Field, Place

MOST_FEATURES = 10_000
MOST_NUMBERS = 20_000_000  # of one array
MOST_TERMS = 20_000
MOST_NAME = 2_000  # characters of a name
MOST_NOTES = 100
EXACT = 4096  # numbers; longer arrays are kept, and sent, in single precision
STATES = ("prediction", "answering", "draft", "partial", "settled", "spent", "exact")
SCALES = ("probability", "logit", "log-odds", "log-probability", "value", "attention")
_HALF = re.compile("[\ud800-\udfff]")


def refused(name: str, given: object, accepted: str) -> InputError:
    """The error that says what of a document cannot be."""
    return InputError(
        f"the document's {name} is {shown(given)}. limelight takes {accepted}; "
        "read it from what Explanation.save wrote, or make it anew."
    )


def string(name: str, given: object, most: int = MOST_NAME) -> str:
    """A str of whole characters, at most so long."""
    if not isinstance(given, str):
        raise refused(name, given, "a str")
    if len(given) > most or _HALF.search(given):
        raise refused(name, given, f"a str of whole characters, at most {most:,} of them")
    return given


def one_of(name: str, given: object, accepted: Sequence[str]) -> str:
    """One of some names."""
    if not isinstance(given, str) or given not in accepted:
        raise refused(name, given, f"one of {', '.join(accepted)}")
    return given


def whole(name: str, given: object, least: int = 0, most: int = 2**53) -> int:
    """A whole number within bounds."""
    if isinstance(given, bool) or not isinstance(given, (int, np.integer)) or not least <= given <= most:
        raise refused(name, given, f"a whole number from {least} to {most}")
    return int(given)


def number(name: str, given: object) -> float:
    """A finite number."""
    if isinstance(given, bool) or not isinstance(given, (int, float, np.number)) or not math.isfinite(given):
        raise refused(name, given, "a finite number")
    return float(given)


def items(name: str, given: object, most: int) -> Sequence:
    """A list or tuple, at most so long."""
    if not isinstance(given, (list, tuple)) or len(given) > most:
        raise refused(name, given, f"a list of at most {most:,}")
    return given


def flag(name: str, given: object) -> bool:
    """True or False."""
    if not isinstance(given, (bool, np.bool_)):
        raise refused(name, given, "true or false")
    return bool(given)


def numbers(name: str, given: object, shape: tuple[int | None, ...]) -> np.ndarray:
    """Finite numbers in a table of such a shape, None for any length; of its own memory, not to be written to.

    A long one is rounded to single precision, in which it is sent and saved.
    """
    try:
        array = np.array(given, dtype=float)
    except (TypeError, ValueError, OverflowError) as error:
        raise refused(name, given, "a table of numbers") from error
    # JSON has no shape for a table without columns
    if not array.size and 0 in shape and None not in shape:
        array = array.reshape([side or 0 for side in shape])
    fits = array.ndim == len(shape) and all(side in (None, own) for side, own in zip(shape, array.shape, strict=True))
    if not fits or array.size > MOST_NUMBERS:
        raise refused(name, f"of shape {array.shape}", f"numbers of shape {shape}".replace("None", "any"))
    if array.size > EXACT:
        with np.errstate(over="ignore"):
            array = array.astype(np.float32).astype(float)
    if not np.isfinite(array).all():
        raise refused(name, "NaN or infinity among its numbers", "finite numbers")
    array.flags.writeable = False
    return array


def places(name: str, given: object, fields: Sequence[Field], ascending: bool = True) -> tuple[Place, ...]:
    """Places within the fields, one after the other unless that does not matter."""
    found = []
    for place in items(name, given, MOST_FEATURES):
        if len(items(name, place, 3)) != 3:
            raise refused(name, place, "places [field, start, stop]")
        field = whole(name, place[0], 0, len(fields) - 1)
        size = len(fields[field].text)
        start = whole(name, place[1], 0, size)
        found.append((field, start, whole(name, place[2], start + 1, size)))
    if ascending:
        for (field, _, stop), (other, start, _) in pairwise(found):
            if (field, stop) > (other, start):
                raise refused(name, found, "places that ascend and do not overlap")
    return tuple(found)


def positions(name: str, given: object, known: int, most: int = MOST_FEATURES) -> tuple[int, ...]:
    """Positions among so many things."""
    return tuple(whole(name, at, 0, known - 1) for at in items(name, given, most))
