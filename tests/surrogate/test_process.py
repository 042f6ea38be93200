"""The surrogate's closed forms against brute force over all masks, and its intervals against known truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from limelight.masking.designs import Design, draw_masks, every_mask
from limelight.methods.lime import projection, regress
from limelight.methods.shapley import projection as shapley_projection
from limelight.surrogate.kernel import Kernel, _evidence
from limelight.surrogate.process import Surrogate
from limelight.surrogate.projection import Projection


def drawn(d, rows, seed=0):
    random = np.random.default_rng(seed)
    sizes = np.where(np.arange(d + 1) > 0, projection(d).masses, 0)
    return np.unique(draw_masks(sizes / sizes.sum(), rows, random), axis=0), random


def everything(d, law):
    """All masks and what each counts."""
    masks = every_mask(d)
    removed = d - masks.sum(axis=1)
    return masks, (law.masses / np.bincount(removed))[removed]


def uneven(masks, random):
    d = masks.shape[1]
    table = masks @ random.normal(size=(d, 2))
    table[:, 0] += 2 * (masks[:, 0] & ~masks[:, d - 1]) - 1.5 * (masks[:, 1] & masks[:, 2])
    return 1 / (1 + np.exp(-table))


@pytest.mark.parametrize("d", [3, 8, 11])
def test_the_line_is_the_ridge_over_all_masks(d):
    masks, random = drawn(d, 60)
    law = projection(d)
    surrogate = Surrogate(masks, uneven(masks, random), Kernel.start(d), search=d > 3, random=random)
    weights, intercepts = surrogate.project(law)
    every, counts = everything(d, law)
    said, seen = surrogate.predict(every), {mask.tobytes(): row for row, mask in enumerate(masks)}
    for row, mask in enumerate(every):  # what the model said itself needs no foretelling
        if mask.tobytes() in seen:
            said[row] = surrogate.scores[seen[mask.tobytes()]]
    brute = Ridge(alpha=law.ridge).fit(every, said, sample_weight=counts)
    assert np.allclose(weights, brute.coef_, atol=1e-9) and np.allclose(intercepts, brute.intercept_, atol=1e-9)


@given(st.integers(1, 9), st.floats(0.01, 50), st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_the_solver_is_the_ridge_for_any_law_and_penalty(d, ridge, seed):
    random = np.random.default_rng(seed)
    law = Projection(random.uniform(0.1, 5, d + 1), ridge=ridge)
    every, counts = everything(d, law)
    scores = random.normal(size=(len(every), 1))
    share = counts / counts.sum()
    mean = share @ scores
    covariances = ((scores - mean) * share[:, None]).T @ (every - share @ every)
    brute = Ridge(alpha=ridge).fit(every, scores, sample_weight=counts)
    assert np.allclose(law.solve(covariances), np.ravel(brute.coef_), atol=1e-7)
    assert np.allclose(regress(every, scores, counts, ridge)[0], np.ravel(brute.coef_), atol=1e-7)


@pytest.mark.parametrize("d", [1, 2, 5, 20, 100, 400, 2000])
def test_the_rule_gives_every_size_its_mass(d):
    law = projection(d)
    rates, weights = law.rule
    k = np.arange(d + 1)
    from scipy.stats import binom

    masses = binom.pmf(k[:, None], d, rates) @ weights
    assert np.abs(masses - law.masses / law.total).sum() < (1e-2 if d > 400 else 1e-6)
    assert np.abs(weights).sum() < 5  # signed weights that cancel would cost digits


def test_held_out_lines_never_saw_their_masks():
    d = 6
    masks, random = drawn(d, 40)
    scores = uneven(masks, random)
    law = projection(d)
    surrogate = Surrogate(masks, scores, Kernel.start(d), search=False, random=random)
    before = surrogate.held_out(law)[::5]
    changed = scores.copy()
    changed[::5] += 3 * np.array([1, -1])[np.arange(len(changed[::5])) % 2][:, None]
    # the kernel is the same; only the level and unit of the scores move
    after = Surrogate(masks, changed, Kernel.start(d), search=False, random=random)
    after._mean, after._spread = surrogate._mean, surrogate._spread
    after._dual = after._inverse @ ((changed - after._mean) / after._spread)
    assert np.allclose(after.held_out(law)[::5], before, atol=1e-8)


def test_the_evidence_has_the_slope_it_says():
    random = np.random.default_rng(0)
    masks = (random.random((40, 5)) < 0.6).astype(float)
    scores = np.stack([masks @ random.random(5), masks[:, 0] * masks[:, 1]], axis=1)
    scores = (scores - scores.mean(axis=0)) / scores.std()
    at = random.normal(0, 0.3, 10)
    slope = _evidence(masks, scores, Kernel.of(at))[1]
    step = 1e-5
    for i in range(10):
        up, down = at.copy(), at.copy()
        up[i] += step
        down[i] -= step
        rise = _evidence(masks, scores, Kernel.of(up))[0] - _evidence(masks, scores, Kernel.of(down))[0]
        assert slope[i] == pytest.approx(rise / 2 / step, rel=1e-4, abs=1e-5)
    assert np.allclose(Kernel.of(at).numbers, at)


@pytest.mark.parametrize("d", [3, 8, 10])
@pytest.mark.parametrize("law", [projection, shapley_projection])
def test_of_all_masks_it_is_the_regression_itself_however_noisy_it_takes_the_model_for(d, law):
    masks, random = every_mask(d), np.random.default_rng(d)
    scores = uneven(masks, random) + random.normal(0, 0.2, (len(masks), 2))
    kernel = Kernel(np.full(d, 0.1), 1.0, 0.1, 0.3, 2.0, -0.4)
    surrogate = Surrogate(masks, scores, kernel, search=False, random=random)
    weights, intercepts = surrogate.project(law(d))
    wanted, levels = law(d).exact(masks, scores)
    np.testing.assert_allclose(weights, wanted, atol=1e-6)
    np.testing.assert_allclose(intercepts, levels, atol=1e-6)


@pytest.mark.slow
def test_intervals_cover_the_truth():
    """95 % intervals of 60 random uneven games with 10 words, each at three stopping times."""
    d, law = 10, projection(10)
    every, counts = everything(d, law)
    held = []
    for seed in range(60):
        random = np.random.default_rng(seed)
        truth = uneven(every, random)
        wanted = regress(every, truth, counts, law.ridge)[0]
        masks, _ = drawn(d, 600, seed)
        rows = {mask.tobytes(): row for row, mask in enumerate(every)}
        order = random.permutation(len(masks))
        for n in (60, 120, 240):
            some = masks[order[:n]]
            scores = truth[[rows[mask.tobytes()] for mask in some]]
            surrogate = Surrogate(some, scores, Kernel.start(d), search=True, random=random)
            weights, _ = surrogate.project(law)
            residuals, leverages = surrogate.errors(law, np.arange(n))
            errors = np.sqrt(residuals.T**2 @ leverages) * np.sqrt(1 + d / n)
            held.append((np.abs(weights - wanted) <= 2 * errors).mean())
    # sampling only among masks drawn once makes them somewhat careful here
    assert 0.92 < np.mean(held) < 0.995


@pytest.mark.parametrize("noise", [0.0, 0.3, 3.0])
def test_it_is_not_worse_than_the_plain_fit(noise):
    """On a line with noise nothing is to be won; on an uneven model much is."""
    d, law = 9, projection(9)
    every, counts = everything(d, law)
    mine, plain = [], []
    for seed in range(25):
        random = np.random.default_rng(seed)
        truth = uneven(every, random) if noise == 0 else every @ random.normal(size=(d, 1)) / 3
        truth = truth + noise * random.normal(size=truth.shape)
        wanted = regress(every, truth, counts, law.ridge)[0]
        masks, _ = drawn(d, 400, seed)
        some = masks[random.permutation(len(masks))[:80]]
        rows = {mask.tobytes(): row for row, mask in enumerate(every)}
        scores = truth[[rows[mask.tobytes()] for mask in some]]
        surrogate = Surrogate(some, scores, Kernel.start(d), search=True, random=random)
        mine.append(np.square(surrogate.project(law)[0] - wanted).mean())
        fitted = Ridge(alpha=len(some) * law.ridge / law.total).fit(some, scores).coef_.reshape(-1, d)
        plain.append(np.square(fitted - wanted).mean())
    ratio = np.sqrt(np.mean(mine) / np.mean(plain))
    assert ratio < (0.7 if noise == 0 else 1.1)


def test_design_leaves_each_out_once_then_draws_distinct_masks():
    d = 6
    sizes = np.where(np.arange(d + 1) > 0, projection(d).masses, 0)
    design = Design(sizes / sizes.sum(), np.random.default_rng(0), 2**d)
    assert design.first == d + 2 and design.blocks == 0 and design.masks[0].all()
    assert (np.sort(design.masks.sum(axis=1)) == [0, *[d - 1] * d, d]).all()
    design.extend(40)
    early = design.masks.copy()
    design.extend(2**d)
    assert len({mask.tobytes() for mask in design.masks}) == 2**d == len(design.masks)
    assert np.array_equal(design.masks[:40], early)


@pytest.mark.parametrize(
    ("d", "most", "blocks"),
    [(9, 200, 5), (9, 14, 0), (9, 15, 5), (40, 500, 5), (60, 66, 5), (61, 65, 0), (61, 66, 4), (300, 500, 4)],
)
def test_long_texts_begin_with_blocks_of_neighbours(d, most, blocks):
    design = Design(np.append(0, np.full(d, 1 / d)), np.random.default_rng(0), most)
    assert design.blocks == blocks and design.first <= most
    if blocks:
        out = ~design.masks[1:blocks]
        # together they are the text, and each is one stretch of it
        assert (out.sum(axis=0) == 1).all() and (np.abs(np.diff(out, axis=1)).sum(axis=1) <= 2).all()
        assert out.sum(axis=1).max() - out.sum(axis=1).min() <= 1
    assert len({mask.tobytes() for mask in design.masks}) == len(design.masks)
    assert (design.masks.sum(axis=1) == d - 1).sum() == (d if d <= 100 else 0)


@pytest.mark.parametrize("d", [1, 2])
def test_small_designs(d):
    design = Design(np.append(0, np.full(d, 1 / d)), np.random.default_rng(0), 2**d)
    design.extend(2**d)
    assert len(design.masks) == 2**d == design.first


def test_masks_that_are_added_are_distinct_and_no_draws():
    design = Design(np.array([0, 1, 1, 1, 0]) / 3, np.random.default_rng(0), 16)
    before, masks = len(design.masks), every_mask(4)
    design.add(masks, 3)
    assert len(design.masks) == before + 3 and design.draws == []
    design.extend(16)
    assert len(np.unique(design.masks, axis=0)) == len(design.masks) == 16
    design.add(masks, 3)
    assert len(design.masks) == 16
