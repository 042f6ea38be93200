"""The fewest words whose deletion flips a prediction: looked for on the surrogate, verified by the model."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import numpy as np

from limelight.arrays import Floats, Indices, Masks
from limelight.masking.designs import Design, every_mask, firsts
from limelight.search.base import Bench, Change
from limelight.search.decision import Decision
from limelight.surrogate.kernel import Kernel
from limelight.surrogate.process import Surrogate

AT_ONCE = 12  # sets of words that are verified between two looks at the surrogate
BEAM = 48  # sets of each size that are looked at
FORESEEN = 40_000  # sets at which a search looks
MOST_GAPS = 8  # that are modelled: those by which most masks would turn
LEAST_CHANCE = 0.02  # of a set to flip, below which it is not worth an evaluation
DRAWN = 24  # masks beside each word left out alone, before the first look
LARGE = 10  # words: of a larger set that flips, smaller ones are looked for before its parts are tested


def masked(change: Change, features: int) -> Masks:
    """A change that only deletes as a mask ``bool[d]``."""
    kept = np.ones(features, dtype=bool)
    kept[[at for at, _ in change]] = False
    return kept


def deleted(kept: Masks) -> Change:
    """A mask as a change."""
    return frozenset((at, "") for at in np.flatnonzero(~kept).tolist())


def deletions(bench: Bench, most: int, seed: int) -> Iterator[tuple[Change, bool] | None]:
    """Yields ever smaller sets of words whose deletion flips, and whether each is proven minimal; None while at work.

    Args:
        bench: the input.
        most: evaluations that it may spend.
        seed: of the masks that are drawn.
    """
    d, end = len(bench.words), bench.spent + min(most, bench.left)
    random = np.random.default_rng(seed)
    sizes = np.concatenate([[0.0], 1 / np.arange(1, d + 1)])  # few words gone, mostly: that is where it is looked
    rows = max(2, min(2 * d if d <= DRAWN else d + DRAWN, (2 * (end - bench.spent)) // 3))
    design = Design(sizes / sizes.sum(), random, rows)
    design.extend(rows)
    for at in range(0, min(rows, len(design.masks)), AT_ONCE * 4):
        yield from bench.ask([deleted(kept) for kept in design.masks[:rows][at : at + AT_ONCE * 4]])
    best: int | None = None
    kernel, searched = Kernel.start(d), 0
    while True:
        found = smallest(bench, best)
        if found is not None and (len(found) <= LARGE or bench.spent >= end):
            change, proven = yield from bench.least(found)
            best = len(change)
            yield change, proven
            if best == 1:
                return
            continue
        if bench.spent >= end or d == 1:
            return
        changes = [change for change in bench.margins if change and not any(new for _, new in change)]
        masks = np.array([masked(change, d) for change in changes] + [np.ones(d, dtype=bool)])
        gaps = bench.decision.gaps(np.array([bench.answers[change] for change in [*changes, frozenset()]]))
        shown = closest(gaps, bench.decision)
        search = len(changes) >= 2 * searched
        surrogate = Surrogate(masks, gaps[:, shown], kernel, search=search, random=random)
        kernel, searched = surrogate.kernel, len(changes) if search else searched
        yield None
        below = best if best is not None or found is None else len(found)
        promising = yield from likely(surrogate, bench, below)
        if not promising and found is not None:
            end = bench.spent
            continue
        if not promising and best is None and 2**d - 1 - len(changes) <= end - bench.spent:
            # a surrogate can miss what one set alone does: where there are few, the model is asked of every one
            promising = rest(bench)
        if not promising:
            return
        yield from bench.ask(promising[: max(1, end - bench.spent)])


def smallest(bench: Bench, best: int | None) -> Change | None:
    """The smallest set that is known to flip by deletion, if it is smaller than the best one."""
    flipping = [
        change
        for change, margin in bench.margins.items()
        if margin < 0 and change and not any(new for _, new in change) and (best is None or len(change) < best)
    ]
    return min(flipping, key=lambda change: (len(change), bench.margins[change]), default=None)


def rest(bench: Bench) -> list[Change]:
    """The sets of words of which the model was not asked yet, the small ones first."""
    every = map(deleted, every_mask(len(bench.words)))
    return sorted((change for change in every if change and change not in bench.margins), key=len)


def closest(gaps: Floats, decision: Decision) -> Indices:
    """Which gaps are modelled: where any will do the likeliest to turn, else those that are the last to."""
    if gaps.shape[1] <= MOST_GAPS:
        return np.arange(gaps.shape[1])
    order = np.argsort(gaps.mean(axis=0), kind="stable")
    return order[-MOST_GAPS:] if decision.every else order[:MOST_GAPS]


def likely(surrogate: Surrogate, bench: Bench, best: int | None) -> Generator[None, None, list[Change]]:
    """Sets of words to verify, by how likely they flip and how small they are."""
    from scipy.stats import norm

    d = len(bench.words)
    doubt = float(np.sqrt((surrogate.residuals**2).mean(axis=0).max())) or 1e-9
    width = max(1, min(BEAM, FORESEEN // d**2))
    kept = np.ones((1, d), dtype=bool)
    found: list[tuple[float, int, Change]] = []
    for size in range(1, d + 1 if best is None else best):
        margins = bench.decision.margins(surrogate.without(kept))
        margins[~kept] = np.inf
        order = np.argsort(margins, axis=None, kind="stable")[: 4 * width]
        order = order[np.isfinite(margins.ravel()[order])]
        path, feature = np.unravel_index(order, margins.shape)
        masks = kept[path]
        masks[np.arange(len(masks)), feature] = False
        first = list(firsts(masks).values())[:width]
        kept = masks[first]
        chances = norm.cdf(-margins.ravel()[order][first] / doubt)
        fresh = [(float(p), deleted(mask)) for p, mask in zip(chances, kept, strict=True)]
        found += [(p, size, change) for p, change in fresh if change not in bench.margins and p > LEAST_CHANCE]
        yield
        if chances[0] > 0.95:  # larger ones need not be looked at
            break
    last = max((size for _, size, _ in found), default=0) + 1
    found.sort(key=lambda one: -one[0] * (last - one[1]))
    return [change for _, _, change in found[:AT_ONCE]]
