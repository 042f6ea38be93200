"""How an endpoint is asked: within its limits, stopped at once, and with a key that nobody gets to see."""

from __future__ import annotations

import contextlib
import gc
import json
import logging
import pickle
import re
import threading
import time
import traceback

import pytest

from limelight import Endpoint, Explainer, explain
from limelight.api.options import Options
from limelight.api.steps import steps
from limelight.document import Answer
from limelight.errors import InputError, LimelightError, ModelError, PredictionError
from limelight.predictors.served.address import Address, Key
from limelight.predictors.served.refusals import pause_of
from limelight.predictors.turns import Stopped, stopped
from limelight.text.fields import fields_of
from tests.conftest import explanations
from tests.predictors.served.stub import Stub, serving

PROMPT = "What is the capital of France, my good friend?"
SECRET = "sk-planted-2f9c81d7"


# addresses


@pytest.mark.parametrize(
    ("given", "host", "local", "apis"),
    [
        ("http://127.0.0.1:8080/v1", "127.0.0.1:8080", True, ["http://127.0.0.1:8080/v1"]),
        ("http://localhost:8080", "localhost:8080", True, ["http://localhost:8080/v1", "http://localhost:8080"]),
        ("https://api.openai.com/v1/", "api.openai.com", False, ["https://api.openai.com/v1"]),
        ("http://[::1]:80/v1", "[::1]:80", True, ["http://[::1]:80/v1"]),
        ("http://10.0.0.3/x?api-version=2", "10.0.0.3", False, ["http://10.0.0.3/x/v1", "http://10.0.0.3/x"]),
        ("http://127.0.0.1.evil.org/v1", "127.0.0.1.evil.org", False, ["http://127.0.0.1.evil.org/v1"]),
    ],
)
def test_an_address_says_who_is_asked(given, host, local, apis):
    one = Address(given)
    assert (one.host, one.local, list(one.apis)) == (host, local, apis)


def test_a_password_in_an_address_is_sent_and_never_told():
    one = Address(f"http://me:{SECRET}@127.0.0.1:9/v1")
    assert SECRET not in repr(one) + str(vars(one)) + one.host and one.login.startswith("Basic ")
    for wrong in (f"ftp://me:{SECRET}@x", f"http://me:{SECRET}@:x", f"http://x/v1?key={SECRET}", f"http://x/#{SECRET}"):
        with pytest.raises(InputError) as problem:
            Endpoint(wrong)
        assert SECRET not in str(problem.value)


def test_a_key_is_never_given_itself_and_goes_to_nobody_else(monkeypatch):
    with pytest.raises(InputError, match="never the key itself") as problem:
        Endpoint("http://127.0.0.1:9", key=SECRET)
    assert SECRET not in str(problem.value)
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    assert Key(None, Address("http://127.0.0.1:9/v1")).header == ""
    assert Key(None, Address("https://api.openai.com/v1")).header == f"Bearer {SECRET}"
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    assert Key(None, Address("http://127.0.0.1:9/v1")).header == f"Bearer {SECRET}"
    assert Key(None, Address("http://127.0.0.1:10/v1")).header == ""


