"""Colours and fonts of every picture that Python makes.

The colours are in ``showing.json``; those of ``js/src/widget.css`` are the same: tests compare them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from limelight.render.showing import SHOWING

Colour = tuple[int, int, int]


def hexed(colour: Colour) -> str:
    """A colour as CSS writes it."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


@dataclass(frozen=True)
class Theme:
    """Colours in red, green and blue; ``ink`` is how opaque the full colour lies under a word."""

    paper: Colour
    text: Colour
    dim: Colour
    line: Colour
    edge: Colour
    soft: Colour
    raises: Colour
    lowers: Colour
    neutral: Colour
    ink: float

    def sign(self, weight: float) -> Colour:
        return self.lowers if weight < 0 else self.raises

    @classmethod
    def of(cls, colours: Mapping[str, str | float]) -> Self:
        """Reads a theme of ``showing.json``."""
        ink = float(colours["ink"])
        read = {name: bytes.fromhex(value[1:]) for name, value in colours.items() if isinstance(value, str)}
        return cls(ink=ink, **{name: (red, green, blue) for name, (red, green, blue) in read.items()})


LIGHT, DARK = (Theme.of(SHOWING["colours"][name]) for name in ("light", "dark"))
# The first are as wide as ``typesetting`` expects; some renderers know no name but those of fonts.
FONTS = (
    "Helvetica, Arial, 'Liberation Sans', Arimo, 'Segoe UI', Roboto, 'Noto Sans', 'Open Sans', Ubuntu, Cantarell, "
    "'DejaVu Sans', Verdana, 'Noto Sans CJK SC', 'Noto Sans SC', sans-serif"
)
# By script, in front of those: a fallback could be one with serifs, or of one colour.
FONTS_FOR = {
    "emoji": "'Apple Color Emoji', 'Segoe UI Emoji', 'Noto Color Emoji', ",
    "kana": "'Hiragino Sans', 'Yu Gothic', 'Noto Sans CJK JP', 'Noto Sans JP', ",
    "hangul": "'Apple SD Gothic Neo', 'Malgun Gothic', 'Noto Sans CJK KR', 'Noto Sans KR', ",
    "han": "'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', ",
}
