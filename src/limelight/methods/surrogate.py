"""Words and pairs: limelight's own surrogate of the model, read out as main effects and interactions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from limelight.arrays import Floats, Indices, Masks
from limelight.explanation import Explanation
from limelight.masking.designs import ALONE, draw_masks, even_sizes
from limelight.masking.orders import foreseen, removals
from limelight.methods.base import Budget, Method, Problem
from limelight.methods.regression import Estimate, pairs_of, sampled, strongest
from limelight.surrogate.process import Surrogate, fit_of, pair_terms
from limelight.surrogate.projection import Projection

SYNTHETIC = 2000  # masks on which the surrogate, not the model, is asked
CANDIDATES = 40  # strongest words whose pairs are looked at
TERMS = 2  # pairs kept for every word
RIDGE = 1e-6
MOST_AHEAD = 2000  # features times targets: beyond, looking ahead takes as long as asking


def projection(features: int) -> Projection:
    """All numbers of words removed alike, near the text and far from it; one text, full or empty, is not a number."""
    return Projection(even_sizes(features), ridge=RIDGE)


class WordsAndPairs(Method):
    """One weight a word and one for each of the strongest pairs, on the logit scale.

    On the logit scale effects add up better than on probabilities, which saturate; the
    pairs then say much of what single weights cannot ("not" with "bad"). The weights are
    those of the best line through all thinned texts; pairs are fitted to what it leaves,
    as a Gaussian process over the thinned texts foresees it.

    Example:
        >>> explain("Not a bad film.", method="surrogate").terms  # doctest: +SKIP
    """

    name = "surrogate"
    title = "Words and pairs"
    asks = "some hundreds of evaluations"
    scale = "logit"

    def steps(self, problem: Problem, budget: Budget, seed: int) -> Iterator[Explanation]:
        law = projection(problem.features)
        for latest in sampled(problem, budget, seed, law, refine=Terms(problem, law, seed)):
            yield replace(latest, joint=True) if latest.terms else latest


class Terms:
    """The pairs on top of the line."""

    def __init__(self, problem: Problem, law: Projection, seed: int) -> None:
        self._prediction, self._law = problem.prediction, law
        self._masks = draw_masks(law.masses / law.total, SYNTHETIC, np.random.default_rng(seed + 1))

    def wanted(self, surrogate: Surrogate) -> Masks:
        """What is left on the way as the words that matter most, or least, go first.

        Those are the texts by which a removal order stands or falls, and draws hardly hit them.
        They come spread over the way, not from its beginning: neighbours say nearly the same.
        """
        d, target = self._law.features, int(self._prediction.scores.argmax())
        if d > ALONE or d * len(self._prediction.targets) > MOST_AHEAD:
            return np.empty((0, d), dtype=bool)
        expected = lambda kept: self._prediction.answers(surrogate.without(kept))[..., target]  # noqa: E731
        # the middle first, then the middles of what is left: bits of the position from the other end
        points = sorted(range(1, d), key=lambda point: format(point, "b").zfill(d.bit_length())[::-1])
        ways = [removals(foreseen(expected, d, sign), points) for sign in (-1, 1)]
        return np.stack(ways, axis=1).reshape(-1, d)

    def estimated(self, found: Estimate, surrogate: Surrogate, drawn: Indices) -> Estimate:
        from scipy.stats import t as student

        candidates = pairs_of(np.sort(strongest(found.weights, CANDIDATES)))
        pairs = self._strongest(candidates, surrogate.pairs(self._law, candidates)[0])
        sizes, errors, offsets, held_out = surrogate.beyond(self._law, pairs, self._masks)
        fit = fit_of(surrogate.scores[drawn], held_out[drawn])
        margins = student.ppf(0.975, len(drawn) - 1) * errors
        return self._with(found, pairs, sizes, margins, offsets, fit)

    def known(self, found: Estimate, masks: Masks, scores: Floats, counts: Floats) -> Estimate:
        if masks.shape[1] < 2:
            return found
        share = counts / counts.sum()
        candidates = pairs_of(range(masks.shape[1]))
        rest = scores - masks @ found.weights.T - found.intercepts
        terms = pair_terms(masks, candidates)
        pairs = self._strongest(candidates, self._solve(terms, rest, share)[0])
        terms = pair_terms(masks, pairs)
        sizes, offsets = self._solve(terms, rest, share)
        fit = fit_of(scores, scores - rest + terms @ sizes.T + offsets, counts)
        return self._with(found, pairs, sizes, np.zeros_like(sizes), offsets, fit)

    def _strongest(self, candidates: Indices, sizes: Floats) -> Indices:
        return candidates[strongest(sizes, TERMS * self._law.features)]

    @staticmethod
    def _solve(terms: Floats, rest: Floats, share: Floats) -> tuple[Floats, Floats]:
        off = terms - share @ terms
        gram = (off * share[:, None]).T @ off + RIDGE / len(terms) * np.eye(terms.shape[1])
        sizes = np.asarray(np.linalg.solve(gram, (off * share[:, None]).T @ rest).T, dtype=float)
        return sizes, share @ rest - sizes @ (share @ terms)

    @staticmethod
    def _with(
        found: Estimate, pairs: Indices, sizes: Floats, margins: Floats, offsets: Floats, fit: dict[str, list[float]]
    ) -> Estimate:
        return replace(
            found, intercepts=found.intercepts + offsets, fit=fit, terms=pairs, term_weights=sizes, term_errors=margins
        )