def test_a_planted_key_is_nowhere_to_be_found(monkeypatch, tmp_path, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("PLANTED", SECRET)
    said = []

    def search(*things):
        for one in things:
            said.append(one if isinstance(one, str) else json.dumps(one, default=repr))

    with serving(Stub(key=SECRET)) as url:
        login = url.replace("://", f"://user:{SECRET}@")
        for model in (Endpoint(url, key="PLANTED"), Endpoint(url, key=lambda: SECRET), Endpoint(login, key="PLANTED")):
            found = explain(PROMPT, model, budget=30)
            for form in ("html", "svg", "json", "latex", "csv"):
                with contextlib.suppress(LimelightError):
                    path = tmp_path / f"one.{form}"
                    getattr(found, f"to_{form}")(path) if form != "json" else found.save(path)
                    search(path.read_text("utf-8"))
            search(found.to_dict(), repr(found), repr(model), repr(vars(model)), repr(vars(model._contact)))
            search(repr(vars(model._contact.client)), repr(vars(model._contact.client.key)))
            with contextlib.suppress(Exception):  # a function need not be picklable
                search(repr(pickle.dumps(model)))
            widget = Explainer(PROMPT, model, budget=30)
            widget.wait(20)
            assert widget.status == "done"
            search(repr(widget), {name: repr(value) for name, value in widget.get_state().items()})
            widget.close()
        # refused: the stub repeats what it was sent
        monkeypatch.setenv("PLANTED", SECRET + "-wrong")
        for fault in ({}, {"drop": 1.0}, {"500": 1.0}, {"truncate": 1.0}):
            with serving(Stub(key=SECRET, faults=fault)) as other:
                refused = Endpoint(other, "stub-1", key="PLANTED", timeout=0.5)
                monkeypatch.setattr("limelight.predictors.served.client.FIRST_PAUSE", 0.01)
                try:
                    explain(PROMPT, refused)
                except LimelightError as error:
                    error.__traceback__ = error.__traceback__.tb_next  # this test holds the key itself
                    frames = traceback.TracebackException.from_exception(error, capture_locals=True)
                    search("".join(frames.format()), str(error), repr(vars(error)))
    search(caplog.text, *capfd.readouterr())
    assert len(said) > 30 and "refuses the key" in "".join(said)
    assert not [one[max(0, one.find(SECRET) - 200) :][:400] for one in said if SECRET in one]


# refusals


def refusal(stub, **more):
    with serving(stub) as url, pytest.raises(LimelightError) as problem:
        explain(PROMPT, Endpoint(url, more.pop("model", None), **more))
    return str(problem.value)


@pytest.mark.parametrize(
    ("fault", "wanted"),
    [
        ("quota", "the quota at 127.0.0.1.* is spent"),
        ("html", "page of HTML.*ends in /v1"),
        ("filter", "content filter"),
        ("500", "answered 500 .*5 times in a row"),
        ("truncate", "no JSON"),
    ],
)
def test_what_goes_wrong_is_said_in_a_sentence(monkeypatch, fault, wanted):
    monkeypatch.setattr("limelight.predictors.served.client.FIRST_PAUSE", 0.01)
    assert re.search(wanted, refusal(Stub(faults={fault: 1.0})))


def test_a_server_that_scores_another_answer_is_never_trusted():
    with serving(Stub(faults={"other": 1.0})) as url:
        found = explain(PROMPT, url, budget=20)
    assert found.scale == "value" and any("does not tell how likely" in one for one in found.warnings)


def test_a_wrong_key_an_unknown_model_and_nobody_at_home(monkeypatch):
    monkeypatch.setattr("limelight.predictors.served.client.FIRST_PAUSE", 0.01)
    assert "refuses the key" in refusal(Stub(key=SECRET))
    several = Stub()
    several.respond = lambda path, body: (
        (200, {"data": [{"id": "first"}, {"id": "second"}]})
        if path.endswith("/models")
        else (404, {"error": {"message": "no such model"}})
    )
    assert "2 models ('first', 'second'), and none was named" in refusal(several)
    assert "no model 'secnd'. It has 'first', 'second'" in refusal(several, model="secnd")
    with pytest.raises(PredictionError, match="cannot be reached"):
        explain(PROMPT, "http://127.0.0.1:1/v1")


def test_a_certificate_that_does_not_hold_ends_it(monkeypatch, tmp_path):
    import ssl
    import subprocess

    from tests.predictors.served.stub import Handler, Server

    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=other"]
    subprocess.run([*made, "-keyout", tmp_path / "key", "-out", tmp_path / "pem"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "pem", tmp_path / "key")
    server = Server(("127.0.0.1", 0), Handler)
    server.stub = Stub()
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with pytest.raises(ModelError, match="certificate of 127.0.0.1.*does not hold"):
            explain(PROMPT, f"https://127.0.0.1:{server.server_address[1]}/v1")
        assert server.stub.requests == []
    finally:
        server.shutdown()
        server.server_close()


def test_a_proxy_of_the_environment_does_not_hear_what_stays_on_this_machine(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    with serving(Stub()) as url:
        assert explain(PROMPT, url, budget=30).answer.text


# limits


def test_it_waits_as_long_as_the_server_asks(monkeypatch):
    assert pause_of({"retry-after": "2"}) == 2 and pause_of({}) is None and pause_of({"retry-after": "soon"}) is None
    assert pause_of({"retry-after": "nan"}) is None and pause_of({"retry-after": "9999"}) == 60
    monkeypatch.setattr("limelight.predictors.served.client.FIRST_PAUSE", 100.0)  # its own would never end
    stub = Stub(faults={"429": 0.1, "503": 0.05})
    with serving(stub) as url:
        found = explain(PROMPT, url, budget=40)
    assert found.top(1, "Paris")[0][0] == "France" and not [one for one in found.warnings if "Broken off" in one]


def test_a_spent_quota_is_not_asked_again():
    stub = Stub()
    with serving(stub) as url:
        model = Endpoint(url)
        explain(PROMPT, model, budget=20)
        stub.faults = {"quota": 1.0}
        before = len(stub.requests)
        with pytest.raises(PredictionError, match="quota"):
            explain("Another good text about France", model, budget=20)
        assert len(stub.requests) - before <= 2


def test_no_more_tokens_than_allowed_and_what_was_found_stays():
    stub = Stub()
    with serving(stub) as url:
        found = explain(PROMPT, Endpoint(url, budget_tokens=900), budget=60)
        assert stub.tokens <= 900 and found.weights is not None and found.evaluations < 60
        assert any("budget_tokens is 900" in one for one in found.warnings)
        with pytest.raises(PredictionError, match="budget_tokens is 20"):
            explain(PROMPT, Endpoint(url, budget_tokens=20))


def test_tokens_and_calls_are_counted_by_the_server():
    stub = Stub()
    with serving(stub) as url:
        found = explain(PROMPT, url, budget=40)
        assert found.warnings[-1] == f"Requests: {len(stub.requests)}; tokens: {stub.tokens:,}."


def test_eight_are_in_flight_and_no_more():
    times = {}
    texts = [f"the capital of France {at}" for at in range(24)]
    for count in (1, 8):
        stub = Stub(latency=0.05)
        with serving(stub) as url:
            *_, model = Endpoint(url, concurrency=count).bind(fields_of(PROMPT), Answer(" Paris is fine."))
            before = len(stub.times)
            model(texts)
        assert stub.most_flying == count
        times[count] = stub.times[-1] - stub.times[before]
    assert times[1] > 3 * times[8]  # of the stub's own clock: waits, not work


def test_a_stop_is_heard_at_once_and_what_was_found_stays():
    stub = Stub(latency=0.4)
    with serving(stub) as url:
        widget = Explainer(PROMPT, Endpoint(url), budget=60)
        until = time.monotonic() + 20
        while (widget.explanation is None or widget.explanation.weights is None) and time.monotonic() < until:
            time.sleep(0.02)
        widget.stop()
        pressed = time.monotonic()
        assert widget.wait(5) is not None and widget.status == "stopped"
        time.sleep(1.2)
        assert max(stub.times) < pressed + 1 and widget.explanation.weights is not None
        widget.close()


def test_connections_end_with_the_last_who_holds_an_endpoint():
    import psutil

    def open_to(port):
        return sum(bool(one.raddr) and one.raddr.port == port for one in psutil.Process().net_connections("tcp"))

    with serving(Stub()) as url:
        port, model = int(url.rsplit(":", 1)[1].split("/")[0]), Endpoint(url)
        explain(PROMPT, model, budget=30)
        assert open_to(port)
        del model
        until = time.monotonic() + 10
        while open_to(port) and time.monotonic() < until:
            gc.collect()
            time.sleep(0.05)
        assert not open_to(port)


def test_an_interrupt_ends_what_is_in_flight():
    stub = Stub(latency=0.3)
    with serving(stub) as url:
        model, ended = Endpoint(url), threading.Event()
        token = stopped.set(ended.is_set)
        try:
            threading.Timer(1.0, ended.set).start()
            with pytest.raises(Stopped):
                explanations(PROMPT, model, Options(budget=60))
            count = len(stub.requests)
            time.sleep(0.8)
            assert len(stub.requests) == count
        finally:
            stopped.reset(token)


def test_a_server_that_goes_away_costs_nothing_of_what_was_found(monkeypatch):
    monkeypatch.setattr("limelight.predictors.served.client.FIRST_PAUSE", 0.01)
    stub = Stub()
    with serving(stub) as url:
        found = None
        for step in steps(fields_of(PROMPT), Endpoint(url), Options(budget=60)):
            found = step or found
            if found is not None and found.weights is not None:
                stub.faults = {"drop": 1.0}
        assert found.weights is not None
        (said,) = [one for one in found.warnings if "Broken off" in one]
        assert "5 times in a row" in said
