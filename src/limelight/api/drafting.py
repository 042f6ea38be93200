"""From a model that is given as a draft to what it says of the targets of the one that is explained."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace

import numpy as np

from limelight.api.options import Options
from limelight.arrays import Floats
from limelight.captions import note
from limelight.document import Answer
from limelight.document.targets import Target
from limelight.errors import InputError, LimelightError, ModelError, listing
from limelight.masking.game import Game
from limelight.masking.maskers import MASKERS
from limelight.methods import Method, Problem
from limelight.methods.draft import DraftModel, blamed
from limelight.predictors import Predictor, load_predictor
from limelight.predictors.options import Loading
from limelight.text.fields import Field
from limelight.text.spans import Span

# held as ``explain`` holds its model: one loaded by name goes with its last user
_recent: list[Predictor] = []


def with_draft(
    problem: Problem, fields: Sequence[Field], options: Options, method: Method
) -> Generator[None, None, Problem]:
    """The problem with a smaller model that is asked first, where one is given and the method can make use of it.

    Yields:
        None: still at work.

    Raises:
        InputError: the draft says something of other targets, or is on another machine.
        ModelError: it cannot be had.
        PredictionError: it failed.
    """
    if options.draft is None:
        return problem
    if not method.takes_draft:
        # no error: who changes the method in a page cannot take the draft back there
        notes = (*problem.prediction.warnings, note("no-draft", method=method.title))
        return replace(problem, prediction=replace(problem.prediction, warnings=notes))
    predictor = _loaded(options)
    whole = problem.prediction
    predictor = predictor.among(options.labels)
    for bound in predictor.bind(fields, Answer(whole.answer.text) if whole.answer else None):
        predictor = bound
        yield None
    masker = MASKERS[whole.masker if predictor.mask_token else "delete"]
    game = Game(predictor, problem.game.texts, whole.places, masker, problem.game.scale)
    if "value" in (predictor.scale, problem.game.predictor.scale):
        game = game.on("value")
    with blamed(predictor.name):
        game(np.ones((1, len(whole.places)), dtype=bool))  # only now a function's targets are known
    if options.contrast is not None:
        game = game.between(predictor.pair(options.contrast))
        shares = np.eye(2)
    else:
        shares = shares_of(predictor.targets, whole.targets, whole.answer.text if whole.answer else "")
    if not shares.any(axis=0).all():
        raise InputError(
            f"the draft {predictor.name} says something of {listing(predictor.targets)}, and {whole.model} of "
            f"{listing(whole.targets)}. limelight takes a draft with the same classes (as_predictor(draft, "
            "class_names=[...]) names them), or, of an answer, a language model; give one of these, or leave draft out."
        )
    return replace(problem, draft=DraftModel(game, shares, predictor.name))


def _loaded(options: Options) -> Predictor:
    """The draft as a model.

    Raises:
        ModelError: it cannot be had.
        InputError: it is on another machine, which nobody was asked about.
    """
    try:
        predictor = load_predictor(options.draft, Loading())
    except LimelightError as error:
        raise ModelError(f"the draft cannot be loaded: {error}") from error
    if predictor.costly:
        raise InputError(
            f"the draft {predictor.name} is behind an endpoint. limelight takes a model on this machine as a draft, "
            "which is asked often; give its folder or name.",
        )
    _recent[:] = [predictor]
    return predictor


def shares_of(own: Sequence[str], wanted: Sequence[str], text: str) -> Floats:
    """How much of each of a draft's targets belongs to each that is wanted: by name, or by place in the answer.

    Args:
        own: ``j`` targets of the draft.
        wanted: ``k`` targets of the model.
        text: the answer; ``""`` where there is none.

    Returns:
        ``(j, k)``; a log-probability of a word that is two there goes to each by the characters that they share.
    """
    shares = np.zeros((len(own), len(wanted)))
    places = [[_place(target, text) for target in targets] for targets in (own, wanted)]
    for row, (target, place) in enumerate(zip(own, places[0], strict=True)):
        for column, (name, other) in enumerate(zip(wanted, places[1], strict=True)):
            if place and other:
                shares[row, column] = max(0, min(place[1], other[1]) - max(place[0], other[0])) / (place[1] - place[0])
            elif not place and not other:
                shares[row, column] = target == name
    return shares


def _place(target: str, text: str) -> Span | None:
    """Where a target stands in the answer: it says so, or it is a sentence of it."""
    span = target.span if isinstance(target, Target) else None
    if span is not None and len(span) == 2 and text:
        return span
    at = text.find(target) if text and not isinstance(target, Target) else -1
    return (at, at + len(target)) if at >= 0 and target else None
