"""The exam: removal curves beside the text, from few further evaluations."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from limelight.document import Exam
from limelight.evaluation.curves import area, asked, curves, orders, points_of
from limelight.explanation import Explanation
from limelight.masking.game import Game
from limelight.masking.orders import removals

EXAM_SHARE = 0.15  # of the evaluations, at most, for the exam beside the text
SAVED = 40  # or so many, of those that an explanation left which was settled soon
LEAST_POINTS, MOST_POINTS = 4, 20
EXAM_TARGETS = 3


def exam(explanation: Explanation, game: Game, always: bool = False) -> Generator[None, None, Exam | None]:
    """Asks for the removal curves of the likeliest targets.

    Args:
        explanation: with weights.
        game: the model on its own scale.
        always: whatever it costs.

    Yields:
        None: after every batch of the model.

    Returns:
        ``targets`` (positions), ``shares`` removed, a list each a target of ``first``,
        ``last`` and ``random`` (the curves) and ``srg``, and the ``evaluations`` spent on
        it. None where they would cost more than ``EXAM_SHARE`` of the explanation's own,
        and more than ``SAVED``.
    """
    d = len(explanation.features)
    targets = np.argsort(-explanation.scores, kind="stable")[:EXAM_TARGETS]
    known = explanation.state == "exact" and explanation.evaluations >= 2 ** min(d, 30)
    spare = max(EXAM_SHARE * explanation.evaluations, SAVED if explanation.state == "settled" else 0)
    affordable = int(spare / 2 / (len(targets) + 1))
    most = d if known else min(MOST_POINTS if always else affordable, MOST_POINTS)
    if most < min(LEAST_POINTS, d - 1):
        return None
    points, before = points_of(d, most), game.evaluations
    found = []
    for target in targets:
        found.append((yield from curves(orders(explanation, int(target)), int(target), game, points)))
    any_order = np.random.default_rng(explanation.seed).permutation(d)
    forth, back = removals(any_order, points), removals(any_order[::-1], points)
    scores = yield from asked(game, np.concatenate([forth, back]))
    chance = (scores[: len(points)] + scores[len(points) :])[:, targets].T / 2
    return {
        "targets": targets.tolist(),
        "shares": (points / d).tolist(),
        "first": [curve[0].tolist() for curve in found],
        "last": [curve[1].tolist() for curve in found],
        "random": chance.tolist(),
        "srg": [area(curve[1], points) - area(curve[0], points) for curve in found],
        "evaluations": game.evaluations - before,
    }
