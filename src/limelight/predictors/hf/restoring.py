"""A user's model as it was, whatever is set in it for the while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks")


@contextmanager
def evaluating(model: Any) -> Iterator[None]:
    """Dropout off for the while; the user's training mode comes back on every exit."""
    training = [module for module in model.modules() if module.training]
    for module in training:
        module.training = False
    try:
        yield
    finally:
        for module in training:
            module.training = True


@contextmanager
def eager(model: Any) -> Iterator[None]:
    """The attention that shows its weights, for the while; fused kernels never form them."""
    before = getattr(model.config, "_attn_implementation", None)
    if before in (None, "eager"):
        yield
        return
    model.set_attn_implementation("eager")
    try:
        yield
    finally:
        model.set_attn_implementation(before)


@contextmanager
def as_it_was(model: Any) -> Iterator[None]:
    """Hooks and plain attributes of all modules as they were, whatever is hooked in for the while.

    transformers itself hooks the modules whose outputs it is asked for, and marks the
    model as hooked.
    """
    before = [
        (module, {name: dict(getattr(module, name)) for name in HOOKS}, _plain(module)) for module in model.modules()
    ]
    try:
        yield
    finally:
        for module, hooks, plain in before:
            for name, held in hooks.items():
                getattr(module, name).clear()
                getattr(module, name).update(held)
            for name in _plain(module).keys() - plain.keys():
                delattr(module, name)
            vars(module).update(plain)


def _plain(module: Any) -> dict[str, object]:
    return {name: value for name, value in vars(module).items() if isinstance(value, (bool, int, str, type(None)))}
