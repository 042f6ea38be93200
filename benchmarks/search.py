"""What would flip it beside the loops of others, and one pass beside integrated gradients.

    python -m benchmarks.search                   100 held-out texts of 12 to 40 words, the bundled model
    python -m benchmarks.search --texts 20
    python -m benchmarks.search --part flips --judge   and SmolLM2 says how well the changed texts read
    python -m benchmarks.search --part one-pass   removal gaps; with GIM after `pip install gim-explain`

The loops are written here from their papers, on the same texts, model and words to try:
HotFlip (Ebrahimi et al., ACL 2018, in the form of LIT: all sets of up to three of the ten
positions with the steepest slopes), TextFooler (Jin et al., AAAI 2020: words by what their deletion
does, greedily the best substitute each) and MiCE (Ross et al., ACL Findings 2021: a binary
search over the share of words replaced, 15 samples a level; its trained editor is not here, so
that samples are of the same words to try). Evaluations are distinct texts.

The judge proposes nothing: its perplexity of the changed text is set against that of the text
as it was, for each way the median of these ratios, and the share above 1.25.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from importlib.util import find_spec
from itertools import combinations

import numpy as np

from benchmarks.faithfulness import interval
from benchmarks.material import HELD_OUT, machine
from limelight import as_predictor, evaluate, explain, flip
from limelight.api.flip import reader_of
from limelight.api.options import Options
from limelight.api.problem import problem_of
from limelight.methods.gradients import IntegratedGradients
from limelight.methods.one_pass import OnePass
from limelight.search.base import WHOLE, Bench, Change
from limelight.search.decision import decision_of
from limelight.search.proposals import Proposals, slopes_of
from limelight.text.fields import fields_of
from limelight.text.units import words

BUDGET = 400


def sample(count: int, least: int, most: int) -> list[str]:
    """Held-out texts of so many words."""
    found = [one["text"] for one in json.loads(HELD_OUT.read_text("utf-8")) if least <= len(words(one["text"])) <= most]
    random = np.random.default_rng(0)
    return [found[at] for at in random.permutation(len(found))[:count]]


def ended(work):
    """What a generator returns."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def bench_of(text: str, predictor) -> tuple[Bench, dict[int, list]]:
    """A text with nothing asked of it but itself, and the words to try at each feature, by the fall expected."""
    fields = fields_of(text)
    problem = ended(problem_of(fields, predictor, Options(method="interactions")))
    answers = problem.game.answers([problem.game.rewritten({})])[0]
    decision = decision_of(problem.game.predictor, answers, None, None)
    bench = Bench(problem.game, decision, problem.prediction.features, problem.prediction.places, BUDGET)
    for _ in bench.ask([WHOLE]):
        pass
    slopes = slopes_of(bench, problem.game.predictor.internals(problem.game.texts))
    offered = Proposals(bench, fields, predictor.lexicon(), slopes, None, None)
    by_place: dict[int, list] = {}
    for some in offered.all(range(len(bench.words))):
        for one in some:
            by_place.setdefault(one.at, []).append(one)
    return bench, {at: sorted(own, key=lambda one: -np.nan_to_num(one.fall, nan=-1e9)) for at, own in by_place.items()}


def asked(bench: Bench, changes: list) -> list:
    """Asks about changes, as far as the budget goes; those that flip."""
    for _ in bench.ask(changes):
        pass
    return [change for change in changes if bench.flips(change)]


def hotflip(bench: Bench, offered: dict[int, list], random) -> Change | None:
    best = sorted((own[0] for own in offered.values() if own), key=lambda one: -np.nan_to_num(one.fall, nan=-1e9))[:10]
    edits = [(one.at, one.new) for one in best]
    for size in (1, 2, 3):
        if flips := asked(bench, [frozenset(part) for part in combinations(edits, size)]):
            return flips[0]
    return None


