"""Occlusion (Zeiler & Fergus, ECCV 2014; Li, Monroe & Jurafsky, 2016): what changes when words are taken out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from limelight.errors import InputError
from limelight.explanation import Explanation
from limelight.methods.base import Budget, Method, Problem
from limelight.methods.regression import WIDE


class Occlusion(Method):
    """The model's answer to the text, less its answer to the text without the word.

    Args:
        window: how many neighbouring words are taken out at once; each then gets its
            share of the change, on average over the windows it is in. 1 leaves each
            word out alone.

    Example:
        >>> explain("Not a bad film.", method=Occlusion(window=2)).top(1)  # doctest: +SKIP
    """

    name = "occlusion"
    title = "Occlusion"
    asks = "one evaluation a word"

    def __init__(self, window: int = 1) -> None:
        if not isinstance(window, int) or isinstance(window, bool) or window < 1:
            raise InputError(f"window is {window!r}. Occlusion takes a number of words from 1 up, such as window=3.")
        self.window = window

    def least_budget(self, features: int) -> int:
        return max(2, features - min(self.window, features) + 2)

    def steps(self, problem: Problem, budget: Budget, seed: int) -> Iterator[Explanation]:
        d = problem.features
        window = min(self.window, d)
        starts = np.arange(d - window + 1)[:, None]
        inside = (np.arange(d) >= starts) & (np.arange(d) < starts + window)
        latest = replace(problem.prediction, budget=len(inside) + 1)
        for evaluations in problem.game.evaluate(~inside):
            latest = replace(latest, evaluations=evaluations)
            yield latest
        lost = latest.scores - problem.game(~inside)
        share = inside / window / inside.sum(axis=0)
        weights = lost.T @ share
        noise = problem.game.noise(np.concatenate([np.ones((1, d), dtype=bool), ~inside]))
        intervals = None
        if noise is not None:
            # the whole text's is in every weight
            errors = WIDE * np.sqrt(noise[:1].T * share.sum(axis=0) ** 2 + noise[1:].T @ share**2)
            intervals = np.stack([weights - errors, weights + errors], axis=-1)
        yield replace(
            latest, weights=weights, intercepts=latest.scores - weights.sum(axis=1), intervals=intervals,
            state="exact" if noise is None else "spent", evaluations=problem.game.evaluations,
        )  # fmt: skip
