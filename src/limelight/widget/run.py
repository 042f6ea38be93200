"""A generator worked through in a thread of its own, which can be stopped and waited for."""

from __future__ import annotations

import atexit
import logging
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from limelight.captions import Note
from limelight.errors import InputError, LimelightError, quoted
from limelight.predictors.turns import Stopped, stopped, waiting
from limelight.widget.background import thread_of

log = logging.getLogger("limelight")
T = TypeVar("T")

INTERVAL = 0.1  # seconds between two snapshots: a browser falls behind a faster stream
SHARE = 5  # of the time that sending a snapshot takes, until the next
LAST = 5.0  # seconds that all runs together get to end with the process

_started: weakref.WeakSet[Run[Any]] = weakref.WeakSet()


@dataclass(frozen=True)
class Way:
    """A way out of a failure.

    Attributes:
        name: of the trait to set, or ``"explain"`` for asking once more.
        value: to set it to.
    """

    name: str
    value: Any = None

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON types."""
        return {"name": self.name, "value": self.value}


class Held(Exception):
    """The work waits for a reader's word.

    Attributes:
        forecast: what it would do.
    """

    def __init__(self, forecast: Note) -> None:
        super().__init__(forecast)
        self.forecast = forecast


class Run(Generic[T]):
    """Iterates over steps until they end, fail or are stopped.

    Args:
        steps: makes the iterator; called in the thread, so that loading a model
            belongs to the run. It yields None while there is nothing new.
        publish: called with the run, in its thread, at most every ``INTERVAL``
            and once at the end; gives seconds to leave until the next, or None. What it
            raises is logged: a closed page must not end the work.
        after: called with the run when it counts as ended.
        urgent: whether what is new, against what was published last, cannot wait for its time.

    Attributes:
        status: ``"loading"`` until the first answer, then ``"running"``, and at
            the end ``"done"``, ``"stopped"``, ``"failed"``, or ``"ready"`` where it waits for a reader's word.
        forecast: what it would do then.
        latest: the newest that the steps gave, or None.
        error: the sentence to show where the run failed.
        ways: options, each of which would mend that; None where nobody knows any.
        waits: the sentence that says what the run waits for, or ``""``.
    """

    def __init__(
        self,
        steps: Callable[[], Iterator[T | None]],
        publish: Callable[[Run[T]], float | None],
        after: Callable[[Run[T]], None] | None = None,
        urgent: Callable[[T, T], bool] = lambda new, old: False,
    ) -> None:
        self.status = "loading"
        self.latest: T | None = None
        self.error = self.waits = ""
        self.ways: dict[str, object] | None = None
        self.forecast: Note | None = None
        self._steps, self._publish, self._after, self._urgent = steps, publish, after, urgent
        self._stop, self._ended = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> Run[T]:
        """Starts the thread."""
        self._thread = thread_of(self._work)
        self._thread.name = "limelight"
        _started.add(self)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Asks the run to end after the batch it is at; returns at once."""
        self._stop.set()

    @property
    def ended(self) -> bool:
        """Whether it has ended, one way or another."""
        return self._ended.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Blocks until the run has ended; an interrupt stops the run and is raised again.

        Waits in short slices, since a lock alone would keep an interrupt waiting too. From
        the run's own thread there is nothing to wait for.

        Args:
            timeout: seconds after which to give up.
        """
        until = None if timeout is None else time.monotonic() + timeout
        if threading.current_thread() is self._thread:
            return self.ended
        try:
            while not self._ended.wait(0.05):
                if until is not None and time.monotonic() > until:
                    return False
        except KeyboardInterrupt:
            self.stop()
            raise
        return True

    def _work(self) -> None:
        waiting.set(self._heard)
        stopped.set(self._stop.is_set)
        try:
            self._iterate()
            self.status = "stopped" if self._stop.is_set() else "done"
        except Stopped:
            self.status = "stopped"
        except Held as held:
            self.status, self.forecast = "ready", held.forecast
        except LimelightError as error:
            self.status, self.error = "failed", str(error)
            self.ways = error.ways if isinstance(error, InputError) else None
        except BaseException as error:  # a model may raise SystemExit: the thread ends, and says so
            log.exception("an explanation failed")
            self.status, self.error = "failed", f"limelight failed on this text ({quoted(error)}). Please report it."
        finally:
            self.waits = ""
            self._tell()
            self._ended.set()
        if self._after is not None:
            try:
                self._after(self)
            except BaseException:  # a callback of the user's may raise anything
                log.exception("a callback failed")

    def _iterate(self) -> None:
        due, last = 0.0, None
        steps = self._steps()
        try:
            for step in steps:
                if step is not None:
                    self.latest, self.status, self.waits = step, "running", ""
                    if (now := time.monotonic()) >= due or (last is not None and self._urgent(step, last)):
                        last = step
                        pause = self._tell()
                        # a snapshot of hundreds of classes takes long to send, and longer to read
                        due = now + max(INTERVAL, pause, SHARE * (time.monotonic() - now))
                if self._stop.is_set():
                    return
        finally:
            close = getattr(steps, "close", None)
            if close is not None:
                close()

    def _heard(self, sentence: str) -> None:
        self.waits = sentence
        self._tell()

    def _tell(self) -> float:
        try:
            return self._publish(self) or 0.0
        except BaseException:
            log.debug("a snapshot could not be sent", exc_info=True)
            return 0.0


def progress_of(run: Run[Any]) -> float:
    """Share of the budget spent by a run that explains, from 0 to 1."""
    if run.status == "done":
        return 1.0
    return min(1.0, run.latest.evaluations / max(1, run.latest.budget)) if run.latest else 0.0


@atexit.register
def _end_all() -> None:
    """Ends what still runs: a thread that is within a model when Python goes takes the process down with it."""
    runs, until = [run for run in _started if not run.ended], time.monotonic() + LAST
    for run in runs:
        run.stop()
    for run in runs:
        run.wait(max(0.0, until - time.monotonic()))
