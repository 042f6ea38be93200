"""The words that a model knows as one token each, and where they lie in its embedding."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np

from limelight.arrays import Floats
from limelight.predictors.turns import Turns

MARKS = "Ġ▁"  # before the first token of a word, of tokenizers that mark it
MOST_NUMBERS = 1 << 26  # of all vectors: a quarter of a gigabyte; words that come later in a vocabulary are rare


class Lexicon:
    """Whole words of a tokenizer, by their vectors.

    Args:
        tokenizer: of transformers.
        embedding: the module that turns ids into vectors.
        turns: at the model whose it is.

    Attributes:
        words: in lower case where the tokenizer has them so, most frequent first where its vocabulary is ordered so.
    """

    def __init__(self, tokenizer: Any, embedding: Any, turns: Turns) -> None:
        self._tokenizer, self._embedding, self._turns = tokenizer, embedding, turns
        model = getattr(getattr(tokenizer, "backend_tokenizer", None), "model", None)
        going_on = getattr(model, "continuing_subword_prefix", None)
        special = set(tokenizer.all_special_tokens)
        known: dict[str, int] = {}
        for token, at in sorted(tokenizer.get_vocab().items(), key=lambda one: one[1]):
            if token in special or (going_on and token.startswith(going_on)):
                continue
            if not going_on and token[:1] not in MARKS:
                continue
            word = token if going_on else token[1:]
            if word.isalpha() and (len(word) > 1 or ord(word[0]) > 0x2E80):
                known.setdefault(word, at)
        self.words = tuple(known)
        most = MOST_NUMBERS // int(embedding.weight.shape[1])
        self.words, self._ids = self.words[:most], list(known.values())[:most]

    def vectors(self, words: Sequence[str]) -> Floats:
        """Of each word the mean vector ``(n, h)`` of its tokens; 0 for what has none."""
        with self._turns.turn():
            ids = [self._tokenizer(f" {word}", add_special_tokens=False)["input_ids"] for word in words]
        width = self._rows.shape[1]
        rows = [self._of(own).mean(axis=0) if own else np.zeros(width, np.float32) for own in ids]
        return np.array(rows).reshape(-1, width)

    def near(self, words: Sequence[str], count: int) -> list[list[tuple[int, float]]]:
        """Of each word the positions of those whose vectors point most in its direction, with the cosines.

        From the mean of all: most of what vectors have in common says nothing of words.
        """
        mean, lengths = self._centred
        off = self.vectors(words) - mean
        off /= np.maximum(np.linalg.norm(off, axis=1, keepdims=True), 1e-9)
        cosines = (off @ self._rows.T - off @ mean[:, None]) / lengths
        order = np.argsort(-cosines, axis=1, kind="stable")[:, :count]
        return [[(at, float(row[at])) for at in best] for row, best in zip(cosines, order.tolist(), strict=True)]

    def along(self, slopes: Floats) -> Floats:
        """How far the vector of each word goes along slopes ``(n, h)``: ``(n, words)``."""
        steps: Floats = slopes.astype(np.float32) @ self._rows.T
        return steps

    def position(self, word: str) -> int | None:
        """Where a word stands among the words."""
        return self._known.get(word) if word in self._known else self._known.get(word.lower())

    def frequent(self, count: int) -> frozenset[str]:
        """The first words of more than one character: many vocabularies begin with characters of other scripts."""
        return frozenset(islice((word for word in self.words if len(word) > 1), count))

    def _of(self, ids: Sequence[int]) -> Floats:
        rows: Floats = self._embedding.weight[list(ids)].detach().float().cpu().numpy()
        return rows

    @cached_property
    def _known(self) -> dict[str, int]:
        return {word: at for at, word in enumerate(self.words)}

    @cached_property
    def _rows(self) -> Floats:
        """The vectors of all words, in single precision."""
        return self._of(self._ids)

    @cached_property
    def _centred(self) -> tuple[Floats, Floats]:
        """The mean of all vectors, and how far each is from it."""
        mean = self._rows.mean(axis=0)
        # without a copy of all of them
        squares = (self._rows**2).sum(axis=1) - 2 * self._rows @ mean + mean @ mean
        return mean, np.sqrt(np.maximum(squares, 1e-18))
