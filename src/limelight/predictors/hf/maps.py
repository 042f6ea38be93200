"""The linear maps of a transformer's layers, found by structure, whatever they are called."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch


def shape_of(module: Any) -> tuple[int, int]:
    """Width of what a map is given, and of what it makes."""
    first, second = module.weight.shape
    # transformers' Conv1D, of GPT-2, has its weight the other way round
    return (int(first), int(second)) if type(module).__name__ == "Conv1D" else (int(second), int(first))


def maps(layer: Any) -> Iterator[tuple[tuple[int, int], Any]]:
    """Yields the maps of a layer with their shapes, in the order in which they are declared."""
    for module in layer.modules():
        if getattr(getattr(module, "weight", None), "ndim", 0) == 2 and not isinstance(module, torch.nn.Embedding):
            yield shape_of(module), module


def one_a_layer(model: Any, choose: Callable[[Any], Any]) -> list[Any]:
    """What ``choose`` finds in each layer of the largest stack in which every layer has one; empty without any."""
    found: list[list[Any]] = [[]]
    for stack in (module for module in model.modules() if isinstance(module, torch.nn.ModuleList)):
        rows = [choose(layer) for layer in stack]
        if all(row is not None for row in rows):
            found.append(rows)
    return max(found, key=len)
