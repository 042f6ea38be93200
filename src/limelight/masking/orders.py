"""Removal orders: which feature to take out first, second, and so on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from limelight.arrays import Floats, Indices, Masks

# ``bool[w, d] -> (w, d)``: the score of each of some masks once each feature is out, too.
Ahead = Callable[[Masks], Floats]
WIDTH = 4  # of the beam
WIDEST = 64  # the beam of a search that asks no model
FORESEEN = 40_000  # masks at which it looks, twice: with many features it is narrower, in the end greedy


def foreseen(ahead: Ahead, features: int, sign: int) -> Indices:
    """The removal order ``(d,)`` that a wide search finds on what is expected of the model, which costs no evaluation.

    A narrow one would miss what two words do only together: the first of them to go changes nothing.
    """
    return search(ahead, features, sign, max(1, min(WIDEST, FORESEEN // features**2)))


def search(ahead: Ahead, features: int, sign: int, width: int = WIDTH) -> Indices:
    """The removal order ``(d,)`` of the largest area (``sign`` 1) or the smallest (-1) that a beam search finds.

    Args:
        ahead: what the score will be; in all of some ``width * d**2 / 2`` masks.
        features: number of features, d.
    """
    # one number for every mask, whichever way leads to it
    marks = np.random.default_rng(0).integers(2**63, size=features, dtype=np.uint64)
    kept, gone = np.ones((1, features), dtype=bool), np.empty((1, 0), dtype=int)
    total, key = np.zeros(1), np.zeros(1, dtype=np.uint64)
    for _ in range(features):
        path, feature = np.nonzero(kept)
        keys, totals = key[path] ^ marks[feature], total[path] + sign * ahead(kept)[path, feature]
        best = np.argsort(-totals, kind="stable")
        # of several ways to the same mask, the best so far
        top = best[np.sort(np.unique(keys[best], return_index=True)[1])[:width]]
        path, feature, total, key = path[top], feature[top], totals[top], keys[top]
        kept, gone = kept[path], np.column_stack([gone[path], feature])
        kept[np.arange(len(kept)), feature] = False
    order: Indices = gone[0]
    return order


def one_less(score: Callable[[Masks], Floats]) -> Ahead:
    """Looks ahead with a score ``bool[n, d] -> (n,)`` of masks."""

    def ahead(kept: Masks) -> Floats:
        return score((kept[:, None] & ~np.eye(kept.shape[1], dtype=bool)).reshape(-1, kept.shape[1])).reshape(
            kept.shape
        )

    return ahead


def removals(order: Indices, points: Indices | Sequence[int]) -> Masks:
    """Masks ``bool[p, d]`` with the first ``points`` features of an order taken out."""
    place = np.empty(len(order), dtype=int)
    place[order] = np.arange(len(order))
    return place >= np.asarray(points)[:, None]
