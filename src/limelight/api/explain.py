"""Explaining one text without a screen."""

from __future__ import annotations

import time
import warnings
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from limelight.errors import InputError, choose, reject_unknown
from limelight.evaluation.exam import exam
from limelight.explanation import Explanation, position
from limelight.masking.game import MASKERS, MaskedPredictor
from limelight.methods import Budget, Method, Problem, as_method
from limelight.predictors import Predictor, as_predictor
from limelight.scales import SCALES
from limelight.text.checks import check_text
from limelight.text.spans import Span, Splitter, checked, collected, merged, opened
from limelight.text.units import COARSER, FINER, UNITS

MOST_FEATURES = 2000
BEYOND = 1000  # code points after the window's end that are still cut, so that the last word in it is whole
# Held here, since a model that was loaded by name goes with its last user: in a loop over
# texts that is the next call.
_recent: list[Predictor] = []


@dataclass(frozen=True)
class Options:
    """What can be asked of an explanation; a name or number that makes no sense is refused at once.

    Attributes:
        method: a name from ``limelight.methods.METHODS`` or a Method.
        unit: what a feature is: ``"word"``, ``"sentence"``, ``"token"`` (the model's own),
            ``"character"``, or a function from a text to spans ``[(start, stop), ...]``.
        phrases: spans ``(start, stop)`` of the text: features that one touches count as one.
        opened: spans: features that one touches are cut finer, a sentence into words, a
            word into characters.
        masker: how a feature is removed: ``"delete"``, or ``"mask"`` for the model's own mask token.
        scale: what weights are measured in: ``"probability"``, ``"logit"``, ``"log-odds"``
            (each class against the rest), or ``"auto"``: probability, or the plain value
            where the model answers none.
        budget: ``"auto"`` to stop when the answer is settled, or the number of model
            evaluations to spend.
        time_budget: seconds after which the answer so far is given; None for no limit.
        contrast: names or positions of two classes: weights then say why the first rather
            than the second, on the difference of their logits.
        seed: of every random choice: the same seed gives the same answer.
    """

    method: str | Method = "lime"
    unit: str | Splitter = "word"
    masker: str = "delete"
    scale: str = "auto"
    budget: int | str = "auto"
    time_budget: float | None = None
    contrast: tuple[str | int, str | int] | None = None
    phrases: Sequence[Span] = ()
    opened: Sequence[Span] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        as_method(self.method)
        if not callable(self.unit):
            choose("unit", self.unit, UNITS)
        for name in ("phrases", "opened"):
            spans = getattr(self, name)
            # not any iterable: one that can be read only once would be empty when it is needed
            if isinstance(spans, str) or not isinstance(spans, Sequence) or not all(map(_is_span, spans)):
                raise InputError(
                    f"{name} is {spans!r}. limelight takes spans of the text, positions from the first "
                    f"character up to the last one, such as {name}=[(10, 17)]."
                )
        choose("masker", self.masker, MASKERS)
        choose("scale", self.scale, {"auto": None, **SCALES})
        if self.budget != "auto" and not _whole(self.budget, 1):
            raise InputError(
                f"budget is {self.budget!r}. limelight takes 'auto', or a whole number of evaluations "
                "from 1 up, such as budget=1000."
            )
        if not _whole(self.seed, 0):
            raise InputError(f"seed is {self.seed!r}. limelight takes a whole number from 0 up, such as seed=0.")
        if self.contrast is not None:
            pair = self.contrast
            if isinstance(pair, str) or not isinstance(pair, Sequence) or len(pair) != 2 or pair[0] == pair[1]:
                raise InputError(
                    f"contrast is {pair!r}. limelight takes two different classes by name or position, "
                    "such as contrast=('positive', 'negative'), or None."
                )
            if self.scale not in ("auto", "logit"):
                raise InputError(
                    f"scale={self.scale!r} was asked of a contrast, which is a difference of logits. Leave scale out."
                )
        if self.time_budget is not None and not (_number(self.time_budget) and self.time_budget > 0):
            raise InputError(
                f"time_budget is {self.time_budget!r}. limelight takes seconds, such as time_budget=2.5, or None."
            )


def _whole(value: object, least: int) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool) and value >= least


def _number(value: object) -> bool:
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)


