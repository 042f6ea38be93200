"""LIME (Ribeiro, Singh & Guestrin, KDD 2016): its own regression, converged."""

from __future__ import annotations

from collections.abc import Iterator
from math import comb

import numpy as np

from limelight.explanation import Explanation
from limelight.methods.base import Budget, Method, Problem
from limelight.methods.sampled import sampled
from limelight.surrogate.projection import Projection

SAMPLES = 5000  # lime's default; with its ridge of 1 it decides how much weights shrink
KERNEL_WIDTH = 25.0  # lime.lime_text.LimeTextExplainer's default


def distances(masks: np.ndarray) -> np.ndarray:
    """100 times the cosine distance of each mask from the full one, as lime measures it.

    With a share ``s`` of the features removed the cosine is ``sqrt(1 - s)``.
    """
    return 100 * (1 - np.sqrt(masks.mean(axis=1)))


def kernel(distance: np.ndarray) -> np.ndarray:
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


def regress(masks: np.ndarray, scores: np.ndarray, sample_weights: np.ndarray, ridge: float = 1.0):
    """Fits lime's weighted ridge regression of every target on all features, with lime's own code.

    Args:
        masks: ``bool[n, d]``, the first row all True.
        scores: ``float[n, k]``.
        sample_weights: ``float[n]``, what each mask counts.
        ridge: penalty on squared weights.

    Returns:
        ``(weights (k, d), intercepts (k,), r2 (k,))``.
    """
    from lime.lime_base import LimeBase

    base = LimeBase(lambda _: sample_weights, random_state=0)
    data = masks.astype(float)
    solved = _AllTargets(data, scores, sample_weights, ridge)
    d, k = masks.shape[1], scores.shape[1]
    weights, intercepts, r2 = np.zeros((k, d)), np.zeros(k), np.zeros(k)
    for solved.target in range(k):
        # num_features would refit on the strongest few and move the effect of the
        # others to the intercept; lime's "none" keeps them all
        intercepts[solved.target], pairs, r2[solved.target], _ = base.explain_instance_with_data(
            data, scores, None, solved.target, d, feature_selection="none", model_regressor=solved
        )
        for feature, weight in pairs:
            weights[solved.target, feature] = weight
    return weights, intercepts, r2


class _AllTargets:
    """LimeBase's default regressor, solved once and handed to it target by target.

    LimeBase asks for one target at a time; with a thousand classes a solve for each
    would take longer than the model.
    """

    target = 0

    def __init__(self, data: np.ndarray, scores: np.ndarray, sample_weights: np.ndarray, ridge: float) -> None:
        from sklearn.linear_model import Ridge
        from sklearn.metrics import r2_score

        fitted = Ridge(alpha=ridge, fit_intercept=True).fit(data, scores, sample_weight=sample_weights)
        predicted = fitted.predict(data).reshape(scores.shape)
        self._r2 = r2_score(scores, predicted, sample_weight=sample_weights, multioutput="raw_values")
        self._coefficients = fitted.coef_.reshape(scores.shape[1], -1)
        self._intercepts = np.broadcast_to(fitted.intercept_, scores.shape[1])

    @property
    def coef_(self) -> np.ndarray:
        return self._coefficients[self.target]

    @property
    def intercept_(self) -> float:
        return self._intercepts[self.target]

    def fit(self, data, labels, sample_weight) -> None:
        """Nothing left to do."""

    def score(self, data, labels, sample_weight) -> float:
        return self._r2[self.target]

    def predict(self, data: np.ndarray) -> np.ndarray:
        return data @ self.coef_ + self.intercept_


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
    asks = "some hundreds of evaluations"

    def steps(self, problem: Problem, budget: Budget, seed: int) -> Iterator[Explanation]:
        law = projection(problem.features)

        def exact(masks, scores, sample_weights):
            return regress(masks, scores, sample_weights, law.ridge)[:2]

        return sampled(problem, budget, seed, law, exact)
