"""Answers in a file: another session asks nothing again, and hears what the first did, noise and all."""

from __future__ import annotations

import pickle
import sqlite3
import stat

import pytest

from limelight import Endpoint, explain
from limelight.errors import InputError
from tests.predictors.served.stub import Stub, serving

PROMPT = "What is the capital of France, my good friend?"
REVIEW = "It was a good film, not bad but dull"


def asked(stub):
    """What cost something, as a route does not that is not there."""
    absent = ["/v1/completions"] if stub.dialect == "sampled" else []
    return [one for one in stub.requests if "completion" in one[0] and one[0] not in absent]


@pytest.mark.parametrize(("stub", "prompt", "more"), [
    (Stub("llama"), PROMPT, {"answer": "Paris, of course."}),
    (Stub("sampled"), REVIEW, {"labels": ["yes", "no"]}),
    (Stub("llama", noise=0.2), PROMPT, {"answer": "Paris, of course."}),
])  # fmt: skip
def test_another_session_asks_nothing_again_and_finds_the_same(tmp_path, stub, prompt, more):
    with serving(stub) as url:
        first = explain(prompt, Endpoint(url, cache=tmp_path / "answers.db"), budget=30, **more)
        before = len(asked(stub))
        model = Endpoint(url, cache=tmp_path / "answers.db")
        second = explain(prompt, model, budget=30, **more)
        assert len(asked(stub)) == before > 20
        # added up in the order in which they came
        assert second.weights == pytest.approx(first.weights, abs=1e-9)
        assert second.intervals == pytest.approx(first.intervals, abs=1e-9)
        assert first.warnings[:-1] == second.warnings[:-1]  # the last counts requests
        assert model._contact.client.tokens == 0
        # what has not been asked is
        explain(prompt + " Yes.", model, budget=30, **more)
        assert len(asked(stub)) > before


def test_it_holds_no_key_and_is_its_owners_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("PLANTED", "a-very-secret-key")
    path = tmp_path / "answers.db"
    with serving(Stub(key="a-very-secret-key")) as url:
        explain(PROMPT, Endpoint(url, key="PLANTED", cache=path), answer="Paris.", budget=20)
    assert b"secret" not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    rows = sqlite3.connect(path).execute("SELECT count(*) FROM answers").fetchone()
    assert rows[0] > 10


def test_it_goes_to_another_process(tmp_path):
    contact = pickle.loads(pickle.dumps(Endpoint("http://127.0.0.1:9/v1", cache=tmp_path / "answers.db")._contact))
    assert contact.client._store.path == tmp_path / "answers.db"


@pytest.mark.parametrize("given", ["", 5, "no/such/folder/answers.db", "."])
def test_what_cannot_be_a_cache_is_refused(given):
    with pytest.raises(InputError, match="cache is .* limelight takes .* give one"):
        Endpoint("http://127.0.0.1:9/v1", cache=given)


def test_a_file_of_something_else_is_refused_and_stays(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("mine" * 400)
    with pytest.raises(InputError, match="cannot be used"):
        Endpoint("http://127.0.0.1:9/v1", cache=path)
    assert path.read_text() == "mine" * 400
