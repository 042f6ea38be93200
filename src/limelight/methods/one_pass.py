"""The model as the linear map that it is at this input: one pass forward, and one back for each target."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from limelight.arrays import Masks
from limelight.errors import InputError
from limelight.explanation import Explanation
from limelight.methods.base import Budget, Method, Problem
from limelight.predictors.hf.internals import Internals

SAME = 0.02  # nats or of a score's size: what is held must not move the model's answer by more
KEPT = 0.75  # of the words, in the texts beyond the first


class OnePass(Method):
    """Gradient times input with norms, attention patterns and activations held fixed as they are at this input.

    What is left is linear (Ali et al., ICML 2022; Golden, 2025), so that a word's weight is its part of the score,
    against a blank in its place. By how much the parts miss the model's own difference between the text and the blank
    one is in ``fit["convergence"]``. Signed. For transformers, encoders and decoders alike, whose norms and attention
    are found where torch is asked for them; any other is refused.

    Args:
        passes: 1, or over how many texts the map is averaged: the text, and others of which a quarter of the words
            is blank.

    Example:
        >>> explain("Not a bad film.", method="one_pass").top(1)  # doctest: +SKIP
    """

    name = "one_pass"
    title = "One pass"
    asks = "one gradient a class"
    scale = "logit"
    needs_internals = True

    def __init__(self, passes: int = 1) -> None:
        if not isinstance(passes, int) or isinstance(passes, bool) or passes < 1:
            raise InputError(f"passes is {passes!r}. One pass takes a number of texts from 1 up, such as passes=4.")
        self.passes = passes

    def least_budget(self, features: int) -> int:
        return 1

    def steps(self, problem: Problem, budget: Budget, seed: int) -> Iterator[Explanation]:
        latest = replace(problem.prediction, budget=self.passes * problem.targets + 2, masker="")
        internals = problem.game.internals()
        members = internals.of_features(latest.places)
        whole, blank = (internals.embedded(ids) for ids in (internals.inputs["input_ids"], internals.baseline))
        random = np.random.default_rng(seed)
        tokens, answers = np.zeros((problem.targets, len(members))), latest.scores
        for at in range(self.passes):
            kept = np.asarray(random.random(members.shape[1]) < KEPT) | (at == 0)
            slopes, said = _slopes(problem, internals, _thinned(whole, blank, members, kept))
            if not at:
                _check(answers, said, problem.game.predictor.name)
            tokens += (slopes * (whole - blank).double()).sum(-1).cpu().numpy() / self.passes
            latest = replace(latest, evaluations=latest.evaluations + problem.targets)
            yield latest
        difference = answers - _answers(problem, internals, blank)
        weights = tokens @ members
        yield replace(
            latest, weights=weights, intercepts=answers - weights.sum(axis=1), state="exact",
            fit={"convergence": np.abs(tokens.sum(axis=1) - difference).tolist()}, evaluations=latest.evaluations + 1,
        )  # fmt: skip


def _thinned(whole: Any, blank: Any, members: Masks, kept: Masks) -> Any:
    """Vectors with blank ones in the place of the words that are not kept."""
    if kept.all():
        return whole
    vectors = whole.clone()
    gone = np.flatnonzero(members[:, ~kept].any(axis=1)).tolist()
    vectors[0, gone] = blank[0, gone]
    return vectors


def _read(problem: Problem, internals: Internals, output: Any) -> Any:
    """Scores ``(1, k)`` of what is explained."""
    return problem.game.targets_of(internals.scores(output, problem.prediction.scale))


def _answers(problem: Problem, internals: Internals, vectors: Any) -> np.ndarray:
    """Scores ``(k,)`` of vectors in the place of the input's."""
    import torch

    def work() -> Any:
        with torch.no_grad(), internals.replaced(vectors):
            return _read(problem, internals, internals.model(**internals.inputs))

    scores: np.ndarray = internals.during(work)[0].cpu().double().numpy()
    return scores


def _slopes(problem: Problem, internals: Internals, vectors: Any) -> tuple[Any, np.ndarray]:
    """Slopes ``(k, n, h)`` of the scores ``(k,)`` along vectors ``(1, n, h)``, with what bends held fixed."""
    import torch

    from limelight.predictors.hf.fixed import hold
    from limelight.predictors.hf.restoring import eager

    def work() -> Any:
        leaf = vectors.clone().requires_grad_()
        with internals.replaced(leaf):
            output, fixed = hold(internals.model, lambda: internals.model(**internals.inputs))
        if not fixed.norms or not fixed.patterns:
            what = "norm" if not fixed.norms else "attention"
            raise InputError(
                f"{type(internals.model).__name__} has no {what} that limelight knows how to hold fixed. One pass "
                "serves transformers whose norms and attention are torch's or transformers' own; choose another method."
            )
        scores = _read(problem, internals, output)
        rows = [torch.autograd.grad(score, leaf, retain_graph=True)[0][0] for score in scores[0]]
        return torch.stack(rows).double(), scores.detach()

    slopes, scores = internals.during(partial(eager, internals.model, work))
    return slopes, scores[0].cpu().double().numpy()


def _check(wanted: np.ndarray, said: np.ndarray, name: str) -> None:
    """Raises InputError where holding things fixed has moved the answer: then something else bends, too."""
    if np.abs(wanted - said).max() > SAME * max(1.0, float(np.abs(wanted).max())) + SAME:
        raise InputError(
            f"{name} answers otherwise once its norms, attention and activations are held fixed. One pass serves "
            "transformers that are made of these; choose another method."
        )
