"""A process that explains shards for another one: it is told which by pipe, and says there what it has done.

It is a program of its own, not a fork: torch does not survive being forked, and a notebook has
no file that a spawned process could read again.
"""

from __future__ import annotations

import os
import pickle
import queue
import sys
import threading
from collections.abc import Callable
from typing import Any, BinaryIO

from limelight.corpus.job import Job, Work, settled
from limelight.errors import LimelightError, PredictionError, quoted


def send(pipe: BinaryIO, message: object) -> None:
    """Sends a message."""
    pickle.dump(message, pipe, protocol=pickle.HIGHEST_PROTOCOL)
    pipe.flush()


def _heard(pipe: BinaryIO) -> queue.SimpleQueue[Any]:
    """What is said; when whoever says it is gone, so is this process, in the middle of whatever it does."""
    messages: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def hear() -> None:
        try:
            while True:
                messages.put(pickle.load(pipe))
        except BaseException as error:
            if not isinstance(error, EOFError):
                print(f"limelight: a worker cannot read what it is told ({quoted(error)}).", file=sys.stderr)
            os._exit(0)

    threading.Thread(target=hear, daemon=True).start()
    return messages


def main() -> None:
    """Does what it is told until nobody tells it anything more."""
    # what a model prints must not get between the messages
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    messages = _heard(sys.stdin.buffer)
    job, number, workers = messages.get()
    assert isinstance(job, Job)
    work: list[Work] = []

    def answer(task: Callable[[], None]) -> None:
        try:
            if not work:
                work.append(settled(job, number, workers).work())
            task()
        except LimelightError as error:
            send(out, ("failed", error))
        except Exception as error:
            send(out, ("failed", PredictionError(f"a worker raised {quoted(error)}; try the job with workers=1.")))

    def describe(rows: Any) -> None:
        send(out, ("described", work[0].describe(rows)))

    def explain(shard: Any) -> None:
        for evaluations in work[0].explain(shard):
            send(out, ("at", evaluations))
        send(out, ("done", shard.number))

    tasks = {"describe": describe, "explain": explain}
    while True:
        kind, content = messages.get()
        answer(lambda kind=kind, content=content: tasks[kind](content))  # type: ignore[misc]


if __name__ == "__main__":
    main()
