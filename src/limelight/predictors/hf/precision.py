"""Half precision where the hardware computes it faster: decided before the first answer, and for good."""

from __future__ import annotations

import copy
import functools
import platform
import time
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import torch

from limelight.arrays import Floats
from limelight.errors import choose
from limelight.predictors.hf.restoring import afterwards
from limelight.predictors.options import DTYPES

T = TypeVar("T")

GRAVE = 3.0  # times as long as float32: then the instructions are missing, whatever the processor says
MOVED = 0.005  # of a probability, half a shade of the picture: what half precision may change unasked, at most
MOVED_SHARE = 0.01  # the same of the spread of answers that are no probabilities
PROBES, PROBE_TOKENS = 12, 12  # texts on which that is found out; as much work as a batch
# Layers whose product only attention reads, in models that give it nothing else: the one
# place where half precision costs no accuracy to speak of and saves a fifth of the time.
ATTENDED = {"query", "key", "value", "q_lin", "k_lin", "v_lin"}


def wanted(asked: str, device: str) -> bool:
    """Whether to compute in bfloat16, as asked or, for ``"auto"``, as the hardware is.

    Raises:
        InputError: ``asked`` is none of ``DTYPES``.
    """
    choose("dtype", asked, DTYPES)
    return asked == "bfloat16" or (asked == "auto" and faster(device))


@functools.cache
def faster(device: str) -> bool:
    """Whether the hardware says that it multiplies in bfloat16.

    Timed only against grave slowness: without the instructions torch computes it all the
    same, a hundred times slower than float32; with them, a product timed beside other
    work comes out either way, and two runs of one notebook would differ.
    """
    if device.startswith("cuda"):
        supported: bool = torch.cuda.is_bf16_supported()
        return supported
    return device == "cpu" and _has_instructions() and _seconds(torch.bfloat16) < GRAVE * _seconds(torch.float32)


def _has_instructions() -> bool:
    """What the processor and torch's own limits on it say."""
    told = getattr(torch.cpu, "get_capabilities", None)
    capabilities = told() if told else {"avx512_bf16": torch.cpu._is_avx512_bf16_supported()}
    if platform.machine().lower() in ("x86_64", "amd64"):
        allowed = torch.backends.cpu.get_cpu_capability().startswith(("AVX512", "AMX"))
        return allowed and bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))
    return bool(capabilities.get("bf16") or capabilities.get("arm_bf16"))


def _seconds(dtype: torch.dtype, size: int = 256) -> float:
    a = torch.ones(size, size, dtype=dtype)
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        a @ a
        best = min(best, time.perf_counter() - start)
    return best


class HalfLinear(torch.nn.Module):
    """A linear layer that multiplies in bfloat16; what goes on from it is float32 unless ``keep``.

    Sums over layers, norms, the head and what leads into it stay in float32. On a
    bert-base that takes no longer than a model wholly in bfloat16, and errs by .4 of it.
    """

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None, keep: bool) -> None:
        super().__init__()
        self.register_buffer("weight", weight.detach().to(torch.bfloat16).contiguous())
        self.register_buffer("bias", None if bias is None else bias.detach().to(torch.bfloat16))
        self.keep = keep

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = torch.nn.functional.linear(x.to(torch.bfloat16), self.weight, self.bias)
        return y if self.keep else y.float()


def halved(model: Any) -> Any:
    """A transformers model like this one that multiplies in bfloat16.

    It shares every parameter with the model but those of the body's linear layers. The
    pooler is part of what leads into the head.
    """
    shared = {id(tensor): tensor for tensor in (*model.parameters(), *model.buffers())}
    low = copy.deepcopy(model, shared)
    body = low.base_model
    for name, module in list(body.named_modules()):
        for child, layer in list(module.named_children()):
            path = f"{name}.{child}".split(".")
            if "pooler" in path or (body is low and layer is _last_linear(low)):
                continue
            if isinstance(layer, torch.nn.Linear):
                setattr(module, child, HalfLinear(layer.weight, layer.bias, child in ATTENDED))
            elif type(layer).__name__ == "Conv1D":  # GPT-2's linear layer, its weight the other way round
                setattr(module, child, HalfLinear(layer.weight.T, layer.bias, False))
    return low


def exact_heads(model: Any, work: Callable[[], T]) -> T:
    """Work with the layers after the body in float64, and their answers rounded.

    They see a row a text. A product of so few rows is summed in another order than one of
    more, so that a text asked alone would have another answer than in company.
    """
    body = model.base_model
    inner = {id(m) for name, m in body.named_modules() if "pooler" not in name.split(".")} if body is not model else ()
    layers = [m for m in model.modules() if isinstance(m, torch.nn.Linear) and id(m) not in inner]
    before = [(layer._forward_hooks, dict(layer._forward_hooks)) for layer in layers]

    def exact() -> T:
        for layer in layers:
            layer.register_forward_hook(_in_double)
        return work()

    def restore() -> None:
        for hooks, held in before:
            hooks.clear()
            hooks.update(held)

    return afterwards(restore, exact)


def _in_double(layer: Any, args: tuple[torch.Tensor, ...], answer: torch.Tensor) -> torch.Tensor:
    bias = None if layer.bias is None else layer.bias.double()
    return torch.nn.functional.linear(args[0].double(), layer.weight.double(), bias).to(answer.dtype)


def _last_linear(model: Any) -> Any:
    return next((m for m in reversed(list(model.modules())) if isinstance(m, torch.nn.Linear)), None)


def probes(tokenizer: Any) -> list[str]:
    """Texts of random tokens of the model's own: of its language, whichever that is, and always the same."""
    random = np.random.default_rng(0)
    special = set(tokenizer.all_special_ids)
    known = [i for i in range(len(tokenizer)) if i not in special] or [0]
    return [
        tokenizer.decode([int(i) for i in random.choice(known, size)])
        for size in random.integers(2, PROBE_TOKENS + 1, PROBES)
    ]


def moved(answers: Floats, others: Floats, scale: str) -> float:
    """By how much answers ``(n, k)`` were moved, in units of what is bearable: 1 is just so."""
    bearable = MOVED if scale == "probability" else max(MOVED_SHARE * float(answers.std()), 1e-9)
    return float(np.abs(others - answers).max()) / bearable
