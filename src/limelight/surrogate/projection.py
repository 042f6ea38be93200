"""A regression on all masks: which masks count how much, and its closed forms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from limelight.arrays import Floats, Masks

NODES = 48  # up to 100 features; sums of masses are then exact to 1e-14
MANY_NODES = 96  # to 1e-6 at 2,000 features


@dataclass(frozen=True)
class Projection:
    """A weighted ridge regression on all masks, whose weights depend on the number removed.

    Args:
        masses: ``(d + 1,)``: what the masks with 0, 1, ... d features removed count
            for together; masks of one size count equally.
        ridge: penalty on squared weights, against the sum of masses.
        complete: the line goes through the full and the empty text, so that the
            weights add up to what lies between them. All features share alike in what
            the regression lacks of that, which is the constrained optimum (Ruiz,
            Valenciano & Zarzuelo, 1998).
    """

    masses: Floats
    ridge: float
    complete: bool = False

    @property
    def features(self) -> int:
        return len(self.masses) - 1

    @cached_property
    def total(self) -> float:
        return float(self.masses.sum())

    @cached_property
    def kept(self) -> float:
        """Mean share of masks that keep one given feature."""
        d = self.features
        return float(self.masses @ (d - np.arange(d + 1))) / d / self.total

    @cached_property
    def together(self) -> float:
        """Covariance of two different features' presence."""
        d = self.features
        left = d - np.arange(d + 1)
        both = float(self.masses @ (left * (left - 1))) / max(1, d * (d - 1)) / self.total
        return both - self.kept**2 if d > 1 else 0.0

    @property
    def own(self) -> float:
        """Variance of one feature's presence."""
        return self.kept * (1 - self.kept)

    @property
    def sizes(self) -> Floats:
        """``(d + 1,)`` probability of removing 0, 1, ... features in a draw; the full text is never drawn."""
        drawn = np.where(np.arange(self.features + 1) > 0, self.masses, 0)
        shares: Floats = drawn / drawn.sum()
        return shares

    def counts(self, masks: Masks | Floats) -> Floats:
        """What each of these masks ``[n, d]`` counts for."""
        each = self.masses / _binomials(self.features)
        counts: Floats = each[(self.features - masks.sum(axis=1)).astype(int)]
        return counts

    def regress(self, masks: Masks | Floats, scores: Floats) -> tuple[Floats, Floats]:
        """The plain regression of ``scores (n, k)`` on masks ``[n, d]`` drawn by the law.

        Returns:
            ``(weights (k, d), variances (k, d))``, the latter by White's estimate (1980).
        """
        weights, rest, leverages = self.regressed(masks, scores)
        return weights, (rest**2).T @ leverages

    def regressed(self, masks: Masks | Floats, scores: Floats) -> tuple[Floats, Floats, Floats]:
        """The same, its variances in parts that add up over targets: what is left of the scores, squared, by leverage.

        Returns:
            ``(weights (k, d), rest (n, k), leverages (n, d))``.
        """
        off, centred = scores - scores.mean(axis=0), np.asarray(masks, dtype=float) - self.kept
        weights = self.solve(off.T @ centred / len(masks))
        leverages: Floats = self.solve(centred) ** 2 / len(masks) ** 2
        return weights, off - centred @ weights.T, leverages

    def exact(self, masks: Masks, scores: Floats) -> tuple[Floats, Floats]:
        """The regression itself, ``(weights (k, d), intercepts (k,))``, from all ``2**d`` masks and their scores."""
        share = self.counts(masks) / self.total
        mean = share @ scores
        covariances = ((scores - mean) * share[:, None]).T @ (masks - self.kept)
        kept = masks.sum(axis=1)
        return self.line(self.solve(covariances), mean, scores[[kept.argmax(), kept.argmin()]])

    def covariances(self, slopes: Floats) -> Floats:
        """Covariance of each feature with a linear function of these ``slopes (..., d)``."""
        total: Floats = slopes.sum(axis=-1, keepdims=True)
        return (self.own - self.together) * slopes + self.together * total

    def products(self, within: Floats) -> tuple[Floats, Floats]:
        """Means of products of signs, and their covariances with each feature's presence.

        Args:
            within: ``(p, d)``, 1 where a feature is in a product.

        Returns:
            ``(means (p,), covariances (p, d))``.
        """
        rates, weights = self.rule
        stays, size = weights * (1 - rates), within.sum(axis=1, keepdims=True)
        means: Floats = (1 - 2 * rates) ** size @ weights
        inside, outside = ((1 - 2 * rates) ** power @ stays for power in (size - 1, size))
        both = within * inside[:, None] + (1 - within) * outside[:, None]
        return means, both - self.kept * means[:, None]

    def solve(self, covariances: Floats) -> Floats:
        """Ridge weights ``(..., d)`` of a function with these covariances with the features.

        Of a complete regression, only how they differ from their mean: the rest is for ``line``.
        """
        if self.complete:
            off: Floats = covariances - covariances.mean(axis=-1, keepdims=True)
            return off / (self.own - self.together) if self.features > 1 else off
        alone = self.own - self.together + self.ridge / self.total
        mean: Floats = covariances.sum(axis=-1, keepdims=True) / (alone + self.features * self.together)
        return (covariances - self.together * mean) / alone

    def line(self, weights: Floats, mean: Floats, ends: Floats) -> tuple[Floats, Floats]:
        """Weights and intercepts from solved weights ``(k, d)``, the function's mean ``(k,)``, and its ends.

        Args:
            ends: ``(2, k)`` scores of the full and of the empty text.
        """
        if not self.complete:
            return weights, mean - self.kept * weights.sum(axis=-1)
        full, empty = ends
        return weights + (full - empty - weights.sum(axis=-1))[:, None] / self.features, empty

    @cached_property
    def rule(self) -> tuple[Floats, Floats]:
        """``(rates, weights)``: the law of masks as a mixture of independent removals.

        Under each rate every feature goes independently, which makes the mean of a
        product over features a product of means. Gauss-Legendre nodes, and the full
        and empty mask; weights by least squares, of either sign.
        """
        d = self.features
        inner, _ = _unit_nodes(d)
        rates = np.concatenate([[0.0], inner**1.5, [1.0]])  # denser where little is removed
        weights = np.linalg.lstsq(_binomial(d, rates), self.masses / self.total, rcond=1e-9)[0]
        return rates, np.asarray(weights, dtype=float)


def _unit_nodes(features: int) -> tuple[Floats, Floats]:
    """Gauss-Legendre nodes and weights on 0 to 1."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES if features <= 100 else MANY_NODES)
    return (nodes + 1) / 2, weights / 2


def log_binomials(trials: int) -> Floats:
    """Logarithms ``(trials + 1,)`` of the number of subsets of 0 ... ``trials`` members."""
    counts = np.arange(trials)
    return np.concatenate([[0.0], np.cumsum(np.log((trials - counts) / (counts + 1.0)))])


def _binomials(trials: int) -> Floats:
    """Number of subsets of 0 ... ``trials`` members; infinite where a float ends."""
    with np.errstate(over="ignore"):
        return np.exp(log_binomials(trials))


def _binomial(trials: int, rates: Floats) -> Floats:
    """Probability of 0 ... ``trials`` successes, a column a rate."""
    counts = np.arange(trials + 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = (
            log_binomials(trials)[:, None]
            + counts[:, None] * np.log(rates)
            + (trials - counts)[:, None] * np.log1p(-rates)
        )
    logs[:, rates == 0], logs[:, rates == 1] = -np.inf, -np.inf
    logs[0, rates == 0], logs[-1, rates == 1] = 0.0, 0.0
    return np.exp(logs)
