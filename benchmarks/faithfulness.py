"""How true each explanation is to the bundled model on real texts, at equal evaluations, ours beside the peers'.

    python -m benchmarks.faithfulness                  200 held-out texts in four bands of length
    python -m benchmarks.faithfulness --texts 20
    python -m benchmarks.faithfulness --texts 60 --equal seconds    the peers get the time that ours took
    python -m benchmarks.faithfulness --keep FILE      goes on where it was ended: it takes an hour or more

For each text the predicted class is explained with as many evaluations by every method
that samples; those that do not, take what they need. Then words are taken out by each
method's order: SRG is the area between the curves "weakest first" and "strongest first"
of the model's probability, under deletion and under [MASK]. On 100 fresh thinned texts
the unexplained share of the variance of the logit is measured, where a peer is given the
best intercept. ``--beam`` texts are searched for the best orders there are.
Intervals are from a paired bootstrap over texts.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import numpy as np

from benchmarks.material import each, game_of, machine, remembered, texts
from benchmarks.peers import lime_of, shap_of
from limelight import as_predictor, evaluate, explain
from limelight.evaluation.score import fresh_masks, optimum
from limelight.predictors import Predictor
from limelight.scales import SCALES
from limelight.text.units import words

BANDS = ((6, 9), (10, 14), (15, 20), (21, 28))
OURS = ("interactions", "lime", "shapley", "occlusion", "integrated_gradients", "gradient_x_input", "attention_rollout")
MASKED = "surrogate, masker='mask'"
SAMPLING = ("interactions", "lime", "shapley")
PEERS = {"lime (the package)": lime_of, "shap (the package)": shap_of}


class Remembering(Predictor):
    """The bundled model, asked once for each text, so that methods which ask the same do not pay twice."""

    def __init__(self) -> None:
        self._inner = as_predictor()
        self.targets, self.mask_token, self.name = self._inner.targets, self._inner.mask_token, self._inner.name
        self._tokenizer, self.opaque, self.batch_size = self._inner._tokenizer, "", 10**6
        self.known: dict[str, np.ndarray] = {}
        self.logit = False

    def internals(self, texts):
        return self._inner.internals(texts)

    def predict(self, batch):
        missing = [text for text in dict.fromkeys(batch) if text not in self.known]
        for text, answer in zip(missing, self._inner(missing), strict=True):
            self.known[text] = answer
        table = np.array([self.known[text] for text in batch])
        return SCALES["logit"](table) if self.logit else table


def unexplained(line: np.ndarray, logits: np.ndarray, target: int, masks: np.ndarray) -> float:
    """Share of the variance that weights ``(d,)`` leave, with the best intercept."""
    rest = logits[:, target] - masks @ line
    return float(rest.var() / logits[:, target].var())


def in_time(of, text: str, predictor: Remembering, evaluations: int, seed: int, seconds: float) -> tuple:
    """A peer's weights for as many evaluations as it can make in ``seconds``, and how many these are."""
    spent = []
    for count in (evaluations, None):
        if count is None:
            count = int(np.clip(evaluations * seconds / spent[0], 10, 20 * evaluations))
        predictor.known.clear()
        start = time.perf_counter()
        weights = of(text, predictor, count, seed)
        spent.append(time.perf_counter() - start)
    return weights, count


def examined(
    text: str, predictor: Remembering, evaluations: int, seed: int, seconds: bool = False
) -> dict[str, list[float]]:
    """Of each method: SRG by deletion and by mask, unexplained share of the logit (or NaN), and seconds.

    With ``seconds`` the peers get the seconds of ``interactions`` instead of its evaluations.
    """
    out: dict[str, list[float]] = {}
    masks = fresh_masks(len(words(text)), seed + 100)
    predictor.known.clear()
    explained = {}
    for name in OURS:
        budget = {"budget": evaluations} if name in SAMPLING else {}
        start = time.perf_counter()
        explained[name] = explain(text, predictor, method=name, seed=seed, **budget)
        out[name] = [0, 0, np.nan, time.perf_counter() - start]
    start = time.perf_counter()
    explained[MASKED] = explain(text, predictor, method="interactions", masker="mask", seed=seed, budget=evaluations)
    out[MASKED] = [0, 0, np.nan, time.perf_counter() - start]
    base = explained["occlusion"]
    counts = {}
    for name, of in PEERS.items():
        start = time.perf_counter()
        if seconds:
            weights, counts[name] = in_time(of, text, predictor, evaluations, seed, out["interactions"][3])
        else:
            weights, counts[name] = of(text, predictor, evaluations, seed), evaluations
        explained[name] = replace(base, weights=weights)
        out[name] = [0, 0, np.nan, time.perf_counter() - start]
    target = base.index()
    for name, found in explained.items():
        for at, score in enumerate(evaluate(found, predictor, target=target)):
            out[name][at] = score.srg
    logits = game_of(text, predictor, "logit")(masks)
    said = explained["interactions"].predict(masks)
    out["interactions"][2] = float(((logits - said)[:, target] ** 2).mean() / logits[:, target].var())
    predictor.logit = True
    for name, of in PEERS.items():
        out[name][2] = unexplained(of(text, predictor, counts[name], seed)[target], logits, target, masks)
    predictor.logit = False
    for name in ("lime", "shapley"):
        line = explain(text, predictor, method=name, scale="logit", budget=evaluations, seed=seed)
        out[name][2] = unexplained(line.weights[target], logits, target, masks)
    return out


