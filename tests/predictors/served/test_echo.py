"""Completions that echo their prompt: what they tell is checked, and one that ignores it is not believed."""

from __future__ import annotations

import numpy as np
import pytest

from limelight import Endpoint, explain
from limelight.document import Answer
from limelight.errors import InputError, PredictionError
from limelight.text.fields import fields_of
from tests.predictors.served.stub import ANSWER, Stub, log_probability, serving

PROMPT = "What is the capital of France, my good friend?"


def spoiling(change):
    """A stub whose echoed answers are changed."""
    stub = Stub("echo")
    plain = stub.told_again

    def told_again(body):
        status, answer = plain(body)
        change(answer["choices"][0], body)
        return status, answer

    stub.told_again = told_again
    return stub


def test_an_answer_is_written_cut_as_it_is_scored_and_explained():
    with serving(Stub("echo")) as url:
        found = explain(PROMPT, url, budget=60)
    assert found.answer.text == ANSWER and found.answer.route == "echoed completions, raw"
    assert found.targets == ("Paris", "is", "fine", ".")  # by what it ends, these do not tell
    assert found.scores == pytest.approx([log_probability(PROMPT, at) for at in range(4)])
    assert found.top(1, "Paris")[0][0] == "France" and np.allclose(found.weights[1:], 0, atol=1e-9)
    assert found.answer.alternatives[0][0].text.strip().startswith("other")


def test_an_answer_that_is_saved_is_scored_in_another_session_too():
    with serving(Stub("echo")) as url:
        one, other = Endpoint(url), Endpoint(url)
        found = explain(PROMPT, one, budget=20)
        *_, bound = other.bind(fields_of(PROMPT), found.answer)
        assert bound.answer.ids == found.answer.ids and bound([PROMPT])[0][:4] == pytest.approx(np.exp(found.scores))


def test_one_that_ignores_it_in_silence_is_not_believed():
    def ignore(choice, body):
        choice["text"] = choice["text"][len(body["prompt"]) :]
        choice["logprobs"] = {"tokens": [" more"], "token_logprobs": [-1.0], "top_logprobs": [{}], "text_offset": [0]}

    def content(choice, body):  # as llama.cpp's
        choice["logprobs"] = {"content": [], "tokens": None, "token_logprobs": None}

    for change in (ignore, content):
        with serving(spoiling(change)) as url:
            found = explain(PROMPT, url, budget=20)
        assert found.scale == "value" and any("does not tell how likely" in one for one in found.warnings)


def test_what_it_tells_of_another_text_is_refused(monkeypatch):
    monkeypatch.setattr("limelight.predictors.served.client.FIRST_PAUSE", 0.01)

    def merge(choice, body):  # the last piece of the prompt and the first of the answer are one token
        for name in ("tokens", "token_logprobs", "top_logprobs", "text_offset"):
            del choice["logprobs"][name][-5]

    def shift(choice, body):
        choice["logprobs"]["text_offset"] = [at + 1 for at in choice["logprobs"]["text_offset"]]

    def unknown(choice, body):
        choice["logprobs"]["token_logprobs"][-3] = None

    for change in (merge, shift, unknown):
        on = []
        with serving(spoiling(lambda choice, body, change=change, on=on: on and change(choice, body))) as url:
            model = Endpoint(url)
            explain(PROMPT, model, answer=ANSWER, budget=20)
            on.append(True)
            with pytest.raises(PredictionError, match=r"5 times in a row. limelight takes no number that it cannot"):
                explain("And of Spain?", model, answer=ANSWER, budget=20)


def test_a_chat_needs_a_template():
    with serving(Stub("echo")) as url:
        with pytest.raises(InputError, match="no chat template"):
            explain([{"role": "user", "content": PROMPT}], url)
        chat = [{"role": "user", "content": "of France?"}]
        found = explain(
            chat, url, template=lambda texts: f"Q: capital {next(iter(texts.values()))}\nA:", answer=ANSWER, budget=20
        )
        assert found.scores[0] == pytest.approx(log_probability("capital of France", 0))


def test_the_first_word_after_nothing_has_a_probability_too():
    with serving(Stub("echo")) as url:
        *_, bound = Endpoint(url).bind(fields_of(PROMPT), Answer(ANSWER))
        assert np.log(bound([""])[0][0]) == pytest.approx(log_probability("", 0))
