"""LIME (Ribeiro, Singh & Guestrin, KDD 2016), with the lime package's own regression."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from limelight.explanation import Explanation
from limelight.methods.base import Method, Problem, blocks
from limelight.sampling import every_mask, lime_masks

SMALL_ROWS = 4096  # so many that lime's ridge of 1 shrinks by a thousandth
KERNEL_WIDTH = 25.0  # lime.lime_text.LimeTextExplainer's default


def distances(masks: np.ndarray) -> np.ndarray:
    """100 times the cosine distance of each mask from the full one, as lime measures it.

    With a share ``s`` of the features removed the cosine is ``sqrt(1 - s)``.
    """
    return 100 * (1 - np.sqrt(masks.mean(axis=1)))


def kernel(distance: np.ndarray) -> np.ndarray:
    """lime's exponential kernel: 1 for the full text, .50 at half of it, .0003 for none."""
    return np.sqrt(np.exp(-(distance**2) / KERNEL_WIDTH**2))


def regress(masks: np.ndarray, scores: np.ndarray, sample_weights: np.ndarray):
    """Fits lime's weighted ridge regression of every target on all features.

    Args:
        masks: ``bool[n, d]``, the first row all True.
        scores: ``float[n, k]``.
        sample_weights: ``float[n]``, what each mask counts.

    Returns:
        ``(weights (k, d), intercepts (k,), r2 (k,))``.
    """
    from lime.lime_base import LimeBase

    base = LimeBase(lambda _: sample_weights, random_state=0)
    data = masks.astype(float)
    ridge = _AllTargets(data, scores, sample_weights)
    d, k = masks.shape[1], scores.shape[1]
    weights, intercepts, r2 = np.zeros((k, d)), np.zeros(k), np.zeros(k)
    for ridge.target in range(k):
        # num_features would refit on the strongest few and move the effect of the
        # others to the intercept; lime's "none" keeps them all
        intercepts[ridge.target], pairs, r2[ridge.target], _ = base.explain_instance_with_data(
            data, scores, None, ridge.target, d, feature_selection="none", model_regressor=ridge
        )
        for feature, weight in pairs:
            weights[ridge.target, feature] = weight
    return weights, intercepts, r2


class _AllTargets:
    """LimeBase's default regressor, solved once and handed to it target by target.

    LimeBase asks for one target at a time; with a thousand classes a solve for each
    would take longer than the model.
    """

    target = 0

    def __init__(self, data: np.ndarray, scores: np.ndarray, sample_weights: np.ndarray) -> None:
        from sklearn.linear_model import Ridge
        from sklearn.metrics import r2_score

        ridge = Ridge(alpha=1, fit_intercept=True).fit(data, scores, sample_weight=sample_weights)
        predicted = ridge.predict(data).reshape(scores.shape)
        self._r2 = r2_score(scores, predicted, sample_weight=sample_weights, multioutput="raw_values")
        self._coefficients = ridge.coef_.reshape(scores.shape[1], -1)
        self._intercepts = np.broadcast_to(ridge.intercept_, scores.shape[1])

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
    """Local linear surrogate on randomly thinned texts, weighted by how much is left.

    A feature is one occurrence of a word, all features are fitted, and one set of
    evaluations serves all targets. A text of one or two features has so few
    subsets that lime's kernel and ridge would shrink its weights to a fraction:
    there all subsets count alike.

    Example:
        >>> explain("Not a bad film.", method="lime").top(1)  # doctest: +SKIP
    """

    name = "lime"
    title = "LIME"

    def steps(self, problem: Problem, budget: int, seed: int) -> Iterator[Explanation]:
        latest = problem.prediction
        if problem.features <= 2:
            every = every_mask(problem.features)
            masks = np.tile(every, (SMALL_ROWS // len(every), 1))
            sample_weights = np.ones(len(masks))
        else:
            masks = lime_masks(problem.features, budget, seed)
            sample_weights = kernel(distances(masks))
        for block in blocks(len(masks), first=max(64, 2 * problem.features)):
            for evaluations in problem.masked.evaluate(masks[block]):
                latest = replace(latest, evaluations=evaluations)
                yield latest
            seen = slice(block[-1] + 1)
            weights, intercepts, r2 = regress(masks[seen], problem.masked(masks[seen]), sample_weights[seen])
            latest = replace(
                latest,
                weights=weights,
                intercepts=intercepts,
                fit={"r2": r2.tolist()},
                evaluations=problem.masked.evaluations,
            )
            yield latest
