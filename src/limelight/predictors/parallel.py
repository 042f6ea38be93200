"""Parts of a batch beside each other, a thread to each.

Where all threads share every layer, the next layer waits for the slowest of them: on
a machine that does anything else besides, they mostly wait. A part in a thread of its
own waits for nobody, and Python's share of one part's time is another's to compute in.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np

Part, Answer = TypeVar("Part"), TypeVar("Answer")
LEAST_TOKENS = 32  # with fewer to a part its weights are fetched for too little


def threads() -> int:
    """How many threads torch computes with on a CPU."""
    import torch

    return torch.get_num_threads()


def parts_of(model, lengths: list[int]) -> list[np.ndarray]:
    """Rows of each part of a batch whose texts have so many tokens: a part a thread, or fewer for little work.

    There is one part only for a model that several threads may not ask at once, which
    is any but a plain one of transformers, on a CPU, that nobody listens to. Hooks of
    the user's expect one caller at a time, as does the way in which older transformers
    collect attentions.
    """
    most = min(threads(), len(lengths), sum(lengths) // LEAST_TOKENS)
    if most < 2 or model.device.type != "cpu" or not _plain(model):
        most = 1
    return np.array_split(np.arange(len(lengths)), most)


def _plain(model) -> bool:
    from transformers import PreTrainedModel

    collects = getattr(model.config, "output_attentions", False) or getattr(model.config, "output_hidden_states", False)
    heard = any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
    return isinstance(model, PreTrainedModel) and not collects and not heard


def parallel(work: Callable[[Part], Answer], parts: Iterable[Part]) -> list[Answer]:
    """``work`` of every part, in their order; each in one thread, or in all of torch's where there is one part only."""
    import torch

    parts = list(parts)
    if len(parts) == 1:
        return [work(parts[0])]
    shared, ready = threads(), threading.Barrier(len(parts) + 1)

    def alone() -> None:
        # a new thread takes the process's number when it first asks, and would take it later else
        torch.get_num_threads()
        torch.set_num_threads(1)
        ready.wait()

    with ThreadPoolExecutor(len(parts), "limelight-part", initializer=alone) as pool:
        try:
            answers = [pool.submit(work, part) for part in parts]
            ready.wait()
        except BaseException:
            ready.abort()
            raise
        finally:
            # it is both this thread's number and that of threads yet to come
            torch.set_num_threads(shared)
        return [answer.result() for answer in answers]
