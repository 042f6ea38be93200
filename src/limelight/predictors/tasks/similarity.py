"""How similar two texts are: the cosine of their embeddings, from whatever embeds texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from limelight.arrays import Floats
from limelight.document import Answer
from limelight.errors import InputError, ModelError, PredictionError, listing, shown
from limelight.predictors.answers import begun, counted, numbers_of
from limelight.predictors.base import Predictor
from limelight.predictors.turns import turns_of
from limelight.text.fields import Field

TARGET = "similarity"
UNNAMED = "an embedding"


class Similarity(Predictor):
    """Scores two texts by the cosine of their embeddings, a number from -1 to 1 that is no probability.

    A text of which nothing is left is embedded as any other. A vector of zeros, as a bag of
    words has for it, has no direction and is similar to nothing: its cosine is 0.

    Args:
        embed: a function from a list of str to vectors ``(n, e)``, or an object with such an ``encode``.
        name: shown to the reader.
    """

    most_fields = 2
    scale = "value"
    targets = (TARGET,)
    opaque = (
        "limelight sees only how similar the two texts come out, which has no one input to follow gradients or "
        "attention to. Choose a method that asks the model."
    )
    uncut = "limelight sees only the vectors of this embedding, not how it cuts a text into tokens."

    def __init__(self, embed: Any, *, name: str | None = None) -> None:
        self._embed: Callable[[list[str]], Any] = getattr(embed, "encode", embed)
        owner = getattr(self._embed, "__self__", None)
        self._turns = turns_of(self._embed if owner is None else owner)
        own = getattr(embed, "__name__", UNNAMED) if owner is None else type(owner).__name__
        self.name = name or (UNNAMED if own == "<lambda>" else own)

    def bind(self, fields: Sequence[Field], answer: Answer | None = None) -> Iterator[Predictor]:
        if len(fields) != 2:
            named = f"{len(fields)} fields ({listing(field.name for field in fields)})" if fields[1:] else "one text"
            raise InputError(
                f"the input has {named}. {self.name} says how similar two texts are; give it two, such as "
                "{'first': '...', 'second': '...'}."
            )
        yield self

    def predict(self, texts: Sequence[tuple[str, str]]) -> Floats:
        # each once: of most inputs one of the two is whole
        rows = {text: row for row, text in enumerate(dict.fromkeys(text for pair in texts for text in pair))}
        vectors = _directions(self._vectors(list(rows)))
        first, second = ([rows[pair[at]] for pair in texts] for at in (0, 1))
        cosines: Floats = np.einsum("ne,ne->n", vectors[first], vectors[second])[:, None]
        return cosines

    def _vectors(self, texts: list[str]) -> Floats:
        answer = self._embed(texts)
        wanted = f"limelight needs a row of numbers for each text: ({len(texts)}, e)"
        try:
            vectors = numbers_of(answer)
        except (TypeError, ValueError) as error:
            raise PredictionError(
                f"the embedding answered {type(answer).__name__} that is no table of numbers ({error}). {wanted}; "
                "return vectors of one length."
            ) from error
        if vectors.ndim != 2 or len(vectors) != len(texts) or not vectors.shape[1]:
            raise PredictionError(
                f"the embedding answered shape {vectors.shape} for {counted(texts)}. {wanted}; return a vector a text, "
                "not one a token."
            )
        bad = ~np.isfinite(vectors).all(axis=1)
        if bad.any():
            raise PredictionError(
                f"the embedding answered NaN or infinity for {bad.sum()} of {counted(texts)} (the first: "
                f"{begun(texts[int(bad.argmax())])}). {wanted}; return a row of zeros for a text of which it knows "
                "nothing, as the empty one."
            )
        return vectors


def _directions(vectors: Floats) -> Floats:
    """Vectors of length one; those of length zero stay."""
    # by the largest first: the square of a number may be none any more
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    scaled = np.divide(vectors, largest, out=np.zeros_like(vectors), where=largest > 0)
    lengths = np.linalg.norm(scaled, axis=1, keepdims=True)
    directions: Floats = np.divide(scaled, lengths, out=scaled, where=lengths > 0)
    return directions


def similarity(embed: Any, *, name: str | None = None) -> Similarity:
    """Makes a model of how similar two texts are, to be explained: the cosine of their embeddings.

    Args:
        embed: what embeds texts: a function from a list of str to vectors ``(n, e)``, or an object with such an
            ``encode``, as the models of sentence-transformers are.
        name: shown to the reader; by default the function's own.

    Raises:
        ModelError: it is nothing of the kind.

    Example:
        >>> explain({"first": "A dog runs.", "second": "A puppy ran."}, similarity(embed))  # doctest: +SKIP
    """
    if not callable(getattr(embed, "encode", embed)) or isinstance(embed, (str, type)):
        raise ModelError(
            f"the embedding is {shown(embed)}. limelight takes a function from a list of str to vectors (n, e), or an "
            "object with such an encode; give it one."
        )
    return Similarity(embed, name=name)
