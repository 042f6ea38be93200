"""What a method is: a generator of ever better, complete explanations."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from limelight.explanation import Explanation
from limelight.masking import MaskedPredictor


@dataclass(frozen=True)
class Problem:
    """One text and one model, as a method sees them.

    Attributes:
        masked: the model as ``bool[n, d] -> float[n, k]``.
        prediction: the explanation so far: text, features, targets and scores, no weights.
    """

    masked: MaskedPredictor
    prediction: Explanation

    @property
    def features(self) -> int:
        """Number of features, d."""
        return len(self.prediction.features)

    @property
    def targets(self) -> int:
        """Number of targets, k."""
        return len(self.prediction.targets)


class Method(ABC):
    """A way to explain.

    ``steps`` holds no thread, progress or cancellation code: the latest
    explanation is the answer so far, ``evaluations`` is the progress, and whoever
    stops iterating has cancelled.

    Attributes:
        name: its key in ``METHODS``.
        title: shown to the reader.
    """

    name: str
    title: str

    def least_budget(self, features: int) -> int:
        """Evaluations below which nothing can be estimated."""
        return features + 2

    @abstractmethod
    def steps(self, problem: Problem, budget: int, seed: int) -> Iterator[Explanation]:
        """Yields explanations, at least one a batch of the model.

        Args:
            problem: what to explain.
            budget: evaluations that may be spent, at most.
            seed: of every random choice: the same seed gives the same answer.

        Yields:
            Complete explanations, each at least as good as the one before; until
            the first estimate these are ``problem.prediction``.
        """


def blocks(rows: int, first: int) -> Iterator[np.ndarray]:
    """Splits ``rows`` into consecutive blocks, each as long as all before it together.

    A picture is redrawn after each block, so the work of redrawing stays a fixed
    share of the work of sampling.
    """
    start, stop = 0, min(first, rows)
    while start < rows:
        yield np.arange(start, stop)
        start, stop = stop, min(2 * stop, rows)
