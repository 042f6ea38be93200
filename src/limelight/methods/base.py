"""What a method is: a generator of ever better, complete explanations."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

from limelight.explanation import Explanation
from limelight.masking.game import Game
from limelight.methods.draft import DraftModel

AUTO = 2000  # evaluations after which even an unsettled explanation ends


@dataclass(frozen=True)
class Budget:
    """What may be spent on one explanation.

    Attributes:
        most: evaluations, at most.
        settle: end as soon as the answer is settled; else spend it all.
        watched: somebody looks at what comes before the end; else it may be less than it could be.
    """

    most: int
    settle: bool
    watched: bool = True

    @classmethod
    def of(cls, asked: int | str) -> Budget:
        """``"auto"`` or a number, as a user gives it."""
        return cls(AUTO, True) if asked == "auto" else cls(int(asked), False)


@dataclass(frozen=True)
class Problem:
    """One input and one model, as a method sees them.

    Attributes:
        game: the model as ``bool[n, d] -> float[n, k]``.
        prediction: the explanation so far: fields, features, targets and scores, no weights.
        draft: a smaller model whose guess comes first, or None.
    """

    game: Game
    prediction: Explanation
    draft: DraftModel | None = None

    @property
    def features(self) -> int:
        """Number of features, d."""
        return len(self.prediction.features)

    @property
    def targets(self) -> int:
        """Number of targets, k."""
        return len(self.prediction.targets)

    @property
    def additive(self) -> bool:
        """Whether the targets are parts of one whole, whose score is their sum: it alone settles."""
        return self.game.additive


class Method(ABC):
    """A way to explain.

    ``steps`` holds no thread, progress or cancellation code: the latest
    explanation is the answer so far, ``evaluations`` is the progress, and whoever
    stops iterating has cancelled.

    Attributes:
        name: its key in ``METHODS``.
        title: shown to the reader.
        asks: what it takes of the model, in a few words.
        scale: that its weights are in where none is asked for.
        alone: whether it leaves out stretches alone, so that a first picture of these costs nothing.
        needs_internals: whether it looks into the model, rather than only asking it.
        takes_draft: whether it can make use of what a smaller model says.
    """

    name: str
    title: str
    asks: str = ""
    scale: str = "probability"
    alone: bool = True
    needs_internals: bool = False
    takes_draft: bool = False

    def least_budget(self, features: int) -> int:
        """Evaluations below which nothing can be estimated: the text, the empty one, and each feature left out."""
        return features + 2 if features > 1 else 2

    @abstractmethod
    def steps(self, problem: Problem, budget: Budget, seed: int) -> Iterator[Explanation]:
        """Yields explanations, at least one a batch of the model.

        Args:
            problem: what to explain.
            budget: what may be spent.
            seed: of every random choice: the same seed gives the same answer.

        Yields:
            Complete explanations, each at least as good as the one before; until
            the first estimate these are ``problem.prediction``.
        """
