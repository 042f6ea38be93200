"""What attention heads look at, and what the prediction becomes without them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from limelight.api.flip import finished
from limelight.api.options import Options
from limelight.api.problem import problem_of
from limelight.arrays import Floats
from limelight.document import Choice, position
from limelight.errors import InputError, listing, shown, visible
from limelight.methods.attention import of_words
from limelight.predictors import Predictor
from limelight.render.numbers import number
from limelight.text.fields import Field, Place

if TYPE_CHECKING:
    import pandas

Head = tuple[int, int]


@dataclass(frozen=True, repr=False)
class Heads:
    """Attention head by head: where each looks, and what the scores are without it.

    Where a head looks is not what it does: its effect is what the model says once it is silent.

    Its attributes are told of in ``limelight.Heads``, which shows itself, too.
    """

    fields: tuple[Field, ...]
    places: tuple[Place, ...]
    targets: tuple[str, ...]
    scores: Floats
    off: tuple[Head, ...]
    without: Floats
    effects: Floats
    attention: Floats
    scale: str = "probability"
    seconds: float = 0.0

    @property
    def features(self) -> tuple[str, ...]:
        """The features' texts."""
        return tuple(self.fields[field].text[start:stop] for field, start, stop in self.places)

    def looks(self, word: str | int, layer: int, head: int) -> list[tuple[str, float]]:
        """Where a word looks in one head, most first.

        Args:
            word: a feature's text, or its position.
            layer: from 1 on.
            head: from 1 on.

        Returns:
            each feature with its share; what is left of 1 goes to special tokens and punctuation.

        Raises:
            InputError: there is no such word or head.
        """
        from limelight.predictors.hf.switched import checked

        ((layer, head),) = checked([(layer, head)], *self.attention.shape[:2])
        known = self.features
        at = known.index(word) if isinstance(word, str) and word in known else word
        if isinstance(at, bool) or not isinstance(at, int) or not -len(known) <= at < len(known):
            raise InputError(
                f"there is no word {shown(word)}. limelight takes one of {listing(known)}, or its position; correct it."
            )
        row = self.attention[layer - 1, head - 1, at]
        return [(known[one], float(row[one])) for one in np.argsort(-row, kind="stable")]

    def strongest(self, n: int = 10, target: Choice | None = None) -> list[tuple[Head, float]]:
        """The heads whose silence changes a score most, as ``(layer, head)`` with how far it falls.

        Args:
            n: how many.
            target: None for the one with the highest score.
        """
        at = int(self.scores.argmax()) if target is None else position(self.targets, target)
        effects = self.effects[:, :, at]
        order = np.argsort(-np.abs(effects), axis=None, kind="stable")[:n]
        pairs = zip(*(axis.tolist() for axis in np.unravel_index(order, effects.shape)), strict=True)
        return [((layer + 1, head + 1), float(effects[layer, head])) for layer, head in pairs]

    def to_frame(self) -> pandas.DataFrame:
        """A pandas DataFrame: a row a head, with what each target's score loses without it."""
        import pandas

        layers, heads, targets = self.effects.shape
        index = pandas.MultiIndex.from_product([range(1, layers + 1), range(1, heads + 1)], names=["layer", "head"])
        rows = self.effects.reshape(layers * heads, targets)
        return pandas.DataFrame(rows, index=index, columns=[str(one) for one in self.targets])

    def __repr__(self) -> str:
        at = int(self.scores.argmax())
        strongest = ", ".join(f"{one} {number(value, 2, True)}" for one, value in self.strongest(3))
        return visible(f"<Heads: {self.targets[at]} {number(self.scores[at])}; loses most without {strongest}>")


def heads_of(
    fields: tuple[Field, ...], predictor: Predictor, options: Options, off: Sequence[Head] = ()
) -> Iterator[Heads | None]:
    """Yields None after every batch, then the heads of a model on one input."""
    from limelight.predictors.hf.switched import checked, mixers_of, without

    start = time.monotonic()
    problem = finished(problem_of(fields, predictor, options))
    bound, places = problem.game.predictor, problem.prediction.places
    internals = problem.game.internals()
    mixers, count = mixers_of(internals.model)
    wanted = checked(off, len(mixers), count)
    attention = of_words(internals.attention(), internals.of_features(places))
    yield None
    each = [[(layer, head)] for layer in range(1, len(mixers) + 1) for head in range(1, count + 1)]
    scale = "value" if bound.scale == "value" else "probability"
    rows: list[Floats] = []
    for some in without(internals, [(), wanted, *each], scale):
        rows.append(some)
        yield None
    scores = np.concatenate(rows)
    effects = (scores[0] - scores[2:]).reshape(len(mixers), count, -1)
    took = time.monotonic() - start
    yield Heads(fields, places, bound.targets, scores[0], wanted, scores[1], effects, attention, scale, took)


def switched(found: Heads, off: Sequence[Head], predictor: Predictor, options: Options) -> Iterator[Heads | None]:
    """Yields None after every batch, then the same heads with others switched off together."""
    from limelight.predictors.hf.switched import checked, without

    wanted = checked(off, *found.attention.shape[:2])
    internals = finished(problem_of(found.fields, predictor, options)).game.internals()
    yield None
    (row,) = (row for (row,) in without(internals, [wanted], found.scale))
    yield replace(found, off=wanted, without=row)
