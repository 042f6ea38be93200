"""How true an explanation is to the model: measured by taking words out and asking the model again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from limelight.explanation import Explanation
from limelight.masking.designs import draw_masks, even_sizes
from limelight.masking.game import MaskedPredictor
from limelight.masking.orders import WIDTH, foreseen, one_less, removals, search
from limelight.surrogate.process import fit_of

BINS = (0.05, 0.1, 0.2, 0.5)  # shares of the words, for comprehensiveness and sufficiency
FRESH = 100  # masks that no method has seen
EXAM_SHARE = 0.15  # of the evaluations, at most, for the exam beside the text
LEAST_POINTS, MOST_POINTS = 4, 20
EXAM_TARGETS = 3


def order(explanation: Explanation, target: int, falling: bool = True) -> np.ndarray:
    """Features in the order in which to take them out, so that the target falls (or rises) as fast as it can.

    By weight; where pairs are part of the explanation, by a search on what it expects of
    the model's own answer: a logit that still moves where the probability is settled counts little.
    """
    sign = -1 if falling else 1
    if not explanation.joint:
        return np.argsort(sign * explanation.weights[target], kind="stable")
    return foreseen(
        lambda kept: explanation.answers(explanation.without(kept))[..., target], len(explanation.features), sign
    )


def points_of(features: int, most: int) -> np.ndarray:
    """Numbers of features removed, 0 to all, at most ``most`` of them in between."""
    return np.unique(np.rint(np.linspace(0, features, min(most, features - 1) + 2)).astype(int))


def area(curve: np.ndarray, points: np.ndarray) -> float:
    """Mean height of a removal curve over the share removed, by trapezoids."""
    return float(np.trapezoid(curve, points / points[-1]))


@dataclass(frozen=True)
class Score:
    """What one explanation is worth for one target, under one way to remove words.

    All are differences of the model's own score (its probability, where it has one).

    Attributes:
        target, masker: which target, and how words were removed.
        srg: removal gap: the area between the removal curves, least influential words
            first minus most influential first (Blücher, Vielhaben & Strodthoff, 2024);
            0 for a random order.
        comprehensiveness: mean fall when the top 5, 10, 20 and 50 % are taken out
            (DeYoung et al., ACL 2020).
        sufficiency: mean fall when only these are left: smaller is better.
        r2, rank: share of variation and rank correlation of what the explanation
            predicts with what the model says, on fresh masks; None where it predicts nothing.
        reachable: the removal gap of the best orders that a beam search finds, or None.
        share: ``srg / reachable``, or None.
    """

    target: str
    masker: str
    srg: float
    comprehensiveness: float
    sufficiency: float
    r2: float | None
    rank: float | None
    reachable: float | None = None

    @property
    def share(self) -> float | None:
        return None if not self.reachable or self.reachable <= 0 else self.srg / self.reachable


def orders(explanation: Explanation, target: int) -> tuple[np.ndarray, np.ndarray]:
    """The most influential first, and the least influential first."""
    return order(explanation, target), order(explanation, target, falling=False)


def curves(orders: tuple[np.ndarray, ...], target: int, masked: MaskedPredictor, points: np.ndarray) -> np.ndarray:
    """``(m, p)``: the target's score as words go, by each of ``m`` orders."""
    masks = np.concatenate([removals(one, points) for one in orders])
    return masked(masks)[:, target].reshape(len(orders), -1)


def score(
    explanation: Explanation,
    target: int,
    masked: MaskedPredictor,
    own: MaskedPredictor,
    *,
    masker: str,
    beam: bool,
    seed: int,
) -> Score:
    """Examines one target.

    Args:
        masked: the model on its own scale, for curves.
        own: the model on the explanation's scale, for what it predicts.
    """
    d = len(explanation.features)
    points = np.arange(d + 1)
    both = orders(explanation, target)
    first, last = curves(both, target, masked, points)
    tops = np.maximum(1, np.rint(np.array(BINS) * d)).astype(int)
    out = removals(both[0], tops)
    whole = masked(np.ones((1, d), dtype=bool))[0, target]
    without, only = masked(out)[:, target], masked(~out)[:, target]
    fit = None
    if explanation.intercepts is not None:
        fresh = fresh_masks(d, seed)
        fit = fit_of(own(fresh)[:, [target]], explanation.predict(fresh)[:, [target]])
    return Score(
        explanation.targets[target],
        masker,
        area(last, points) - area(first, points),
        float(np.mean(whole - without)),
        float(np.mean(whole - only)),
        fit and fit["r2"][0],
        fit and fit["rank"][0],
        optimum(masked, d, target) if beam else None,
    )


def fresh_masks(features: int, seed: int, rows: int = FRESH) -> np.ndarray:
    """Masks with any number of features removed alike, from a seed of their own."""
    sizes = even_sizes(features)
    return draw_masks(sizes / sizes.sum(), rows, np.random.default_rng([seed, 0xE7A]))


def optimum(masked: MaskedPredictor, features: int, target: int, width: int = WIDTH) -> float:
    """The removal gap of the best orders that a beam search finds: about ``width * d**2`` evaluations."""
    points, ahead = np.arange(features + 1), one_less(lambda masks: masked(masks)[:, target])
    first, last = curves(tuple(search(ahead, features, sign, width) for sign in (-1, 1)), target, masked, points)
    return area(last, points) - area(first, points)


def exam(explanation: Explanation, masked: MaskedPredictor, always: bool = False) -> dict | None:
    """The removal curves beside the text, for the likeliest targets, from few further evaluations.

    Args:
        explanation: with weights.
        masked: the model on its own scale.
        always: whatever it costs.

    Returns:
        ``targets`` (positions), ``shares`` removed, a list each a target of ``first``,
        ``last`` and ``random`` (the curves) and ``srg``, and the ``evaluations`` spent on
        it. None where they would cost more than ``EXAM_SHARE`` of the explanation's own.
    """
    d = len(explanation.features)
    targets = np.argsort(-explanation.scores, kind="stable")[:EXAM_TARGETS]
    known = explanation.state == "exact" and explanation.evaluations >= 2 ** min(d, 30)
    affordable = int(EXAM_SHARE * explanation.evaluations / 2 / (len(targets) + 1))
    most = d if known else min(MOST_POINTS if always else affordable, MOST_POINTS)
    if most < min(LEAST_POINTS, d - 1):
        return None
    points, before = points_of(d, most), masked.evaluations
    found = [curves(orders(explanation, int(target)), int(target), masked, points) for target in targets]
    any_order = np.random.default_rng(explanation.seed).permutation(d)
    both = removals(any_order, points), removals(any_order[::-1], points)
    chance = (masked(both[0]) + masked(both[1]))[:, targets].T / 2
    return {
        "targets": targets.tolist(),
        "shares": (points / d).tolist(),
        "first": [curve[0].tolist() for curve in found],
        "last": [curve[1].tolist() for curve in found],
        "random": chance.tolist(),
        "srg": [area(curve[1], points) - area(curve[0], points) for curve in found],
        "evaluations": masked.evaluations - before,
    }
