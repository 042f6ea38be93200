"""What words of two fields do together: a table, those of the one against those of the other.

The page has the same rule in ``js/src/model/across.js``; tests compare them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from limelight.captions import Captions
from limelight.document import Document
from limelight.render.display import FAINT, extent, one_line
from limelight.render.showing import SHOWING

MOST_ROWS, MOST_COLUMNS = int(SHOWING["mostRows"]), int(SHOWING["mostColumns"])


class Cell(NamedTuple):
    """What two features do together, beyond what each does by itself, where all the others are there."""

    row: int
    column: int
    weight: float


class Table(NamedTuple):
    """The cells of a target, and the features of its rows and columns, in text order."""

    rows: list[int]
    columns: list[int]
    cells: list[Cell]

    def at(self, row: int, column: int) -> float | None:
        """The weight in a cell; None where the two do nothing together that surely counts."""
        return next((cell.weight for cell in self.cells if (cell.row, cell.column) == (row, column)), None)


def opposite(document: Document) -> tuple[int, int] | None:
    """The two fields whose words can be set against each other; None where features stand in one, or more than two."""
    fields = sorted({field for field, _, _ in document.places})
    return (fields[0], fields[1]) if len(fields) == 2 else None


def cells(document: Document, target: int, least: float = 0.0) -> list[Cell]:
    """Cells that surely count, and by ``least`` or more, strongest first.

    The weight of a cell is the sum of the sure terms that have both features: with every other feature there, what goes
    with the two is that much more than what goes with the one and with the other. Its interval is no wider than the
    sum of theirs, which is what has to keep away from zero.
    """
    fields = opposite(document)
    if fields is None or document.term_weights is None or document.term_intervals is None:
        return []
    found: dict[tuple[int, int], tuple[float, float, float]] = {}
    rows = zip(document.term_weights[target].tolist(), document.term_intervals[target].tolist(), strict=True)
    for term, (weight, (low, high)) in zip(document.terms, rows, strict=True):
        if low <= 0 <= high:
            continue  # it may be none at all
        first, second = ([feature for feature in term if document.places[feature][0] == field] for field in fields)
        for row in first:
            for column in second:
                before = found.get((row, column), (0.0, 0.0, 0.0))
                found[row, column] = before[0] + weight, before[1] + low, before[2] + high
    sure = [
        Cell(*pair, weight)
        for pair, (weight, low, high) in found.items()
        if not low <= 0 <= high and abs(weight) >= least
    ]
    return sorted(sure, key=lambda cell: (-abs(cell.weight), cell.row, cell.column))


def table(document: Document, target: int | None) -> Table | None:
    """What a picture shows: the rows and columns with the strongest cells; None where there is none."""
    all_cells = [] if target is None else cells(document, target, FAINT * extent(document))
    if not all_cells:
        return None
    rows = _first([cell.row for cell in all_cells], MOST_ROWS)
    columns = _first([cell.column for cell in all_cells], MOST_COLUMNS)
    return Table(rows, columns, [cell for cell in all_cells if cell.row in rows and cell.column in columns])


def heading(document: Document, say: Captions) -> str:
    """What stands above the table: the two fields, and what is measured."""
    names = [one_line(document.fields[field].name) for field in opposite(document) or ()]
    return f"{' × '.join(names)} · {say('beyondSum')}"


def _first(features: Sequence[int], most: int) -> list[int]:
    """The first distinct ones, in text order."""
    return sorted(list(dict.fromkeys(features))[:most])
