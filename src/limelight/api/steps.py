"""One explanation as a generator: ever better, complete, and stopped by whoever stops iterating."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np

from limelight.api.drafting import with_draft
from limelight.api.options import Options
from limelight.api.problem import problem_of
from limelight.captions import note
from limelight.document import Answer
from limelight.errors import InputError, PredictionError
from limelight.evaluation.exam import exam
from limelight.evaluation.grounds import removals
from limelight.explanation import Explanation
from limelight.methods import Budget, Method, Problem, as_method
from limelight.predictors import Predictor, Windowed
from limelight.render.grounds import is_of_sources
from limelight.text.fields import Field
from limelight.text.units import UNITS

MOST_WITHOUT = 8  # fields that are left out one by one for a first picture
EACH_SENTENCE = 5  # evaluations that find out on what most rest: two alone, the others, and what is taken back
LEAST_AUTO = 64  # evaluations, or twice the features: where a whole answer is asked for each, "auto" ends there


def steps(
    fields: Sequence[Field],
    predictor: Predictor,
    options: Options,
    *,
    answer: Answer | None = None,
    examine: bool | str = False,
    watched: bool = True,
    before: Explanation | None = None,
) -> Iterator[Explanation | None]:
    """The prediction first, then ever better explanations, each with its wall time.

    Yields None while there is work but nothing new to show: before the prediction, as
    long as a long text is segmented, and after each batch of the exam.

    With ``examine`` the last one comes again with its ``exam``; with ``"always"`` even
    where that costs more than its share.

    One that is known ``before`` is not made again: it gets what its answer's earlier words do.

    Where nobody looks at what comes before the end, ``watched`` False saves the time that it takes.

    When the time budget is over, the last one is the answer, ``"partial"`` or even a
    ``"draft"`` by its state, and without its exam.
    """
    started = time.perf_counter()
    budget = replace(Budget.of(options.budget), watched=watched)
    method = as_method(options.method)
    if method.needs_internals and predictor.opaque:
        raise InputError(
            f"{method.title} looks into the model, which cannot be done here: {predictor.opaque}",
            ways={"windows": False} if isinstance(predictor, Windowed) else None,
        )

    def seconds() -> float:
        return time.perf_counter() - started

    def over() -> bool:
        return options.time_budget is not None and seconds() > options.time_budget

    problem = yield from problem_of(fields, predictor, options, answer if before is None else before.answer)
    if before is not None:
        yield from _with_earlier(problem, before)
        return
    least = method.least_budget(problem.features)

    def told(step: Explanation) -> Explanation:
        """A step with what only the asking told."""
        return replace(step, seconds=seconds(), warnings=(*step.warnings, *problem.game.remarks()))

    yield told(problem.prediction)
    # each evaluation is of a whole answer, or asked of a server
    answers = problem.prediction.answer is not None or predictor.costly
    if answers and budget.settle:
        budget = replace(budget, most=min(budget.most, max(LEAST_AUTO, 2 * problem.features)))
    if budget.most < least:
        if budget.settle:
            budget = replace(budget, most=2 * least)
        else:
            raise InputError(
                f"budget is {options.budget}. {method.title} needs at least {least} evaluations for this text's "
                f"{problem.features} features; give it budget={least} or more.",
                ways={**_coarser(options.unit, problem, method, budget), "budget": least},
            )
    problem = yield from with_draft(problem, fields, options, method)
    explanation = best = problem.prediction
    needs = _needs(problem) if problem.additive and method.alone else ()
    spared = replace(budget, most=max(least, budget.most - _for_grounds(problem, budget)))
    work = chain(needs, _grounded(problem, method.steps(problem, spared, options.seed), budget))
    try:
        for step in work:
            explanation = step or explanation
            best = best if explanation.weights is None else explanation
            yield step and told(step)
            if over() and step is not None:
                if explanation.state == "draft":
                    cut = note("draft", count=problem.game.evaluations, features=problem.features)
                    yield told(replace(explanation, warnings=(*explanation.warnings, cut)))
                return
    except PredictionError as error:
        if not predictor.costly or best.weights is None:
            raise
        # what was found has cost something, and stays
        yield told(replace(best, warnings=(*best.warnings, note("broke-off", problem=str(error)))))
        return
    if options.earlier:
        for one in _with_earlier(problem, explanation):
            explanation = one or explanation
            yield one and told(one)
            if over():
                return
    if not examine or explanation.weights is None or answers:
        return
    game = problem.game if problem.game.pair else problem.game.on(predictor.scale)
    examination = exam(explanation, game, always=examine == "always")
    while True:
        try:
            next(examination)
        except StopIteration as end:
            yield told(replace(explanation, exam=end.value))
            return
        yield None
        if over():
            return


def _with_earlier(problem: Problem, explanation: Explanation) -> Iterator[Explanation | None]:
    """The explanation, with what the answer's earlier words do."""
    if explanation.answer is not None and explanation.answer.earlier is not None:
        yield explanation
        return
    for earlier in problem.game.predictor.earlier():
        if earlier is None or explanation.answer is None:
            yield None
        else:
            answer = replace(explanation.answer, earlier=earlier)
            # one of the whole answer, and one without each word that something comes after
            yield replace(explanation, answer=answer, evaluations=explanation.evaluations + len(earlier))


