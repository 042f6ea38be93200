"""Explaining several fields: which are cut, how, and that nothing reaches from one into another."""

from __future__ import annotations

import numpy as np
import pytest

from limelight import as_predictor, compare, evaluate, explain
from limelight.api.options import Options
from limelight.errors import InputError
from tests.conftest import explanations

PAIR = {"premise": "A good film. It is not bad.", "hypothesis": "the film is good"}
WORTH = {"good": 0.5, "bad": -0.25, "not": 0.125}


class Pairs:
    """Adds up known weights, in the second text twice as much; remembers what it was asked."""

    def __init__(self):
        self.asked = []

    def __call__(self, pairs):
        self.asked += pairs
        return [[self.of(first) + 2 * self.of(second), 0.0] for first, second in pairs]

    @staticmethod
    def of(text):
        return sum(WORTH.get(word.strip("."), 0) for word in text.split())


@pytest.fixture
def pairs():
    return Pairs()


@pytest.mark.parametrize("method", ["lime", "shapley", "interactions", "occlusion"])
def test_features_of_both_fields_are_explained_under_their_names(method, pairs):
    found = explain(PAIR, pairs, method=method, budget=400 if method != "occlusion" else "auto")
    assert found.texts == tuple(PAIR.values()) and [field.name for field in found.fields] == list(PAIR)
    assert found.features == (*PAIR["premise"].replace(".", "").split(), *PAIR["hypothesis"].split())
    assert found.spans[1] == ("premise", 2, 6) and found.spans[-1] == ("hypothesis", 12, 16)
    wanted = [
        WORTH.get(feature, 0) * (1 + (field == "hypothesis"))
        for feature, (field, _, _) in zip(found.features, found.spans, strict=True)
    ]
    assert found.weights[0] == pytest.approx(np.array(wanted), abs=0.02)
    assert found.explained == (0, 1) and found.reads == (27, 16)


def test_only_the_fields_that_are_chosen_are_cut(pairs):
    found = explain(PAIR, pairs, explained=("hypothesis",))
    assert found.features == ("the", "film", "is", "good") and found.explained == (1,) and found.state == "exact"
    assert {first for first, _ in pairs.asked} == {PAIR["premise"]}
    assert found.weights[0] == pytest.approx([0, 0, 0, 1.0], abs=1e-2)
    # the other one's share is in the base value
    assert found.intercepts[0] == pytest.approx(Pairs.of(PAIR["premise"]), abs=1e-2)
    both = explain(PAIR, pairs, explained=("hypothesis", "premise", "premise"), budget=60)
    assert both.explained == (0, 1) and both.features[0] == "A"
    with pytest.raises(InputError, match="unknown field 'hypotesis'. Accepted: 'premise', 'hypothesis'. Did you mean"):
        explain(PAIR, pairs, explained=("hypotesis",))
    for wrong in ("hypothesis", (), 7):
        with pytest.raises(InputError, match=r"explained is .*such as explained=\('context',\), or None for all"):
            explain(PAIR, pairs, explained=wrong)


