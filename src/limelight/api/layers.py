"""When it is decided: what the model's head would say of each of its layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from limelight.api.explain import KEYWORDS
from limelight.api.flip import LEFT_OUT, finished
from limelight.api.options import Options
from limelight.api.problem import problem_of
from limelight.arrays import Floats
from limelight.document import Choice, position
from limelight.errors import InputError, visible
from limelight.phrasebook import reject_unknown
from limelight.predictors import Model, Predictor, load_predictor
from limelight.predictors.options import Loading
from limelight.predictors.prompting import Template
from limelight.render.numbers import number
from limelight.text.fields import Field, Given, Place, Spot, check_fields, fields_of
from limelight.text.spans import Splitter

if TYPE_CHECKING:
    import pandas

SAME = 0.02  # of a score: what the last layer says is what the model says


@dataclass(frozen=True, repr=False)
class Layers:
    """What the head would say of each layer's state, from the words' own vectors to the last layer.

    Layers before the last were not trained to be read: trust the early ones least.

    Attributes:
        fields: the input.
        places: of its features.
        targets: names of the ``k`` targets.
        whole: ``(layers, k)`` scores of the whole text.
        words: ``(layers, d, k)`` of each feature's own state, read as if it were that of the whole text, the mean
            over its tokens; None where targets stand at places of the text.
    """

    fields: tuple[Field, ...]
    places: tuple[Place, ...]
    targets: tuple[str, ...]
    whole: Floats
    words: Floats | None

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

        Args:
            target: one that stands by itself, which is predicted above one half; None for the one with the highest
                score among all.
        """
        if target is None:
            stands = self.whole.argmax(axis=1) == self.whole[-1].argmax()
        else:
            at = position(self.targets, target)
            stands = (self.whole[:, at] >= 0.5) == (self.whole[-1, at] >= 0.5)
        changes = np.flatnonzero(~stands)
        return int(changes[-1]) + 1 if len(changes) else 0

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
        }

    def __repr__(self) -> str:
        at = int(self.whole[-1].argmax())
        scores = " ".join(number(score) for score in self.whole[:, at])
        return visible(f"<Layers: {self.targets[at]} {scores}; decided at {self.names[self.decided()]}>")


def layers(
    text: Given,
    model: Model | None = None,
    *,
    # generated from Options, Loading: signature without method, scale, budget, time_budget, contrast, earlier
    unit: str | Splitter | Mapping[str, str | Splitter] = "word",
    masker: str = "delete",
    labels: Sequence[str] | None = None,
    about: Sequence[Spot] = (),
    only: Sequence[Spot] = (),
    answer: str | None = None,
    explained: Sequence[str] | None = None,
    phrases: Sequence[Spot] = (),
    opened: Sequence[Spot] = (),
    seed: int = 0,
    class_names: Sequence[str] | None = None,
    device: str = "auto",
    dtype: str = "auto",
    safetensors_only: bool = True,
    windows: bool = False,
    template: Template = "auto",
    generation: Mapping[str, Any] | None = None,
    # end of generated
    **unknown: NoReturn,
) -> Layers:
    """Reads the model's head off each of its layers: when is it decided?

    One pass of the model. For encoders and decoders of transformers with a head on their last
    state, a masked language model among them; on early layers of language models that is the
    logit lens (nostalgebraist, 2020).

    Args:
        text: as ``explain`` takes it.
        model: as ``explain`` takes it.
        unit: what a feature is: ``'word'``, ``'sentence'``, ``'paragraph'``, ``'source'`` (a part of a list),
            ``'token'`` (the model's), ``'character'``, a function to spans ``[(start, stop), ...]``, or a dict by
            field.
        masker: how a feature is taken out: ``'delete'``, or ``'mask'`` for the model's own mask token in its place.
        labels: what a zero-shot model, one of entailment or a language model is to choose among; None for its own
            targets.
        about: spans to ask about, too, of a model that labels words: why is there no entity? They stay in the text.
        only: spans of targets, of a model whose targets stand in its input: these alone are explained, and words of the
            others can be taken out as any.
        answer: what a language model is taken to have said, to be explained; None for what it writes itself.
        explained: names of the fields that are cut into features, of an input with several; None for all.
        phrases: spans of the text, with several fields ``(field, start, stop)``: features that one touches count as
            one.
        opened: spans: features that one touches are cut finer, a sentence into words, a word into characters.
        seed: of every random choice: the same seed gives the same answer.
        class_names: names of the ``k`` classes, in their order; None for the model's own.
        device: where a model that limelight loads is put: ``'auto'`` (an accelerator if there is one), ``'cpu'``,
            ``'cuda:1'``.
        dtype: what a model that limelight loads computes in: ``'float32'``, ``'bfloat16'``, or ``'auto'``: bfloat16
            where the hardware is faster in it and it moves no probability by more than .005 on a dozen texts that are
            asked first.
        safetensors_only: refuse weights stored as pickles, which can run code.
        windows: read a text beyond the model's window in windows that overlap, and average their answers; else the
            model stops reading where its window ends.
        template: how an input becomes the prompt of a language model: ``'auto'`` for its own chat template where it has
            one, a format string with the fields' names, a function from a dict of texts to a str or a chat, or None for
            the text as it is.
        generation: how a language model writes its answer, as transformers' generate calls it: ``{'max_new_tokens':
            30}``; None for the likeliest token each time, at most 64.

    Returns:
        The scores of each layer, for the whole text and for each word.

    Raises:
        InputError: the text cannot be explained as given, or the model's layers cannot be read.
        ModelError: the model cannot be had.
        TypeError: an unknown keyword.

    Example:
        >>> layers("It is not a bad film.").to_frame()  # doctest: +SKIP
    """
    reject_unknown("layers", unknown, [name for name in KEYWORDS if name not in LEFT_OUT])
    # generated from Options, Loading: collected without method, scale, budget, time_budget, contrast, earlier
    options = Options(
        unit=unit,
        masker=masker,
        labels=labels,
        about=about,
        only=only,
        answer=answer,
        explained=explained,
        phrases=phrases,
        opened=opened,
        seed=seed,
    )
    loading = Loading(
        class_names=class_names,
        device=device,
        dtype=dtype,
        safetensors_only=safetensors_only,
        windows=windows,
        template=template,
        generation=generation,
    )
    # end of generated
    fields = fields_of(text)
    check_fields(fields)
    return layers_of(fields, load_predictor(model, loading), options)


def layers_of(fields: tuple[Field, ...], predictor: Predictor, options: Options) -> Layers:
    """The layers of a model on one input; see ``layers``."""
    from limelight.predictors.hf.layered import by_layer

    problem = finished(problem_of(fields, predictor, options))
    prediction, bound = problem.prediction, problem.game.predictor
    internals = problem.game.internals()
    scale = "value" if bound.scale == "value" else "probability"
    whole, tokens = by_layer(internals, scale, words=not bound.pinned)
    said = problem.game.answers([problem.game.rewritten({})])[0][: whole.shape[1]]
    if np.abs(whole[-1] - said).max() > SAME * max(1.0, float(np.abs(said).max())):
        raise InputError(
            f"{bound.name} says otherwise than its head on its last layer. limelight reads the layers of transformers "
            "with a head on their last state; give one of these."
        )
    words = None
    if tokens is not None:
        members = internals.of_features(prediction.places).astype(float)
        share = members / np.maximum(members.sum(axis=0), 1)
        words = np.einsum("lnk,nd->ldk", tokens, share)
    return Layers(fields, prediction.places, bound.targets, whole, words)
