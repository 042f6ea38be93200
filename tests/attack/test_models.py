"""Models that misbehave: each is explained right, or refused in a sentence, and leaves nothing behind."""

from __future__ import annotations

import gc
import random
import sys
import threading
import warnings

import numpy as np
import pytest
import torch

from limelight import Explainer, explain
from limelight.errors import LimelightError
from tests.attack import answers, oddities
from tests.attack.models import FINAL, Held, form, free_for_others, function, in_a_thread, late, pure, same, sentence
from tests.attack.oddities import ASKED, ENDS, ERRORS
from tests.conftest import until

pytestmark = [
    pytest.mark.attack,
    pytest.mark.usefixtures("no_hang", "no_thread_left", "surroundings"),
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),  # a coroutine that nobody awaits
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),  # an end that raises
]

TEXT = "not a good film, it was a bad one"

RIGHT = answers.RIGHT | oddities.RIGHT
LIKE = {f"like {name}": as_if for name, (as_if, _) in answers.LIKE.items()}
REFUSED = {
    "refused: NaN for some texts": function(lambda texts, _: [[0.5] if "good" in t else [np.nan] for t in texts]),
    "refused: columns by text": function(lambda texts, _: [[0.5] * (2 + ("good" in text)) for text in texts]),
}
for name, of in answers.WRONG.items():
    wrong = lambda texts, of=of: of(pure(texts), texts)  # noqa: E731
    REFUSED |= {f"refused at call {at}: {name}": late(wrong, at) for at in (1, 3) if at > 1 or "before" not in name}
for name, error in ERRORS.items():
    REFUSED |= {f"refused at call {at}: {name}": late(error, at) for at in (1, 4)}
CASES = {
    **RIGHT,
    **{f"like {name}": form(of) for name, (_, of) in answers.LIKE.items()},
    **REFUSED,
    **{f"ended at call {at}: {name}": late(end, at) for name, end in ENDS.items() for at in (1, 4)},
    **{f"no model: {name}": make for name, make in oddities.NONE.items()},
    **{f"either: {name}": make for name, make in oddities.EITHER.items()},
    **{f"unsteady: {name}": make for name, make in answers.UNSTEADY.items()},
}


@pytest.fixture
def surroundings(monkeypatch):
    """What models change for the whole process is as before at the end."""
    monkeypatch.setattr(sys, "stdout", sys.stdout)
    monkeypatch.setattr(threading.current_thread(), "name", threading.current_thread().name)
    numbers, python, seed = np.random.get_state(), random.getstate(), torch.get_rng_state()
    threads, gradients, dtype = torch.get_num_threads(), torch.is_grad_enabled(), torch.get_default_dtype()
    raised = np.geterr()
    with warnings.catch_warnings():
        yield
    np.random.set_state(numbers), random.setstate(python), torch.set_rng_state(seed)
    torch.set_num_threads(threads), torch.set_grad_enabled(gradients), torch.set_default_dtype(dtype)
    np.seterr(**raised)
    gc.enable()
    oddities.KEPT.clear()


@pytest.fixture(scope="module")
def wanted():
    return explain(TEXT, pure, **ASKED)


def explained(model):
    """The explanation of a model, or what is raised instead, whose sentence is checked."""
    try:
        return explain(TEXT, model, **ASKED)
    except (LimelightError, TypeError) as error:
        sentence(str(error))
        return error


def shown(model):
    """What a widget comes to: its status and its explanation."""
    widget = Explainer(TEXT, model, **ASKED)
    try:
        until(lambda: widget.status in FINAL)
        assert in_a_thread(widget.wait) is widget.explanation
        assert widget.status == "done" or sentence(widget.error)
        return widget.status, widget.explanation
    finally:
        widget.close()


@pytest.mark.parametrize("name", CASES)
def test_it_is_explained_right_or_refused_in_a_sentence(name, wanted):
    make, model, kind = CASES[name], CASES[name](), name.split()[0]
    if kind == "ended":
        with pytest.raises(BaseException) as caught:
            explain(TEXT, model, **ASKED)
        assert not isinstance(caught.value, Exception)
    else:
        explanation = explained(model)
        if name in RIGHT:
            assert same(explanation, wanted)
        elif kind == "like":
            assert same(explanation, explain(TEXT, lambda texts: LIKE[name](pure(texts)), **ASKED))
        elif name in REFUSED:
            assert isinstance(explanation, LimelightError)
        elif kind == "no":
            assert isinstance(explanation, (LimelightError, TypeError))
        elif kind == "either:":
            assert isinstance(explanation, Exception) or np.array_equal(explanation.weights, wanted.weights)
        else:
            assert np.isfinite(explanation.weights).all()
            assert "time" in name or same(explanation, explained(make()))
    free_for_others(model)

    status, explanation = shown(make())
    if name in RIGHT:
        assert status == "done" and np.array_equal(explanation.weights, wanted.weights)
    elif name in REFUSED or kind in ("ended", "no"):
        assert status == "failed"
    elif kind in ("like", "unsteady:"):
        assert status == "done"
    assert same(explain(TEXT, pure, **ASKED), wanted)  # the next one is as ever


