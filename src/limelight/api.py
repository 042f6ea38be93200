"""Explaining one text without a screen."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from limelight.errors import InputError, choose, reject_unknown
from limelight.explanation import Explanation
from limelight.masking import MASKERS, MaskedPredictor
from limelight.methods import Method, Problem, as_method
from limelight.predictors import Predictor, as_predictor
from limelight.segment import UNITS, check_text

BUDGET = 1000
MOST_FEATURES = 2000


@dataclass(frozen=True)
class Options:
    """What can be asked of an explanation; a name or number that makes no sense is refused at once.

    Attributes:
        method: a name from ``limelight.methods.METHODS`` or a Method.
        unit: what a feature is: ``"word"`` or ``"character"``.
        masker: how a feature is removed: ``"delete"``, or ``"mask"`` for the model's own mask token.
        budget: model evaluations that may be spent, at most.
        seed: of every random choice: the same seed gives the same answer.
    """

    method: str | Method = "lime"
    unit: str = "word"
    masker: str = "delete"
    budget: int = BUDGET
    seed: int = 0

    def __post_init__(self) -> None:
        as_method(self.method)
        choose("unit", self.unit, UNITS)
        choose("masker", self.masker, MASKERS)
        for name, least in (("budget", 1), ("seed", 0)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
                raise InputError(
                    f"{name} is {value!r}. limelight takes a whole number from {least} up, such as {name}="
                    f"{BUDGET if name == 'budget' else 0}."
                )


def problem_of(text: str, predictor: Predictor, options: Options) -> Problem:
    """Segments a text and asks the model about it once.

    Raises:
        InputError: the text holds nothing to explain, or more than can be explained at once.
        PredictionError: the model failed on the text.
    """
    check_text(text)
    read = predictor.reads(text)
    spans = [span for span in UNITS[options.unit](text) if span[1] <= read]
    if not spans:
        raise InputError(
            f"the text {text[:40]!r} holds no {options.unit} to explain. Punctuation is no feature"
            + ("; unit='character' explains it sign by sign." if options.unit == "word" else "; write a word.")
        )
    if len(spans) > MOST_FEATURES:
        raise InputError(
            f"the text has {len(spans):,} features ({options.unit}s). limelight explains up to {MOST_FEATURES:,} "
            "at once; shorten the text or explain its parts."
        )
    notes = list(predictor.warnings)
    if read < len(text):
        notes.append(
            f"The model stops reading after {len(spans):,} {options.unit}s: its window is full. "
            "What comes later has no part in the prediction or in this explanation."
        )
    masked = MaskedPredictor(predictor, text[:read], spans, MASKERS[options.masker])
    scores = masked(np.ones((1, len(spans)), dtype=bool))[0]
    prediction = Explanation(
        text=text,
        features=tuple(text[start:stop] for start, stop in spans),
        spans=tuple(spans),
        targets=predictor.targets,
        scores=scores,
        weights=None,
        intercepts=None,
        method=as_method(options.method).name,
        unit=options.unit,
        masker=options.masker,
        scale=predictor.scale,
        seed=int(options.seed),
        evaluations=masked.evaluations,
        budget=int(options.budget),
        model=predictor.name,
        read=read,
        warnings=tuple(notes),
    )
    return Problem(masked, prediction)


def steps(text: str, predictor: Predictor, options: Options) -> Iterator[Explanation]:
    """The prediction first, then ever better explanations, each with its wall time."""
    started = time.perf_counter()
    method = as_method(options.method)
    problem = problem_of(text, predictor, options)
    least = method.least_budget(problem.features)
    yield replace(problem.prediction, seconds=time.perf_counter() - started)
    if options.budget < least:
        raise InputError(
            f"budget is {options.budget}. {method.title} needs at least {least} evaluations for this text's "
            f"{problem.features} features; give it budget={least} or more."
        )
    for explanation in method.steps(problem, options.budget, options.seed):
        yield replace(explanation, seconds=time.perf_counter() - started)


def explain(
    text: str,
    model: object = None,
    *,
    method: str | Method = "lime",
    unit: str = "word",
    masker: str = "delete",
    budget: int = BUDGET,
    seed: int = 0,
    class_names=None,
    device: str = "auto",
    safetensors_only: bool = True,
    **unknown,
) -> Explanation:
    """Explains a model's answer to one text.

    Args:
        text: what to explain.
        model: anything that ``as_predictor`` takes; None for the bundled sentiment BERT.
        method, unit, masker, budget, seed: see ``Options``.
        class_names, device, safetensors_only: see ``as_predictor``.

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
    options = Options(method, unit, masker, budget, seed)
    check_text(text)
    predictor = as_predictor(model, class_names=class_names, device=device, safetensors_only=safetensors_only)
    for warning in predictor.warnings:
        warnings.warn(warning, stacklevel=2)
    for latest in steps(text, predictor, options):
        explanation = latest
    return explanation


KEYWORDS = tuple(explain.__kwdefaults__)


def load(path: str | Path) -> Explanation:
    """Reads an explanation that ``Explanation.save`` wrote."""
    return Explanation.load(path)
