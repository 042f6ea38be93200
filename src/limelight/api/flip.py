"""Looking for what would flip a prediction."""

from __future__ import annotations

import warnings
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from limelight.api.explain import KEYWORDS
from limelight.api.options import Options
from limelight.api.problem import problem_of
from limelight.document import Answer, Choice
from limelight.errors import InputError, ModelError, shown
from limelight.methods import Problem
from limelight.options import is_whole
from limelight.phrasebook import reject_unknown
from limelight.predictors import Model, Predictor, load_predictor
from limelight.predictors.hf.given import is_pipeline
from limelight.predictors.options import Loading
from limelight.predictors.prompting import Template
from limelight.search.base import Bench, Flips, meanwhile
from limelight.search.counterfactual import flipping
from limelight.search.decision import decision_of
from limelight.search.proposals import Function, Proposals, slopes_of
from limelight.text.fields import Field, Given, Spot, check_fields, fields_of
from limelight.text.spans import Splitter

if TYPE_CHECKING:
    from limelight.predictors.hf.lexicon import Lexicon
    from limelight.predictors.hf.reader import Reader

BUDGET = 400  # evaluations
OWN = ("into", "target", "budget", "proposer")
LEFT_OUT = ("method", "scale", "budget", "time_budget", "contrast", "earlier", "draft")


def flip(
    text: Given,
    model: Model | None = None,
    *,
    into: Choice | None = None,
    target: Choice | None = None,
    budget: int = BUDGET,
    proposer: Model | Function | None = None,
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
) -> Flips:
    """Looks for the fewest words whose change flips what the model predicts.

    First words are only deleted: sets of them are looked for on a surrogate of the model, and
    the model verifies them. Then words are replaced, or put in between. Whatever is given back
    the model has said; of up to six edits each part was tested, so that none is too many.

    Args:
        text: as ``explain`` takes it.
        model: as ``explain`` takes it.
        into: what is to be predicted instead, by name or position; None for anything else.
        target: what is to be flipped, of a model that tells several things of a text: an
            entity, a label, a word of an answer; None for the likeliest, of an answer for any word.
        budget: evaluations, at most. Those that only prove that a flip is minimal come on top.
        proposer: where words to put in come from: a masked or causal language model as ``model``
            is given, which also says how well a text reads, or a function from what stands before
            a place, in it and after it to a list of words. None for the model's own masked-LM head,
            or words near those of the text in its embedding.
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
        Up to three flips, shown as a table: fewest words deleted, fewest changed in any way, and
        what reads best, or another way. Empty where nothing was found.

    Raises:
        InputError: the text cannot be explained as given, or ``into`` is predicted already.
        ModelError: the model cannot be had, or the proposer is no language model.
        PredictionError: the model failed.
        TypeError: an unknown keyword.

    Example:
        >>> flip("It is not a bad film, but the jokes fall flat.")[0].edits  # doctest: +SKIP
    """
    reject_unknown("flip", unknown, [*OWN, *(name for name in KEYWORDS if name not in LEFT_OUT)])
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
    predictor = load_predictor(model, loading)
    for warning in predictor.warnings:
        warnings.warn(warning, stacklevel=2)
    found: Flips | None = None
    for step in flips(fields, predictor, options, into=into, target=target, budget=budget, proposer=proposer):
        found = found if step is None else step
    assert found is not None  # what was asked of the whole text at least
    return found


def flips(
    fields: Sequence[Field],
    predictor: Predictor,
    options: Options,
    *,
    into: Choice | None = None,
    target: Choice | None = None,
    budget: int = BUDGET,
    proposer: Any = None,
    answer: Answer | None = None,
) -> Iterator[Flips | None]:
    """Yields what has been found, ever better, and None while the input is settled; see ``flip``.

    Where an ``answer`` is known it is that which is to flip.
    """
    if not is_whole(budget, 2):
        raise InputError(
            f"budget is {shown(budget)}. limelight takes a whole number of evaluations from 2 up, such as "
            f"budget={BUDGET}; give it that."
        )
    problem = yield from meanwhile(lambda: None, problem_of(fields, predictor, options, answer))
    bound = problem.game.predictor
    reading = reader_of(proposer)
    if reading is None and proposer is None:
        reading = predictor.reader()
    answers = problem.game.answers([problem.game.rewritten({})])[0]
    bench = Bench(
        problem.game,
        decision_of(bound, answers, target, into),
        tuple(problem.prediction.features),
        problem.prediction.places,
        budget,
    )

    def proposals() -> Proposals:
        function = proposer if is_function(proposer) else None
        lexicon: Lexicon | None = None
        if function is None:
            lexicon = bound.lexicon() or predictor.lexicon() or load_predictor(None, Loading()).lexicon()
        slopes = None
        if function is None and not bound.opaque and lexicon is not None:
            slopes = slopes_of(bench, bound.internals(problem.game.texts))
        return Proposals(bench, fields, lexicon, slopes, reading, function)

    yield from flipping(bench, fields, proposals, lambda: reading, options.seed)


def reader_of(proposer: Any) -> Reader | None:
    """A proposer as what says how well a text reads; None for none, or a function.

    Raises:
        ModelError: it is no language model, or cannot be had.
    """
    if proposer is None or is_function(proposer):
        return None
    try:
        predictor = load_predictor(proposer, Loading())
    except ModelError as error:
        raise ModelError(f"the proposer cannot be loaded: {error}") from error
    reader = predictor.reader()
    if reader is None:
        raise ModelError(
            f"the proposer {predictor.name} is no language model. limelight takes a masked or causal language model of "
            "transformers, or a function from what stands before a place, in it and after it to words; give one of "
            "these, or leave proposer out."
        )
    return reader


def is_function(proposer: object) -> bool:
    """Whether a proposer is a function, rather than a model."""
    return callable(proposer) and not isinstance(proposer, Predictor) and not is_pipeline(proposer)


def finished(work: Generator[object, None, Problem]) -> Problem:
    """What is explained, once it is settled."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            problem: Problem = end.value
            return problem
