"""How long to attack, and what must be as before when it is over."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from random import Random

import pytest

from limelight.predictors.hf.threads import _POOLS
from tests.conftest import until

SECONDS = float(os.environ.get("LIMELIGHT_ATTACK_SECONDS", "60"))  # of this whole folder
DONE: dict[str, int] = {}  # rounds of each attack, told at the end


def rounds(name: str, share: float, least: int, most: int) -> Iterator[Random]:
    """Yields the randomness of each round, as many as fit a share of ``SECONDS``; the first ones are always the same.

    Args:
        name: of the attack, for the summary.
        share: of ``SECONDS``, from 0 to 1.
        least: rounds that are done however slow the machine is.
        most: rounds after which it ends however fast it is.
    """
    end = time.monotonic() + share * SECONDS
    for number in range(most):
        if number >= least and time.monotonic() > end:
            return
        DONE[name] = number + 1
        print(f"{name}: round {number}")  # the last one is the one that failed
        yield Random(number)


def pytest_terminal_summary(terminalreporter) -> None:
    if DONE:
        terminalreporter.write_line("rounds: " + ", ".join(f"{name} {count:,}" for name, count in DONE.items()))


@pytest.fixture
def no_hang():
    """What waits for ever fails, instead of keeping the tests."""

    def late(*_):
        raise BaseException("it hangs")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(60 + int(SECONDS))
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def no_thread_left():
    """Every thread that begins in the test ends, at the latest soon after it."""
    before = threads()
    yield
    until(lambda: threads() <= before)


def threads() -> set[threading.Thread]:
    """The threads of this process, without those that stay: tqdm's once it has drawn a bar, and a batch's parts'."""
    stay = {thread for pool in _POOLS.values() for thread in pool.threads}
    return {
        thread
        for thread in threading.enumerate()
        if thread not in stay and not type(thread).__module__.startswith("tqdm")
    }
