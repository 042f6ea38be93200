"""How the head of a model becomes ``(n, k)`` scores: one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from limelight.arrays import Floats
from limelight.errors import ModelError, listing


def softmax(logits: Floats) -> Floats:
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: Floats = shifted / shifted.sum(axis=-1, keepdims=True)
    return shares


def sigmoid(logits: Floats) -> Floats:
    return 0.5 * (1 + np.tanh(0.5 * logits))


def identity(logits: Floats) -> Floats:
    return logits


@dataclass(frozen=True)
class Head:
    """What a head's outputs mean.

    Attributes:
        scores: maps logits ``(n, k)`` to scores ``(n, k)``.
        scale: what a score is: ``"probability"`` or ``"value"``.
        probabilities: the same as ``scores`` on torch's tensors, or None where scores are values.
    """

    scores: Callable[[Floats], Floats]
    scale: str
    probabilities: Callable[[Any], Any] | None = None


# The keys are transformers' own names for `config.problem_type`.
HEADS = {
    "single_label_classification": Head(softmax, "probability", lambda logits: logits.softmax(-1)),
    "multi_label_classification": Head(sigmoid, "probability", lambda logits: logits.sigmoid()),
    "regression": Head(identity, "value"),
}


def head_of(problem_type: str | None, outputs: int) -> Head:
    """Chooses the head as transformers' own loss does.

    An unset ``problem_type`` means regression for one output (its loss is then
    the squared error) and one label out of k otherwise.

    Raises:
        ModelError: the problem type is none that transformers defines.
    """
    if problem_type is None:
        problem_type = "regression" if outputs == 1 else "single_label_classification"
    if not isinstance(problem_type, str) or problem_type not in HEADS:
        raise ModelError(
            f"the model's config has problem_type {problem_type!r}. limelight knows {listing(HEADS)}; "
            "set config.problem_type to the one the model was trained for."
        )
    return HEADS[problem_type]
