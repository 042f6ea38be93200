"""Sources beside ContextCite: fidelity on fresh masks, what the top source is worth, time, and what was planted.

    python -m benchmarks.sources [--model smollm2] [--prompts 8] [--fresh 60] [--planted 40] [--dtype float32]

ContextCite (Cohen-Wang et al., NeurIPS 2024) is followed in lines of our own, from its paper: each source is kept
with probability one half, the whole prompt is asked anew one mask at a time, and a lasso (.01, standardised) is
fitted to the logit of the whole answer, divided by its tokens. Both are asked about one frozen answer of one model.
Fidelity (LDS) is the rank correlation of what each foresees with the answer's log-probability on masks that neither
was given; the drop is what goes of it when the source of the largest weight goes. Time is that of one run: of
ContextCite with 64 masks, of ours with 16, fitting and verdicts included. Planted are pairs that are needed and
facts that stand twice, on a model whose logic is known; a verdict counts where it names exactly these.
"""

from __future__ import annotations

import argparse
import time
from functools import partial
from typing import Any

import numpy as np

from benchmarks.passages import passage
from limelight import as_predictor, explain
from limelight.api.options import Options
from limelight.api.problem import problem_of
from limelight.arrays import Floats, Masks
from limelight.document import Answer
from limelight.text.fields import fields_of
from tests.grounded import Grounded, given

BUDGETS = (16, 32, 64)
TOKENS = 24


def problem_for(fields: Any, predictor: Any) -> Any:
    work = problem_of(fields, predictor, Options(unit="source"))
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def asked_singly(predictor: Any, problem: Any, masks: Masks) -> Floats:
    """Log-probabilities of the frozen answer's tokens, a prompt at a time, as ContextCite asks."""
    import torch

    bound = problem.game.predictor
    ids, ends = list(bound.answer.ids), list(bound._ends[:1]) if bound.answer.end else []
    sums = []
    for one in problem.game.inputs(masks):
        (prompt,) = bound._prompts([one.texts])
        with torch.no_grad():
            logits = bound._model(torch.tensor([[*prompt, *ids, *ends]])).logits[0].float()
        logs = logits[len(prompt) - 1 : -1].log_softmax(-1)
        sums.append(float(logs[range(len(ids) + len(ends)), [*ids, *ends]].sum()))
    return np.array(sums)


def lasso(masks: Masks, logs: Floats, tokens: int) -> tuple[Floats, float]:
    """ContextCite's weights and intercept."""
    from sklearn.linear_model import Lasso
    from sklearn.preprocessing import StandardScaler

    scale = StandardScaler().fit(masks.astype(float))
    logits = logs - np.log(-np.expm1(np.minimum(logs, -1e-12)))
    fitted = Lasso(alpha=0.01, random_state=0).fit(scale.transform(masks.astype(float)), logits / tokens)
    weights = fitted.coef_ / scale.scale_
    return weights * tokens, float(fitted.intercept_ - scale.mean_ @ weights) * tokens


def beside(seed: int, predictor: Any, fresh: int) -> dict[str, float]:
    """One prompt: fidelity and drop by name and budget, and seconds."""
    from scipy.stats import spearmanr

    predictor.forget()
    text = passage(seed)
    fields = fields_of(text)
    problem = problem_for(fields, predictor)
    d, tokens = problem.features, len(problem.prediction.answer.ids)
    answer = Answer(problem.prediction.answer.text, problem.prediction.answer.ids)
    draws = [np.random.RandomState(at).choice([False, True], size=d, p=[0.5, 0.5]) for at in range(64)]
    started = time.perf_counter()
    theirs = asked_singly(predictor, problem, np.array(draws))
    fits = {budget: lasso(np.array(draws[:budget]), theirs[:budget], tokens) for budget in BUDGETS}
    found: dict[str, float] = {"seconds ContextCite 64": time.perf_counter() - started}
    masks = np.random.default_rng(1000 + seed).random((fresh, d)) < 0.5
    explanations = {}
    for budget in BUDGETS:
        started = time.perf_counter()
        explanations[budget] = explain(
            text, predictor, unit="source", method="banzhaf", budget=budget, answer=answer.text
        )
        if budget == BUDGETS[0]:
            found["seconds ours 16"] = time.perf_counter() - started
    truth = problem.game(masks).sum(axis=1)
    left = problem.game(~np.eye(d, dtype=bool)).sum(axis=1)
    whole = float(problem.prediction.scores.sum())
    for budget in BUDGETS:
        ours = explanations[budget].over()
        weights, intercept = fits[budget]
        found[f"LDS ContextCite {budget}"] = spearmanr(masks @ weights + intercept, truth)[0]
        found[f"LDS ours {budget}"] = spearmanr(ours.predict(masks)[:, 0], truth)[0]
        found[f"drop ContextCite {budget}"] = whole - left[weights.argmax()]
        found[f"drop ours {budget}"] = whole - left[ours.weights[0].argmax()]
    return found


