"""A causal language model, asked to write one token more, and how likely it finds tokens that are there."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import torch

from limelight.arrays import Floats, Indices
from limelight.predictors.hf.restoring import afterwards

T = TypeVar("T")


@dataclass(frozen=True)
class Forced:
    """Tokens whose probabilities are wanted after every prompt.

    Attributes:
        ids: ``T`` tokens, one after the other.
        others: ``(T, a)`` what could stand in the place of each.
        ends: any of these ends a text; none where that is not wanted.
        last: tokens that could follow on them all, each of which is wanted.
    """

    ids: tuple[int, ...]
    others: Indices
    ends: tuple[int, ...] = ()
    last: tuple[int, ...] = ()

    @property
    def columns(self) -> int:
        """Log-probabilities a row, see ``logs_of``."""
        return len(self.ids) + bool(self.ends) + self.others.size + len(self.last)


def logs_of(logits: Any, forced: Forced) -> Any:
    """Log-probabilities of ``logits (T + 1, vocabulary)``: of each token, the end, each other token, each last one."""
    logs = logits.float() - logits.float().logsumexp(-1, keepdim=True)
    size = len(forced.ids)
    own = logs[torch.arange(size), torch.tensor(forced.ids, dtype=torch.long)]
    end = logs[size, list(forced.ends)].logsumexp(-1)[None] if forced.ends else own[:0]
    others = logs[:size].gather(1, torch.as_tensor(forced.others, device=logs.device)).reshape(-1)
    return torch.cat([own, end, others, logs[size, list(forced.last)]])


def likeliest(logits: Any, ids: Sequence[int], most: int) -> Indices:
    """``(T, most)``: at each token of a text the likeliest others, of ``logits (T + 1, vocabulary)``."""
    taken = logits[: len(ids)].clone().float()
    taken[torch.arange(len(ids)), torch.tensor(list(ids))] = -torch.inf
    found: Indices = taken.topk(min(most, taken.shape[1] - 1)).indices.cpu().numpy()
    return found


LEAST_HEAD = 8  # tokens, below which a cache saves nothing
STEP = 8  # tokens, by multiples of which rows are told apart: those of one length are asked at once
MOST_HEAD = 4096  # tokens of a prompt that is held as a whole: 200 MB of a small model, gigabytes of a large one


@dataclass(frozen=True)
class Head:
    """What all prompts begin with, read once: its ids, and what the model holds of them."""

    ids: tuple[int, ...]
    cache: Any

    def begins(self, prompt: Sequence[int]) -> bool:
        """Whether a prompt begins with it, and goes on."""
        return len(prompt) > len(self.ids) and tuple(prompt[: len(self.ids)]) == self.ids

    def cut(self, size: int) -> Head:
        """Its first tokens."""
        cache = copy.deepcopy(self.cache)
        if size < len(self.ids):
            cache.crop(size - len(self.ids))  # by how many less: from transformers 5 on it takes nothing else
        return Head(self.ids[:size], cache)

    def copies(self, count: int) -> Any:
        """As many of it as there are rows."""
        cache = copy.deepcopy(self.cache)
        cache.batch_repeat_interleave(count)
        return cache


def head_of(model: Any, prompts: Sequence[Sequence[int]]) -> Head | None:
    """The head of some prompts; None where it is too short, or cannot be shared.

    A layer that holds but a part of what it read, as sliding windows do, or a state of it, as linear attention does,
    is read anew each time. In half precision what is read in two steps comes out otherwise than in one.
    """
    size = next((at for at, row in enumerate(zip(*prompts, strict=False)) if len(set(row)) > 1), min(map(len, prompts)))
    ids = tuple(prompts[0][: min(size, *(len(prompt) - 1 for prompt in prompts))])
    if len(ids) < LEAST_HEAD or any(tensor.dtype != torch.float32 for tensor in model.parameters()):
        return None
    output = model(torch.tensor([ids], device=model.device), use_cache=True, **_kept(model, 1))
    cache = getattr(output, cache_name(model), None)
    layers = getattr(cache, "layers", None) or [None]
    whole = all(type(layer).__name__ == "DynamicLayer" and layer.get_seq_length() == len(ids) for layer in layers)
    return Head(ids, cache) if whole and hasattr(cache, "batch_repeat_interleave") else None


class Heads:
    """What prompts begin with, read once: the fixed part of all of them, and what each keeps of the whole prompt.

    Where one word is taken out of a prompt, all before it need not be read again: half of it on average.

    Args:
        model: the model.
        whole: ids of the whole prompt.
        empty: ids of the prompt without all that can be taken out.

    Attributes:
        fixed: the head of all; None where there is none.
    """

    def __init__(self, model: Any, whole: Sequence[int], empty: Sequence[int]) -> None:
        self.fixed = head_of(model, [whole, empty])
        self._model, self._whole = model, tuple(whole)

    @cached_property
    def _read(self) -> Head | None:
        return head_of(self._model, [self._whole]) if len(self._whole) <= MOST_HEAD else None

    def shared(self, prompt: Sequence[int]) -> int:
        """How many tokens of a prompt are known, in steps, so that rows have them in common.

        It depends on no other prompt: what is read in two steps comes out otherwise in its last bits.
        """
        start = len(self.fixed.ids) if self.fixed is not None and self.fixed.begins(prompt) else 0
        pairs = enumerate(zip(prompt[:-1], self._whole, strict=False))
        same = next((at for at, (one, other) in pairs if one != other), min(len(prompt) - 1, len(self._whole)))
        more = (same - start) // STEP * STEP
        if more < LEAST_HEAD or self._read is None:
            return start
        return min(start + more, len(self._read.ids))

    def rest(self, tokens: int, most: int) -> int:
        """To how many a row is filled up that has so many tokens which are not known, at most."""
        return min(-(-tokens // STEP) * STEP, most)

    def of(self, size: int) -> Head | None:
        """The head of prompts that share so many tokens."""
        if self.fixed is not None and size == len(self.fixed.ids):
            return self.fixed
        return self._read.cut(size) if size and self._read is not None else None


def cache_name(model: Any) -> str:
    """What the model's cache is called: it was renamed in transformers 5."""
    return "cache" if "cache" in inspect.signature(model.forward).parameters else "past_key_values"


