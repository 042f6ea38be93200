"""What a user calls a model of transformers, and what can be told of it before it is asked."""

from __future__ import annotations

import math
from typing import Any

from limelight.errors import ModelError
from limelight.predictors.hf.folders import Folder


def is_pair(obj: object) -> bool:
    """Whether it is a model and its tokenizer."""
    return isinstance(obj, tuple) and len(obj) == 2 and hasattr(obj[0], "config") and callable(obj[1])


def is_pipeline(obj: object) -> bool:
    """Whether it is a pipeline of transformers."""
    return any(base.__module__.startswith("transformers.pipelines") for base in type(obj).__mro__)


def architectures(obj: object) -> list[str]:
    """Names of the classes that a model is of, as far as they are known before it is loaded."""
    if isinstance(obj, tuple) and is_pair(obj):
        return [base.__name__ for base in type(obj[0]).__mro__]
    if not isinstance(obj, Folder):
        return []
    try:
        names = obj.settings("config.json").get("architectures")
    except ModelError:  # what is wrong with it is said when it is loaded
        return []
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def untrained_head(model: Any) -> list[str]:
    """Parameters of a head that looks as transformers initialises one, or ``[]``.

    A model in hand no longer tells what its checkpoint lacked. A fresh head has a
    bias of exact zeros and weights of the config's ``initializer_range``; one step
    of training moves every bias.
    """
    import torch

    spread = getattr(model.config, "initializer_range", None)
    heads = [(n, m) for n, m in model.named_modules() if isinstance(m, torch.nn.Linear)]
    if not heads or not spread:
        return []
    name, head = heads[-1]
    if head.out_features != model.config.num_labels or head.bias is None or bool(head.bias.any()):
        return []
    weights = head.weight.detach().float()
    error = spread / math.sqrt(2 * weights.numel())  # of a sample's standard deviation
    if abs(weights.std().item() - spread) > 5 * error:
        return []
    return [f"{name}.weight"]
