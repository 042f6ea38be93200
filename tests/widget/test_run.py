"""A run in its thread: how often it tells, and that nothing it tells can end it."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading

import pytest

from limelight import Explainer
from limelight.widget.run import INTERVAL, SHARE, Run
from tests.conftest import Linear


class Clock:
    """Time that passes only where a test has it pass."""

    def __init__(self, monkeypatch):
        self.now = 0.0
        monkeypatch.setattr("limelight.widget.run.time.monotonic", lambda: self.now)

    def sleep(self, seconds):
        self.now += seconds


@pytest.mark.parametrize(("takes", "asked", "between"), [(0, None, INTERVAL), (0.1, None, SHARE * 0.1), (0, 1, 1)])
def test_snapshots_that_take_long_come_less_often(monkeypatch, takes, asked, between):
    clock, told = Clock(monkeypatch), []

    def publish(run):
        told.append(clock.now)
        clock.sleep(takes)
        return asked

    def work():
        for _ in range(1000):
            clock.sleep(0.01)
            yield object()

    run = Run(work, publish)
    run._work()
    gaps = [later - sooner for sooner, later in itertools.pairwise(told[:-1])]
    assert run.status == "done" and min(gaps) == pytest.approx(between, abs=0.011) and max(gaps) < between + 0.011


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


@pytest.mark.parametrize("raised", [SystemExit, KeyboardInterrupt, GeneratorExit, RecursionError, RuntimeError])
def test_whatever_the_work_raises_ends_it_with_a_sentence(raised):
    def work():
        yield object()
        raise raised("odd")

    told = []
    run = Run(work, lambda run: told.append(run.status)).start()
    assert run.wait(10) and run.status == told[-1] == "failed" and raised.__name__ in run.error


@pytest.mark.parametrize("raised", [SystemExit, KeyboardInterrupt, ValueError])
def test_a_callback_may_raise_and_wait(raised):
    ended = []

    def after(run):
        ended.append(run.wait())  # from the run's own thread there is nothing to wait for
        raise raised

    run = Run(lambda: iter([object()]), lambda run: None, after).start()
    assert run.wait(10) and run.status == "done"
    run._thread.join(10)
    assert ended == [True] and not run._thread.is_alive()


def test_what_stops_is_closed():
    closed, going = threading.Event(), threading.Event()

    def work():
        try:
            while True:
                going.set()
                yield object()
        finally:
            closed.set()

    run = Run(work, lambda run: None).start()
    assert going.wait(10)
    run.stop()
    assert run.wait(10) and run.status == "stopped" and closed.is_set()


def test_a_wait_for_the_model_is_told():
    from limelight.predictors import turns

    told = []

    def work():
        turns.waiting.get()("waiting for the model")
        yield object()

    run = Run(work, lambda run: told.append(run.waits)).start()
    assert run.wait(10) and told[0] == "waiting for the model" and told[-1] == run.waits == ""


def test_a_process_that_goes_lets_the_batch_end_and_asks_for_no_other():
    """A thread that is within torch when Python goes would take it down: "terminate called", exit status 134."""
    code = """
import threading, time
from limelight import Explainer

begun = threading.Event()

def model(texts):
    begun.set()
    time.sleep(0.3)
    print("asked", flush=True)
    return [[0.1 * len(text), 1.0] for text in texts]

widget = Explainer("a good film", model)
begun.wait()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "asked\n"), done.stderr
