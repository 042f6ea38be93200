"""Interactions of any order: which there are in a process, and which of them pay.

With s = 2 kept - 1 and c = r s' + t, ``exp(c s) = cosh c + s sinh c``. So the mean of the process is a
polynomial in the signs, and the coefficient of every product of them has a closed form: the
Walsh-Hadamard spectrum, with no search and no fit. What is shown are terms for readers, who
think of words that stand there *together*; the spectrum says which of these to look at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

import numpy as np

from limelight.arrays import Floats, Indices, Masks
from limelight.surrogate.kernel import Kernel
from limelight.surrogate.neighbours import neighbours

Term = tuple[int, ...]

AMONG = {2: 60, 3: 24, 4: 14}  # features whose sets of so many are looked at: the most relevant ones
CANDIDATES = 300  # sets with the largest coefficients; those within them are looked at, too
CHUNK = 2000  # sets at once: 32 MB beside 2,000 masks
NOTHING = 1e-9  # a coefficient, or what a term adds, that is none
REPEATED = 1e-3  # of a column's own variance: less than that beyond the others is rounding


def columns(masks: Floats, terms: Sequence[Term]) -> Floats:
    """What each term counts for on each mask ``[n, d]``: ``(n, t)``.

    Keeping all ``s`` features of a term together, less what the mean over masks and each
    feature alone let expect of that where every feature is kept half of the time:
    ``prod kept - sum kept / 2^(s-1) + (s-1) / 2^s``; of a pair, (kept - 1/2) of both, multiplied.
    """
    out = np.empty((len(masks), len(terms)))
    for alike, rows in by_size(terms):
        size = alike.shape[1]
        every, total = np.ones((len(masks), len(rows))), np.zeros((len(masks), len(rows)))
        for features in alike.T:
            kept = masks[:, features]
            every *= kept
            total += kept
        out[:, rows] = every - total / 2 ** (size - 1) + (size - 1) / 2**size
    return out


def by_size(terms: Sequence[Term]) -> Iterator[tuple[Indices, list[int]]]:
    """Terms of each size in one table, and where they stand."""
    for size in sorted({len(term) for term in terms}):
        rows = [at for at, term in enumerate(terms) if len(term) == size]
        yield np.array([terms[at] for at in rows]), rows


def coefficients(kernel: Kernel, signs: Floats, amounts: Floats, terms: Indices) -> Floats:
    """Coefficients ``(p, k)`` of products of two or more signs in ``kernel(., masks) @ amounts``.

    Args:
        kernel: of the process.
        signs: ``(n, d)``, -1 or 1: the masks that it was given.
        amounts: ``(n, k)``.
        terms: ``int[p, s]``, which products.
    """
    found: Floats = basis(kernel, signs, terms).T @ amounts
    return found


def basis(kernel: Kernel, signs: Floats, terms: Indices) -> Floats:
    """As ``coefficients``, of what each mask adds for itself: ``(n, p)``."""
    slopes = kernel.relevance * signs + kernel.tilt
    # of every feature exp(t s' - r) cosh c, without overflow
    logs = np.logaddexp(slopes, -slopes) - np.log(2) + kernel.tilt * signs - kernel.relevance
    levels = kernel.mix * np.exp(logs.sum(axis=1, keepdims=True))
    found: Floats = levels * multiplied(np.tanh(slopes), terms)
    near = are_neighbours(kernel, terms)
    found[:, near] += kernel.each[1] * multiplied(signs, terms[near])
    return found


def variances(kernel: Kernel, terms: Indices) -> Floats:
    """Variances ``(p,)`` of what ``coefficients`` finds, before any mask is known."""
    # of two masks that agree in a feature, on average, and of two that do not
    alike, apart = np.cosh(2 * kernel.tilt), kernel.factors
    found: Floats = kernel.mix * ((alike + apart) / 2).prod() * ((alike - apart) / (alike + apart))[terms].prod(axis=1)
    found += kernel.each[1] * are_neighbours(kernel, terms)
    return found


def are_neighbours(kernel: Kernel, terms: Indices) -> Masks:
    """Which of the terms are sets of neighbours: ``bool[p]``."""
    near = neighbours(len(kernel.relevance))
    return np.array([tuple(term) in near for term in terms.tolist()], dtype=bool)


def multiplied(table: Floats, terms: Indices) -> Floats:
    """Product ``(n, p)`` of the columns of each term, of a table ``(n, d)`` and terms ``int[p, s]``."""
    found: Floats = table[:, terms[:, 0]]
    for at in range(1, terms.shape[1]):
        found *= table[:, terms[:, at]]
    return found


def candidates(kernel: Kernel, signs: Floats, amounts: Floats) -> list[Term]:
    """Sets of features with the largest coefficients in any column, and all sets within these, each ascending.

    The more relevant its features the larger a coefficient can be, as the product of a number for each of them: so the
    larger the sets, the fewer features are looked at, and of the others only neighbours.
    """
    relevant = np.argsort(-kernel.relevance, kind="stable")
    near = neighbours(signs.shape[1])
    found: list[tuple[float, Term]] = []
    for size, among in AMONG.items():
        terms = subsets(np.sort(relevant[:among]), size)
        others = sorted({term for term in near if len(term) == size}.difference(map(tuple, terms.tolist())))
        terms = np.concatenate([terms, np.array(others, dtype=int).reshape(-1, size)])
        for part in np.array_split(terms, -(-len(terms) // CHUNK) or 1):
            strength = np.abs(coefficients(kernel, signs, amounts, part)).max(axis=1, initial=0)
            found += [(float(one), tuple(term)) for one, term in zip(strength, part.tolist(), strict=True)]
    found.sort(key=lambda one: -one[0])
    return closed(term for strength, term in found[:CANDIDATES] if strength > NOTHING)


def subsets(features: Iterable[int], size: int) -> Indices:
    """``int[p, size]``: every so many of these features."""
    return np.array(list(combinations(features, size)), dtype=int).reshape(-1, size)


def closed(terms: Iterable[Term]) -> list[Term]:
    """These terms and all within them, each once."""
    within = {part: None for term in terms for size in range(len(term), 1, -1) for part in combinations(term, size)}
    return list(within)


def worthwhile(beside: Floats, offered: Floats, wanted: Floats, most: int, least: float) -> list[int]:
    """Columns that explain most on top of others, found one after the other (orthogonal least squares).

    Each is the one that lowers what is left the most, given those before it (Chen, Billings & Luo, 1989).

    Args:
        beside: ``(n, b)`` columns that are in already; rows may be weighted by their square root.
        offered: ``(n, p)``.
        wanted: ``(n, k)``.
        most: columns to take.
        least: what one must add: sum of squares, over all columns of ``wanted``.
    """
    base, _ = np.linalg.qr(beside)
    off, rest = (table - base @ (base.T @ table) for table in (offered, wanted))
    gram, shared = off.T @ off, off.T @ rest
    own = np.diag(gram).copy()
    chosen: list[int] = []
    while len(chosen) < min(most, len(own)):
        left = np.diag(gram)
        free = left > REPEATED * own
        free[chosen] = False
        gains = np.where(free, (shared**2).sum(axis=1) / np.where(free, left, 1), 0)
        best = int(gains.argmax())
        if gains[best] <= max(least, NOTHING):
            break
        chosen.append(best)
        along, with_it = gram[:, best] / left[best], shared[best].copy()
        gram = gram - np.outer(along, gram[best])
        shared = shared - np.outer(along, with_it)
    return chosen
