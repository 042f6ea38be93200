"""What a page is told: answers to its requests, and how much of the wire an explanation takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from limelight.errors import closest, listing
from limelight.explanation import Explanation
from limelight.protocol import KINDS, failure, response
from limelight.render.exports import answer


def answered(
    request: object,
    explanation: Explanation | None,
    verbs: dict[str, Callable[[dict[str, Any]], None]],
    state: Callable[[], dict[str, Any]],
) -> dict[str, Any]:
    """The answer to a request; every one has one.

    Args:
        request: whatever came.
        explanation: the newest, for a file of it.
        verbs: what to do, by kind; given the message.
        state: what is answered where nothing else is.
    """
    if not isinstance(request, dict):
        return failure({}, f"the request is a {type(request).__name__}. limelight answers {listing(KINDS)}.")
    kind, message = request.get("kind"), request.get("msg")
    if kind not in KINDS:
        return failure(request, f"unknown request {kind!r}. limelight answers {listing(KINDS)}.{closest(kind, KINDS)}")
    if message is not None and not isinstance(message, dict):
        return failure(request, f"the message of {kind!r} is a {type(message).__name__}. limelight takes a dict.")
    if kind == "export":
        return answer(request, explanation)
    verbs[kind](message or {})
    return response(request, state())


def bytes_of(explanation: Explanation) -> int:
    """About how long the document is on the wire."""
    one = explanation
    arrays = (one.weights, one.intervals, one.term_weights, one.term_intervals, one.joint_weights, one.joint_intervals)
    numbers = sum(array.size * (6 if array.size > 4096 else 20) for array in arrays if array is not None)
    attention = len(explanation.attention["data"]) if explanation.attention else 0
    return numbers + 2 * sum(map(len, explanation.texts)) + attention


def target_of(explanation: Explanation, target: object) -> object:
    """A chosen target as the page knows it: by its name, or as a stretch of an answer.

    For None it is the predicted target; of an answer all of it, for which None stands. Raises InputError for none such.
    """
    part, at = explanation.chosen(target)  # type: ignore[arg-type]  # whatever a reader gave
    if part is not explanation and (target is None or isinstance(target, tuple)):
        return target
    return str(part.targets[part.index(at)])