ACTS = {
    "stop": lambda widget: widget.stop(),
    "close": lambda widget: widget.close(),
    "wait": lambda widget: widget.wait(),
    "explain": lambda widget: widget.explain(),
    "another text": lambda widget: setattr(widget, "text", "good fun"),
    "another method, from the page": lambda widget: widget.set_state({"method": "occlusion"}),
    "hidden words": lambda widget: setattr(widget, "hidden", [0]),
    "another method below": lambda widget: setattr(widget, "compare", ["occlusion"]),
    "another target": lambda widget: setattr(widget, "target", 0),
}


def ended(widget) -> bool:
    return widget.status in FINAL or widget.comm is None


@pytest.mark.parametrize("act", ACTS)
def test_a_model_that_turns_to_its_own_widget(act):
    """Whatever it asks of it there, once, the widget comes to an end."""
    acted, ready = [], threading.Event()

    def model(texts):
        assert ready.wait(10)
        if not acted and len(texts) > 1:
            acted.append(ACTS[act](widget))
        return pure(texts)

    widget = Explainer(TEXT, model, **ASKED)
    ready.set()
    try:
        until(lambda: acted and ended(widget))
        in_a_thread(widget.wait)
        assert widget.status != "failed"
    finally:
        widget.close()
    free_for_others(model)


@pytest.mark.parametrize("act", [*ACTS, *ERRORS, *ENDS])
def test_a_callback_ends_nothing(act):
    """Whatever it raises or asks of the widget, once, the widget comes to an end and goes on serving."""
    model, called, acted = Held(2), [], []

    def callback(widget):
        if not called:
            called.append(act)
            try:
                (ACTS | ERRORS | ENDS)[act](widget)
            finally:
                acted.append(act)  # only now: what it starts must not find the widget at its first end

    widget = Explainer(TEXT, model, **ASKED)
    widget.on_explained(callback)
    try:
        model.free.set()
        until(lambda: acted and ended(widget))
        if act != "close":
            assert in_a_thread(widget.wait) is not None and widget.status == "done"
            widget.text = "a bad film"
            until(lambda: widget.status in FINAL)
            assert in_a_thread(widget.wait).text == "a bad film" and widget.status == "done"
    finally:
        widget.close()
    free_for_others(model)


def test_a_module_is_left_as_it_was(bert):
    """In training, with hooks, with gradients: all is as before, and the answers are those without dropout."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    folder = bert(num_labels=2)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder)
    wanted = {method: explain(TEXT, (model, tokenizer), method=method) for method in ("lime", "integrated_gradients")}
    heard = []
    model.train()
    model.bert.encoder.eval()
    hook = model.classifier.register_forward_hook(lambda *_: heard.append(1))
    model.classifier.bias.requires_grad_(False)
    before = [(m.training, len(m._forward_hooks), len(m._backward_hooks), len(m._forward_pre_hooks))
              for m in model.modules()]  # fmt: skip
    for method, explanation in wanted.items():
        assert np.allclose(explain(TEXT, (model, tokenizer), method=method).weights, explanation.weights, atol=1e-5)
    assert heard and before == [
        (m.training, len(m._forward_hooks), len(m._backward_hooks), len(m._forward_pre_hooks)) for m in model.modules()
    ]
    assert not model.classifier.bias.requires_grad and model.classifier.weight.requires_grad
    assert all(p.grad is None for p in model.parameters())
    hook.remove()


def test_a_pipeline_of_scikit_learn(sklearn_pipeline):
    """As it is, by its method, and unfitted."""
    from sklearn.base import clone

    one, other = (explain(TEXT, model, **ASKED) for model in (sklearn_pipeline, sklearn_pipeline.predict_proba))
    assert same(one, other)
    assert np.array_equal(one.scores, sklearn_pipeline.predict_proba([TEXT])[0])
    with pytest.raises(LimelightError, match="NotFittedError"):
        explain(TEXT, clone(sklearn_pipeline), **ASKED)
