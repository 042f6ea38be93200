"""What the benchmarks share: texts, models, converged answers, the machine."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import numpy as np

from limelight import as_predictor
from limelight.masking.designs import draw_masks, every_mask, lime_masks
from limelight.masking.game import Game
from limelight.masking.maskers import MASKERS
from limelight.methods.lime import distances, kernel, projection, regress
from limelight.methods.regression import SURROGATE_ROWS
from limelight.surrogate.kernel import Kernel
from limelight.surrogate.process import Surrogate
from limelight.surrogate.projection import Projection
from limelight.text.units import words

HELD_OUT = Path(__file__).parents[1] / "tests" / "predictors" / "held_out.json"
LIME_SAMPLES = 5000
ENUMERATED = 12  # up to so many words the converged answer is an enumeration

Task = TypeVar("Task")
Found = TypeVar("Found")
Key = TypeVar("Key", bound=tuple)


@cache
def texts() -> dict[int, list[str]]:
    """Held-out snippets by their number of words; longer ones are snippets one after the other."""
    by_length: dict[int, list[str]] = {}
    for item in json.loads(HELD_OUT.read_text("utf-8")):
        by_length.setdefault(len(words(item["text"])), []).append(item["text"])
    return by_length


def text_of(length: int, at: int = 0) -> str:
    """A text of ``length`` words."""
    if texts().get(length):
        return texts()[length][at % len(texts()[length])]
    parts, left = [], length
    while left > 0:
        size = left if texts().get(left) else min(20, left)
        parts.append(texts()[size][at % len(texts()[size])])
        left -= size
    return " ".join(parts)


def bert_base():
    """A bert-base of random weights, with the tokenizer of the model that comes with limelight."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    tokenizer = as_predictor()._tokenizer
    torch.manual_seed(0)
    model = BertForSequenceClassification(BertConfig(num_labels=3, vocab_size=len(tokenizer))).eval()
    with torch.no_grad():
        # as initialised it hardly looks at its input: spread out, words change the answer
        model.bert.embeddings.word_embeddings.weight.normal_(0, 1)
        model.classifier.weight.normal_(0, 0.2)
        model.classifier.bias.normal_(0, 0.1)
    return model, tokenizer


def game_of(text: str, predictor, scale: str = "value") -> Game:
    """The words of a text as a game."""
    return Game(predictor, [text], [(0, *span) for span in words(text)], MASKERS["delete"], scale)


def lime_weights(text: str, predictor, seed: int, samples: int = LIME_SAMPLES) -> np.ndarray:
    """lime's own answer ``(k, d)`` from its own draws: its law, kernel, ridge and code."""
    masks = lime_masks(len(words(text)), samples, seed)
    return regress(masks, game_of(text, predictor)(masks), kernel(distances(masks)))[0]


def converged(text: str, predictor, rows: int = 8000) -> tuple[np.ndarray, float]:
    """What lime converges to, ``(k, d)``, and the error that is left in it."""
    d = len(words(text))
    law = projection(d)
    game = game_of(text, predictor)
    if d <= ENUMERATED:
        masks = every_mask(d)
        return regress(masks, game(masks), law.counts(masks))[0], 0.0
    # plain regression on each half, after the surrogate of the other half
    found = [
        process.project(law)[0] + law.regress(masks, off)[0] for process, masks, off in converged_on(game, law, rows)
    ]
    return (found[0] + found[1]) / 2, float(np.sqrt(((found[0] - found[1]) ** 2).mean()) / 2)


def converged_on(game: Game, law: Projection, rows: int) -> list[tuple[Surrogate, np.ndarray, np.ndarray]]:
    """The process of one half of some drawn masks, the other half, and by how much it is wrong there; both ways round.

    No seed is one of the runs that are judged by it.
    """
    random = np.random.default_rng(98765)
    masks = draw_masks(law.sizes, rows, random)
    scores, found = game(masks), []
    for mine, other in ((slice(0, None, 2), slice(1, None, 2)), (slice(1, None, 2), slice(0, None, 2))):
        first, at = np.unique(masks[mine][:SURROGATE_ROWS], axis=0, return_index=True)
        order = random.permutation(len(at))
        start = Kernel.start(law.features)
        process = Surrogate(first[order], scores[mine][at][order], start, search=True, random=random)
        found.append((process, masks[other], scores[other] - process.predict(masks[other])))
    return found


def each(work: Callable[[Task], Found], tasks: Sequence[Task], workers: int) -> Iterator[Found]:
    """What work makes of each task, in order; by processes of one thread each where there are workers."""
    if workers == 1:
        yield from map(work, tasks)
        return
    os.environ["OMP_NUM_THREADS"] = "1"  # read where a process starts
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(work, tasks)


def remembered(
    work: Callable[[Task], Found], tasks: Mapping[Key, Task], workers: int, keep: Path | None
) -> Iterator[tuple[Key, Found]]:
    """What work makes of each task, under its key, in order.

    What the file has is not made again, and what is new goes there. A key is a tuple of what JSON knows.
    """
    lines = keep.read_text("utf-8").splitlines() if keep and keep.exists() else []
    there = {tuple(key): found for *key, found in map(json.loads, lines)}
    made = each(work, [task for key, task in tasks.items() if key not in there], workers)
    for key in tasks:
        if key not in there:
            there[key] = next(made)
            if keep:
                with keep.open("a", encoding="utf-8") as file:
                    file.write(json.dumps([*key, there[key]]) + "\n")
        yield key, there[key]


def rms(values: np.ndarray) -> float:
    return float(np.sqrt((values**2).mean()))


def matmul_peak(
    tokens: int = 384, inner: int = 768, outer: int = 3072, device: str = "cpu", dtype: str = "float32"
) -> float:
    """GFLOP/s of a product of bert-base's size, the best of ten."""
    import torch

    a, b = (
        torch.randn(*size, device=device, dtype=getattr(torch, dtype)) for size in ((tokens, inner), (inner, outer))
    )
    best = np.inf
    for _ in range(10):
        start = done(device)
        a @ b
        best = min(best, done(device) - start)
    return 2 * tokens * inner * outer / best / 1e9


def done(device: str) -> float:
    """The time, once the device has nothing left to do."""
    import torch

    if device.startswith("cuda"):
        torch.cuda.synchronize()
    return time.perf_counter()


def machine() -> str:
    import torch

    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    threads, capability = torch.get_num_threads(), torch.backends.cpu.get_cpu_capability()
    return f"{name}, {threads} threads, torch {torch.__version__}, {capability}"
