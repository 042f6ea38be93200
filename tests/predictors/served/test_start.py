"""A text goes to another machine only after its reader has heard to which, and how much is asked, and said so."""

from __future__ import annotations

import re

import pytest

from limelight import Endpoint, Explainer, explain
from limelight.api.forecast import forecast
from limelight.api.options import Options
from limelight.text.fields import fields_of
from tests.predictors.served.stub import ANSWER, Stub, far, serving

PROMPT = (
    "What is the capital of France, my good friend? I heard that the city is old and large, and that its river is not "
    "bad to walk along in the evening, when the lamps are lit and the people sit outside."
)


@pytest.fixture
def elsewhere(monkeypatch):
    far(monkeypatch)


def said(stub):
    return repr([body for _, body in stub.requests])


@pytest.mark.parametrize("given", ["address", "endpoint", "second"])
def test_nothing_of_a_text_is_sent_before_start_and_the_host_is_named(elsewhere, given):
    stub = Stub()
    with serving(stub) as url:
        model = {"address": url, "endpoint": Endpoint(url), "second": [lambda texts: [[1, 2]] * len(texts), url]}[given]
        widget = Explainer(PROMPT, model, budget=60)
        assert widget.wait(30) is None and widget.status == "ready"
        host = url.split("/")[2]
        assert widget.forecast.startswith(f"{host} would read this text: about ")
        assert "France" not in said(stub) and "evening" not in said(stub).replace("the evening was warm", "")
        state = widget.get_state()
        assert state["forecast"]["values"]["host"] == host and state["status"] == "ready"
        widget.explain()
        assert widget.wait(60) is not None and widget.status == "done" and widget.forecast is None
        # agreed once, for this widget
        widget.text = "Is the capital of France fine?"
        widget.wait(60)
        assert widget.status == "done"
        widget.close()


def test_this_machine_needs_no_word():
    with serving(Stub()) as url:
        widget = Explainer(PROMPT, url, budget=60)
        widget.wait(60)
        assert widget.status == "done" and widget.forecast is None
        widget.close()


@pytest.mark.parametrize(
    ("dialect", "options"),
    [
        ("llama", {"answer": ANSWER}),
        ("vllm", {"answer": ANSWER}),
        ("echo", {"answer": ANSWER}),
        ("top", {"labels": ["yes", "no"]}),
        ("llama", {"labels": ["yes", "no"]}),
    ],
)
def test_the_forecast_is_within_a_tenth(elsewhere, dialect, options):
    stub = Stub(dialect, noise=0.02 if dialect not in ("vllm", "echo") else 0.0)
    with serving(stub) as url:
        model = Endpoint(url, budget_tokens=10**6)
        options = Options(budget=64, **options)
        *_, note = forecast(fields_of(PROMPT), model, options)
        calls, tokens = (int(one.replace(",", "")) for one in re.findall(r"([\d,]+) (?:requests|tokens)", note))
        before, asked = stub.tokens, len(stub.requests)
        explain(PROMPT, model, budget=64, answer=options.answer, labels=options.labels)
        assert tokens == pytest.approx(stub.tokens - before, rel=0.1)
        assert calls == pytest.approx(len(stub.requests) - asked, rel=0.1)


def test_another_machine_gets_fifty_thousand_tokens_at_most(elsewhere):
    with serving(Stub()) as url:
        assert Endpoint(url)._contact.client.budget == 50_000
