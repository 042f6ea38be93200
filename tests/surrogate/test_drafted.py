"""A process beside a draft: its closed forms by brute force, and what good and bad drafts make of it."""

from __future__ import annotations

import numpy as np
import pytest

from limelight.masking.designs import every_mask
from limelight.methods.lime import projection
from limelight.methods.shapley import projection as shapley_projection
from limelight.surrogate.drafted import Draft, Drafted, process_of, share_of
from limelight.surrogate.kernel import Kernel
from limelight.surrogate.process import Surrogate
from tests.surrogate.test_process import drawn, everything, uneven

D = 9


def pictured(seed: int, off: float) -> tuple[np.ndarray, np.ndarray]:
    """All answers of a model, and of a draft that is ``off`` by some of another model's."""
    every, random = every_mask(D), np.random.default_rng(seed)
    model, other = uneven(every, random), uneven(every, random)
    return model, 0.6 * ((1 - off) * model + off * other) + 0.1


def told(table: np.ndarray, masks: np.ndarray) -> np.ndarray:
    rows = {mask.tobytes(): row for row, mask in enumerate(every_mask(D))}
    return table[[rows[mask.tobytes()] for mask in masks]]


def both(seed: int, off: float, rows: int = 40) -> tuple[Surrogate, Surrogate, np.ndarray, np.random.Generator]:
    """A process with a draft that was asked about every mask, one without, and the truth."""
    model, draft = pictured(seed, off)
    masks, random = drawn(D, 200, seed)
    ends = np.array([[True] * D, [False] * D])
    some = np.unique(np.concatenate([ends, masks[random.permutation(len(masks))[:rows]]]), axis=0)
    guess = Draft(every_mask(D), draft, Kernel.start(D), search=True, random=random)
    found = process_of(some, told(model, some), None, guess, search=True, random=random)
    plain = process_of(some, told(model, some), None, None, search=True, random=random)
    return found, plain, model, random


@pytest.mark.parametrize("law", [projection, shapley_projection])
def test_the_line_is_that_of_draft_and_difference_over_all_masks(law):
    found, _, _, _ = both(0, off=0.2)
    assert isinstance(found, Drafted)
    every, _ = everything(D, law(D))
    said, seen = found.predict(every), {mask.tobytes(): row for row, mask in enumerate(found.masks > 0)}
    for row, mask in enumerate(every):
        if mask.tobytes() in seen:
            said[row] = found.scores[seen[mask.tobytes()]]
    weights, intercepts = found.project(law(D))
    wanted, levels = law(D).exact(every, said)
    np.testing.assert_allclose(weights, wanted, atol=1e-6)
    np.testing.assert_allclose(intercepts, levels, atol=1e-6)


def test_functionals_and_features_taken_out_read_draft_and_difference_together():
    found, _, _, random = both(1, off=0.2)
    law = projection(D)
    masks = every_mask(D)[random.permutation(2**D)[:60]]
    weights, levels = found.project(law)
    beyond = found.read(found.beyond(law, masks)).T
    # the ends of a line that is not complete play no part, and seen masks count by their own scores in it alone
    rest = found.predict(masks) - masks @ weights.T - levels
    assert np.abs(beyond - beyond.mean(axis=0) - (rest - rest.mean(axis=0))).max() < 0.05 * np.ptp(found.scores)
    gone = found.without(masks)
    for at in range(D):
        less = masks.copy()
        less[:, at] = False
        kept = masks[:, at]
        np.testing.assert_allclose(gone[kept, at], found.predict(less[kept]), atol=1e-9)


def test_a_good_draft_halves_what_is_not_known_and_is_told_as_such():
    better, worse, shares = [], [], []
    for seed in range(10):
        found, plain, model, _ = both(seed, off=0.2)
        better.append(np.square(found.predict(every_mask(D)) - model).mean())
        worse.append(np.square(plain.predict(every_mask(D)) - model).mean())
        shares.append(share_of(found))
    assert np.mean(better) < 0.5 * np.mean(worse)
    assert min(shares) > 0.7


def test_a_draft_of_another_model_does_hardly_any_harm():
    with_it, without = [], []
    for seed in range(10):
        found, plain, model, _ = both(seed, off=1.0)
        with_it.append(np.square(found.predict(every_mask(D)) - model).mean())
        without.append(np.square(plain.predict(every_mask(D)) - model).mean())
    assert np.mean(with_it) < 1.15 * np.mean(without)


def test_a_draft_that_says_anything_at_all_is_left_out():
    """What is a little better by chance is not better: of random answers as drafts hardly any stays."""
    kept = []
    for seed in range(20):
        masks, random = drawn(D, 60, seed)
        scores = uneven(masks, random)
        draft = Draft(masks, random.normal(size=scores.shape), Kernel.start(D), search=True, random=random)
        kept.append(isinstance(process_of(masks, scores, None, draft, search=True, random=random), Drafted))
    assert sum(kept) <= 1


def test_a_draft_that_is_left_out_leaves_no_trace():
    masks, random = drawn(D, 60)
    scores = uneven(masks, random)
    noise = np.random.default_rng(7).normal(size=scores.shape)
    draft = Draft(masks, noise, Kernel.start(D), search=False, random=random)
    found = process_of(masks, scores, None, draft, search=False, random=random)
    plain = Surrogate(masks, scores, Kernel.start(D), search=False, random=random)
    assert not isinstance(found, Drafted) and share_of(found) == 0
    np.testing.assert_array_equal(found.predict(every_mask(D)), plain.predict(every_mask(D)))


def test_a_draft_that_says_the_same_leaves_nothing_to_find_out():
    model, _ = pictured(3, 0.0)
    masks, random = drawn(D, 40, 3)
    draft = Draft(every_mask(D), 0.5 * model - 1, Kernel.start(D), search=True, random=random)
    found = Drafted(masks, told(model, masks), Kernel.start(D), draft, search=True, random=random)
    assert found.ratio == pytest.approx(2, rel=0.02)
    assert np.abs(found.predict(every_mask(D)) - model).max() < 0.05 * np.ptp(model)
