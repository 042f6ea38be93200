"""When it is decided, as a user has it: a value that shows itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from limelight.api import layers as reading
from limelight.api.deep import layers_page, layers_record, layers_table
from limelight.api.explain import KEYWORDS
from limelight.api.flip import LEFT_OUT
from limelight.api.layers import NEURONS, layers_of
from limelight.api.options import Options
from limelight.captions import check_language
from limelight.document import Choice
from limelight.phrasebook import reject_unknown
from limelight.predictors import Model, load_predictor
from limelight.predictors.options import Loading
from limelight.predictors.prompting import Template
from limelight.render.files import written
from limelight.text.fields import Given, Spot, check_fields, fields_of
from limelight.text.spans import Splitter

if TYPE_CHECKING:
    from limelight.predictors.hf.layered import Fitted
    from limelight.widget.deep import DeepView


OPENED = 1000  # evaluations, of the search for what a neuron wants


@dataclass(frozen=True, repr=False)
class Layers(reading.Layers):
    """What the head would say of each layer's state, from the words' own vectors to the last layer.

    Layers before the last were not trained to be read: trust the early ones least. In a notebook it
    shows itself.

    Attributes:
        fields: the input.
        places: of its features.
        targets: names of the ``k`` targets; of a language model the words of its answer.
        whole: ``(layers, k)`` scores of the whole text.
        words: ``(layers, d, k)`` of each feature's own state, read as if it were that of the whole text, the mean
            over its tokens; None where targets stand at places of the text or in an answer.
        scale: what scores are: ``"probability"`` or ``"value"``.
        likeliest: ``(layers, k)`` of an answer: whether a layer would say that word itself; None of others.
        others: of an answer, by layer, then by word: what a layer finds likeliest there, with probabilities.
        neurons: that carry the target with the highest score, of an answer all of it, by activation times slope,
            largest first; none where they cannot be found.
        attention: ``(layers - 1, d, d)`` shares, the mean of a layer's heads, of each feature (row) in each (column);
            None of an answer, and where the model gives none away.
        seconds: that it took.
        given: the model, in which what a neuron wants is looked for when it is chosen in the view.
    """

    given: Model | None = field(default=None, compare=False)

    @cached_property
    def view(self) -> DeepView:
        """The widget, made when it is first asked for."""
        from limelight.widget.deep import DeepView

        return DeepView("layers", layers_record(self), layers_table(self), opened={"dream": self._dream})

    def _dream(self, at: int) -> DeepView:
        """What a neuron wants most, beginning with this text."""
        from limelight.widget.dreams import dream

        one, (text, *_) = self.neurons[at], (field.text for field in self.fields)
        return dream(self.given, (one.layer, one.index), start=text, budget=OPENED, wait=False).view

    def to_html(self, path: str | Path | None = None, *, target: Choice | None = None, lang: str = "") -> str:
        """One HTML file with the view of a notebook: works offline, with clickable classes.

        Args:
            path: where to write it; None to write nothing.
            target: that is switched on first; None for the one with the highest score.
            lang: of the captions: ``"en"``, ``"es"`` or ``"zh"``; empty for the browser's.
        """
        return written(layers_page(self, target, check_language(lang)), path)

    def _ipython_display_(self) -> None:
        self.view.show()

    def _repr_html_(self) -> str:
        return layers_table(self)


def layers(
    text: Given,
    model: Model | None = None,
    *,
    neurons: int = NEURONS,
    lens: Fitted | None = None,
    # generated from Options, Loading: signature without method, scale, budget, time_budget, contrast, earlier, draft
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
        neurons: how many of those that carry the prediction to find, by one more pass and its gradient; 0 for none.
        lens: what was fitted to the model's layers, a function of states ``(1, n, h)`` and their layer, from 0 for the
            words' own vectors, to states that the head was trained for: ``transform_hidden`` of a tuned lens
            (Belrose et al., 2023), or a matrix a layer; None for the states as they are.
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
        The scores of each layer, for the whole text and for each word, and neurons.

    Raises:
        InputError: the text cannot be explained as given, or the model's layers cannot be read.
        ModelError: the model cannot be had.
        TypeError: an unknown keyword.

    Example:
        >>> layers("It is not a bad film.").to_frame()  # doctest: +SKIP
    """
    reject_unknown("layers", unknown, ["neurons", "lens", *(name for name in KEYWORDS if name not in LEFT_OUT)])
    # generated from Options, Loading: collected without method, scale, budget, time_budget, contrast, earlier, draft
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
    found = layers_of(fields, load_predictor(model, loading), options, neurons, lens)
    return Layers(**vars(found), given=model)
