"""Removal orders and removal curves: the score as features go, strongest or weakest first."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from limelight.explanation import Explanation
from limelight.masking.game import Game
from limelight.masking.orders import foreseen, removals


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


def orders(explanation: Explanation, target: int) -> tuple[np.ndarray, np.ndarray]:
    """The most influential first, and the least influential first."""
    return order(explanation, target), order(explanation, target, falling=False)


def asked(game: Game, masks: np.ndarray) -> Generator[None, None, np.ndarray]:
    """Asks about masks ``bool[n, d]``.

    Yields:
        None: after every batch of the model.

    Returns:
        Their scores ``(n, k)``.
    """
    for _ in game.evaluate(masks):
        yield
    return game(masks)


def curves(
    orders: tuple[np.ndarray, ...], target: int, game: Game, points: np.ndarray
) -> Generator[None, None, np.ndarray]:
    """Asks for the target's score as features go, by each of ``m`` orders.

    Yields:
        None: after every batch of the model.

    Returns:
        ``(m, p)``.
    """
    scores = yield from asked(game, np.concatenate([removals(one, points) for one in orders]))
    return scores[:, target].reshape(len(orders), -1)
