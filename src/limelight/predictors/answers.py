"""What a model answers: checked once, before anything is made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from limelight.arrays import Floats, Indices
from limelight.errors import ModelError, PredictionError, said, shown
from limelight.text.inputs import Text

LARGEST = 1e100  # of a score in size: the sum of the squares of all that one can ask is still a number


@dataclass(frozen=True)
class Scores:
    """Scores of some inputs.

    Attributes:
        values: ``(n, k)``; NaN only where a task says that a target is undefined on an input.
        variance: ``(n, k)`` of the noise that is known to be in them, or None.
    """

    values: Floats
    variance: Floats | None = None

    def __len__(self) -> int:
        return len(self.values)

    @classmethod
    def joined(cls, parts: Sequence[Scores]) -> Scores:
        """The scores of several batches as those of one."""
        variances = [part.variance for part in parts if part.variance is not None]
        variance = np.concatenate(variances) if len(variances) == len(parts) else None
        return cls(np.concatenate([part.values for part in parts]), variance)


NOTHING = np.array([], dtype=int), Scores(np.empty((0, 0)))  # a batch that has finished no text


def table_of(answer: object, batch: Sequence[Text], known: int = 0) -> Floats:
    """A model's answer as ``float[n, k]`` of its own memory.

    Args:
        answer: whatever the model gave.
        batch: what it was asked.
        known: number of targets, or 0.

    Raises:
        PredictionError: it is no such table, and what is wrong with it.
    """
    n = len(batch)
    wanted = f"limelight needs one row per text and one column per class: ({n}, {known or 'k'})"
    try:
        table = numbers_of(answer)
    except (TypeError, ValueError) as error:
        raise PredictionError(
            f"the model answered {type(answer).__name__} that is no table of numbers ({error}). {wanted}; "
            "return class probabilities, not labels."
        ) from error
    if table.ndim != 2 or len(table) != n or table.shape[1] != (known or table.shape[1]) or table.shape[1] == 0:
        advice = "return probabilities of all classes, as predict_proba does, not one label a text"
        if table.ndim == 1 and len(table) == n:
            advice += "; of a regression, a row [score] a text"
        if known and table.ndim == 2 and len(table) == n:
            advice = f"name as many classes as the model has columns (class_names now names {known})"
        raise PredictionError(f"the model answered shape {table.shape} for {counted(batch)}. {wanted}; {advice}.")
    bad = ~np.isfinite(table).all(axis=1)
    if bad.any():
        raise PredictionError(
            f"the model answered NaN or infinity for {bad.sum()} of {counted(batch)} "
            f"(the first: {begun(batch[int(bad.argmax())])}). limelight needs finite numbers; "
            "check the model on that text."
        )
    if (most := np.abs(table).max(initial=0)) > LARGEST:
        raise PredictionError(
            f"the model answered {most:.1e}. limelight takes scores up to {LARGEST:.0e} in size, since it squares "
            "them; scale the model's answers down."
        )
    return table


def batches_of(plan: Any, rows: int, name: str) -> list[Indices]:
    """A plan of ``Predictor.plan``, checked.

    Raises:
        ModelError: not every row stands in it once.
    """
    try:
        batches = [np.asarray(batch, dtype=int) for batch in plan]
        whole = np.array_equal(np.sort(np.concatenate(batches)), np.arange(rows))
    except (TypeError, ValueError):
        whole = False
    if not whole:
        raise ModelError(
            f"plan() of {name} gave {shown(plan)} for {rows} texts. limelight takes arrays of rows, in which every row "
            "stands once; correct it, or leave it out."
        )
    return batches


def numbers_of(answer: Any) -> Floats:
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


def counted(batch: Sequence[object]) -> str:
    """How many texts there are."""
    return "1 text" if len(batch) == 1 else f"{len(batch)} texts"


def begun(text: Text) -> str:
    """The beginning of a text, or of those of several fields."""
    return repr(text[:60]) if isinstance(text, str) else f"({', '.join(repr(one[:40]) for one in text)})"


def out_of_memory(error: BaseException) -> bool:
    """Whether it says that memory ran out."""
    # torch is not imported for this: its CUDA error is known by name, its CPU one by text
    text = said(error).lower()
    named = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
    return named or any(t in text for t in ("out of memory", "can't allocate memory", "not enough memory"))
