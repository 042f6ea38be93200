"""Half precision where the hardware computes it faster, and only while it gives the same answers."""

from __future__ import annotations

import functools
import time

from limelight.errors import choose

DTYPES = {"auto": None, "float32": None, "bfloat16": None}
GAIN = 1.5  # below this a second copy of the model is not worth its memory
MOVED = 0.005  # of a probability: what half precision may change, at most
CHECKED = 4  # texts in the batch that is computed twice


def wanted(asked: str, device: str) -> bool:
    """Whether to compute in bfloat16, as asked or, for ``"auto"``, as the hardware is.

    Raises:
        InputError: ``asked`` is none of ``DTYPES``.
    """
    choose("dtype", asked, DTYPES)
    return asked == "bfloat16" or (asked == "auto" and faster(device))


@functools.cache
def faster(device: str) -> bool:
    """Whether a bfloat16 product takes clearly less time than a float32 one, measured once.

    Processor flags do not tell: without the instructions torch still computes it,
    a hundred times slower than float32 (measured with AVX2).
    """
    import torch

    if device.startswith("cuda"):
        return torch.cuda.is_bf16_supported()
    if device != "cpu":
        return False
    single, half = (_seconds(torch, dtype, 256) for dtype in (torch.float32, torch.bfloat16))
    return half * GAIN < single


def _seconds(torch, dtype, size: int) -> float:
    a = torch.ones(size, size, dtype=dtype)
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        a @ a
        best = min(best, time.perf_counter() - start)
    return best
