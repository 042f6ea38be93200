"""An SVG in pixels, by resvg: one wheel, no browser, no system library."""

from __future__ import annotations

import re
import unicodedata
import warnings
from html import unescape

from limelight.errors import InputError
from limelight.render.theme import FONTS

MOST_PIXELS = 100_000_000
MOST_PROBED = 300  # a probe takes a millisecond
_RTL = re.compile('(?<= direction="rtl">)[^<]*')
_MARK = "\N{RIGHT-TO-LEFT MARK}"
_SIDES = re.compile(r'width="([\d.]+)" height="([\d.]+)"')
_PROBE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="48" height="32" font-family="{}"><text y="24">&#{};</text></svg>'
)
_UNASSIGNED = 0x10FFFD


def render(svg: str, scale: float = 2) -> bytes:
    """Draws an SVG that ``limelight.render.svg`` made, with the fonts of this machine.

    Args:
        svg: with a width and a height in pixels.
        scale: pixels drawn for each of them.

    Raises:
        ImportError: resvg-py is not installed.
        InputError: the scale is no number above 0, the picture would be too large, or
            there is no font.
    """
    if isinstance(scale, bool) or not isinstance(scale, (int, float)) or not 0 < scale < float("inf"):
        raise InputError(f"scale is {scale!r}. A picture takes a number above 0; 2 is sharp on today's screens.")
    sides = _SIDES.search(svg)
    assert sides, "limelight's own pictures have sides"
    width, height = (float(side) * scale for side in sides.groups())
    if width * height > MOST_PIXELS:
        raise InputError(
            f"the picture would be {width:,.0f} x {height:,.0f} pixels. to_png draws up to {MOST_PIXELS:,}; "
            "take a smaller scale, or to_svg, which has no pixels."
        )
    try:
        import resvg_py
    except ImportError as error:
        raise ImportError("to_png needs resvg-py, which is not installed; pip install 'limelight[png]'.") from error
    missing = unseen(unescape(re.sub("<[^>]*>", "", svg)))
    if "x" in missing:
        raise InputError(
            "to_png found none of its fonts on this machine, and would draw a picture without words. It takes "
            f"{FONTS.split(', sans')[0]}; install one, such as Debian's fonts-dejavu-core, or take to_svg."
        )
    if missing:
        warnings.warn(
            f"no font on this machine has {' '.join(missing[:8])}: the picture shows boxes there. "
            "Install one that has, such as Debian's fonts-noto-cjk or fonts-noto-core, or take to_svg.",
            stacklevel=3,
        )
    # resvg knows no direction; marks around what is neutral, such as a bracket, say it too
    svg = _RTL.sub(rf"{_MARK}\g<0>{_MARK}", svg)
    return resvg_py.svg_to_bytes(svg_string=svg, width=max(1, round(width)))


def unseen(text: str) -> list[str]:
    """Signs that no font here has: they are drawn as a code that stands for nothing is."""
    import resvg_py

    def drawn(code: int) -> bytes:
        return resvg_py.svg_to_bytes(svg_string=_PROBE.format(FONTS, code))

    signs = [sign for sign in sorted(set(text)) if sign > "~" and unicodedata.category(sign)[0] in "LNPS"]
    blank = drawn(_UNASSIGNED)
    return [sign for sign in ["x", *signs[:MOST_PROBED]] if drawn(ord(sign)) == blank]
