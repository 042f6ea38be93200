"""Answers whose evidence is planted: whether the sentence that holds an answer is named first, and how soon.

    make test-tasks                       trains the MiniLM, if it has not yet
    python -m benchmarks.answering

Contexts have 5 to 40 sentences, two to five of them on made-up people, none of whom were trained on. The answer's own
words stay in the text, so its sentence is weighed by what is left of it. Only contexts whose answer the model finds are
asked about.
"""

from __future__ import annotations

import argparse
import time
from typing import NamedTuple

import numpy as np

from benchmarks.material import machine
from limelight import as_predictor
from limelight.api.options import Options
from limelight.api.steps import steps
from limelight.text.fields import fields_of
from tests.minilm import answering, told, trained

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--contexts", type=int, default=100)
    parser.add_argument("--budget", type=int, default=200, help="evaluations of methods that sample (default: 200)")
    parser.add_argument("--methods", nargs="+", default=METHODS)
    asked = parser.parse_args()
    predictor, random = as_predictor(trained(answering)), np.random.default_rng(7)
    told_of = {method: Told([[], [], []], [], []) for method in asked.methods}
    found = missed = 0
    print(machine())
    while found < asked.contexts:
        question, context, span, at = told(random, int(random.integers(5, 41)), held_out=True)
        fields = fields_of({"question": question, "context": context})
        *_, bound = predictor.bind(fields)
        if bound.targets[0].span != (1, *span):
            missed += 1
            continue
        found += 1
        ends = [0, *(end + 1 for end, sign in enumerate(context) if sign == ".")]
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
            told_by.first[min(2, (len(ends) - 6) // 12)].append(ends[at] <= begin < ends[at + 1])
        counts = ", ".join(f"{method} {sum(map(sum, one.first))}" for method, one in told_of.items())
        print(f"<!-- {found} of {found + missed} answers found; their sentence first: {counts} -->", flush=True)
    print("\n| method | 5 to 16 sentences | 17 to 28 | 29 to 40 | all | first weights, in passes | s beyond three |")
    print("|---|---|---|---|---|---|---|")
    for method, one in told_of.items():
        every = [hit for own in one.first for hit in own]
        cells = [f"{np.mean(own):.2f} ({len(own)})" if own else "–" for own in (*one.first, every)]
        print(f"| {method} | {' | '.join(cells)} | {np.median(one.passes):.1f} | {np.median(one.beyond):+.2f} |")


if __name__ == "__main__":
    main()
