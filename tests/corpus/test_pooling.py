"""Pooled effects: exact where they must be, unbiased elsewhere, and as sure as they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limelight.corpus.pooling import (
    FOLDS,
    Extremes,
    General,
    Sheet,
    Totals,
    effects_of,
    estimates,
    general_of,
    likely,
)
from limelight.masking.designs import every_mask, orthogonal_masks


def sheet_of(texts, seed=0, masks=8, first=0):
    """Answers about ``[(words, function of masks), ...]``."""
    random = np.random.default_rng(seed)
    kept = [orthogonal_masks(len(words), masks, random) for words, _ in texts]
    flat = np.concatenate([words for words, _ in texts])
    vocabulary, inverse = np.unique(flat, return_inverse=True)
    return Sheet(
        ids=first + np.arange(len(texts)),
        folds=random.integers(FOLDS, size=len(texts)),
        owner=np.arange(len(texts)).repeat([len(words) for words, _ in texts]),
        vocabulary=vocabulary,
        words=inverse,
        signs=np.concatenate([2 * own.T.astype(int) - 1 for own in kept]),
        answers=np.array([f(own) for own, (_, f) in zip(kept, texts, strict=True)]),
    )


def banzhaf(function, features):
    """What each feature does, from all masks: ``(d, k)``."""
    masks = every_mask(features)
    answers = function(masks)
    return np.array([answers[masks[:, j]].mean(axis=0) - answers[~masks[:, j]].mean(axis=0) for j in range(features)])


def corpus_of(number, words, seed, alike=1.0, together=0.3, length=(4, 11)):
    """Texts over words of known effects, each a little different in each text, and with pairs that act together."""
    random = np.random.default_rng(seed)
    weights = random.normal(size=words)
    texts, exact = [], []
    for _ in range(number):
        d = int(random.integers(*length))
        own = random.choice(words, d)
        effects = weights[own] + random.normal(0, 1 - alike + 0.1, d)
        pairs = random.integers(d, size=(d, 2))
        size = random.normal(0, together, d) * (pairs[:, 0] != pairs[:, 1])

        def function(masks, effects=effects, pairs=pairs, size=size):
            return (masks @ effects + (masks[:, pairs[:, 0]] & masks[:, pairs[:, 1]]) @ size)[:, None]

        texts.append((own, function))
        exact.append(banzhaf(function, d))
    return texts, np.concatenate(exact)


def pooled(sheet, words):
    general = general_of(lambda: [sheet], words, sheet.answers.shape[2])
    totals = Totals.empty(words, sheet.answers.shape[2])
    totals.add(sheet, *estimates(sheet, general))
    return effects_of(totals)


def means_of(sheet, exact, words):
    totals = Totals.empty(words, exact.shape[1])
    totals.add(sheet, exact, np.zeros_like(exact))
    return totals.sums / np.maximum(totals.texts, 1)


@given(st.integers(1, 40), st.sampled_from([2, 4, 8, 16, 32]), st.integers(0, 1000))
def test_masks_keep_each_feature_in_half_of_them_and_few_together(features, rows, seed):
    masks = orthogonal_masks(features, rows, np.random.default_rng(seed))
    assert masks.shape == (rows, features) and (masks.sum(axis=0) == rows // 2).all()
    signs = 2 * masks.astype(int) - 1
    products = np.abs(signs.T @ signs)
    assert np.isin(products, (0, rows)).all()
    # a column has as many followers as any other, but for one
    together = (products == rows).sum(axis=1)
    least = features // (rows - 1)
    assert set(together) <= {max(1, least), least + 1}


def test_each_mask_by_itself_keeps_features_apart_from_each_other():
    random = np.random.default_rng(0)
    draws = np.array([orthogonal_masks(10, 8, random)[3] for _ in range(4000)])
    codes = np.bincount(draws[:, [0, 4, 9]] @ [1, 2, 4], minlength=8)
    assert abs(codes / 4000 - 1 / 8).max() < 4 * np.sqrt(1 / 8 * 7 / 8 / 4000)


@settings(max_examples=30)
@given(st.integers(1, 7), st.integers(0, 1000))
def test_sums_of_few_words_are_exact(features, seed):
    weights = np.random.default_rng(seed).normal(size=(features, 2))
    sheet = sheet_of([(np.arange(features), lambda masks: masks @ weights)], seed)
    found = pooled(sheet, features)
    assert np.allclose(found.means, weights)


def test_estimates_are_unbiased_whatever_is_taken_for_general():
    random = np.random.default_rng(1)
    texts, exact = corpus_of(12, 8, seed=2, together=1.0, length=(9, 12))
    general = General(random.normal(size=(FOLDS, 8, 1)), np.ones(1), np.ones(1))
    draws = []
    for seed in range(600):
        sheet = sheet_of(texts, seed)
        # words' positions are those of the whole vocabulary
        draws.append(estimates(sheet, general)[0][:, 0])
    draws = np.array(draws)
    error = draws.std(axis=0) / np.sqrt(len(draws))
    assert (abs(draws.mean(axis=0) - exact[:, 0]) < 4.5 * error + 1e-12).all()


def test_pooling_brings_effects_nearer_to_the_truth():
    texts, exact = corpus_of(800, 60, seed=3, length=(12, 13))
    sheet = sheet_of(texts)
    truth = means_of(sheet, exact, 60)
    nothing = General(np.zeros((FOLDS, 60, 1)), np.ones(1), np.ones(1))
    totals = Totals.empty(60, 1)
    totals.add(sheet, *estimates(sheet, nothing))
    alone = effects_of(totals).means
    found = pooled(sheet, 60).means
    assert np.corrcoef(found[:, 0], truth[:, 0])[0, 1] > 0.99
    assert ((found - truth) ** 2).mean() < 0.6 * ((alone - truth) ** 2).mean()


@pytest.mark.parametrize("alike", [1.0, 0.3])
def test_intervals_hold_the_mean_of_all_texts_like_these(alike):
    texts, exact = corpus_of(3000, 150, seed=4, alike=alike)
    everything = sheet_of(texts)
    truth = means_of(everything, exact, 150)
    inside = []
    for seed in range(8):
        chosen = np.random.default_rng(seed).choice(len(texts), 400, replace=False)
        found = pooled(sheet_of([texts[at] for at in chosen], seed), 150)
        there = found.texts[:, 0] > 2
        inside.append((abs(found.means - truth) <= found.reach * found.errors)[there, 0])
    assert 0.92 <= np.concatenate(inside).mean() <= 0.98


def test_variances_are_those_of_the_estimates():
    for together in (0.0, 0.5):
        texts, exact = corpus_of(1500, 60, seed=8, alike=0.5, together=together, length=(5, 12))
        sheet = sheet_of(texts)
        effects, variances = estimates(sheet, general_of(lambda sheet=sheet: [sheet], 60, 1))
        assert variances.mean() == pytest.approx(((effects - exact) ** 2).mean(), rel=0.15)


def test_context_is_what_differs_between_texts_and_no_noise():
    for alike, size in ((0.9, 0.2), (0.0, 1.1)):  # standard deviations of effects between texts
        texts, _ = corpus_of(2000, 60, seed=5, alike=alike, together=0.0)
        found = pooled(sheet_of(texts), 60)
        assert np.median(found.context) == pytest.approx(size, abs=0.12)


@given(st.integers(0, 100))
@settings(max_examples=10)
def test_totals_of_parts_add_up(seed):
    texts, _ = corpus_of(40, 15, seed=seed)
    sheets = [sheet_of(texts[begin : begin + 10], begin, first=begin) for begin in range(0, 40, 10)]
    general = General(np.random.default_rng(seed).normal(size=(FOLDS, 15, 1)), np.ones(1), np.ones(1))
    whole, reverse = Totals.empty(15, 1), Totals.empty(15, 1)
    for order, totals in ((sheets, whole), (sheets[::-1], reverse)):
        for sheet in order:
            totals.add(sheet, *estimates(sheet, general))
    for name in ("texts", "sums", "squares", "noise"):
        assert np.allclose(getattr(whole, name), getattr(reverse, name))
    # of a word that stands twice in a text, the text counts once
    assert whole.texts.sum() == sum(len(set(words.tolist())) for words, _ in texts)


def test_a_text_without_a_target_says_nothing_of_it():
    texts, _ = corpus_of(60, 10, seed=6)
    alone = sheet_of(texts[:30])
    answers = np.full((60, 8, 2), np.nan)
    both = sheet_of(texts)
    answers[:30, :, 0], answers[30:, :, 1] = both.answers[:30, :, 0], both.answers[30:, :, 0]
    mixed = Sheet(both.ids, both.folds, both.owner, both.vocabulary, both.words, both.signs, answers)
    found = pooled(mixed, 10)
    assert (found.texts[:, 0] == pooled(alone, 10).texts[:, 0]).all()
    assert np.isfinite(found.means).all() and np.isfinite(found.errors).all()


def test_single_texts_are_drawn_to_the_mean_as_far_as_they_are_noise():
    texts, exact = corpus_of(1000, 30, seed=7, alike=0.5, length=(10, 11), together=0.0)
    sheet = sheet_of(texts)
    general = general_of(lambda: [sheet], 30, 1)
    effects, variances = estimates(sheet, general)
    totals = Totals.empty(30, 1)
    totals.add(sheet, effects, variances)
    found = effects_of(totals)
    middle, raises = likely(found, sheet.words, effects, variances)
    error = ((middle - exact) ** 2).mean()
    assert error < ((effects - exact) ** 2).mean() and error < ((found.means[sheet.words] - exact) ** 2).mean()
    sure = (raises > 0.9)[:, 0]
    assert (exact[sure] > 0).mean() > 0.9


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-5, 5)), min_size=1, max_size=40), st.integers(1, 4))
def test_extremes_are_the_largest_whatever_comes_together(rows, cuts):
    words, values = (np.array(column) for column in zip(*rows, strict=True))
    ids = np.arange(len(rows))
    extremes = Extremes.empty(4, 1, 3)
    for part in np.array_split(ids, cuts):
        extremes.add(words[part], ids[part], values[part, None].astype(float))
    for word in range(4):
        own = sorted(ids[words == word], key=lambda at: (-values[at], at))[:3]
        assert [at for at in extremes.ids[word, 0] if at >= 0] == own
