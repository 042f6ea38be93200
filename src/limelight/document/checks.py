"""What the parts of a document must be, so that every renderer can draw it."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from limelight.arrays import Floats
from limelight.errors import InputError, shown
from limelight.options import is_whole
from limelight.text.fields import Field, Place

MOST_FEATURES = 10_000
MOST_TARGETS = 200_000
MOST_NUMBERS = 4_000_000  # of one array
MOST_SIZE = 1e300  # of a number: sums of them are finite, too
MOST_TERMS = 20_000
MOST_TOGETHER = 20  # features of a term: nobody reads more
MOST_NAME = 2_000  # characters of a name
EXACT = 4096  # numbers; longer arrays are kept, and sent, in single precision
STATES = ("prediction", "answering", "draft", "partial", "settled", "spent", "exact")
SCALES = ("probability", "logit", "log-odds", "log-probability", "value", "attention")
_HALF = re.compile("[\ud800-\udfff]")


def unfit(what: str, accepted: str) -> InputError:
    """The error that says what of a document cannot be, as ``"name has shape (2, 3)"``."""
    return InputError(
        f"the document's {what}. limelight takes {accepted}; read it from what Explanation.save wrote, or make it anew."
    )


def refused(name: str, given: object, accepted: str) -> InputError:
    """The error that says what stands where something else should."""
    return unfit(f"{name} is {shown(given)}", accepted)


def string(name: str, given: object, most: int = MOST_NAME) -> str:
    """A str of whole characters, at most so long."""
    if not isinstance(given, str):
        raise refused(name, given, "a str")
    if len(given) > most or _HALF.search(given):
        raise refused(name, given, f"a str of whole characters, at most {most:,} of them")
    return given


def bytes_of(name: str, given: object, most: int) -> bytes:
    """At most so many bytes, in base64 that Python and a page take alike."""
    text = string(name, given, 4 * most // 3 + 4)
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise refused(name, given, "bytes in base64") from error
    if len(text) != 4 * -(-len(data) // 3):  # more padding than there is room for
        raise refused(name, given, "bytes in base64")
    return data


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
    if isinstance(given, bool) or not isinstance(given, (int, float, np.integer, np.floating)):
        raise refused(name, given, "a number")
    if not -MOST_SIZE <= given <= MOST_SIZE:  # nor is NaN
        raise refused(name, given, f"a number up to {MOST_SIZE}")
    return float(given)


def items(name: str, given: object, most: int) -> Sequence[Any]:
    """A list or tuple, at most so long."""
    if not isinstance(given, (list, tuple)):
        raise refused(name, given, "a list")
    if len(given) > most:
        raise unfit(f"{name} has {len(given):,} entries", f"up to {most:,}")
    return given


def flag(name: str, given: object) -> bool:
    """True or False."""
    if not isinstance(given, (bool, np.bool_)):
        raise refused(name, given, "true or false")
    return bool(given)


def numbers(name: str, given: object, shape: tuple[int | None, ...]) -> Floats:
    """Finite numbers in a table of such a shape, None for any length; of its own memory, not to be written to.

    A long one is rounded to single precision, in which it is sent and saved.
    """
    try:
        array = np.array(given)
    except (TypeError, ValueError, OverflowError) as error:  # such as rows of different lengths
        raise refused(name, given, "a table of numbers") from error
    if array.dtype.kind not in "fiu":
        raise refused(name, given, "a table of numbers")
    array = array.astype(float, copy=False)
    # JSON has no shape for a table without columns
    if not array.size and 0 in shape and None not in shape:
        array = array.reshape([side or 0 for side in shape])
    fits = array.ndim == len(shape) and all(side in (None, own) for side, own in zip(shape, array.shape, strict=True))
    fits = fits and (array.size > 0 or None not in shape)
    if not fits:
        raise unfit(f"{name} has shape {array.shape}", f"shape {shape}".replace("None", "1 or more"))
    if array.size > MOST_NUMBERS:
        raise unfit(f"{name} has {array.size:,} numbers", f"up to {MOST_NUMBERS:,}")
    if array.size > EXACT:
        with np.errstate(over="ignore"):
            array = array.astype(np.float32).astype(float)
    if not (np.abs(array) <= MOST_SIZE).all():  # nor is NaN
        raise unfit(f"{name} has numbers that are not finite, or too large", f"numbers up to {MOST_SIZE}")
    array.flags.writeable = False
    return array


def intervals(name: str, given: object, shape: tuple[int | None, ...]) -> np.ndarray:
    """``numbers`` of which each two are the ends of an interval."""
    ends = numbers(name, given, shape)
    if (ends[..., 0] > ends[..., 1]).any():
        raise unfit(f"{name} has an interval that ends before it begins", "each from its lower end to its upper")
    return ends


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


def masks(given: object, features: int) -> Floats:
    """Masks ``(n, d)`` as numbers.

    Raises:
        InputError: they are no numbers, or not one for each feature.
    """
    try:
        kept = np.asarray(given, dtype=float)
    except (TypeError, ValueError, OverflowError):
        kept = None
    if kept is None or kept.ndim != 2 or kept.shape[1] != features:
        what = f"masks are {shown(given)}" if kept is None else f"masks have shape {kept.shape}"
        raise InputError(
            f"{what}. Accepted: shape (n, {features}), a row for each thinned text and in it True for each feature "
            f"that is kept. For a single one write [mask]."
        )
    return kept


def check_count(function: str, n: object) -> None:
    """Refuses what does not say how many are wanted.

    Raises:
        InputError: it is neither None nor a whole number from 0 up.
    """
    if n is not None and not is_whole(n, 0):
        raise InputError(
            f"n is {shown(n)}. {function} takes how many are wanted, a whole number from 0 up, or None for all; write "
            f"{function}(5), and {function}(5, target=...) for a class."
        )
