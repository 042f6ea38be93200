"""The table of an answer as one SVG: its words against those of the prompt, and of what it had said before."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from limelight.arrays import Floats
from limelight.captions import captions
from limelight.document import Document
from limelight.errors import InputError
from limelight.render.display import Weights, extent, one_line
from limelight.render.numbers import decimals, number
from limelight.render.paths import px
from limelight.render.shapes import escaped, label, lit, rect, written
from limelight.render.theme import DARK, FONTS, LIGHT, Theme, hexed
from limelight.render.typesetting import advance, fitted

MARGIN, SMALL, TINY = 18, 12.0, 10.0
CELL, HIGH = 34.0, 24.0
GAP = 12.0  # between the words of the prompt and those of the answer
NAMES, HEADS = 120.0, 96.0  # the most that names may take at the left, and above
SLANT = 50  # degrees of the names above
MOST_CELLS = 40_000


def draw(document: Document, dark: bool = False, lang: str = "") -> str:
    """The table, as wide and as high as it is.

    Args:
        document: what to show.
        dark: on a dark ground.
        lang: the language of the captions, see ``captions``.

    Raises:
        InputError: the explanation is of no answer word by word, or of too long a one.
    """
    answer, weights = document.answer, document.weights
    if answer is None or weights is None or not document.by_word:
        raise InputError(
            "this explanation is of no answer word by word, so there is no table of one. limelight draws view='table' "
            "of what a language model said; leave view out for the text."
        )
    theme, say = DARK if dark else LIGHT, captions(lang)
    words = [one_line(answer.text[slice(*span)]) for span in answer.spans]
    table = _table(document, weights)
    if table.size > MOST_CELLS:
        raise InputError(
            f"the table has {table.shape[0]} rows and {table.shape[1]} columns. A picture holds {MOST_CELLS:,} cells; "
            "take the numbers by to_frame()."
        )
    rows = [*words, *[say("answerEnd")] * (len(table) - len(words))]
    columns = [*map(one_line, document.features), *(f"…{word}" for word in words[: table.shape[1] - weights.shape[1]])]
    left = MARGIN + min(NAMES, max(advance(row, SMALL) for row in rows)) + 8
    top = MARGIN + 20 + HEADS
    prompt = len(document.features)
    gap = GAP if len(columns) > prompt else 0
    width = left + CELL * len(columns) + gap + HEADS * math.cos(math.radians(SLANT)) + MARGIN
    height = top + HIGH * len(rows) + MARGIN
    # one scale for the whole table
    most = max(extent(document), float(np.nanmax(np.abs(table), initial=0)))
    caption = fitted(say("tableCaption"), SMALL, width - 2 * MARGIN)
    parts = [*label(caption, MARGIN, MARGIN + 12, SMALL, theme.dim), *_heads(columns, prompt, left, top, theme)]
    for at, row in enumerate(rows):
        own = Weights.of(document, at)
        assert own is not None  # there are weights
        name, y = fitted(row, SMALL, left - MARGIN - 8), top + HIGH * at
        parts += label(name, left - 8 - advance(name, SMALL), y + 16, SMALL, theme.dim)
        parts += _cells(table[at], own, most, (left, y), theme)
    sides = f'width="{px(width)}" height="{px(height)}" viewBox="0 0 {px(width)} {px(height)}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {sides} xml:space="preserve" font-family="{FONTS}" role="img" '
        f'aria-label="{escaped(say("tableCaption"))}">\n'
        f'<rect x="-1" y="-1" width="110%" height="110%" fill="{hexed(theme.paper)}"/>\n{chr(10).join(parts)}\n</svg>\n'
    )


def _table(document: Document, weights: Floats) -> Floats:
    """Effects ``(k, d)``, and ``(k, d + w)`` where those of the answer's earlier words are known; NaN where none is."""
    earlier = None if document.answer is None else document.answer.earlier
    if earlier is None:
        return weights
    own = np.full((len(weights), len(document.answer.spans) if document.answer else 0), np.nan)
    for at, row in enumerate(earlier):
        own[at, : len(row)] = row
    return np.concatenate([weights, own], axis=1)


def _heads(columns: list[str], prompt: int, left: float, top: float, theme: Theme) -> Iterator[str]:
    for at, column in enumerate(columns):
        name = fitted(column, SMALL, HEADS)
        x, y = left + _offset(at, prompt) + CELL / 2, top - 8
        told = written(name, 0, 0, advance(name, SMALL), SMALL, theme.dim)
        yield f'<g transform="translate({px(x)} {px(y)}) rotate(-{SLANT})">{told}</g>'


def _cells(row: Floats, weights: Weights, most: float, place: tuple[float, float], theme: Theme) -> Iterator[str]:
    (left, y), digits = place, decimals(most)
    for at, weight in enumerate(row.tolist()):
        if math.isnan(weight):
            continue
        x = left + _offset(at, len(weights.row))
        said = number(weight, digits, True)
        if number(weight, digits) == number(0, digits):
            yield rect(x + 1, y + 1, CELL - 2, HIGH - 2, theme.soft, radius=3)
            continue
        doubt = weights.doubtful(at) if at < len(weights.row) else False
        yield lit(x + 1, y + 16, CELL - 2, min(1.0, abs(weight) / most), weight, doubt, theme, SMALL)
        wide = advance(said, TINY)
        yield written(said, x + (CELL - wide) / 2, y + 16, wide, TINY, theme.text)


def _offset(column: int, prompt: int) -> float:
    """How far to the right a column begins."""
    return CELL * column + (GAP if column >= prompt else 0)
