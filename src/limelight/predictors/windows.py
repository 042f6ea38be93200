"""Texts beyond a model's window: read in windows that overlap, and their answers averaged."""

from __future__ import annotations

import re

import numpy as np

from limelight.predictors.base import Predictor
from limelight.text.spans import Span

OVERLAP = 0.5  # of a window, so that every passage is read whole in one of them
PIECE = (
    20_000  # code points that are looked at for one window: no window is longer, and a book is not read again and again
)
_SPACE = re.compile(r"\s+")


class Windowed(Predictor):
    """A model that reads a long text in several windows.

    What fits the window is asked as it is. What does not is cut into windows that
    overlap by half; the answer is the mean of theirs, each counting as its length.

    Args:
        inner: the model.
    """

    def __init__(self, inner: Predictor) -> None:
        self._inner = inner
        self.name, self.mask_token, self.warnings = inner.name, inner.mask_token, inner.warnings
        self.opaque = "it reads a long text in several windows; leave windows out to look into the first."

    @property
    def targets(self) -> tuple[str, ...]:
        return self._inner.targets

    @property
    def scale(self) -> str:
        return self._inner.scale

    @property
    def dtype(self) -> str:
        return self._inner.dtype

    def tokens(self, text: str) -> list[Span]:
        return self._inner.tokens(text)

    def windows(self, text: str) -> list[Span]:
        """Where a text is cut: spans that together cover it."""
        spans, start = [], 0
        while True:
            piece = text[start : start + PIECE]
            stop = start + self._inner.reads(piece)
            spans.append((start, stop))
            if stop >= len(text) or stop <= start:
                return spans
            middle = start + max(1, int((stop - start) * (1 - OVERLAP)))
            # at a space, if there is one: half a word is another word
            space = _SPACE.search(text, middle, stop)
            start = space.end() if space and space.end() < stop else middle

    def predict(self, texts: list[str]) -> np.ndarray:
        cut = [self.windows(text) for text in texts]
        answers = self._inner([text[a:b] for text, spans in zip(texts, cut, strict=True) for a, b in spans])
        sizes = np.array([max(b - a, 1) for spans in cut for a, b in spans], dtype=float)
        rows = np.repeat(np.arange(len(texts)), [len(spans) for spans in cut])
        out = np.zeros((len(texts), answers.shape[1]))
        np.add.at(out, rows, answers * sizes[:, None])
        return out / np.bincount(rows, sizes)[:, None]

    def relieve(self) -> None:
        super().relieve()
        self._inner.relieve()
