"""What a model has already answered, kept within a bound."""

from __future__ import annotations

import threading
from collections import OrderedDict

import numpy as np

BOUND = 64 * 2**20  # bytes
OVERHEAD = 200  # bytes that an entry takes beside its text and its numbers


class Cache:
    """Scores by text; the ones asked for longest ago go first. Safe between threads."""

    def __init__(self, bound: int = BOUND) -> None:
        self._bound, self._held = bound, 0
        self._scores: OrderedDict[str, np.ndarray] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._scores)

    def get(self, text: str) -> np.ndarray | None:
        with self._lock:
            if text in self._scores:
                self._scores.move_to_end(text)
            return self._scores.get(text)

    def put(self, text: str, scores: np.ndarray) -> None:
        scores = scores.copy()  # a row alone: a view of it would keep its whole batch
        with self._lock:
            if text in self._scores:
                self._held -= _size(text, self._scores[text])
            self._scores[text] = scores
            self._held += _size(text, scores)
            while self._held > self._bound and self._scores:
                self._held -= _size(*self._scores.popitem(last=False))

    def clear(self) -> None:
        with self._lock:
            self._scores.clear()
            self._held = 0


def _size(text: str, scores: np.ndarray) -> int:
    return OVERHEAD + 2 * len(text) + scores.nbytes