def _kept(model: Any, count: int) -> dict[str, int]:
    """Has the model give logits of the last tokens only, where it can."""
    return {"logits_to_keep": count} if "logits_to_keep" in inspect.signature(model.forward).parameters else {}


def logits_after(
    model: Any,
    prompts: Sequence[Sequence[int]],
    answers: Sequence[Sequence[int]],
    size: int,
    head: Head | None = None,
) -> Iterator[Any]:
    """Logits ``(T + 1, vocabulary)`` of each prompt from its last token on, with its answer of ``T`` tokens after it.

    Rows are filled up on the right with more of the same, which no token before it can see: a causal model needs
    neither a mask nor positions for it, whatever kind it is.

    Args:
        size: tokens of a row.
        head: what they may begin with.
    """
    least = min(map(len, prompts))
    rows = [[*prompt, *answer] for prompt, answer in zip(prompts, answers, strict=True)]
    filled = [row + [row[-1]] * (size - len(row)) for row in rows]
    read = 0
    held: dict[str, Any] = {"use_cache": False}
    if head is not None and all(head.begins(prompt) for prompt in prompts):
        read, held = len(head.ids), {"use_cache": True, cache_name(model): head.copies(len(prompts))}
    rest = torch.tensor(filled, device=model.device)[:, read:]
    output = model(rest, **held, **_kept(model, size - least + 1))
    first = size - output.logits.shape[1]
    for at, (prompt, answer) in enumerate(zip(prompts, answers, strict=True)):
        start = len(prompt) - 1 - first
        yield output.logits[at, start : start + len(answer) + 1]


def in_single(model: Any, work: Callable[[], T]) -> T:
    """Work with the layer that gives the logits in single precision, where the model itself is in half of it."""
    head = model.get_output_embeddings()
    if head is None or getattr(head, "weight", None) is None or head.weight.dtype == torch.float32:
        return work()
    held = dict(head._forward_hooks)

    def single() -> T:
        head.register_forward_hook(_single)
        return work()

    def restore() -> None:
        head._forward_hooks.clear()
        head._forward_hooks.update(held)

    return afterwards(restore, single)


def _single(layer: Any, args: tuple[Any, ...], answer: Any) -> Any:
    bias = getattr(layer, "bias", None)
    return torch.nn.functional.linear(args[0].float(), layer.weight.float(), None if bias is None else bias.float())


class Writer:
    """Writes on after a prompt, a token at a time; what it has read is held in a cache of its own.

    Args:
        model: the model; in evaluation mode whenever it is forced.
        prompt: ids.
        choose: a token of logits ``(1, vocabulary)``, given all ids so far ``(1, n)``.
    """

    def __init__(self, model: Any, prompt: Sequence[int], choose: Callable[[Any, Any], int]) -> None:
        self._model, self._choose = model, choose
        self._cache: Any = None
        self._named, self._kept = cache_name(model), _kept(model, 1)
        self._ids, self._new = list(prompt), list(prompt)

    def __call__(self) -> int:
        """The next token."""
        model = self._model
        with torch.inference_mode():
            held = {} if self._cache is None else {self._named: self._cache}
            ids = torch.tensor([self._new], device=model.device)
            output = model(ids, use_cache=True, **self._kept, **held)
            self._cache = getattr(output, self._named, None)
            token = self._choose(torch.tensor([self._ids]), output.logits[:, -1].float().cpu())
        self._ids.append(token)
        # a model without a cache reads all of it again
        self._new = [token] if self._cache is not None else self._ids
        return token


def rows_of(logits: Iterator[Any], forced: Forced) -> Floats:
    """``(n, columns)`` of the logits of some prompts."""
    rows: Floats = torch.stack([logs_of(one, forced) for one in logits]).cpu().numpy().astype(float)
    return rows
