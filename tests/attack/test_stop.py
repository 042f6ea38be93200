"""Stop, an interrupt, an end and a time budget take effect within one batch of the model, whatever it is asked for."""

from __future__ import annotations

import _thread
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import pytest
import torch

from limelight import Explainer, Predictor, as_predictor, explain
from tests.attack.conftest import threads
from tests.attack.models import FINAL, Held, in_a_thread, pure
from tests.conftest import until

pytestmark = [pytest.mark.attack, pytest.mark.usefixtures("no_hang", "no_thread_left")]

TEXT = "a good film, not a bad one, it was never dull and always fun"
OTHERS = ["a bad film, not a good one, it was never fun and always dull", "never a good film, but not a bad one either"]
LONG = (TEXT + ". ") * 3
TIME = 0.5  # seconds of a time budget


class Counted(Predictor):
    """Small batches, which are counted and held; reads a few characters at a time."""

    name, targets, batch_size = "counted", ("no", "yes"), 4

    def __init__(self, held: Held, window: int = 10_000) -> None:
        self.held, self.window = held, window

    def predict(self, texts):
        return self.held(texts)

    def reads(self, text):
        return min(len(text), self.window)


@pytest.fixture(scope="module")
def folder(bert):
    return bert(num_labels=3)


def transformer(held: Held, folder: str, windows: bool = False):
    """A tiny BERT: each of its batches is counted; without windows, each pass for gradients."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    pair = model, AutoTokenizer.from_pretrained(folder)
    if not windows:
        model.forward = counted(model.forward, held, lambda: torch.is_grad_enabled())
        return pair
    predictor = as_predictor(pair)
    predictor.score = counted(predictor.score, held, lambda: True)
    return predictor


def counted(work: Callable, held: Held, counts: Callable[[], bool]) -> Callable:
    def call(*args, **options):
        if counts():
            held(["a"])
        return work(*args, **options)

    return call


class Counts(NamedTuple):
    """How many batches a work takes: an explanation alone, the first one that is shown, and all."""

    alone: int
    first: int
    every: int


@dataclass
class Work:
    """Something that a model is asked for in many batches.

    Attributes:
        at: the batch to hold.
        options: of the widget.
        model: of what counts its calls, and a folder.
        text: of the widget.
        then: what is asked for when all else is done.
    """

    at: Callable[[Counts], int]
    options: dict
    model: Callable = lambda held, _: Counted(held)
    text: str | list[str] = TEXT
    then: Callable[[Explainer], None] | None = None
    counts: Counts | None = field(default=None, init=False)

    def start(self, held: Held, folder: str, **more) -> Explainer:
        return Explainer(self.text, self.model(held, folder), **self.options, **more)

    def batch(self, folder: str) -> int:
        """The number of the batch to hold; another one comes after it."""
        if self.counts is None:
            alone, held, first = Held(), Held(1), []
            if "compare" in self.options:
                explain(self.text, self.model(alone, folder), budget=self.options["budget"])
            widget = self.start(held, folder)
            widget.on_explained(lambda _: first.append(held.calls))
            held.free.set()
            in_a_thread(widget.wait)
            assert widget.status == "done", widget.error
            if self.then is not None:
                self.then(widget)
                in_a_thread(widget.wait)
            widget.close()
            self.counts = Counts(alone.calls, first[0] if first else 0, held.calls)
        at = self.at(self.counts)
        assert 0 < at < self.counts.every, self.counts
        return at


def hide(widget: Explainer) -> None:
    for hidden in ([0, 1, 2], [1, 2, 3], [2, 3, 4]):
        widget.hidden = hidden


PLAIN, ROWS = {"budget": 40}, {"budget": 40, "compare": ["shapley", "occlusion"]}
WINDOWS, HALF = {"budget": 80, "windows": True}, lambda counts: counts.every // 2
WORKS = {
    "a draft": Work(lambda counts: 2, PLAIN),
    "the explanation": Work(lambda counts: 4, PLAIN),
    "occlusion": Work(lambda counts: 2, {"method": "occlusion"}),
    "windows": Work(HALF, WINDOWS, lambda held, _: Counted(held, 12), LONG),
    "windows of a transformer": Work(HALF, WINDOWS, partial(transformer, windows=True), LONG),
    "gradients": Work(lambda counts: 3, {"method": "integrated_gradients"}, transformer),
    "gradients at once": Work(lambda counts: 1, {"method": "gradient_x_input"}, transformer),
    "the exam": Work(lambda counts: counts.alone + 1, ROWS),
    "the exam's end": Work(lambda counts: counts.first - 3, ROWS),
    "a row": Work(lambda counts: counts.first + 2, ROWS),
    "another text": Work(lambda counts: counts.first + 3, PLAIN, text=[TEXT, *OTHERS]),
    "the last text": Work(lambda counts: counts.every - 4, PLAIN, text=[TEXT, *OTHERS]),
    "another model": Work(lambda counts: 5, PLAIN, lambda held, _: [pure, Counted(held)]),
    "hidden words": Work(lambda counts: counts.every - 2, PLAIN, then=hide),
}


def interrupt(widget: Explainer, held: Held) -> None:
    """As in a notebook: the cell waits, and its kernel is interrupted when the model is at work."""
    cell = threading.get_ident()

    def waits() -> bool:
        frame = sys._current_frames()[cell]
        while frame is not None and frame.f_code is not Explainer.wait.__code__:
            frame = frame.f_back
        return frame is not None

    def press() -> None:
        until(waits)
        _thread.interrupt_main()

    threading.Thread(target=press, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        widget.wait(20)


def ask(widget: Explainer, kind: str) -> None:
    widget._handle_custom_msg({"id": "1", "kind": kind, "msg": {}}, [])


ENDS = {
    "stop": lambda widget, held: widget.stop(),
    "cancel": lambda widget, held: ask(widget, "cancel"),
    "interrupt": interrupt,
    "close": lambda widget, held: widget.close(),
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("name", WORKS)
def test_at_most_one_more_batch_is_asked(folder, name, end):
    work = WORKS[name]
    at = work.batch(folder)
    before, held = threads(), Held(at)
    widget = work.start(held, folder)
    try:
        if work.then is not None:
            in_a_thread(widget.wait)
            work.then(widget)
        assert held.reached.wait(20)
        ENDS[end](widget, held)
        assert held.calls == at
        held.free.set()
        until(lambda: threads() <= before)
        assert held.calls <= at + 1
        assert end == "close" or widget.status in FINAL
        in_a_thread(widget.wait)
    finally:
        held.free.set()
        widget.close()


class Late(Held):
    """Takes all of a time budget in its chosen call."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.free.set()

    def __call__(self, texts):
        answer = super().__call__(texts)
        if self.calls == self.at:
            time.sleep(TIME + 0.05)
        return answer


