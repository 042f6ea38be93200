"""Explaining Chinese: a BERT of characters trained here on labelled reviews, its answers asked again by hand."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from limelight import explain
from limelight.text.units import words
from tests.chinese import reviews, train

pytestmark = pytest.mark.slow  # trains a model


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
    shares = {word: counts[1][word] / count for word, count in total.items() if count >= 30}
    return {word: int(share > 0.5) for word, share in shares.items() if not 0.2 <= share <= 0.8}


def test_the_model_has_learnt_to_tell_reviews_apart(samples, asked):
    texts, labels = zip(*samples[1], strict=True)
    right = (asked(list(texts)).argmax(1) == np.array(labels)).mean()
    assert right > 0.76  # measured: .82; a count of characters and pairs of them gets about as far
    # neither text stands on both sides
    assert not set(texts) & {text for text, _ in samples[0]}


def test_the_reviews_give_away_words_that_a_reader_would_name(telling):
    assert telling["不错"] == 1 and telling["差"] == telling["失望"] == 0


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
    """In reviews with a word that tells by the data, and without which the model, asked by hand, is far less sure."""
    ranks = []
    for text, label in samples[1]:
        spans = words(text)
        if not 3 <= len(spans) <= 12:
            continue
        whole, *removed = asked([text, *(text[:a] + text[b:] for a, b in spans)])[:, label]
        lost = {i: whole - removed[i] for i, (a, b) in enumerate(spans) if telling.get(text[a:b]) == label}
        if whole < 0.6 or not lost or max(lost.values()) < 0.2:
            continue
        row = explain(text, chinese, budget=400).weights[label]
        ranks.append(int((row > row[max(lost, key=lost.get)]).sum()))
    assert len(ranks) >= 6  # measured: 12
    assert np.mean([rank == 0 for rank in ranks]) >= 0.75 and max(ranks) <= 2  # measured: 0 but for one
