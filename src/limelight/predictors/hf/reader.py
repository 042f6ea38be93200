"""A language model as a reader: which words it expects in a place, and how well a text reads to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import numpy as np
import torch

from limelight.arrays import Floats
from limelight.predictors.hf.restoring import evaluating
from limelight.predictors.turns import Turns

T = TypeVar("T")

ROWS = 8  # at once: some hundreds of short rows are the work of a second


class Reader:
    """A masked or a causal language model, asked about plain texts.

    Args:
        model: the model.
        tokenizer: its tokenizer.
        turns: at the model.
        masked: whether it fills in masks; else it reads from the left.
    """

    def __init__(self, model: Any, tokenizer: Any, turns: Turns, masked: bool) -> None:
        self._model, self._tokenizer, self._turns, self.masked = model, tokenizer, turns, masked

    def _during(self, work: Callable[[], T]) -> T:
        def quietly() -> T:
            with torch.inference_mode():
                return work()

        with self._turns.turn():
            return evaluating(self._model, quietly)

    def expected(self, before: str, after: str, count: int) -> list[str]:
        """Words that may stand between two texts, the likeliest first; a causal model knows the first text only."""
        found: list[str] = self._during(partial(self._expected, before, after, count))
        return found

    def _expected(self, before: str, after: str, count: int) -> list[str]:
        tokenizer = self._tokenizer
        text = f"{before.rstrip()} {tokenizer.mask_token} {after.lstrip()}".strip() if self.masked else before.rstrip()
        if not self.masked and not text:
            return []
        ids = self._ids(text)
        at = ids.index(tokenizer.mask_token_id) if self.masked else -1
        logits = self._model(input_ids=torch.tensor([ids], device=self._model.device)).logits[0, at].float()
        words: list[str] = []
        for token in logits.topk(min(4 * count, len(logits))).indices.tolist():
            piece = tokenizer.convert_ids_to_tokens(token)
            whole = piece[:1] in "Ġ▁" or (self.masked and not piece.startswith("##"))
            word = tokenizer.decode([token]).strip()
            if whole and word.isalpha() and word not in words:
                words.append(word)
        return words[:count]

    def likelihoods(self, texts: Sequence[str]) -> Floats:
        """Mean log-probability ``(n,)`` of the tokens of each text; of a masked model each given all others."""
        return np.array([self._during(partial(self._likelihood, text)) for text in texts])

    def _likelihood(self, text: str) -> float:
        ids = self._ids(text)
        device = self._model.device
        if not self.masked:
            if len(ids) < 2:
                return 0.0
            row = torch.tensor([ids], device=device)
            logs = self._model(input_ids=row).logits[0, :-1].float().log_softmax(-1)
            return float(logs.gather(1, row[0, 1:, None]).mean())
        special = set(self._tokenizer.all_special_ids)
        own = [at for at, one in enumerate(ids) if one not in special]
        found: list[float] = []
        for start in range(0, len(own), ROWS):
            some = own[start : start + ROWS]
            rows = torch.tensor([ids] * len(some), device=device)
            rows[range(len(some)), some] = self._tokenizer.mask_token_id
            logs = self._model(input_ids=rows).logits.float()[range(len(some)), some].log_softmax(-1)
            found += logs[range(len(some)), [ids[at] for at in some]].tolist()
        return float(np.mean(found)) if found else 0.0

    def _ids(self, text: str) -> list[int]:
        return list(self._tokenizer(text, truncation=True, add_special_tokens=self.masked)["input_ids"])
