"""What an accelerator brings, and what then takes the time: model and solver apart, in each precision.

    python -m benchmarks.accelerator                    where it is quick, in five minutes
    python -m benchmarks.accelerator --model base       a bert-base of random weights
    python -m benchmarks.accelerator --device cpu       the same on the processor

The text has 25 words. The model's seconds are those within it, the solver's all others. Peak is
the rate of a product of bert-base's size in that precision, the best of ten.
"""

from __future__ import annotations

import argparse

import torch

from benchmarks.interactions import Timed
from benchmarks.material import bert_base, done, machine, matmul_peak, text_of
from benchmarks.speed import throughput
from limelight import as_predictor, explain
from limelight.predictors.hf import transformer

WORDS = 25
METHODS = ("lime", "interactions")
BUDGETS = (400, 2000)
BATCHES = (4_096, 16_384, 65_536)  # tokens
TOKENS = 16_384  # of the product
ROWS = 2000  # thinned texts, so that the largest batch is full


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
        print(f"\n{dtype}: peak {matmul_peak(TOKENS, device=asked.device, dtype=dtype):,.0f} GFLOP/s")
        for tokens in BATCHES:
            predictor._tokens_per_batch = tokens
            print(f"  {tokens:,} tokens a batch: {throughput(predictor, text, ROWS):,.0f} GFLOP/s", flush=True)
        if asked.device != "cpu":
            predictor._tokens_per_batch = transformer.ACCELERATOR_TOKENS_PER_BATCH
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