def reached(text: str, predictor: Remembering, seed: int) -> tuple[float, float, int, int]:
    """Our gap and the beam's, ours with a tenth of its evaluations: ``(ours, best, evaluations of each)``."""
    predictor.known.clear()
    game = game_of(text, predictor)
    target = int(np.argmax(game(np.ones((1, len(words(text))), dtype=bool))[0]))
    best = optimum(game, len(words(text)), target)
    budget = max(game.evaluations // 10, len(words(text)) + 2)
    found = explain(text, predictor, method="interactions", budget=budget, seed=seed)
    gap = evaluate(found, predictor, target=target, maskers=["delete"])[0].srg
    return gap, best, budget, game.evaluations


@cache
def remembering() -> Remembering:
    """The model, once in a process."""
    return Remembering()


def recorded(evaluations: int, seconds: bool, one: tuple[str, int]) -> dict[str, list[float]]:
    """What is measured on a text with a seed."""
    text, seed = one
    return examined(text, remembering(), evaluations, seed, seconds)


def searched(text: str) -> tuple[float, float, int, int]:
    """What is reached of the beam on a text."""
    return reached(text, remembering(), 1)


def interval(values: np.ndarray, random: np.random.Generator) -> tuple[float, float]:
    """95 % of the bootstrap's means."""
    means = [np.mean(values[random.integers(len(values), size=len(values))]) for _ in range(2000)]
    return tuple(np.percentile(means, [2.5, 97.5]))


def report(found: list[dict[str, list[float]]], bands: np.ndarray) -> None:
    """Prints the table of the texts so far, and ours against the best peer."""
    random, names = np.random.default_rng(0), list(found[0])
    table = np.array([[each[name] for name in names] for each in found])  # texts, methods, measures
    print(
        "| method | SRG deleted | SRG [MASK] | unexplained logit | seconds | SRG deleted by band |\n" + "|---" * 6 + "|"
    )
    for at, name in enumerate(names):
        mean = table[:, at].mean(axis=0)
        by = " ".join(f"{table[bands == band, at, 0].mean():.3f}" for band in range(bands.max() + 1))
        left = "" if np.isnan(mean[2]) else f"{np.median(table[:, at, 2]):.3f}"
        print(f"| {name} | {mean[0]:.3f} | {mean[1]:.3f} | {left} | {mean[3]:.2f} | {by} |")
    peers = [name for name in names if name not in (*SAMPLING, MASKED)]
    for measure, what, own in ((0, "deleted", "interactions"), (1, "[MASK]", "interactions"), (1, "[MASK]", MASKED)):
        best = max(peers, key=lambda name: table[:, names.index(name), measure].mean())
        mine, theirs = (table[:, names.index(name), measure] for name in (own, best))
        low, high = interval(mine - theirs, random)
        print(
            f"SRG {what}: {own} {mine.mean() / theirs.mean():.2f} of {best}'s; "
            f"difference {np.mean(mine - theirs):.3f} ({low:.3f} to {high:.3f})"
        )
    lefts = table[:, [names.index(n) for n in ("interactions", *PEERS)], 2]
    ratio = lefts[:, 0] / lefts[:, 1:].min(axis=1)
    low, high = interval(ratio, random)
    means = lefts[:, 0].mean() / lefts[:, 1:].mean(axis=0).min()
    print(
        "unexplained logit, surrogate against the better of lime and shap on each text: "
        f"median {np.median(ratio):.2f}, mean {ratio.mean():.2f} ({low:.2f} to {high:.2f}); of the means {means:.2f}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=int, default=200)
    parser.add_argument("--evaluations", type=int, default=200)
    parser.add_argument("--beam", type=int, default=20)
    parser.add_argument("--equal", choices=["evaluations", "seconds"], default="evaluations")
    parser.add_argument("--keep", type=Path, help="a file for the results of each text; those in it are not made again")
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    print(machine(), flush=True)
    random = np.random.default_rng(0)
    given = f"{asked.evaluations} evaluations for methods that sample"
    given += "; as many seconds for the peers" * (asked.equal == "seconds")
    pools = [[text for d in range(low, high + 1) for text in texts().get(d, [])] for low, high in BANDS]
    pools = [random.permutation(pool) for pool in pools]
    chosen = [str(pool[at]) for at in range(asked.texts // len(BANDS)) for pool in pools]
    tasks = {(given, text): (text, seed) for seed, text in enumerate(chosen)}
    work = partial(recorded, asked.evaluations, asked.equal == "seconds")
    found: list[dict[str, list[float]]] = []
    for _, results in remembered(work, tasks, asked.workers, asked.keep):
        found.append(results)
        if len(found) % (10 * len(BANDS)) == 0 or len(found) == len(tasks):
            print(f"\n{len(found)} texts, {given}", flush=True)
            report(found, np.arange(len(found)) % len(BANDS))
    if asked.beam:
        pool = [text for d in range(10, 15) for text in texts()[d]][:: max(1, 80 // asked.beam)][: asked.beam]
        ours, best, mine, theirs = np.array(list(each(searched, pool, asked.workers))).T
        low, high = interval(ours / best, random)
        print(
            f"share of the beam's gap: mean {np.mean(ours / best):.3f} ({low:.3f} to {high:.3f}), median "
            f"{np.median(ours / best):.3f}, of the summed gaps {ours.sum() / best.sum():.3f}; {mine.mean():.0f} "
            f"against {theirs.mean():.0f} evaluations, {len(ours)} texts of 10 to 14 words"
        )


if __name__ == "__main__":
    main()
