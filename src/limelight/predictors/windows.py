"""Texts beyond a model's window: read in windows that overlap, and their answers averaged."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from limelight.document import Answer
from limelight.errors import InputError, listing
from limelight.predictors.answers import NOTHING, Scores
from limelight.predictors.base import Predictor
from limelight.text.fields import Field
from limelight.text.inputs import Input, Text
from limelight.text.spans import Span

OVERLAP = 0.5  # of a window, so that every passage is read whole in one of them
FIRST = 2000  # code points that are looked at for the first window; for the next, twice the one before
_SPACE = re.compile(r"\s+")


class Windowed(Predictor):
    """A model that reads a long text in several windows.

    What fits the window is asked as it is. What does not is cut into windows that
    overlap by half; the answer is the mean of theirs, each counting as its length.

    Attributes:
        inner: the model.
    """

    def __init__(self, inner: Predictor) -> None:
        self.inner = inner
        self.name, self.mask_token, self.warnings = inner.name, inner.mask_token, inner.warnings
        self.opaque = "it reads a long text in several windows; leave windows out to look into the first."
        self.uncut, self.loaded = inner.uncut, inner.loaded
        self.batch_size = max(1, inner.batch_size // 4)

    # Read from the inner model, which may settle them late: properties where the base has attributes.
    @property
    def targets(self) -> tuple[str, ...]:  # type: ignore[override]
        return self.inner.targets

    @property
    def scale(self) -> str:  # type: ignore[override]
        return self.inner.scale

    @property
    def dtype(self) -> str:  # type: ignore[override]
        return self.inner.dtype

    def among(self, labels: Sequence[str] | None) -> Windowed:
        return self if labels is None else Windowed(self.inner.among(labels))

    def prompted(self, template: Any, generation: Mapping[str, Any] | None) -> Predictor:
        return self.inner.prompted(template, generation)  # which refuses it: none that writes is read in windows

    def bind(self, fields: Sequence[Field], answer: Answer | None = None) -> Iterator[Predictor]:
        if len(fields) > 1:
            raise InputError(
                f"the input has {len(fields)} fields ({listing(field.name for field in fields)}). {self.name} takes "
                "one text where it reads in windows; leave windows out."
            )
        yield self

    def tokens(self, text: str) -> list[Span]:
        return self.inner.tokens(text)

    def forget(self) -> None:
        super().forget()
        self.inner.forget()

    def windows(self, text: str) -> Iterator[Span]:
        """Yields where a text is cut: spans that together cover it."""
        start, size = 0, FIRST
        while True:
            stop = start + self.inner.reads(text[start : start + size])
            if start < stop == start + size < len(text):
                size *= 2  # the window is longer than what was looked at
                continue
            yield start, stop
            if stop >= len(text) or stop <= start:
                return
            size = 2 * (stop - start)
            middle = start + max(1, int((stop - start) * (1 - OVERLAP)))
            # at a space, if there is one: half a word is another word
            space = _SPACE.search(text, middle, stop)
            start = space.end() if space and space.end() < stop else middle

    def predict(self, texts: Sequence[str]) -> np.ndarray:
        return self(texts)

    def batches(self, inputs: Sequence[Text | Input]) -> Iterator[tuple[np.ndarray, Scores]]:
        """Answers of the inner model, batch by batch; a text is finished with the last of its windows.

        What two thinned texts have in common, many of their windows, is asked once.
        """
        texts = [Input.of(one).texts[0] for one in inputs]
        for start in range(0, len(texts), self.batch_size):
            some = texts[start : start + self.batch_size]
            cut: list[list[Input]] = []
            for text in some:
                cut.append([])
                for begin, end in self.windows(text):
                    cut[-1].append(Input.of(text[begin:end]))
                    yield NOTHING
            known = yield from self.inner.remembered(one for windows in cut for one in windows)
            means = [
                np.average(
                    [known[self.inner.key(one)] for one in own],
                    axis=0,
                    weights=[max(len(one.texts[0]), 1) for one in own],
                )
                for own in cut
            ]
            yield np.arange(start, start + len(some)), Scores(np.array(means))

    def relieve(self) -> None:
        super().relieve()
        self.inner.relieve()
