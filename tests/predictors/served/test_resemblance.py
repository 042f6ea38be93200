"""A server that tells nothing of a given answer: what of it comes again, by words of which all is known."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

from limelight import Endpoint, Explainer, Explanation, evaluate, explain
from limelight.document import Answer
from limelight.errors import InputError, PredictionError
from limelight.text.fields import fields_of
from tests.predictors.served.stub import Stub, serving

PROMPT = "Tell me of Oslo and Rome please"
SAID = "Oslo lies by the sea. Rome has seven hills."


def speak(text):
    """A sentence for each town that is asked about."""
    said = [sentence for town, sentence in (("Oslo", SAID[:21]), ("Rome", SAID[22:])) if town in text]
    return " ".join(said) or "Of what?"


@pytest.mark.parametrize("dialect", ["text", "top"])
def test_each_sentence_rests_on_the_word_that_brings_it_about(dialect):
    with serving(Stub(dialect, speak=speak)) as url:
        found = explain(PROMPT, url, budget=128)
    assert found.targets == ("Oslo lies by the sea.", "Rome has seven hills.") and found.scale == "value"
    assert found.scores == pytest.approx([1, 1]) and found.answer is None
    # without its town a sentence is gone, and no other word does anything
    for row, town in zip(found.weights, ("Oslo", "Rome"), strict=True):
        assert row[found.features.index(town)] == pytest.approx(1, abs=0.05)
        assert np.abs(np.delete(row, found.features.index(town))).max() < 0.05
    said = " ".join(found.warnings)
    assert "does not tell how likely" in said and said.count(SAID) == 3


def test_an_answer_can_be_given_and_stays_the_one_that_is_asked_about():
    given = "Oslo lies in the north, by the sea. Bergen is far."
    with serving(Stub("text", speak=speak)) as url:
        model = Endpoint(url)
        found = explain(PROMPT, model, answer=given, budget=64)
        assert found.targets == ("Oslo lies in the north, by the sea.", "Bergen is far.")
        # "Oslo lies by the sea" has Oslo, lies, by, the, sea of the eight words of the first; nothing of the second
        assert found.scores == pytest.approx([5 / 8, 0])
        (score,) = evaluate(found, model, maskers="delete")
        assert score.srg > 0
        widget = Explainer(PROMPT, model, answer=given, budget=64)
        try:
            assert widget.wait(30) and not widget.error
            widget.hidden = [(11, 15)]  # Oslo
            assert widget.wait(30) and not widget.error
            tried = widget.tries[widget.at]
            assert list(tried.prediction) == list(found.targets) and tried.prediction[found.targets[0]] < 5 / 8
        finally:
            widget.close()


def test_sources_have_effects_on_each_sentence_and_no_verdict():
    given = {"question": "Where?", "sources": ["Oslo is meant.", "It is old.", "Rome is meant."]}
    with serving(Stub("text", speak=speak)) as url:
        found = explain(given, url, unit="source", method="banzhaf", answer="Oslo lies by the sea. Rome has hills.")
    assert found.targets == ("Oslo lies by the sea.", "Rome has hills.")
    frame = found.sources()
    assert frame[["sentence", "source"]].to_numpy().tolist() == [[1, 1], [1, 2], [1, 3], [2, 1], [2, 2], [2, 3]]
    assert frame["effect"].tolist() == found.weights.reshape(-1).tolist()
    assert frame.set_index(["sentence", "source"])["effect"].groupby("sentence").idxmax().tolist() == [(1, 1), (2, 3)]
    assert (frame["low"] <= frame["effect"]).all() and (frame["effect"] <= frame["high"]).all()
    assert set(frame["verdict"]) == {""} and "comes again in a new answer (ROUGE-L)" in frame.attrs["criterion"]
    again = Explanation.from_dict(found.to_dict()).sources("es")
    assert (
        again["effect"].tolist() == frame["effect"].tolist() and "vuelve en una respuesta" in again.attrs["criterion"]
    )


def test_what_changes_from_time_to_time_widens_the_intervals():
    asked = itertools.count()

    def moody(text):
        return speak(text) if next(asked) % 2 else "I would rather not."

    with serving(Stub("text", speak=speak)) as calm, serving(Stub("text", speak=moody)) as moving:
        still, wavers = explain(PROMPT, calm, answer=SAID, budget=64), explain(PROMPT, moving, answer=SAID, budget=64)
    assert np.diff(wavers.intervals).mean() > 2 * np.diff(still.intervals).mean()
    share = float(re.search(r"Of the sentences ([\d.]+) came", " ".join(wavers.warnings)).group(1))
    assert share in (0.33, 0.67)  # of three; which of four come first is chance


@pytest.mark.parametrize("said", ["", None, "?!"])
def test_nothing_that_is_said_is_nothing_to_explain(said):
    with (
        serving(Stub("text", speak=lambda _: said)) as url,
        pytest.raises(InputError, match="said nothing, or no word"),
    ):
        explain(PROMPT, url)


def test_a_forecast_counts_the_answers_that_are_heard_first():
    stub = Stub("text", speak=speak)
    with serving(stub) as url:
        model = Endpoint(url)
        asked = [("Tell me of Oslo and Rome please",), ("Tell me",)]
        for answer, first in ((SAID, 3), (None, 4)):
            calls, tokens = model.forecast(asked, fields_of(PROMPT), answer)
            assert calls == 2 + first and tokens > 0


def test_no_answer_is_written_that_nobody_reads():
    stub = Stub("text", speak=speak)
    with serving(stub) as url:
        model = Endpoint(url)
        model.forecast([(PROMPT,)], fields_of(PROMPT), SAID)  # so that it is known what the server can do
        for answer, asked in ((SAID, 3), (SAID, 0), (None, 1), (None, 0)):
            before = len(stub.requests)
            for _ in model.bind(fields_of(PROMPT), Answer(answer) if answer else None):
                pass
            assert len(stub.requests) - before == asked, answer


TOPICS = ({"oslo"}, {"sea", "ocean", "water"}, {"lies", "stands"}, {"rome"}, {"hills", "mountains"})


def embed(text):
    """How often each topic is spoken of: what says the same in other words is the same."""
    words = re.findall(r"\w+", text.casefold())
    rest = sum(not any(word in topic for topic in TOPICS) for word in words)
    return [*(sum(word in topic for word in words) for topic in TOPICS), 0.1 * rest]


def otherwise(text):
    """The same as ``speak`` in other words."""
    return speak(text).replace("lies by the sea", "stands at the water").replace("hills", "mountains")


def test_embeddings_tell_the_same_in_other_words_from_something_else():
    stub = Stub("text", speak=otherwise, embed=embed)
    with serving(stub) as url:
        by_words = explain(PROMPT, Endpoint(url), answer=SAID, budget=64)
        before, calls = stub.tokens, len(stub.requests)
        model = Endpoint(url, embedding="embedder")
        found = explain(PROMPT, model, answer=SAID, budget=64)
        assert model._contact.client.tokens == stub.tokens - before and len(stub.requests) > calls
        asked = {body["model"] for path, body in stub.requests if path.endswith("embeddings")}
    assert by_words.scores == pytest.approx([2 / 5, 3 / 4]) and asked == {"embedder"}
    assert found.scores == pytest.approx([1, 1], abs=1e-3)
    for row, town in zip(found.weights, ("Oslo", "Rome"), strict=True):
        assert row[found.features.index(town)] > 0.5 > 5 * np.abs(np.delete(row, found.features.index(town))).max()
    assert any("cosine, embedder" in one for one in found.warnings)
    assert any("(ROUGE-L)" in one for one in by_words.warnings)


def test_requests_for_embeddings_are_part_of_the_forecast():
    stub = Stub("text", speak=otherwise, embed=embed)
    with serving(stub) as url:
        model = Endpoint(url, embedding="embedder")
        assert model._contact.server
        before = len(stub.requests)
        asked = [(PROMPT,), ("Tell me of Rome",), ("Tell me",)]
        calls, tokens = model.forecast(asked, fields_of(PROMPT), SAID)
        before = len(stub.requests)
        *_, bound = model.bind(fields_of(PROMPT), Answer(SAID))
        bound([one for (one,) in asked])
        assert len(stub.requests) - before == calls and tokens > 0


@pytest.mark.parametrize("wrong", [[], [0.0, 0.0], [float("nan"), 1.0], ["a", "b"], None, [1.0, 2.0, 3.0]])
def test_what_is_no_embedding_is_refused(monkeypatch, wrong):
    monkeypatch.setattr("limelight.predictors.served.client.FIRST_PAUSE", 0.01)
    seen = itertools.count()
    stub = Stub("text", speak=speak, embed=lambda text: [1.0, 0.5] if next(seen) < 2 else wrong)
    with serving(stub) as url, pytest.raises(PredictionError, match="5 times in a row"):
        explain(PROMPT, Endpoint(url, embedding="embedder"), answer=SAID, budget=20)


def test_the_name_of_an_embedding_model_is_a_name():
    with pytest.raises(InputError, match="embedding is 3"):
        Endpoint("http://127.0.0.1:1", embedding=3)
