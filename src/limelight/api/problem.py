"""From an input, a model and options to what a method sees: a game over features."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence

import numpy as np

from limelight.api.options import Options
from limelight.captions import note
from limelight.document import Answer
from limelight.document.targets import Target
from limelight.errors import InputError, shown
from limelight.explanation import Explanation
from limelight.masking.game import Game
from limelight.masking.maskers import MASKERS
from limelight.methods import Budget, Problem, as_method
from limelight.predictors import Predictor
from limelight.text.fields import Field, Place, check_fields, field_at, place_of, sources_of
from limelight.text.spans import Span, Splitter, checked, collected, merged, opened
from limelight.text.units import UNITS

MOST_FEATURES = 2000
UNREAD = 0.3  # share of words that the model cannot tell apart, beyond which the reader is told
BEYOND = 1000  # code points after the window's end that are still cut, so that the last word in it is whole


def problem_of(
    fields: Sequence[Field], predictor: Predictor, options: Options, answer: Answer | None = None
) -> Generator[Explanation | None, None, Problem]:
    """Settles what is explained, cuts the fields into features, and asks the model about the whole once.

    Yields:
        None: still at work, every few milliseconds; of a model that writes an answer first, the answer so far.

    Returns:
        The input and the model as a method sees them.

    Raises:
        InputError: there is nothing to explain, or more than can be explained at once; the
            model takes no such input.
        PredictionError: the model failed on it.
    """
    check_fields(fields)
    about, only = ([place_of(spot, fields) for spot in spots] for spots in (options.about, options.only))
    predictor = predictor.among(options.labels).about(about).only(only)
    if answer is None and options.answer is not None:
        answer = Answer(options.answer)
    for bound in predictor.bind(fields, answer):
        predictor = bound
        yield _answering(fields, predictor, options) if bound.answer and not bound.targets else None
    if options.answer is not None and predictor.answer is None:
        raise InputError(
            f"answer is {shown(options.answer)}, and {predictor.name} writes none. limelight takes an answer with a "
            "language model; leave answer out."
        )
    reads = predictor.reach([field.text for field in fields])
    name = predictor.masker or options.masker
    # where a mask has a label, too, what is explained may be hidden as any word
    pinned = () if predictor.labels_words and name == "mask" else predictor.pinned
    places, unit, notes = yield from _features(fields, reads, predictor, options, pinned)
    texts = [field.text[:read] for field, read in zip(fields, reads, strict=True)]
    whole = np.ones((1, len(places)), dtype=bool)
    masker = MASKERS[name]
    said = Game(predictor, texts, places, masker)(whole)[0]
    # asked first: only its answer tells what a plain function's scale is
    method = as_method(options.method)
    own = method.scale if options.contrast is None else "logit"
    scale = _scale(options.scale, predictor.scale, predictor.measured or own)
    game = Game(predictor, texts, places, masker, scale)
    if options.contrast is not None:
        game = game.between(predictor.pair(options.contrast))
    prediction = Explanation(
        fields=tuple(fields),
        places=tuple(places),
        targets=targets_of(predictor, game.pair),
        scores=game(whole)[0],
        explained=tuple(_explained(fields, options)),
        pinned=pinned,
        reads=reads,
        method=method.name,
        title=method.title,
        unit=unit,
        masker=name,
        scale=scale,
        probabilities=None if predictor.scale == "value" or game.pair else said,
        contrast=game.pair,
        labels=tuple(options.labels or ()),
        about=tuple(about),
        only=tuple(only),
        seed=int(options.seed),
        evaluations=game.evaluations,
        budget=Budget.of(options.budget).most,
        model=predictor.name,
        dtype=predictor.dtype,
        answer=predictor.answer if predictor.additive else None,  # else nothing is known of its words
        warnings=tuple(notes),
    )
    return Problem(game, prediction)


def _answering(fields: Sequence[Field], predictor: Predictor, options: Options) -> Explanation:
    """What there is to show while an answer is being written."""
    return Explanation(
        fields=tuple(fields),
        places=(),
        targets=(),
        scores=np.empty(0),
        state="answering",
        masker=options.masker,
        seed=int(options.seed),
        budget=Budget.of(options.budget).most,
        model=predictor.name,
        dtype=predictor.dtype,
        answer=predictor.answer,
        warnings=tuple(predictor.warnings),
    )


def targets_of(predictor: Predictor, contrast: tuple[int, int] | None) -> tuple[str, ...]:
    """What is explained: a model's targets, or the two sides of a contrast between two of them."""
    if contrast is None:
        return predictor.targets
    names = predictor.columns
    return tuple(Target(f"{names[a]} rather than {names[b]}") for a, b in (contrast, contrast[::-1]))


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


def _explained(fields: Sequence[Field], options: Options) -> list[int]:
    """Positions of the fields that are cut into features."""
    if options.explained is not None:
        return sorted({field_at(name, fields) for name in options.explained})
    unit = options.unit
    of_parts = isinstance(unit, str) and bool(UNITS[unit].otherwise)
    return (of_parts and sources_of(fields)) or list(range(len(fields)))


Units = str | dict[str, str]


