"""The kernel's side of the hosts' contract: a real ipykernel, Colab's metadata, and the size of what is sent."""

from __future__ import annotations

import json
import os
import sys
import time
from types import SimpleNamespace

import numpy as np
import pytest
from jupyter_client.manager import KernelManager

from limelight import Explainer, Explanation
from limelight.text.fields import fields_of
from limelight.text.units import words

# Other generations of ipykernel, installed with `pip install --target DIR ipykernel==VERSION`:
# LIMELIGHT_IPYKERNELS=DIR:DIR. Colab has 6.17; which thread handles a message differs between them.
IPYKERNELS = ["", *filter(None, os.environ.get("LIMELIGHT_IPYKERNELS", "").split(os.pathsep))]
SETUP = """
import time
from limelight import Explainer
def model(texts):
    time.sleep(0.05 * ("slow" in texts[0]))
    yes = [0.5 + 0.4 * ("good" in t) for t in texts]
    return [[1 - y, y] for y in yes]
w = Explainer("a good film", model, class_names=["no", "yes"], budget=4000)
w
"""
COLAB_MOST = 1_000_000  # bytes of a message


class Kernel:
    """A kernel and what a front end says to it and hears from it."""

    def __init__(self, first_on_path: str) -> None:
        path = os.pathsep.join(filter(None, [first_on_path, os.environ.get("PYTHONPATH")]))
        self._manager = KernelManager(kernel_name="python3")
        self._manager.start_kernel(env={**os.environ, "PYTHONPATH": path})
        self.client = self._manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        self.state, self.answers, self.printed, self.bundles = {}, [], "", []
        self.comm = None

    def hear(self, until, seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while not until():
            message = self.client.get_iopub_msg(timeout=max(0.1, end - time.monotonic()))
            content = message["content"]
            data = content.get("data", {})
            if message["msg_type"] == "comm_open" and "_esm" in data["state"]:
                self.comm, self.state = content["comm_id"], data["state"]
            elif message["msg_type"] == "comm_msg" and content["comm_id"] == self.comm:
                if data["method"] == "custom":
                    self.answers.append(data["content"])
                else:
                    self.state.update(data["state"])
            elif message["msg_type"] == "stream":
                self.printed += content["text"]
            elif message["msg_type"] in ("execute_result", "display_data"):
                self.bundles.append(data)

    def send(self, **data) -> None:
        message = self.client.session.msg("comm_msg", {"comm_id": self.comm, "data": data})
        self.client.shell_channel.send(message)

    def close(self) -> None:
        self.client.stop_channels()
        self._manager.shutdown_kernel(now=True)


@pytest.mark.slow
@pytest.mark.parametrize("first_on_path", IPYKERNELS, ids=lambda path: path or "installed")
def test_a_front_end_and_a_kernel_hear_each_other(first_on_path):
    kernel = Kernel(first_on_path)
    try:
        kernel.client.execute(SETUP)
        kernel.hear(lambda: kernel.state.get("status") == "done" and kernel.bundles, 60)
        assert kernel.state["target"] == "yes" and kernel.state["explanation"]["weights"]
        assert kernel.bundles[0]["application/vnd.jupyter.widget-view+json"]["model_id"] == kernel.comm
        kernel.send(method="update", state={"target": "no"}, buffer_paths=[])
        kernel.client.execute("import ipykernel; print('KERNEL', w.target, ipykernel.__version__)")
        kernel.hear(lambda: "KERNEL" in kernel.printed)
        assert kernel.printed.startswith("KERNEL no ") and (not first_on_path or " 7." not in kernel.printed)
        kernel.client.execute("w.text = 'a good and slow film of many words that no budget of ours exhausts'")
        kernel.hear(lambda: kernel.state["status"] == "running" and kernel.state["progress"] > 0.01)
        kernel.send(method="custom", content={"id": "1", "kind": "cancel", "msg": {}}, buffer_paths=[])
        kernel.hear(lambda: kernel.state["status"] == "stopped", 5)
        assert kernel.answers[0]["kind"] == "cancel-response"
        kernel.send(method="custom", content={"id": "2", "kind": "poll", "msg": {"seen": 0}}, buffer_paths=[])
        kernel.state.clear()
        kernel.hear(lambda: len(kernel.answers) == 2)
        assert kernel.state["status"] == "stopped" and kernel.state["explanation"]["weights"]
    finally:
        kernel.close()


def test_colab_is_told_where_the_widget_manager_is(monkeypatch):
    told = []
    output = SimpleNamespace(
        enable_custom_widget_manager=lambda: told.append(True),
        _widgets=SimpleNamespace(_installed_url="https://manager"),
    )
    monkeypatch.setitem(sys.modules, "google.colab.output", output)
    widget = Explainer("a good film", lambda texts: [[len(t), 1] for t in texts])
    try:
        data, metadata = widget._repr_mimebundle_()
        view = "application/vnd.jupyter.widget-view+json"
        assert data[view]["model_id"] == widget.model_id and data["text/plain"]
        assert metadata[view]["colab"]["custom_widget_manager"]["url"] == "https://manager" and told
    finally:
        widget.close()


def filled(d: int, k: int) -> Explanation:
    """As large as an explanation of so many words gets: every number with all its digits."""
    random = np.random.default_rng(0)
    text = " ".join("abcdefgh"[: 3 + i % 6] for i in range(d))
    weights = random.normal(0, 0.1, (k, d))
    terms = [(i, i + 1) for i in range(40)]
    term_weights = random.normal(0, 0.01, (k, len(terms)))
    spread = lambda values: np.stack([values - random.random() / 10, values + random.random() / 10], axis=-1)  # noqa: E731
    return Explanation(
        fields=fields_of(text), places=[(0, *span) for span in words(text)], targets=[f"class {i}" for i in range(k)],
        scores=random.dirichlet(np.ones(k)), weights=weights, intervals=spread(weights), intercepts=random.random(k),
        terms=terms, term_weights=term_weights, term_intervals=spread(term_weights), method="lime", title="LIME",
    )  # fmt: skip


def test_a_message_stays_within_what_colab_carries():
    widget = Explainer("a good film", lambda texts: [[len(t), 1] for t in texts])
    widget.wait(20)
    try:
        widget.explanation = filled(400, 5)
        assert len(json.dumps(widget.get_state())) < COLAB_MOST
    finally:
        widget.close()
