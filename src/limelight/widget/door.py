"""One lock for all that changes in a widget, after which, not under which, others are called."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

T = TypeVar("T")
P = ParamSpec("P")


class Door:
    """Lets one thread through at a time; what it has for others is done when it is out again.

    An observer of the user's may wait for work, ask a model or start something else. Were
    it called with the lock held, whatever it waits for could need the lock.
    """

    def __init__(self) -> None:
        # its own methods are in C, between which no interrupt falls: a held one is given back
        self._lock = threading.RLock()
        self._later: list[Callable[[], Any]] = []

    @property
    def held(self) -> bool:
        """Whether this thread is within."""
        return self._lock._is_owned()  # type: ignore[attr-defined, no-any-return]

    def run(self, work: Callable[[], T]) -> T:
        """Does some work with the lock held, then what was left for later."""
        outermost = not self.held
        pending: list[Callable[[], Any]] = []
        try:
            with self._lock:
                try:
                    return work()
                finally:
                    if outermost:
                        pending, self._later = self._later, []
        finally:
            for callback in pending:
                callback()

    def later(self, callback: Callable[[], Any]) -> None:
        """Has something done when this thread is out again; at once if it is not within."""
        if self.held:
            self._later.append(callback)
        else:
            callback()


class HasDoor(Protocol):
    """Whatever changes behind a door."""

    door: Door


S = TypeVar("S", bound=HasDoor)


def alone(method: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """A method that no other thread is in at the same time."""

    @functools.wraps(method)
    def through(self: S, *arguments: P.args, **more: P.kwargs) -> T:
        return self.door.run(lambda: method(self, *arguments, **more))

    return through
