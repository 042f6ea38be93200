"""A run in its thread: how often it tells, and that nothing it tells can end it."""

from __future__ import annotations

import time

from limelight.widget.run import Run


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
