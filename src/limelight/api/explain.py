"""Explaining one input without a screen."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from limelight.api.options import Options
from limelight.api.steps import last
from limelight.explanation import Explanation
from limelight.methods import Method
from limelight.options import names_of
from limelight.phrasebook import reject_unknown
from limelight.predictors import Model, Predictor, load_predictor
from limelight.predictors.options import Loading
from limelight.predictors.prompting import Template
from limelight.text.fields import Given, Spot, check_fields, fields_of
from limelight.text.spans import Splitter

KEYWORDS = names_of(Options, Loading)
# Held here, since a model that was loaded by name goes with its last user: in a loop over
# texts that is the next call. A model in hand is its owner's to hold.
_recent: list[Predictor] = []


def explain(
    text: Given,
    model: Model | None = None,
    *,
    # generated from Options, Loading: signature
    method: str | Method = "lime",
    unit: str | Splitter | Mapping[str, str | Splitter] = "word",
    masker: str = "delete",
    scale: str = "auto",
    budget: int | str = "auto",
    time_budget: float | None = None,
    contrast: tuple[str | int, str | int] | None = None,
    labels: Sequence[str] | None = None,
    about: Sequence[Spot] = (),
    only: Sequence[Spot] = (),
    answer: str | None = None,
    earlier: bool = False,
    draft: Model | None = None,
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
) -> Explanation:
    """Explains a model's answer to one input.

    Args:
        text: what to explain: one str, or a dict of named texts such as
            ``{"premise": "...", "hypothesis": "..."}``.
        model: anything that ``as_predictor`` takes; None for the bundled sentiment BERT.
        method: how to explain: a name from ``limelight.methods.METHODS``, or a ``Method``.
        unit: what a feature is: ``'word'``, ``'sentence'``, ``'paragraph'``, ``'source'`` (a part of a list),
            ``'token'`` (the model's), ``'character'``, a function to spans ``[(start, stop), ...]``, or a dict by
            field.
        masker: how a feature is taken out: ``'delete'``, or ``'mask'`` for the model's own mask token in its place.
        scale: what weights are measured in: ``'probability'``, ``'logit'``, ``'log-odds'`` (each class against the
            rest), ``'log-probability'``, or ``'auto'``: the method's own, and the plain value where the model answers
            no probabilities.
        budget: ``'auto'`` to stop when the answer is settled (after 2,000 evaluations at the latest), or the number of
            model evaluations to spend.
        time_budget: seconds after which the answer so far is given; None for no limit.
        contrast: two classes, by name or position: why the first rather than the second, on the difference of their
            logits.
        labels: what a zero-shot model, one of entailment or a language model is to choose among; None for its own
            targets.
        about: spans to ask about, too, of a model that labels words: why is there no entity? They stay in the text.
        only: spans of targets, of a model whose targets stand in its input: these alone are explained, and words of the
            others can be taken out as any.
        answer: what a language model is taken to have said, to be explained; None for what it writes itself.
        earlier: whether to find out, too, what the earlier words of a language model's answer do to its later ones:
            each is taken out of what was said before.
        draft: a smaller model on this machine, as ``model``, that is asked first: its guess is shown at once, and what
            the model says corrects it; None for none.
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
        The explanation, with weights ``(k, d)`` for all targets.

    Raises:
        InputError: the text, a name or a number cannot be explained as given.
        ModelError: the model cannot be had.
        PredictionError: the model failed, or answered no ``(n, k)`` table.
        TypeError: an unknown keyword.

    Example:
        >>> explain("It is not a bad film.").top(2)  # doctest: +SKIP
    """
    reject_unknown("explain", unknown, KEYWORDS)
    # generated from Options, Loading: collected
    options = Options(
        method=method,
        unit=unit,
        masker=masker,
        scale=scale,
        budget=budget,
        time_budget=time_budget,
        contrast=contrast,
        labels=labels,
        about=about,
        only=only,
        answer=answer,
        earlier=earlier,
        draft=draft,
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
    predictor = load_predictor(model, loading)
    _recent[:] = [predictor] if predictor.loaded else []
    for warning in predictor.warnings:
        warnings.warn(warning, stacklevel=2)
    return last(fields, predictor, options)


def load(path: str | Path) -> Explanation:
    """Reads an explanation that ``Explanation.save`` wrote."""
    return Explanation.load(path)