def textfooler(bench: Bench, offered: dict[int, list], random) -> Change | None:
    alone = [frozenset([(at, "")]) for at in range(len(bench.words))]
    asked(bench, alone)
    order = sorted(range(len(alone)), key=lambda at: bench.margins.get(alone[at], np.inf))
    change = WHOLE
    for at in order:
        tries = [change | {(at, one.new)} for one in offered.get(at, [])[:50]]
        if flips := asked(bench, tries):
            return min(flips, key=len)
        known = [one for one in tries if one in bench.margins]
        best = min(known, key=bench.margins.__getitem__, default=change)
        change = best if bench.margins[best] < bench.margins[change] else change
        if not bench.left:
            return None
    return None


def mice(bench: Bench, offered: dict[int, list], random) -> Change | None:
    steep = sorted((at for at in offered if offered[at]), key=lambda at: -np.nan_to_num(offered[at][0].fall, nan=-1e9))
    low, high, best = 0.0, 0.5, None
    for _ in range(10):
        share = (low + high) / 2 if best is not None else high
        places = steep[: max(1, round(share * len(bench.words)))]
        tries = [
            frozenset((at, offered[at][random.integers(min(12, len(offered[at])))].new) for at in places)
            for _ in range(15)
        ]
        if flips := asked(bench, tries):
            best = min([*flips, *([best] if best else [])], key=len)
            high = share
        elif best is None:
            return None
        else:
            low = share
        if not bench.left or high - low < 1 / len(bench.words):
            break
    return best


LOOPS = {"HotFlip": hotflip, "TextFooler": textfooler, "MiCE": mice}


def flips_of(count: int, predictor, judge) -> None:
    """Prints how often, with how many edits and evaluations each flips, and how well what it makes of a text reads."""
    rows: dict[str, list[tuple[float, int, float]]] = {}
    reads: dict[str, list[float]] = {}

    def judged(name: str, was: str, made: str | None) -> None:
        if judge is not None and made is not None:
            before, after = judge.likelihoods([was, made])
            reads.setdefault(name, []).append(float(np.exp(before - after)))

    first: list[float] = []
    kept = minimal = 0
    for at, text in enumerate(sample(count, 12, 40), 1):
        predictor.forget()
        start = time.perf_counter()
        found = flip(text, predictor)
        took = time.perf_counter() - start
        by_kind = {one.kind: one for one in found}
        kept += sum(len(one.edits) <= 6 for one in found)
        minimal += sum(one.minimal for one in found if len(one.edits) <= 6)
        for name, kinds in (("limelight, deleting", ["deleted"]), ("limelight, replacing", ["edited"])):
            own = [len(by_kind[kind].edits) for kind in kinds if kind in by_kind]
            rows.setdefault(name, []).append((min(own, default=np.nan), found.evaluations, took))
            judged(name, text, next((by_kind[kind].text for kind in kinds if kind in by_kind), None))
        least = min((len(one.edits) for one in found), default=np.nan)
        rows.setdefault("limelight, any", []).append((least, found.evaluations, took))
        if "deleted" in by_kind:
            first.append(by_kind["deleted"].evaluations)
        for name, loop in LOOPS.items():
            predictor.forget()
            start = time.perf_counter()
            bench, offered = bench_of(text, predictor)
            change = loop(bench, offered, np.random.default_rng(at))
            took = time.perf_counter() - start
            rows.setdefault(name, []).append((np.nan if change is None else len(change), bench.spent, took))
            judged(name, text, None if change is None else str(bench.inputs([change])[0].plain))
        if at % 20 == 0 or at == count:
            print(
                f"\n{at} texts\n| | flips | edits | edits where both flip, ours | evaluations | seconds |\n"
                + "|---" * 6
                + "|"
            )
            ours = np.array(rows["limelight, replacing"])[:, 0]
            for name, values in rows.items():
                edits, evaluations, seconds = np.array(values).T
                both = ~np.isnan(edits) & ~np.isnan(ours)
                print(
                    f"| {name} | {np.mean(~np.isnan(edits)):.3f} | {np.nanmean(edits):.2f} | {edits[both].mean():.2f}, "
                    f"{ours[both].mean():.2f} | {evaluations.mean():.0f} (at most {evaluations.max():.0f}) | "
                    f"{np.median(seconds):.2f} |",
                    flush=True,
                )
            for name, ratios in reads.items():
                far = np.mean(np.array(ratios) > 1.25)
                print(f"perplexity after {name}: {np.median(ratios):.2f} of the text's own; above 1.25 in {far:.2f}")
            print(f"minimal: {minimal} of {kept} with up to six edits; first deletion after {np.median(first):.0f}")


