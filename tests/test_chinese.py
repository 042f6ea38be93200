"""Explaining Chinese: a BERT of characters trained here on labelled reviews, its answers asked again by hand."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from limelight import explain
from limelight.segment import words
from tests.chinese import LABELS, reviews, train


@pytest.fixture(scope="session")
def samples():
    return reviews()


@pytest.fixture(scope="session")
def chinese(samples, tmp_path_factory):
    """``(model, tokenizer)``, trained in some seconds."""
    return train(tmp_path_factory.mktemp("chinese"), samples[0])


@pytest.fixture(scope="session")
def asked(chinese):
    """Asks the model of texts by itself, without limelight: ``(n, 2)`` probabilities."""
    import torch

    model, tokenizer = chinese

    def ask(texts):
        with torch.inference_mode():
            logits = model(**tokenizer(texts, padding=True, truncation=True, return_tensors="pt")).logits
        return logits.softmax(-1).numpy().astype(float)

    return ask


@pytest.fixture(scope="session")
def telling(samples):
    """Words that the reviews themselves give away: nearly all of those they stand in have one label."""
    counts = [Counter(), Counter()]
    for text, label in samples[0]:
        counts[label].update({text[a:b] for a, b in words(text)})
    total = counts[0] + counts[1]
    return {
        word: label
        for word in total
        for label in (0, 1)
        if total[word] >= 50 and counts[label][word] / total[word] > 0.8
    }


def without(text: str, span: tuple[int, int]) -> str:
    return text[: span[0]] + text[span[1] :]


def test_the_model_has_learnt_to_tell_reviews_apart(samples, asked):
    texts, labels = zip(*samples[1], strict=True)
    right = (asked(list(texts)).argmax(1) == np.array(labels)).mean()
    assert right > 0.8
    # neither text stands on both sides
    assert not set(texts) & {text for text, _ in samples[0]}


def test_the_reviews_give_away_words_that_a_reader_would_name(telling):
    assert telling["不错"] == 1 and telling["太差"] == 0
    assert set(telling.values()) == {0, 1}


def test_spans_are_the_text_byte_for_byte(samples, chinese):
    for text, _ in samples[1][:5]:
        found = explain(text, chinese, method="occlusion")
        raw, at, pieces = text.encode(), 0, []
        for feature, (start, stop) in zip(found.features, found.spans, strict=True):
            first, last = len(text[:start].encode()), len(text[:stop].encode())
            assert raw[first:last] == feature.encode()
            pieces += [text[at:start], feature]
            at = stop
        assert "".join([*pieces, text[at:]]) == text == found.text


@pytest.mark.parametrize("masker", ["delete", "mask"])
def test_a_weight_of_occlusion_is_what_the_model_says_without_the_word(samples, chinese, asked, masker):
    for text, _ in [sample for sample in samples[1] if " " not in sample[0]][:6]:
        found = explain(text, chinese, method="occlusion", masker=masker, scale="probability")
        put = "" if masker == "delete" else "[MASK]"
        removed = asked([text[:a] + put + text[b:] for a, b in found.spans])
        assert found.weights == pytest.approx((asked([text]) - removed).T, abs=1e-4)


def test_explanations_find_the_words_that_move_the_model(samples, chinese, asked, telling):
    """Reviews with a word that tells by the data, and without which the model, asked by hand, is far less sure."""
    ranks = []
    for text, label in samples[1]:
        spans = words(text)
        at = [i for i, (a, b) in enumerate(spans) if telling.get(text[a:b]) == label]
        if len(at) != 1 or not 4 <= len(spans) <= 9:
            continue
        span = spans[at[0]]
        whole, removed = asked([text, without(text, span)])[:, label]
        if whole < 0.6 or whole - removed < 0.25:
            continue
        found = explain(text, chinese, seed=0)
        row = found.weights[LABELS.index(found.targets[label])]
        ranks.append(int((row > row[at[0]]).sum()))
        if len(ranks) == 12:
            break
    assert len(ranks) == 12
    assert sum(rank == 0 for rank in ranks) >= 10 and max(ranks) <= 2
