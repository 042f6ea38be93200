"""Parts of a batch beside each other, a thread to each.

Where all threads share every layer, the next layer waits for the slowest of them: on
a machine that does anything else besides, they mostly wait. A part in a thread of its
own waits for nobody, and Python's share of one part's time is another's to compute in.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np

Part, Answer = TypeVar("Part"), TypeVar("Answer")
# With fewer to a part its weights are fetched for too little; and twice as many gain so
# little by a second thread (20 tokens of bert-base take 67 ms instead of 78, and 150
# instead of 83 where something else takes half of each core) that they stay in one.
LEAST_TOKENS = 32


def threads() -> int:
    """How many threads torch computes with on a CPU."""
    import torch

    return torch.get_num_threads()


def parts_of(model, lengths: list[int]) -> tuple[list[np.ndarray], bool]:
    """Rows of each part of a batch whose texts have so many tokens, and whether each part takes one thread.

    There are as many parts as threads, or fewer for little work. One part in the
    caller's thread, with all of torch's to help, is left to a text that is long, and to
    a model that other threads may not ask: any but a plain one of transformers, on a
    CPU, that nobody listens to. Hooks of the user's expect one caller at a time, as
    does the way in which older transformers collect attentions.
    """
    whole, tokens = np.arange(len(lengths)), sum(lengths)
    if threads() < 2 or model.device.type != "cpu" or not _plain(model):
        return [whole], False
    parts = max(1, min(threads(), len(lengths), tokens // LEAST_TOKENS))
    return np.array_split(whole, parts), parts > 1 or tokens < 2 * LEAST_TOKENS


def _plain(model) -> bool:
    from transformers import PreTrainedModel

    collects = getattr(model.config, "output_attentions", False) or getattr(model.config, "output_hidden_states", False)
    heard = any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
    return isinstance(model, PreTrainedModel) and not collects and not heard


def parallel(work: Callable[[Part], Answer], parts: Sequence[Part]) -> list[Answer]:
    """``work`` of every part, in their order, each in a thread whose torch has no other."""
    import torch

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
