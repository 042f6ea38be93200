"""LIME (Ribeiro, Singh & Guestrin, KDD 2016): its own regression, converged."""

from __future__ import annotations

from collections.abc import Iterator
from math import comb

import numpy as np

from limelight.arrays import Floats, Masks
from limelight.explanation import Explanation
from limelight.methods.base import Budget, Method, Problem
from limelight.methods.regression import sampled
from limelight.surrogate.projection import Projection

SAMPLES = 5000  # lime's default; with its ridge of 1 it decides how much weights shrink
KERNEL_WIDTH = 25.0  # lime.lime_text.LimeTextExplainer's default


def distances(masks: Masks) -> Floats:
    """100 times the cosine distance of each mask from the full one, as lime measures it.

    With a share ``s`` of the features removed the cosine is ``sqrt(1 - s)``.
    """
    kept: Floats = masks.mean(axis=1)
    return 100 * (1 - np.sqrt(kept))


def kernel(distance: Floats) -> Floats:
    """lime's exponential kernel: 1 for the full text, .50 at half of it, .0003 for none."""
    return np.sqrt(np.exp(-(distance**2) / KERNEL_WIDTH**2))


def projection(features: int) -> Projection:
    """lime's regression as it is on average over its draws: 5,000 masks, the first of them the full text.

    A text of one or two features has so few subsets that lime's kernel and ridge
    would shrink its weights to a fraction: there all subsets count alike.
    """
    if features <= 2:
        return Projection(np.array([comb(features, k) for k in range(features + 1)], dtype=float), ridge=1e-9)
    sizes = np.full(features + 1, (SAMPLES - 1) / features)
    sizes[0] = 1
    one_of_each_size = np.arange(features) >= np.arange(features + 1)[:, None]
    return Projection(sizes * kernel(distances(one_of_each_size)), ridge=1.0)


def regress(masks: Masks, scores: Floats, sample_weights: Floats, ridge: float = 1.0) -> tuple[Floats, Floats]:
    """Fits lime's weighted ridge regression of every target on all features.

    scikit-learn's ``Ridge`` is what ``lime.lime_base.LimeBase`` fits, a target at a time;
    all at once it takes one solve for a thousand classes.

    Args:
        masks: ``bool[n, d]``, the first row all True.
        scores: ``float[n, k]``.
        sample_weights: ``float[n]``, what each mask counts.
        ridge: penalty on squared weights.

    Returns:
        ``(weights (k, d), intercepts (k,))``.
    """
    from sklearn.linear_model import Ridge

    fitted = Ridge(alpha=ridge, fit_intercept=True).fit(masks.astype(float), scores, sample_weight=sample_weights)
    return fitted.coef_.reshape(scores.shape[1], -1), np.broadcast_to(fitted.intercept_, scores.shape[1]).copy()


class Lime(Method):
    """Local linear surrogate over thinned texts, weighted by how much is left.

    The answer is the one that lime's draws converge to, rather than one draw of it:
    an estimate with intervals, exact where all thinned texts fit the budget. A
    feature is one occurrence of a word, all features are fitted, and one set of
    evaluations serves all targets.

    Example:
        >>> explain("Not a bad film.", method="lime").top(1)  # doctest: +SKIP
    """

    name = "lime"
    title = "LIME"
    takes_draft = True
    asks = "some hundreds of evaluations"

    def steps(self, problem: Problem, budget: Budget, seed: int) -> Iterator[Explanation]:
        law = projection(problem.features)

        def exact(masks: Masks, scores: Floats, sample_weights: Floats) -> tuple[Floats, Floats]:
            return regress(masks, scores, sample_weights, law.ridge)

        return sampled(problem, budget, seed, law, exact)
