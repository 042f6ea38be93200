"""How true an explanation is to its model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np

from limelight.api.problem import targets_of
from limelight.document import Choice
from limelight.errors import InputError, choose, listing
from limelight.evaluation.score import Score, Scores, score
from limelight.explanation import Explanation
from limelight.masking.game import Game
from limelight.masking.maskers import MASKERS
from limelight.options import names_of
from limelight.phrasebook import reject_unknown
from limelight.predictors import Model, Predictor, bundled, load_predictor
from limelight.predictors.options import Loading
from limelight.predictors.prompting import Template

SAME = 0.02  # of a probability: more than a precision, a device or a library moves it


def evaluate(
    explanation: Explanation,
    model: Model | None = None,
    *,
    target: Choice | None = None,
    maskers: str | Sequence[str] | None = None,
    beam: bool = False,
    seed: int = 0,
    # generated from Loading: signature
    class_names: Sequence[str] | None = None,
    device: str = "auto",
    dtype: str = "auto",
    safetensors_only: bool = True,
    windows: bool = False,
    template: Template = "auto",
    generation: Mapping[str, Any] | None = None,
    # end of generated
    **unknown: NoReturn,
) -> Scores:
    """Measures how true an explanation is to the model, by taking words out and asking again.

    The model must be the one that was explained. It is taken for it if its targets have the same
    names, though it may have been trained since; under other names (``class_names``) if it has as
    many and answers the same on the whole text, to within .02 of a probability, or 2 % of a value.

    Args:
        explanation: what to examine, of any method.
        model: the model that was explained, anything that ``as_predictor`` takes; None only where
            that is the bundled sentiment BERT.
        target: name or position; None for the one with the highest score.
        maskers: a way to remove words, or several; None for all that the model allows.
        beam: also look for the best orders there are, which takes some ``4 d**2`` evaluations.
        seed: of the fresh masks.
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
        A score for each masker.

    Raises:
        InputError: there is no such target, the explanation has no weights, or the model is another one.

    Example:
        >>> evaluate(explain("Not a bad film."))[0].srg  # doctest: +SKIP
    """
    reject_unknown("evaluate", unknown, [*names_of(Loading), "target", "maskers", "beam", "seed"])
    if not isinstance(explanation, Explanation):
        raise InputError(
            f"the explanation is of type {type(explanation).__name__}. limelight examines one Explanation, as explain "
            "gives it; for a text, write evaluate(explain(text))."
        )
    # generated from Loading: collected
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
    if model is None and explanation.model != bundled.NAME:
        raise InputError(
            f"the explanation is of the model {explanation.model!r}, and no model was given. Without one, limelight "
            "examines explanations of its own model only; give the model that was explained: evaluate(explanation, "
            "model)."
        )
    scores: list[Score] = []
    for step in examined(explanation, load_predictor(model, loading), target, maskers, beam, seed):
        if step is not None:
            scores.append(step)
    return Scores(scores)


def examined(
    explanation: Explanation,
    predictor: Predictor,
    target: Choice | None = None,
    maskers: str | Sequence[str] | None = None,
    beam: bool = False,
    seed: int = 0,
) -> Iterator[Score | None]:
    """Yields the score for each masker, and None after every batch of the model; see ``evaluate``."""
    position = explanation.index(target)
    explanation.estimated()  # says what is wrong where there are no weights
    predictor = predictor.asked_as(explanation)
    for bound in predictor.bind(explanation.fields, explanation.answer):
        predictor = bound
        yield None
    if isinstance(maskers, str):
        maskers = [maskers]
    if maskers is None and explanation.pinned != predictor.pinned:
        maskers = [explanation.masker]  # under any other what is explained would be gone
    if maskers is None:
        maskers = [name for name in MASKERS if name != "mask" or predictor.mask_token is not None]
    reads = explanation.reads or ()
    texts = [text[:read] for text, read in zip(explanation.texts, reads, strict=True)]
    for at, name in enumerate(maskers):
        game = Game(predictor, texts, explanation.places, choose("masker", name, MASKERS), predictor.scale)
        if not at:
            _check_model(explanation, predictor, game)
        if explanation.contrast is not None:
            game = game.on(explanation.scale).between(explanation.contrast)
        own = game.on(explanation.scale)
        yield (yield from score(explanation, position, game, own, masker=name, beam=beam, seed=seed))


def _check_model(explanation: Explanation, predictor: Predictor, game: Game) -> None:
    """Raises InputError where a model is not the one that was explained, see ``evaluate``."""
    advice = "An explanation is examined on the model that it explains; give that one."
    whole = np.ones((1, len(explanation.features)), dtype=bool)
    (answer,) = game(whole)
    pair = explanation.contrast
    wanted = len(explanation.targets) if pair is None else max(pair) + 1
    there = len(predictor.columns) or len(answer)
    if pair is None:
        there = len(answer)
    if there < wanted or (pair is None and there > wanted):
        more = "" if pair is None else " or more"
        raise InputError(f"the explanation has {wanted} targets{more}, the model {there}. {advice}")
    if targets_of(predictor, pair) == explanation.targets:
        return
    if pair is not None:  # the probability of the one among the two, before and now
        answers = game.on(explanation.scale).between(pair)(whole)[0]
        before, now = (1 / (1 + np.exp(-np.clip(scores, -700, 700))) for scores in (explanation.scores, answers))
    elif explanation.probabilities is not None:
        before, now = explanation.probabilities, answer
    else:
        size = max(np.abs(explanation.scores).max(), np.abs(answer).max()) or 1.0
        before, now = explanation.scores / size, answer / size
    if np.abs(before - now).max() > SAME:
        raise InputError(
            f"the explanation is of the targets {listing(explanation.targets)}; the model has "
            f"{listing(targets_of(predictor, pair))}, and answers otherwise on this text. {advice}"
        )
