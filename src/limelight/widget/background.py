"""Work in a thread of its own."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Iterator
from typing import Any


def thread_of(work: Callable[..., object], *args: object) -> threading.Thread:
    """A thread for some work, in the context of whoever asks: ipykernel finds the cell to send a message for in it."""
    return threading.Thread(target=contextvars.copy_context().run, args=(work, *args), daemon=True)


def failure(job: Background | None) -> str:
    """What went wrong with a job, or ``""``, also where there is none."""
    return str(job.error) if job is not None and job.error is not None else ""


class Background:
    """A job in a thread of its own.

    Args:
        job: its steps; when it is stopped they are iterated no more.
    """

    def __init__(self, job: Iterator[object]) -> None:
        self._stopped, self.error = threading.Event(), None
        self._thread = threading.Thread(target=self._run, args=(job,), daemon=True)
        self._thread.start()

    error: BaseException | None

    def _run(self, job: Any) -> None:
        try:
            for _ in job:
                if self._stopped.is_set():
                    break
        except BaseException as error:
            self.error = error
        finally:
            job.close()

    @property
    def running(self) -> bool:
        """Whether it is at work."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Has it end after the batch that it is at."""
        self._stopped.set()

    def wait(self, timeout: float | None = None) -> None:
        """Waits for its end.

        Raises:
            LimelightError: it failed.
        """
        self._thread.join(timeout)
        if self.error is not None:
            raise self.error
