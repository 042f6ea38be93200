"""What a GPU must not change. Run as ``CUDA_VISIBLE_DEVICES=0 pytest tests/predictors/hf/test_accelerator.py``."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from limelight import as_predictor, explain
from limelight.api.options import Options
from limelight.api.steps import steps
from limelight.text.fields import fields_of

pytestmark = pytest.mark.skipif(
    not torch.cuda.is_available(), reason="no CUDA device is at hand, or CUDA_VISIBLE_DEVICES hides it"
)

TEXT = "It is not a bad film, but the plot never quite comes alive and the jokes fall flat."
THINNED = [TEXT, *(" ".join(TEXT.split()[:count]) for count in range(1, 18))] * 8


@pytest.mark.parametrize(("dtype", "most"), [("float32", 1e-4), ("bfloat16", 0.02)])
def test_answers_are_those_of_the_processor(dtype, most):
    on_cpu = as_predictor(dtype="float32", device="cpu")(THINNED)
    on_gpu = as_predictor(dtype=dtype, device="cuda")
    assert on_gpu._model.device.type == "cuda" and on_gpu.dtype == dtype
    assert np.abs(on_gpu(THINNED) - on_cpu).max() < most


@pytest.mark.parametrize("method", ["lime", "interactions", "integrated_gradients", "attention_rollout"])
def test_the_same_seed_gives_the_same_weights(method):
    predictor = as_predictor(dtype="float32", device="cuda")
    once = explain(TEXT, predictor, method=method, seed=1)
    predictor.forget()
    assert explain(TEXT, predictor, method=method, seed=1) == once


def test_weights_are_those_of_the_processor():
    one, other = (
        explain(TEXT, as_predictor(dtype="float32", device=device), method="lime", budget=400, seed=1)
        for device in ("cpu", "cuda")
    )
    assert np.abs(one.weights - other.weights).max() < 1e-3


def test_auto_takes_the_accelerator_and_keeps_its_promise():
    predictor = as_predictor(device="auto")
    assert predictor._model.device.type == "cuda"
    exact = as_predictor(dtype="float32", device="cuda")(THINNED)
    assert np.abs(predictor(THINNED) - exact).max() < 0.02


def test_what_is_left_behind_is_given_back():
    """A hundred explanations hold no more of the device's memory than one."""
    predictor = as_predictor(dtype="float32", device="cuda")
    explain(TEXT, predictor, budget=100)
    held = torch.cuda.memory_allocated()
    for seed in range(100):
        predictor.forget()
        explain(TEXT, predictor, budget=100, seed=seed)
    assert torch.cuda.memory_allocated() <= held


def test_nothing_is_asked_once_it_was_stopped(monkeypatch):
    predictor = as_predictor(dtype="float32", device="cuda")
    asked, own = [], predictor.predict
    monkeypatch.setattr(predictor, "predict", lambda batch: asked.append(len(batch)) or own(batch))
    running = steps(fields_of(" ".join([TEXT] * 8)), predictor, Options(budget=100_000))
    while len(asked) < 3:
        next(running)
    running.close()
    assert len(asked) == 3 and sum(asked) < 100_000
