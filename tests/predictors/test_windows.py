"""Texts beyond a model's window, read in windows that overlap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limelight import as_predictor, explain
from limelight.predictors import Predictor, Windowed


class Short(Predictor):
    """Reads ten characters and counts the letter "x" in them."""

    name, targets, scale = "short", ("x",), "value"

    def __init__(self):
        self.asked = []

    def reads(self, text):
        return min(len(text), 10)

    def predict(self, texts):
        assert all(len(text) <= 10 for text in texts)
        self.asked += texts
        return np.array([[text.count("x")] for text in texts], dtype=float)


@given(st.text(alphabet="x yé", max_size=80))
def test_windows_cover_the_text_and_fit(text):
    spans = list(Windowed(Short()).windows(text))
    assert spans[0][0] == 0 and spans[-1][1] == len(text)
    assert all(b - a <= 10 for a, b in spans)
    assert all(a[0] < b[0] <= a[1] < b[1] for a, b in zip(spans, spans[1:], strict=False))


def test_what_fits_is_asked_as_it_is():
    inner = Short()
    assert Windowed(inner)(["x x", ""]).tolist() == [[2.0], [0.0]] and inner.asked == ["x x", ""]


def test_an_answer_is_the_mean_of_the_windows_by_their_length():
    inner = Short()
    # windows 0-10, 5-15, 10-16: 0, 5, 6 times "x"
    answer = Windowed(inner)(["yyyyyyyyyyxxxxxx"])
    assert inner.asked == ["yyyyyyyyyy", "yyyyyxxxxx", "xxxxxx"]
    assert answer[0, 0] == pytest.approx((0 * 10 + 5 * 10 + 6 * 6) / 26)


def test_words_beyond_the_window_get_their_weights(bert):
    text = "the film was a film " * 10 + "good"
    folder = bert(num_labels=2)
    short = explain(text, folder, budget=60)
    assert short.read < len(text) and any("windows=True" in warning for warning in short.warnings)
    whole = explain(text, folder, budget=60, windows=True)
    assert whole.read == len(text) and whole.features[-1] == "good" and len(whole.features) == 51
    assert not any("stops reading" in warning for warning in whole.warnings)
    # a word in the last window alone moves the answer by its part of it
    predictor = as_predictor(folder, windows=True)
    with_word, without = predictor([text, text[:-5]])
    assert np.abs(with_word - without).max() > 0


def test_it_cannot_be_looked_into_and_says_why(bert):
    from limelight.errors import InputError

    with pytest.raises(InputError, match="several windows"):
        explain("good film", bert(num_labels=2), method="gradient_x_input", windows=True)
