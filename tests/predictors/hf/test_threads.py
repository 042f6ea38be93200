"""Parts of a batch in threads of their own: the same answers, and nothing left behind."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from limelight import as_predictor
from limelight.errors import PredictionError
from limelight.predictors.hf.threads import LEAST_TOKENS, parts_of
from tests.predictors.test_contract import load


@pytest.fixture
def four():
    """Four threads, whatever the machine has."""
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(before)


def test_parts_of_a_batch_are_asked_beside_each_other_and_answer_as_the_whole(bert, four):
    model, tokenizer = load(bert(num_labels=3))
    predictor = as_predictor((model, tokenizer))
    texts = ["good " * n + "film" for n in (10, 10, 10, 20, 20, 20, 15, 15, 15, 24, 24)]
    whole = np.concatenate([predictor([text]) for text in texts])
    predictor.predict(texts)  # starts the threads, which stay
    asked, forward, together = [], model.forward, threading.Barrier(4)

    def heard(**inputs):
        if threading.get_ident() not in {thread for thread, *_ in asked}:
            together.wait(10)  # breaks unless all four are here at once
        asked.append((threading.get_ident(), torch.get_num_threads(), len(inputs["input_ids"])))
        return forward(**inputs)

    model.forward = heard
    before = threading.active_count()
    assert np.allclose(predictor.predict(texts), whole, atol=1e-6)
    assert sum(rows for *_, rows in asked) == len(texts) and {used for _, used, _ in asked} == {1}
    assert len({thread for thread, *_ in asked}) == 4
    assert threading.get_ident() not in {thread for thread, *_ in asked}
    # there are no more of them than before, and a thread yet to come has as many as ever
    assert threading.active_count() == before and torch.get_num_threads() == 4
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(torch.get_num_threads).result() == 4


def test_a_part_that_fails_fails_the_batch(bert, four):
    model, tokenizer = load(bert(num_labels=3))
    predictor, forward = as_predictor((model, tokenizer)), model.forward
    predictor(["good " * n for n in range(5, 30)])
    predictor.forget()
    before = threading.active_count()
    model.forward = lambda **inputs: 1 / (inputs["input_ids"].shape[1] < 20) and forward(**inputs)
    with pytest.raises(PredictionError, match="ZeroDivisionError"):
        predictor(["good " * n for n in range(5, 30)])
    model.forward = forward
    assert threading.active_count() == before and len(predictor(["good", "bad"])) == 2


def counted(model, lengths):
    parts, apart = parts_of(model, lengths)
    assert sorted(row for part in parts for rows in part for row in rows) == list(range(len(lengths)))
    assert all(len({lengths[row] for row in rows}) == 1 for part in parts for rows in part)
    return len(parts), apart


def test_only_a_plain_model_is_asked_by_several_threads(bert, four):
    lengths = [20] * 8
    model, _ = load(bert(num_labels=3))
    parts, apart = parts_of(model, lengths)
    assert [[rows.tolist() for rows in part] for part in parts] == [[[0, 1]], [[2, 3]], [[4, 5]], [[6, 7]]] and apart
    # little is done in one thread, and a long text by all
    assert counted(model, [1] * 8) == counted(model, [2 * LEAST_TOKENS - 1]) == (1, True)
    assert counted(model, [2 * LEAST_TOKENS]) == (1, False)
    hook = model.bert.register_forward_hook(lambda *_: None)
    assert counted(model, lengths) == (1, False)
    hook.remove()
    assert counted(model, lengths) == (4, True)
    model.config.output_hidden_states = True
    assert counted(model, lengths) == (1, False)
    model.config.output_hidden_states = False
    assert counted(torch.compile(model), lengths) == (1, False)
    torch.set_num_threads(1)
    assert counted(model, lengths) == (1, False)
