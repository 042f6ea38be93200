"""Targets that only one text has are pooled by their kind: entities by their tag, answers as such."""

from __future__ import annotations

import numpy as np
import pytest

from limelight import explain_corpus
from tests.trained import ASKED, answered, entities_model, tagged


@pytest.mark.slow  # trains a model of entities for seconds
def test_entities_are_pooled_by_their_tag(tmp_path):
    random, texts = np.random.default_rng(2), []
    while len(texts) < 60:
        words, tags = tagged(random)
        if any(tag != "O" for tag in tags):
            texts.append(" ".join(words))
    corpus = explain_corpus(texts, entities_model(tmp_path), out=tmp_path / "out")
    assert {"PER", "LOC"} <= set(corpus.targets)
    # by recipe "mr" makes a person of the name after it, and "in" a place
    people, places = (corpus.words(tag, least=4).set_index("word").effect for tag in ("PER", "LOC"))
    assert people["mr"] == people.max() and places["in"] > 0.1
    texts = corpus.texts()
    assert texts.targets.map(len).max() <= len(corpus.targets)


@pytest.mark.slow  # trains a model that answers questions for seconds
def test_answers_are_pooled_as_answers(answerer, tmp_path):
    random = np.random.default_rng(3)
    rows = []
    while len(rows) < 40:
        question, context, answers = answered(random)
        if answers:
            rows.append({"question": question, "context": context})
    corpus = explain_corpus(rows, answerer[0], out=tmp_path / "out", column=["question", "context"])
    assert "answer" in corpus.targets and set(corpus.targets) <= {"answer", "no answer", "another answer"}
    words = corpus.words("answer", least=4)
    # the verbs decide, by recipe
    verbs = {word for phrase in ASKED.values() for word in phrase.split()} | {p.split()[-1] for p in ASKED}
    assert words[words.effect > 0].word.iloc[0] in verbs
