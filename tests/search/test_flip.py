"""What would flip it: against models whose smallest flips are known by counting them all."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from limelight import InputError, ModelError, flip
from limelight.api.flip import flips
from limelight.api.options import Options
from limelight.predictors import FunctionPredictor, as_predictor
from limelight.text.fields import fields_of
from tests.conftest import Linear
from tests.speaking import loaded

WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight"]
TEXT = " ".join(WORDS)


def two_classes(margin):
    """A model ``texts -> (n, 2)`` whose log-odds for its first class are a function of the words of a text."""

    def predict(texts):
        odds = np.array([margin(text.split()) for text in texts], dtype=float)
        first = 1 / (1 + np.exp(-odds))
        return np.stack([first, 1 - first], axis=1)

    return predict


def adding(weights, base):
    return lambda words: base + sum(weights.get(word, 0.0) for word in words)


def smallest(margin, words):
    """How many words must go, at least, for the margin to fall below 0; None where no deletion brings that about."""
    for size in range(1, len(words) + 1):
        for kept in combinations(range(len(words)), len(words) - size):
            if margin([words[at] for at in kept]) < 0:
                return size
    return None


def no_words(before, word, after):
    return []


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(-8, 8), min_size=8, max_size=8), st.integers(-6, 6))
@example([0, 6, -1, -1, -8, -6, -8, -8], -6)  # two sets of all 256 flip, of six words or seven
def test_fewest_deletions_are_as_few_as_counting_finds(weights, base):
    margin = adding(dict(zip(WORDS, weights, strict=True)), base + 0.5)
    predict = two_classes(margin if margin(WORDS) > 0 else lambda words: -margin(words))
    sign = 1 if margin(WORDS) > 0 else -1
    found = flip(TEXT, predict, proposer=no_words)
    wanted = smallest(lambda words: sign * margin(words), WORDS)
    assert [len(one.edits) for one in found] == ([] if wanted is None else [wanted])


@pytest.mark.parametrize("needed", [("two", "six"), ("one", "four", "seven"), ("two", "three", "five", "eight")])
def test_words_of_which_each_alone_is_enough_must_all_go(needed):
    def margin(words):
        return 1.0 if set(needed) & set(words) else -1.0

    (found,) = flip(TEXT, two_classes(margin), proposer=no_words, budget=250)
    assert tuple(TEXT[slice(*edit.place[1:])] for edit in found.edits) == needed
    assert found.minimal and found.kind == "deleted"


@pytest.mark.parametrize("gone", [("six",), ("two", "five", "seven"), tuple(WORDS[2:])])
@pytest.mark.parametrize("seed", range(3))
def test_of_eight_words_every_set_is_tried_before_none_is_said_to_flip(gone, seed):
    def margin(words):
        return -1.0 if set(WORDS) - set(words) == set(gone) else 1.0

    (found,) = flip(TEXT, two_classes(margin), proposer=no_words, seed=seed)
    assert tuple(TEXT[slice(*edit.place[1:])] for edit in found.edits) == gone
    assert found.minimal and found.evaluations < 260
    flipped = flip(
        TEXT, two_classes(lambda words: 1.0 if set(gone) & set(words) else -1.0), proposer=no_words, seed=seed
    )
    assert flipped.evaluations < 100  # the rest is of no use any more
    none = flip(TEXT, two_classes(lambda words: 1.0), proposer=no_words, seed=seed)
    assert len(none) == 0 and none.evaluations == 256


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(-2, 2), min_size=45, max_size=45))
def test_no_part_of_what_is_called_minimal_is_enough(numbers):
    singles = dict(zip(WORDS, numbers[:8], strict=True))
    pairs = dict(zip(combinations(WORDS, 2), numbers[8:36], strict=True))

    def margin(words):
        there = sum(weight for pair, weight in pairs.items() if set(pair) <= set(words))
        return 0.1 + there + sum(singles.get(word, -1.5) for word in words)

    predict = two_classes(margin)
    found = flip(TEXT, predict, proposer=lambda before, word, after: ["new", "other"] if word else ["not"])
    before = predict([TEXT])[0].argmax()
    for one in found:
        assert one.minimal and predict([one.text])[0].argmax() != before
        for size in range(1, len(one.edits)):
            for part in combinations(one.edits, size):
                assert predict([edited(TEXT, part)])[0].argmax() == before


def edited(text, edits):
    """A text with edits made by hand, blanks made one."""
    for edit in sorted(edits, key=lambda edit: -edit.place[1]):
        _, start, stop = edit.place
        text = text[:start] + edit.text + text[stop:]
    return " ".join(text.split())


def test_edits_are_what_the_text_was_made_by_and_scores_what_the_model_says_on_the_way():
    predict = two_classes(adding({"good": -2.0, "four": 1.0, "two": 1.5}, -0.4))
    found = flip(TEXT, predict, proposer=lambda before, word, after: ["good"] if word in ("six", "one") else [])
    assert {one.kind for one in found} == {"deleted", "edited"}
    for one in found:
        assert edited(TEXT, one.edits) == one.text
        way = [edited(TEXT, [one.edits[at] for at in one.order[:size]]) for size in range(len(one.edits) + 1)]
        assert one.scores == pytest.approx(np.array(predict(way)))


def test_the_fewest_words_replaced_are_as_few_as_counting_finds():
    new = {"a": -1.0, "b": -2.0, "c": 0.5}
    weights = dict.fromkeys(WORDS, 1.0) | new
    margin = adding(weights, -2.6)
    for size in range(1, 5):
        changed = [
            [dict(zip(places, words, strict=True)).get(at, word) for at, word in enumerate(WORDS)]
            for places in combinations(range(8), size)
            for words in product(new, repeat=size)
        ]
        if any(margin(words) < 0 for words in changed):
            break
    found = flip(TEXT, two_classes(margin), proposer=lambda before, word, after: list(new) if word else [])
    assert {one.kind: len(one.edits) for one in found}["edited"] == size == 2


def test_words_of_grammar_stay_where_another_word_is_enough():
    """Another word hardly ever reads well in the place of "is", however near its vector lies."""
    margin = lambda words: 1 if {"is", "good"} <= set(words) else -1  # noqa: E731
    (edited,) = (one for one in flip("The film is good", two_classes(margin)) if one.kind == "edited")
    assert [edit.place for edit in edited.edits] == [(0, 12, 16)]


def test_a_word_that_comes_in_between_stands_before_what_it_was_proposed_for():
    predict = two_classes(lambda words: -1.0 if ("not", "five") in zip(words, words[1:], strict=False) else 1.0)
    (found,) = flip(TEXT, predict, proposer=lambda before, word, after: [] if word else ["not"])
    (edit,) = found.edits
    assert edit.kind == "inserted" and found.text == TEXT.replace("five", "not five")
    assert edit.place == (0, TEXT.index("five"), TEXT.index("five"))


def test_of_a_long_text_the_repr_shows_where_the_edit_is():
    text = " ".join(["so"] * 100 + ["bad"] + ["then"] * 100)
    (found,) = flip(text, two_classes(lambda words: 1.0 if "bad" in words else -1.0), proposer=no_words)
    shown = repr(found)
    assert "'…so so" in shown and "so then then" in shown and shown.endswith("…'>") and len(shown) < 260


def test_another_way_changes_other_words():
    predict = two_classes(lambda words: -1.0 if {"new"} & set(words) else 1.0)
    found = flip(TEXT, predict, proposer=lambda before, word, after: ["new"] if word in ("two", "seven") else [])
    assert sorted(one.kind for one in found) == ["edited", "other"]
    assert sorted(edit.place for one in found for edit in one.edits) == [(0, 4, 7), (0, 28, 33)]


def test_what_cannot_be_flipped_says_after_how_many_evaluations():
    found = flip(TEXT, lambda texts: [[0.9, 0.1]] * len(texts), proposer=no_words, budget=60)
    assert found == () and found.evaluations <= 60 and f"{found.evaluations} evaluations" in repr(found)


def test_into_has_to_overtake_all_others():
    def predict(texts):
        odds = np.array([[3.0, 2.0 * ("two" not in text) + 2, 5.0 * ("six" not in text)] for text in texts])
        return np.exp(odds) / np.exp(odds).sum(axis=1, keepdims=True)

    model = FunctionPredictor(predict, class_names=["a", "b", "c"])
    for into, word in (("b", "two"), ("c", "six"), (2, "six")):
        (found,) = flip(TEXT, model, into=into, proposer=no_words)
        assert found.target in (into, "c") and TEXT[slice(*found.edits[0].place[1:])] == word
    with pytest.raises(InputError, match="into is 'a', which is predicted already"):
        flip(TEXT, model, into="a")
    with pytest.raises(InputError, match="unknown target 'd'"):
        flip(TEXT, model, into="d")
    with pytest.raises(InputError, match="target is 'b', and what is predicted is 'a'"):
        flip(TEXT, model, target="b")


def test_targets_that_stand_by_themselves_flip_at_one_half():
    def predict(texts):
        return [[0.9 if "two" in text else 0.4, 0.8 if "six" in text else 0.45, 0.1] for text in texts]

    model = FunctionPredictor(predict, class_names=["a", "b", "c"])
    for target, word in ((None, "two"), ("a", "two"), ("b", "six")):
        (found,) = flip(TEXT, model, target=target, proposer=no_words)
        assert TEXT[slice(*found.edits[0].place[1:])] == word
    found = flip(TEXT, model, into="c", proposer=no_words, budget=50)
    assert found == ()


def test_values_flip_where_another_is_the_largest():
    (found,) = flip("a good film and not bad", Linear({"good": 0.5}, base=-0.1), proposer=no_words)
    assert found.text == "a film and not bad" and found.target == "down"


def test_what_decides_nothing_is_refused_and_so_is_a_proposer_that_proposes_nothing():
    with pytest.raises(InputError, match="answers one number"):
        flip(TEXT, lambda texts: [[5.0 * len(text)] for text in texts])
    with pytest.raises(InputError, match="proposer answered 'word'"):
        flip(TEXT, lambda texts: [[0.9, 0.1]] * len(texts), proposer=lambda *around: "word")
    with pytest.raises(InputError, match="proposer raised KeyError"):
        flip(TEXT, lambda texts: [[0.9, 0.1]] * len(texts), proposer=lambda *around: {}["word"])
    with pytest.raises(ModelError, match="is no language model"):
        flip(TEXT, lambda texts: [[0.9, 0.1]] * len(texts), proposer=Linear({}))
    with pytest.raises(
        ModelError, match=r"the proposer cannot be loaded: the model 'smolm2'.*Did you mean 'smollm2'\?"
    ):
        flip(TEXT, lambda texts: [[0.9, 0.1]] * len(texts), proposer="smolm2")
    with pytest.raises(InputError, match="budget is 1"):
        flip(TEXT, lambda texts: [[0.9, 0.1]] * len(texts), budget=1)


@pytest.mark.parametrize("text", ["good", "这部电影很好看。", "فيلم جميل جدا", "a 👍 film"])
def test_texts_of_one_word_and_of_any_script(text):
    first = text.split()[-1][:2]
    predict = two_classes(lambda words: 1.0 if first in " ".join(words) else -1.0)
    found = flip(text, predict, proposer=no_words)
    assert len(found) == 1 and first not in found[0].text and found[0].minimal


def test_a_search_that_is_stopped_has_shown_what_it_found_within_its_budget():
    asked = []
    own = two_classes(lambda words: 1.0 if {"two", "six"} & set(words) else -1.0)

    def predict(texts):
        asked.extend(texts)
        return own(texts)

    search = flips(fields_of(TEXT), as_predictor(predict), Options(), budget=120, proposer=no_words)
    shown = next(step for step in search if step)
    search.close()
    before = len(asked)
    assert shown[0].kind == "deleted" and not shown.done
    found = flip(TEXT, predict, budget=120, proposer=no_words)
    assert found.done and found.evaluations <= 120 and len(set(asked[before:])) <= 120 + found.proofs


def test_the_same_seed_finds_the_same():
    random = np.random.default_rng(0)
    weights = dict(zip(WORDS, random.normal(size=8), strict=True))
    predict = two_classes(lambda words: adding(weights, 0.2)(words) + ("two" in words) * ("six" in words))
    first, second = (flip(TEXT, predict, proposer=no_words, seed=3) for _ in range(2))
    assert [one.edits for one in first] == [one.edits for one in second] and len(first)


def test_fields_are_changed_where_they_stand():
    def margins(inputs):
        kept = np.array([0.9 if "six" in a and "two" in b else 0.1 for a, b in inputs])
        return np.stack([kept, 1 - kept], axis=1)

    (found,) = flip({"question": "five six", "context": "one two"}, margins, proposer=no_words)
    (edit,) = found.edits
    left = {"question": "five ", "context": "one two"}, {"question": "five six", "context": "one "}
    assert found.text == left[edit.place[0]]


def test_a_model_of_ones_own_is_looked_into_for_words_and_left_as_it_was(bert):
    import torch

    model = as_predictor(bert(num_labels=3))
    text = "it is not a good film, it was fun"
    with torch.no_grad():  # close to where it would say something else
        logits = torch.tensor(np.log(model([text])[0]), dtype=torch.float32)
        model._model.classifier.bias.sub_(0.98 * (logits - logits.mean()))
    model.forget()
    before = {name: value.clone() for name, value in model._model.state_dict().items()}
    model._model.train()
    found = flip(text, model)
    assert model._model.training
    model._model.eval()
    assert {one.kind for one in found} >= {"edited"}
    was = model([text])[0].argmax()
    assert all(model([one.text])[0].argmax() != was for one in found)
    assert all(torch.equal(value, before[name]) for name, value in model._model.state_dict().items())
    assert not any(module._forward_hooks or module._backward_hooks for module in model._model.modules())


@pytest.mark.parametrize("kind", ["gpt2"])
def test_a_frozen_answer_flips_where_something_else_is_likelier(kind):
    model = as_predictor(loaded(kind))
    *_, bound = model.bind(fields_of("The capital of France is not so bad"))
    found = flip("The capital of France is not so bad", model, proposer=no_words)
    for one in found:
        row = bound([one.text])[0]
        assert any(row[rival] > row[own] for own, rival in bound.rivals())
    assert found.source == bound.answer.text


def test_a_language_model_proposes_and_says_how_well_it_reads():
    model, reader = two_classes(lambda words: 1.0 if "six" in words else -1.0), loaded("gpt2")
    found = flip(TEXT, model, proposer=reader)
    judge = as_predictor(reader).reader()
    logs = judge.likelihoods([TEXT, *(one.text for one in found)])
    assert len(found) and [one.fluency for one in found] == pytest.approx(np.exp(logs[1:] - logs[0]).tolist())