def said(there: frozenset[int], both: bool, pair: set[int], noise: Floats) -> float:
    """The log-probability of a sentence that rests on a pair, beside what every source does a little."""
    known = pair <= there if both else bool(pair & there)
    return (-2.0 if known else -10.0) + float(sum(noise[at - 1] for at in there))


def planted(count: int) -> dict[str, float]:
    """Shares of planted pairs and doubled facts that the verdict names, by budget."""
    shares = {}
    for budget in BUDGETS:
        for kind in ("both", "either"):
            right = 0
            for seed in range(count):
                random = np.random.default_rng(seed)
                noise = random.normal(size=15)
                a, b = sorted((1 + random.permutation(15)[:2]).tolist())

                logic = partial(said, both=kind == "both", pair={a, b}, noise=0.5 * noise)
                model = Grounded([("It was so.", logic)])
                frame = explain(given(15), model, unit="source", method="banzhaf", budget=budget, seed=seed).sources()
                wanted = f"needs both [{a}] and [{b}]" if kind == "both" else f"either [{a}] or [{b}] is enough"
                right += frame["verdict"].iloc[0] == wanted
            shares[f"planted {kind} {budget}"] = right / count
    return shares


def ratio(ours: Floats, theirs: Floats) -> str:
    """Of two means, with an interval from paired draws of prompts."""
    rows = np.random.default_rng(0).integers(0, len(ours), (2000, len(ours)))
    low, high = np.quantile(ours[rows].mean(axis=1) / theirs[rows].mean(axis=1), [0.025, 0.975])
    return f"{ours.mean() / theirs.mean():.2f} [{low:.2f}, {high:.2f}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--prompts", type=int, default=8)
    parser.add_argument("--fresh", type=int, default=60)
    parser.add_argument("--dtype", default="auto")
    parser.add_argument("--planted", type=int, default=40)
    asked = parser.parse_args()
    for name, share in planted(asked.planted).items():
        print(f"{name}: {share:.2f} of {asked.planted}", flush=True)
    if not asked.prompts:
        return
    predictor = as_predictor(asked.model, dtype=asked.dtype, generation={"max_new_tokens": TOKENS})
    rows = []
    for seed in range(asked.prompts):
        rows.append(beside(seed, predictor, asked.fresh))
        print(seed, {name: round(value, 3) for name, value in rows[-1].items()}, flush=True)
    table = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    for budget in BUDGETS:
        ours, theirs = table[f"LDS ours {budget}"], table[f"LDS ContextCite {budget}"]
        drops = ratio(table[f"drop ours {budget}"], table[f"drop ContextCite {budget}"])
        print(f"{budget}: LDS {ours.mean():.3f}, ContextCite {theirs.mean():.3f}; drops {drops}")
    print("what is missing to 1 at 64:", ratio(1 - table["LDS ours 64"], 1 - table["LDS ContextCite 64"]))
    print("time, ours at 16 against theirs at 64:", ratio(table["seconds ours 16"], table["seconds ContextCite 64"]))


if __name__ == "__main__":
    main()
