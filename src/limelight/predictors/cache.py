"""What a model has already answered, kept within a bound."""

from __future__ import annotations

import threading
from collections import OrderedDict

import numpy as np

BOUND = 64 * 2**20  # bytes
OVERHEAD = 200  # bytes that an entry takes beside its texts and its numbers

Key = tuple[str, ...]
Row = tuple[np.ndarray, np.ndarray | None]  # the scores of one input, and their variance


class Cache:
    """Scores by what was asked; the ones asked for longest ago go first. Safe between threads."""

    def __init__(self, bound: int = BOUND) -> None:
        self._bound, self._held = bound, 0
        self._rows: OrderedDict[Key, Row] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, key: Key) -> Row | None:
        """The scores, or None where nothing is known."""
        with self._lock:
            if key in self._rows:
                self._rows.move_to_end(key)
            return self._rows.get(key)

    def put(self, key: Key, values: np.ndarray, variance: np.ndarray | None = None) -> None:
        """Keeps the scores of one input, by themselves: a view of them would keep its whole batch."""
        row = values.copy(), None if variance is None else variance.copy()
        with self._lock:
            if key in self._rows:
                self._held -= _size(key, self._rows[key])
            self._rows[key] = row
            self._held += _size(key, row)
            while self._held > self._bound and self._rows:
                self._held -= _size(*self._rows.popitem(last=False))


def _size(key: Key, row: Row) -> int:
    return OVERHEAD + 2 * sum(map(len, key)) + sum(part.nbytes for part in row if part is not None)
