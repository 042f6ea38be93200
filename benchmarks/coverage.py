"""Whether 95 % intervals hold the truth, of weights and of terms, and whether two seeds settle on the same words.

    python -m benchmarks.coverage                      28 texts of 11 to 13 words, whose truth is enumerated
    python -m benchmarks.coverage --part long          12 texts of 18 to 28 words, whose truth is estimated
    python -m benchmarks.coverage --part settled       40 texts of 12 to 30 words, where "auto" ends, by two seeds
    python -m benchmarks.coverage --dtype bfloat16 --workers 2

Each text is looked at as the evaluations come, at the first estimate with so many, and where "auto" ends. The truth is
the regression on all thinned texts, each counting what its method's law says; of terms, the least squares of what the
line leaves on the terms that were chosen at that look. On longer texts it is that of a process on half of 8,000 drawn
texts, corrected by the other half, and the other way round; half of their difference is allowed for. The model that is
explained is the model as it computes: in bfloat16 its answers in bfloat16.

A text's share is that of its words (or terms) and classes, and texts are what the interval of a share counts. Ties
between seeds are words within two shades of each other, as where "auto" ends. Shapley values, which take all thinned
texts by definition, are left out of the longer ones.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from functools import cache, partial
from math import comb

import numpy as np

from benchmarks.material import converged_on, each, game_of, machine, texts
from limelight import as_predictor, explain
from limelight.api.options import Options
from limelight.api.steps import steps
from limelight.arrays import Floats, Masks
from limelight.explanation import Explanation
from limelight.masking.designs import draw_masks, every_mask
from limelight.methods import interactions, lime, shapley
from limelight.methods.estimate import SHADE
from limelight.surrogate.projection import Projection
from limelight.surrogate.spectrum import Term, columns
from limelight.text.fields import fields_of
from limelight.text.units import words

LAWS: dict[str, Callable[[int], Projection]] = {
    "lime": lime.projection,
    "shapley": shapley.projection,
    "interactions": interactions.projection,
}
LOOKS = (64, 256, 1000, 2000)
SHORT, LONG, SETTLED = {11: 10, 12: 10, 13: 8}, range(18, 29), range(12, 31)  # words; of short ones, texts
ROWS, WIDE = 8000, 20_000  # thinned texts behind an estimated truth, and those that a process is asked about
AUTO = "auto"
STRONGEST = 5
Truth = tuple[Floats, Floats, float, float]  # weights, terms, and the errors left in them


@cache
def predictor_in(dtype: str):
    return as_predictor(dtype=dtype)


def fitted(masks: Masks, values: Floats, share: Floats, law: Projection, terms: tuple[Term, ...], joint: bool):
    """Weights ``(k, d)`` and terms ``(k, t)`` by least squares, of masks that count so much each."""
    kept, d = masks.astype(float), masks.shape[1]
    if law.complete:
        weights = shapley_values(kept, values)
    else:
        weights = lime.regress(masks, values, share * law.total, law.ridge)[0]
    if not terms:
        return weights, np.empty((len(weights), 0))
    root = np.sqrt(share)[:, None]
    table = root * np.concatenate([np.ones((len(kept), 1)), kept, columns(kept, terms)], axis=1)
    rest = values - kept @ weights.T
    found = np.linalg.lstsq(table, root * rest, rcond=None)[0].T
    return weights + joint * found[:, 1 : 1 + d], found[:, 1 + d :]


def shapley_values(kept: Floats, values: Floats) -> Floats:
    """Each word's share in the step from nothing to all, by its definition, from all masks: ``(k, d)``."""
    d = kept.shape[1]
    left = kept.sum(axis=1).astype(int)
    with_it = np.array([0.0, *(1 / (d * comb(d - 1, size - 1)) for size in range(1, d + 1))])[left]
    without = np.array([*(1 / (d * comb(d - 1, size)) for size in range(d)), 0.0])[left]
    return values.T @ (kept * with_it[:, None] - (1 - kept) * without[:, None])


def truth_of(text: str, dtype: str, method: str, d: int) -> Callable[[Explanation], Truth]:
    """What an explanation's weights and terms come to, if all is asked."""
    law, predictor = LAWS[method](d), predictor_in(dtype)
    game = game_of(text, predictor, "logit" if method == "interactions" else "value")
    if d <= max(SHORT):
        masks = every_mask(d)
        values, share = game(masks), law.counts(masks) / law.total

        def enumerated(found: Explanation) -> Truth:
            return *fitted(masks, values, share, law, found.terms, found.joint), 0.0, 0.0

        return enumerated
    halves, random = [], np.random.default_rng(4321)
    for process, masks, off in converged_on(game, law, ROWS):
        wide = draw_masks(law.sizes, WIDE, random)
        halves.append((wide, np.concatenate([process.predict(part) for part in np.array_split(wide, 10)]), masks, off))

    def estimated(found: Explanation) -> Truth:
        def of(masks: Masks, values: Floats) -> tuple[Floats, Floats]:
            return fitted(masks, values, np.full(len(masks), 1 / len(masks)), law, found.terms, found.joint)

        sides = [
            [known + wrong for known, wrong in zip(of(wide, said), of(masks, off), strict=True)]
            for wide, said, masks, off in halves
        ]
        (weights, terms), lefts = (
            [(one + other) / 2 for one, other in zip(*sides, strict=True)],
            [np.sqrt(((one - other) ** 2).mean()) / 2 if one.size else 0.0 for one, other in zip(*sides, strict=True)],
        )
        return weights, terms, float(lefts[0]), float(lefts[1])

    return estimated


