"""When it is decided: what the model's head would say of each of its layers."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from limelight.api.flip import finished
from limelight.api.options import Options
from limelight.api.problem import problem_of
from limelight.arrays import Floats
from limelight.document import Choice, position
from limelight.errors import InputError, shown, visible
from limelight.methods.attention import of_words
from limelight.methods.base import Problem
from limelight.options import is_whole
from limelight.predictors import Predictor
from limelight.render.numbers import number
from limelight.scales import exclusive
from limelight.text.fields import Field, Place

if TYPE_CHECKING:
    import pandas

    from limelight.predictors.hf.layered import Fitted, Others
    from limelight.predictors.hf.neurons import Neuron

CLEAR = 0.05  # by how much a class must lead: less is a tie
HALF = 0.5  # where a target that stands by itself begins to be predicted
NEURONS = 20  # that are told of
SAME = 0.02  # of a score: what the last layer says is what the model says


@dataclass(frozen=True, repr=False)
class Layers:
    """What the head would say of each layer's state, from the words' own vectors to the last layer.

    Layers before the last were not trained to be read: trust the early ones least.

    Its attributes are told of in ``limelight.Layers``, which shows itself, too.
    """

    fields: tuple[Field, ...]
    places: tuple[Place, ...]
    targets: tuple[str, ...]
    whole: Floats
    words: Floats | None
    scale: str = "probability"
    likeliest: np.ndarray | None = None
    others: tuple[tuple[Others, ...], ...] | None = None
    neurons: tuple[Neuron, ...] = ()
    attention: Floats | None = None
    seconds: float = 0.0

    @property
    def names(self) -> tuple[str, ...]:
        """What the layers are called."""
        return ("words", *(f"layer {at}" for at in range(1, len(self.whole))))

    @property
    def features(self) -> tuple[str, ...]:
        """The features' texts."""
        return tuple(self.fields[field].text[start:stop] for field, start, stop in self.places)

    def decided(self, target: Choice | None = None) -> int:
        """The layer from which on what is predicted stays so.

        Of classes that exclude each other the predicted one leads by .05 from there on, however far below one half.
        A target that stands by itself is above one half or not, and a word of an answer the likeliest or not.

        Args:
            target: None for the one with the highest score among all.
        """
        at = int(self.whole[-1].argmax()) if target is None else position(self.targets, target)
        if self.likeliest is not None:
            stands = self.likeliest[:, at] == self.likeliest[-1, at]
        elif target is None or self._together:
            lead = self._lead
            stands = lead >= min(lead[-1], CLEAR if self.scale == "probability" else 0.0)
        else:
            stands = (self.whole[:, at] >= HALF) == (self.whole[-1, at] >= HALF)
        changes = np.flatnonzero(~stands)
        return int(changes[-1]) + 1 if len(changes) else 0

    @property
    def _together(self) -> bool:
        """Whether targets exclude each other."""
        return self.likeliest is None and (self.scale == "value" or bool(exclusive(self.whole[-1:])))

    @property
    def _lead(self) -> Floats:
        """By how much the target with the highest score in the end is ahead of all others, at each layer."""
        own = int(self.whole[-1].argmax())
        others = np.delete(self.whole, own, axis=1)
        return self.whole[:, own] - (others.max(axis=1) if others.size else -np.inf)

    def to_frame(self) -> pandas.DataFrame:
        """A pandas DataFrame: a row a layer, with the scores of the whole text."""
        import pandas

        return pandas.DataFrame(self.whole, index=list(self.names), columns=[str(one) for one in self.targets])

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON types."""
        return {
            "fields": [{"name": field.name, "text": field.text} for field in self.fields],
            "spans": [list(place) for place in self.places],
            "targets": [str(one) for one in self.targets],
            "layers": list(self.names),
            "whole": np.round(self.whole, 6).tolist(),
            "words": None if self.words is None else np.round(self.words, 6).tolist(),
            "decided": self.decided(),
            "others": self.others,
            "neurons": [vars(one) for one in self.neurons],
        }

    def __repr__(self) -> str:
        if self.likeliest is not None:
            said = ", ".join(f"{name!s} at {self.names[self.decided(at)]}" for at, name in enumerate(self.targets))
            return visible(f"<Layers: {len(self.whole) - 1}; likeliest from {said}>")
        at = int(self.whole[-1].argmax())
        scores = " ".join(number(score) for score in self.whole[:, at])
        return visible(f"<Layers: {self.targets[at]} {scores}; decided at {self.names[self.decided()]}>")


def layers_of(
    fields: tuple[Field, ...],
    predictor: Predictor,
    options: Options,
    neurons: int = NEURONS,
    lens: Fitted | None = None,
) -> Layers:
    """The layers of a model on one input, through a lens where one is given, and so many neurons."""
    if not is_whole(neurons, 0):
        raise InputError(
            f"neurons is {shown(neurons)}. limelight takes how many to tell, a whole number such as 20, or 0 for none; "
            "correct it."
        )
    if lens is not None and not callable(lens):
        raise InputError(
            f"lens is {shown(lens)}. limelight takes a function of states and their layer, as transform_hidden of a "
            "tuned lens is one; give that, or None for the states as they are."
        )
    start = time.monotonic()
    problem = finished(problem_of(fields, predictor, options))
    prediction, bound = problem.prediction, problem.game.predictor
    scale = "value" if bound.scale == "value" else "probability"
    along = bound.lens(lens, neurons)
    whole, words, attention = _read(problem, scale, lens) if along is None else (along.whole, None, None)
    said = problem.game.answers([problem.game.rewritten({})])[0][: whole.shape[1]]
    if np.abs(whole[-1] - said).max() > SAME * max(1.0, float(np.abs(said).max())):
        raise InputError(
            f"{bound.name} says otherwise than its head on its last layer. limelight reads the layers of transformers "
            "with a head on their last state; give one of these."
        )
    if along is None:
        likeliest, others = None, None
        found = _carrying(problem, int(whole[-1].argmax()), neurons) if neurons else ()
    else:
        likeliest, others, found = along.likeliest, along.others, along.neurons
    read = whole, words, scale, likeliest, others, found, attention
    return Layers(fields, prediction.places, bound.targets, *read, time.monotonic() - start)


def _carrying(problem: Problem, column: int, most: int) -> tuple[Neuron, ...]:
    """The neurons that carry a target."""
    from limelight.predictors.hf.neurons import neurons_of

    internals = problem.game.internals()
    scale = "value" if problem.game.predictor.scale == "value" else "log-odds"
    members = internals.of_features(problem.prediction.places)
    words = problem.prediction.features
    try:
        found = neurons_of(internals, column, scale, members, most)
        return tuple(replace(one, word=words[one.feature] if words else "") for one in found)
    except InputError:  # found by structure: what is built otherwise still has layers to be read
        return ()


def _read(problem: Problem, scale: str, lens: Fitted | None) -> tuple[Floats, Floats | None, Floats | None]:
    """Scores of the whole text ``(layers, k)``, of its features ``(layers, d, k)``, and their attention."""
    from limelight.predictors.hf.layered import by_layer

    internals = problem.game.internals()
    whole, tokens, attention = by_layer(internals, scale, words=not problem.game.predictor.pinned, fitted=lens)
    if tokens is None:
        return whole, None, None
    members = internals.of_features(problem.prediction.places).astype(float)
    share = members / np.maximum(members.sum(axis=0), 1)
    between = None if attention is None else of_words(attention, members)
    return whole, np.einsum("lnk,nd->ldk", tokens, share), between
