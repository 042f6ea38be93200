"""What a model may answer: numbers of any type that lose nothing as floats; of others it is told why not."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from limelight import as_predictor, explain
from limelight.errors import PredictionError


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda texts: np.full((len(texts), 2), 1 + 2j), "no table of numbers .*complex128.*one column per class"),
        (lambda texts: [[1 + 2j, 0]] * len(texts), "no table of numbers .*complex128"),
        (lambda texts: np.full((len(texts), 2), np.complex64(1j), object), "no table of numbers .*complex"),
        (lambda texts: np.ma.masked_all((len(texts), 2)), "no table of numbers .*masked"),
        (lambda texts: [np.ma.array([1.0, 2.0], mask=[0, 1])] * len(texts), "no table of numbers .*masked"),
        (lambda texts: np.full((len(texts), 2), "2020-01-01", "M8[D]"), "no table of numbers .*datetime64"),
        (lambda texts: np.full((len(texts), 2), 5, "m8[s]"), "no table of numbers .*timedelta64"),
        (lambda texts: [[None, 1.0]] * len(texts), "NaN or infinity"),
        (lambda texts: [[1.0, -2e100]] * len(texts), r"answered 2.0e\+100.*up to 1e\+100 in size.*scale"),
        (lambda texts: [[10**400, 0]] * len(texts), "OverflowError"),
    ],
)
def test_what_would_lose_something_is_refused_in_a_sentence(answer, said):
    with pytest.raises(PredictionError, match=said):
        explain("good film", answer)


@pytest.mark.parametrize(
    "table",
    [
        np.array([[True, False]]),
        np.array([[Decimal("1"), Fraction(0)]], object),
        np.ma.array([[1.0, 0.0]]),
        np.array([[1, 0]], np.longdouble),
        [["1.0", "0"]],
        [np.array([1.0, 0.0])],
    ],
)
def test_numbers_of_any_type_that_lose_nothing_are_taken(table):
    scores = as_predictor(lambda texts: table)(["a"])
    assert scores.tolist() == [[1.0, 0.0]] and scores.dtype == float


def test_the_largest_scores_are_explained_without_overflow():
    with np.errstate(over="raise", invalid="raise"):
        found = explain("a good film", lambda texts: [[1e100 * ("good" in text)] for text in texts])
    assert found.weights[0, 1] == pytest.approx(1e100, rel=0.01) and np.isfinite(found.intervals).all()


def test_torchs_numbers_are_taken_as_exact_as_they_are():
    import torch

    ask = lambda value, dtype: as_predictor(lambda t: torch.full((len(t), 1), value, dtype=dtype))(["a"]).tolist()  # noqa: E731
    assert ask(0.5, torch.bfloat16) == [[0.5]] and ask(1 + 2**-40, torch.float64) == [[1 + 2**-40]]
    assert ask(True, torch.bool) == [[1.0]] and ask(3, torch.int64) == [[3.0]]
    with pytest.raises(PredictionError, match="no table of numbers .*complex64"):
        ask(1 + 2j, torch.complex64)
