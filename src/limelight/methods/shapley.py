"""Shapley values (Shapley, 1953; Lundberg & Lee, NeurIPS 2017): what each word adds, averaged over all orders."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from limelight.explanation import Explanation
from limelight.methods.base import Budget, Method, Problem
from limelight.methods.regression import sampled
from limelight.surrogate.projection import Projection


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


class Shapley(Method):
    """Each word's share in the step from the empty text to this one.

    The weights add up to the model's answer exactly. An estimate with intervals,
    exact where all thinned texts fit the budget.

    Example:
        >>> explain("Not a bad film.", method="shapley").top(1)  # doctest: +SKIP
    """

    name = "shapley"
    title = "Shapley values"
    takes_draft = True
    asks = "some hundreds of evaluations"

    def steps(self, problem: Problem, budget: Budget, seed: int) -> Iterator[Explanation]:
        return sampled(problem, budget, seed, projection(problem.features))
