"""A user's model as it was, whatever is set in it for the while.

An interrupt may fall into any step of Python, also into the first of a context manager's
``__exit__``, which then never runs. So what is set is put back by the very function that
has it set.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from limelight.predictors.turns import SLICE

T = TypeVar("T")

HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks")
PLAIN = (bool, int, str, type(None))


def afterwards(restore: Callable[[], object], work: Callable[[], T]) -> T:
    """What ``work`` gives; then, whatever happens, all is put back, once more where an interrupt fell into that."""
    try:
        return work()
    finally:
        try:
            restore()
        except BaseException:
            restore()
            raise


class Unplanned:
    """Those that compute without cuDNN's attention, a setting of the process; the last to leave puts it back.

    cuDNN plans each new shape of a batch for some 40 ms, of which a batch of thinned texts computes five: on an H200
    the bundled model made 327 GFLOP/s in bfloat16 with it, and 4,176 in float32, which goes without.
    """

    def __init__(self) -> None:
        self._lock, self._computing, self._before = threading.Lock(), set[object](), True

    def enter(self, who: object) -> None:
        import torch

        with self._lock:
            if not self._computing:
                self._before = torch.backends.cuda.cudnn_sdp_enabled()
            self._computing.add(who)
            torch.backends.cuda.enable_cudnn_sdp(False)

    def leave(self, who: object) -> None:
        """May be called again, and by who never entered."""
        import torch

        with self._lock:
            if who in self._computing:
                self._computing.remove(who)
                if not self._computing:
                    torch.backends.cuda.enable_cudnn_sdp(self._before)


UNPLANNED = Unplanned()


def evaluating(model: Any, work: Callable[[], T]) -> T:
    """Work with dropout off, and attention that plans nothing; the user's training mode comes back."""
    training, who = [module for module in model.modules() if module.training], object()

    def switch(on: bool) -> None:
        for module in training:
            module.training = on

    def evaluated() -> T:
        switch(False)
        UNPLANNED.enter(who)
        return work()

    def restore() -> None:
        switch(True)
        UNPLANNED.leave(who)

    return afterwards(restore, evaluated)


def eager(model: Any, work: Callable[[], T]) -> T:
    """Work with the attention that shows its weights; fused kernels never form them."""
    before = _fused(model)
    if before is None:
        return work()

    def shown() -> T:
        model.set_attn_implementation("eager")
        return work()

    def restore() -> None:
        model.set_attn_implementation(before)
        if model.config._attn_implementation != before:  # transformers 4's ModernBERT sets it without being told
            model.config._attn_implementation = before

    return afterwards(restore, shown)


def telling(model: Any) -> dict[str, bool]:
    """What to ask a model with, within ``eager``, so that attention's weights are formed.

    Modules of transformers 4 that were built for a fused kernel stay so, and form them only where they are asked for.
    """
    return {"output_attentions": True} if _fused(model) else {}


def _fused(model: Any) -> str | None:
    """The kernel of a model's attention, if it forms no weights."""
    kernel: str | None = getattr(model.config, "_attn_implementation", None)
    return None if kernel == "eager" else kernel


def as_it_was(model: Any, work: Callable[[], T]) -> T:
    """Work after which hooks and attributes of all modules are as they were, whatever was hooked in.

    Of attributes that are new those that mark something go, and what a module has built for itself stays.

    transformers itself hooks the modules whose outputs it is asked for, and marks the
    model as hooked; before 5 it wraps their ``forward``, and puts it back beside the class's.
    """
    before = [(vars(module), dict(vars(module)), _hooks(module)) for module in model.modules()]

    def restore() -> None:
        for now, known, hooks in before:
            for name in now.keys() - known.keys():
                if isinstance(now[name], PLAIN) or name == "forward":
                    del now[name]
            now.update(known)
            for name, held in hooks:
                now[name].clear()
                now[name].update(held)

    return afterwards(restore, work)


def undisturbed(work: Callable[[], T]) -> T:
    """What ``work`` gives, done where no interrupt falls, since Python raises those in the main thread alone.

    For what is somebody else's and cannot bear one: an interrupt between two steps of
    transformers' loading leaves torch on the device "meta", and one between two of logging's
    own its lock taken, for good. An interrupt ends the wait at once, and the work goes on
    by itself to its end.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()
    outcome: list[T] = []
    failure: list[BaseException] = []
    ended = threading.Lock()
    ended.acquire()

    def run() -> None:
        try:
            outcome.append(work())
        except BaseException as error:
            failure.append(error)
        finally:
            ended.release()

    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(run,), name="limelight-load", daemon=True).start()
    while not ended.acquire(timeout=SLICE):
        pass
    if failure:
        raise failure.pop()
    return outcome.pop()


def _hooks(module: Any) -> list[tuple[str, dict[int, Any]]]:
    return [(name, dict(vars(module)[name])) for name in HOOKS]
