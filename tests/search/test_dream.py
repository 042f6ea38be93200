"""What it looks for: planted triggers are found, and every text on the front is what the model says it is."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from limelight import InputError, as_predictor, dream
from limelight.api.dream import dreams
from limelight.predictors import FunctionPredictor
from limelight.search.dream import MOST_SHOWN, READ
from tests.conftest import Linear

VOCABULARY = [f"w{at}" for at in range(60)]
START = "one two three four five six"


def planted(trigger):
    """Each word of the trigger moves the score, the whole most."""

    def predict(texts):
        found = [len(set(trigger) & set(text.split())) for text in texts]
        odds = np.array([-4.0 + 1.0 * count + 4.0 * (count == len(trigger)) for count in found])
        return np.stack([1 / (1 + np.exp(-odds)), 1 / (1 + np.exp(odds))], axis=1)

    return FunctionPredictor(predict, class_names=["wanted", "other"])


def anything(before, word, after):
    return VOCABULARY if word else []


@pytest.mark.parametrize("size", [2, 3])
def test_a_planted_trigger_is_recovered(size):
    recovered = 0
    for seed in range(20):
        trigger = np.random.default_rng(seed).choice(VOCABULARY, size=size, replace=False).tolist()
        found = dream(planted(trigger), "wanted", start=START, proposer=anything, seed=seed, budget=4000)
        recovered += set(trigger) <= set(found[-1].text.split())
        assert found.evaluations <= 4000 and found[-1].changed >= size
    assert recovered >= 19


def test_the_front_is_what_the_model_says_and_each_is_better_than_those_with_fewer_words_changed():
    model = planted(["w3", "w40"])
    found = dream(model, "wanted", start=START, proposer=anything)
    assert found[0].text == START and found[0].changed == 0 and found.done and found.target == "wanted"
    for before, after in zip(found, found[1:], strict=False):
        assert after.changed > before.changed and after.score > before.score
    for one in found:
        assert one.score == pytest.approx(model([one.text])[0][0])
        assert one.changed == sum(a != b for a, b in zip(one.text.split(), START.split(), strict=True))


def test_banned_words_are_not_used():
    found = dream(planted(["w3", "w40"]), "wanted", start=START, proposer=anything, banned=["W3"])
    assert all("w3" not in one.text.split() for one in found) and "w40" in found[-1].text.split()


def test_values_and_seeds():
    weights = {"w1": 2.0, "w2": 1.0}
    first, second = (dream(Linear(weights), "up", start="a b", proposer=anything, seed=4) for _ in range(2))
    assert [one.text for one in first] == [one.text for one in second]
    assert set(first[-1].text.split()) == {"w1", "w2"} or first[-1].score == pytest.approx(4.0)


def test_what_cannot_be_dreamt_of_is_refused():
    for given, sentence in (
        ({"target": "none such"}, "unknown target"),
        ({"budget": 1}, "budget is 1"),
        ({"start": ["a"]}, "start is"),
    ):
        with pytest.raises(InputError, match=sentence):
            dream(planted(["w3"]), **{"start": START, "proposer": anything, **given})
    with pytest.raises(InputError, match="takes the model first"):
        dream("The film was on at eight.")
    with pytest.raises(InputError, match="answers one number"):
        dream(lambda texts: [[7.0 * len(text)] for text in texts], start=START, proposer=anything)


def test_a_constant_model_ends_by_itself():
    found = dream(lambda texts: [[0.5, 0.5]] * len(texts), start=START, proposer=anything, budget=1000)
    assert len(found) == 1 and found.done and found.evaluations < 1000


class Taste:
    """Reads words that begin with a w badly, the worse the higher their number; expects nothing."""

    def likelihoods(self, texts):
        return np.array([-sum(int(word[1:]) for word in text.split() if word in VOCABULARY) / 10 for text in texts])

    def expected(self, before, after, count):
        return []


def reading(budget=2000, seed=0):
    """Any word of the vocabulary moves the score, those that read worse move it more."""

    def predict(texts):
        odds = np.array([-4.0 + sum(int(w[1:]) / 20 for w in text.split() if w in VOCABULARY) for text in texts])
        return np.stack([1 / (1 + np.exp(-odds)), 1 / (1 + np.exp(odds))], axis=1)

    model = FunctionPredictor(predict, class_names=["wanted", "other"])
    given = {"start": "one two three", "proposer": anything, "reader": Taste(), "budget": budget, "seed": seed}
    *_, found = dreams(model, "wanted", **given)
    return model, found


def test_where_somebody_reads_the_front_is_of_score_against_how_well_it_reads():
    model, found = reading()
    assert found[0].text == "one two three" and found[0].fluency == 1
    rows = found[1:]
    for one in found:
        assert one.score == pytest.approx(model([one.text])[0][0])
        assert one.fluency == pytest.approx(np.exp(Taste().likelihoods([one.text])[0]))
    for before, after in itertools.pairwise(rows):
        assert after.fluency < before.fluency and after.score > before.score
    # from a word that hardly costs anything to the three that the model wants most
    assert rows[0].fluency > 0.5 and set(rows[-1].text.split()) == {"w59"}
    assert 3 <= len(rows) <= MOST_SHOWN


def test_a_slow_reader_can_be_stopped_after_some_texts():
    """It is asked about a hundred texts before the model is; whoever looks on hears of it in between."""
    since, most = 0, 0

    class Slow(Taste):
        def likelihoods(self, texts):
            nonlocal since, most
            since += len(texts)
            most = max(most, since)
            return super().likelihoods(texts)

    for _ in dreams(planted(["w3", "w40"]), "wanted", start=START, proposer=anything, reader=Slow(), budget=600):
        since = 0
    assert 0 < most <= 2 * READ


def test_the_end_comes_where_nobody_has_a_word_left_and_seeds_choose():
    first, again = reading(budget=600, seed=3)[1], reading(budget=600, seed=3)[1]
    assert list(first) == list(again) and first.evaluations <= 600
    model = planted(["w3"])
    given = {"start": START, "proposer": lambda *_: ["w3"], "reader": Taste()}
    *_, found = dreams(model, "wanted", **given)
    assert found.done and found.evaluations < 100 and "w3" in found[-1].text.split()


def undone_are_no_better(found, score, slack):
    best = {one.changed: one.score for one in found}
    own = found[0].text.split()
    for one in found:
        words = one.text.split()
        for at in (at for at, word in enumerate(own) if word != words[at]):
            less = score(" ".join([*words[:at], own[at], *words[at + 1 :]]))
            assert less <= max(value for count, value in best.items() if count < one.changed) + slack


@pytest.mark.parametrize("seed", range(5))
def test_undoing_a_change_makes_no_text_that_is_better_than_one_on_the_front_with_as_few(seed):
    model = planted(["w3", "w40", "w17"])
    found = dream(model, "wanted", start=START, proposer=anything, seed=seed)
    undone_are_no_better(found, lambda text: float(model([text])[0][0]), 1e-6)


def test_nor_does_it_of_a_model_whose_slope_foretells_pairs_badly():
    model = as_predictor(dtype="float32")
    found = dream(model, "positive", start="The waiter was rude and slow", budget=400)
    assert found[1].changed == 1 and len(found) > 2
    at = model.targets.index("positive")
    undone_are_no_better(found, lambda text: float(model([text])[0][at]), 1e-4)
