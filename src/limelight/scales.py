"""What a score is measured in: the same answers of a model, seen as probability, its logarithm, logit or log-odds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from limelight.arrays import Floats

FLOOR = 1e-12  # below this a probability says nothing more: log-odds of 28
LEAST = 1e-300  # the same of a product of many


def logit(probabilities: Floats) -> Floats:
    """The model's logits ``(n, k)``: centred where classes exclude each other, since softmax forgets their level."""
    if not exclusive(probabilities):
        return log_odds(probabilities)
    logs = np.log(np.maximum(probabilities, FLOOR))
    centred: Floats = logs - logs.mean(axis=1, keepdims=True)
    return centred


def exclusive(probabilities: Floats) -> bool:
    """Whether classes exclude each other: there are several, and they add up to one in every row ``(n, k)``."""
    return probabilities.shape[1] > 1 and bool(np.allclose(probabilities.sum(axis=1), 1, atol=1e-4))


def log_odds(probabilities: Floats) -> Floats:
    """Each class against the rest, ``log(p / (1 - p))``."""
    inside = np.clip(probabilities, FLOOR, 1 - FLOOR)
    return np.log(inside) - np.log1p(-inside)


def log_probability(probabilities: Floats) -> Floats:
    """What adds up where probabilities multiply: those of several tokens may be far below ``FLOOR``."""
    return np.log(np.maximum(probabilities, LEAST))


def noise(variance: Floats, probabilities: Floats, scale: str) -> Floats:
    """Variance ``(n, k)`` of what ``SCALES[scale]`` makes of probabilities that are known with a variance.

    To the first order; of differences between classes at most, since their errors may go against each other.
    """
    if scale not in ("logit", "log-odds", "log-probability"):
        return variance
    inside = clear_of(probabilities, variance, scale)
    errors = np.sqrt(variance) / inside
    if scale == "logit" and exclusive(probabilities):
        errors = errors * (1 - 1 / errors.shape[1]) + (errors.sum(axis=1, keepdims=True) - errors) / errors.shape[1]
    elif scale != "log-probability":
        errors /= 1 - inside
    squared: Floats = errors**2
    return squared


def clear_of(probabilities: Floats, variance: Floats, scale: str) -> Floats:
    """Probabilities no nearer than their own noise to what has no end on a scale: 0, and of log-odds 1."""
    least = np.minimum(np.sqrt(variance), 0.5)
    return np.clip(probabilities, least, 1 if scale == "log-probability" else np.maximum(1 - least, least))


SCALES: dict[str, Callable[[Floats], Floats]] = {
    "probability": lambda answers: answers,
    "logit": logit,
    "log-odds": log_odds,
    "log-probability": log_probability,
}


def probabilities(scores: Floats, scale: str, excluding: bool) -> Floats:
    """What ``SCALES[scale]`` was made of, of the model's targets ``(..., k)``.

    Args:
        scores: on that scale; any real numbers.
        scale: one of ``SCALES``.
        excluding: whether classes exclude each other.
    """
    if scale == "probability":
        return scores
    if scale == "log-probability":
        likely: Floats = np.exp(np.minimum(scores, 0))
        return likely
    if scale == "logit" and excluding:
        odds = np.exp(scores - scores.max(axis=-1, keepdims=True))
        shares: Floats = odds / odds.sum(axis=-1, keepdims=True)
        return shares
    return 1 / (1 + np.exp(-np.clip(scores, -700, 700)))
