"""What could not be drawn is refused by the one reader of documents, in a sentence."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limelight.document import Document
from limelight.errors import InputError
from tests.document.test_document import BEFORE, HYPOTHESIS, PREMISE, again, document


def refusals():
    """Documents with one thing wrong, by what is said of it."""
    yield {"schema": "limelight/3"}, "schema 'limelight/3'. This limelight reads 'limelight/2'"
    yield {"schema": None}, "schema None"
    yield {"fields": None}, "not complete .it has no fields.*save the explanation again"
    yield {"scores": None, "targets": None}, "not complete .it has no targets, scores"
    yield {"fields": []}, "document's fields is .*at least one field"
    yield {"fields": "text"}, "document's fields is 'text'"
    yield {"fields": [{"name": "a"}]}, "fields with a name and a text"
    yield {"fields": [{"name": 5, "text": "a man sleeps."}, HYPOTHESIS.__dict__]}, "field's name is 5"
    yield {"fields": [{"name": "a", "text": "\ud800"}]}, "half a character"
    yield {"fields": [{"name": "\ud800", "text": "A man sleeps."}, HYPOTHESIS.__dict__]}, "whole characters"
    yield {"fields": [PREMISE.__dict__] * 201}, "fields has 201 entries. limelight takes up to 200"
    yield {"spans": [[0, 2, 5]]}, "terms is 2.*a whole number from 0 to 0"
    one = {"terms": None, "term_weights": None, "term_intervals": None}
    yield {"spans": [[0, 2, 5]], **one}, r"weights has shape \(3, 4\). limelight takes shape \(3, 1\)"
    yield {"spans": [[0, 2, 5], [0, 4, 12], [1, 0, 2], [1, 6, 11]]}, "ascend and do not overlap"
    yield {"spans": [[1, 0, 2], [0, 2, 5], [0, 6, 12], [1, 6, 11]]}, "ascend and do not overlap"
    yield {"spans": [[0, 2, 5], [0, 6, 99], [1, 0, 2], [1, 6, 11]]}, "spans is 99.*whole number"
    yield {"spans": [[2, 2, 5]]}, "spans is 2"
    yield {"spans": [[0, 2]]}, r"spans is \[0, 2\].*places"
    yield {"spans": [[0, 2.0, 5]]}, "spans is 2.0"
    yield {"targets": [{"name": "a"}, {"name": "a"}, {"name": "b"}]}, "targets is .*distinct names"
    yield {"targets": ["a", "b", "c"]}, "targets with a name"
    yield {"targets": [{"name": "a" * 3000}, {"name": "b"}, {"name": "c"}]}, "at most 2,000"
    yield {"targets": [{"name": "a\ud800"}, {"name": "b"}, {"name": "c"}]}, "whole characters"
    yield {"targets": [{"name": "a", "span": [0, 0, 99]}, {"name": "b"}, {"name": "c"}]}, "targets is 99"
    yield {"targets": [{"name": "a", "group": 3}, {"name": "b"}, {"name": "c"}]}, "target's group is 3"
    yield {"scores": [0.1, 0.2]}, r"scores has shape \(2,\). limelight takes shape \(3,\)"
    yield {"scores": [0.1, 0.2, float("nan")]}, "scores has numbers that are not finite"
    yield {"scores": [0.1, 0.2, 10**400]}, "scores is .*a table of numbers"
    yield {"scores": ["a", "b", "c"]}, "a table of numbers"
    yield {"scores": [[1, 2], [3]]}, "a table of numbers"
    yield {"weights": [[1, 2, 3, 4]]}, r"weights has shape \(1, 4\). limelight takes shape \(3, 4\)"
    yield (
        {"weights": {"shape": [3, 4], "float32": "AAAA"}},
        r"weights has 3 bytes and shape \[3, 4\]. limelight takes four bytes a number",
    )
    yield {"weights": {"shape": [3, -4], "float32": ""}}, "weights is -4.*a whole number"
    yield {"weights": {"shape": [3, 4], "float32": "a!"}}, "bytes in base64"
    yield {"weights": {"shape": [3, 4], "float32": 7}}, "weights is 7.*takes a str"
    yield {"weights": {"shape": "34", "float32": ""}}, "shape of weights is '34'.*takes a list"
    yield {"terms": [[0], [1, 3], [0, 1, 3]]}, "2 to 20 ascending positions"
    yield {"terms": [[2, 0], [1, 3], [0, 1, 3]]}, "2 to 20 ascending positions"
    yield {"terms": [[0, 0], [1, 3], [0, 1, 3]]}, "2 to 20 ascending positions"
    yield {"terms": [[0, 4], [1, 3], [0, 1, 3]]}, "terms is 4"
    yield {"terms": [[0, 2]]}, r"term_weights has shape \(3, 3\). limelight takes shape \(3, 1\)"
    yield {"joint": 1}, "joint is 1.*true or false"
    yield {"fit": {"r2": [1, 2]}}, r"fit's r2 .*\(3,\)"
    yield {"fit": [1]}, r"fit is \[1\].*a dict"
    yield {"explained": [2]}, "explained is 2"
    yield {"pinned": [[0, 5, 5]]}, "pinned is 5"
    yield {"read": [13]}, "a number for each field"
    yield {"read": [13, 99]}, "read is 99"
    yield {"state": "finished"}, "state is 'finished'.*one of prediction"
    yield {"scale": "log"}, "scale is 'log'.*one of probability"
    yield {"unit": 3}, "unit is 3"
    yield {"unit": {"premise": 3}}, "unit is 3"
    yield {"contrast": [0]}, "two positions"
    yield {"contrast": [0, 1, 2]}, "contrast has 3 entries. limelight takes up to 2"
    yield {"contrast": [0, -1]}, "contrast is -1"
    yield {"attention": {"layers": 10**8, "heads": 1, "data": ""}}, "attention's layers is 100000000"
    yield {"attention": {"layers": 1, "heads": 1, "data": "AAAA"}}, "attention has 3 bytes. limelight takes 16:"
    yield {"attention": {"layers": 1, "heads": 1, "data": "a!"}}, "bytes in base64"
    yield {"attention": 3}, "attention is 3"
    exam = document().exam
    yield {"exam": exam | {"targets": [3, 0]}}, "exam's targets is 3"
    yield {"exam": exam | {"shares": [0.0, 0.5, 0.4]}}, "ascending numbers from 0 to 1"
    yield {"exam": exam | {"shares": []}}, r"shares has shape \(0,\). limelight takes shape \(1 or more,\)"
    yield {"exam": exam | {"first": [[0.1]] * 2}}, r"exam's first .*\(2, 3\)"
    yield {"exam": exam | {"srg": [0.1]}}, "exam's srg"
    yield {"exam": exam | {"evaluations": -1}}, "exam's evaluations is -1"
    yield {"exam": 3}, "exam is 3"
    answer = document().to_dict()["answer"]
    yield {"answer": 3}, "answer is 3"
    yield {"answer": answer | {"spans": [[3, 5], [0, 2], [6, 11]]}}, "answer's spans is .*ascend"
    yield {"answer": answer | {"spans": [[0, 2], [3, 5], [6, 99]]}}, "answer's spans is 99"
    yield {"answer": answer | {"spans": [[0, 2, 3], [3, 5], [6, 11]]}}, "answer's spans"
    yield {"answer": answer | {"spans": [3]}}, "answer's spans"
    yield {"answer": answer | {"spans": 3}}, "answer's spans"
    yield {"answer": answer | {"text": 3}}, "of type int"
    yield {"answer": answer | {"ids": [-1]}}, "answer's ids is -1"
    yield {"answer": answer | {"probabilities": [0.5]}}, "answer's probabilities"
    yield {"answer": answer | {"alternatives": [[{"text": "a"}], [], []]}}, "probability is None|id is None"
    yield {"answer": answer | {"alternatives": [[3], [], []]}}, "dicts with text, id and probability"
    yield {"answer": answer | {"alternatives": 3}}, "alternatives is 3"
    yield {"answer": answer | {"seed": -1}}, "answer's seed is -1"
    yield {"residuals": [1, 2]}, "residuals"
    yield {"removal_margins": [[1, 2]]}, "removal_margins"
    yield {"leverages": [[1, 2]]}, r"leverages .*\(1 or more, 4\)"
    yield {"warnings": "none"}, "warnings is 'none'"
    yield {"warnings": ["a"] * 101}, "warnings has 101 entries. limelight takes up to 100"
    yield {"warnings": [3]}, "warnings is 3"
    yield {"seconds": float("inf")}, "seconds is inf.*a number up to"
    yield {"seconds": "1"}, "seconds is '1'"
    yield {"seed": -1}, "seed is -1"
    yield {"seed": True}, "seed is True"
    yield {"evaluations": 1.5}, "evaluations is 1.5"
    yield {"method": 3}, "method is 3"
    yield {"model": "a" * 3000}, "at most 2,000"


@pytest.mark.parametrize(("wrong", "said"), [pytest.param(*one, id=one[1][:40]) for one in refusals()])
def test_what_could_not_be_drawn_is_refused_in_a_sentence(wrong, said):
    with pytest.raises(InputError, match=said):
        Document.from_dict(document().to_dict() | wrong)


@pytest.mark.parametrize("given_", [None, [], "limelight/2", 7])
def test_what_is_no_document_is_refused_in_a_sentence(given_):
    with pytest.raises(InputError, match="the document is .*, of type .*limelight reads a dict"):
        Document.from_dict(given_)


def test_an_old_document_with_something_wrong_is_refused_too():
    old = json.loads((BEFORE / "words-and-pairs.json").read_text("utf-8"))["document"]
    for wrong in (
        {"text": None},
        {"spans": 3},
        {"spans": [[0, 2, 5]]},
        {"pairs": [[0]]},
        {"targets": None},
        {"read": -1},
    ):
        with pytest.raises(InputError, match="the document"):
            Document.from_dict(old | wrong)


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(), st.text(max_size=5), st.just("\ud800"),
    st.lists(st.integers(-2, 9), max_size=4), st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    st.just({"shape": [10**6, 10**6], "float32": ""}), st.just([[]]), st.just("A" * 10_000),
)  # fmt: skip


def mutated(value, draw):
    """A JSON value with something in it replaced, left out or doubled."""
    if isinstance(value, dict) and value and draw(st.integers(0, 9)):
        key = draw(st.sampled_from(sorted(value)))
        if not draw(st.integers(0, 9)):
            return {name: one for name, one in value.items() if name != key}
        return value | {key: mutated(value[key], draw)}
    if isinstance(value, list) and value and draw(st.integers(0, 9)):
        at = draw(st.integers(0, len(value) - 1))
        doubled = [value[at]] * draw(st.integers(0, 2)) if not draw(st.integers(0, 4)) else [mutated(value[at], draw)]
        return [*value[:at], *doubled, *value[at + 1 :]]
    return draw(JUNK)


@settings(max_examples=600, deadline=None)
@given(st.data())
def test_a_mutated_document_is_refused_in_a_sentence_or_as_good_as_any(data):
    plain = document().to_dict()
    for _ in range(data.draw(st.integers(1, 2))):
        plain = mutated(plain, data.draw)
    try:
        one = Document.from_dict(plain)
    except InputError as error:
        assert str(error).count(".") >= 2
        return
    assert again(one) == one
    one.predict(np.ones((2, len(one.features)))) if one.weights is not None and one.intercepts is not None else None
