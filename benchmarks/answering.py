"""Answers whose evidence is planted: whether the sentence that holds an answer is named first, and how soon.

    make test-tasks                       trains the MiniLM, if it has not yet
    python -m benchmarks.answering
    python -m benchmarks.answering --peer

Contexts have 5 to 40 sentences, two of each of up to five sorts on made-up people, none of whom were trained on. The
answer's own words stay in the text, so its sentence is weighed by what is left of it. Only contexts whose answer the
model finds are asked about. How well it does on thinned ones is printed first: an explanation can be right only where
the model goes by what was planted.

With --peer it is transformers-interpret on the same model in the same run (``pip install --no-deps
transformers-interpret==0.10.0``): its integrated gradients of the beginning and of the end are added up and summed to
our words. Words of the question and of the context are taken out by each order, strongest first and weakest first: the
gap is the area between the two curves of the answer's probability.
"""

from __future__ import annotations

import argparse
import time
import warnings
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from benchmarks.material import machine
from benchmarks.peers import beside, installed, spread
from limelight import as_predictor, evaluate, explain
from limelight.api.options import Options
from limelight.api.steps import steps
from limelight.text.fields import fields_of
from tests.minilm import trained
from tests.questions import answering, told

METHODS = ("lime", "occlusion", "integrated_gradients")


class Told(NamedTuple):
    """What a method told: of contexts by size whether the right sentence came first, and how soon it had weights."""

    first: list[list[bool]]
    passes: list[float]
    beyond: list[float]


def seconds_of(work, times: int = 2) -> float:
    """The best of some times."""
    took = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    return min(took)


def follows(predictor, random, texts: int = 100) -> float:
    """How often the model finds on thinned texts what is planted there, or that there is nothing."""
    right = 0
    for _ in range(texts):
        thinned = told(random, int(random.integers(5, 15)), held_out=True).thinned(random, 0.6)
        fields = fields_of(dict(zip(("question", "context"), thinned.texts, strict=True)))
        if all(any(map(str.isalnum, field.text)) for field in fields):
            *_, bound = predictor.bind(fields)
            right += bound.targets[0].span == ((1, *thinned.span) if thinned.answerable else None)
    return right / texts


def theirs(explainer, tokenizer, question: str, context: str, ours) -> np.ndarray:
    """Their attributions of both edges as weights ``(k, d)`` of our words, the same for every target."""
    explainer(question, context)
    values = sum(lig.attributions_sum.detach().numpy() for lig in explainer.attributions)
    encoded = tokenizer(question, context, return_offsets_mapping=True)
    weights = []
    for field in (0, 1):
        own = [at for at, name in enumerate(encoded.sequence_ids()) if name == field]
        pieces = [encoded["offset_mapping"][at] for at in own]
        spans = [place[1:] for place in ours.places if place[0] == field]
        weights.append(spread(pieces, values[own][:, None], spans)[0])
    return np.tile(np.concatenate(weights), (len(ours.targets), 1))


def beside_interpret(folder: str, contexts: int) -> None:
    """Time and removal gap on contexts of five to eight sentences, both fields by word."""
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    peer, random = installed("transformers_interpret"), np.random.default_rng(8)
    model, tokenizer = (
        AutoModelForQuestionAnswering.from_pretrained(folder).eval(),
        AutoTokenizer.from_pretrained(folder),
    )
    explainer, predictor = peer.QuestionAnsweringExplainer(model, tokenizer), as_predictor((model, tokenizer))
    warnings.simplefilter("ignore")
    rows = []
    while len(rows) < contexts:
        one = told(random, int(random.integers(5, 9)), held_out=True)
        given = dict(zip(("question", "context"), one.texts, strict=True))
        predictor.forget()
        start = time.perf_counter()
        ours = explain(given, predictor)
        middle = time.perf_counter()
        if ours.targets[0].span != (1, *one.span):
            continue
        weights = theirs(explainer, tokenizer, *one.texts, ours)
        end = time.perf_counter()
        # as the page shows them: by the line alone
        other = replace(ours, weights=weights, intervals=None, exam=None, state="spent")
        gaps = [evaluate(each, predictor, target=0, maskers="delete")[0].srg for each in (ours, other)]
        rows.append((middle - start, end - middle, *gaps))
        print(f"<!-- {len(rows)} of {contexts}: {', '.join(f'{number:.3g}' for number in rows[-1])} -->", flush=True)
    own, others, *gaps = zip(*rows, strict=True)
    print("\n| ours, s | theirs, s | gap, ours | gap, theirs | ratio, 95 % |\n|---|---|---|---|---|")
    print(f"| {np.mean(own):.2f} | {np.mean(others):.2f} | {beside(*gaps)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--contexts", type=int, default=100)
    parser.add_argument("--budget", type=int, default=200, help="evaluations of methods that sample (default: 200)")
    parser.add_argument("--methods", nargs="+", default=METHODS)
    parser.add_argument("--peer", action="store_true", help="beside transformers-interpret")
    asked = parser.parse_args()
    print(machine())
    if asked.peer:
        return beside_interpret(trained(answering), asked.contexts)
    predictor, random = as_predictor(trained(answering)), np.random.default_rng(7)
    told_of = {method: Told([[], [], []], [], []) for method in asked.methods}
    found = missed = 0
    print(f"<!-- of thinned texts the model is right about {follows(predictor, random):.2f} -->", flush=True)
    while found < asked.contexts:
        one = told(random, int(random.integers(5, 41)), held_out=True)
        question, context = one.texts
        fields = fields_of({"question": question, "context": context})
        *_, bound = predictor.bind(fields)
        if bound.targets[0].span != (1, *one.span):
            missed += 1
            continue
        found += 1
        forward = seconds_of(lambda bound=bound, texts=(question, context): (predictor.forget(), bound([texts])))
        for method, told_by in told_of.items():
            predictor.forget()
            more = {"budget": asked.budget} if method in ("lime", "shapley", "interactions") else {}
            options = Options(method=method, unit="sentence", explained=["context"], **more)
            start, soon = time.perf_counter(), None
            for explanation in steps(fields, predictor, options):
                if soon is None and explanation is not None and explanation.weights is not None:
                    soon = time.perf_counter() - start
            told_by.passes.append(soon / forward)
            told_by.beyond.append(soon - 3 * forward)
            _, begin, _ = explanation.places[int(np.argmax(explanation.weights[0]))]
            low, high = one.evidence
            told_by.first[min(2, (len(one.sentences) - 5) // 12)].append(low <= begin < high)
        counts = ", ".join(f"{method} {sum(map(sum, own.first))}" for method, own in told_of.items())
        print(f"<!-- {found} of {found + missed} answers found; their sentence first: {counts} -->", flush=True)
    print("\n| method | 5 to 16 sentences | 17 to 28 | 29 to 40 | all | first weights, in passes | s beyond three |")
    print("|---|---|---|---|---|---|---|")
    for method, one in told_of.items():
        every = [hit for own in one.first for hit in own]
        cells = [f"{np.mean(own):.2f} ({len(own)})" if own else "–" for own in (*one.first, every)]
        print(f"| {method} | {' | '.join(cells)} | {np.median(one.passes):.1f} | {np.median(one.beyond):+.2f} |")


if __name__ == "__main__":
    main()
