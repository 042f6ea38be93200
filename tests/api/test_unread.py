"""A text in letters that the model's vocabulary has not: the reader is told."""

from __future__ import annotations

import pytest

from limelight import explain
from limelight.api.problem import covered


def told(text, model=None, **more):
    found = explain(text, model, budget=20, **more)
    return [one for one in found.warnings if "vocabulary" in one]


def test_words_that_the_model_cannot_tell_apart_are_counted():
    # of the bundled model's pieces: 部 and 我 are there, the other signs are not
    assert told("这部电影很好看，我非常喜欢", unit="character") == [
        "10 of 12 characters are not in the model's vocabulary: it reads them all alike."
    ]
    given = {"one": "a good film", "other": "电影很好看"}
    assert told(given, unit="character")[0].startswith("5 of 5 characters are not")


@pytest.mark.parametrize("text", ["a good film", "so good 😀😀", "Der Film war überraschend gut", "👍"])
def test_nothing_is_said_of_what_is_read_or_has_no_letters(text):
    assert not told(text, unit="character" if text == "👍" else "word")


def test_a_model_that_tells_no_tokens_says_nothing(linear):
    assert not told("电影很好看", linear)


def test_a_span_counts_where_nothing_else_is_in_it():
    assert covered([(0, 2), (3, 5), (6, 9)], [(0, 1), (1, 2), (3, 4), (6, 9)]) == 2
    assert covered([], [(0, 1)]) == covered([(0, 1)], []) == 0
