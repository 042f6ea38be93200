"""What masks have in common: the covariance of the process, and how it is chosen."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from limelight.arrays import Floats
from limelight.surrogate.neighbours import neighbours, products

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

WORTH = 1.1  # how much more the simpler fit must get wrong: less than that is chance
PLAIN_NOISES = (0.03, 0.1, 0.3, 1.0)
LEVELS = 4  # linear, near, mix, noise
SPREAD = (0.6, 2.0, 2.0, 2.0, 2.0, 0.2)  # of the prior on log relevance, on the log levels, and on the amplitude
AMPLITUDE = -0.5  # as it was found, more or less, with every model that was tried
CONSTANT = 10.0  # prior variance of the level, in units of the scores' own


@dataclass(frozen=True)
class Kernel:
    """What masks have in common, by their signs s = +1 or -1.

    ``linear * mean(s s') + near * mean(p p') + mix * a(s) a(s') * exp(sum(relevance (s s' - 1)))``, where p are
    the signs of neighbours, multiplied, and ``a(s) = exp(amplitude * mean(s))``. The exponential of a sum over features
    is a product over features, and so holds interactions of every order, those of relevant features most. Where fewer
    features are left each of them decides more, hence an amplitude below 0.
    """

    relevance: Floats
    linear: float
    near: float
    mix: float
    noise: float
    amplitude: float

    @classmethod
    def start(cls, features: int) -> Kernel:
        """What is expected before a mask is seen."""
        return cls(np.full(features, 2 / features), 1.0, np.exp(-2.0), 1.0, np.exp(-5.0), AMPLITUDE)

    @classmethod
    def of(cls, numbers: Floats) -> Kernel:
        linear, near, mix, noise = np.exp(numbers[-LEVELS - 1 : -1])
        return cls(np.exp(numbers[: -LEVELS - 1]), linear, near, mix, noise, numbers[-1])

    @property
    def numbers(self) -> Floats:
        """``(d + LEVELS + 1,)`` what is searched: logarithms of what is positive, and the amplitude."""
        return np.array([*np.log([*self.relevance, self.linear, self.near, self.mix, self.noise]), self.amplitude])

    @property
    def factors(self) -> Floats:
        """``(d,)`` factors of the exponential part where two masks differ in a feature; 1 where they agree."""
        return np.exp(-2 * self.relevance)

    @property
    def tilt(self) -> float:
        """Each feature's share in the logarithm of the amplitude of a mask."""
        return self.amplitude / len(self.relevance)

    @property
    def each(self) -> tuple[float, float]:
        """The linear part's share for each feature, and that of neighbours for each set of them."""
        features = len(self.relevance)
        return self.linear / features, self.near / max(1, len(neighbours(features)))

    def parts(self, masks: Floats, others: Floats) -> tuple[Floats, Floats, Floats]:
        """The linear part, that of neighbours and the exponential one, each ``(n, m)``."""
        a, b = 2 * masks - 1, 2 * others - 1
        near, far = products(a), products(b)
        line, beside = self.each
        return line * a @ b.T, beside * near @ far.T, self.exponential(a, b)

    def __call__(self, masks: Floats, others: Floats) -> Floats:
        a, b = 2 * masks - 1, 2 * others - 1
        near, far = products(a), products(b)
        # the matrix is large, and reading it again takes longer than working it out
        line, beside = self.each
        lines = line * a, beside * near, np.full((len(a), 1), CONSTANT)
        covariance = self.exponential(a, b)
        covariance += np.concatenate(lines, axis=1) @ np.concatenate([b, far, np.ones((len(b), 1))], axis=1).T
        return covariance

    def exponential(self, signs: Floats, others: Floats) -> Floats:
        """The exponential part alone ``(n, m)``, of signs -1 or 1."""
        # the mix and the amplitudes are in the exponent, too
        own, other = (self.tilt * masks.sum(axis=1, keepdims=True) for masks in (signs, others))
        own += np.log(self.mix) - self.relevance.sum()
        sums = np.concatenate([signs * self.relevance, own, np.ones_like(own)], axis=1)
        exponents: Floats = sums @ np.concatenate([others, np.ones_like(other), other], axis=1).T
        return np.exp(exponents, out=exponents)


