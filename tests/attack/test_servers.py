"""Endpoints that misbehave at random, by seed: no wrong number without a warning, nothing lost, no key told."""

from __future__ import annotations

import json
import logging
import time
import traceback

import numpy as np
import pytest

from limelight import Endpoint, explain
from limelight.api.options import Options
from limelight.api.steps import steps
from limelight.document import Answer
from limelight.errors import LimelightError
from limelight.text.fields import fields_of
from tests.attack.conftest import rounds
from tests.predictors.served.stub import ANSWER, Stub, serving

SECRET = "sk-planted-7d1e03ab"
PROMPT = "What is the capital of France, my good friend?"
SOURCES = {"sources": ["France has a capital: good, good, good.", "Nothing here."], "question": "So bad?"}
FAULTS = (
    "drop", "delay", "hang", "429", "500", "503", "truncate", "counts", "many", "other", "fewer", "positive", "null",
    "empty", "html", "sentinel", "tells",
)  # fmt: skip
SCORING = ("llama", "vllm", "echo")
# that it was broken off, that something was not told, or that another question was answered than the server could
WARNED = ("not told,", "none of the labels", "Broken off", "does not tell how likely", "tells no probabilities")


def asked(dialect, random):
    """What is explained, and how."""
    if dialect not in SCORING:
        return PROMPT, {"labels": ["yes", "no"]}
    if random.random() < 0.5:
        return SOURCES, {"unit": "source", "method": "banzhaf", "answer": ANSWER}
    return PROMPT, {"answer": ANSWER} if random.random() < 0.5 else {}


def explained(given, model, options):
    """The last explanation, and what ended it; of what had weights nothing may be lost."""
    answer = options.pop("answer", None)
    last, error = None, None
    try:
        for step in steps(fields_of(given), model, Options(budget=30, **options), answer=answer and Answer(answer)):
            last = step or last
    except LimelightError as problem:
        error = problem
    assert error is None or last is None or last.weights is None, f"lost by {error}"
    return last, error


@pytest.mark.parametrize("dialect", ["llama", "vllm", "echo", "top", "text"])
def test_a_server_that_misbehaves_brings_no_wrong_number_and_tells_no_key(dialect, monkeypatch, caplog, tmp_path):
    monkeypatch.setattr("limelight.predictors.served.client.FIRST_PAUSE", 0.01)
    caplog.set_level(logging.DEBUG)
    right, ended, warned = {}, 0, 0
    for random in rounds(f"{dialect} server", 0.1, 3, 100_000):
        given, options = asked(dialect, random)
        kind = json.dumps([given, options])
        if kind not in right:
            with serving(Stub(dialect)) as url:
                right[kind] = explain(given, Endpoint(url, samples=4), budget=30, **options)
        chosen = random.sample(FAULTS, random.randint(1, 4))
        faults = {name: random.choice([0.01, 0.03, 0.1]) for name in chosen}
        budget = random.choice([None, None, 800, 5000])
        cache = random.choice([None, tmp_path / f"{random.random()}.db"])
        stub = Stub(dialect, seed=random.randint(0, 10**9), faults=faults, key=SECRET)
        with serving(stub) as url:
            model = Endpoint(
                url, samples=4, key=lambda: SECRET, timeout=0.5, budget_tokens=budget, cache=cache and str(cache)
            )
            started = time.monotonic()
            found, error = explained(given, model, dict(options))
            assert time.monotonic() - started < 60, faults
        said = [
            caplog.text,
            repr(model),
            repr(vars(model)),
            "" if cache is None else cache.read_bytes().decode("latin"),
        ]
        caplog.clear()
        if error is not None:
            frames = traceback.TracebackException.from_exception(error)
            said += [str(error), repr(vars(error)), "".join(frames.format())]
            assert str(error).count(".") >= 2, error  # in its beats
        if found is not None:
            said += [json.dumps(found.to_dict()), repr(found)]
        assert not [one for one in said if SECRET in one], faults
        if budget is not None and not {"counts", "many", "drop", "hang", "truncate", "delay"} & set(faults):
            assert stub.tokens <= budget, (stub.tokens, budget, faults)
        if error is not None or found is None or found.weights is None:
            continue
        ended += 1
        spoken, before = (" ".join(one.warnings) for one in (found, right[kind]))
        told = [sign for sign in WARNED if sign in spoken and sign not in before]
        warned += bool(told)
        if dialect == "text" or told:
            assert np.isfinite(found.weights).all()
            continue
        # a label that is not told has bounds, which its interval counts in
        bounds = dialect == "top" and "sentinel" in faults
        assert np.abs(found.scores - right[kind].scores).max() < (0.05 if bounds else 1e-6), faults
        if found.evaluations == right[kind].evaluations:
            off = 1e-6 + (np.diff(found.intervals)[..., 0] if bounds else 0)
            assert (np.abs(found.weights - right[kind].weights) < off).all(), faults
        if "unit" in options:
            assert set(found.sources()["verdict"]) == set(right[kind].sources()["verdict"]), faults
    assert ended > warned or ended < 5  # of a few rounds all may be hit
