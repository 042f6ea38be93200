"""Whether the intervals, the first words and the stop rule keep their word, on the bundled model.

    python -m benchmarks.trust                    60 short texts with enumerated truth, 8 longer ones
    python -m benchmarks.trust --short 20 --long 2

Prints: the share of 95 % intervals that hold the truth, by evaluations at which they
were looked at; how often the first three words are right at 600 evaluations (which
take less than a twenty-fifth of lime's 5,000 through a pipeline); how alike the first
five words of three seeds are where the stop rule ended; and how much of lime's own
intervals-free answer at 5,000 samples is right by the same measures.
"""

from __future__ import annotations

import argparse
from itertools import combinations, pairwise

import numpy as np

from benchmarks.material import converged, lime_weights, machine, rms, text_of, texts
from limelight import as_predictor, explain
from limelight.api.options import Options
from limelight.api.steps import steps
from limelight.text.fields import fields_of

STAGES = ((0, 100), (100, 200), (200, 400), (400, 800), (800, 2001))


def top(row: np.ndarray, n: int) -> set[int]:
    return set(np.argsort(-np.abs(row), kind="stable")[:n].tolist())


def right(found: np.ndarray, truth: np.ndarray) -> bool:
    """Whether each of the first three words is in the true first three, or within 5 % of the third's weight."""
    third = np.sort(np.abs(truth))[-3]
    return all(word in top(truth, 3) or abs(truth[word]) >= 0.95 * third for word in top(found, 3))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--short", type=int, default=60)
    parser.add_argument("--long", type=int, default=8)
    parser.add_argument("--rows", type=int, default=5000)
    asked = parser.parse_args()
    print(machine())
    predictor = as_predictor()
    short = [text for d in (9, 10, 11) for text in texts()[d][: asked.short // 3]]
    long = [text_of(d, at) for at in (1, 2) for d in (16, 20, 24, 30)][: asked.long]
    covered: dict[tuple[str, tuple[int, int]], list[float]] = {}
    first, alike, errors, spent = [], [], [], []
    crossed: dict[int, list[int]] = {}
    for text in [*short, *long]:
        truth, left = converged(text, predictor, asked.rows)
        kind = "short" if text in short else "long"
        if kind == "long":
            print(f"  {truth.shape[1]} words: truth ±{left:.5f}", flush=True)
        # one below every text, so that none is enumerated
        most = min(1600, 2 ** truth.shape[1] - 1)
        done = None
        bar = rms(np.stack([lime_weights(text, predictor, seed) - truth for seed in (1, 2, 3)]))
        # every text is known at the latest when all thinned texts were asked
        path = [(2 ** truth.shape[1], 0.0)]
        for found in steps(fields_of(text), predictor, Options(budget=most, seed=11)):
            # between two estimates each batch repeats the latest, as a copy
            if found is None or found.intervals is None or (done is not None and np.array_equal(found.intervals, done)):
                continue
            done = found.intervals
            path.insert(-1, (found.evaluations, rms(found.weights - truth)))
            low, high = found.intervals[..., 0], found.intervals[..., 1]
            inside = (low - left <= truth) & (truth <= high + left)
            stage = next(s for s in STAGES if s[0] <= found.evaluations < s[1])
            covered.setdefault((kind, stage), []).append(inside.mean())
        # as good as lime at 5,000, and the next estimate too
        both = [at for at, ((_, a), (_, b)) in enumerate(pairwise([*path, path[-1]])) if max(a, b) <= bar]
        if kind == "short":
            crossed.setdefault(truth.shape[1], []).append(path[both[0]][0])
        best = int(np.argmax(np.abs(truth).max(axis=1)))
        if truth.shape[1] > 10:
            quick = explain(text, predictor, budget=600, seed=12)
            first.append(right(quick.weights[best], truth[best]))
            runs = [explain(text, predictor, seed=seed) for seed in (1, 2, 3)]
            spent += [run.evaluations for run in runs]
            errors.append(rms(runs[0].weights - truth) / rms(lime_weights(text, predictor, 1) - truth))
            for a, b in combinations(runs, 2):
                mine, other = top(a.weights[best], 5), top(b.weights[best], 5)
                alike.append(len(mine & other) / len(mine | other))
        predictor.forget()
    print(f"\n{3 * len(short)} + {3 * len(long)} (text, target) pairs")
    for (kind, stage), shares in sorted(covered.items()):
        print(
            f"| {kind} | {stage[0]} to {stage[1]} evaluations | {np.mean(shares):.3f} covered | {len(shares)} looks |"
        )
    for d, counts in sorted(crossed.items()):
        print(
            f"| {d} words: evaluations to lime's error at 5,000 | median {np.median(counts):.0f}, most {max(counts)} |"
        )
    print(f"| first three words right at 600 evaluations | {np.mean(first):.3f} of {len(first)} texts |")
    print(f"| Jaccard of the first five words across seeds at the stop rule | {np.mean(alike):.3f} |")
    print(f"| evaluations at the stop rule | median {np.median(spent):.0f}, most {max(spent)} |")
    print(f"| error at the stop rule, in units of lime's at 5,000 | median {np.median(errors):.2f} |")


if __name__ == "__main__":
    main()
