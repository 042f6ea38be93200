"""Whose turn it is to ask a model: one thread at a time, in the order in which they came."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from functools import partial
from types import FrameType
from weakref import ref

log = logging.getLogger("limelight")

SLICE = 0.05  # seconds of a wait, after which an interrupt is heard and the holder looked at
PATIENCE = 10.0  # seconds of waiting after which it is said who holds the model

# Who is told what a wait is for; in a thread that has nobody to tell, the log is.
waiting: ContextVar[Callable[[str], None]] = ContextVar("waiting", default=log.warning)
# Whether the work that would take a turn has been stopped meanwhile.
stopped: ContextVar[Callable[[], bool]] = ContextVar("stopped", default=lambda: False)


class Stopped(BaseException):
    """Work was stopped before its turn came: no error, and, as an interrupt, none of a model's."""


class Turns:
    """Serves threads in the order in which they came; one that has the turn may take it again.

    With a plain lock the thread that works through a budget takes it again before any
    other wakes, and whoever hides a word waits for the end of the run.

    An interrupt may fall between any two steps of Python, also between the end of a
    ``with`` block and the first step of its ``__exit__``, which then never runs. So
    nothing is trusted to be given back: a turn counts for as long as the frame that
    took it runs in its thread, and whoever waits looks whether it does.

    Example:
        >>> with Turns().turn():
        ...     pass  # ask the model
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._queue: list[Turn] = []  # the first has the turn

    def turn(self) -> Turn:
        """The turn, to be had by ``with``; never across a ``yield``."""
        return Turn(self)

    @property
    def holder(self) -> Turn | None:
        """Who has the turn, or None."""
        with self._guard:
            return self._first()

    def _first(self) -> Turn | None:
        """The first in the queue, once those are gone that were never given back; the guard is held."""
        while self._queue and not self._queue[0].runs():
            del self._queue[0]
        return self._queue[0] if self._queue else None


class Turn:
    """One thread's place in the queue of ``Turns``.

    Attributes:
        thread: its identity and name.
        since: when it was taken, or asked for, by ``time.monotonic``.
    """

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        # rung by who goes; an event of Python's could be left taken by an interrupt, and its ringer wait for ever
        self._ready = threading.Lock()
        self._ready.acquire()
        self._frame: FrameType | None = None
        self.thread = threading.get_ident()
        self.name = threading.current_thread().name
        self.since = time.monotonic()

    def __enter__(self) -> None:
        frame, turns = sys._getframe(1), self._turns
        self._frame = frame
        try:
            with turns._guard:
                first = turns._first()
                if first is not None and first.thread == self.thread:
                    return  # within an outer turn, which is given back later
                turns._queue.append(self)
            self._wait()
        except BaseException:
            self._leave()
            raise

    def __exit__(self, *_: object) -> None:
        self._leave()

    def runs(self) -> bool:
        """Whether the frame that took the turn still runs in its thread."""
        frame = sys._current_frames().get(self.thread)
        while frame is not None and frame is not self._frame:
            frame = frame.f_back
        return frame is not None

    def _wait(self) -> None:
        said = False
        while True:
            if stopped.get()():
                raise Stopped
            with self._turns._guard:
                first = self._turns._first()
            if first is self or first is None:
                self.since = time.monotonic()
                return
            if not said and time.monotonic() - self.since > PATIENCE:
                said = True
                waiting.get()(first.sentence())
            self._ready.acquire(timeout=SLICE)

    def _leave(self) -> None:
        turns = self._turns
        with turns._guard:
            if self in turns._queue:
                turns._queue.remove(self)
            if turns._queue:
                with suppress(RuntimeError):  # it was rung, and is about to look
                    turns._queue[0]._ready.release()
        self._frame = None

    def sentence(self) -> str:
        """Who has the model, for those who wait."""
        return (
            f"waiting for the model: the thread {self.name!r} has asked it for {time.monotonic() - self.since:.0f} s. "
            "It answers one batch at a time; interrupt that work, or wait for it. A model that itself asks limelight "
            "about itself waits for ever."
        )


# By identity: what a model says of its hash, and of what it equals, may be anything.
_TURNS: dict[int, tuple[ref[object], Turns]] = {}


def turns_of(model: object) -> Turns:
    """The turns of a model, the same for all that ask it; of their own for what cannot be referred to weakly."""
    key = id(model)
    known = _TURNS.get(key)
    if known is None or known[0]() is not model:
        try:
            # in C: an interrupt that falls into Python which the collector calls is lost
            new = ref(model, partial(_TURNS.pop, key)), Turns()
        except TypeError:
            return Turns()
        known = _TURNS.setdefault(key, new)  # in one step: two threads that come first get the same
    return known[1]
