"""A word of the premise that counts only with one of the hypothesis: planted by training, found across the fields."""

from __future__ import annotations

import numpy as np
import pytest

from limelight import as_predictor, explain

PAIRS = 5  # words of the premise, each with its word of the hypothesis
FIRST, SECOND = ([f"{letter}{at}" for at in range(PAIRS)] for letter in "ab")
OTHERS = [f"w{at}" for at in range(30)]
STEPS, BATCH = 600, 64
EXPLAINED = 60
EVALUATIONS = 200


def made(random: np.random.Generator, positive: bool) -> tuple[tuple[str, str], int]:
    """A pair of texts of 6 to 12 words each, and whether both words of a pair stand in it, each on its side.

    Of those that do not have them some have one of the two, some two that are no pair, some both on the wrong side,
    some none.
    """
    at = int(random.integers(PAIRS))
    other = int((at + random.integers(1, PAIRS)) % PAIRS)
    ways = [
        ([FIRST[at]], [SECOND[at]]),
        ([FIRST[at]], []),
        ([], [SECOND[at]]),
        ([FIRST[at]], [SECOND[other]]),
        ([SECOND[at]], [FIRST[at]]),
        ([], []),
    ]
    first, second = ways[0 if positive else random.integers(1, len(ways))]
    return (_text(random, first), _text(random, second)), int(positive)


def _text(random: np.random.Generator, planted: list[str]) -> str:
    words = random.choice(OTHERS, random.integers(6, 13)).tolist()
    for at, word in zip(random.permutation(len(words)), planted, strict=False):
        words[at] = word
    return " ".join(words)


def sample(seed: int, size: int) -> list[tuple[tuple[str, str], int]]:
    random = np.random.default_rng(seed)
    return [made(random, bool(random.random() < 0.5)) for _ in range(size)]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """``(model, tokenizer)``: a BERT of two layers, trained for a fixed number of steps."""
    import torch
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    vocabulary = tmp_path_factory.mktemp("cross") / "vocab.txt"
    vocabulary.write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *FIRST, *SECOND, *OTHERS]), "utf-8")
    fast = BertWordPieceTokenizer(str(vocabulary))
    tokenizer = BertTokenizerFast(tokenizer_object=fast._tokenizer, model_max_length=64)
    threads = torch.get_num_threads()
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=128,
        max_position_embeddings=64, num_labels=2, initializer_range=0.08,
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
    )  # fmt: skip
    model = BertForSequenceClassification(config)
    rate = 2e-3
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=STEPS, pct_start=0.1)
    rows = sample(1, STEPS * BATCH)
    torch.set_num_threads(1)  # matrices this small are slower in several
    try:
        for step in range(STEPS):
            texts, labels = zip(*rows[step * BATCH : (step + 1) * BATCH], strict=True)
            logits = model(**tokenizer(list(texts), padding=True, return_tensors="pt")).logits
            loss = torch.nn.functional.cross_entropy(logits, torch.tensor(labels))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    finally:
        torch.set_num_threads(threads)
    return model.eval(), tokenizer


def share_named_first(model, size: int, seed: int) -> float:
    """How often the strongest term of the predicted class is just the planted pair."""
    predictor, random, hits = as_predictor(model), np.random.default_rng(seed), []
    for _ in range(size):
        (premise, hypothesis), _ = made(random, positive=True)
        found = explain(
            {"premise": premise, "hypothesis": hypothesis}, predictor, method="interactions", budget=EVALUATIONS
        )
        assert found.evaluations <= EVALUATIONS
        strongest = int(np.argmax(np.abs(found.term_weights[found.index()])))
        named = [(found.spans[at][0], found.features[at]) for at in found.terms[strongest]]
        planted = next(at for at, word in enumerate(FIRST) if word in premise.split())
        hits.append(named == [("premise", FIRST[planted]), ("hypothesis", SECOND[planted])])
    return float(np.mean(hits))


@pytest.mark.slow
def test_the_model_has_learnt_what_was_planted(trained):
    texts, labels = zip(*sample(2, 1000), strict=True)
    assert np.mean(as_predictor(trained)(texts).argmax(axis=1) == labels) >= 0.99


@pytest.mark.slow
def test_a_pair_of_words_across_the_fields_is_named_first(trained):
    assert share_named_first(trained, EXPLAINED, seed=3) >= 0.95