def test_each_field_has_a_unit_of_its_own(pairs):
    found = explain(PAIR, pairs, unit={"premise": "sentence", "hypothesis": "character"}, budget=60)
    assert found.features == ("A good film.", "It is not bad.", *"thefilmisgood")
    assert found.unit == {"premise": "sentence", "hypothesis": "character"}
    assert explain(PAIR, pairs, unit={"premise": "sentence"}, budget=60).unit == {
        "premise": "sentence",
        "hypothesis": "word",
    }
    assert explain(PAIR, pairs, unit={"premise": "word"}, budget=60).unit == "word"

    def halves(text):
        return [(0, len(text) // 2), (len(text) // 2, len(text))]

    assert explain(PAIR, pairs, unit={"hypothesis": halves}, budget=60).features[-2:] == ("the film", " is good")
    with pytest.raises(InputError, match="unknown field 'premis'.*Did you mean 'premise'"):
        explain(PAIR, pairs, unit={"premis": "word"})
    with pytest.raises(InputError, match="unknown unit 'words'.*Did you mean 'word'"):
        explain(PAIR, pairs, unit={"premise": "words"})


def test_phrases_and_opened_ranges_stay_in_their_field(pairs):
    found = explain(PAIR, pairs, phrases=[("premise", 0, 27)], budget=60)
    assert found.features == ("A good film. It is not bad", "the", "film", "is", "good")
    found = explain(PAIR, pairs, phrases=[("hypothesis", 4, 11), (0, 2, 11)], budget=60)
    assert found.features == ("A", "good film", "It", "is", "not", "bad", "the", "film is", "good")
    found = explain(PAIR, pairs, unit="sentence", opened=[("hypothesis", 0, 3)], budget=60)
    assert found.features == ("A good film.", "It is not bad.", "the", "film", "is", "good")
    found = explain(
        PAIR, pairs, unit={"premise": "sentence"}, opened=[("premise", 14, 15), ("hypothesis", 0, 1)], budget=60
    )
    assert found.features == ("A good film.", "It", "is", "not", "bad", "t", "h", "e", "film", "is", "good")


@pytest.mark.parametrize("option", ["phrases", "opened"])
def test_a_place_needs_its_field(option, pairs):
    with pytest.raises(InputError, match=r"\(0, 3\) is no place.*\(field, start, stop\).*say in which field"):
        explain(PAIR, pairs, **{option: [(0, 3)]})
    with pytest.raises(InputError, match="is no place in the text.*the field 'hypothesis' has 16 characters"):
        explain(PAIR, pairs, **{option: [("hypothesis", 10, 17)]})
    with pytest.raises(InputError, match="unknown field 'text'"):
        explain(PAIR, pairs, **{option: [("text", 0, 3)]})
    assert pairs.asked == []


def test_what_is_taken_out_takes_nothing_from_the_other_field(pairs):
    explain({"premise": "good ", "hypothesis": " bad "}, pairs)
    # each is thinned as a text of its own: a space at its beginning goes with the word, as in one text
    assert set(pairs.asked) == {("good ", " bad "), ("", " bad "), ("good ", " "), ("", " ")}


def test_an_empty_field_beside_a_full_one(pairs):
    for given in ({"premise": "", "hypothesis": "not good"}, {"premise": "not good", "hypothesis": " \n"}):
        found = explain(given, pairs)
        assert found.features == ("not", "good") and found.texts == tuple(given.values())
        assert found.weights.shape == (2, 2) and found.explained == (0, 1)
    with pytest.raises(InputError, match="the fields 'premise', 'hypothesis' are all empty"):
        explain({"premise": "", "hypothesis": " "}, pairs)
    with pytest.raises(InputError, match="the input holds no word to explain"):
        explain({"premise": "", "hypothesis": "?!"}, pairs)
    with pytest.raises(InputError, match="holds no word to explain"):
        explain({"premise": "", "hypothesis": "good"}, pairs, explained=("premise",))


def test_too_much_in_one_field_falls_back_to_sentences_there_and_says_so(pairs):
    long = "A good film. It is bad. " * 600
    found = explain({"premise": long, "hypothesis": "not good"}, pairs, method="occlusion")
    assert found.unit == {"premise": "sentence", "hypothesis": "word"} and len(found.features) == 1202
    assert any("The field 'premise' has 3,600 words, more than the 2,000" in said for said in found.warnings)
    with pytest.raises(InputError, match=r"2,400 features.*some of its fields \(explained=\)"):
        explain({"premise": "good " * 1200, "hypothesis": "bad " * 1200}, pairs)


def test_a_pair_is_examined_and_compared(pairs):
    found = explain(PAIR, pairs, budget=400)
    (score,) = evaluate(found, pairs, target=0)
    assert score.r2 == pytest.approx(1, abs=1e-3) and score.srg > 0
    comparison = compare(PAIR, pairs, methods=["lime", "occlusion"])
    assert comparison.labels == ("LIME", "Occlusion") and comparison.agreement[0, 1] > 0.8
    *_, last = explanations(PAIR, as_predictor(pairs), Options(budget=200), examine="always")
    assert last.exam["targets"] == [0, 1] and last.exam["srg"][0] > 0


def test_several_pairs_and_chats_are_several_inputs(pairs):
    several = compare([PAIR, {"premise": "not bad", "hypothesis": "good"}], pairs, methods="occlusion")
    assert [found.texts[1] for found in several.explanations] == ["the film is good", "good"]
    chat = [{"role": "user", "content": "a good film"}, {"role": "assistant", "content": "not bad"}]
    # a list of messages is one chat, not several inputs
    one = compare(chat, pairs, methods=["occlusion", "lime"])
    assert one.labels == ("Occlusion", "LIME") and [f.role for f in one.explanations[0].fields] == ["user", "assistant"]


def test_the_model_is_asked_nothing_twice(pairs):
    predictor = as_predictor(pairs)
    explain(PAIR, predictor, budget=100)
    before = len(pairs.asked)
    explain(PAIR, predictor, budget=100, scale="auto")
    assert len(pairs.asked) == before == len(set(pairs.asked))
    # where one text ends and the other begins is part of what was asked
    explain({"premise": "good", "hypothesis": "bad"}, predictor)
    explain({"premise": "goodbad", "hypothesis": ""}, predictor)
    assert ("good", "bad") in pairs.asked and ("goodbad", "") in pairs.asked
