"""All entities of a text, beside transformers-interpret on the same model in the same run: time, and removal gap.

    pip install --no-deps transformers-interpret==0.10.0
    python -m benchmarks.entities                  texts of 20 and of 60 tokens
    python -m benchmarks.entities --texts 20 --tokens 20
    python -m benchmarks.entities --tokens 60 --budget 300    the most evaluations that we may take; else as a user asks

The model is the MiniLM of ``tests/recipes.py``, trained where it is not there yet. transformers-interpret computes
integrated gradients for every token of an entity; these are summed to our words and over the entity's tokens. Then
words are taken out by each order, strongest first and weakest first: the gap is the area between the two curves of the
entity's probability. Entities' own words stay. Intervals are from a bootstrap over texts, paired. A text of 60
tokens takes transformers-interpret a minute or two; what is known is printed after each.
"""

from __future__ import annotations

import argparse
import time
import warnings
from dataclasses import replace

import numpy as np

from benchmarks.material import machine
from benchmarks.peers import beside, installed, spread
from limelight import evaluate, explain
from tests import recipes
from tests.minilm import trained

NEAR = 0.1  # of the tokens that are wanted


def texts(tokenizer, size: int, count: int) -> list[str]:
    """Made-up texts of about so many tokens."""
    random, found = np.random.default_rng(size), []
    while len(found) < count:
        text = " ".join(recipes.tagged(random, int(random.integers(1, 8)), held_out=True)[0])
        if abs(len(tokenizer(text)["input_ids"]) - size) <= NEAR * size:
            found.append(text)
    return found


def theirs(explainer, tokenizer, text: str, ours) -> np.ndarray:
    """Their attributions as weights ``(k, d)`` of our words for our entities."""
    explainer(text, ignored_labels=["O"])
    pieces = tokenizer(text, return_offsets_mapping=True)["offset_mapping"]
    weights = np.zeros((len(ours.targets), len(ours.features)))
    for at, target in enumerate(ours.targets):
        _, start, stop = target.span
        own = [lig for index, lig in explainer.attributions.items() if start <= pieces[index][0] < stop]
        for lig in own:
            values = lig.attributions_sum.detach().numpy()
            weights[at] += spread(pieces, values[:, None], [span[1:] for span in ours.places])[0]
    return weights


def gaps(explanation, model) -> float:
    """The removal gap, on average over the entities."""
    each = [evaluate(explanation, model, target=at, maskers="delete")[0] for at in range(len(explanation.targets))]
    return float(np.mean([one.srg for one in each]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=int, default=8)
    parser.add_argument("--tokens", type=int, nargs="+", default=[20, 60])
    parser.add_argument("--budget", type=int)
    asked = parser.parse_args()
    peer = installed("transformers_interpret")
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    folder = trained(recipes.entities)
    model, tokenizer = AutoModelForTokenClassification.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    pair = model.eval(), tokenizer
    warnings.simplefilter("ignore")
    print(machine())
    heading = "| tokens | entities | ours, s | theirs, s | ours / theirs | gap, ours | gap, theirs | ratio, 95 % |"
    explainer = peer.TokenClassificationExplainer(model, tokenizer)
    warm = "Mr Miller met us in Oslo ."
    theirs(explainer, tokenizer, warm, explain(warm, pair))
    lines = []
    for size in asked.tokens:
        rows = []
        for text in texts(tokenizer, size, asked.texts):
            start = time.perf_counter()
            ours = explain(text, pair, budget=asked.budget or "auto")
            middle = time.perf_counter()
            weights = theirs(explainer, tokenizer, text, ours)
            end = time.perf_counter()
            # as the page shows them: by the line alone
            other = replace(ours, weights=weights, intervals=None, exam=None, state="spent")
            rows.append((len(ours.targets), middle - start, end - middle, gaps(ours, pair), gaps(other, pair)))
            told = ", ".join(f"{number:.3g}" for number in rows[-1])
            print(f"<!-- {size} tokens, text {len(rows)} of {asked.texts}: {told} -->", flush=True)
        entities, own, peers, *_ = np.mean(rows, axis=0)
        both = beside([row[3] for row in rows], [row[4] for row in rows])
        lines.append(f"| {size} | {entities:.1f} | {own:.2f} | {peers:.2f} | {own / peers:.3f} | {both} |")
    print("\n".join(["", heading, "|---" * 8 + "|", *lines]))


if __name__ == "__main__":
    main()
