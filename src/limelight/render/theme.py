"""Colours and fonts of every picture that Python makes.

The colours are those of ``js/src/widget.css``; tests compare them.
"""

from __future__ import annotations

from dataclasses import dataclass

Colour = tuple[int, int, int]


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


LIGHT = Theme(
    paper=(255, 255, 255),
    text=(27, 31, 36),
    dim=(87, 96, 106),
    line=(216, 222, 228),
    edge=(129, 139, 150),
    soft=(243, 245, 247),
    raises=(37, 99, 195),
    lowers=(196, 84, 12),
    neutral=(87, 96, 106),
    ink=0.62,
)
DARK = Theme(
    paper=(21, 24, 28),
    text=(230, 233, 237),
    dim=(163, 173, 184),
    line=(52, 59, 68),
    edge=(119, 129, 141),
    soft=(32, 37, 43),
    raises=(106, 166, 255),
    lowers=(255, 154, 82),
    neutral=(163, 173, 184),
    ink=0.48,
)
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
