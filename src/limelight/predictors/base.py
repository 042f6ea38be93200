"""What every model looks like to limelight: texts in, an ``(n, k)`` table out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import numpy as np

from limelight.errors import InputError, LimelightError, PredictionError, quoted
from limelight.predictors.cache import Cache
from limelight.predictors.turns import Turns
from limelight.text.spans import Span

if TYPE_CHECKING:
    from limelight.predictors.hf.internals import Inside

LARGEST = 1e100  # of a score in size: the sum of the squares of all that one can ask is still a number


class Predictor(ABC):
    """Maps a batch of texts to scores and names its targets.

    A subclass implements ``predict``; it may override ``plan`` to choose better
    batches, and set the optional attributes where its model has them.

    Attributes:
        name: shown to the reader.
        targets: names of the ``k`` targets, distinct; known at the latest after
            the first prediction.
        scale: what a score is: ``"probability"`` or ``"value"``.
        mask_token: what the model reads as "a word was here", or None.
        warnings: sentences about the model that every reader must see.
        dtype: what the model computes in, or ``""`` where it is not known.
        opaque: the sentence that says why nobody can look inside, or ``""``.
    """

    name: str = "model"
    targets: tuple[str, ...] = ()
    scale: str = "probability"
    mask_token: str | None = None
    warnings: tuple[str, ...] = ()
    dtype: str = ""
    opaque: str = (
        "limelight sees only the answers of this model, not its gradients or attention. "
        "Give it as (model, tokenizer) of transformers, or by name."
    )
    batch_size: int = 64

    @property
    def cache(self) -> Cache:
        """What the model has answered so far; made when first asked for, so that a subclass need not."""
        return self.__dict__.setdefault("_cache", Cache())

    @classmethod
    def accepts(cls, obj: object) -> bool:
        """Whether this backend can serve what the user calls a model."""
        return False

    @classmethod
    def of(cls, obj: object, *, class_names, device: str, dtype: str, safetensors_only: bool) -> Predictor:
        """Builds a predictor from what ``accepts`` accepts; options as in ``as_predictor``."""
        raise NotImplementedError

    @abstractmethod
    def predict(self, texts: list[str]) -> np.ndarray:
        """Scores of one batch, ``(n, k)``."""

    def plan(self, texts: list[str]) -> list[np.ndarray]:
        """Rows of each batch, in the order in which they are to run."""
        rows = np.arange(len(texts))
        return [rows[i : i + self.batch_size] for i in range(0, len(texts), self.batch_size)]

    def reads(self, text: str) -> int:
        """How many code points of ``text`` the model reads before its window ends."""
        return len(text)

    def tokens(self, text: str) -> list[Span]:
        """The model's own pieces of a text, as spans.

        Raises:
            InputError: the model does not tell.
        """
        raise InputError(
            f"{self.name} does not tell how it cuts a text into tokens, so unit='token' cannot be served. "
            "unit='word' and unit='character' work with every model."
        )

    def inside(self, text: str) -> AbstractContextManager[Inside]:
        """The model opened on one text, for methods along gradients or attention; nobody else asks it for the while.

        Raises:
            InputError: the model cannot be looked into.
        """
        raise InputError(f"{self.name} cannot be looked into: {self.opaque}")

    def batches(self, texts: list[str]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Predicts batch by batch, so that a caller can stop in between.

        Yields:
            ``(rows, scores)``: positions in ``texts`` and their ``(len(rows), k)`` scores.

        Raises:
            PredictionError: the model raised, or answered anything but a finite
                ``(n, k)`` table.
        """
        # the empty text is everybody's: asked alone it has the same answer to the bit whatever else is asked
        empty = [row for row, text in enumerate(texts) if not text]
        others = np.array([row for row, text in enumerate(texts) if text], dtype=int)
        plan = self.plan([texts[row] for row in others]) if len(others) else []
        for rows in [*(others[rows] for rows in plan), *(np.array([row]) for row in empty)]:
            yield rows, self._ask([texts[row] for row in rows])

    def relieve(self) -> None:
        """Called after a batch did not fit in memory: make the coming ones smaller."""
        self.batch_size = max(1, self.batch_size // 2)

    @property
    def turns(self) -> Turns:
        """In which threads ask the model one batch at a time, in order of asking."""
        return self.__dict__.setdefault("_turns", Turns())

    def _ask(self, batch: list[str]) -> np.ndarray:
        try:
            with self.turns.turn():
                # checked within the turn: a model may answer the next caller in the same memory
                return self.checked(self.predict(batch), batch)
        except LimelightError:
            raise
        except Exception as error:
            if len(batch) == 1 or not _out_of_memory(error):
                raise PredictionError(
                    f"the model raised {quoted(error)} on {_count(batch)} "
                    f"(the first: {batch[0][:60]!r}). A model takes a list of str, the empty one among them; "
                    "try it on that text alone."
                ) from error
        # outside the handler, so that what the failed batch held is free again
        self.relieve()
        half = len(batch) // 2
        return np.concatenate([self._ask(batch[:half]), self._ask(batch[half:])])

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        """Scores of any number of texts, ``(n, k)``."""
        texts = list(texts)
        out = None
        for rows, scores in self.batches(texts):
            if out is None:
                out = np.empty((len(texts), scores.shape[1]))
            out[rows] = scores
        return np.empty((0, len(self.targets))) if out is None else out

    def checked(self, answer: object, batch: list[str]) -> np.ndarray:
        """The answer as ``float[n, k]`` of its own memory, or a PredictionError that says what is wrong with it."""
        n, k = len(batch), len(self.targets) or None
        wanted = f"limelight needs one row per text and one column per class: ({n}, {k or 'k'})"
        try:
            table = _real(answer)
        except (TypeError, ValueError) as error:
            raise PredictionError(
                f"the model answered {type(answer).__name__} that is no table of numbers ({error}). {wanted}; "
                "return class probabilities, not labels."
            ) from error
        if table.ndim != 2 or len(table) != n or table.shape[1] != (k or table.shape[1]) or table.shape[1] == 0:
            advice = "return probabilities of all classes, as predict_proba does, not one label a text"
            if k and table.ndim == 2 and len(table) == n:
                advice = f"name as many classes as the model has columns (class_names now names {k})"
            raise PredictionError(f"the model answered shape {table.shape} for {_count(batch)}. {wanted}; {advice}.")
        bad = ~np.isfinite(table).all(axis=1)
        if bad.any():
            raise PredictionError(
                f"the model answered NaN or infinity for {bad.sum()} of {_count(batch)} "
                f"(the first: {batch[int(bad.argmax())][:60]!r}). limelight needs finite numbers; "
                "check the model on that text."
            )
        if (most := np.abs(table).max(initial=0)) > LARGEST:
            raise PredictionError(
                f"the model answered {most:.1e}. limelight takes scores up to {LARGEST:.0e} in size, since it squares "
                "them; scale the model's answers down."
            )
        return table


def _real(answer: object) -> np.ndarray:
    """Numbers as floats of their own memory, which a model may use again, if that loses nothing of them.

    Raises:
        TypeError, ValueError: they are something else.
    """
    if hasattr(answer, "detach"):
        answer = answer.detach().cpu()
        answer = answer.numpy() if answer.is_complex() else answer.double().numpy()
    rows = answer if isinstance(answer, (list, tuple)) else [answer]
    if any(np.ma.is_masked(row) for row in rows):
        raise ValueError("some of its entries are masked")
    table = np.asarray(answer)
    if table.dtype == object:
        table = np.asarray(table.tolist())
    if table.dtype.kind in "cMm":
        raise TypeError(f"its numbers are {table.dtype.name}")
    return table.astype(float)  # always a copy


def checked_names(class_names: object) -> list | None:
    """Class names as a list, which has an order; None as it is.

    Raises:
        InputError: they are something else.
    """
    if class_names is None:
        return None
    # one str is no list, a set has no order, a dict may have another, and an iterator can be read only once
    if isinstance(class_names, (str, bytes, Set, Mapping)) or not hasattr(class_names, "__len__"):
        raise InputError(
            f"class_names is the {type(class_names).__name__} {class_names!r}. limelight takes a list of names, "
            "one a column, in their order; write class_names=['first', 'second']."
        )
    return list(class_names)


def distinct(names: Sequence[object]) -> tuple[str, ...]:
    """Target names as distinct strings: a repeated name gets its position."""
    texts = [str(name) for name in names]
    seen = Counter(texts)
    return tuple(t if seen[t] == 1 else f"{t} [{i}]" for i, t in enumerate(texts))


def _out_of_memory(error: Exception) -> bool:
    # torch is not imported for this: its CUDA error is known by name, its CPU one by text
    text = str(error).lower()
    named = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
    return named or any(t in text for t in ("out of memory", "can't allocate memory", "not enough memory"))


def _count(batch: list[str]) -> str:
    return "1 text" if len(batch) == 1 else f"{len(batch)} texts"
