"""What a regression found, and whether more evaluations would change it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from limelight.arrays import Floats
from limelight.document import Fit
from limelight.explanation import Explanation
from limelight.surrogate.spectrum import Term

SHADE = 1 / 25  # of the full colour: a smaller difference is hard to see on the page
SPOKEN = 0.2  # of the full colour: effects that are spoken of
TOP = 5
FITTED = 3.0  # as many degrees of freedom as go into each relevance; fewer held too few of the truths


@dataclass(frozen=True)
class Estimate:
    """Weights ``(k, d)`` with their standard errors, in units of the scores.

    ``errors`` are half-widths of 95 % intervals; None in a draft. ``beside`` is the line that
    stands with the terms, where ``weights`` are those of a line without them. ``residuals (n, k)`` and
    ``leverages (n, d)`` are what the errors were made of: squared, ``residuals.T ** 2 @ leverages``.
    """

    weights: Floats
    intercepts: Floats
    errors: Floats | None
    fit: dict[str, list[float]]
    terms: tuple[Term, ...] = ()
    term_weights: Floats | None = None
    term_errors: Floats | None = None
    beside: Estimate | None = None
    residuals: Floats | None = None
    leverages: Floats | None = None

    @property
    def whole(self) -> Estimate:
        """The same of the sum of all targets, which needs their residuals."""
        errors = None
        if self.errors is not None:
            errors = self.errors.sum(axis=0, keepdims=True)
            if self.residuals is not None and self.leverages is not None:
                errors = np.sqrt(self.residuals.sum(axis=1) ** 2 @ self.leverages)[None]
        return Estimate(self.weights.sum(axis=0, keepdims=True), self.intercepts.sum(keepdims=True), errors, self.fit)

    def settled(self, full: float) -> bool:
        """Whether more evaluations would hardly change what a reader sees.

        So it is when no weight would move by more than a shade, or when the strongest features
        and their order are sure, in every target that has effects to speak of, or may have
        such for all that is known. Two features that surely lie within two shades of each
        other are a tie.

        Args:
            full: the weight that gets the full colour.
        """
        if self.errors is None:
            return False
        size = np.abs(self.weights)
        if (self.errors <= SHADE * full).all():
            return True
        return all(
            _ordered(row, errors, 2 * SHADE * full)
            for row, errors in zip(size, self.errors, strict=True)
            if max(row.max(), errors.max()) >= SPOKEN * full
        )

    def told(self, explanation: Explanation) -> Explanation:
        beside, residuals = self.beside, self.residuals
        if residuals is not None:
            residuals = np.cumsum(np.pad(residuals, ((0, 0), (1, 0))), axis=1)
        return replace(
            explanation,
            weights=self.weights,
            intercepts=self.intercepts,
            intervals=_around(self.weights, self.errors),
            fit=cast(Fit, self.fit),
            terms=self.terms,
            term_weights=self.term_weights,
            term_intervals=_around(self.term_weights, self.term_errors),
            # the estimate before may have had one
            joint_weights=None if beside is None else beside.weights,
            joint_intercepts=None if beside is None else beside.intercepts,
            joint_intervals=None if beside is None else _around(beside.weights, beside.errors),
            residuals=residuals,
            leverages=self.leverages,
        )


def loosened(features: int, drawn: int) -> float:
    """By how much errors are larger than they seem.

    A relevance for each feature was fitted to the same masks; the fewer these are, the more of it is the prior's.
    """
    return float(np.sqrt(1 + FITTED * features / (features + drawn)))


def _ordered(size: Floats, errors: Floats, same: float) -> bool:
    """Whether the strongest and their order are known; what surely differs by less than ``same`` is a tie."""
    order = np.argsort(-size, kind="stable")[: TOP + 1]
    gaps = size[order][:-1] - size[order][1:]
    doubt = np.hypot(errors[order][:-1], errors[order][1:])
    return bool(((gaps > doubt) | (gaps + doubt <= same)).all())


def _around(values: Floats | None, errors: Floats | None) -> Floats | None:
    return None if values is None or errors is None else np.stack([values - errors, values + errors], axis=-1)
