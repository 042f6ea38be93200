"""Models whose answers are known to the bit, and what is asked of them here."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable

import numpy as np

from limelight import explain

FINAL = ("done", "stopped", "failed")
WORDS = {"good": 1.2, "bad": -0.9, "fun": 0.5, "dull": -0.7}


def pure(texts: list[str]) -> np.ndarray:
    """Probabilities of two classes: of each text alone, whatever else is asked."""
    logits = [sum(WORDS.get(word.strip(".,!"), 0) for word in text.split()) for text in texts]
    logits = [-logit if "not" in text else logit for logit, text in zip(logits, texts, strict=True)]
    # not numpy's, whose last bit may depend on a number's place in the array
    yes = [1 / (1 + math.exp(-logit - 0.01 * len(text))) for logit, text in zip(logits, texts, strict=True)]
    return np.array([[1 - p, p] for p in yes])


class Held:
    """A function that counts its calls, and from a chosen one on answers only when it is let."""

    def __init__(self, at: int = 0) -> None:
        self.at, self.calls = at, 0
        self.reached, self.free = threading.Event(), threading.Event()

    def __call__(self, texts: list[str]) -> np.ndarray:
        self.calls += 1
        if self.calls == self.at:
            self.reached.set()
            assert self.free.wait(30)
        return pure(texts)


def sentence(said: str) -> str:
    """Checks that an error can be shown anywhere, and returns it."""
    assert 0 < len(said) <= 2000, len(said)
    said.encode()  # no half characters
    assert all(char in "\n\t" or ord(char) >= 32 for char in said), said
    return said


def in_a_thread(work: Callable[[], object], seconds: float = 20) -> object:
    """What some work answers or raises in a thread of its own, which has to end."""
    outcome = []

    def run() -> None:
        try:
            outcome.append(work())
        except BaseException as error:
            outcome.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    assert not thread.is_alive(), "it waits for ever"
    return outcome[0]


def same(one, other) -> bool:
    """Whether two explanations are equal to the bit, whatever their models are called."""
    one, other = one.to_dict(), other.to_dict()
    return all(one[name] == other[name] for name in one if name not in ("seconds", "model"))


def free_for_others(model) -> None:
    """Checks that nobody holds a model: another thread gets an answer, or an error, in time."""
    in_a_thread(lambda: explain("a b", model, method="occlusion"))


class Function:
    """Answers ``answer(texts, self)``; counts its calls, and has a place to keep things."""

    def __init__(self, answer) -> None:
        self.answer, self.calls, self.kept = answer, 0, []

    def __call__(self, texts):
        self.calls += 1
        return self.answer(texts, self)


def function(answer):
    """A maker of functions that answer ``answer(texts, self)``."""
    return lambda: Function(answer)


def late(answer, at):
    """A maker of functions that answer as ``pure`` does before a call, and ``answer(texts)`` from it on."""
    return function(lambda texts, self: pure(texts) if self.calls < at else answer(texts))


def form(of):
    """A maker of functions that answer as ``pure`` does, in another form."""
    return function(lambda texts, _: of(pure(texts)))


def raising(error, *given):
    """A function that raises; a new error each time, which holds no frame of the last."""

    def raises(*_):
        raise error(*given)

    return raises


def broken_property():
    """A property that cannot be had."""
    return property(raising(ValueError, "no such thing"))
