"""Looking for the texts that a target wants most."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from limelight.api.flip import finished, is_function, reader_of
from limelight.api.options import Options
from limelight.api.problem import problem_of
from limelight.document import Choice, position
from limelight.errors import InputError, shown
from limelight.options import is_whole
from limelight.predictors import Predictor, load_predictor
from limelight.predictors.options import Loading
from limelight.search.base import Bench
from limelight.search.decision import HALF, Decision
from limelight.search.dream import Dreams, dreaming
from limelight.search.proposals import Proposals, slopes_of
from limelight.text.fields import fields_of

BUDGET = 4000  # evaluations
STRONG = 12  # words of any kind that the slope promises most of, at each place


def dreams(
    predictor: Predictor,
    target: Choice | None,
    *,
    start: str,
    budget: int = BUDGET,
    banned: Sequence[str] = (),
    proposer: Any = None,
    seed: int = 0,
    labels: Sequence[str] | None = None,
) -> Iterator[Dreams]:
    """Yields the front as it grows, at least once a batch of the model."""
    if not is_whole(budget, 2):
        raise InputError(
            f"budget is {shown(budget)}. limelight takes a whole number of evaluations from 2 up, such as "
            f"budget={BUDGET}; give it that."
        )
    if not isinstance(start, str):
        raise InputError(f"start is {shown(start)}. limelight dreams from one text; give a str of some words.")
    options = Options(method="interactions", labels=labels, seed=seed)
    reader = reader_of(proposer)
    function = proposer if is_function(proposer) else None
    lexicon = None if function else predictor.lexicon() or load_predictor(None, Loading()).lexicon()
    first = finished(problem_of(fields_of(start), predictor, options))
    scores, targets = first.prediction.scores, first.game.predictor.targets
    if first.game.predictor.pinned or len(first.prediction.fields) != 1 or first.prediction.answer is not None:
        raise InputError(
            f"{predictor.name} says something of parts of a text. limelight dreams of what a whole text is taken for; "
            "give a classifier."
        )
    column = int(scores.argmax()) if target is None else position(targets, target)
    value = first.game.predictor.scale == "value"
    # the margin falls as the target rises; of values against nothing, of classes against all others
    others = tuple((at, column) for at in range(len(targets)) if at != column)
    decision = Decision(str(targets[column]), others, (), targets, every=True, value=True)
    if not value:
        decision = Decision(str(targets[column]), (), ((column, -1, HALF),), targets)
    elif not others:
        raise InputError(
            f"{predictor.name} answers one number. limelight dreams of classes; give a model with several columns."
        )

    def bench_of(text: str) -> Bench:
        problem = finished(problem_of(fields_of(text), predictor, options))
        return Bench(problem.game, decision, problem.prediction.features, problem.prediction.places, budget)

    def proposals(bench: Bench, text: str) -> Proposals:
        slopes = None
        bound = bench.game.predictor
        if lexicon is not None and not bound.opaque:
            slopes = slopes_of(bench, bound.internals(bench.game.texts))
        return Proposals(bench, fields_of(text), lexicon, slopes, reader, function, strong=STRONG)

    yield from dreaming(start, bench_of, proposals, column, int(budget), banned, seed, reader)
