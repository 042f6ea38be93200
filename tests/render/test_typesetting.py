"""Breaking text into lines takes time in proportion to its length, whatever it is made of."""

from __future__ import annotations

import pytest

from limelight.render.typesetting import Piece, lines
from tests.text.test_linear import assert_linear

# Signs without a width, of which a line takes any number, and words that no line takes whole.
ENDLESS = {
    "no width": "\u200b",
    "no width, wide": "W\u200b",
    "no width and blanks": "\x1c\u200b",
    "dots": ".",
    "words": "ab",
}


@pytest.mark.parametrize("pad", [0, 2])
@pytest.mark.parametrize("name", ENDLESS)
def test_lines_are_broken_in_linear_time(name, pad):
    """A7."""
    sign = ENDLESS[name]
    assert_linear(lambda size: lines([Piece("W" * 900 + sign * (size // 8 // len(sign)), 0, pad=pad)], 9000))
