"""Mask designs: which features to keep in each perturbed text."""

from __future__ import annotations

import numpy as np


def every_mask(features: int) -> np.ndarray:
    """All ``2**d`` masks ``bool[2**d, d]``; the first keeps everything."""
    rows = np.arange(2**features)[::-1, None]
    return (rows >> np.arange(features)) % 2 == 1


def leave_one_out(features: int) -> np.ndarray:
    """Everything kept, nothing kept, and each feature left out alone: ``bool[d + 2, d]``."""
    full, empty = np.ones((1, features), dtype=bool), np.zeros((1, features), dtype=bool)
    return np.concatenate([full, empty, ~np.eye(features, dtype=bool)])


def draw_masks(sizes: np.ndarray, rows: int, random: np.random.Generator) -> np.ndarray:
    """Draws the number of removed features, then which ones.

    Args:
        sizes: ``(d + 1,)`` probability of removing 0, 1, ... d features.
        rows: number of masks, n.
        random: where chance comes from.

    Returns:
        ``bool[n, d]``, True where a feature is kept; independent draws, so that
        masks repeat where there are few.
    """
    features = len(sizes) - 1
    removed = random.choice(features + 1, size=rows, p=sizes)
    order = random.random((rows, features)).argsort(axis=1).argsort(axis=1)
    return order >= removed[:, None]


def even_sizes(features: int) -> np.ndarray:
    """``(d + 1,)``: all numbers of features removed count alike; the full and the empty text are no number."""
    sizes = np.ones(features + 1)
    if features > 2:
        sizes[[0, -1]] = 0
    return sizes


def lime_masks(features: int, rows: int, seed: int) -> np.ndarray:
    """Draws masks by lime's law: the number removed is uniform over 1 ... d, then the subset is.

    Returns:
        ``bool[n, d]``, True where a feature is kept; the first keeps everything.
    """
    sizes = np.full(features + 1, 1 / features)
    sizes[0] = 0
    masks = draw_masks(sizes, rows, np.random.default_rng(seed))
    masks[0] = True
    return masks


ALONE = 100  # with more features than this, nothing would be seen until each had been left out


class Design:
    """Distinct masks in the order in which to ask about them: each feature left out alone, then draws.

    Long texts begin with the draws, after the full and the empty text.

    Args:
        sizes: ``(d + 1,)`` probability of removing 0, 1, ... d features in a draw.
        random: where chance comes from.

    Attributes:
        masks: ``bool[n, d]``, distinct.
        first: how many of them were not drawn.
        draws: rows of ``masks``, one a draw: independent, and so with repeats.
    """

    def __init__(self, sizes: np.ndarray, random: np.random.Generator) -> None:
        self._sizes, self._random = sizes, random
        start = leave_one_out(len(sizes) - 1)
        self.masks = start[:2] if len(sizes) - 1 > ALONE else np.unique(start, axis=0)[::-1]
        self.first = len(self.masks)
        self.draws: list[int] = []
        self._rows = {mask.tobytes(): row for row, mask in enumerate(self.masks)}

    def extend(self, rows: int) -> None:
        """Draws until there are ``rows`` masks; where draws hardly bring new ones, adds what is missing."""
        features = len(self._sizes) - 1
        added, tries = [], 0
        while len(self._rows) < rows and tries < 20 * rows:
            for mask in draw_masks(self._sizes, min(1024, max(32, rows)), self._random):
                if len(self._rows) >= rows:
                    break
                tries += 1
                key = mask.tobytes()
                if key not in self._rows:
                    self._rows[key] = len(self._rows)
                    added.append(mask)
                self.draws.append(self._rows[key])
        if len(self._rows) < rows and features <= 20:
            for mask in self._random.permutation(every_mask(features)):
                if len(self._rows) < rows and mask.tobytes() not in self._rows:
                    self._rows[mask.tobytes()] = len(self._rows)
                    added.append(mask)
        self.masks = np.concatenate([self.masks, *([np.array(added)] if added else [])])
