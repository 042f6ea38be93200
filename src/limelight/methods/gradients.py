"""Attribution along gradients, by captum: integrated gradients, and gradient times input."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from limelight.explanation import Explanation
from limelight.methods.base import Budget, Method, Problem
from limelight.predictors.inside import Inside, as_it_was


class Gradients(Method):
    """What the methods along gradients share: a pass for each target, and sums over a word's tokens.

    Signed. Needs a model that can be looked into, which a plain function cannot.
    """

    needs_inside = True
    passes = 1

    def least_budget(self, features: int) -> int:
        return 1

    @abstractmethod
    def attribute(self, inside: Inside, forward, target: int) -> tuple[np.ndarray, float | None]:
        """``(n,)`` of each token, and by how much they miss the sum that they should have."""

    def steps(self, problem: Problem, budget: Budget, seed: int) -> Iterator[Explanation]:
        latest = replace(problem.prediction, budget=self.passes * problem.targets + 1, masker="")
        with problem.masked.inside() as inside, as_it_was(inside.model):
            members = inside.of_features(latest.spans)
            others = {name: value for name, value in inside.inputs.items() if name != "input_ids"}

            def forward(ids):
                repeated = {name: value.expand(len(ids), -1) for name, value in others.items()}
                logits = inside.model(input_ids=ids, **repeated).logits.float()
                return problem.masked.targets_of(inside.scores(logits, latest.scale))

            weights, misses = np.zeros((problem.targets, problem.features)), []
            for target in range(problem.targets):
                tokens, missed = self.attribute(inside, forward, target)
                weights[target] = tokens @ members
                misses.append(missed)
                latest = replace(latest, evaluations=latest.evaluations + self.passes)
                yield latest
        fit = {} if misses[0] is None else {"convergence": misses}
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

    def attribute(self, inside: Inside, forward, target: int) -> tuple[np.ndarray, float | None]:
        from captum.attr import LayerIntegratedGradients

        found, missed = LayerIntegratedGradients(forward, inside.embedding).attribute(
            inside.inputs["input_ids"],
            inside.baseline,
            target=target,
            n_steps=self.passes,
            internal_batch_size=16,
            return_convergence_delta=True,
        )
        return found.sum(-1)[0].detach().cpu().double().numpy(), abs(float(missed))


class GradientXInput(Gradients):
    """The slope at the text times the embedding (Shrikumar, Greenside & Kundaje, 2016): one pass a class.

    Example:
        >>> explain("Not a bad film.", method="gradient_x_input").top(1)  # doctest: +SKIP
    """

    name = "gradient_x_input"
    title = "Gradient × input"
    asks = "one gradient a class"

    def attribute(self, inside: Inside, forward, target: int) -> tuple[np.ndarray, float | None]:
        from captum.attr import LayerGradientXActivation

        found = LayerGradientXActivation(forward, inside.embedding).attribute(inside.inputs["input_ids"], target=target)
        return found.sum(-1)[0].detach().cpu().double().numpy(), None
