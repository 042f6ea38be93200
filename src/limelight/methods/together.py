"""What words do together beyond a line: the terms of every method that samples."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from limelight.arrays import Floats, Indices, Masks
from limelight.masking.designs import draw_masks
from limelight.methods.estimate import Estimate, loosened
from limelight.surrogate.fit import fit_of
from limelight.surrogate.kernel import one_thread
from limelight.surrogate.process import Surrogate
from limelight.surrogate.projection import Projection
from limelight.surrogate.spectrum import AMONG, Term, closed, columns, subsets, worthwhile

SYNTHETIC = 2000  # masks on which the surrogate, not the model, is asked
EACH = 4  # of these at least for each feature: a line through fewer says nothing of others
SHOWN = 8  # targets, the likeliest, that choose terms: a thousand would share what is there for few
RIDGE = 0.01  # on terms, against ``SYNTHETIC`` masks: more would shrink what hardly stands alone
WORTH = 0.001  # of what the process itself does not know: a term that adds less is none
LEAST = 2e-5  # of the scores' variance, however well the process knows them
EXACT_RIDGE = 1e-9
OPEN_ROWS = 400  # masks, beyond which residuals say more of what is not known than what the masks left open


def most_terms(features: int) -> int:
    """More terms than this nobody reads, and nobody's model needs, as far as was seen."""
    return 2 * features + 40


class Together:
    """Terms on top of a line: a sparse polynomial of the process, or of the model where all masks are known.

    Args:
        law: whose line.
        seed: of the masks on which the process is asked.
        joint: the weights are those that stand beside the terms; else they stay, and the terms are an aside.
    """

    def __init__(self, law: Projection, seed: int, joint: bool) -> None:
        self.joint, self._law = joint, law
        rows = max(SYNTHETIC, EACH * law.features)
        self._masks = draw_masks(law.masses / law.total, rows, np.random.default_rng(seed + 1))

    @one_thread()
    def estimated(self, found: Estimate, surrogate: Surrogate, drawn: Indices, shown: Floats) -> Estimate:
        """On an estimate from the surrogate, whose rows ``drawn`` came from the law.

        The sums ``shown (k, v)`` of targets choose terms.
        """
        from scipy.stats import t as student

        offered = surrogate.candidates(shown)
        rest = surrogate.beyond(self._law, self._masks)
        wanted = surrogate.read(rest).T
        kept = self._masks.astype(float)
        unknown = ((surrogate.residuals @ shown) ** 2).mean(axis=0).sum()
        least = len(kept) * float(max(WORTH * unknown, LEAST * (surrogate.scores @ shown).var(axis=0).sum()))
        terms = self._chosen(kept, offered, wanted @ shown, least)
        if not terms:  # the line is the best there is
            k, d = found.weights.shape
            return self._with(found, terms, np.zeros((k, 1 + d)), np.empty((k, 0)), found.fit)
        table = self._columns(kept, terms)
        penalty = np.full(table.shape[1], RIDGE)
        penalty[: -len(terms)] = EXACT_RIDGE
        solver = np.linalg.solve(table.T @ table + np.diag(penalty), table.T)
        functionals = np.asarray(solver @ rest, dtype=float)
        shifts = surrogate.read(functionals)
        # what no term says falls on the masks that happened to be made up
        chance = solver**2 @ (wanted - table @ shifts.T) ** 2
        line = table.shape[1] - len(terms)
        doubts = surrogate.doubt(functionals[line:], self._law) ** 2
        if len(surrogate.masks) <= OPEN_ROWS:  # residuals of few masks know little of what none of them shows
            doubts = np.maximum(doubts, np.outer(surrogate.wanted.var(axis=0), surrogate.unknown_of(terms)))
        doubts = np.sqrt(doubts + chance[line:].T)
        said: Floats = surrogate.held_out(self._law) + surrogate.left_out(
            functionals, self._columns(surrogate.masks, terms)
        )
        together = fit_of(surrogate.scores[drawn], said[drawn])
        wide = student.ppf(0.975, len(drawn) - 1) * loosened(kept.shape[1], len(drawn))
        return self._with(found, terms, shifts, wide * doubts, together, wide * np.sqrt(chance[1:line].T))

    @one_thread()
    def known(self, found: Estimate, masks: Masks, scores: Floats, counts: Floats, shown: Floats) -> Estimate:
        """On the regression over all masks, each of which counts what ``counts`` says."""
        kept, weight = masks.astype(float), np.sqrt(counts / counts.sum())[:, None]
        d = kept.shape[1]
        offered = closed(map(tuple, (part for size in AMONG for part in subsets(range(d), size).tolist())))
        rest = scores - kept @ found.weights.T - found.intercepts
        spread = scores - (weight**2 * scores).sum(axis=0)
        least = LEAST * float(((weight * (spread @ shown)) ** 2).sum())
        terms = self._chosen(kept, offered, rest @ shown, least, weight)
        table = weight * self._columns(kept, terms)
        sizes = np.linalg.solve(table.T @ table + EXACT_RIDGE * np.eye(table.shape[1]), table.T @ (weight * rest)).T
        together = fit_of(scores, scores - rest + self._columns(kept, terms) @ sizes.T, counts)
        return self._with(found, terms, sizes, np.zeros((len(sizes), len(terms))), together)

    def _chosen(
        self, kept: Floats, offered: list[Term], wanted: Floats, least: float, weight: Floats | float = 1.0
    ) -> list[Term]:
        beside = weight * self._columns(kept, [])
        chosen = worthwhile(beside, weight * columns(kept, offered), weight * wanted, most_terms(kept.shape[1]), least)
        return [offered[at] for at in chosen]

    def _columns(self, kept: Floats, terms: list[Term]) -> Floats:
        """A constant, the features and the terms."""
        return np.concatenate([np.ones((len(kept), 1)), kept, columns(kept, terms)], axis=1)

    def _with(
        self,
        found: Estimate,
        terms: list[Term],
        shifts: Floats,
        margins: Floats,
        together: dict[str, list[float]],
        doubts: Floats | float = 0.0,
    ) -> Estimate:
        """The estimate with terms in it or, where the weights stay, beside it.

        Args:
            found: without terms.
            terms: the terms.
            shifts: ``(k, 1 + d + t)`` what changes of the intercepts and the weights, and the weights of terms.
            margins: ``(k, t)`` half-widths of the intervals of terms.
            together: how well line and terms follow the model.
            doubts: ``(k, d)`` of the weights' shifts, on top of the weights' own half-widths.
        """
        line = shifts.shape[1] - len(terms)
        found = replace(
            found,
            fit=found.fit | {"together": together["r2"]},
            terms=tuple(terms),
            term_weights=shifts[:, line:],
            term_errors=margins,
        )
        joint = replace(
            found,
            weights=found.weights + shifts[:, 1:line],
            intercepts=found.intercepts + shifts[:, 0],
            errors=None if found.errors is None else np.hypot(found.errors, doubts),
            fit=together | {"together": together["r2"]},
        )
        return joint if self.joint else replace(found, beside=joint if terms else None)
