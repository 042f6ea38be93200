"""How similar two texts are: the cosine of their embeddings, from whatever embeds texts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self

import numpy as np

from limelight.arrays import Floats
from limelight.document import Answer
from limelight.errors import InputError, ModelError, PredictionError, listing, shown
from limelight.predictors.answers import Scores, begun, counted, numbers_of
from limelight.predictors.base import Predictor
from limelight.predictors.hf.folders import Folder
from limelight.predictors.hf.given import is_pair
from limelight.predictors.hf.loading import find
from limelight.predictors.hf.transformer import Tensors, Transformer
from limelight.predictors.options import Loading
from limelight.predictors.turns import turns_of
from limelight.text.fields import Field, Place
from limelight.text.inputs import Input

MODULES, POOLING = "modules.json", "1_Pooling/config.json"  # by which sentence-transformers says what a folder holds
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

    @classmethod
    def accepts(cls, obj: object) -> bool:
        # a tokenizer encodes, too, and means something else by it
        no_embedding = isinstance(obj, (str, type)) or hasattr(obj, "convert_tokens_to_ids")
        return callable(getattr(obj, "encode", None)) and not no_embedding and not hasattr(obj, "predict_proba")

    @classmethod
    def of(cls, obj: Any, loading: Loading) -> Self:
        made = cls(obj)
        if loading.class_names is not None:
            raise no_names(made.name, loading.class_names)
        return made

    def bind(self, fields: Sequence[Field], answer: Answer | None = None) -> Iterator[Predictor]:
        check_two(fields, self.name)
        yield self

    def predict(self, texts: Sequence[tuple[str, str]]) -> Floats:
        return cosines(texts, self._vectors)

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


class Embeddings(Transformer):
    """Scores two texts by the cosine of a transformer's own embeddings: its last states, averaged over the tokens.

    As the models of sentence-transformers are used whose pooling is the mean.

    Args:
        model, tokenizer, name: as ``Transformer`` has them.
    """

    most_fields = 2
    scale = "value"
    pipelines = ("feature-extraction",)
    auto = "AutoModel"
    kind = "text encoder"

    def __init__(self, model: Any, tokenizer: Any, *, name: str | None = None, missing: object = None) -> None:
        super().__init__(model, tokenizer, name=name, missing=())  # a pooler that is missing is not asked
        self.opaque, self.targets = Similarity.opaque, (TARGET,)

    @classmethod
    def accepts(cls, obj: object) -> bool:
        if isinstance(obj, Folder):
            return MODULES in obj
        named = type(obj[0]).__name__ if isinstance(obj, tuple) and is_pair(obj) else ""
        return super().accepts(obj) or (named.endswith("Model") and "Head" not in named)

    @classmethod
    def of(cls, obj: Any, loading: Loading) -> Self:
        if isinstance(obj, Folder) and POOLING in obj and not obj.settings(POOLING).get("pooling_mode_mean_tokens"):
            raise obj.refusal(
                "does not average its tokens", "give its model of sentence-transformers, whose encode knows how"
            )
        return super().of(obj, loading)

    def renamed(self, class_names: Sequence[str]) -> Self:
        raise no_names(self.name, class_names)

    def bind(self, fields: Sequence[Field], answer: Answer | None = None) -> Iterator[Predictor]:
        check_two(fields, self.name)
        yield self

    def reach(self, texts: Sequence[str]) -> tuple[int, ...]:
        return tuple(super(Embeddings, self).reach((text,))[0] for text in texts)

    def read(self, output: Any, tensors: dict[str, Any]) -> Any:
        states = output.last_hidden_state.float()
        read = tensors.get("attention_mask", states.new_ones(states.shape[:2]))[..., None].to(states)
        return (states * read).sum(1) / read.sum(1).clamp_min(1)

    def score(self, inputs: Sequence[Input]) -> Scores:
        pairs = [(one.texts[0], one.texts[-1]) for one in inputs]
        return self.checked(cosines(pairs, lambda texts: np.array(self.answers(texts))), inputs)

    def differentiable(self, places: Sequence[Place | None]) -> tuple[Tensors, Tensors | None]:
        raise InputError(f"{self.name} cannot be looked into: {self.opaque}")


def no_names(name: str, class_names: Sequence[str]) -> InputError:
    """What to say where names of classes were given."""
    return InputError(
        f"class_names is {shown(class_names)}, and {name} says how similar two texts are, which is one number. Leave "
        "class_names out."
    )


def check_two(fields: Sequence[Field], name: str) -> None:
    """Refuses what is not two texts.

    Raises:
        InputError: there are fewer, or more.
    """
    if len(fields) != 2:
        named = f"{len(fields)} fields ({listing(field.name for field in fields)})" if fields[1:] else "one text"
        raise InputError(
            f"the input has {named}. {name} says how similar two texts are; give it two, such as "
            "{'first': '...', 'second': '...'}."
        )


def cosines(pairs: Sequence[tuple[str, str]], embed: Callable[[list[str]], Floats]) -> Floats:
    """The cosine of the two texts of each pair, ``(n, 1)``; each text is embedded once, as most inputs share one."""
    rows = {text: row for row, text in enumerate(dict.fromkeys(text for pair in pairs for text in pair))}
    vectors = _directions(embed(list(rows)))
    first, second = ([rows[pair[at]] for pair in pairs] for at in (0, 1))
    found: Floats = np.einsum("ne,ne->n", vectors[first], vectors[second])[:, None]
    return found


def _directions(vectors: Floats) -> Floats:
    """Vectors of length one; those of length zero stay."""
    # by the largest first: the square of a number may be none any more
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    scaled = np.divide(vectors, largest, out=np.zeros_like(vectors), where=largest > 0)
    lengths = np.linalg.norm(scaled, axis=1, keepdims=True)
    directions: Floats = np.divide(scaled, lengths, out=scaled, where=lengths > 0)
    return directions


def similarity(embed: Any, *, name: str | None = None) -> Similarity | Embeddings:
    """Makes a model of how similar two texts are, to be explained: the cosine of their embeddings.

    Args:
        embed: what embeds texts: a function from a list of str to vectors ``(n, e)``; an object with such an
            ``encode``, as the models of sentence-transformers are; or an encoder of transformers, as
            ``(model, tokenizer)``, a folder or an id, whose tokens are averaged.
        name: shown to the reader; by default its own.

    Raises:
        ModelError: it is nothing of the kind.

    Example:
        >>> explain({"first": "A dog runs.", "second": "A puppy ran."}, similarity(embed))  # doctest: +SKIP
    """
    if isinstance(embed, (str, os.PathLike)) or is_pair(embed):
        encoder = Embeddings.of(embed if isinstance(embed, tuple) else find(embed), Loading())
        encoder.name = name or encoder.name
        return encoder
    if not callable(getattr(embed, "encode", embed)) or isinstance(embed, type):
        raise ModelError(
            f"the embedding is {shown(embed)}. limelight takes a function from a list of str to vectors (n, e), an "
            "object with such an encode, or an encoder of transformers; give it one."
        )
    return Similarity(embed, name=name)
