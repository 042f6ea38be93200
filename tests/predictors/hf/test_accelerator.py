"""What a GPU must not change. Run as ``CUDA_VISIBLE_DEVICES=0 pytest tests/predictors/hf/test_accelerator.py``."""

from __future__ import annotations

import copy

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
    other = explain(TEXT, predictor, method=method, seed=1)
    assert (other.evaluations, other.terms) == (once.evaluations, once.terms)
    # of a thousand rows a device computed one otherwise in its last bit, once it had computed others before
    assert np.abs(other.weights - once.weights).max() < 1e-6


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
    asked, own = [], predictor.score
    monkeypatch.setattr(predictor, "score", lambda batch: asked.append(len(batch)) or own(batch))
    running = steps(fields_of(" ".join([TEXT] * 8)), predictor, Options(budget=100_000))
    while len(asked) < 3:
        next(running)
    running.close()
    assert len(asked) == 3 and sum(asked) < 100_000


def spoken(kind):
    from tests.speaking import loaded

    return loaded(kind), "The capital of France is not so bad and it was old"


def rewritten(kind):
    from tests.predictors.test_rewriting import SOURCE, model
    from tests.speaking import tokenizer

    return (model(kind), tokenizer()), SOURCE


def tagged(folder):
    from tests.trained import entities_model

    return entities_model(folder), "mr washington often with people in washington today"


def answered(folder):
    from tests.trained import answers_model

    given = {"question": "what is eaten", "context": "then anna meets kurt . boris eats rice . still emma in oslo ."}
    return answers_model(folder), given


MADE = {"gpt2": spoken, "llama": spoken, "bloom": spoken, "neox": spoken, "t5": rewritten, "bart": rewritten}


@pytest.fixture(params=[*MADE, "entities", "answers"])
def both(request, tmp_path):
    """A model of a task on the processor, a copy of it on the device, and what it is asked."""
    makers = {"entities": tagged, "answers": answered}
    name = request.param
    (model, tokenizer), given = MADE[name](name) if name in MADE else makers[name](tmp_path)
    return (model, tokenizer), (copy.deepcopy(model).to("cuda"), tokenizer), given


def test_every_task_is_explained_as_on_the_processor(both):
    """Greedy words, entities and answers are the same; and what each is scored by under every mask that was drawn."""
    on_cpu, on_gpu, given = both
    one, other = (explain(given, model, method="lime", budget=200, seed=1) for model in (on_cpu, on_gpu))
    assert list(one.targets) == list(other.targets)
    assert np.abs(np.asarray(one.scores) - np.asarray(other.scores)).max() < 1e-4
    assert np.abs(one.weights - other.weights).max() < 1e-2 * np.abs(one.weights).max()
    assert next(on_gpu[0].parameters()).device.type == "cuda"


def test_a_language_model_gives_back_what_it_held():
    """What a hundred other answers held is given back, the read heads of their prompts too."""
    from tests.speaking import loaded

    model, tokenizer = loaded("llama")
    predictor = as_predictor((copy.deepcopy(model).to("cuda"), tokenizer))
    prompt = "It was warm, old and big; she said that it is not so bad"
    explain(prompt, predictor, budget=100, answer=" Paris")
    predictor.forget()
    held = torch.cuda.memory_allocated()
    for at in range(100):
        predictor.forget()
        explain(prompt, predictor, budget=100, answer=f" Rome {at}")
    predictor.forget()
    assert torch.cuda.memory_allocated() <= held