def _for_grounds(problem: Problem, budget: Budget) -> int:
    """Evaluations that are kept for finding out on what the sentences of an answer rest."""
    answer = problem.prediction.answer
    if answer is None or not (problem.additive and is_of_sources(problem.prediction)):
        return 0
    # where everything is asked, nothing is left to ask
    if 2**problem.features <= budget.most:
        return 0
    return min(budget.most // 3, EACH_SENTENCE * len(answer.sentences))


def _grounded(problem: Problem, found: Iterator[Explanation], budget: Budget) -> Iterator[Explanation | None]:
    """What a method finds, and then, of an answer and its sources, on what its sentences rest."""
    explanation = problem.prediction
    for explanation in found:
        yield explanation
    if problem.additive and explanation.weights is not None and is_of_sources(explanation):
        explanation = yield from removals(explanation, problem.game, budget.most)
        yield replace(explanation, budget=budget.most)


def _needs(problem: Problem) -> Iterator[Explanation | None]:
    """A draft after two passes, with the whole content and with none; of several fields, without each of them."""
    latest, owner = problem.prediction, np.array([field for field, _, _ in problem.prediction.places])
    fields = np.unique(owner)
    if len(fields) > MOST_WITHOUT:
        return
    kept = owner != fields[:, None]
    for _ in problem.game.evaluate(kept):
        yield None
    weights = (latest.scores - problem.game(kept)).T
    stretches = [[place for place in latest.places if place[0] == field] for field in fields]
    yield replace(
        latest,
        state="draft",
        places=tuple((*own[0][:2], own[-1][2]) for own in stretches),
        weights=weights,
        intercepts=latest.scores - weights.sum(axis=1),
        evaluations=problem.game.evaluations,
    )


def _coarser(unit: object, problem: Problem, method: Method, budget: Budget) -> dict[str, object]:
    """The unit of which there are few enough for the budget, if the next coarser one is."""
    coarser = UNITS[unit].coarser if isinstance(unit, str) else ""
    search = UNITS[coarser].search if coarser else None
    if search is None:
        return {}
    texts = [problem.prediction.texts[at] for at in problem.prediction.explained or ()]
    features = sum(span is not None for text in texts for span in search(text))
    return {"unit": coarser} if features > 1 and method.least_budget(features) <= budget.most else {}


def last(fields: Sequence[Field], predictor: Predictor, options: Options) -> Explanation:
    """The explanation that the steps end with."""
    explanation: Explanation | None = None
    for step in steps(fields, predictor, options, watched=options.time_budget is not None):
        explanation = step or explanation
    assert explanation is not None  # the prediction at least
    return explanation