def _features(
    fields: Sequence[Field], reads: Sequence[int], predictor: Predictor, options: Options, pinned: Sequence[Place]
) -> Generator[None, None, tuple[list[Place], Units, list[str]]]:
    """Looks for the features; returns their places, the names of their units, and what a reader must know of both."""
    asked = options.unit if isinstance(options.unit, Mapping) else {}
    for name in asked:
        field_at(name, fields)
    phrases = [place_of(spot, fields) for spot in options.phrases]
    ranges = [place_of(spot, fields) for spot in options.opened]
    explained, parts, notes = _explained(fields, options), sources_of(fields), list(predictor.warnings)
    places: list[Place] = []
    units: dict[str, str] = {}
    for at in explained:
        field = fields[at]
        unit = asked.get(field.name, "word") if asked else options.unit
        assert not isinstance(unit, Mapping)
        spans, name, more = yield from _cut(
            field,
            reads[at],
            predictor,
            unit,
            _in_field(phrases, at),
            _in_field(ranges, at),
            len(explained) == 1,
            at in parts,
        )
        spans = beside(spans, _in_field(pinned, at), field.text, unit)
        places += [(at, start, stop) for start, stop in spans]
        units[field.name] = name
        notes += more
    if not places:
        names = " or ".join(sorted(set(units.values())))
        what = f"the text {fields[explained[0]].text[:40]!r} holds" if len(explained) == 1 else "the input holds"
        if pinned:
            raise InputError(
                f"{what} no {names} besides what is explained itself, which is never taken out. limelight explains by "
                "what stands around it; write a word there."
            )
        signs = names == "word" and any(field.text.strip() for field in fields)
        raise InputError(
            f"{what} no {names} to explain. Punctuation is no feature"
            + ("; unit='character' explains it sign by sign." if names == "word" else "; write a word."),
            ways={"unit": "character"} if signs else None,
        )
    if len(places) > MOST_FEATURES:
        raise InputError(
            f"the text has {len(places):,} features ({' and '.join(sorted(set(units.values())))}s). limelight explains "
            f"up to {MOST_FEATURES:,} at once; shorten it, explain its parts, or only some of its fields (explained=)."
        )
    one = set(units.values())
    return places, one.pop() if len(one) == 1 else units, notes


def _in_field(places: Sequence[Place], field: int) -> list[Span]:
    return [(start, stop) for at, start, stop in places if at == field]


def _cut(
    field: Field,
    read: int,
    predictor: Predictor,
    unit: str | Splitter,
    phrases: Sequence[Span],
    ranges: Sequence[Span],
    alone: bool,
    is_part: bool,
) -> Generator[None, None, tuple[list[Span], str, list[str]]]:
    """Looks for the features of one field."""
    text = field.text
    notes: list[str] = []
    spans = yield from collected(split(text, read, predictor, unit))
    if isinstance(unit, str) and not is_part:
        for other in UNITS[unit].otherwise:
            unit, spans = other, (yield from collected(split(text, read, predictor, other)))
            if len(spans) > 1:
                break
    while len(spans) > MOST_FEATURES and isinstance(unit, str) and (coarser := UNITS[unit].coarser):
        fewer = yield from collected(split(text, read, predictor, coarser))
        if len(fewer) < 2:
            break
        more: dict[str, str | int] = {
            "count": len(spans),
            "units": unit,
            "most": MOST_FEATURES,
            "coarser_units": coarser,
        }
        notes.append(note("many", **more) if alone else note("many-field", field=field.name, **more))
        unit, spans = coarser, fewer
    cut: Iterator[Span | None] = iter(spans)
    if isinstance(unit, str) and (finer := UNITS[unit].finer) and (search := UNITS[finer].search):
        cut = opened(text, cut, ranges, search)
    whole = len(spans)
    spans = yield from collected(merged(cut, phrases))
    name = unit if isinstance(unit, str) else getattr(unit, "__name__", type(unit).__name__)
    if read < len(text):
        # where some were opened or joined they are no words any more
        read_of: dict[str, str | int] = {"count": len(spans), "units": name if len(spans) == whole else "feature"}
        notes.append(note("window", **read_of) if alone else note("window-field", field=field.name, **read_of))
    said = [span for span in spans if any(map(str.isalpha, text[slice(*span)]))]
    blank = covered(said, predictor.unread(text[:read]))
    if blank > UNREAD * len(said):
        notes.append(note("unread", count=blank, all=len(said), units=name))
    return spans, name, notes


def covered(spans: Sequence[Span], pieces: Sequence[Span]) -> int:
    """How many spans are nothing but some pieces."""
    known = np.zeros(max((stop for _, stop in [*spans, *pieces]), default=0), dtype=bool)
    for start, stop in pieces:
        known[start:stop] = True
    return sum(bool(known[start:stop].all()) for start, stop in spans)


def beside(spans: list[Span], pinned: list[Span], text: str, unit: str | Splitter) -> list[Span]:
    """The spans without what is pinned: a word that it touches is none, of a sentence its parts are left."""
    for start, stop in sorted(pinned):
        touched = [span for span in spans if span[0] < stop and span[1] > start]
        parts = [part for a, b in touched for part in ((a, start), (stop, b))] if _in_parts(unit) else []
        parts = [(a, b) for a, b in parts if a < b and any(map(str.isalnum, text[a:b]))]
        spans = sorted([span for span in spans if span not in touched] + parts)
    return spans


def _in_parts(unit: str | Splitter) -> bool:
    return not isinstance(unit, str) or UNITS[unit].in_part


def split(text: str, read: int, predictor: Predictor, unit: str | Splitter) -> Iterator[Span | None]:
    """Yields what the model reads of the spans of a unit, and None after other work."""
    # what is far beyond the window is not worth the time
    near = text[: read + BEYOND]
    spans: Iterator[Span | None]
    if not isinstance(unit, str):
        spans = checked(unit(text), text, unit)
    else:
        search = UNITS[unit].search
        spans = iter(predictor.tokens(near)) if search is None else search(near)
    # a function's may be of any length
    in_part = _in_parts(unit)
    for span in spans:
        if span is None or span[1] <= read:
            yield span
        elif in_part and span[0] < read:
            # of a sentence at the end of the window the part that is read counts
            yield span[0], read