@pytest.mark.parametrize("name", ["the explanation", "windows", "windows of a transformer", "gradients", "occlusion"])
def test_a_time_budget_ends_within_one_batch(folder, name):
    work = WORKS[name]
    held = Late(work.batch(folder))
    explanation = explain(work.text, work.model(held, folder), **work.options, time_budget=TIME)
    assert held.calls <= held.at + 1 and explanation.text == work.text
    assert explanation.weights is None or explanation.state in ("draft", "partial")


@pytest.mark.parametrize("name", ["the explanation", "the exam", "the exam's end", "windows", "gradients"])
def test_a_time_budget_of_a_widget_ends_within_one_batch(folder, name):
    work = WORKS[name]
    at, before = work.batch(folder), threads()
    held = Late(at)
    widget = work.start(held, folder, time_budget=TIME)
    first = []
    widget.on_explained(lambda _: first.append(held.calls))
    try:
        in_a_thread(widget.wait)
        assert widget.status == "done" and first[0] <= at + 1
    finally:
        widget.close()
    until(lambda: threads() <= before)


def test_a_hidden_word_does_not_wait_for_the_end_of_gradients(folder):
    """Its answer comes between two of their passes."""
    first, last = Held(), Held()

    def both(texts):
        first(texts)
        last(texts)

    model, tokenizer = transformer(both, folder)
    explain(LONG, (model, tokenizer), method="integrated_gradients")
    passes, first.calls, last.calls = first.calls, 0, 0
    assert passes > 5
    first.at, last.at = 3, passes
    widget = Explainer(LONG, (model, tokenizer), method="integrated_gradients")
    try:
        assert first.reached.wait(20)
        until(lambda: widget.explanation is not None)
        widget.hidden = [0]
        first.free.set()
        assert last.reached.wait(20)
        assert len(widget.tries) == 2, "the gradients are at their last pass"
        last.free.set()
        in_a_thread(widget.wait)
        assert widget.status == "done"
    finally:
        first.free.set(), last.free.set()
        widget.close()


@pytest.mark.parametrize("unit", ["word", "character", "sentence"])
@pytest.mark.parametrize("text", ["a" + "." * 100_000, "电影，" * 33_000, "🇩🇪" * 50_000, "a. b! " * 16_000])
def test_an_interrupt_is_heard_while_a_text_is_segmented(text, unit):
    """And then no batch is asked at all."""

    class Reading(Counted):
        def reads(self, text):
            _thread.interrupt_main()
            return len(text)

    held = Held()
    with pytest.raises(KeyboardInterrupt):
        explain(text, Reading(held), unit=unit)
    assert held.calls == 0
