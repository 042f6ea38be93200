"""What is left of the gain where nothing can be foreseen: a line and, for each thinned text, chance of its own.

    python -m benchmarks.chance

The worst that a model can do to a method that foresees: no evaluation says anything of another. The answer is known,
since over all ``2**24`` texts chance cancels out. "alike" has as much chance in every text, "longer" and "shorter" have
up to twice as much where more or fewer words are left.
"""

from __future__ import annotations

import argparse
import hashlib

import numpy as np

from benchmarks.material import rms
from limelight import as_predictor
from limelight.api.options import Options
from limelight.api.steps import last
from limelight.masking.designs import draw_masks, lime_masks
from limelight.methods.lime import distances, kernel, projection, regress
from limelight.text.fields import fields_of

WORDS = [f"w{i}" for i in range(24)]
LINE = np.random.default_rng(5).normal(0, 0.01, len(WORDS))
CHANCE = {"alike": lambda left: 1.0, "longer": lambda left: 2 * left, "shorter": lambda left: 2 * (1 - left)}
COUNTS = (500, 1000, 2000, 4000)


def model(kind: str):
    def of(text: str) -> float:
        kept = [WORDS.index(word) for word in text.split()]
        own = np.random.default_rng(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")).normal()
        return 0.3 + LINE[kept].sum() + 0.02 * CHANCE[kind](len(kept) / len(WORDS)) * own

    return lambda texts: np.array([[of(text)] for text in texts])


def errors(kind: str, seed: int, truth: np.ndarray) -> dict[int, tuple[float, float]]:
    """Of each number of evaluations: lime's error and ours."""
    answer, found = model(kind), {}
    for count in COUNTS:
        masks = lime_masks(len(WORDS), count, seed)
        scores = answer([" ".join(np.array(WORDS)[mask]) for mask in masks])
        lime = rms(regress(masks, scores, kernel(distances(masks)))[0][0] - truth)
        ours = last(fields_of(" ".join(WORDS)), as_predictor(answer), Options(budget=count, seed=seed))
        found[count] = lime, rms(ours.weights[0] - truth)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    seeds = parser.parse_args().seeds
    law = projection(len(WORDS))
    masks = draw_masks(law.sizes, 200_000, np.random.default_rng(1)).astype(float)
    truth = law.regress(masks, (masks @ LINE)[:, None])[0][0]
    print("| chance | evaluations | lime's error | ours | ours / lime's |\n|---|---|---|---|---|")
    for kind in CHANCE:
        tables = [errors(kind, seed, truth) for seed in range(seeds)]
        for count in COUNTS:
            lime, ours = (rms(np.array([table[count][which] for table in tables])) for which in (0, 1))
            print(f"| {kind} | {count} | {lime:.5f} | {ours:.5f} | {ours / lime:.2f} |", flush=True)


if __name__ == "__main__":
    main()