def gim_of(text: str, predictor, places, target: int) -> np.ndarray:
    """Gradient times input under GIM (Edin et al., 2025; the package gim-explain, its defaults): ``(d,)``."""
    import gim
    import torch

    internals = predictor.internals([text])
    whole, blank = (internals.embedded(ids) for ids in (internals.inputs["input_ids"], internals.baseline))
    leaf = whole.clone().requires_grad_()
    with gim.GIM(internals.model), internals.replaced(leaf):
        scores = internals.scores(internals.model(**internals.inputs), "logit")
        (slope,) = torch.autograd.grad(scores[0, target], leaf)
    tokens = (slope * (whole - blank)).sum(-1)[0].detach().double().numpy()
    return tokens @ internals.of_features(places)


def passes_of(count: int, predictor) -> None:
    """Prints removal gaps under deletion, and seconds."""
    random = np.random.default_rng(0)
    ways = {
        "one pass": OnePass(),
        "one pass, 4 texts": OnePass(passes=4),
        "integrated gradients (captum, 50)": IntegratedGradients(),
        "gradient x input": "gradient_x_input",
        "occlusion": "occlusion",
    }
    rows: dict[str, list[tuple[float, float]]] = {}
    for at, text in enumerate(sample(count, 9, 25), 1):
        base = explain(text, predictor, method="occlusion", scale="logit")
        for name, method in ways.items():
            start = time.perf_counter()
            found = explain(text, predictor, method=method, scale="logit")
            took = time.perf_counter() - start
            one = replace(base, weights=found.weights)
            gap = evaluate(one, predictor, target=base.index(), maskers=["delete"])[0].srg
            rows.setdefault(name, []).append((gap, took))
        if find_spec("gim"):
            start = time.perf_counter()
            one = replace(
                base, weights=np.tile(gim_of(text, predictor, base.places, base.index()), (len(base.targets), 1))
            )
            took = time.perf_counter() - start
            gap = evaluate(one, predictor, target=base.index(), maskers=["delete"])[0].srg
            rows.setdefault("GIM (gim-explain)", []).append((gap, took))
        if at % 10 == 0 or at == count:
            print(f"\n{at} texts\n| | removal gap | seconds |\n|---|---|---|")
            for name, values in rows.items():
                gaps, seconds = np.array(values).T
                print(f"| {name} | {gaps.mean():.3f} | {np.median(seconds):.3f} |", flush=True)
            mine, theirs = (np.array(rows[name])[:, 0] for name in list(ways)[:3:2])
            low, high = interval(mine - theirs, random)
            print(
                f"one pass {mine.mean() / theirs.mean():.3f} of integrated gradients; difference {low:.3f}, {high:.3f}"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=int, default=100)
    parser.add_argument("--part", choices=["flips", "one-pass"])
    parser.add_argument("--judge", action="store_true")
    parser.add_argument("--dtype", default="auto", help="in which the bundled model computes")
    chosen = parser.parse_args()
    print(machine(), flush=True)
    predictor = as_predictor(dtype=chosen.dtype)
    if chosen.part != "one-pass":
        flips_of(chosen.texts, predictor, reader_of("smollm2") if chosen.judge else None)
    if chosen.part != "flips":
        passes_of(chosen.texts, predictor)


if __name__ == "__main__":
    main()
