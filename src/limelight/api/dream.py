"""Looking for the texts that a target wants most."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from limelight.api.flip import finished, is_function, reader_of
from limelight.api.options import Options
from limelight.api.problem import problem_of
from limelight.document import Choice, position
from limelight.errors import InputError, shown
from limelight.methods.base import Problem
from limelight.options import is_whole
from limelight.predictors import Predictor, load_predictor
from limelight.predictors.options import Loading
from limelight.predictors.tasks.neurons import Firing
from limelight.search.base import Bench
from limelight.search.decision import HALF, Decision
from limelight.search.dream import Dreams, dreaming
from limelight.search.proposals import Proposals, Reads, slopes_of
from limelight.text.fields import fields_of

if TYPE_CHECKING:
    from limelight.predictors.hf.lexicon import Lexicon

Liked = tuple[tuple[str, float], ...]  # real texts with their scores, best first
BUDGET = 4000  # evaluations
LIKED = 5  # real texts that are shown
WORDS, FREQUENT = 6, 2000  # of a text from nothing, and of a vocabulary's first, among which they are
STRONG = 12  # words of any kind that the slope promises most of, at each place


def dreams(
    predictor: Predictor,
    target: Choice | None,
    *,
    start: str | None = None,
    budget: int = BUDGET,
    banned: Sequence[str] = (),
    proposer: Any = None,
    seed: int = 0,
    labels: Sequence[str] | None = None,
    reader: Reads | None = None,
) -> Iterator[Dreams]:
    """Yields the front as it grows, at least once a batch of the model.

    How well texts read ``reader`` says, else the proposer, where it is a model.
    """
    if not is_whole(budget, 2):
        raise InputError(
            f"budget is {shown(budget)}. limelight takes a whole number of evaluations from 2 up, such as "
            f"budget={BUDGET}; give it that."
        )
    if not isinstance(start, str | None):
        raise InputError(
            f"start is {shown(start)}. limelight dreams from one text; give a str of some words, or None to begin with "
            "any words."
        )
    if predictor.costly:
        raise InputError(
            f"a dream takes some thousands of requests, and {predictor.name} is behind a server. limelight dreams with "
            "models on this machine; give one."
        )
    predictor = _wanted(predictor, target)
    said = _said(predictor, target) if predictor.additive and labels is None else None
    options = Options(method="interactions", labels=labels, answer=said, seed=seed)
    reader = reader or reader_of(proposer)
    function = proposer if is_function(proposer) else None
    lexicon = None if function else predictor.lexicon() or load_predictor(None, Loading()).lexicon()
    begun = start if start is not None else _nothing(lexicon, seed)
    first = finished(problem_of(fields_of(begun), predictor, options))
    column, decision = _decision(first, said, None if isinstance(target, tuple) else target)

    def bench_of(text: str) -> Bench:
        problem = finished(problem_of(fields_of(text), predictor, options))
        return Bench(problem.game, decision, problem.prediction.features, problem.prediction.places, budget)

    def proposals(bench: Bench, text: str) -> Proposals:
        slopes = None
        bound = bench.game.predictor
        if lexicon is not None and not bound.opaque:
            slopes = slopes_of(bench, bound.internals(bench.game.texts))
        return Proposals(bench, fields_of(text), lexicon, slopes, reader, function, strong=STRONG)

    yield from dreaming(begun, bench_of, proposals, column, int(budget), banned, seed, reader)


def liked(predictor: Predictor, target: Choice | None, name: str, texts: Sequence[str]) -> Iterator[Liked]:
    """Yields those of some real texts that a target wants most, with their scores, after each batch.

    Args:
        predictor: the model.
        target: as ``dreams`` takes it.
        name: of the target.
        texts: of people.
    """
    if predictor.additive:
        raise InputError(
            f"beside is {shown(texts)}, and {predictor.name} writes. limelight puts real texts beside those of a "
            "classifier or a neuron; leave beside out."
        )
    *_, asked = _wanted(predictor, target).bind(fields_of(texts[0]))
    found: Liked = ()
    for rows, scores in asked.batches(list(texts)):
        column = position(asked.targets, name)
        some = [(texts[row], float(value)) for row, value in zip(rows, scores.values[:, column], strict=True)]
        found = tuple(sorted(dict.fromkeys([*found, *some]), key=lambda one: -one[1])[:LIKED])
        yield found


def given_list(beside: Any) -> list[str]:
    """Real texts as a user gives them.

    Raises:
        InputError: they are no list of str.
    """
    texts = [] if isinstance(beside, str) or not isinstance(beside, Iterable) else list(beside)
    if isinstance(beside, str) or not all(isinstance(text, str) for text in texts) or (not texts and beside != ()):
        raise InputError(f"beside is {shown(beside)}. limelight puts real texts beside; give a list of str.")
    return texts


def _wanted(predictor: Predictor, target: Choice | None) -> Predictor:
    """What is to be raised, as a predictor: a pair names a neuron, or a direction of a layer's states."""
    if not isinstance(target, tuple):
        return predictor
    if len(target) != 2:
        raise InputError(
            f"target is {shown(target)}. limelight takes a neuron as (layer, index), or a direction as (layer, "
            "numbers); give one of these."
        )
    return Firing(predictor, *target)


def _said(predictor: Predictor, target: Choice | None) -> str:
    """The word that a language model is to say."""
    if not isinstance(target, str) or not target.strip():
        raise InputError(
            f"target is {shown(target)}, and {predictor.name} writes. limelight dreams of prompts after which it says "
            "a word; give that word, or labels to choose among."
        )
    return target


def _nothing(lexicon: Lexicon | None, seed: int) -> str:
    """Some frequent words in no order, to begin with."""
    known = lexicon or load_predictor(None, Loading()).lexicon()
    frequent = [] if known is None else [word for word in known.words[:FREQUENT] if len(word) > 2]
    random = np.random.default_rng(seed)
    return " ".join(frequent[at] for at in random.permutation(len(frequent))[:WORDS]) or "any text"


def _decision(first: Problem, said: str | None, target: Choice | None) -> tuple[int, Decision]:
    """The column that is to rise, and gaps that fall as it does."""
    bound, scores = first.game.predictor, first.prediction.scores
    targets, value = bound.targets, bound.scale == "value"
    words = len(bound.answer.spans) if bound.answer is not None else 0
    if said is not None and words != 1:
        raise InputError(
            f"target is {shown(said)}, which is {words} words. limelight dreams of prompts after which a language "
            "model says one; give that."
        )
    if bound.pinned or len(first.prediction.fields) != 1 or (said is None and bound.answer is not None):
        raise InputError(
            f"{bound.name} says something of parts of a text. limelight dreams of what a whole text is taken for; give "
            "a classifier."
        )
    neuron = isinstance(bound, Firing)
    column = 0 if said is not None or neuron else int(scores.argmax()) if target is None else position(targets, target)
    if not value:
        return column, Decision(str(targets[column]), (), ((column, -1, HALF),), targets)
    if len(targets) == 1:
        raise InputError(
            f"{bound.name} answers one number. limelight dreams of classes; give a model with several columns."
        )
    # of values against all others
    others = tuple((at, column) for at in range(len(targets)) if at != column)
    return column, Decision(str(targets[column]), others, (), targets, every=True, value=True)
