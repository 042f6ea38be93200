"""Methods that are a regression over masks: ask, estimate, and stop when it is settled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from limelight.arrays import Floats, Indices, Masks
from limelight.captions import note
from limelight.explanation import Explanation
from limelight.masking.designs import Design, every_mask
from limelight.methods.base import Budget, Problem
from limelight.methods.draft import DraftModel
from limelight.methods.estimate import Estimate, loosened
from limelight.methods.together import SHOWN, Together
from limelight.render.display import extent
from limelight.surrogate.drafted import Draft, process_of, share_of
from limelight.surrogate.fit import fit_of
from limelight.surrogate.process import Surrogate
from limelight.surrogate.projection import Projection

GROWTH = 1.5  # masks at one estimate against those at the one before
STEP = 16  # more at least
CHOSEN = 0.25  # of the masks between two estimates, those that a method asks for, at most
CHOSEN_ROWS = 150  # masks, beyond which they serve the terms more: at 400 these leave 6 % more unexplained else
SURROGATE_ROWS = 2000  # 32 MB a matrix; what comes after corrects the estimate
LEAST_ROWS = 50
LEAST_SPREAD = 8  # evaluations of a spread design at the first estimate
WIDE = 1.96  # standard deviations on each side of 95 %
ENOUGH = 4  # draws, below which they tell nothing of errors
CONSTANT = 1e-9
PARTED = 400  # evaluations up to which a document carries what the intervals of sums are made of
SAME = note("same")

Exact = Callable[[Masks, Floats, Floats], tuple[Floats, Floats]]
Wanted = Callable[[Surrogate], Masks]


def sampled(
    problem: Problem,
    budget: Budget,
    seed: int,
    projection: Projection,
    exact: Exact | None = None,
    wanted: Wanted | None = None,
    joint: bool = False,
    spread: bool = False,
) -> Iterator[Explanation]:
    """Estimates a regression over all masks from some of them, again and again.

    Blocks of neighbours are left out first, then each word alone, which gives a draft that
    gets finer; then masks are drawn as the regression weighs them. Where all ``2**d`` masks
    fit the budget the end is exact.

    Args:
        problem, budget, seed: as ``Method.steps`` has them.
        projection: the regression.
        exact: ``(masks, scores, sample_weights) -> (weights, intercepts)``, for
            when every mask is known; None for the projection's own.
        wanted: masks ``bool[n, d]`` that tell the method most by what is known so far, the best first.
        joint: terms are part of the explanation, and the weights are those that stand beside them.
        spread: nothing is left out alone; the first masks are chosen to tell much, for few evaluations.
    """
    random = np.random.default_rng(seed)
    everything = 2**problem.features
    most = min(budget.most, everything)
    design = Design(projection.sizes, random, most, spread)
    latest = replace(problem.prediction, budget=most, joint=joint)
    together = Together(projection, seed, joint)
    wants_terms = joint or not problem.additive  # parts of one whole have one weight a feature
    shown = np.eye(problem.targets)[:, np.argsort(-problem.prediction.scores, kind="stable")[:SHOWN]]
    # The kernel is searched again when there are twice as many masks: a search costs as
    # much as some dozen evaluations of a small model.
    surrogate: Surrogate | None = None
    asked, searched = 0, design.first
    # where not each feature is left out alone, a first estimate takes some draws
    drawn = np.empty(0, dtype=int)
    alone = design.first if design.first > problem.features else LEAST_ROWS
    rows = first = min(LEAST_SPREAD if spread else alone, most)
    scores = np.empty((0, problem.targets))
    draft: Draft | None = None
    if problem.draft is not None:
        for guess in problem.draft.asked(projection, seed):
            if guess is not None:
                draft, latest = guess, _guessed(latest, problem.draft, guess, projection)
            yield latest
    if design.blocks:
        for evaluations in problem.game.evaluate(design.masks[: design.blocks]):
            yield replace(latest, evaluations=evaluations)
        if draft is None:
            yield _drafted(latest, problem, design.masks[: design.blocks])

    def more(rows: int) -> int:
        """The masks at the next estimate, among them those that the method asks for."""
        further: int = min(most, max(int(rows * GROWTH), rows + STEP))
        if wanted and surrogate is not None and rows <= CHOSEN_ROWS:
            design.add(wanted(surrogate), int(CHOSEN * (further - rows)))
        return further

    while True:
        design.extend(rows)
        inputs = problem.game.inputs(design.masks[asked:rows])
        for evaluations in problem.game.ask(inputs):
            latest = replace(latest, evaluations=evaluations)
            blocks = design.blocks and not asked and draft is None
            yield _drafted(latest, problem, design.masks[: design.first]) if blocks else latest
        asked, scores = rows, np.concatenate([scores, problem.game.scores(inputs)])
        if problem.additive:
            shown = _parts_shown(scores)
        noise = problem.game.noise(design.masks[:rows])
        if rows == everything:
            known = _in_order(design, scores, projection)
            found = _enumerated(*known, projection, exact)
            if noise is not None:
                variances = _in_order(design, noise, projection)[1]
                found = replace(found, errors=_noisy(known[0], variances, known[2], projection, exact))
        else:
            fitted = min(rows, SURROGATE_ROWS)
            if surrogate is None or len(surrogate.scores) < fitted:
                search = rows >= 2 * searched
                doubt = None if noise is None else noise[:fitted]
                told = design.masks[:fitted], scores[:fitted], surrogate
                surrogate = process_of(*told, draft, search=search, random=random, noise=doubt)
                searched = rows if search else searched
            if rows < most and not (budget.watched or budget.settle):
                rows = more(rows)
                continue
            found, drawn = _estimate(design, scores, projection, surrogate, problem.additive, spread)
        drafted = rows == first and rows < everything
        # with fewer masks to judge by, an interval is a guess; where few are missing, the end is exact
        judged = LEAST_ROWS <= rows < everything - LEAST_ROWS and not drafted
        constant = bool(np.ptp(scores, axis=0).max() < CONSTANT)
        shows = found.whole if problem.additive else found
        state = "draft" if drafted else "partial"
        if rows == everything:
            state = "exact" if noise is None else "spent"
        elif budget.settle and judged and (constant or shows.settled(_full(latest, shows))):
            state = "settled"
        elif rows == most:
            state = "spent"
        over = state not in ("draft", "partial")
        if rows == everything and noise is not None:
            pass  # terms of noise are none
        elif rows == everything and wants_terms:
            found = together.known(found, *known, shown)
        elif surrogate is not None and len(drawn) > ENOUGH and (over or budget.watched) and wants_terms:
            found = together.estimated(found, surrogate, drawn, shown)
        if drafted:
            found = replace(found, errors=None, term_errors=None, residuals=None, leverages=None)
        latest = found.told(replace(latest, state=state, evaluations=problem.game.evaluations))
        notes = [problem.draft.told(share_of(surrogate))] if problem.draft and surrogate else []
        notes += [SAME] if over and constant else []
        latest = replace(latest, warnings=(*problem.prediction.warnings, *notes))
        yield latest
        if over:
            return
        rows = more(rows)


def _parts_shown(scores: Floats) -> Floats:
    """``(k, v)``: of parts of one whole, the whole, and the parts that change most."""
    most = np.eye(scores.shape[1])[:, np.argsort(-scores.var(axis=0), kind="stable")[: SHOWN - 1]]
    return np.concatenate([np.ones((scores.shape[1], 1)), most], axis=1)


def _guessed(latest: Explanation, model: DraftModel, guess: Draft, projection: Projection) -> Explanation:
    """A first picture, of what a draft says."""
    weights = guess.project(projection)[0]
    return replace(
        latest,
        state="draft",
        weights=weights,
        intercepts=latest.scores - weights.sum(axis=1),
        warnings=(*(one for one in latest.warnings if one != model.guesses), model.guesses),
    )


def _drafted(latest: Explanation, problem: Problem, masks: Masks) -> Explanation:
    """A draft from the masks that are known by now.

    Features that were only left out together are not told apart yet: they stand as one,
    with what goes with them.
    """
    masks = masks[problem.game.known(masks)]
    removed = (~masks).sum(axis=1)
    lost = latest.scores - problem.game(masks)
    # by which mask each feature is known: alone it is known best; the empty text says nothing of any one
    by = np.full(problem.features, -1)
    for row in np.argsort(-removed, kind="stable"):
        if 0 < removed[row] < problem.features:
            by[~masks[row]] = row
    fields = np.array([field for field, _, _ in latest.places])
    ends = np.flatnonzero((np.diff(by) != 0) | (np.diff(fields) != 0)) + 1
    stretches = np.split(np.arange(problem.features), ends)
    share = np.where(by[:, None] < 0, 0, lost[by] / removed[by, None])
    weights = np.stack([share[stretch].sum(axis=0) for stretch in stretches], axis=1)
    places = [(*latest.places[stretch[0]][:2], latest.places[stretch[-1]][2]) for stretch in stretches]
    return replace(
        latest,
        state="draft",
        places=tuple(places),
        weights=weights,
        intercepts=latest.scores - weights.sum(axis=1),
        evaluations=problem.game.evaluations,
    )


def _full(latest: Explanation, found: Estimate) -> float:
    """The weight that gets the full colour."""
    weights = found.weights
    return extent(replace(latest, weights=np.broadcast_to(weights, (len(latest.targets), weights.shape[1]))))


def _estimate(
    design: Design, scores: Floats, projection: Projection, surrogate: Surrogate, additive: bool, few: bool
) -> tuple[Estimate, Indices]:
    """The line of the surrogate, and the rows that were drawn from the law.

    Where they may be ``few``, what they leave open is in the errors, too: residuals of fewer masks than features
    are small.
    """
    from scipy.stats import t as student

    weights, intercepts = surrogate.project(projection)
    known = min(len(scores), SURROGATE_ROWS)
    kept = design.masks[:known]
    drawn = np.array([row for row in dict.fromkeys(design.draws) if row < known], dtype=int)
    enough = len(drawn) > ENOUGH
    errors = np.zeros_like(weights)
    residuals = leverages = None
    wide = student.ppf(0.975, max(len(drawn) - 1, 2)) if enough else 0.0
    if enough:
        residuals, leverages = surrogate.errors(projection, drawn)
        leverages *= (wide * (1 if few else loosened(kept.shape[1], len(drawn)))) ** 2
        if few:
            spread = (surrogate.wanted - surrogate.wanted.mean(axis=0)) / np.sqrt(known)
            residuals = np.concatenate([residuals, spread])
            leverages = np.concatenate([leverages, np.tile(WIDE**2 * surrogate.unknown, (known, 1))])
        errors = np.sqrt((residuals**2).T @ leverages)
    late = [row for row in design.draws[_position(design, known) :] if row < len(scores)]
    if len(late) > 2 * kept.shape[1]:
        weights, intercepts, errors = _corrected(
            design.masks, scores, np.array(late), projection, surrogate, weights, intercepts, errors, wide, additive
        )
    fit = fit_of(scores[drawn], surrogate.held_out(projection)[drawn]) if enough else {}
    found = Estimate(weights, intercepts, errors if enough else None, fit)
    if additive and len(scores) <= PARTED:
        found = replace(found, residuals=residuals, leverages=leverages)
    return found, drawn


def _position(design: Design, rows: int) -> int:
    """The draw after which ``rows`` distinct masks were there."""
    return next((at for at, row in enumerate(design.draws) if row >= rows), len(design.draws))


def _corrected(
    masks: Masks,
    scores: Floats,
    late: Indices,
    projection: Projection,
    surrogate: Surrogate,
    weights: Floats,
    intercepts: Floats,
    errors: Floats,
    wide: float,
    additive: bool,
) -> tuple[Floats, Floats, Floats]:
    """What the surrogate gets wrong on later draws, weighed by how sure each of the two is.

    Targets that are parts of one whole share the weighing, so that they still add up to it.
    """
    # draws repeat where there are few texts: each is predicted once, and one that the surrogate was given is right
    distinct, which = np.unique(late, return_inverse=True)
    wrong = scores[distinct] - surrogate.predict(masks[distinct])
    wrong[distinct < len(surrogate.scores)] = 0
    wrong = wrong[which]
    off, variance = projection.regress(masks[late], wrong)
    own, theirs = errors**2, wide**2 * variance
    if additive:
        own, theirs = own.sum(axis=0), theirs.sum(axis=0)
    share = own / np.maximum(own + theirs, 1e-300)
    better = weights + share * off
    if not projection.complete:
        mean = intercepts + projection.kept * weights.sum(axis=1) + wrong.mean(axis=0)
        intercepts = mean - projection.kept * better.sum(axis=1)
    return better, intercepts, np.sqrt(1 - share) * errors


def _in_order(design: Design, scores: Floats, projection: Projection) -> tuple[Masks, Floats, Floats]:
    """All masks in their order, their scores, and what each counts."""
    masks = every_mask(projection.features)
    return masks, scores[[design.rows[mask.tobytes()] for mask in masks]], projection.counts(masks)


def _enumerated(masks: Masks, scores: Floats, counts: Floats, projection: Projection, exact: Exact | None) -> Estimate:
    """Every mask is known: the regression itself, without error."""
    weights, intercepts = exact(masks, scores, counts) if exact else projection.exact(masks, scores)
    fit = fit_of(scores, masks @ weights.T + intercepts, counts)
    return Estimate(weights, intercepts, np.zeros_like(weights), fit)


def _noisy(masks: Masks, variances: Floats, counts: Floats, projection: Projection, exact: Exact | None) -> Floats:
    """Half-widths ``(k, d)`` of what noise makes of weights: each is a sum of the scores."""
    each = np.eye(len(masks))
    parts = exact(masks, each, counts)[0] if exact else projection.exact(masks, each)[0]
    errors: Floats = WIDE * np.sqrt(variances.T @ parts**2)
    return errors
