"""Shapley values (Shapley, 1953; Lundberg & Lee, NeurIPS 2017): what each word adds, averaged over all orders."""

from __future__ import annotations

from collections.abc import Iterator
from math import comb

import numpy as np

from limelight.explanation import Explanation
from limelight.methods.base import Budget, Method, Problem
from limelight.methods.sampled import sampled
from limelight.projection import Projection


def projection(features: int) -> Projection:
    """The regression whose weights are Shapley values: Kernel SHAP's (Lundberg & Lee, 2017, theorem 2).

    Of all masks with ``s`` features removed together, (d - 1) / (s (d - s)); the full and
    the empty text are met exactly.
    """
    removed = np.arange(1, features)
    masses = np.zeros(features + 1)
    masses[1:-1] = (features - 1) / (removed * (features - removed))
    if features == 1:
        masses[1] = 1.0  # nothing lies between the ends, yet a law must sum to one
    return Projection(masses, ridge=0.0, complete=True)


def exact(masks: np.ndarray, scores: np.ndarray, _=None):
    """Shapley values of a game of which every mask is known.

    Args:
        masks: ``bool[2**d, d]``, as ``every_mask`` gives them.
        scores: ``(2**d, k)``.

    Returns:
        ``(weights (k, d), intercepts (k,))``.
    """
    d = masks.shape[1]
    others = masks.sum(axis=1)
    weights = np.empty((scores.shape[1], d))
    for feature in range(d):
        kept = masks[:, feature]
        size = np.where(kept, others - 1, others)
        chance = 1 / d / np.array([comb(d - 1, s) for s in range(d)])
        weights[:, feature] = (np.where(kept, 1, -1) * chance[np.minimum(size, d - 1)]) @ scores
    return weights, scores[others.argmin()]


class Shapley(Method):
    """Each word's share in the step from the empty text to this one.

    The weights add up to the model's answer exactly. An estimate with intervals,
    exact where all thinned texts fit the budget; word pairs are Shapley interaction
    indices.

    Example:
        >>> explain("Not a bad film.", method="shapley").top(1)  # doctest: +SKIP
    """

    name = "shapley"
    title = "Shapley values"

    def steps(self, problem: Problem, budget: Budget, seed: int) -> Iterator[Explanation]:
        return sampled(problem, budget, seed, projection(problem.features), exact)
