"""A real vLLM on the CPU beside transformers: the same weights say the same of a given answer, by both its routes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from urllib.request import urlopen

import numpy as np
import pytest

from benchmarks.endpoints import SCORED
from limelight import Endpoint, as_predictor, explain
from limelight.document import Answer
from limelight.predictors.served import contact
from limelight.predictors.served.echo import Echo
from limelight.text.fields import fields_of

PYTHON, MODEL = os.environ.get("LIMELIGHT_VLLM", ""), Path("build/vllm/limelight/SmolLM2-135M-Instruct")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PYTHON, reason="needs vLLM, 3.5 GB in an environment of its own: make test-vllm"),
]
SETTINGS = {
    "HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1", "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind", "OMP_NUM_THREADS": "1",
}  # fmt: skip
START = 300  # seconds; thirty on a quiet machine


@pytest.fixture(scope="module")
def url():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    command = [PYTHON, "-m", "vllm.entrypoints.openai.api_server", "--model", MODEL, "--served-model-name", "smollm2"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--dtype", "float32", "--max-model-len", "1024"]
    command += ["--max-num-seqs", "16", "--enforce-eager"]
    child = subprocess.Popen(command, env={**os.environ, **SETTINGS}, stdout=subprocess.DEVNULL, start_new_session=True)
    end = time.monotonic() + START
    try:
        while True:
            assert child.poll() is None and time.monotonic() < end, "vLLM did not start"
            try:
                urlopen(f"http://127.0.0.1:{port}/health", timeout=1).close()
                break
            except OSError:
                time.sleep(1)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        os.killpg(child.pid, signal.SIGKILL)  # its engine is a process of its own
        child.wait()


@pytest.fixture(scope="module")
def memory():
    return as_predictor(str(MODEL))


def bound(model, prompt, answer):
    *_, last = model.bind(fields_of(prompt), Answer(answer))
    return last


def apart(one, other, prompt):
    """By how much the log-probabilities of tokens differ, at most."""
    count = len(other.answer.ids)
    assert len(one.answer.ids) == count
    rows = [np.log(model([prompt])[0][len(model.targets) :][:count]) for model in (one, other)]
    return np.abs(rows[0] - rows[1]).max()


def test_an_answer_has_the_log_probabilities_that_transformers_gives_it(url, memory):
    model = Endpoint(url)
    for prompt, answer in SCORED[::5]:
        one, other = bound(model, prompt, answer), bound(memory, prompt, answer)
        assert one.answer.route == "vLLM, chat" and apart(one, other, prompt) < 1e-3


def test_so_it_has_by_echoed_completions(url, memory, monkeypatch):
    async def recognised(ask, name):
        return await contact._scoring(ask, Echo, name)

    monkeypatch.setattr(contact, "recognised", recognised)
    model = Endpoint(url)
    for prompt, answer in SCORED[::5]:
        one = bound(model, prompt, " " + answer)
        other = bound(memory.prompted(None, None), prompt, " " + answer)
        assert one.answer.route == "echoed completions, raw" and apart(one, other, prompt) < 1e-3


def test_what_it_writes_is_explained(url, memory):
    prompt = "What is the capital of France? Answer in one sentence."
    found, same = (explain(prompt, model, budget=40, seed=0) for model in (url, memory))
    assert found.answer.text == same.answer.text
    assert [word for word, _ in found.over().top(2)] == [word for word, _ in same.over().top(2)]
