"""The model as the linear map that it is at this input: one pass forward, and one back for each target."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from limelight.arrays import Floats
from limelight.errors import InputError
from limelight.explanation import Explanation
from limelight.methods.base import Budget, Method, Problem
from limelight.predictors.hf.internals import Internals

SAME = 0.02  # nats or of a score's size: what is held must not move the model's answer by more
TOKENS_AT_ONCE = 1000  # on one way back
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
        random = np.random.default_rng(seed)
        tokens, answers, difference = np.zeros((problem.targets, len(members))), latest.scores, latest.scores
        for at in range(self.passes):
            kept = np.asarray(random.random(members.shape[1]) < KEPT) | (at == 0)
            gone = np.flatnonzero(members[:, ~kept].any(axis=1)).tolist()
            parts, said, nothing = _passed(problem, internals, gone)
            if nothing is not None:
                _check(answers, said, problem.game.predictor.name)
                difference = answers - nothing
            tokens += parts / self.passes
            latest = replace(latest, evaluations=latest.evaluations + problem.targets)
            yield latest
        weights = tokens @ members
        yield replace(
            latest, weights=weights, intercepts=answers - weights.sum(axis=1), state="exact",
            fit={"convergence": np.abs(tokens.sum(axis=1) - difference).tolist()}, evaluations=latest.evaluations + 1,
        )  # fmt: skip


def _passed(problem: Problem, internals: Internals, gone: list[int]) -> tuple[Floats, Floats, Floats | None]:
    """Asks about the text with some of its tokens blank, with what bends held fixed.

    Returns:
        Parts ``(k, n)`` of the scores that the tokens have, the scores ``(k,)``, and where none is blank those of the
        text in which all are.
    """
    import torch

    from limelight.predictors.hf.fixed import hold
    from limelight.predictors.hf.restoring import eager, telling

    def asked(vectors: Any) -> Any:
        with internals.replaced(vectors):
            return internals.model(**internals.inputs, **telling(internals.model))

    def read(output: Any) -> Any:
        return problem.game.targets_of(internals.scores(output, problem.prediction.scale))[0]

    def work() -> tuple[Any, Any, Any]:
        with torch.no_grad():
            whole, blank = (internals.embedding(ids) for ids in (internals.inputs["input_ids"], internals.baseline))
            nothing = None if gone else read(asked(blank))
        leaf = whole.clone()
        leaf[0, gone] = blank[0, gone]
        output, fixed = hold(internals.model, lambda: asked(leaf.requires_grad_()))
        if not fixed.norms or not fixed.patterns:
            what = "norm" if not fixed.norms else "attention"
            raise InputError(
                f"{type(internals.model).__name__} has no {what} that limelight knows how to hold fixed. One pass "
                "serves transformers whose norms and attention are torch's or transformers' own; choose another method."
            )
        scores = read(output)
        slopes = _slopes(scores, leaf)[:, 0]
        return (slopes.double() * (whole - blank)[0].double()).sum(-1), scores.detach(), nothing

    parts, scores, nothing = internals.during(partial(eager, internals.model, work))
    return _plain(parts), _plain(scores), None if nothing is None else _plain(nothing)


def _slopes(scores: Any, leaf: Any) -> Any:
    """Slopes ``(k, 1, n, h)`` of scores ``(k,)`` along vectors ``(1, n, h)``, several scores on one way back."""
    import torch

    back = partial(torch.autograd.grad, inputs=leaf, retain_graph=True)
    found: list[Any] = []
    for some in scores.split(max(1, TOKENS_AT_ONCE // leaf.shape[1])):
        try:
            found += back(some, grad_outputs=torch.eye(len(some)).to(some), is_grads_batched=True)[0]
        except RuntimeError:  # a step that knows no batches of slopes, or no room for them
            found += [back(one)[0] for one in some]
    return torch.stack(found)


def _plain(scores: Any) -> Floats:
    found: np.ndarray = scores.cpu().double().numpy()
    return found


def _check(wanted: np.ndarray, said: np.ndarray, name: str) -> None:
    """Raises InputError where holding things fixed has moved the answer: then something else bends, too."""
    if np.abs(wanted - said).max() > SAME * max(1.0, float(np.abs(wanted).max())) + SAME:
        raise InputError(
            f"{name} answers otherwise once its norms, attention and activations are held fixed. One pass serves "
            "transformers that are made of these; choose another method."
        )
