"""Removal orders: found by search, on functions whose best order is known."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from limelight import explain
from limelight.api.options import Options
from limelight.evaluation.curves import order
from limelight.masking.orders import foreseen, one_less, removals, search
from limelight.predictors import as_predictor
from limelight.surrogate.kernel import Kernel
from limelight.surrogate.process import Surrogate
from tests.conftest import explanations

TEXT = "one two three four five six seven eight nine ten eleven twelve"


def height(found, score) -> float:
    return float(score(removals(found, np.arange(len(found) + 1))).mean())


@pytest.mark.parametrize("seed", range(5))
def test_a_wide_search_finds_the_best_of_all_orders(seed):
    table = np.random.default_rng(seed).random(2**5)
    score = lambda masks: table[masks @ 2 ** np.arange(5)]  # noqa: E731
    all_heights = [height(np.array(one), score) for one in permutations(range(5))]
    for sign, best in ((1, max(all_heights)), (-1, min(all_heights))):
        found = foreseen(one_less(score), 5, sign)
        assert sorted(found) == list(range(5)) and height(found, score) == pytest.approx(best)
        narrow = search(one_less(score), 5, sign, width=1)
        assert sorted(narrow) == list(range(5))
        assert sign * height(narrow, score) <= sign * best + 1e-12


def test_what_only_two_together_do_is_found_behind_many_small_effects():
    small = np.linspace(0.01, 0.02, 10)

    def score(masks):
        return masks[:, :10] @ small + 1.0 * (masks[:, 10] | masks[:, 11])

    assert set(foreseen(one_less(score), 12, -1)[:2]) == {10, 11}
    # a narrow beam is full of the small ones before the second of the two could go
    assert set(search(one_less(score), 12, -1)[:2]) != {10, 11}


def answers(texts):
    """Either of two words holds the probability up; the others count little, and each differently."""
    words = TEXT.split()
    small = np.random.default_rng(3).normal(0, 0.3, len(words))
    present = np.array([[word in text.split() for word in words] for text in texts])
    logit = present @ small + 4.0 * (present[:, 2] | present[:, 7]) - 2
    return np.stack([1 / (1 + np.exp(-logit)), 1 / (1 + np.exp(logit))], axis=1)


def test_interactions_ask_for_what_their_own_orders_pass_through():
    known = {}
    for method in ("interactions", "shapley"):
        asked = set()

        def model(texts, asked=asked):
            asked.update(texts)
            return answers(texts)

        predictor = as_predictor(model, class_names=["yes", "no"])
        found = explain(TEXT, predictor, method=method, budget=60)
        assert found.evaluations == 60 and len(asked) <= 60 + 1
        words = TEXT.split()
        ways = [removals(order(found, 0, falling), np.arange(1, 12)) for falling in (True, False)]
        texts = [" ".join(np.array(words)[mask]) for way in ways for mask in way]
        known[method] = np.mean([text in {" ".join(t.split()) for t in asked} for text in texts])
    assert known["interactions"] > 1.5 * known["shapley"]
    assert {words[i] for i in order(explain(TEXT, predictor, method="interactions", budget=60), 0)[:2]} == {
        "three",
        "eight",
    }


def test_masks_that_are_asked_for_are_no_draws_and_cost_the_same():
    seen = [
        found
        for found in explanations(TEXT, as_predictor(answers), Options(method="interactions", budget=100))
        if found.weights is not None
    ]
    assert seen[-1].evaluations == 100 and seen[-1].intervals is not None
    assert np.isfinite(seen[-1].intervals).all() and seen[-1].fit["r2"][0] > 0.8


@pytest.mark.parametrize("method", ["interactions", "lime"])
def test_one_feature_less_is_foreseen_as_it_is_predicted(method):
    found = explain(TEXT, answers, method=method, budget=60)
    random = np.random.default_rng(0)
    masks = random.random((7, 12)) < 0.6
    surrogate = Surrogate(
        masks,
        answers([" ".join(np.array(TEXT.split())[m]) for m in masks]),
        Kernel.of(np.r_[random.normal(-2, 1, 12), 0, 0, 0, -5, -0.7]),
        search=False,
        random=random,
    )
    for said in (found, surrogate):
        ahead = said.without(masks)
        for row, feature in zip(*np.nonzero(masks), strict=True):
            less = masks[[row]].copy()
            less[0, feature] = False
            assert ahead[row, feature] == pytest.approx(said.predict(less)[0])