def _is_span(value: object) -> bool:
    if isinstance(value, str) or not isinstance(value, Sequence) or len(value) != 2:
        return False
    return all(_whole(edge, 0) for edge in value) and value[0] < value[1]


def _scale(asked: str, native: str, own: str) -> str:
    """The scale that is meant, or an error where the model has no such thing; ``own`` is the method's."""
    if asked == "auto":
        return native if native == "value" else own
    if native == "value":
        raise InputError(
            f"scale={asked!r} was asked of a model that answers values, not probabilities. "
            "limelight explains values as they come; leave scale out."
        )
    return asked


def _features(
    text: str, read: int, predictor: Predictor, options: Options
) -> Generator[None, None, tuple[list[Span], str, list[str]]]:
    """Looks for the spans to explain; returns them, the name of their unit, and what a reader must know of both."""
    unit, notes = options.unit, list(predictor.warnings)
    spans = yield from collected(_split(text, read, predictor, unit))
    while len(spans) > MOST_FEATURES and unit in COARSER:
        coarser = COARSER[unit]
        fewer = yield from collected(_split(text, read, predictor, coarser))
        if len(fewer) < 2:
            break
        notes.append(
            f"The text has {len(spans):,} {unit}s, more than the {MOST_FEATURES:,} that are explained at once. "
            f"Its {coarser}s are explained instead; open one to see inside."
        )
        unit, spans = coarser, fewer
    if unit in FINER:
        spans = opened(text, spans, options.opened, FINER[unit].search)
    spans = yield from collected(merged(spans, options.phrases))
    name = unit if isinstance(unit, str) else getattr(unit, "__name__", type(unit).__name__)
    if not spans:
        raise InputError(
            f"the text {text[:40]!r} holds no {name} to explain. Punctuation is no feature"
            + ("; unit='character' explains it sign by sign." if name == "word" else "; write a word.")
        )
    if len(spans) > MOST_FEATURES:
        raise InputError(
            f"the text has {len(spans):,} features ({name}s). limelight explains up to {MOST_FEATURES:,} "
            "at once; shorten the text or explain its parts."
        )
    if read < len(text):
        notes.append(
            f"The model stops reading after {len(spans):,} {name}s: its window is full. "
            "What comes later has no part in the prediction or in this explanation; with windows=True it has."
        )
    return spans, name, notes


def _split(text: str, read: int, predictor: Predictor, unit: str | Splitter) -> Iterator[Span | None]:
    """Yields what the model reads of the spans of a unit, and None after other work."""
    # what is far beyond the window is not worth the time
    near = text[: read + BEYOND]
    if callable(unit):
        spans = checked(unit(text), text, unit)
    else:
        spans = predictor.tokens(near) if unit == "token" else UNITS[unit].search(near)
    whole = unit in ("word", "token", "character")
    for span in spans:
        if span is None or span[1] <= read:
            yield span
        elif not whole and span[0] < read:
            # of a sentence at the end of the window the part that is read counts
            yield span[0], read


def targets_of(predictor: Predictor, contrast: tuple[int, int] | None) -> tuple[str, ...]:
    """The names of what is explained: a model's targets, or the two sides of a contrast between two of them."""
    names = predictor.targets
    if contrast is None:
        return names
    return tuple(f"{names[a]} rather than {names[b]}" for a, b in (contrast, contrast[::-1]))


def problem_of(text: str, predictor: Predictor, options: Options) -> Generator[None, None, Problem]:
    """Segments a text and asks the model about it once.

    Yields:
        None: still segmenting, every few milliseconds.

    Returns:
        The text and the model as a method sees them.

    Raises:
        InputError: the text holds nothing to explain, or more than can be explained at once.
        PredictionError: the model failed on the text.
    """
    check_text(text)
    read = predictor.reads(text)
    spans, unit, notes = yield from _features(text, read, predictor, options)
    whole = np.ones((1, len(spans)), dtype=bool)
    masker = MASKERS[options.masker]
    answer = MaskedPredictor(predictor, text[:read], spans, masker)(whole)[0]
    # asked first: only its answer tells what a plain function's scale is
    own = as_method(options.method).scale if options.contrast is None else "logit"
    scale = _scale(options.scale, predictor.scale, own)
    masked = MaskedPredictor(predictor, text[:read], spans, masker, scale)
    if options.contrast is not None:
        masked = masked.between(tuple(position(predictor.targets, name) for name in options.contrast))
    targets = targets_of(predictor, masked.pair)
    scores = masked(whole)[0]
    prediction = Explanation(
        text=text,
        features=tuple(text[start:stop] for start, stop in spans),
        spans=tuple(spans),
        targets=targets,
        scores=scores,
        weights=None,
        intercepts=None,
        method=as_method(options.method).name,
        title=as_method(options.method).title,
        unit=unit,
        masker=options.masker,
        scale=scale,
        probabilities=None if predictor.scale == "value" or masked.pair else answer,
        contrast=masked.pair,
        seed=int(options.seed),
        evaluations=masked.evaluations,
        budget=Budget.of(options.budget).most,
        model=predictor.name,
        read=read,
        warnings=tuple(notes),
    )
    return Problem(masked, prediction)


