"""A model whose answer rests on its sources by a logic that is known."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence

import numpy as np

from limelight.document import Answer
from limelight.document.targets import Target, distinct
from limelight.predictors import Predictor
from limelight.text.units import words

Logic = Callable[[frozenset[int]], float]


class Grounded(Predictor):
    """Says given sentences, each with a log-probability that depends on which sources are there.

    Args:
        sentences: ``(text, logic)``; the logic is told the numbers of the sources that are there, from 1.
        group: of the fields that are sources.
    """

    name = "grounded"
    measured = "log-probability"
    additive = True
    averages = False
    most_fields = 200

    def __init__(self, sentences: Sequence[tuple[str, Logic]], group: str = "sources") -> None:
        self._sentences, self._group = sentences, group
        self.text = " ".join(text for text, _ in sentences)
        spans = words(self.text)
        self.targets = tuple(
            Target(name, "answer", span)
            for name, span in zip(distinct(self.text[a:b] for a, b in spans), spans, strict=True)
        )
        self.answer = Answer(self.text, spans=tuple(spans))
        self.asked: list[tuple[str, ...]] = []

    def bind(self, fields, answer=None):
        other = copy.copy(self)
        other._at = [at for at, field in enumerate(fields) if field.group == self._group]
        yield other

    def predict(self, texts):
        self.asked += texts
        rows = []
        for one in texts:
            there = frozenset(number for number, at in enumerate(self._at, 1) if one[at].strip())
            row = []
            for text, logic in self._sentences:
                count = len(words(text))
                row += [logic(there) / count] * count
            rows.append(row)
        return np.exp(rows)


def given(sources: int) -> dict[str, str | list[str]]:
    """A question and so many sources."""
    return {"sources": [f"This is what source {at} says." for at in range(1, sources + 1)], "question": "Well?"}
