"""How well what an explanation says follows what the model says."""

from __future__ import annotations

import numpy as np

from limelight.arrays import Floats


def fit_of(scores: Floats, line: Floats, counts: Floats | None = None) -> dict[str, list[float]]:
    """R² and Spearman's rank correlation of what the weights say with what the model said, a target each.

    Args:
        scores, line: ``(n, k)``, the model's and the explanation's answers.
        counts: ``(n,)`` what each counts in R²; None for all alike.
    """
    from scipy.stats import rankdata

    counts = np.ones(len(scores)) if counts is None else counts
    rest = counts @ (scores - line) ** 2
    total = counts @ (scores - counts @ scores / counts.sum()) ** 2
    flat = total <= 1e-18 * counts.sum()
    r2 = np.where(flat, 1.0, 1 - rest / np.where(flat, 1.0, total))
    ranks, said = (rankdata(table, axis=0) - (len(table) + 1) / 2 for table in (scores, line))
    norms = np.sqrt((ranks**2).sum(axis=0) * (said**2).sum(axis=0))
    rank = np.where(norms > 0, (ranks * said).sum(axis=0) / np.maximum(norms, 1e-300), 1.0 * flat)
    return {"r2": r2.tolist(), "rank": rank.tolist()}
