"""Removal orders: which feature to take out first, second, and so on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

WIDTH = 4  # of the beam
WIDEST = 64  # the beam of a search that asks no model
FORESEEN = 40_000  # masks at which it looks, twice: with many features it is narrower, in the end greedy


def foreseen(expected: Callable[[np.ndarray], np.ndarray], features: int, sign: int) -> np.ndarray:
    """The removal order ``(d,)`` that a wide search finds on what is expected of the model, which costs no evaluation.

    A narrow one would miss what two words do only together: the first of them to go changes nothing.
    """
    return search(expected, features, sign, max(1, min(WIDEST, FORESEEN // features**2)))[0]


def search(score: Callable[[np.ndarray], np.ndarray], features: int, sign: int, width: int = WIDTH):
    """The removal order of the largest area (``sign`` 1) or the smallest (-1) that a beam search finds.

    Args:
        score: ``bool[n, d] -> (n,)``; asked about ``width * d**2 / 2`` masks.

    Returns:
        ``(order (d,), curve (d + 1,))``.
    """
    kept, gone = np.ones((1, features), dtype=bool), np.empty((1, 0), dtype=int)
    curve, total = score(kept)[:, None], np.zeros(1)
    for _ in range(features):
        path, feature = np.nonzero(kept)
        masks = kept[path]
        masks[np.arange(len(masks)), feature] = False
        # of several ways to what is left, the best so far
        best = np.argsort(-total[path], kind="stable")
        rows = best[np.sort(np.unique(masks[best], axis=0, return_index=True)[1])]
        values = score(masks[rows])
        ahead = total[path[rows]] + sign * values
        top = np.argsort(-ahead, kind="stable")[:width]
        rows, values, total = rows[top], values[top], ahead[top]
        path, kept = path[rows], masks[rows]
        gone, curve = np.column_stack([gone[path], feature[rows]]), np.column_stack([curve[path], values])
    return gone[0], curve[0]


def removals(order: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Masks ``bool[p, d]`` with the first ``points`` features of an order taken out."""
    place = np.empty(len(order), dtype=int)
    place[order] = np.arange(len(order))
    return place >= np.asarray(points)[:, None]
