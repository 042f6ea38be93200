"""Whose turn it is: in order, one at a time, and lost by no interrupt."""

from __future__ import annotations

import _thread
import dis
import sys
import threading
import time

import pytest

from limelight import explain
from limelight.predictors import turns
from limelight.predictors.turns import Turns
from tests.conftest import until


def taken(turns):
    """Whether another thread can have the turn."""
    got = threading.Event()

    def take():
        with turns.turn():
            got.set()

    threading.Thread(target=take, daemon=True).start()
    return got.wait(5)


def test_threads_are_served_in_order_of_asking_and_one_at_a_time():
    queue, order, inside = Turns(), [], []

    def ask(name):
        with queue.turn(), queue.turn():  # one that has it may take it again
            inside.append(name)
            assert inside == [name]
            order.append(name)
            inside.remove(name)

    with queue.turn():
        for name in range(8):
            threading.Thread(target=ask, args=(name,), daemon=True).start()
            until(lambda name=name: len(queue._queue) == name + 2)
    until(lambda: len(order) == 8)
    assert order == list(range(8))


def test_an_interrupted_wait_lets_the_others_have_the_model():
    queue, holding = Turns(), threading.Event()

    def hold():
        with queue.turn():
            holding.set()
            time.sleep(0.6)

    threading.Thread(target=hold, daemon=True).start()
    assert holding.wait(5)
    threading.Timer(0.2, _thread.interrupt_main).start()
    with pytest.raises(KeyboardInterrupt), queue.turn():
        pass
    assert taken(queue) and queue.holder is None


class Interrupted(BaseException):
    pass


@pytest.mark.parametrize("again", [1, 2])
def test_no_turn_is_lost_wherever_an_interrupt_falls(again):
    """Raises wherever Python looks for signals, one place after the other, and once more in what cleans up.

    It looks at the begin of a function, when it jumps back, and after a call.
    """

    def steps(queue, at):
        """Runs one turn, interrupted at the place number ``at``; whether there was such a place."""
        left, hits, called = [at], [0], {}

        def trace(frame, event, _):
            if frame.f_code.co_filename not in (turns.__file__, __file__):
                return None
            frame.f_trace_opcodes = True
            if event == "opcode":
                name = dis.opname[frame.f_code.co_code[frame.f_lasti]]
                looks = called.get(frame) or name.startswith(("RESUME", "JUMP_BACKWARD"))
                called[frame] = name.startswith("CALL")
                left[0] -= bool(looks)
                if not looks:
                    return trace
                if left[0] <= 0 and hits[0] < again:
                    hits[0] += 1
                    raise Interrupted
            return trace

        def ask():
            with queue.turn():
                pass

        before = sys.gettrace()
        sys._getframe().f_trace_opcodes = True  # Python 3.12 gives no opcodes unless a frame asked before tracing began
        sys.settrace(trace)
        try:
            ask()
        except Interrupted:
            pass
        finally:
            sys.settrace(before)
        return hits[0] > 0

    queue, at = Turns(), 1
    while steps(queue, at):
        assert taken(queue), f"the turn was lost at step {at}"
        at += 1
    assert at > 20 and queue.holder is None and not queue._queue


def test_a_wait_says_who_holds_the_model(monkeypatch):
    monkeypatch.setattr(turns, "PATIENCE", 0.1)
    queue, holding, release, heard = Turns(), threading.Event(), threading.Event(), []

    def hold():
        with queue.turn():
            holding.set()
            release.wait(10)

    def wait():
        turns.waiting.set(lambda sentence: (heard.append(sentence), release.set()))
        with queue.turn():
            pass

    threading.Thread(target=hold, name="the other", daemon=True).start()
    assert holding.wait(5)
    waiter = threading.Thread(target=wait)
    waiter.start()
    waiter.join(10)
    (sentence,) = heard
    assert "'the other'" in sentence and "interrupt that work, or wait" in sentence


def test_a_model_that_asks_limelight_about_itself_is_not_left_in_silence(monkeypatch):
    """From the same thread it may; from one that it waits for it never gets its turn, and is told so."""
    monkeypatch.setattr(turns, "PATIENCE", 0.1)
    heard = threading.Event()

    def model(texts):
        if len(texts[0]) > 3 and not heard.is_set():
            inner = threading.Thread(target=other, daemon=True)
            inner.start()
            assert heard.wait(10)
        return [[len(text), 1.0] for text in texts]

    def other():
        turns.waiting.set(lambda sentence: heard.set())
        explain("a b", model)

    assert explain("good film", model).weights is not None and heard.is_set()


def test_a_thread_that_died_in_its_turn_holds_nothing():
    queue = Turns()

    def die():
        turn = queue.turn()
        turn.__enter__()  # and never an exit

    thread = threading.Thread(target=die)
    thread.start()
    thread.join()
    assert taken(queue)
