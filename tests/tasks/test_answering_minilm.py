"""A MiniLM that answers questions on made-up people: found, explained, and explained by what was planted."""

from __future__ import annotations

import numpy as np
import pytest

from limelight import as_predictor, explain
from limelight.text.fields import fields_of
from tests.minilm import answering, told, trained


@pytest.fixture(scope="module")
def folder():
    return trained(answering)


def asked_of(predictor, random, sentences):
    """What was told, and what was found of it; only of those whose answer is found."""
    while True:
        question, context, (start, stop), at = told(random, sentences, held_out=True)
        given = {"question": question, "context": context}
        *_, found = predictor.bind(fields_of(given))
        if found.targets[0].span == (1, start, stop):
            ends = [0, *(end + 1 for end, sign in enumerate(context) if sign == ".")]
            return given, (ends[at], ends[at + 1])


def test_answers_of_people_that_were_never_seen_are_found(folder):
    predictor, random, right = as_predictor(folder), np.random.default_rng(1), 0
    for _ in range(60):
        question, context, (start, stop), _ = told(random, int(random.integers(3, 9)), held_out=True)
        *_, found = predictor.bind(fields_of({"question": question, "context": context}))
        right += found.targets[0].span == (1, start, stop)
    assert right >= 54


def test_the_sentence_that_holds_the_answer_is_named_first(folder):
    """The bar is 95 of 100, see benchmarks/answering.py; a dozen tell whether it was lost."""
    predictor, random, right = as_predictor(folder), np.random.default_rng(2), 0
    more = {"unit": "sentence", "explained": ["context"], "budget": 64}
    for sentences in (5, 5, 5, 5, 8, 8, 8, 8, 12, 12, 12, 20):
        given, (low, high) = asked_of(predictor, random, sentences)
        found = explain(given, predictor, **more)
        _, start, _ = found.places[int(np.argmax(found.weights[0]))]
        right += low <= start < high
    assert right >= 11


def test_a_word_of_the_question_tells_one_answer_from_another(folder):
    """Of one person two things are told: the verb of the question decides between them."""
    predictor = as_predictor(folder)
    context = "Clara Watson studied music for years. Clara Watson plays the flute at weekends. It rained on most days."
    study = explain({"question": "What did Clara Watson study?", "context": context}, predictor, budget=64)
    play = explain({"question": "What does Clara Watson play?", "context": context}, predictor, budget=64)
    assert study.targets[0] == "music" and play.targets[0] == "flute"
