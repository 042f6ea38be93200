"""Models whose effects are known, to be had by another process, too."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import numpy as np

from limelight.predictors import Predictor

WEIGHTS = {"good": 0.5, "fine": 0.25, "bad": -0.5, "dull": -0.25, "film": 0.0, "plot": 0.125}


class Sum(Predictor):
    """Adds up weights of words, the negative of which the other target has."""

    name = "sum"
    scale = "value"
    targets = ("up", "down")

    def __init__(self, weights=WEIGHTS):
        self.weights = weights
        self.asked: list[str] = []

    def predict(self, texts):
        self.asked += texts
        up = np.array([sum(self.weights.get(word.casefold(), 0.0) for word in text.split()) for text in texts])
        return np.stack([up, -up], axis=1)


class Negated(Sum):
    """The same, and "not" turns the sign of all."""

    def predict(self, texts):
        sign = np.array([-1.0 if "not" in text.split() else 1.0 for text in texts])
        return super().predict(texts) * sign[:, None]


class Picky(Sum):
    """Fails on texts that hold a word."""

    def predict(self, texts):
        if any("cursed" in text.split() for text in texts):
            raise RuntimeError("I do not read that")
        return super().predict(texts)


class Slow(Sum):
    """Takes its time for each batch, as a server does, and no processor."""

    batch_size = 64

    def __init__(self, seconds, weights=WEIGHTS):
        super().__init__(weights)
        self.seconds = seconds

    def predict(self, texts):
        time.sleep(self.seconds)
        return super().predict(texts)


class Deadly(Sum):
    """Kills the process it is in, once: where a file says that it has not yet; ``after`` a folder has a part."""

    def __init__(self, mark: str, word: str = "plot", times: int = 1, after: str | None = None):
        super().__init__()
        self.mark, self.word, self.times, self.after = mark, word, times, after

    def predict(self, texts):
        done = Path(self.mark).read_text().count("x") if Path(self.mark).exists() else 0
        if done < self.times and any(self.word in text.split() for text in texts):
            end = time.monotonic() + 30
            while self.after and not any(Path(self.after).glob("part-*.parquet")) and time.monotonic() < end:
                time.sleep(0.02)
            with open(self.mark, "a") as file:
                file.write("x")
            os.kill(os.getpid(), signal.SIGKILL)
        return super().predict(texts)


def texts_of(number, words=tuple(WEIGHTS), length=(2, 12), seed=0):
    """Texts of random words."""
    random = np.random.default_rng(seed)
    return [" ".join(random.choice(words, random.integers(*length))) for _ in range(number)]


def files_in(folder):
    """Bytes of each file of a corpus by its name, but for how long it took."""
    found = Path(folder).rglob("*.*")
    return {str(p.relative_to(folder)): p.read_bytes() for p in found if p.is_file() and p.name != "progress.json"}
