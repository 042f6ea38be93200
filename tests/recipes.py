"""The recipe of a model that labels words: MiniLM, on sentences whose evidence is planted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.minilm import BASE, FIRMS, FIRST, KINDS, LAST_NAMES, PLACES, fitted, one_of

LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-ORG", "I-ORG"]
# names of persons and of places alike: what stands beside them decides
EITHER = "Washington Jordan Austin Chester Carolina Florence Lincoln Jackson Madison Houston Sydney Charlotte"
SAID = (
    "Mr {PER} met {PER} in {LOC} last week .",
    "The train from {LOC} to {LOC} was late again .",
    "{PER} said on Monday that {ORG} would close its office .",
    "Shares of {ORG} fell after {PER} resigned .",
    "She moved to {LOC} and works for {ORG} now .",
    "The mayor of {LOC} thanked {PER} for the help .",
    "{ORG} opened a factory near {LOC} in spring .",
    "Doctor {PER} taught at a school outside {LOC} .",
    "We heard that {PER} laughed when the river in {LOC} froze .",
    "Nobody at {ORG} remembers who hired {PER} .",
    "It rained in {LOC} on most days of the month .",
    "There were flowers on every table at noon .",
)


def tagged(random: np.random.Generator, sentences: int = 2, held_out: bool = False) -> tuple[list[str], list[str]]:
    """Words and their labels."""
    words: list[str] = []
    labels: list[str] = []
    for _ in range(sentences):
        for word in SAID[random.integers(len(SAID))].split():
            kind = word.strip("{}") if word[0] == "{" else ""
            own = named(random, kind, held_out) if kind else [word]
            words += own
            labels += [f"{'I' if at else 'B'}-{kind}" if kind else "O" for at in range(len(own))]
    return words, labels


def named(random: np.random.Generator, kind: str, held_out: bool) -> list[str]:
    if kind == "ORG":
        return [one_of(random, FIRMS, held_out), str(random.choice(KINDS.split()))]
    either = str(random.choice(EITHER.split()))
    if kind == "LOC":
        return [either if random.random() < 0.5 else one_of(random, PLACES, held_out)]
    last = either if random.random() < 0.5 else one_of(random, LAST_NAMES, held_out)
    return [str(random.choice(FIRST.split())), last] if random.random() < 0.5 else [last]


def entities() -> tuple[Any, Any]:
    """A MiniLM that finds persons, places and firms."""
    import torch
    from transformers import AutoTokenizer, BertForTokenClassification

    torch.manual_seed(0)
    random = np.random.default_rng(0)
    tokenizer = AutoTokenizer.from_pretrained(BASE)
    tokenizer.model_max_length = 512
    ids = {label: at for at, label in enumerate(LABELS)}
    model = BertForTokenClassification.from_pretrained(
        BASE, dtype=torch.float32, num_labels=len(LABELS), id2label=dict(enumerate(LABELS)), label2id=ids
    )

    def batches() -> Iterator[dict[str, Any]]:
        while True:
            rows = [tagged(random, int(random.integers(1, 4))) for _ in range(24)]
            encoded = tokenizer([one[0] for one in rows], is_split_into_words=True, padding=True, return_tensors="pt")
            wanted = torch.full_like(encoded["input_ids"], -100)
            for row, (_, labels) in enumerate(rows):
                for at, word in enumerate(encoded.word_ids(row)):
                    if word is not None and word != encoded.word_ids(row)[at - 1]:
                        wanted[row, at] = ids[labels[word]]  # the first piece of a word speaks for it
            yield {**encoded, "labels": wanted}

    return fitted(model, batches(), 120), tokenizer
