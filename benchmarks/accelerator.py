"""What an accelerator brings, and what then takes the time: model and solver apart, in each precision.

    python -m benchmarks.accelerator                    where it is quick, in five minutes
    python -m benchmarks.accelerator --model base       a bert-base of random weights
    python -m benchmarks.accelerator --device cpu       the same on the processor

The text has 25 words. The model's seconds are those within it, the solver's all others. Peak is
the rate of a product of bert-base's size in that precision, the best of ten.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import torch

from benchmarks.interactions import Timed
from benchmarks.material import bert_base, game_of, machine, text_of
from limelight import as_predictor, explain
from limelight.masking.designs import lime_masks
from limelight.predictors.hf import classifier
from limelight.text.units import words

WORDS = 25
METHODS = ("lime", "interactions")
BUDGETS = (400, 2000)
BATCHES = (4_096, 16_384, 65_536)  # tokens


def done(device: str) -> float:
    """The time, once the device has nothing left to do."""
    if device.startswith("cuda"):
        torch.cuda.synchronize()
    return time.perf_counter()


def peak(device: str, dtype: torch.dtype) -> float:
    """GFLOP/s of a product of matrices."""
    a, b = (torch.randn(*shape, device=device, dtype=dtype) for shape in ((16_384, 768), (768, 3072)))
    best = np.inf
    for _ in range(10):
        start = done(device)
        a @ b
        best = min(best, done(device) - start)
    return 2 * 16_384 * 768 * 3072 / best / 1e9


def rate(predictor, texts: list[str], device: str) -> float:
    """GFLOP/s of the model, counting the tokens that are not padding."""
    body = sum(p.numel() for n, p in predictor._model.named_parameters() if "embedding" not in n)
    tokens = sum(len(ids) for ids in predictor._tokenizer(texts)["input_ids"])
    predictor(texts[:20])
    start = done(device)
    predictor(texts)
    return 2 * body * tokens / (done(device) - start) / 1e9


def predictor_of(model: str, device: str, dtype: str):
    """The bundled model as it is loaded, or one of bert-base's size in hand, moved and converted."""
    if model == "bundled":
        return as_predictor(device=device, dtype=dtype)
    whole, tokenizer = bert_base()
    return as_predictor((whole.to(device, getattr(torch, dtype)), tokenizer))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", choices=["bundled", "base"], default="bundled")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    asked = parser.parse_args()
    name = torch.cuda.get_device_name() if asked.device.startswith("cuda") else "no accelerator"
    print(f"{machine()}; {name}; model: {asked.model}", flush=True)
    text = text_of(WORDS)
    for dtype in ("float32", "bfloat16"):
        predictor = predictor_of(asked.model, asked.device, dtype)
        timed = Timed(predictor)
        thinned = [one.plain for one in game_of(text, predictor).inputs(lime_masks(len(words(text)), 2000, 1))]
        print(f"\n{dtype}: peak {peak(asked.device, getattr(torch, dtype)):,.0f} GFLOP/s")
        for tokens in BATCHES:
            predictor._tokens_per_batch = tokens
            print(f"  {tokens:,} tokens a batch: {rate(predictor, thinned, asked.device):,.0f} GFLOP/s", flush=True)
        if asked.device != "cpu":
            predictor._tokens_per_batch = classifier.ACCELERATOR_TOKENS_PER_BATCH
        print("\n| method | evaluations | model s | solver s | solver / model |\n|---|---|---|---|---|")
        for method in METHODS:
            explain(text, timed, method=method, budget=60)  # imports
            for budget in BUDGETS:
                predictor.forget()
                timed.forget()
                timed.seconds = 0.0
                start = done(asked.device)
                found = explain(text, timed, method=method, budget=budget)
                model, whole = timed.seconds, done(asked.device) - start
                cells = (f"{model:.2f}", f"{whole - model:.2f}", f"{(whole - model) / model:.2f}")
                print(f"| {method} | {found.evaluations} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
