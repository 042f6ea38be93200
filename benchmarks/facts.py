"""Whether the sentence that holds the answer comes first: a planted fact, asked of a small language model.

    python -m benchmarks.facts                   SmolLM2, the first 60 questions that it answers rightly
    python -m benchmarks.facts --model FOLDER    another model

Each prompt has five sentences, each of which says where somebody lives, and a question about one of them. Sentences
are the units, and all 32 subsets of the five are asked, so that no sampling is in the way. Counted is the first: the
sentence with the largest weight for the words of the answer that name the place.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from limelight import as_predictor, explain
from limelight.text.fields import fields_of

PEOPLE = ("Anna", "Boris", "Clara", "David", "Elena", "Frank", "Greta", "Henry", "Irene", "Jonas", "Karla", "Louis")
PLACES = (
    *("Paris", "London", "Berlin", "Madrid", "Vienna", "Lisbon", "Dublin", "Athens", "Oslo", "Rome"),
    *("Cairo", "Tokyo", "Delhi", "Moscow", "Boston", "Chicago", "Sydney", "Toronto"),
)
SAYS = (
    "{who} lives in {where}.",
    "{who} moved to {where}.",
    "The home of {who} is in {where}.",
    "{who} works in {where}.",
)
SENTENCES = 5


def prompts(seed: int = 0):
    """Yields ``(facts, question, place, sentence)`` without end."""
    random = np.random.default_rng(seed)
    while True:
        people, places = random.permutation(PEOPLE)[:SENTENCES], random.permutation(PLACES)[:SENTENCES]
        says = random.integers(len(SAYS), size=SENTENCES)
        facts = [SAYS[how].format(who=who, where=where) for how, who, where in zip(says, people, places, strict=True)]
        at = int(random.integers(SENTENCES))
        yield " ".join(facts), f"In which city is {people[at]}? Answer with one word.", str(places[at]), at


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--right", type=int, default=60, help="questions answered rightly, of which the share is told")
    asked = parser.parse_args()
    predictor: Any = as_predictor(asked.model).prompted("{facts} {question}", {"max_new_tokens": 12})
    first, wrong = [], 0
    for facts, question, place, at in prompts():
        if len(first) == asked.right:
            break
        given = {"facts": facts, "question": question}
        *_, bound = predictor.bind(fields_of(given))  # what is written is remembered
        start = bound.answer.text.find(place)
        if start < 0:
            wrong += 1
            continue
        found = explain(given, predictor, unit="sentence", explained=("facts",))
        weights = found.over(start, start + len(place)).weights[0]
        first.append(int(np.argmax(weights)) == at)
        print(f"{len(first)}: {np.mean(first):.3f} first, {wrong} answered wrongly", flush=True)
    print(f"the sentence of the fact is first in {np.mean(first):.1%} of {len(first)}; {wrong} were answered wrongly")


if __name__ == "__main__":
    main()