def looks(text: str, dtype: str, method: str, d: int) -> Iterator[tuple[str, Explanation]]:
    """The estimates that are looked at: the first with so many evaluations, and the one where "auto" ends."""
    predictor, ahead, latest = predictor_in(dtype), list(LOOKS), None
    for found in steps(fields_of(text), predictor, Options(method=method, budget=min(max(LOOKS), 2**d - 1), seed=11)):
        if found is None or found.intervals is None:
            continue
        latest = found
        if ahead and found.evaluations >= ahead[0]:
            yield str(ahead.pop(0)), found
    if ahead and latest is not None:  # the last estimate may lack a few of the budget: they were asked already
        yield str(ahead.pop(0)), latest
    yield AUTO, explain(text, predictor, method=method, seed=11)


def held(task: tuple[str, str], dtype: str) -> dict[str, tuple[float, float]]:
    """Of each look, the share of weights and of terms whose intervals hold the truth; NaN where there are none."""
    text, method = task
    d = len(words(text))
    truth = truth_of(text, dtype, method, d)

    def within(intervals: Floats, values: Floats, left: float) -> float:
        return float(((intervals[..., 0] - left <= values) & (values <= intervals[..., 1] + left)).mean())

    shares = {}
    for look, found in looks(text, dtype, method, d):
        weights, terms, *left = truth(found)
        own = within(found.intervals, weights, left[0])
        together = within(found.term_intervals, terms, left[1]) if found.terms else np.nan
        shares[look] = own, together
    predictor_in(dtype).forget()
    return shares


def settled(task: tuple[str, str], dtype: str) -> tuple[int, float]:
    """Evaluations where "auto" ends, and the share of the five strongest words that another seed has, too."""
    text, method = task
    predictor = predictor_in(dtype)
    runs = []
    for seed in (1, 2):
        predictor.forget()
        runs.append(explain(text, predictor, method=method, seed=seed))
    one, other = (np.abs(run.weights[run.index()]) for run in runs)
    full = max(np.abs(run.weights).max() for run in runs)
    there = np.argsort(-one, kind="stable")[:STRONGEST]
    fifth = np.sort(other)[-STRONGEST]  # a word that is as strong as the other's fifth, but for a tie, is among its own
    return int(np.mean([run.evaluations for run in runs])), float(np.mean(other[there] >= fifth - 2 * SHADE * full))


def told(shares: list[float]) -> str:
    """The mean of texts' shares, and its 95 % interval by text."""
    from scipy.stats import t as student

    values = np.array(shares)[~np.isnan(shares)]
    if len(values) < 2:
        return ""
    wide = student.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return f"{values.mean():.3f} ({values.mean() - wide:.2f} to {values.mean() + wide:.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=["short", "long", "settled"], default="short")
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--methods", nargs="+", choices=LAWS, default=list(LAWS))
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    print(f"{machine()}; the bundled model in {asked.dtype}", flush=True)
    if asked.part == "short":
        own = [text for d, count in SHORT.items() for text in texts()[d][:count]]
    else:
        pool = [text for d in (LONG if asked.part == "long" else SETTLED) for text in texts().get(d, [])]
        own = [pool[at] for at in np.random.default_rng(5).permutation(len(pool))[: 12 if asked.part == "long" else 40]]
    methods = [one for one in asked.methods if asked.part != "long" or one != "shapley"]
    tasks = [(text, method) for method in methods for text in own]
    work = partial(settled if asked.part == "settled" else held, dtype=asked.dtype)
    results = list(each(work, tasks, asked.workers))
    of = {method: [one for (_, own), one in zip(tasks, results, strict=True) if own == method] for method in methods}
    if asked.part == "settled":
        print("| method | evaluations, median | most | the five strongest shared |\n" + "|---" * 4 + "|")
        for method, rows in of.items():
            counts, alike = np.array(rows).T
            print(f"| {method} | {np.median(counts):.0f} | {counts.max():.0f} | {told(list(alike))} |")
        return
    heads = [*map(str, LOOKS), AUTO]
    print(f"| {len(own)} texts | " + " | ".join(heads) + " |\n" + "|---" * (len(heads) + 1) + "|")
    for which, what in enumerate(("weights", "terms")):
        for method, rows in of.items():
            cells = [told([row[look][which] for row in rows if look in row]) for look in heads]
            print(f"| {method}, {what} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
