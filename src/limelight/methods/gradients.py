"""Attribution along gradients, by captum: integrated gradients, and gradient times input."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from limelight.document import Fit
from limelight.explanation import Explanation
from limelight.methods.base import Budget, Method, Problem
from limelight.predictors.hf.internals import Internals

Forward = Callable[[Any], Any]  # scores of ids (n, tokens), differentiable
TOKENS_AT_ONCE = 1000  # forwards and back on two threads: some .3 s of MiniLM, a second and a half of bert-base


class Gradients(Method):
    """What the methods along gradients share: a pass for each target, and sums over a word's tokens.

    Signed. Needs a model that can be looked into, which a plain function cannot.
    """

    needs_internals = True
    passes = 1

    def least_budget(self, features: int) -> int:
        return 1

    @abstractmethod
    def parts(self, internals: Internals, forward: Forward, target: int) -> Iterator[tuple[np.ndarray, int]]:
        """What each token gets ``(n,)``, in parts that add up, each with the passes that it took."""

    def wanted(self, internals: Internals, forward: Forward) -> np.ndarray | None:
        """The sum ``(k,)`` that the tokens should have, where the method promises one."""
        return None

    def steps(self, problem: Problem, budget: Budget, seed: int) -> Iterator[Explanation]:
        latest = replace(problem.prediction, budget=self.passes * problem.targets + 1, masker="")
        internals = problem.game.internals()
        members = internals.of_features(latest.places)
        others = {name: value for name, value in internals.inputs.items() if name != "input_ids"}

        def forward(ids: Any) -> Any:
            repeated = {name: value.expand(len(ids), -1) for name, value in others.items()}
            output = internals.model(input_ids=ids, **repeated)
            return problem.game.targets_of(internals.scores(output, latest.scale))

        tokens, wanted = np.zeros((problem.targets, len(members))), self.wanted(internals, forward)
        for target in range(problem.targets):
            for part, passes in self.parts(internals, forward, target):
                tokens[target] += part
                latest = replace(latest, evaluations=latest.evaluations + passes)
                yield latest
        weights = tokens @ members
        fit: Fit = {} if wanted is None else {"convergence": np.abs(tokens.sum(axis=1) - wanted).tolist()}
        yield replace(
            latest, weights=weights, intercepts=latest.scores - weights.sum(axis=1), fit=fit, state="exact",
        )  # fmt: skip


class IntegratedGradients(Gradients):
    """Gradients averaged on the way from a blank text (Sundararajan, Taly & Yan, ICML 2017).

    Special tokens stay, every other token is blank at the start. The tokens' sum should
    be the model's answer less that to the blank text; by how much it misses is in
    ``fit["convergence"]``.

    Args:
        passes: points on the way.

    Example:
        >>> explain("Not a bad film.", method="integrated_gradients").top(1)  # doctest: +SKIP
    """

    name = "integrated_gradients"
    title = "Integrated gradients"
    asks = "50 gradients a class"

    def __init__(self, passes: int = 50) -> None:
        self.passes = passes

    def parts(self, internals: Internals, forward: Forward, target: int) -> Iterator[tuple[np.ndarray, int]]:
        from captum.attr import IntegratedGradients as Captum

        ids = internals.inputs["input_ids"]
        blank, whole = internals.embedded(internals.baseline), internals.embedded(ids)

        of = partial(_of_vectors, internals, forward)
        # The integral is the sum of those over stretches of the way; captum gives none up in between.
        stretches = -(-self.passes // max(1, min(self.passes, TOKENS_AT_ONCE // ids.shape[1])))
        ways = [blank + (whole - blank) * (i / stretches) for i in range(stretches + 1)]
        points = [len(part) for part in np.array_split(np.arange(self.passes), stretches)]
        for start, stop, passes in zip(ways, ways[1:], points, strict=False):
            stretch = partial(Captum(of).attribute, stop, start, target=target, n_steps=passes)
            yield _summed(internals.during(stretch)), passes

    def wanted(self, internals: Internals, forward: Forward) -> np.ndarray:
        def ends() -> Any:
            # vectors in place of ids: some models take a token's position from its id, and a blank one has another
            return [
                _of_vectors(internals, forward, internals.embedded(ids))[0].detach()
                for ids in (internals.inputs["input_ids"], internals.baseline)
            ]

        whole, blank = internals.during(ends)
        step: np.ndarray = (whole - blank).cpu().double().numpy()
        return step


class GradientXInput(Gradients):
    """The slope at the text times the embedding (Shrikumar, Greenside & Kundaje, 2016): one pass a class.

    Example:
        >>> explain("Not a bad film.", method="gradient_x_input").top(1)  # doctest: +SKIP
    """

    name = "gradient_x_input"
    title = "Gradient × input"
    asks = "one gradient a class"

    def parts(self, internals: Internals, forward: Forward, target: int) -> Iterator[tuple[np.ndarray, int]]:
        from captum.attr import LayerGradientXActivation

        slope = LayerGradientXActivation(forward, internals.embedding).attribute
        yield _summed(internals.during(partial(slope, internals.inputs["input_ids"], target=target))), 1


def _of_vectors(internals: Internals, forward: Forward, vectors: Any) -> Any:
    """Scores of vectors ``(m, n, h)`` in the places of the input's tokens."""
    with internals.replaced(vectors):
        return forward(internals.inputs["input_ids"].expand(len(vectors), -1))


def _summed(found: Any) -> np.ndarray:
    """What captum found for each number of a token's vector ``(1, n, h)``, a token."""
    sums: np.ndarray = found.sum(-1)[0].detach().cpu().double().numpy()
    return sums
