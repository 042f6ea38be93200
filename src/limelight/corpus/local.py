"""Shards on one machine: in this process, or in several that load the model once each."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, BinaryIO, cast

from limelight.corpus.job import Job, Work, accelerators, cores
from limelight.corpus.source import Row, Shard
from limelight.corpus.worker import send
from limelight.errors import InputError, LimelightError, quoted
from limelight.predictors.served.endpoint import Endpoint

TRIES = 3  # times that a shard is begun before what it does to workers is its own fault
SLICE = 0.1  # seconds of a wait, after which whoever waits is heard
# What an engine says: ("at", shard, evaluations) or ("done", shard, 0).
News = tuple[str, int, int]


def workers_of(job: Job) -> int:
    """How many processes are to ask the model; 0 for this one.

    Raises:
        InputError: several were asked for, and the model cannot be given to another process.
    """
    asked = job.pooling.workers
    named = job.model is None or isinstance(job.model, (str, os.PathLike))
    if named and Endpoint.accepts(job.model):
        return 0 if asked in (None, 1) else asked
    if asked is None:
        return (accelerators() or cores()) if named else 0
    if asked == 1 and not named:
        return 0
    if not named and (reason := _not_sent(job.model)):
        raise InputError(
            f"workers is {asked}, and the model cannot be given to another process ({reason}). limelight gives others "
            "what is loaded by name, or what a module that can be imported defines; put it there, or leave workers out."
        )
    return asked


def _not_sent(model: object) -> str:
    """Why another process cannot have a model, or ``""``."""
    parts = model if isinstance(model, tuple) else (model,)
    for part in parts:
        if "__main__" in (type(part).__module__, getattr(part, "__module__", "")):
            return "it is defined in a notebook or a script"
    try:
        pickle.dumps(model)
    except Exception as error:
        return quoted(error)
    return ""


class Here:
    """This process does it all."""

    def __init__(self, job: Job) -> None:
        self._work: Work = job.work()

    def describe(self, rows: tuple[Row, ...]) -> dict[str, Any]:
        """By what the model is known again."""
        return self._work.describe(rows)

    def explain(self, shards: Iterator[Shard]) -> Iterator[News]:
        """Writes the files of shards, one after the other; yields after each batch."""
        for shard in shards:
            for evaluations in self._work.explain(shard):
                yield "at", shard.number, evaluations
            yield "done", shard.number, 0

    def close(self) -> None:
        """Nothing is left to end."""


class Processes:
    """Several processes, each of which does one shard after the other.

    A process that dies is replaced, and its shard begun again.

    Args:
        job: what they do.
        workers: how many.
    """

    def __init__(self, job: Job, workers: int) -> None:
        self._job, self._count = job, workers
        self._said: SimpleQueue[tuple[_Process, Any]] = SimpleQueue()
        self._processes: list[_Process] = []

    def _started(self, number: int) -> _Process:
        process = _Process(self._job, number, self._count, self._said)
        self._processes.append(process)
        return process

    def _next(self) -> tuple[_Process, Any]:
        while True:
            with suppress(Empty):
                return self._said.get(timeout=SLICE)

    def describe(self, rows: tuple[Row, ...]) -> dict[str, Any]:
        """By what the model is known again.

        Raises:
            LimelightError: it cannot be had, or asked.
        """
        process = self._started(0)
        process.tell("describe", rows)
        _, message = self._next()
        if message is None:
            raise _died("before it was asked anything", 1)
        kind, content = message
        if kind == "failed":
            raise content
        described: dict[str, Any] = content
        return described

    def explain(self, shards: Iterator[Shard]) -> Iterator[News]:
        """Writes the files of shards, as many at a time as there are processes; yields after each batch.

        Raises:
            LimelightError: a shard failed, or killed its worker again and again.
        """
        idle = [*self._processes, *(self._started(number) for number in range(len(self._processes), self._count))]
        busy: dict[_Process, Shard] = {}
        begun: dict[int, int] = {}
        while True:
            while idle and (shard := next(shards, None)) is not None:
                busy[process := idle.pop(0)] = shard
                process.tell("explain", shard)
            if not busy:
                return
            process, message = self._next()
            if process not in busy:
                continue  # its end was heard of before
            shard = busy[process]
            if message is None:
                begun[shard.number] = begun.get(shard.number, 0) + 1
                if begun[shard.number] == TRIES:
                    raise _died(f"at texts {shard.first:,} to {shard.first + len(shard.rows) - 1:,}", TRIES)
                del busy[process]
                busy[fresh := self._started(process.number)] = shard
                fresh.tell("explain", shard)
            elif message[0] == "failed":
                raise message[1]
            else:
                yield message[0], shard.number, message[1] if message[0] == "at" else 0
                if message[0] == "done":
                    del busy[process]
                    idle.append(process)

    def close(self) -> None:
        """Ends the processes, in the middle of whatever they do."""
        for process in self._processes:
            process.end()


def _died(where: str, times: int) -> LimelightError:
    often = "once" if times == 1 else f"{times} times"
    return LimelightError(
        f"a worker died {often} {where}: of memory, perhaps. What was written before is whole, and the job goes on "
        "from there; give it fewer workers, and start it again."
    )


class _Process:
    """One process, with a thread that hears what it says: None when it is gone."""

    def __init__(self, job: Job, number: int, workers: int, said: SimpleQueue[Any]) -> None:
        self.number = number
        threads = str(max(1, cores() // workers))
        environment = {**os.environ, "OMP_NUM_THREADS": threads, "TOKENIZERS_PARALLELISM": "false"}
        environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        command = [sys.executable, "-m", "limelight.corpus.worker"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        threading.Thread(target=self._hear, args=(said,), daemon=True).start()
        self._say((job, number, workers))

    def _hear(self, said: SimpleQueue[Any]) -> None:
        assert self._process.stdout is not None
        try:
            while True:
                said.put((self, pickle.load(self._process.stdout)))
        except Exception:  # its end, or what it was writing when it was killed
            said.put((self, None))

    def _say(self, message: object) -> None:
        with suppress(OSError):  # dead: what hears it says so
            send(cast("BinaryIO", self._process.stdin), message)

    def tell(self, kind: str, content: object) -> None:
        """Has it do something."""
        self._say((kind, content))

    def end(self) -> None:
        """Ends it."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()
