"""Half precision: decided before the first answer, never changed, and the same answers after any history.

The dtype is forced here, so that the path runs on every machine; without the
instructions torch computes the same numbers, only slower.
"""

from __future__ import annotations

import numpy as np
import pytest

from limelight import as_predictor, explain
from limelight.errors import InputError
from limelight.predictors.hf import precision, transformer
from tests.conftest import WORDS

TEXT = "it was not a good film , never fun"
DTYPES = ("float32", "bfloat16")


@pytest.fixture(scope="module")
def folder(bert):
    return bert(num_labels=3)


def fresh(folder, dtype):
    """A predictor that nobody has asked yet."""
    transformer._LOADED.clear()
    return as_predictor(folder, dtype=dtype)


def test_what_is_asked_for_is_used_from_the_first_answer_on(folder):
    full, low = fresh(folder, "float32"), fresh(folder, "bfloat16")
    assert (full.dtype, low.dtype) == DTYPES
    texts = ["good film", "bad film", "not a good film", "film", "never"]
    alone = np.concatenate([low([text]) for text in texts])
    assert np.array_equal(low(texts), alone)
    assert not np.array_equal(alone, full(texts)) and np.allclose(alone, full(texts), atol=0.02)
    assert explain("not a good film", low, budget=20).dtype == "bfloat16"


def test_the_head_answers_in_single_precision(bert):
    """A value has all its steps: rounded to bfloat16 there would be 128 between two powers of two."""
    low = fresh(bert(num_labels=1), "bfloat16")
    values = low([" ".join(WORDS[:n]) for n in range(1, 13)])[:, 0]
    steps = values / np.spacing(values.astype(np.float32)).astype(float)
    assert (np.abs(steps % 2**16) > 0).mean() > 0.9


def test_only_the_layers_of_the_body_are_copied(folder):
    predictor = fresh(folder, "bfloat16")
    whole = {id(p) for p in predictor._model.parameters()}
    parameters = dict(predictor._asked.named_parameters())
    assert parameters and all(id(p) in whole for p in parameters.values())
    assert "classifier.weight" in parameters and "bert.pooler.dense.weight" in parameters
    assert not any(name.endswith("query.weight") for name in parameters)
    assert {str(p.dtype) for p in predictor._model.parameters()} == {"torch.float32"}


def test_unasked_it_is_used_only_where_it_moves_nothing_to_see(folder, monkeypatch):
    monkeypatch.setattr(precision, "faster", lambda device: True)
    assert fresh(folder, "auto").dtype == "bfloat16"
    monkeypatch.setattr(precision, "MOVED", 1e-9)
    assert fresh(folder, "auto").dtype == "float32"
    asked = fresh(folder, "bfloat16")  # who asks for it has it, and is told
    assert asked.dtype == "bfloat16" and "moves answers of this model" in asked.warnings[0]


def test_a_model_that_takes_no_mixture_of_precisions_stays_as_it_is(folder, monkeypatch):
    real = precision.HalfLinear.forward
    monkeypatch.setattr(precision.HalfLinear, "forward", lambda self, x: real(self, x).double() @ 1)
    assert fresh(folder, "bfloat16").dtype == "float32"


@pytest.mark.parametrize("has", [True, False])
def test_the_processor_decides_and_time_only_against_grave_slowness(monkeypatch, has):
    monkeypatch.setattr(precision, "_has_instructions", lambda: has)
    for slower, grave in ((0.5, False), (1.5, False), (50.0, True)):
        precision.faster.cache_clear()
        monkeypatch.setattr(precision, "_seconds", lambda dtype, slower=slower: slower if "bf" in str(dtype) else 1.0)
        assert precision.wanted("auto", "cpu") == (has and not grave)
        assert precision.wanted("bfloat16", "cpu") and not precision.wanted("float32", "cpu")
    precision.faster.cache_clear()


def test_an_unknown_precision_is_refused():
    with pytest.raises(InputError, match="unknown dtype 'float16'"):
        precision.wanted("float16", "cpu")


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_same_answer_to_the_bit_from_a_fresh_model_and_after_texts_that_share_nothing(folder, dtype):
    wanted = explain(TEXT, fresh(folder, dtype), budget=200)
    predictor = fresh(folder, dtype)
    for other in ("bad dull", "the dull is bad !", "好 看", "👍"):
        explain(other, predictor, budget=60)
    again = explain(TEXT, predictor, budget=200)
    assert np.array_equal(again.weights, wanted.weights) and np.array_equal(again.intervals, wanted.intervals)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_same_answer_after_texts_that_share_most(folder, dtype):
    wanted = explain(TEXT, fresh(folder, dtype), budget=200)
    predictor = fresh(folder, dtype)
    for other in (TEXT[:-4], TEXT[7:], TEXT + " !"):
        explain(other, predictor, budget=100, seed=1)
    predictor([TEXT, "a", TEXT[:-4]])
    again = explain(TEXT, predictor, budget=200)
    most = np.abs(wanted.weights).max()
    assert np.abs(again.weights - wanted.weights).max() <= (1e-5 if dtype == "float32" else 0.02 * most)
    sure = (wanted.intervals[..., 0] > 0) | (wanted.intervals[..., 1] < 0)
    assert sure.any() and np.array_equal(np.sign(again.weights[sure]), np.sign(wanted.weights[sure]))
