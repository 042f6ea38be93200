"""Attention rollout (Abnar & Zuidema, ACL 2020): where the model looks."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from limelight.arrays import Floats
from limelight.captions import note
from limelight.document import Attention
from limelight.explanation import Explanation
from limelight.methods.base import Budget, Method, Problem

LOOKS = note("attention")
MOST_SHOWN = 2_000_000  # bytes of attention in the document


def rollout(attention: np.ndarray) -> Floats:
    """How much of each input token is in each output token, ``(n, n)``.

    Heads are averaged, half of each layer's output is taken to be its input passed on,
    and layers are multiplied.

    Args:
        attention: ``(layers, heads, n, n)``.
    """
    n = attention.shape[-1]
    total = np.eye(n)
    for layer in attention.mean(axis=1):
        mixed = (layer + np.eye(n)) / 2
        total = mixed / mixed.sum(axis=-1, keepdims=True) @ total
    return total


def of_words(attention: np.ndarray, members: np.ndarray) -> Floats:
    """Attention between words: summed over the tokens of the word looked at, averaged over those of the looking one.

    Args:
        attention: ``(..., n, n)``.
        members: ``bool[n, d]``.

    Returns:
        ``(..., d, d)``.
    """
    share = members / np.maximum(members.sum(axis=0), 1)
    between: Floats = share.T @ (attention @ members)
    return between


class AttentionRollout(Method):
    """The share of each word in what the classifier reads, were attention all that moves.

    Example:
        >>> explain("Not a bad film.", method="attention_rollout").top(1)  # doctest: +SKIP
    """

    name = "attention_rollout"
    title = "Attention rollout"
    asks = "one pass"
    needs_internals = True

    def least_budget(self, features: int) -> int:
        return 1

    def steps(self, problem: Problem, budget: Budget, seed: int) -> Iterator[Explanation]:
        internals = problem.game.internals()
        attention, members = internals.attention(), internals.of_features(problem.prediction.places)
        # a model whose tokens see only what is before them answers from the last one
        causal = np.allclose(np.triu(attention[0, 0], 1), 0)
        read = rollout(attention)[-1 if causal else 0] @ members
        yield replace(
            problem.prediction,
            weights=np.tile(read, (problem.targets, 1)),
            scale="attention",
            masker="",
            attention=packed(of_words(attention, members)),
            evaluations=problem.game.evaluations + 1,
            budget=2,
            state="exact",
            warnings=(*problem.prediction.warnings, LOOKS),
        )


def packed(attention: np.ndarray) -> Attention:
    """``(layers, heads, d, d)`` shares as bytes in base64, 255 for all; heads averaged where it would be too long."""
    if attention.size > MOST_SHOWN:
        attention = attention.mean(axis=1, keepdims=True)
    layers, heads = attention.shape[:2]
    data = np.clip(np.rint(attention * 255), 0, 255).astype(np.uint8).tobytes()
    return {"layers": layers, "heads": heads, "data": base64.b64encode(data).decode()}
