"""What an explanation would ask of a server, before a word of the text is sent there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from limelight.api.options import Options
from limelight.api.steps import steps
from limelight.arrays import Floats
from limelight.captions import Note, note
from limelight.predictors import Predictor
from limelight.predictors.answers import Scores
from limelight.predictors.served.asked import Asked
from limelight.text.fields import MOST_FIELDS, Field
from limelight.text.inputs import Input


class Rehearsal(Predictor):
    """Stands in for a model: remembers what it is asked, and answers anything.

    Attributes:
        asked: the texts of each input.
    """

    averages = False
    costly = True
    most_fields = MOST_FIELDS
    targets = ("one", "other")

    def __init__(self, model: Predictor) -> None:
        self.additive, self.measured, self.name = model.additive, model.measured, model.name
        self.asked: list[tuple[str, ...]] = []
        self._random = np.random.default_rng(0)

    def among(self, labels: Sequence[str] | None) -> Predictor:
        return self

    def predict(self, texts: list[object]) -> Floats:
        # nothing settles on chance, so that all is asked that may be
        return self._random.uniform(0.1, 0.9, size=(len(texts), len(self.targets)))

    def score(self, inputs: Sequence[Input]) -> Scores:
        self.asked += [one.texts for one in inputs]
        return Scores(self.predict([one.plain for one in inputs]))


def forecast(fields: Sequence[Field], predictor: Predictor, options: Options) -> Iterator[Note | None]:
    """Works out what would be asked, at most; of the server only what it can do.

    Yields:
        None while at work; then who would receive the text, in how many requests and tokens.
    """
    model = predictor.among(options.labels)
    assert isinstance(model, Asked)
    rehearsed = Rehearsal(model)
    plain = replace(options, contrast=None, scale="auto", answer=None, draft=None)
    for _ in steps(fields, rehearsed, plain, watched=False):
        yield None
    calls, tokens = model.forecast(rehearsed.asked, fields, options.answer)
    yield note("forecast", host=model.host, calls=f"{calls:,}", tokens=f"{_round(tokens):,}")


def _round(tokens: int) -> int:
    """Two digits: it is a guess."""
    digits = max(0, len(str(tokens)) - 2)
    return int(round(tokens, -digits))
