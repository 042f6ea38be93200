"""Banzhaf values (Banzhaf, 1965; Hammer & Holzman, 1992): what each feature adds where half of the others are left."""

from __future__ import annotations

from collections.abc import Iterator

from limelight.explanation import Explanation
from limelight.masking.designs import half_sizes
from limelight.methods.base import Budget, Method, Problem
from limelight.methods.regression import sampled
from limelight.surrogate.projection import Projection

RIDGE = 1e-6
LEAST = 8  # evaluations


def projection(features: int) -> Projection:
    """Each feature is kept with probability one half, whatever the others are."""
    return Projection(half_sizes(features), ridge=RIDGE)


class Banzhaf(Method):
    """What each feature adds on average over all sets of the others, and what sets of them do together.

    It is the regression over texts of which each feature is kept with probability one half: the law of ContextCite
    (Cohen-Wang et al., NeurIPS 2024). The first masks are chosen to tell much beside each other, so that sixteen
    evaluations already say something of a dozen sources.

    Example:
        >>> explain(given, model, unit="source", method="banzhaf").sources()  # doctest: +SKIP
    """

    name = "banzhaf"
    title = "Banzhaf values"
    takes_draft = True
    asks = "some dozens of evaluations"
    alone = False

    def least_budget(self, features: int) -> int:
        return LEAST if features > 3 else int(2**features)

    def steps(self, problem: Problem, budget: Budget, seed: int) -> Iterator[Explanation]:
        return sampled(problem, budget, seed, projection(problem.features), joint=True, spread=True)
