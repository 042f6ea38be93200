"""A Gaussian process over masks, and its exact projection on one weight a feature.

A method such as LIME asks for a weighted least-squares line through *all* ``2**d``
masks, of which the model has seen some hundreds. The plain answer is to fit the
line to those, and its error is everything that the model does beyond a line.
Here a Gaussian process takes that part up first, so that what is left to err
about is only what it cannot predict; then the line is fitted to the process in
closed form, over all masks. This is Bayesian quadrature (O'Hagan, 1991; Briol et
al., 2019) of a regression; nothing is sampled a second time.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from limelight.arrays import Floats, Indices, Masks
from limelight.surrogate.projection import Projection

WORTH = 1.1  # how much more the plain fit must get wrong: less than that is chance
LEAST_UNSEEN = 0.4
PLAIN_NOISES = (0.03, 0.1, 0.3, 1.0)
PAIR_RIDGE = 0.3
CHUNK = 1000  # masks predicted at once: 16 MB beside 2,000 that were seen
LEVELS = 3  # linear, mix, noise
SPREAD = (1.0, 2.0, 2.0, 2.0)  # of the prior on log relevance, and on the log levels
CONSTANT = 10.0  # prior variance of the level, in units of the scores' own
KERNEL_ROWS = 240  # masks that choose the kernel, at most: the search is cubic in them
KERNEL_SHARE = 0.6  # of all masks: what it is tuned to, it seems to know better than it does


@dataclass(frozen=True)
class Kernel:
    """What masks have in common: ``linear * mean(s s') + mix * exp(sum(relevance (s s' - 1)))``, s = +1 or -1.

    The exponential of a sum over features is a product over features, and so
    holds interactions of every order, those of relevant features most.
    """

    relevance: Floats
    linear: float
    mix: float
    noise: float

    @classmethod
    def start(cls, features: int) -> Kernel:
        return cls(np.full(features, 2 / features), 1.0, 1.0, np.exp(-5.0))

    @classmethod
    def of(cls, logs: Floats) -> Kernel:
        return cls(np.exp(logs[:-LEVELS]), *np.exp(logs[-LEVELS:]))

    @property
    def logs(self) -> Floats:
        return np.log([*self.relevance, self.linear, self.mix, self.noise])

    @property
    def factors(self) -> Floats:
        """``(d,)`` factors of the exponential part where two masks differ in a feature; 1 where they agree."""
        return np.exp(-2 * self.relevance)

    def parts(self, masks: Floats, others: Floats) -> tuple[Floats, Floats]:
        """The linear and the exponential part, each ``(n, m)``."""
        a, b = 2 * masks - 1, 2 * others - 1
        exponential = np.exp((a * self.relevance) @ b.T - self.relevance.sum())
        return self.linear / a.shape[1] * (a @ b.T), self.mix * exponential

    def __call__(self, masks: Floats, others: Floats) -> Floats:
        linear, exponential = self.parts(masks, others)
        return CONSTANT + linear + exponential


def fit_kernel(masks: Floats, scores: Floats, start: Kernel, steps: int = 15) -> Kernel:
    """Chooses the kernel by marginal likelihood (MacKay, 1992: automatic relevance determination).

    Args:
        masks: ``float[n, d]``, distinct; the cost is cubic in ``n``.
        scores: ``(n, k)`` of mean 0 and overall variance 1; all targets share a kernel.
        start: where the search begins.
        steps: of L-BFGS, at most.
    """
    from scipy.optimize import minimize

    d = masks.shape[1]
    prior, spread = Kernel.start(d).logs, np.array([*[SPREAD[0]] * d, *SPREAD[1:]])

    def loss(logs: Floats) -> tuple[float, Floats]:
        value, slope = _evidence(masks, scores, Kernel.of(logs))
        off = (logs - prior) / spread
        return value + (off @ off) / 2, slope + off / spread

    # Less noise than this lets single surprises bend everything near them.
    bounds = [(-10.0, 2.0)] * d + [(-6.0, 6.0), (-6.0, 6.0), (-6.0, 2.0)]
    found = minimize(loss, start.logs, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": steps})
    best = Kernel.of(found.x) if np.isfinite(found.fun) else start
    # The plain fit, in the same terms: it stays where nothing beyond a line can be foreseen.
    plain = [replace(best, mix=1e-9, noise=noise) for noise in PLAIN_NOISES]
    better = min(plain, key=lambda kernel: _left_out(masks, scores, kernel))
    return better if _left_out(masks, scores, better) <= WORTH * _left_out(masks, scores, best) else best


def _inverse(covariance: Floats, noise: float) -> tuple[Floats, float]:
    """Inverse of covariance and noise, and half the logarithm of its determinant.

    By Cholesky's factor, in half the time of a general inverse. ``covariance`` is
    overwritten.
    """
    from scipy.linalg.lapack import dpotrf, dpotri

    covariance[np.diag_indices(len(covariance))] += noise
    factor, failed = dpotrf(covariance, lower=1, overwrite_a=1)
    if failed:
        raise np.linalg.LinAlgError("the covariance is not positive definite")
    half = float(np.log(np.diag(factor)).sum())
    inverse, _ = dpotri(factor, lower=1, overwrite_c=1)
    lower = np.tril(inverse, -1)
    return lower + lower.T + np.diag(np.diag(inverse)), half


def _left_out(masks: Floats, scores: Floats, kernel: Kernel) -> float:
    """Sum of squares of what the kernel gets wrong of each score, given the others."""
    inverse, _ = _inverse(kernel(masks, masks), kernel.noise)
    return float(((inverse @ scores / np.diag(inverse)[:, None]) ** 2).sum())


def _evidence(masks: Floats, scores: Floats, kernel: Kernel) -> tuple[float, Floats]:
    """Negative log marginal likelihood and its slope in ``kernel.logs``."""
    k = scores.shape[1]
    linear, exponential = kernel.parts(masks, masks)
    try:
        inverse, half = _inverse(CONSTANT + linear + exponential, kernel.noise)
    except np.linalg.LinAlgError:
        return 1e12, np.zeros(masks.shape[1] + LEVELS)
    dual = inverse @ scores
    value = (scores * dual).sum() / 2 + k * half
    slope = (k * inverse - dual @ dual.T) / 2  # of the value in the covariance
    tilted, signs = slope * exponential, 2 * masks - 1
    relevance = kernel.relevance * ((signs * (tilted @ signs)).sum(axis=0) - tilted.sum())
    return value, np.array([*relevance, (slope * linear).sum(), tilted.sum(), kernel.noise * np.trace(slope)])


class Surrogate:
    """The Gaussian process given what the model said on some masks.

    Args:
        masks: ``bool[n, d]``, distinct.
        scores: ``(n, k)``.
        start: kernel to begin with.
        search: look for a better kernel, with some of the masks.
        random: chooses among the masks where they are many.

    Attributes:
        kernel: the kernel in use.
        scores: as they were given.
    """

    def __init__(
        self, masks: Masks, scores: Floats, start: Kernel, *, search: bool, random: np.random.Generator
    ) -> None:
        self._masks: Floats = masks.astype(float)
        self.scores = scores
        self._latest: tuple[Projection, tuple[Floats, Floats]] | None = None
        self._mean: Floats = scores.mean(axis=0)
        self._spread = float((scores - self._mean).std()) or 1.0  # one of all targets
        wanted = (scores - self._mean) / self._spread
        self.kernel = start
        with _one_thread():
            if search:
                rows = np.sort(random.permutation(int(KERNEL_SHARE * len(masks)))[:KERNEL_ROWS])
                self.kernel = fit_kernel(self._masks[rows], wanted[rows], start)
            self._inverse, _ = _inverse(self.kernel(self._masks, self._masks), self.kernel.noise)
        kept = masks.sum(axis=1)
        self._ends = scores[[kept.argmax(), kept.argmin()]]
        self._dual: Floats = self._inverse @ wanted

    @cached_property
    def residuals(self) -> Floats:
        """Each score against what all others say of it, ``(n, k)`` (Rasmussen & Williams, 2006, section 5.4.2)."""
        return self._dual / np.diag(self._inverse)[:, None] * self._spread

    def predict(self, masks: Masks) -> Floats:
        """Scores ``(m, k)`` of any masks."""
        parts = np.array_split(masks.astype(float), -(-len(masks) // CHUNK) or 1)
        said = [self.kernel(part, self._masks) @ self._dual for part in parts]
        return np.concatenate(said) * self._spread + self._mean

    def without(self, masks: Masks) -> Floats:
        """What ``predict`` says once each feature is out, too: ``bool[n, d] -> (n, d, k)``; at the price of n masks.

        To take a feature out is to multiply the exponential part by one factor. Of a feature
        that was out before it says nothing.
        """
        linear, exponential = self.kernel.parts(masks.astype(float), self._masks)
        signs, slope = 2 * self._masks - 1, 2 * self.kernel.linear / masks.shape[1]
        said: Floats = (exponential @ self._turned).reshape(*masks.shape, -1)
        said += ((CONSTANT + linear) @ self._dual)[:, None] - slope * (signs.T @ self._dual)
        return said * self._spread + self._mean

    @cached_property
    def _turned(self) -> Floats:
        """The exponential part's coefficients ``(n, d * k)`` with each feature gone; a search asks for them d times."""
        # from kept to removed: by exp(-2 relevance) beside a mask that has it, by its inverse beside one that has not
        factors = np.exp(-2 * self.kernel.relevance * (2 * self._masks - 1))
        return (factors[:, :, None] * self._dual[:, None]).reshape(len(factors), -1)

    def project(self, projection: Projection) -> tuple[Floats, Floats]:
        """The line through all masks: ``(weights (k, d), intercepts (k,))``."""
        means, solved = self._lines(projection)
        return self._line(projection, means, solved, self._dual)

    def errors(self, projection: Projection, drawn: Indices) -> Floats:
        """Standard errors ``(k, d)`` of the line's weights.

        Those of a regression of the residuals on the features (White, 1980, with left-out
        residuals): what the process cannot tell from the other masks, it can get wrong
        elsewhere. Masks already seen hold no more error, hence the factor for a
        population that is not endless (Cochran, 1977). Against enumerated answers the
        process's own posterior variance was too small where the model is most uneven.

        Args:
            projection: the regression.
            drawn: rows of the masks that were drawn by its law.
        """
        _, variance = projection.regress(self._masks[drawn], self.residuals[drawn])
        return np.sqrt(variance * self._unseen(projection))

    def held_out(self, projection: Projection, folds: int = 5) -> Floats:
        """What the line says of each mask when the masks of its fold are left out, ``(n, k)``.

        Leaving rows out of a Gaussian process has a closed form: nothing is inverted
        again but a block of each fold's size.
        """
        means, solved = self._lines(projection)
        out = np.empty_like(self._dual)
        for rows, dual in self._left_out(folds):
            weights, intercepts = self._line(projection, means, solved, dual)
            out[rows] = self._masks[rows] @ weights.T + intercepts
        return out

    def beyond(
        self, projection: Projection, pairs: Indices, masks: Masks, folds: int = 5
    ) -> tuple[Floats, Floats, Floats, Floats]:
        """Terms for pairs on top of the line: ridge regression of what the process says beyond it.

        A pair's term is its weight times (kept - 1/2) of both.

        Args:
            projection: whose line.
            pairs: ``int[p, 2]``.
            masks: ``bool[m, d]`` drawn by the law, on which the process is asked.

        Returns:
            ``(sizes (k, p), errors (k, p), offsets (k,), held_out (n, k))``: by how much the
            terms lift every answer, and, as ``held_out`` says it, line and terms together.
        """
        kept = masks.astype(float)
        means, solved = self._lines(projection)
        rest = self.kernel(kept, self._masks) - (kept - projection.kept) @ solved.T - means
        centre, terms = rest.mean(axis=0), pair_terms(kept, pairs)
        middle = terms.mean(axis=0)
        gram = terms.T @ (terms - middle) + PAIR_RIDGE * np.eye(len(pairs))
        sizes = np.linalg.solve(gram, (terms - middle).T @ rest)  # of each basis function
        variance = (self.residuals**2).T @ ((sizes @ self._inverse) ** 2).T * self._unseen(projection)
        offset = centre - middle @ sizes
        out = self.held_out(projection, folds)
        own = pair_terms(self._masks, pairs)
        for rows, dual in self._left_out(folds):
            out[rows] += (own[rows] @ (sizes @ dual) + offset @ dual) * self._spread
        found = (sizes @ self._dual).T * self._spread
        return found, np.sqrt(variance), offset @ self._dual * self._spread, out

    def _left_out(self, folds: int) -> Iterator[tuple[Indices, Floats]]:
        """Rows of each fold, and the process's coefficients without them."""
        for fold in range(folds):
            rows = np.arange(fold, len(self._dual), folds)
            block = self._inverse[:, rows]
            dual = self._dual - block @ np.linalg.solve(block[rows], self._dual[rows])
            dual[rows] = 0
            yield rows, dual

    def pairs(self, projection: Projection, pairs: Indices) -> tuple[Floats, Floats]:
        """How much two features count together beyond what each counts alone.

        The mean, over all masks of the others, of f(both) - f(first) - f(second) + f(neither).

        Args:
            projection: whose law of masks to average over.
            pairs: ``int[p, 2]``.

        Returns:
            ``(sizes (k, p), errors (k, p))``; the errors by the jackknife.
        """
        products, means = self._moments(projection.pair_rule)
        # what keeping a feature changes in its factor, against a mask that has it or not
        steps = (1 - self.kernel.factors) / means
        signs = 2 * self._masks - 1
        seen = np.empty((len(pairs), len(self._masks)))
        for at, (i, j) in enumerate(pairs):
            first, second = (np.where(self._masks[:, [f]] > 0, steps[1][:, f], steps[0][:, f]) for f in (i, j))
            seen[at] = signs[:, i] * signs[:, j] * (products * first * second).sum(axis=1)
        influence = seen @ self._inverse
        variance = (self.residuals**2).T @ (influence**2).T * self._unseen(projection)
        return (seen @ self._dual * self._spread).T, np.sqrt(variance)

    def _unseen(self, projection: Projection) -> float:
        """Share of the law on masks that the model was not asked about.

        Never less than ``LEAST_UNSEEN``: the process smooths over what it has seen, and
        what comes last is the least foreseeable (intervals that shrank to nothing held
        .75 of the truths).
        """
        return max(LEAST_UNSEEN, 1 - float(projection.counts(self._masks).sum()) / projection.total)

    def _line(self, projection: Projection, means: Floats, solved: Floats, dual: Floats) -> tuple[Floats, Floats]:
        mean = dual.T @ means * self._spread + self._mean
        return projection.line(dual.T @ solved * self._spread, mean, self._ends)

    def _moments(self, rule: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
        """The exponential part's means over masks in which every feature goes independently.

        Returns:
            ``(n, nodes)`` means against each training mask, with the node's weight in, and
            ``(2, nodes, d)`` their factors, for a feature that the training mask has removed
            and has kept.
        """
        rates, weights = rule
        gone = rates[:, None]
        means = np.stack([gone + (1 - gone) * self.kernel.factors, (1 - gone) + gone * self.kernel.factors])
        logs = np.log(means)
        product = self._masks @ (logs[1] - logs[0]).T + logs[0].sum(axis=1)
        return self.kernel.mix * np.exp(product) * weights, means

    def _lines(self, projection: Projection) -> tuple[Floats, Floats]:
        """Of each basis function: its mean ``(n,)`` under the law, and its line's weights ``(n, d)``.

        Kept for the latest projection: an estimate asks for it three times.
        """
        if self._latest is None or self._latest[0] is not projection:
            self._latest = projection, self._work_out_lines(projection)
        return self._latest[1]

    def _work_out_lines(self, projection: Projection) -> tuple[Floats, Floats]:
        kept, stays = self._masks, 1 - projection.rule[0][:, None]
        products, means = self._moments(projection.rule)
        mean = products.sum(axis=1)
        present = np.where(kept > 0, products @ (stays / means[1]), products @ (stays * self.kernel.factors / means[0]))
        slopes = (2 * kept - 1) * (2 * self.kernel.linear / kept.shape[1])
        covariances = present - projection.kept * mean[:, None] + projection.covariances(slopes)
        level = slopes.sum(axis=1) * (projection.kept - 0.5)
        return mean + CONSTANT + level, projection.solve(covariances)


_SOLVING = threading.Lock()


@contextmanager
def _one_thread() -> Iterator[None]:
    """Linear algebra in one thread for the while, and one surrogate at a time.

    The matrices are small, and threads that wait for each other cost more than they
    bring as soon as anything else runs: with a second busy process an inverse of 600
    rows took 1,260 ms in two threads and 36 in one; on an idle machine 24 and 25.
    """
    from threadpoolctl import threadpool_limits

    # the number of threads is the process's: two that set and restore it at once would leave it at one
    with _SOLVING, threadpool_limits(1, user_api="blas"):
        yield


def pair_terms(masks: Masks | Floats, pairs: Indices) -> Floats:
    """``(n, p)``: (kept - 1/2) of both features of each pair, multiplied."""
    off = masks - 0.5
    return off[:, pairs[:, 0]] * off[:, pairs[:, 1]]


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
