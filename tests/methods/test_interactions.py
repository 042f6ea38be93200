"""Interactions: what was planted is found, and nothing where there is nothing."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from limelight import Explanation, InputError, explain
from limelight.masking.designs import every_mask
from limelight.methods import METHODS, lime
from limelight.methods.estimate import Estimate
from limelight.methods.together import most_terms
from limelight.surrogate.spectrum import columns

WORDS = [f"w{at}" for at in range(16)]
FOUR = (1, 4, 6, 9)


def inside(texts, count=16):
    return np.array([[word in text.split() for word in WORDS[:count]] for text in texts])


def of(score, count):
    """A text of so many words, and a model of two targets that answers ``score(kept (n, d)) (n,)``."""
    return " ".join(WORDS[:count]), lambda texts: [[10 + one, 0.0] for one in score(inside(texts, count))]


@pytest.mark.parametrize(("count", "budget"), [(10, "auto"), (12, 400)])
def test_a_parity_of_four_words_is_found(count, budget):
    """No one, two or three of them say anything: only all four together do."""
    text, model = of(lambda kept: 2.0 * (2 * kept[:, FOUR] - 1).prod(axis=1) + 0.3 * kept[:, 0], count)
    found = explain(text, model, method="interactions", budget=budget)
    assert set(found.terms[int(np.abs(found.term_weights[0]).argmax())]) == set(FOUR)
    assert {at for term in found.terms for at in term} == set(FOUR)
    masks = np.random.default_rng(0).random((300, count)) < 0.5
    wanted = np.array(model([" ".join(np.array(WORDS[:count])[mask]) for mask in masks]))
    assert np.abs(found.predict(masks) - wanted).max() < 0.05


@pytest.mark.parametrize("method", ["lime", "shapley", "interactions"])
def test_either_of_three_words_is_one_sentence(method):
    text, model = of(lambda kept: 2.0 * kept[:, [2, 5, 11]].any(axis=1) + 0.5 * kept[:, 3], 14)
    found = explain(text, model, method=method, budget=400)
    assert {at for term in found.terms for at in term} == {2, 5, 11}
    assert found.fit["together"][0] > 0.98
    masks = np.random.default_rng(0).random((300, 14)) < 0.5
    wanted = np.array(model([" ".join(np.array(WORDS[:14])[mask]) for mask in masks]))[:, 0]
    assert found.joint == (method == "interactions")
    whole = found if found.joint else found.with_terms()
    assert np.corrcoef(whole.predict(masks)[:, 0], wanted)[0, 1] > 0.995
    if not found.joint:
        assert np.corrcoef(found.predict(masks)[:, 0], wanted)[0, 1] < 0.9


@pytest.mark.parametrize("budget", [150, 512])
def test_what_terms_add_is_there_without_asking_again(budget):
    """The line that stands beside the terms is told with them: 150 evaluations, and all there are."""
    text, model = of(lambda kept: 2.0 * kept[:, [2, 5, 8]].any(axis=1) + 0.5 * kept[:, 3], 9)
    found = explain(text, model, method="lime", budget=budget)
    whole = found.with_terms()
    assert whole.joint and whole.evaluations == found.evaluations
    assert whole.fit["r2"] == found.fit["together"] and whole.fit["r2"][0] > found.fit["r2"][0] + 0.2
    every = every_mask(9)
    wanted = np.array(model([" ".join(np.array(WORDS[:9])[mask]) for mask in every]))[:, 0]
    off = whole.predict(every)[:, 0] - wanted
    assert np.abs(off).max() < (1e-6 if budget == 512 else 0.05)
    assert Explanation.from_dict(found.to_dict()).with_terms() == whole
    with pytest.raises(InputError, match="part of it already"):
        whole.with_terms()


def test_intervals_of_terms_hold_what_few_masks_have_not_shown():
    """Of a model in which all pairs do something sixty-four evaluations know little, and say so."""
    count, held = 11, []
    masks = every_mask(count)
    share = lime.projection(count).counts(masks)
    for seed in range(12):
        random = np.random.default_rng(seed)
        alone, pairs = random.normal(size=count), np.triu(random.normal(size=(count, count)), 1)
        text, model = of(lambda kept: kept @ alone + ((kept @ pairs) * kept).sum(axis=1), count)  # noqa: B023
        found = explain(text, model, budget=64, seed=seed)
        values = masks @ alone + ((masks @ pairs) * masks).sum(axis=1)
        weights, intercept = (one[0] for one in lime.regress(masks, values[:, None], share))
        rest, root = values - masks @ weights - intercept, np.sqrt(share)
        table = np.concatenate([np.ones((len(masks), 1)), masks, columns(masks.astype(float), found.terms)], axis=1)
        truth = np.linalg.lstsq(root[:, None] * table, root * rest, rcond=None)[0][1 + count :]
        low, high = found.term_intervals[0].T
        held += ((low <= truth) & (truth <= high)).tolist()
    assert len(held) > 200 and np.mean(held) > 0.9


def test_chance_has_no_terms():
    def model(texts):
        return [[int(hashlib.md5(text.encode()).hexdigest()[:6], 16) / 2**24, 0.0] for text in texts]

    found = explain(" ".join(WORDS[:15]), model, method="interactions", budget=400)
    assert not found.interactions()
    assert found.fit["r2"][0] < 0.1


@pytest.mark.parametrize("method", ["lime", "shapley", "interactions"])
def test_a_constant_model_takes_no_more_than_it_must(method):
    found = explain(" ".join(WORDS[:15]), lambda texts: [[0.3, 0.7]] * len(texts), method=method)
    assert found.state == "settled" and found.evaluations < 100 and found.terms == ()
    assert "nothing has a weight" in found.warnings[-1]


def test_a_thousand_classes_share_the_terms_of_those_that_are_shown():
    pull = np.random.default_rng(0).normal(size=(12, 1000))

    def model(texts):
        kept = inside(texts, 12)
        logits = kept @ pull + 4 * (kept[:, [0]] & kept[:, [1]]) * (np.arange(1000) < 8)
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    found = explain(" ".join(WORDS[:12]), model, method="interactions", budget=300)
    assert found.term_weights.shape == (1000, len(found.terms)) and (0, 1) in found.terms
    assert len(found.terms) <= most_terms(12)


def test_the_name_of_before_is_still_accepted():
    found = explain("a b c", lambda texts: [[len(text)] for text in texts], method="surrogate")
    assert found.method == "interactions" and "surrogate" not in METHODS


def test_terms_of_any_size_survive_being_saved(tmp_path):
    text, model = of(lambda kept: 2.0 * kept[:, FOUR].all(axis=1) + kept[:, 0], 11)
    found = explain(text, model, method="interactions", budget=300)
    found.save(tmp_path / "found.json")
    assert Explanation.load(tmp_path / "found.json") == found
    assert max(map(len, found.terms)) == 4


def test_nothing_is_worked_out_for_nobody(monkeypatch):
    """Terms take time: where only the end is wanted they are worked out once."""
    from limelight.api.options import Options
    from limelight.api.steps import steps
    from limelight.methods.together import Together
    from limelight.predictors import as_predictor
    from limelight.text.fields import fields_of

    text, model = of(lambda kept: kept @ np.arange(14.0) + 3.0 * kept[:, 0] * kept[:, 1], 14)
    times, estimated = [], Together.estimated
    monkeypatch.setattr(Together, "estimated", lambda self, *given: times.append(1) or estimated(self, *given))
    last = explain(text, model, budget=300)
    assert len(times) == 1
    *_, watched = steps(fields_of(text), as_predictor(model), Options(budget=300))
    assert len(times) > 3 and watched.terms == last.terms


@pytest.mark.slow
def test_the_line_through_many_features_is_not_disturbed():
    """With as many features as masks that are made up, a line beside terms would be anything."""
    count = 1500
    pull = np.random.default_rng(0).normal(size=count)
    words = [f"v{at}" for at in range(count)]

    def model(texts):
        return [[float(sum(pull[int(word[1:])] for word in text.split())), 0.0] for text in texts]

    found = explain(" ".join(words), model, method="interactions", budget=count + 300)
    assert np.corrcoef(found.weights[0], pull)[0, 1] > 0.7


def test_an_estimate_without_terms_keeps_none_of_the_one_before():
    text, model = of(lambda kept: 2.0 * kept[:, [2, 5]].any(axis=1), 8)
    before = explain(text, model, method="lime", budget=100)
    line = Estimate(before.weights, before.intercepts, None, {})
    assert before.joint_weights is not None and line.told(before).joint_weights is None
