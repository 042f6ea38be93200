"""One explanation being worked out in a thread of its own."""

from __future__ import annotations

import contextvars
import logging
import threading
import time
from collections.abc import Callable, Iterator

from limelight.errors import LimelightError, quoted
from limelight.explanation import Explanation

log = logging.getLogger("limelight")

INTERVAL = 0.1  # seconds between two snapshots: a browser falls behind a faster stream
SHARE = 5  # of the time that sending a snapshot takes, until the next
_END = object()


class Run:
    """Iterates over a method's steps until they end, fail or are stopped.

    Args:
        steps: makes the iterator; called in the thread, so that loading a model
            belongs to the run. None among the steps is work with nothing new to show.
        publish: called with the run, in its thread, at most every ``INTERVAL``
            and once at the end. What it raises is logged: a closed page must not
            end the work.

    Attributes:
        status: ``"loading"`` until the first answer, then ``"running"``, and at
            the end ``"done"``, ``"stopped"`` or ``"failed"``.
        latest: the newest explanation, or None.
        error: the sentence to show where the run failed.
    """

    def __init__(self, steps: Callable[[], Iterator[Explanation | None]], publish: Callable[[Run], None]) -> None:
        self.status = "loading"
        self.latest: Explanation | None = None
        self.error = ""
        self._steps, self._publish = steps, publish
        self._stop, self._ended = threading.Event(), threading.Event()

    def start(self) -> Run:
        # The context goes along: ipykernel finds the cell to send a message for in it.
        work = contextvars.copy_context().run
        threading.Thread(target=work, args=(self._work,), name="limelight", daemon=True).start()
        return self

    def stop(self) -> None:
        """Asks the run to end after the batch it is at; returns at once."""
        self._stop.set()

    @property
    def ended(self) -> bool:
        return self._ended.is_set()

    @property
    def progress(self) -> float:
        """Share of the budget spent, from 0 to 1."""
        if self.status == "done":
            return 1.0
        return min(1.0, self.latest.evaluations / self.latest.budget) if self.latest else 0.0

    def wait(self, timeout: float | None = None) -> bool:
        """Blocks until the run has ended; an interrupt stops the run and is raised again.

        Waits in short slices, since a lock alone would keep an interrupt waiting too.
        """
        until = None if timeout is None else time.monotonic() + timeout
        try:
            while not self._ended.wait(0.05):
                if until is not None and time.monotonic() > until:
                    return False
        except KeyboardInterrupt:
            self.stop()
            raise
        return True

    def _work(self) -> None:
        due = 0.0
        try:
            steps = self._steps()
            while not self._stop.is_set() and (latest := next(steps, _END)) is not _END:
                if latest is None:
                    continue
                self.latest, self.status = latest, "running"
                if (now := time.monotonic()) >= due:
                    self._tell()
                    # a snapshot of hundreds of classes takes long to send, and longer to read
                    due = now + max(INTERVAL, SHARE * (time.monotonic() - now))
            self.status = "stopped" if self._stop.is_set() else "done"
        except LimelightError as error:
            self.status, self.error = "failed", str(error)
        except Exception as error:
            log.exception("an explanation failed")
            self.status = "failed"
            self.error = f"limelight failed on this text ({quoted(error)}). Please report it."
        self._tell()
        self._ended.set()

    def _tell(self) -> None:
        try:
            self._publish(self)
        except Exception:
            log.debug("a snapshot could not be sent", exc_info=True)
