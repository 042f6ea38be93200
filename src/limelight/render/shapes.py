"""What every drawing is made of: boxes, lines, and text that fills its width in any font."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape

from limelight.render.paths import hatch, px
from limelight.render.theme import FONTS, FONTS_FOR, Colour, Theme, hexed
from limelight.render.typesetting import Piece, advance, lines, script

TEXT = 18  # size of the text itself
# What XML cannot carry.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


def lit(
    x: float, y: float, width: float, share: float, sign: float, doubt: bool, theme: Theme, size: float = TEXT
) -> str:
    """The ground of a word and the line below it; hatched and dotted where the sign is in doubt."""
    colour = theme.sign(sign) if sign else theme.neutral
    up, down = size * 0.98, size * 0.36
    box = (x, y - up, width, up + down)
    if doubt:
        opacity, dashes, least = min(0.1 + share * theme.ink, theme.ink), "2 2", 0.3
        ink = f'stroke="{hexed(colour)}" stroke-width="1.5" stroke-opacity="{opacity:.3f}"'
        ground = f'<path d="{hatch(*box)}" {ink}/>'
    else:
        dashes, least = "" if sign > 0 else "6 3", 0.2
        ground = rect(*box, colour, f'fill-opacity="{share * theme.ink:.3f}"', radius=4)
    style = f'stroke-opacity="{least + share * (1 - least):.3f}"' + (f' stroke-dasharray="{dashes}"' if dashes else "")
    return ground + line_of(x + 1, y + down, x + width - 1, y + down, colour, 2, style)


def bar(x: float, y: float, width: float, height: float, sign: float, doubt: bool, theme: Theme) -> str:
    colour = theme.sign(sign)
    faint = 0.45 if doubt else 1.0
    if sign >= 0:
        return rect(x, y, width, height, colour, f'fill-opacity="{0.78 * faint:.2f}"')
    # stripes, so that what lowers is told apart without colour
    strokes = "".join(f"M{px(x + at)} {px(y)}v{px(height)}" for at in range(6, int(width), 7))
    ink = f'stroke="{hexed(theme.paper)}" stroke-width="2" stroke-opacity="0.45"'
    striped = rect(x, y, width, height, colour, f'fill-opacity="{0.85 * faint:.2f}"')
    return striped + (f'<path d="{strokes}" {ink}/>' if strokes else "")


def label(text: str, x: float, y: float, size: float, colour: Colour) -> Iterator[str]:
    """A text on one line that begins at ``x``, whichever way it runs."""
    return put(lines([Piece(text, size=size)], advance(text, size) + 0.01), x, y, 0, colour)


def put(found: Iterable[list[Piece]], x: float, y: float, leading: float, colour: Colour) -> Iterator[str]:
    for i, line in enumerate(found):
        for piece in line:
            yield placed(piece, x, y + leading * i, colour)


def placed(piece: Piece, x: float, y: float, colour: Colour) -> str:
    return written(
        piece.text, x + piece.x + piece.pad, y, piece.width - 2 * piece.pad, piece.size, colour, rtl=piece.rtl
    )


def written(text: str, x: float, y: float, width: float, size: float, colour: Colour, rtl: bool = False) -> str:
    """A text that fills its width in any font; held in the middle, since what "start" means turns with the script."""
    style = f'y="{px(y)}" font-size="{px(size)}" fill="{hexed(colour)}"'
    if needed := script(text):
        style += f' font-family="{FONTS_FOR[needed]}{FONTS}"'
    if width <= 0 or not text.strip():
        return f'<text x="{px(x)}" {style}>{escaped(text)}</text>'
    way = ' direction="rtl"' if rtl else ""
    fit = f'textLength="{px(width)}" lengthAdjust="spacingAndGlyphs"'
    return f'<text x="{px(x + width / 2)}" {style} text-anchor="middle" {fit}{way}>{escaped(text)}</text>'


def rect(x: float, y: float, width: float, height: float, fill: Colour, more: str = "", radius: float = 0) -> str:
    box = f'x="{px(x)}" y="{px(y)}" width="{px(width)}" height="{px(height)}" rx="{px(radius)}"'
    return f'<rect {box} fill="{hexed(fill)}" {more}/>'


def line_of(x1: float, y1: float, x2: float, y2: float, colour: Colour, width: float, more: str = "") -> str:
    ends = f'x1="{px(x1)}" y1="{px(y1)}" x2="{px(x2)}" y2="{px(y2)}"'
    return f'<line {ends} stroke="{hexed(colour)}" stroke-width="{width}" {more}/>'


def escaped(text: str) -> str:
    # a parser would turn a bare carriage return into a newline
    return escape(_FORBIDDEN.sub("\ufffd", text)).replace("\r", "&#13;")
