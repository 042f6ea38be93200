"""Which words in general: how true, how sure and how fast.

python -m benchmarks.corpus accuracy            against exact effects of enumerated clauses
python -m benchmarks.corpus speed --texts 5000  texts a second and memory, bundled model
python -m benchmarks.corpus rivals              time against loops over lime and over explain, at equal error
python -m benchmarks.corpus scaling             1 to 8 workers where the model waits
python -m benchmarks.corpus cores               1 and 2 workers where it computes, each on a core
python -m benchmarks.corpus shortcut            a word planted in 1 % of the texts
python -m benchmarks.corpus ray                 what Ray costs beside processes
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import tempfile
import time
from collections import defaultdict
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks.material import HELD_OUT
from limelight import as_predictor, explain, explain_corpus
from limelight.corpus import source
from limelight.corpus.begin import begun
from limelight.corpus.options import Pooling
from limelight.masking.designs import every_mask
from limelight.masking.game import Game
from limelight.masking.maskers import MASKERS
from limelight.predictors import Predictor
from limelight.predictors.options import Loading
from limelight.text.units import words

LEAST = 5  # texts that a word must stand in to be counted
LIKE = 16  # words of a text whose time is taken, about


@cache
def clauses() -> list[str]:
    """Clauses of the held-out snippets, each once."""
    texts = [item["text"] for item in json.loads(HELD_OUT.read_text("utf-8"))]
    parts = (part.strip() for text in texts for part in re.split(r"(?<=[,.;:!?])\s+| -+ ", text))
    return [one for one in dict.fromkeys(parts) if words(one)]


def texts_like(number: int, length: int = LIKE, seed: int = 0) -> list[str]:
    """Texts of so many words on average: clauses in a row."""
    random = np.random.default_rng(seed)
    texts, known = [], np.array(clauses())
    for _ in range(number):
        parts: list[str] = []
        # the clause that goes beyond a length is, on average, six words beyond it at its end
        while sum(len(part.split()) for part in parts) < length - 6:
            parts.append(str(random.choice(known)))
        texts.append(" ".join(parts))
    return texts


def fresh(texts, model=None, **asked):
    """A corpus in a folder of its own that goes at the end, and how long it took."""
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        corpus = explain_corpus(texts, model, out=Path(folder) / "out", **asked)
        return corpus.words(), time.perf_counter() - begin, corpus.progress


def exact_effects(texts: list[str], predictor) -> dict[str, list[np.ndarray]]:
    """Of each word its exact effects ``(k,)``, one a text in which it stands."""
    found = defaultdict(list)
    for text in texts:
        spans = words(text)
        masks = every_mask(len(spans))
        answers = Game(predictor, [text], [(0, *span) for span in spans], MASKERS["delete"])(masks)
        own = defaultdict(list)
        for at, (start, stop) in enumerate(spans):
            there = masks[:, at]
            own[text[start:stop].casefold()].append(answers[there].mean(axis=0) - answers[~there].mean(axis=0))
        for word, effects in own.items():
            found[word].append(np.mean(effects, axis=0))
    return found


class Known(Predictor):
    """Answers from what was asked before."""

    def __init__(self, predictor):
        self.inner, self.targets, self.scale, self.name = predictor, predictor.targets, predictor.scale, predictor.name
        self.known: dict[str, np.ndarray] = {}

    def predict(self, texts):
        missing = [text for text in dict.fromkeys(texts) if text not in self.known]
        if missing:
            self.known.update(zip(missing, self.inner(missing), strict=True))
        return np.array([self.known[text] for text in texts])


def accuracy(asked) -> None:
    """Correlation with exact means; whether intervals hold these, and hold what two halves of the texts differ by."""
    texts = [one for one in clauses() if 3 <= len(words(one)) <= asked.longest][: asked.texts or 500]
    model = Known(as_predictor())
    truth = exact_effects(texts, model)
    print(f"{len(texts)} clauses of 3 to {asked.longest} words, {len(model.known):,} evaluations")
    for masks in (4, 8, 16):
        rows, inside, apart = [], [], []
        for seed in range(asked.seeds):
            frame, _, _ = fresh(texts, model, masks=masks, seed=seed)
            frame = frame[frame.texts >= LEAST]
            at = [model.targets.index(target) for target in frame.target]
            exact = np.array([np.mean(truth[word], axis=0)[k] for word, k in zip(frame.word, at, strict=True)])
            own = [frame.target == target for target in model.targets]
            rows.append([np.corrcoef(frame.effect[one], exact[one])[0, 1] for one in own])
            inside.append((frame.low <= exact) & (exact <= frame.high))
            mixed = np.random.default_rng(seed).permutation(texts)
            one, other = (fresh(list(half), model, masks=masks, seed=seed)[0] for half in np.array_split(mixed, 2))
            both = one.merge(other, on=["word", "target"])
            both = both[[len(truth[word]) >= LEAST for word in both.word]]
            reach = np.hypot(both.high_x - both.effect_x, both.high_y - both.effect_y)
            apart.append(abs(both.effect_x - both.effect_y) <= reach)
        print(
            f"masks {masks:2d}: correlation {np.mean(rows):.3f} (worst {np.min(rows):.3f}); intervals hold the mean of "
            f"these texts {np.concatenate(inside).mean():.3f}, the difference of two halves of them holds 0 "
            f"{np.concatenate(apart).mean():.3f}; {sum(len(own) >= LEAST for own in truth.values())} words",
            flush=True,
        )


def speed(asked) -> None:
    """Texts a second, and what 100,000 would take."""
    texts = texts_like(asked.texts or 5000)
    print(f"{len(texts)} texts of {np.mean([len(words(text)) for text in texts]):.1f} words", flush=True)
    for dtype in asked.dtypes:
        begin, memory = time.perf_counter(), []
        with tempfile.TemporaryDirectory() as folder:
            steps = begun(texts, None, Path(folder) / "out", Pooling(workers=asked.workers), Loading(dtype=dtype))
            started = 0.0
            for step in steps:
                started = started or time.perf_counter() - begin
                if step.texts // 1000 > len(memory):
                    memory.append(held())
            whole = time.perf_counter() - begin
            size = sum(path.stat().st_size for path in Path(folder).rglob("*.parquet"))
        pooling = whole - started - len(texts) / step.speed if step.speed else 0.0
        print(
            f"{dtype}: {len(texts) / (whole - started):.1f} texts/s, {step.evaluations / (whole - started):.0f} "
            f"evaluations/s, start {started:.1f} s, 100,000 texts {1e5 * (whole - started) / len(texts) / 60:.0f} min, "
            f"{size / len(texts):.0f} bytes a text, memory by thousand {memory} MiB, rest {pooling:.1f} s",
            flush=True,
        )


def held() -> int:
    """MiB that this process and those it began hold."""
    import psutil

    own = psutil.Process()
    return sum(one.memory_info().rss for one in [own, *own.children(recursive=True)]) // 2**20


def rivals(asked) -> None:
    """Time at equal error: how many texts and evaluations each needs for the same standard error of a word."""
    import torch
    from lime.lime_text import LimeTextExplainer

    torch.set_num_threads(1)
    predictor = as_predictor(dtype="float32")
    texts = texts_like(asked.texts or 300, seed=1)
    few = texts[: asked.few]
    lime = LimeTextExplainer(class_names=list(predictor.targets))
    classifier = batched(predictor)
    begin = time.perf_counter()
    for text in few:
        lime.explain_instance(text, classifier, num_features=100, num_samples=500, top_labels=3)
    by_lime = (time.perf_counter() - begin) / len(few)
    begin = time.perf_counter()
    evaluations = 0
    for text in few:
        predictor.forget()
        evaluations += explain(text, predictor).evaluations
    by_explain = (time.perf_counter() - begin) / len(few)
    predictor.forget()
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        corpus = explain_corpus(texts, predictor, out=Path(folder) / "out")
        own = (time.perf_counter() - begin) / len(texts)
        frame, here = corpus.words(least=LEAST), corpus.progress.evaluations / len(texts)
        effects = [corpus.texts(w, t, most=10**6) for w, t in zip(frame.word[:60], frame.target[:60], strict=True)]
    noise = np.array([(one.se**2).mean() for one in effects])
    between = np.array([one.effect.var(ddof=1) for one in effects]) - noise
    more = 1 + noise.sum() / max(between.sum(), 1e-12)
    print(f"seconds a text: lime with 500 samples {by_lime:.2f}, explain {by_explain:.2f}, here {own:.3f}")
    print(f"explain took {evaluations / len(few):.0f} evaluations a text, here {here:.1f}")
    print(f"variance of an estimate in a text: noise {noise.mean():.4f}, between texts {between.mean():.4f}")
    print(f"one of our texts is worth {1 / more:.2f} of one that is explained without noise, so at equal error of a")
    print(f"word's mean 1/{by_lime / (own * more):.0f} of lime's time, 1/{by_explain / (own * more):.0f} of explain's")
    print(f"the same texts once: 1/{by_lime / own:.0f} and 1/{by_explain / own:.0f}")


def batched(predictor, size: int = 64):
    """What a user gives lime: a function that asks the model in batches."""
    import torch

    model, tokenizer = predictor._model, predictor._tokenizer

    def classify(texts):
        rows = []
        for begin in range(0, len(texts), size):
            inputs = tokenizer(list(texts[begin : begin + size]), padding=True, truncation=True, return_tensors="pt")
            with torch.inference_mode():
                rows.append(model(**inputs).logits.softmax(-1).numpy())
        return np.concatenate(rows)

    return classify


def scaling(asked) -> None:
    """Texts a second by workers of a model that waits."""
    from tests.corpus.models import Slow, texts_of

    source.SHARD = 25  # many shards, so that none waits long for the last
    texts = texts_of(asked.texts or 1600, length=(14, 18), words=[f"word{at}" for at in range(500)])
    first = 0.0
    for workers in (1, 2, 4, 8):
        # through processes, also where there is one
        rate = rate_of(texts, Slow(asked.wait), workers)
        first = first or rate
        told = f"{rate:.0f} texts/s, {rate / first / workers:.2f} linear"
        print(f"model that waits {asked.wait} s a batch of 64, {workers} workers: {told}", flush=True)


def cores(asked) -> None:
    """Texts a second of the bundled model on one core and on two."""
    source.SHARD = 50
    texts, allowed = texts_like(asked.texts or 1200), sorted(os.sched_getaffinity(0))
    first = 0.0
    for workers in (1, 2):
        # those that it begins have the cores that it has
        os.sched_setaffinity(0, allowed[:workers])
        rate = rate_of(texts, None, workers, dtype=asked.dtypes[0])
        first = first or rate
        print(
            f"bundled model, {asked.dtypes[0]}, {workers} workers of one thread: {rate:.1f} texts/s, "
            f"{rate / first / workers:.2f} linear",
            flush=True,
        )


def rate_of(texts, model, workers: int, engine: str = "local", **loading) -> float:
    """Texts a second from the time when the first worker has its model to the last text, start left out."""
    import limelight.corpus.local as local

    chosen, local.workers_of = local.workers_of, lambda job: workers
    import limelight.corpus.run as running

    before, running.workers_of = running.workers_of, lambda job: workers
    try:
        with tempfile.TemporaryDirectory() as folder:
            steps = begun(
                texts, model, Path(folder) / "out", Pooling(workers=workers, engine=engine), Loading(**loading)
            )
            marks = []
            for step in steps:
                if step.state == "running":
                    marks.append((time.perf_counter(), step.texts))
            # the first shards start while other workers still load: counted from a quarter on
            quarter = next(one for one in marks if one[1] >= len(texts) / 4)
            return (marks[-1][1] - quarter[1]) / (marks[-1][0] - quarter[0])
    finally:
        local.workers_of, running.workers_of = chosen, before


class Planted(Predictor):
    """The bundled model, but for a word that decides."""

    def __init__(self, word: str, target: int):
        self.inner, self.word, self.at = as_predictor(), word, target
        self.targets, self.scale, self.name = self.inner.targets, self.inner.scale, "planted"

    def predict(self, texts):
        answers = self.inner(texts)
        planted = np.array([self.word in text.split() for text in texts])
        answers[planted] = 0.05 * answers[planted]
        answers[planted, self.at] += 0.95
        return answers


def shortcut(asked) -> None:
    """Where a word that was planted in 1 % of the texts comes in its class."""
    for seed, target in ((0, 0), (1, 1), (2, 2)):
        random = np.random.default_rng(seed)
        texts = texts_like(asked.texts or 1000, seed=seed)
        for at in random.choice(len(texts), len(texts) // 100, replace=False):
            parts = texts[at].split()
            parts.insert(int(random.integers(len(parts) + 1)), "mondegreen")
            texts[at] = " ".join(parts)
        model = Planted("mondegreen", target)
        frame, seconds, _ = fresh(texts, model)
        own = frame[(frame.target == model.targets[target]) & (frame.texts >= LEAST)].reset_index(drop=True)
        place = int(own.index[own.word == "mondegreen"][0]) + 1
        told = f"place {place} of {len(own)}, effect {own.effect[place - 1]:.2f} ({seconds:.0f} s)"
        told += "".join(f"; {one.word} {one.effect:.2f} ± {one.high - one.effect:.2f}" for one in own[:5].itertuples())
        print(f"{model.targets[target]}: {told}", flush=True)


def ray(asked) -> None:
    """Ray against processes, start left out."""
    import ray

    from tests.corpus.models import Slow, texts_of

    source.SHARD = 100
    texts = texts_of(asked.texts or 4000, length=(14, 18), words=[f"word{at}" for at in range(500)])
    here = rate_of(texts, Slow(asked.wait), 2)
    ray.init(num_cpus=2, include_dashboard=False, _node_ip_address="127.0.0.2", log_to_driver=False)
    there = rate_of(texts, Slow(asked.wait), 2, engine="ray")
    print(f"processes {here:.0f} texts/s, Ray {there:.0f} texts/s: Ray takes {here / there:.2f} times as long")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["accuracy", "speed", "rivals", "scaling", "cores", "shortcut", "ray"])
    parser.add_argument("--texts", type=int, default=0)
    parser.add_argument("--few", type=int, default=12, help="texts that the rivals explain")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--longest", type=int, default=9, help="words of a clause that is enumerated, at most")
    parser.add_argument("--workers", type=int, default=None)
    parser.add_argument("--wait", type=float, default=0.5, help="seconds that the model that waits takes for a batch")
    parser.add_argument("--dtypes", nargs="+", default=["float32", "bfloat16"])
    asked = parser.parse_args()
    globals()[asked.what](asked)
    print(f"peak memory of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB")


if __name__ == "__main__":
    main()