def fit_kernel(masks: Floats, scores: Floats, start: Kernel, steps: int, known: Floats | float = 0.0) -> Kernel:
    """Chooses the kernel by marginal likelihood (MacKay, 1992: automatic relevance determination).

    Args:
        masks: ``float[n, d]``, distinct; the cost is cubic in ``n``.
        scores: ``(n, k)`` of mean 0 and overall variance 1; all targets share a kernel.
        start: where the search begins.
        steps: of L-BFGS, at most.
        known: variances of the noise that is known to be in each of the scores.
    """
    from scipy.optimize import minimize

    d = masks.shape[1]
    prior, spread = Kernel.start(d).numbers, np.array([SPREAD[0]] * d + [*SPREAD[1:]])

    def loss(numbers: Floats) -> tuple[float, Floats]:
        value, slope = _evidence(masks, scores, Kernel.of(numbers), known)
        off = (numbers - prior) / spread
        return value + (off @ off) / 2, slope + off / spread

    # Less noise than this lets single surprises bend everything near them.
    bounds = [(-10.0, 2.0)] * d + [(-6.0, 6.0), (-8.0, 4.0), (-6.0, 6.0), (-6.0, 2.0), (-3.0, 3.0)]
    found = minimize(loss, start.numbers, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": steps})
    best = Kernel.of(found.x) if np.isfinite(found.fun) else start
    # The plain fit, in the same terms: it stays where nothing beyond a line can be foreseen.
    plain = [replace(best, near=1e-9, mix=1e-9, noise=noise) for noise in PLAIN_NOISES]
    better = min(plain, key=lambda kernel: _left_out(masks, scores, kernel, known))
    return better if _left_out(masks, scores, better, known) <= WORTH * _left_out(masks, scores, best, known) else best


def inverse_of(covariance: Floats, noise: Floats | float) -> tuple[Floats, float]:
    """Inverse of covariance and noise, and half the logarithm of its determinant.

    By Cholesky's factor, in half the time of a general inverse. ``covariance`` is
    overwritten.
    """
    from scipy.linalg.lapack import dpotrf, dpotri

    covariance[np.diag_indices(len(covariance))] += noise
    # of a symmetric matrix the transpose is the same, and in the order in which LAPACK wants it
    factor, failed = dpotrf(covariance.T, lower=1, overwrite_a=1)
    if failed:
        raise np.linalg.LinAlgError("the covariance is not positive definite")
    half = float(np.log(np.diag(factor)).sum())
    inverse, _ = dpotri(factor, lower=1, overwrite_c=1)
    inverse += inverse.T  # the other triangle of a factor is 0
    inverse[np.diag_indices(len(inverse))] /= 2
    return inverse, half


def _left_out(masks: Floats, scores: Floats, kernel: Kernel, known: Floats | float) -> float:
    """Sum of squares of what the kernel gets wrong of each score, given the others."""
    inverse, _ = inverse_of(kernel(masks, masks), kernel.noise + known)
    return float(((inverse @ scores / np.diag(inverse)[:, None]) ** 2).sum())


def _evidence(masks: Floats, scores: Floats, kernel: Kernel, known: Floats | float = 0.0) -> tuple[float, Floats]:
    """Negative log marginal likelihood and its slope in ``kernel.numbers``."""
    k = scores.shape[1]
    linear, near, exponential = kernel.parts(masks, masks)
    try:
        inverse, half = inverse_of(CONSTANT + linear + near + exponential, kernel.noise + known)
    except np.linalg.LinAlgError:
        return 1e12, np.zeros(masks.shape[1] + LEVELS + 1)
    dual = inverse @ scores
    value = (scores * dual).sum() / 2 + k * half
    slope = (k * inverse - dual @ dual.T) / 2  # of the value in the covariance
    tilted, signs = slope * exponential, 2 * masks - 1
    relevance = kernel.relevance * ((signs * (tilted @ signs)).sum(axis=0) - tilted.sum())
    levels = ((slope * linear).sum(), (slope * near).sum(), tilted.sum(), kernel.noise * np.trace(slope))
    amplitude = 2 * tilted.sum(axis=1) @ signs.mean(axis=1)
    return value, np.array([*relevance, *levels, amplitude])


_SOLVING = threading.RLock()


@contextmanager
def one_thread() -> Iterator[None]:
    """Linear algebra in one thread for the while, and one surrogate at a time.

    The matrices are small, and threads that wait for each other cost more than they
    bring as soon as anything else runs: with a second busy process an inverse of 600
    rows took 1,260 ms in two threads and 36 in one; on an idle machine 24 and 25.
    """
    # the number of threads is the process's: two that set and restore it at once would leave it at one
    with _SOLVING, _algebra().limit(limits=1, user_api="blas"):
        yield


@cache
def _algebra() -> ThreadpoolController:
    """The libraries of numpy and scipy; to find them takes 2 ms, on some machines 14."""
    import scipy.linalg.lapack  # noqa: F401  # what is not loaded yet is not found
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
