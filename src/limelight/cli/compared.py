"""A comparison on a terminal, or as plain lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from rich.padding import Padding
from rich.text import Text

from limelight.api.compare import Comparison, comparing
from limelight.captions import captions
from limelight.cli.lines import interrupts
from limelight.cli.output import console, printing, progress
from limelight.errors import visible
from limelight.render.display import one_line
from limelight.render.numbers import number

if TYPE_CHECKING:
    from limelight.api.compare import Contestant
    from limelight.api.options import Options

SHOWN = 3  # words of each
CELL = 4  # cells of a number
WIDE = 160  # cells of a line that goes into a file


def compare_all(contestants: Sequence[Contestant], options: Options, beam: bool) -> tuple[Comparison, bool]:
    """The comparison, and whether it came to its end; Ctrl-C gives those that are done.

    Raises:
        KeyboardInterrupt: none is done.
    """
    comparison = Comparison()
    try:
        with interrupts() as interrupted, progress("asking the model") as tell:
            for step in comparing(contestants, options, beam):
                if isinstance(step, Comparison):
                    comparison = step
                elif step is not None:
                    at = len(comparison.labels) + len(comparison.failures)
                    tell(one_line(contestants[at].label), step)
                if interrupted.is_set():
                    raise KeyboardInterrupt
    except KeyboardInterrupt:
        if not comparison.labels:
            raise
        return comparison, False
    return comparison, True


def show(comparison: Comparison) -> None:
    """Prints how true each is, the words that it finds strongest, and how far they agree."""
    out = console()
    width = out.width if out.is_terminal else WIDE
    with printing():
        for indent, line in _lines(comparison, width):
            if out.is_terminal:
                out.print(Padding(line, (0, 0, 0, indent)), overflow="fold")
            else:
                print((" " * indent + line.plain).rstrip(), file=out.file)


def _lines(comparison: Comparison, width: int) -> Iterator[tuple[int, Text]]:
    """Yields lines, each with the cells before it; one that is too long goes on below its beginning."""
    scores = comparison.scores
    ways = list(dict.fromkeys(score.masker for each in scores for score in each))
    columns = [*(captions().of("masker", way) for way in ways), "R²"]
    cells = [max(CELL, len(name)) for name in columns]
    room = max(8, width - 2 - sum(cells) - 2 * len(cells))
    names = [Text(visible(one_line(label))) for label in comparison.labels]
    wide = min(room, max((name.cell_len for name in names), default=0))
    # between texts or models there is nothing to win
    contest = len(names) > 1 and len({(one.fields, one.model) for one in comparison.explanations}) == 1
    if names:
        yield 2, Text("removal gap (the larger, the truer) and R² on fresh texts", "dim")
        yield 2, Text(" " * wide + _columns(columns, cells), "dim")
    for label, name, explanation, each in zip(comparison.labels, names, comparison.explanations, scores, strict=True):
        best = contest and label == comparison.best
        name.truncate(wide, overflow="ellipsis", pad=True)
        name.stylize("bold" if best else "")
        gaps = {score.masker: score.srg for score in each}
        told = [number(gaps[way], 2) if way in gaps else "–" for way in ways]
        r2 = each[0].r2 if each else None
        told.append("–" if r2 is None else number(max(r2, 0), 2))
        yield 0, Text.assemble("▸ " if best else "  ", name, _columns(told, cells))
        words = " · ".join(
            f"{one_line(word)} {number(weight, 2, signed=True)}" for word, weight in explanation.top(SHOWN)
        )
        target = one_line(explanation.targets[explanation.index()])
        yield 4, Text(visible(f"{target}: {words}"), "dim")
    for label, sentence in comparison.failures.items():
        yield 2, Text(visible(f"{one_line(label)}: {sentence}"))
    pairs = [
        (one, other, comparison.agreement[i, j])
        for (i, one), (j, other) in combinations(enumerate(comparison.labels), 2)
        if not np.isnan(comparison.agreement[i, j])
    ]
    if pairs:
        yield 0, Text()
        yield 2, Text("agreement: rank correlation of the weights", "dim")
    for one, other, agreement in pairs:
        yield 2, Text(visible(f"{number(agreement, 2):>5}  {one_line(one)}, {one_line(other)}"))


def _columns(texts: Sequence[str], cells: Sequence[int]) -> str:
    return "".join(f"  {text:>{wide}}" for text, wide in zip(texts, cells, strict=True))
