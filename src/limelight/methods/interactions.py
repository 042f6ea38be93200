"""Words and what they do together: limelight's own surrogate of the model, as a sparse polynomial."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from limelight.arrays import Masks
from limelight.explanation import Explanation
from limelight.masking.designs import ALONE, even_sizes, half_sizes
from limelight.masking.orders import foreseen, removals
from limelight.methods.base import Budget, Method, Problem
from limelight.methods.regression import sampled
from limelight.surrogate.process import Surrogate
from limelight.surrogate.projection import Projection

RIDGE = 1e-6
HALF = 3 / 4  # of the masks keep each feature with probability one half; of the others any number of them alike
MOST_AHEAD = 2000  # features times targets: beyond, looking ahead takes as long as asking


def projection(features: int) -> Projection:
    """Any number of words removed alike, near the text and far from it, and half of the words again and again.

    What words do together shows most where others of them are gone and others are not.
    """
    even = even_sizes(features)
    return Projection((1 - HALF) * even / even.sum() + HALF * half_sizes(features), ridge=RIDGE)


class Interactions(Method):
    """One weight a word, and one for each set of words that does something together, on the logit scale.

    On the logit scale effects add up better than on probabilities, which saturate. What is
    left beyond single words are terms of two to four of them, found in the spectrum of a
    Gaussian process over the thinned texts and kept as long as they add something.

    Example:
        >>> explain("Not a bad film.", method="interactions").terms  # doctest: +SKIP
    """

    name = "interactions"
    title = "Words and interactions"
    takes_draft = True
    asks = "some hundreds of evaluations"
    scale = "logit"

    def steps(self, problem: Problem, budget: Budget, seed: int) -> Iterator[Explanation]:
        def wanted(surrogate: Surrogate) -> Masks:
            return on_the_way(problem, surrogate)

        return sampled(problem, budget, seed, projection(problem.features), wanted=wanted, joint=True)


def on_the_way(problem: Problem, surrogate: Surrogate) -> Masks:
    """What is left on the way as the words that matter most, or least, go first: ``bool[n, d]``.

    Those are the texts by which a removal order stands or falls, and draws hardly hit them.
    They come spread over the way, not from its beginning: neighbours say nearly the same.
    """
    prediction, d = problem.prediction, problem.features
    target = int(prediction.scores.argmax())
    if d > ALONE or d * problem.targets > MOST_AHEAD:
        return np.empty((0, d), dtype=bool)
    expected = lambda kept: prediction.answers(surrogate.without(kept))[..., target]  # noqa: E731
    # the middle first, then the middles of what is left: bits of the position from the other end
    points = sorted(range(1, d), key=lambda point: format(point, "b").zfill(d.bit_length())[::-1])
    ways = [removals(foreseen(expected, d, sign), points) for sign in (-1, 1)]
    return np.stack(ways, axis=1).reshape(-1, d)
