"""A smaller model that is asked first, and what it foresees of the one that is explained."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from limelight.arrays import Floats
from limelight.captions import Note, note
from limelight.errors import PredictionError
from limelight.masking.designs import ALONE, Design
from limelight.masking.game import Game
from limelight.surrogate.drafted import Draft
from limelight.surrogate.kernel import Kernel
from limelight.surrogate.projection import Projection

FIRST = 24  # evaluations of the draft, after which there is something to show
EACH = 8  # evaluations for each feature
LEAST, MOST = 128, 512  # evaluations in all


@contextmanager
def blamed(name: str) -> Iterator[None]:
    """Says of what fails within that it was the draft.

    Raises:
        PredictionError: it failed.
    """
    try:
        yield
    except PredictionError as error:
        raise PredictionError(f"the draft {name} failed: {error}") from error


@dataclass(frozen=True)
class DraftModel:
    """A smaller model and the same input.

    Attributes:
        game: the model, of the same features.
        shares: ``(j, k)``: how much of each of its targets belongs to each that is explained.
        name: what it is called.
    """

    game: Game
    shares: Floats
    name: str

    @property
    def guesses(self) -> Note:
        """What a reader must know while nothing else is seen."""
        return note("guess", model=self.name)

    def told(self, share: float) -> Note:
        """What a reader must know afterwards: the share of the variance of answers that it foresaw, 0 for none."""
        known: dict[str, str | int] = {"model": self.name, "count": self.game.evaluations}
        return note("drafted", **known, share=f"{share:.0%}") if share else note("undrafted", **known)

    def asked(self, projection: Projection, seed: int) -> Iterator[Draft | None]:
        """Asks it under the law of a regression.

        Yields:
            None after each batch; a process when there is something to show, and a last one of all that was asked.
        """
        random, d = np.random.default_rng([seed, 1]), projection.features
        most = min(2**d, max(LEAST, min(MOST, EACH * d)))
        design = Design(projection.sizes, random, most, spread=d <= ALONE)
        for rows in (min(FIRST, most), most):
            design.extend(rows)
            with blamed(self.name):
                for _ in self.game.evaluate(design.masks):
                    yield None
            scores = self.game(design.masks) @ self.shares
            yield Draft(design.masks, scores, Kernel.start(d), search=True, random=random)