def steps(
    text: str, predictor: Predictor, options: Options, *, examine: bool | str = False
) -> Iterator[Explanation | None]:
    """The prediction first, then ever better explanations, each with its wall time.

    Yields None while there is work but nothing new to show: before the prediction, as
    long as a long text is segmented.

    With ``examine`` the last one comes again with its ``exam``; with ``"always"`` even
    where that costs more than its share.

    When the time budget is over, the last one is the answer, ``"partial"`` or even a
    ``"draft"`` by its state.
    """
    started = time.perf_counter()
    budget = Budget.of(options.budget)
    method = as_method(options.method)
    if method.needs_inside and predictor.opaque:
        raise InputError(f"{method.title} looks into the model, which cannot be done here: {predictor.opaque}")
    problem = yield from problem_of(text, predictor, options)
    least = method.least_budget(problem.features)
    yield replace(problem.prediction, seconds=time.perf_counter() - started)
    if budget.most < least:
        if budget.settle:
            budget = replace(budget, most=2 * least)
        else:
            raise InputError(
                f"budget is {options.budget}. {method.title} needs at least {least} evaluations for this text's "
                f"{problem.features} features; give it budget={least} or more."
            )
    for explanation in method.steps(problem, budget, options.seed):
        seconds = time.perf_counter() - started
        yield replace(explanation, seconds=seconds, dtype=predictor.dtype)
        if options.time_budget is not None and seconds > options.time_budget:
            return
    if examine and explanation.weights is not None:
        masked = problem.masked if problem.masked.pair else problem.masked.on(predictor.scale)
        found = exam(explanation, masked, always=examine == "always")
        yield replace(explanation, seconds=seconds, dtype=predictor.dtype, exam=found)


def explain(
    text: str,
    model: object = None,
    *,
    method: str | Method = "lime",
    unit: str | Splitter = "word",
    masker: str = "delete",
    scale: str = "auto",
    budget: int | str = "auto",
    time_budget: float | None = None,
    contrast: tuple[str | int, str | int] | None = None,
    phrases: Sequence[Span] = (),
    opened: Sequence[Span] = (),
    seed: int = 0,
    class_names=None,
    device: str = "auto",
    dtype: str = "auto",
    safetensors_only: bool = True,
    windows: bool = False,
    **unknown,
) -> Explanation:
    """Explains a model's answer to one text.

    Args:
        text: what to explain.
        model: anything that ``as_predictor`` takes; None for the bundled sentiment BERT.
        method, unit, masker, scale, budget, time_budget, contrast, phrases, opened, seed: see ``Options``.
        class_names, device, dtype, safetensors_only, windows: see ``as_predictor``.

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
    options = Options(method, unit, masker, scale, budget, time_budget, contrast, phrases, opened, seed)
    check_text(text)
    predictor = as_predictor(
        model,
        class_names=class_names,
        device=device,
        dtype=dtype,
        safetensors_only=safetensors_only,
        windows=windows,
    )
    _recent[:] = [predictor]
    for warning in predictor.warnings:
        warnings.warn(warning, stacklevel=2)
    for latest in steps(text, predictor, options):
        if latest is not None:
            explanation = latest
    return explanation


KEYWORDS = tuple(explain.__kwdefaults__)


def load(path: str | Path) -> Explanation:
    """Reads an explanation that ``Explanation.save`` wrote."""
    return Explanation.load(path)
