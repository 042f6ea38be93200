"""Calls beside the ways of llmSHAP and TokenSHAP, at equal rank correlation with what is known of a stub.

    python -m benchmarks.regenerated [--texts 20]

The stub is asked about ten words of known weights; by their sum it says one sentence or, else, another: the likelier
one (greedy), or each as likely as it is (drawn). Both peers
compare a new answer to each thinned prompt with the first one by the cosine of TF-IDF. They are followed in lines of
our own, from what they say of themselves: TokenSHAP (Horovicz & Goldshmidt 2024) leaves out each word, then draws
sets, and takes the mean with a word less the mean without it; llmSHAP (2025) asks about all sets for Shapley values,
or draws a share of them. Here the same is asked where a server tells nothing but its answers (``text``), and where it
scores a given answer (``llama``). A call is a request that writes or scores an answer, those before the first set
among them.
"""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
from scipy.stats import spearmanr

from limelight import Endpoint, explain
from limelight.arrays import Floats
from tests.predictors.served import stub as stubs
from tests.predictors.served.stub import Stub, serving

WORDS = ["alder", "birch", "cedar", "elder", "fir", "hazel", "larch", "maple", "oak", "pine"]
SAID, ELSE = "The river was high that year.", "Nobody here could tell you."
OURS = (16, 24, 32, 48, 64)
THEIRS = (11, 16, 32, 64, 128, 256, 512, 1024)
Ask = Callable[[frozenset[int]], float]


def weights_of(seed: int) -> Floats:
    """Of the ten words, which speak for the sentence by two together."""
    random = np.random.default_rng(seed)
    weights: Floats = random.normal(size=len(WORDS))
    return weights + (2.0 - weights.sum()) / len(WORDS)


def likely(weights: Floats, there: frozenset[int]) -> float:
    return 1 / (1 + math.exp(-sum(weights[at] for at in there)))


def cosine(said: str, first: str) -> float:
    """Of TF-IDF fitted on the two, as both peers have it."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    table = TfidfVectorizer().fit_transform([first, said]).toarray()
    return float(table[0] @ table[1])


def written(weights: Floats, there: frozenset[int], random: np.random.Generator, greedy: bool) -> str:
    return SAID if likely(weights, there) > (0.5 if greedy else random.random()) else ELSE


def asker(weights: Floats, random: np.random.Generator, greedy: bool) -> Ask:
    """Writes a new answer to a set of words, and says how much it is like the first."""
    alike = {one: cosine(one, SAID) for one in (SAID, ELSE)}
    return lambda there: alike[written(weights, there, random, greedy)]


def tokenshap(ask: Ask, calls: int, random: np.random.Generator) -> Floats:
    d = len(WORDS)
    everything = frozenset(range(d))
    sets = [everything - {at} for at in range(d)]
    while len(sets) < calls - 1:  # the first answer is a call, too
        sets.append(frozenset(np.flatnonzero(random.random(d) < 0.5).tolist()))
    values = [ask(one) for one in sets]
    found = []
    for at in range(d):
        with_, without = ([value for one, value in zip(sets, values, strict=True) if (at in one) == is_in]
                          for is_in in (True, False))  # fmt: skip
        found.append(np.mean(with_) - np.mean(without) if with_ and without else 0.0)
    return np.array(found)


def llmshap(ask: Ask, calls: int, random: np.random.Generator) -> Floats:
    """Shapley values of all sets where there are calls for them, else of as many of each size as the share allows."""
    d = len(WORDS)
    share = min(1.0, (calls - 1) / 2**d)
    value = {frozenset(range(d)): 1.0}
    for size in range(d):
        all_sets = [frozenset(one) for one in combinations(range(d), size)]
        count = max(1, round(share * len(all_sets)))
        value |= {all_sets[at]: ask(all_sets[at]) for at in random.permutation(len(all_sets))[:count]}
    found = np.zeros(d)
    for at in range(d):
        by_size: dict[int, list[float]] = {}
        for one, with_ in value.items():
            if at in one and (without := value.get(one - {at})) is not None:
                by_size.setdefault(len(one), []).append(with_ - without)
        found[at] = np.mean([np.mean(gains) for gains in by_size.values()]) if by_size else 0.0
    return found


def ours(weights: Floats, dialect: str, budget: int, seed: int, greedy: bool) -> tuple[Floats, int]:
    """Weights, and how many answers were written or scored."""
    random = np.random.default_rng(seed)
    known: dict[str, Any] = dict(zip(WORDS, weights.tolist(), strict=True))
    stubs.WEIGHTS = known

    def speak(text: str) -> str:
        there = frozenset(at for at, word in enumerate(WORDS) if re.search(rf"\b{word}\b", text))
        return written(weights, there, random, greedy)

    one = Stub(dialect, speak=speak, answer=" " + SAID)
    with serving(one) as url:
        model = Endpoint(url)
        assert model._contact.server  # what it can do is no part of an explanation
        before = len(one.requests)
        found = explain(" ".join(WORDS), model, answer=" " + SAID, budget=budget, method="banzhaf", seed=seed)
        asked = [path for path, _ in one.requests[before:] if path.endswith(("completion", "completions"))]
    return (found.over().weights if found.by_word else found.weights)[0], len(asked)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=20)
    texts = range(parser.parse_args().texts)

    def told(name: str, rows: list[tuple[Floats, int]]) -> None:
        ranks = [spearmanr(found, weights_of(seed))[0] for seed, (found, _) in zip(texts, rows, strict=True)]
        calls = np.mean([count for _, count in rows])
        print(f"{name}: {calls:.0f} calls, rank correlation {np.mean(np.nan_to_num(ranks)):.3f}", flush=True)

    for greedy in (True, False):
        way = "greedy" if greedy else "drawn"
        for name, peer in (("TokenSHAP", tokenshap), ("llmSHAP", llmshap)):
            for calls in THEIRS:
                draws = [np.random.default_rng(1000 + seed) for seed in texts]
                asks = [asker(weights_of(seed), one, greedy) for seed, one in zip(texts, draws, strict=True)]
                told(
                    f"{way}: {name}",
                    [(peer(*one), calls) for one in zip(asks, [calls] * len(asks), draws, strict=True)],
                )
        for budget in OURS:
            told(f"{way}: ours, text", [ours(weights_of(seed), "text", budget, seed, greedy) for seed in texts])
    for budget in OURS:
        told("ours, scored", [ours(weights_of(seed), "llama", budget, seed, True) for seed in texts])


if __name__ == "__main__":
    main()
