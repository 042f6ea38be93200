"""How numbers are written in every picture that Python makes: as the page writes them in JavaScript."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal

_EXPONENTIAL = 1e21  # from here on JavaScript writes no digits after the point
_EXACT = Context(prec=40)


def fixed(value: float, digits: int) -> str:
    """A number of at least 0 as JavaScript's ``toFixed`` writes it: a half goes up, where Python's goes to even.

    Source: ECMA-262, Number.prototype.toFixed.
    """
    if value >= _EXPONENTIAL:
        return repr(float(value))
    # binary fractions are decimal ones, so that what is half between two numbers is known
    exact = Decimal.from_float(float(value))
    return f"{exact.quantize(Decimal((0, (1,), -digits)), ROUND_HALF_UP, _EXACT):f}"


def number(value: float, digits: int = 2, signed: bool = False) -> str:
    """A number with a real minus sign; ``signed`` adds the plus."""
    text = fixed(abs(value), digits)
    sign = "" if float(text) == 0 else "−" if value < 0 else "+" if signed else ""
    return sign + text


def decimals(most: float) -> int:
    """Decimals at which numbers up to ``most`` differ visibly: two digits of the largest."""
    return min(6, max(0, 1 - math.floor(math.log10(most))))
