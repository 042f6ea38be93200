"""Parts of a batch beside each other, a thread to each.

Where all threads share every layer, the next layer waits for the slowest of them: on
a machine that does anything else besides, they mostly wait. A part in a thread of its
own waits for nobody, and Python's share of one part's time is another's to compute in.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar, cast

import numpy as np

from limelight.arrays import Indices

Part = TypeVar("Part")
Answer = TypeVar("Answer")
# With fewer to a part its weights are fetched for too little; and twice as many gain so
# little by a second thread (20 tokens of bert-base take 67 ms instead of 78, and 150
# instead of 83 where something else takes half of each core) that they stay in one.
LEAST_TOKENS = 32


def threads() -> int:
    """How many threads torch computes with on a CPU."""
    import torch

    number: int = torch.get_num_threads()
    return number


def padded(length: int, most: int | None = None) -> int:
    """To how many tokens a text of so many is padded, in whatever company: by an eighth of them at most, or by one.

    An answer depends on how long its row is, so that must not be for the other texts of a
    batch to say. Without padding there would be a group for every length; the weights,
    which are fetched once a group, would be fetched too often.
    """
    step = max(2, 1 << max(0, length.bit_length() - 3))
    size = max(4, -(-length // step) * step)
    return size if most is None else max(length, min(size, most))


def groups_of(lengths: Sequence[int], most: int) -> list[Indices]:
    """Rows whose lengths are the same, shortest first, in groups of at most ``most`` tokens."""
    groups: list[list[int]] = []
    for row in np.argsort(lengths, kind="stable"):
        size = lengths[row]
        if not groups or lengths[groups[-1][0]] != size or (len(groups[-1]) + 1) * size > most:
            groups.append([])
        groups[-1].append(int(row))
    return [np.array(rows) for rows in groups]


def parts_of(model: Any, lengths: Sequence[int]) -> tuple[list[list[Indices]], bool]:
    """What each thread does of a batch whose rows have so many tokens, and whether each does it alone.

    There are as many parts as threads, or fewer for little work. One part in the
    caller's thread, with all of torch's to help, is left to a text that is long, and to
    a model that other threads may not ask: any but a plain one of transformers, on a
    CPU, that nobody listens to. Hooks of the user's expect one caller at a time, as
    does the way in which older transformers collect attentions.

    Returns:
        groups of rows, each of one length, a list a part.
    """
    tokens = sum(lengths)
    if threads() < 2 or not _plain(model):
        return [groups_of(lengths, tokens)], False
    parts = max(1, min(threads(), len(lengths), tokens // LEAST_TOKENS))
    shared: list[list[Indices]] = [[] for _ in range(parts)]
    done = [0] * parts
    groups = groups_of(lengths, max(1, tokens // parts))
    sizes = [len(group) * lengths[group[0]] for group in groups]
    for at in sorted(range(len(groups)), key=lambda at: -sizes[at]):
        least = done.index(min(done))
        shared[least].append(groups[at])
        done[least] += sizes[at]
    return shared, parts > 1 or tokens < 2 * LEAST_TOKENS


def _plain(model: Any) -> bool:
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
        with suppress(threading.BrokenBarrierError):  # an interrupt: nothing is computed any more
            ready.wait()

    def answer(part: Part) -> Answer | None:
        return None if ready.broken else work(part)

    with ThreadPoolExecutor(len(parts), "limelight-part", initializer=alone) as pool:
        try:
            answers = [pool.submit(answer, part) for part in parts]
            ready.wait()
        except BaseException:
            ready.abort()
            raise
        finally:
            # it is both this thread's number and that of threads yet to come
            torch.set_num_threads(shared)
        return [cast("Answer", one.result()) for one in answers]
