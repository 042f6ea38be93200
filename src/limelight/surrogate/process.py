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

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from limelight.arrays import Floats, Indices, Masks
from limelight.surrogate.kernel import CONSTANT, Kernel, fit_kernel, inverse_of, one_thread
from limelight.surrogate.neighbours import neighbours, products
from limelight.surrogate.projection import Projection
from limelight.surrogate.spectrum import Term, basis, by_size, candidates, variances

LEAST_UNSEEN = 0.2  # of the law, as far as the line goes, which takes known answers as they are
LEAST_READ = 0.4  # for what is read from the process alone, which smooths over what it has seen
CHUNK = 1000  # masks predicted at once: 16 MB beside 2,000 that were seen
FOLDS = 5
KERNEL_ROWS = 320  # masks that choose the kernel, at most: the search is cubic in them
STEPS = 15  # of a search for the kernel, at most


class Surrogate:
    """The Gaussian process given what the model said on some masks.

    Args:
        masks: ``bool[n, d]``, distinct.
        scores: ``(n, k)``.
        start: kernel to begin with.
        search: look for a better kernel, with some of the masks.
        random: chooses among the masks where they are many.
        noise: ``(n, k)`` variances of what is known to be noise in the scores, or None.
        steps: of the search.

    Attributes:
        kernel: the kernel in use.
        scores: as they were given.
        wanted: what the process is of: the scores, or what is left of them beside a draft.
    """

    def __init__(
        self,
        masks: Masks,
        scores: Floats,
        start: Kernel,
        *,
        search: bool,
        random: np.random.Generator,
        noise: Floats | None = None,
        steps: int = STEPS,
    ) -> None:
        self._masks: Floats = masks.astype(float)
        self.scores = self.wanted = scores
        self._latest: tuple[Projection, tuple[Floats, Floats]] | None = None
        self._mean: Floats = scores.mean(axis=0)
        self._spread = float((scores - self._mean).std()) or 1.0  # one of all targets
        self.kernel = start
        self._noise = np.zeros(len(masks)) if noise is None else noise.mean(axis=1) / self._spread**2
        if search:
            with one_thread():
                wanted = (scores - self._mean) / self._spread
                rows = np.sort(random.permutation(len(masks))[:KERNEL_ROWS])
                self.kernel = fit_kernel(self._masks[rows], wanted[rows], start, steps, self._noise[rows])
        kept = masks.sum(axis=1)
        self._ends = scores[[kept.argmax(), kept.argmin()]]

    @cached_property
    def _inverse(self) -> Floats:
        """Of the covariance of all masks: by far the most of the work, and not done where only the kernel is wanted."""
        with one_thread():
            return inverse_of(self.kernel(self._masks, self._masks), self.kernel.noise + self._noise)[0]

    @cached_property
    def _dual(self) -> Floats:
        """Coefficients ``(n, k)`` of the basis functions."""
        dual: Floats = self._inverse @ ((self.wanted - self._mean) / self._spread)
        return dual

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
        signs = 2 * masks.astype(float) - 1
        sets, moved = products(signs), self._near.T @ self._dual
        slope = self._slopes.T @ self._dual
        said: Floats = (self.kernel.exponential(signs, self._signs) @ self._turned).reshape(*masks.shape, -1)
        said += (CONSTANT * self._dual.sum(axis=0) + signs @ slope / 2 + sets @ moved)[:, None] - slope
        # a set of neighbours changes its sign with each of its features
        turned = 2 * sets[:, :, None] * moved
        said -= np.swapaxes(np.swapaxes(turned, 1, 2) @ self._within, 1, 2)
        return said * self._spread + self._mean

    @cached_property
    def _slopes(self) -> Floats:
        """By how much each basis function's linear part rises with each feature, ``(n, d)``."""
        slopes: Floats = self._signs * (2 * self.kernel.each[0])
        return slopes

    @cached_property
    def _near(self) -> Floats:
        """What each basis function says of each set of neighbours, ``(n, p)``."""
        says: Floats = self.kernel.each[1] * products(self._signs)
        return says

    @cached_property
    def _within(self) -> Floats:
        """``(p, d)``: 1 where a feature is in a set of neighbours."""
        table = np.zeros((self._near.shape[1], self._masks.shape[1]))
        for term, row in neighbours(table.shape[1]).items():
            table[row, list(term)] = 1
        return table

    @cached_property
    def _turned(self) -> Floats:
        """The exponential part's coefficients ``(n, d * k)`` with each feature gone; a search asks for them d times."""
        # from kept to removed: by exp(-2 relevance) beside a mask that has it, by its inverse beside one that has not,
        # and the mask's own amplitude changes
        factors = np.exp(-2 * (self.kernel.relevance * self._signs + self.kernel.tilt))
        return (factors[:, :, None] * self._dual[:, None]).reshape(len(factors), -1)

    def project(self, projection: Projection) -> tuple[Floats, Floats]:
        """The line through all masks: ``(weights (k, d), intercepts (k,))``."""
        means, solved = self._lines(projection)
        return self._line(projection, means, solved, self._dual)

    def errors(self, projection: Projection, drawn: Indices) -> tuple[Floats, Floats]:
        """Standard errors of the line's weights: squared, ``residuals.T ** 2 @ leverages``.

        In these parts they are of any sum of targets, too: its residuals are the sum of theirs.

        Those of a regression of the residuals on the features (White, 1980, with left-out
        residuals): what the process cannot tell from the other masks, it can get wrong
        elsewhere. Masks already seen hold no more error, hence the factor for a
        population that is not endless (Cochran, 1977). Against enumerated answers the
        process's own posterior variance was too small where the model is most uneven.

        Args:
            projection: the regression.
            drawn: rows of the masks that were drawn by its law.

        Returns:
            ``(residuals (n, k), leverages (n, d))`` of these rows.
        """
        _, rest, leverages = projection.regressed(self._masks[drawn], self.residuals[drawn])
        return rest, leverages * self._unseen(projection, LEAST_UNSEEN)

    @cached_property
    def unknown(self) -> Floats:
        """``(d,)`` what the masks left open of each weight: posterior variances of the linear part.

        In units of the variance of the scores of a target, or of any sum of targets.
        """
        with one_thread():
            told: Floats = (self._slopes * (self._inverse @ self._slopes)).sum(axis=0)
        return np.maximum(4 * self.kernel.each[0] - told, 0)

    def unknown_of(self, terms: Sequence[Term]) -> Floats:
        """What the masks left open of each term: posterior variances ``(t,)``, in the units of ``unknown``.

        What features kept together do is, in the signs, their own product and all that hold it; what is open of these
        is added up over the terms.
        """
        left = np.empty(len(terms))
        with one_thread():
            for alike, rows in by_size(terms):
                told = basis(self.kernel, self._signs, alike).T
                left[rows] = variances(self.kernel, alike) - (told @ self._inverse * told).sum(axis=1)
        held = np.array([[set(one) <= set(other) for other in terms] for one in terms])
        found: Floats = 4.0 ** np.array([len(term) for term in terms]) * (held @ np.maximum(left, 0))
        return found

    def held_out(self, projection: Projection) -> Floats:
        """What the line says of each mask when the masks of its fold are left out, ``(n, k)``.

        Leaving rows out of a Gaussian process has a closed form: nothing is inverted
        again but a block of each fold's size.
        """
        means, solved = self._lines(projection)
        out = np.empty_like(self._dual)
        for rows, dual in self._left_out:
            weights, intercepts = self._line(projection, means, solved, dual)
            out[rows] = self._masks[rows] @ weights.T + intercepts
        return out

    def beyond(self, projection: Projection, masks: Masks) -> Floats:
        """What each basis function says on ``masks (m, d)`` beyond its own line: ``(m, n)``."""
        kept: Floats = masks.astype(float)
        means, solved = self._lines(projection)
        ends = self.kernel(np.array([[1.0], [0.0]]).repeat(kept.shape[1], axis=1), self._masks)
        lines, levels = projection.line(solved, means, ends)
        rest: Floats = self.kernel(kept, self._masks) - kept @ lines.T - levels
        return rest

    def read(self, functionals: Floats) -> Floats:
        """Values ``(k, r)`` of linear functionals ``(r, n)`` of the basis functions, in units of the scores."""
        return (functionals @ self._dual).T * self._spread

    def doubt(self, functionals: Floats, projection: Projection) -> Floats:
        """Standard errors ``(k, r)`` of what ``read`` says, by the jackknife over masks."""
        variance = (self.residuals**2).T @ ((functionals @ self._inverse) ** 2).T * self._unseen(projection, LEAST_READ)
        return np.sqrt(variance)

    def left_out(self, functionals: Floats, columns: Floats) -> Floats:
        """``columns (n, r)`` times what ``read`` says when the masks of their fold are left out: ``(n, k)``."""
        out = np.empty_like(self._dual)
        for rows, dual in self._left_out:
            out[rows] = columns[rows] @ (functionals @ dual) * self._spread
        return out

    def candidates(self, sums: Floats) -> list[Term]:
        """Sets of features that may count together for some sums ``(k, v)`` of targets; see ``spectrum.candidates``."""
        return candidates(self.kernel, self._signs, self._dual @ sums)

    @property
    def masks(self) -> Floats:
        """``(n, d)``: those that it was given."""
        return self._masks

    @cached_property
    def _signs(self) -> Floats:
        signs: Floats = 2 * self._masks - 1
        return signs

    @cached_property
    def _left_out(self) -> list[tuple[Indices, Floats]]:
        """Rows of each fold, and the process's coefficients without them."""
        folds = []
        for fold in range(FOLDS):
            rows = np.arange(fold, len(self._dual), FOLDS)
            block = self._inverse[:, rows]
            dual = self._dual - block @ np.linalg.solve(block[rows], self._dual[rows])
            dual[rows] = 0
            folds.append((rows, dual))
        return folds

    def _unseen(self, projection: Projection, least: float) -> float:
        """Share of the law on masks that the model was not asked about.

        Never less than ``least``: what comes last is the least foreseeable (intervals that
        shrank to nothing held .75 of the truths). What is noise was seen nowhere.
        """
        unseen = max(least, 1 - float(projection.counts(self._masks).sum()) / projection.total)
        wrong = float((self.residuals**2).mean()) / self._spread**2
        share = min(1.0, float(self._noise.mean()) / wrong) if wrong else 0.0
        return unseen + (1 - unseen) * share

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
        gone, twice = rates[:, None], np.exp(2 * self.kernel.tilt)  # the amplitudes of two masks that agree
        removed = gone / twice + (1 - gone) * self.kernel.factors
        means = np.stack([removed, (1 - gone) * twice + gone * self.kernel.factors])
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

    def _seen(self, projection: Projection) -> Floats:
        """What the process takes for noise is the model's own answer all the same, on the masks that were seen."""
        seen: Floats = self.kernel.noise * projection.counts(self._masks) / projection.total
        return seen

    def _work_out_lines(self, projection: Projection) -> tuple[Floats, Floats]:
        kept, stays = self._masks, 1 - projection.rule[0][:, None]
        products, means = self._moments(projection.rule)
        mean = products.sum(axis=1)
        both, alone = stays * np.exp(2 * self.kernel.tilt) / means[1], stays * self.kernel.factors / means[0]
        present = np.where(kept > 0, products @ both, products @ alone)
        covariances = present - projection.kept * mean[:, None] + projection.covariances(self._slopes)
        level = self._slopes.sum(axis=1) * (projection.kept - 0.5)
        means, together = projection.products(self._within)
        covariances += self._near @ together
        seen = self._seen(projection)
        covariances += seen[:, None] * (kept - projection.kept)
        return mean + CONSTANT + level + self._near @ means + seen, projection.solve(covariances)
