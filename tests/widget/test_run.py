"""A run in its thread: how often it tells, and that nothing it tells can end it."""

from __future__ import annotations

import threading
import time

import pytest

from limelight import Explainer
from limelight.widget.run import Run
from tests.conftest import Linear


def test_snapshots_that_take_long_come_less_often():
    told = []

    def slow(run):
        time.sleep(0.1)
        told.append(run.status)

    def work():
        for _ in range(1000):
            time.sleep(0.001)
            yield object()

    run = Run(work, slow).start()
    run.wait(20)
    # half a second between two of them, where the work alone takes one
    assert told[-1] == "done" and len(told) <= 5


def test_what_a_listener_raises_does_not_end_the_work():
    def deaf(run):
        raise RuntimeError("comm closed")

    run = Run(lambda: iter([object(), object()]), deaf).start()
    assert run.wait(10) and run.status == "done" and run.latest is not None


def test_nothing_new_is_neither_an_end_nor_an_answer():
    first, told = object(), []
    run = Run(lambda: iter([None, first, None, None]), lambda run: told.append((run.status, run.latest))).start()
    assert run.wait(10) and told == [("running", first), ("done", first)]


@pytest.mark.parametrize("unit", ["word", "character"])
@pytest.mark.parametrize("text", ["电影，" * 20_000, "a" + "." * 50_000, "a " + "\n" * 50_000, "🇩🇪" * 25_000])
def test_a_stop_is_heard_while_a_text_is_segmented(text, unit):
    class Waiting(Linear):
        """Says how much it reads when it may: then the text is segmented."""

        asked_to_read, may_read = threading.Event(), threading.Event()

        def reads(self, text):
            self.asked_to_read.set()
            assert self.may_read.wait(10)
            return len(text)

    model = Waiting({})
    widget = Explainer(text, model, unit=unit)
    try:
        assert model.asked_to_read.wait(10)
        widget.stop()
        model.may_read.set()
        assert widget.wait(10) is None and widget.status == "stopped" and model.asked == []
    finally:
        widget.close()
