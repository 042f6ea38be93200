"""A MiniLM that answers questions on made-up people: found, explained, and explained by what was planted."""

from __future__ import annotations

import numpy as np
import pytest

from limelight import as_predictor, explain
from limelight.text.fields import fields_of
from tests.minilm import trained
from tests.questions import answering, told


@pytest.fixture(scope="module")
def predictor():
    return as_predictor(trained(answering))


def given(one):
    return dict(zip(("question", "context"), one.texts, strict=True))


def finds(predictor, one) -> bool:
    """Whether the model points at what is planted, or says that nothing tells it."""
    *_, found = predictor.bind(fields_of(given(one)))
    return found.targets[0].span == ((1, *one.span) if one.answerable else None)


def test_answers_of_people_that_were_never_seen_are_found(predictor):
    random = np.random.default_rng(1)
    assert np.mean([finds(predictor, told(random, int(random.integers(4, 12)), True)) for _ in range(60)]) >= 0.95


def test_what_no_sentence_tells_any_more_has_no_answer_though_its_words_stand(predictor):
    """Without this other sentences have a say once the right one is gone, and nobody knows what is the right one."""
    random = np.random.default_rng(3)
    texts = [told(random, int(random.integers(5, 12)), True).thinned(random, 0.6) for _ in range(80)]
    texts = [one for one in texts if one.texts[0]]
    known = {answerable: [one for one in texts if one.answerable == answerable] for answerable in (True, False)}
    right = {kind: np.mean([finds(predictor, one) for one in some]) for kind, some in known.items()}
    print(
        f"thinned: {right[True]:.0%} of {len(known[True])} found, {right[False]:.0%} of {len(known[False])} not there"
    )
    assert min(right.values()) >= 0.9 and min(map(len, known.values())) >= 20


def test_the_sentence_that_holds_the_answer_is_named_first(predictor):
    """The bar is 95 of 100 and stands in benchmarks/answering.py; these tell whether it was lost."""
    random, right, asked = np.random.default_rng(2), 0, 0
    for sentences in (5, 5, 5, 5, 6, 6, 6, 8, 8, 8, 12, 12, 12, 20):
        one = told(random, sentences, held_out=True)
        if not finds(predictor, one):
            continue
        asked += 1
        found = explain(given(one), predictor, unit="sentence", budget=64)
        field, start, _ = found.places[int(np.argmax(np.where([at for at, *_ in found.places], found.weights[0], -1)))]
        low, high = one.evidence
        right += field == 1 and low <= start < high
    assert asked >= 12 and right >= asked - 1


def test_a_word_of_the_question_tells_one_answer_from_another(predictor):
    """Of one person two things are told: the verb of the question decides between them."""
    context = "Clara Watson studied music for years. Clara Watson teaches law at school. The river was late again."
    study = explain({"question": "What did Clara Watson study?", "context": context}, predictor, budget=64)
    teach = explain({"question": "What does Clara Watson teach?", "context": context}, predictor, budget=64)
    assert study.targets[0] == "music" and teach.targets[0] == "law"
    assert study.top(2)[0][0] in ("studied", "study") and teach.top(2)[0][0] in ("teaches", "teach")
