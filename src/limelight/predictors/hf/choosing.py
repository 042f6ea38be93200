"""Which token comes next: the likeliest, or one that is drawn, as transformers' generate would choose it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch


def chooser(options: Mapping[str, Any]) -> Callable[[Any, Any], int]:
    """A function from all ids so far ``(1, n)`` and logits ``(1, vocabulary)`` to a token.

    Chance comes from a generator of its own: the same seed gives the same answer, and nobody else's draws move.

    Args:
        options: by the names of transformers' generate, checked.
    """
    from transformers.generation import (
        LogitsProcessorList,
        MinPLogitsWarper,
        NoRepeatNGramLogitsProcessor,
        RepetitionPenaltyLogitsProcessor,
        TemperatureLogitsWarper,
        TopKLogitsWarper,
        TopPLogitsWarper,
    )

    known: dict[str, Callable[[Any], Any]] = {
        "repetition_penalty": lambda value: RepetitionPenaltyLogitsProcessor(float(value)),
        "no_repeat_ngram_size": NoRepeatNGramLogitsProcessor,
    }
    drawn = options.get("do_sample", False)
    if drawn:
        known |= {
            "temperature": lambda value: TemperatureLogitsWarper(float(value)),
            "top_k": TopKLogitsWarper,
            "top_p": lambda value: TopPLogitsWarper(float(value)),
            "min_p": lambda value: MinPLogitsWarper(float(value)),
        }
    process = LogitsProcessorList([make(options[name]) for name, make in known.items() if name in options])
    random = torch.Generator().manual_seed(int(options.get("seed", 0)))

    def choose(ids: Any, logits: Any) -> int:
        scores = process(ids, logits)
        if not drawn:
            return int(scores.argmax())
        return int(torch.multinomial(scores.softmax(-1), 1, generator=random))

    return choose
