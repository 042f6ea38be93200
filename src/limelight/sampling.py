"""Mask designs: which features to keep in each perturbed text."""

from __future__ import annotations

import numpy as np


def every_mask(features: int) -> np.ndarray:
    """All ``2**d`` masks ``bool[2**d, d]``; the first keeps everything."""
    rows = np.arange(2**features)[::-1, None]
    return (rows >> np.arange(features)) % 2 == 1


def lime_masks(features: int, rows: int, seed: int) -> np.ndarray:
    """Draws masks by lime's law: the number removed is uniform, then the subset is.

    Args:
        features: number of features, d.
        rows: number of masks, n; the first keeps everything.
        seed: of the draw; the first rows of a longer draw are the shorter draw.

    Returns:
        ``bool[n, d]``, True where a feature is kept.
    """
    random = np.random.default_rng(seed)
    masks = np.ones((rows, features), dtype=bool)
    for row in range(1, rows):
        removed = random.integers(1, features + 1)
        masks[row, random.permutation(features)[:removed]] = False
    return masks
