"""Parts of a batch beside each other, a thread to each.

Where all threads share every layer, the next layer waits for the slowest of them: on
a machine that does anything else besides, they mostly wait. A part in a thread of its
own waits for nobody, and Python's share of one part's time is another's to compute in.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from typing import Any, TypeVar, cast

import numpy as np

from limelight.arrays import Indices
from limelight.predictors.hf.restoring import undisturbed
from limelight.predictors.turns import SLICE

Part = TypeVar("Part")
Answer = TypeVar("Answer")
# With fewer to a part its weights are fetched for too little; and twice as many gain so
# little by a second thread (20 tokens of bert-base take 67 ms instead of 78, and 150
# instead of 83 where something else takes half of each core) that they stay in one.
LEAST_TOKENS = 32
# What a pass takes besides its rows: 6 ms of MiniLM, as long as 25 tokens in float32 and 48 in bfloat16.
PASS_TOKENS = 32


def threads() -> int:
    """How many threads torch computes with on a CPU."""
    import torch

    number: int = torch.get_num_threads()
    return number


def padded(length: int, most: int | None = None) -> int:
    """To how many tokens a text of so many is padded, in whatever company: 6, 8, 12, ... 32, 40, ... 64, 80, ...

    An answer depends on how long its row is, so that must not be for the other texts of a
    batch to say. Without padding there would be a group for every length, and a pass for
    each; with more, too much of each pass would be padding.
    """
    step = max(4, 1 << max(0, (length - 1).bit_length() - 3))
    size = 6 if length <= 6 else -(-length // step) * step
    return size if most is None else max(length, min(size, most))


def groups_of(lengths: Sequence[int], most: int) -> list[Indices]:
    """Rows whose lengths are the same, shortest first, cut evenly into groups of at most ``most`` tokens."""
    order = np.argsort(lengths, kind="stable")
    sizes = np.asarray(lengths)[order]
    groups: list[Indices] = []
    for rows in np.split(order, np.flatnonzero(np.diff(sizes)) + 1):
        at_once = max(1, most // lengths[rows[0]])
        groups += np.array_split(rows, -(-len(rows) // at_once))
    return groups


def parts_of(model: Any, lengths: Sequence[int]) -> tuple[list[list[Indices]], bool]:
    """What each thread does of a batch whose rows have so many tokens, and whether each does it alone.

    There are as many parts as threads, or fewer for little work. One part in the
    caller's thread, with all of torch's to help, is left to a text that is long, and to
    a model that other threads may not ask: any but a plain one of transformers, on a
    CPU, that nobody listens to. Hooks of the user's expect one caller at a time, as
    does the way in which older transformers collect attentions.

    Returns:
        groups of rows, each of one length, a list a part.
    """
    tokens = sum(lengths)
    groups = groups_of(lengths, tokens)
    if threads() < 2 or not _plain(model):
        return [groups], False
    parts = max(1, min(threads(), len(lengths), tokens // LEAST_TOKENS))
    groups.sort(key=lambda rows: -len(rows) * lengths[rows[0]])
    # whole groups, the largest one cut, or all: a pass over few rows takes longer for each
    cuts = [_cut(groups[:number], parts) + groups[number:] for number in (0, 1, len(groups))]
    shared, _ = min((_shared(pieces, lengths, parts) for pieces in cuts), key=lambda one: one[1])
    return [part for part in shared if part], parts > 1 or tokens < 2 * LEAST_TOKENS


def _cut(groups: list[Indices], parts: int) -> list[Indices]:
    """Each group as even pieces, one for each part if it has so many rows."""
    return [piece for rows in groups for piece in np.array_split(rows, min(parts, len(rows)))]


def _shared(groups: list[Indices], lengths: Sequence[int], parts: int) -> tuple[list[list[Indices]], int]:
    """Groups by parts, the largest first to whoever has least, and what the busiest part has to do, in tokens."""
    shared: list[list[Indices]] = [[] for _ in range(parts)]
    done = [0] * parts
    for rows in sorted(groups, key=lambda rows: -len(rows) * lengths[rows[0]]):
        least = done.index(min(done))
        shared[least].append(rows)
        done[least] += len(rows) * lengths[rows[0]] + PASS_TOKENS
    return shared, max(done)


def _plain(model: Any) -> bool:
    from transformers import PreTrainedModel

    collects = getattr(model.config, "output_attentions", False) or getattr(model.config, "output_hidden_states", False)
    heard = any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
    return isinstance(model, PreTrainedModel) and not collects and not heard


class Job:
    """A part's work, which one of a pool's threads does.

    Nothing in it is a ``Condition`` of Python's, on which futures, events and executors stand: an interrupt between its
    lock and the end of its own ``__enter__``, or at the start of its ``__exit__``, leaves it taken, and the thread that
    is to say that it is done waits for ever.
    """

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work, self._answer = work, None
        self._error: BaseException | None = None
        self._ended, self._begun, self._bell = False, threading.Lock(), threading.Lock()
        self._bell.acquire()

    def run(self) -> None:
        """Does the work, unless somebody else has taken it."""
        if self.take():
            try:
                self._answer = self._work()
            except BaseException as error:
                self._error = error
            finally:
                self._ended = True
                self._bell.release()

    def take(self) -> bool:
        """Whether nobody has taken the work yet; from now on nobody else does it."""
        return self._begun.acquire(blocking=False)

    def wait(self) -> None:
        """Waits for the end of work that has begun, or will."""
        while not self._ended:  # the bell may have been heard by who was interrupted then
            self._bell.acquire(timeout=SLICE)

    def result(self) -> Any:
        """What the work answered or raised, once it has ended."""
        self.wait()
        error, self._error = self._error, None
        if error is None:
            return self._answer
        try:
            raise error
        finally:
            del error  # which holds this frame


class Pool:
    """Threads that do jobs in the order in which they come; each begins with ``first``."""

    def __init__(self, number: int, first: Callable[[], object]) -> None:
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self.threads = [
            threading.Thread(target=self._serve, args=(first,), name=f"limelight-part_{at}", daemon=True)
            for at in range(number)
        ]
        self.put = self._jobs.put

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def end(self) -> None:
        """Lets each thread end after what it does now, and waits for it."""
        for _ in self.threads:
            self.put(None)
        for thread in self.threads:
            if thread.ident is not None:
                thread.join()

    def _serve(self, first: Callable[[], object]) -> None:
        first()
        while (job := self._jobs.get()) is not None:
            job.run()
            del job  # and what it answered


def parallel(work: Callable[[Part], Answer], parts: Sequence[Part]) -> list[Answer]:
    """``work`` of every part, in their order, each in a thread whose torch has no other."""
    pool = _POOLS.get(len(parts)) or undisturbed(lambda: _started(len(parts)))
    jobs = [Job(partial(work, part)) for part in parts]
    try:
        for job in jobs:
            pool.put(job)
        return [cast("Answer", job.result()) for job in jobs]
    finally:
        for job in [job for job in jobs if not job.take()]:  # what has not begun never does
            job.wait()


def _started(number: int) -> Pool:
    """A pool of so many threads, all of them running.

    They stay: a thread takes longer to start than a short text to read, and an interrupt
    that falls into Python's own start of one leaves it for ever about to begin.
    """
    import torch

    with _STARTING:
        if number not in _POOLS:
            shared, running = threads(), threading.Barrier(number + 1)

            def alone() -> None:
                # a new thread takes the process's number when it first asks, and would take it later else
                torch.get_num_threads()
                torch.set_num_threads(1)
                with suppress(threading.BrokenBarrierError):
                    running.wait()

            pool = Pool(number, alone)
            try:
                pool.start()
                running.wait()
            except BaseException:  # the system has no more threads to give
                running.abort()
                pool.end()
                raise
            finally:
                # it is both this thread's number and that of threads yet to come
                torch.set_num_threads(shared)
            _POOLS[number] = pool
        return _POOLS[number]


def _end() -> None:
    """No thread may be within torch when the interpreter goes."""
    while _POOLS:
        _POOLS.popitem()[1].end()


_POOLS: dict[int, Pool] = {}
_STARTING = threading.Lock()
atexit.register(_end)
if hasattr(os, "register_at_fork"):
    # a process that was forked has none of its parent's threads
    os.register_at_fork(after_in_child=_POOLS.clear)
