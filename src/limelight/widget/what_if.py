"""What if: the model's answer with some places out of an input, and the list of what was tried."""

from __future__ import annotations

import functools
import json
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from limelight.document import Document
from limelight.errors import InputError
from limelight.masking.game import Game
from limelight.masking.maskers import MASKERS
from limelight.predictors import Predictor
from limelight.text.fields import Field, Place, touches

MOST = 200  # tries that are kept
MOST_BYTES = 500_000  # of them, since a saved notebook carries them all
DIGITS = 6  # of the scores that a page is told; it writes two or three


@dataclass(frozen=True)
class Try:
    """One input that was tried, and what the model said of it.

    Attributes:
        fields: the input before anything was hidden.
        hidden: the places that were out, in ``fields``.
        words: what stands there.
        prediction: the model's score of each target; where two are contrasted, of both sides too.
        change: of each score, against the same input with nothing hidden; where nothing
            is hidden, against the input before.
        left: the texts without what was hidden, where an answer was written to them.
        answer: that answer, for a model that writes some; None while it is not known.
    """

    fields: tuple[Field, ...]
    hidden: tuple[Place, ...]
    words: tuple[str, ...]
    prediction: dict[str, float]
    change: dict[str, float]
    left: tuple[str, ...] = ()
    answer: str | None = None

    @property
    def text(self) -> str:
        """The text of the first field."""
        return self.fields[0].text

    @property
    def key(self) -> tuple[object, ...]:
        """What tells it from other tries."""
        return self.fields, self.hidden

    @functools.cached_property
    def bytes(self) -> int:
        """How long it is on the wire."""
        return len(json.dumps(self.to_dict(), ensure_ascii=False).encode())

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON types."""
        return {
            "texts": [field.text for field in self.fields],
            "hidden": [list(place) for place in self.hidden],
            "words": list(self.words),
            "prediction": _rounded(self.prediction),
            "change": _rounded(self.change),
        } | ({} if self.answer is None else {"left": list(self.left), "answer": self.answer})


def _rounded(scores: dict[str, float]) -> dict[str, float]:
    return {name: float(f"{score:.{DIGITS}g}") for name, score in scores.items()}


def joined(places: Sequence[Place]) -> tuple[Place, ...]:
    """Places in order, those that touch or overlap made one."""
    found: list[Place] = []
    for field, start, stop in sorted(places):
        if found and found[-1][0] == field and start < found[-1][2]:
            found[-1] = field, found[-1][1], max(stop, found[-1][2])
        else:
            found.append((field, start, stop))
    return tuple(found)


def hide(
    explanation: Document, predictor: Predictor, hidden: Sequence[Place], before: Try | None = None
) -> Iterator[Try | None]:
    """Asks the model about the explained input without some places, taken out as the explanation takes features out.

    Args:
        explanation: of the input.
        predictor: the model; what it has answered already is not asked again.
        hidden: places in the fields, whatever the features are.
        before: the try that an unhidden input is set against.

    Yields:
        None after every batch of the model; then the try; of a model that writes the try once more, with what it says
        instead.

    Raises:
        PredictionError: the model failed on that input.
    """
    unbound = predictor = predictor.asked_as(explanation)
    for bound in predictor.bind(explanation.fields, explanation.answer):
        predictor = bound
        yield None
    reads = explanation.reads or ()
    texts = [text[:read] for text, read in zip(explanation.texts, reads, strict=True)]
    hidden = joined(hidden)
    read = [(field, start, min(stop, reads[field])) for field, start, stop in hidden if start < reads[field]]
    # methods along gradients take nothing out: there words are deleted
    masker = predictor.masker or explanation.masker or "delete"
    if predictor.labels_words and predictor.mask_token and any(touches(one, predictor.pinned) for one in read):
        masker = "mask"  # would it be found from its context alone?
    game = Game(predictor, texts, read, MASKERS[masker])
    masks = np.repeat([[True], [False]], len(read), axis=1)
    for _ in game.evaluate(masks):
        yield None
    whole, without = game(masks)
    targets = predictor.targets
    if explanation.contrast is not None:  # the question is their difference, so that is what moves
        whole, without = np.concatenate(
            [[whole, without], game.on(explanation.scale).between(explanation.contrast)(masks)], axis=1
        )
        targets = (*targets, *map(str, explanation.targets))
    base = dict(zip(targets, map(float, whole), strict=True))
    if not hidden and before is not None:
        base |= {name: score for name, score in before.prediction.items() if name in base}
    tried = Try(
        fields=explanation.fields,
        hidden=hidden,
        words=tuple(explanation.fields[field].text[start:stop] for field, start, stop in hidden),
        prediction=dict(zip(targets, map(float, without), strict=True)),
        change={name: float(score) - base[name] for name, score in zip(targets, without, strict=True)},
    )
    yield tried
    if explanation.answer is not None and read:
        yield from rewritten(tried, unbound, game.inputs(masks[1:])[0].texts)


def asked(
    explanation: Document, predictor: Predictor, hidden: Sequence[Place], known: Sequence[Try]
) -> Iterator[Try | None]:
    """Asks the model about the input without some places; see ``hide``.

    Args:
        known: tries of an answer that was given. Where nothing is hidden, the model is asked what it says itself
            instead; of one on another machine nothing is asked unbidden.
    """
    whole = next((one for one in known if one.key == (explanation.fields, ())), None)
    if hidden or whole is None or whole.answer is not None or predictor.costly:
        return hide(explanation, predictor, hidden)
    return rewritten(whole, predictor.asked_as(explanation), tuple(explanation.texts))


def rewritten(tried: Try, predictor: Predictor, left: tuple[str, ...]) -> Iterator[Try | None]:
    """Finds what a model writes itself to what a try left of its input.

    Yields:
        None after every batch of the model; then the try with that answer.
    """
    answer = yield from _written(predictor, tried.fields, left)
    yield replace(tried, left=left, answer=answer)


def _written(predictor: Predictor, fields: Sequence[Field], texts: Sequence[str]) -> Generator[None, None, str]:
    """What a model writes to other texts of the same fields; nothing where it has nothing to say."""
    try:
        for bound in predictor.bind([replace(field, text=text) for field, text in zip(fields, texts, strict=True)]):
            predictor = bound
            yield None
            if bound.written:
                break
    except InputError:
        return ""
    return "" if predictor.answer is None else predictor.answer.text


def added(tries: Sequence[Try], new: Try) -> tuple[tuple[Try, ...], int]:
    """The tries with a new one, and where it stands: one that was there before is not repeated."""
    kept = list(tries)
    for at, old in enumerate(kept):
        if old.key == new.key:
            # what the model says may have changed, and what it is set against stays
            if old.prediction != new.prediction or (new.answer is not None and new.answer != old.answer):
                kept[at] = new
            return tuple(kept), at
    kept.append(new)
    room = MOST_BYTES - sum(one.bytes for one in kept)
    # the first, from which all started, stays
    while len(kept) > 2 and (len(kept) > MOST or room < 0):
        room += kept.pop(1).bytes
    return tuple(kept), len(kept) - 1
