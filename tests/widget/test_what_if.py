"""What if: hidden words, and the list of what was tried."""

from __future__ import annotations

import numpy as np
import pytest

from limelight import Try, explain
from limelight.text.fields import fields_of
from limelight.widget.what_if import MOST, added, joined
from limelight.widget.what_if import hide as steps


def hide(explanation, predictor, places, before=None):
    """The try that asking ends with."""
    *_, tried = steps(explanation, predictor, places, before)
    return tried


def places(explanation, *features):
    return [explanation.places[at] for at in features]


def test_hiding_asks_the_model_about_what_is_left(linear):
    found = explain("not a good film", linear)
    tried = hide(found, linear, places(found, 2, 0))
    assert (
        tried.words == ("not", "good") and tried.hidden == ((0, 0, 3), (0, 6, 10)) and tried.text == "not a good film"
    )
    # what is left is worth the base alone
    assert tried.prediction == pytest.approx({"up": 0.1, "down": -0.1})
    assert tried.change == pytest.approx({"up": -0.625, "down": 0.625})


def test_what_the_explanation_asked_is_not_asked_again(linear):
    found = explain("not a good film", linear)
    before = len(linear.asked)
    hide(found, linear, places(found, 1, 3))
    assert len(linear.asked) == before  # all 16 thinned texts were known


def test_an_edit_is_set_against_the_text_before(linear):
    first = hide(explain("a good film", linear), linear, [])
    assert set(first.change.values()) == {0.0}
    second = hide(explain("a bad film", linear), linear, [], first)
    assert second.change == pytest.approx({"up": -0.75, "down": 0.75})


def test_hiding_everything_asks_about_the_empty_text(linear):
    found = explain("good film", linear)
    assert hide(found, linear, places(found, 0, 1)).prediction["up"] == pytest.approx(0.1)


def test_methods_that_remove_nothing_still_let_words_be_hidden(bert):
    folder = bert(num_labels=2)
    from limelight import as_predictor

    predictor = as_predictor(folder)
    found = explain("not good", predictor, method="gradient_x_input")
    wanted = predictor(["good"])[0]
    assert list(hide(found, predictor, places(found, 0)).prediction.values()) == pytest.approx(wanted)


def tries(count):
    return [Try(fields_of(f"text {i}"), (), (), {"up": i}, {"up": 0.0}) for i in range(count)]


def test_a_try_is_listed_once_and_the_first_stays():
    known = ()
    for each in tries(MOST + 20):
        known, at = added(known, each)
        assert known[at] == each
    assert len(known) == MOST and known[0].text == "text 0" and known[1].text == "text 21"
    again, at = added(known, known[7])
    assert again == known and at == 7


def test_a_model_that_changed_its_mind_is_shown():
    known, _ = added((), Try(fields_of("text"), (), (), {"up": 0.2}, {"up": 0.0}))
    known, at = added(known, Try(fields_of("text"), (), (), {"up": 0.9}, {"up": 0.1}))
    assert at == 0 and len(known) == 1 and known[0].prediction == {"up": 0.9}


def test_any_place_can_be_hidden_whatever_the_features_are(linear):
    found = explain("not a good film", linear, unit="sentence")
    tried = hide(found, linear, [(0, 4, 10), (0, 8, 15)])  # over words' edges, and each other's
    assert tried.hidden == ((0, 4, 15),) and tried.words == ("a good film",)
    assert tried.prediction["up"] == pytest.approx(0.225)
    assert joined([(1, 0, 2), (0, 3, 5), (0, 5, 6), (0, 1, 4)]) == ((0, 1, 5), (0, 5, 6), (1, 0, 2))


def test_a_whole_field_can_be_hidden(bert):
    from limelight import as_predictor

    predictor = as_predictor(bert(num_labels=2))
    found = explain({"premise": "not good", "hypothesis": "a film"}, predictor, budget=20)
    tried = hide(found, predictor, [(0, 0, 8)])
    assert tried.words == ("not good",)
    assert list(tried.prediction.values()) == pytest.approx(predictor([("", "a film")])[0])


def test_asking_can_be_stopped_within_a_batch():
    asked = []

    def model(texts):
        asked.append(len(texts))
        return [[len(text), 1.0] for text in texts]

    found = explain("not a good film", model)
    predictor = as_function(model)
    before, work = len(asked), steps(found, predictor, places(found, 1))
    while len(asked) == before:
        next(work)
    work.close()
    assert len(asked) == before + 1


def as_function(model):
    from limelight import as_predictor

    return as_predictor(model)


def test_under_a_contrast_a_try_moves_the_difference(linear):
    def model(texts):
        return [[0.2, 0.8] if "good" in text else [0.5, 0.5] for text in texts]

    predictor = as_function(model)
    found = explain("a good film", predictor, contrast=(1, 0))
    tried = hide(found, predictor, places(found, 1))
    name = "class 1 rather than class 0"
    # of their logits: log(.8 / .2) with the word, none without
    assert tried.prediction[name] == pytest.approx(0) and tried.change[name] == pytest.approx(-np.log(4))
    assert tried.prediction["class 1"] == pytest.approx(0.5)
