"""Bad input gets a sentence; odd but honest input works."""

from __future__ import annotations

import numpy as np
import pytest

from limelight import explain
from limelight.api.options import Options
from limelight.api.steps import steps
from limelight.errors import InputError, LimelightError, PredictionError
from limelight.text.fields import fields_of


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the text is empty"),
        (" \n ", "the text is empty"),
        ("?! ... --", "no word to explain.*unit='character'"),
        ("a\udc00b", "half a character.*position 1"),
        (b"bytes", "is of type bytes"),
        ("word " * 200_000, "1,000,000 characters.*up to 200,000 at once; cut it"),
        ("word " * 2001, "2,001 features.*up to 2,000"),
    ],
)
def test_texts_that_cannot_be_explained(text, said, linear):
    with pytest.raises(InputError, match=said):
        explain(text, linear)
    assert len(linear.asked) == 0


@pytest.mark.parametrize(
    "text", ["good", "👍", "👍🏽 👨‍👩‍👧‍👦", "</script><img onerror=x>", "هذا ليس سيئا", "a" * 100_000, "\x00 a"]
)
def test_texts_that_can(text, linear):
    found = explain(text, linear, budget=50)
    assert found.text == text and found.weights.shape == (2, len(found.features)) and len(found.features) > 0


def test_a_hundred_thousand_characters_on_a_model_with_a_window(bert):
    text = "good film " * 10_000
    found = explain(text, bert(num_labels=2), budget=40)
    assert len(found.text) == 100_000 and len(found.features) == 30 and found.read < 400
    assert any("stops reading" in warning for warning in found.warnings)


@pytest.mark.slow
@pytest.mark.parametrize(("words", "budget"), [(400, "auto"), (900, 1000), (3, "auto")])
def test_long_and_short_texts(linear, words, budget):
    text = "good bad not film " * (words // 4) if words > 3 else "good bad not"
    found = explain(text, linear, budget=budget)
    assert found.weights.shape == (2, words) and found.state in ("settled", "spent", "exact")
    good = [w for f, w in zip(found.features, found.weights[0], strict=True) if f == "good"]
    bad = [w for f, w in zip(found.features, found.weights[0], strict=True) if f == "bad"]
    assert np.mean(good) == pytest.approx(0.5, abs=0.1) and np.mean(bad) == pytest.approx(-0.25, abs=0.1)
    assert found.intervals is not None


def test_a_thousand_classes(linear):
    def thousand(texts):
        return np.array([np.full(1000, len(t)) * np.arange(1000) / 1e6 for t in texts])

    found = explain("one two three", thousand, budget=50)
    assert found.weights.shape == (1000, 3) and found.targets[-1] == "class 999"


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"budgt": 5}, TypeError, "explain.. got an unknown keyword 'budgt'.*Did you mean 'budget'"),
        ({"method": "lmie"}, InputError, "unknown method 'lmie'.*Did you mean 'lime'"),
        ({"unit": "words"}, InputError, "unknown unit 'words'.*Did you mean 'word'"),
        ({"masker": 3}, InputError, "unknown masker 3. Accepted: 'delete', 'mask'"),
        ({"budget": 0}, InputError, "budget is 0"),
        ({"budget": 1.5}, InputError, "budget is 1.5.*whole number"),
        ({"budget": "many"}, InputError, "budget is 'many'.*takes 'auto'"),
        ({"time_budget": 0}, InputError, "time_budget is 0.*time_budget=2.5"),
        ({"time_budget": "fast"}, InputError, "time_budget is 'fast'"),
        ({"scale": "logits"}, InputError, "unknown scale 'logits'.*Did you mean 'logit'"),
        ({"scale": "logit"}, InputError, "answers values"),
        ({"seed": -1}, InputError, "seed is -1"),
        ({"seed": True}, InputError, "seed is True"),
        ({"masker": "mask"}, InputError, "no mask token"),
        ({"phrases": None}, InputError, r"phrases is None.*such as phrases=\[\(10, 17\)\]"),
        ({"opened": 7}, InputError, r"opened is 7.*such as opened=\[\(10, 17\)\]"),
        # one that can be read only once, and two without an order
        ({"phrases": iter([(0, 6)])}, InputError, "phrases is <.*takes spans"),
        ({"phrases": {(0, 6)}}, InputError, "phrases is {.*takes spans"),
        ({"opened": {(0, 6): 1}}, InputError, "opened is {.*takes spans"),
        ({"class_names": 5}, InputError, "class_names is the int 5. limelight takes a list of names.*class_names="),
        ({"class_names": (name for name in "ab")}, InputError, "class_names is the generator .*in their order"),
        ({"class_names": {"a", "b"}}, InputError, "class_names is the set .*in their order"),
        ({"class_names": {0: "a", 1: "b"}}, InputError, "class_names is the dict .*in their order"),
    ],
)
def test_options_that_make_no_sense(options, error, said, linear):
    with pytest.raises(error, match=said):
        explain("a good film", linear, **options)


def test_nan_in_the_middle_of_a_run(linear):
    def sick(texts):
        return [[float("nan") if "good" not in t else 0.5] for t in texts]

    with pytest.raises(PredictionError, match="NaN.*check the model on that text"):
        explain("a good film", sick)
    assert issubclass(PredictionError, LimelightError)


def test_units_and_maskers_are_recorded(bert):
    found = explain("not good", bert(num_labels=2), unit="character", masker="mask", budget=60, seed=5)
    assert (found.unit, found.masker, found.seed) == ("character", "mask", 5)
    assert found.features == tuple("notgood")


def test_tokens_are_the_models_own_pieces(bert):
    found = explain("not goodfun", bert(num_labels=2), unit="token", budget=8)
    # the vocabulary has no piece that continues a word, so this one is unknown as a whole
    assert found.features == ("not", "goodfun") and found.unit == "token"
    with pytest.raises(InputError, match="does not tell how it cuts a text into tokens.*unit='word'"):
        explain("not good", lambda texts: [[0.5, 0.5]] * len(texts), unit="token")


def test_sentences_are_features_and_one_can_be_opened(linear):
    text = "A good start. It is not bad. The end."
    found = explain(text, linear, unit="sentence")
    assert found.features == ("A good start.", "It is not bad.", "The end.")
    # deletion of a whole sentence takes away all that its words count
    assert found.weights[0] == pytest.approx([0.5, 0.125 - 0.25, 0], abs=2e-3)
    found = explain(text, linear, unit="sentence", opened=[(14, 15)])
    assert found.features == ("A good start.", "It", "is", "not", "bad", "The end.")


def test_a_phrase_counts_as_one_feature(linear):
    found = explain("not a good film", linear, phrases=[(0, 10)])
    assert found.features == ("not a good", "film") and found.spans == ((0, 10), (11, 15))
    assert found.weights[0, 0] == pytest.approx(0.625, abs=2e-3)


def test_a_splitter_of_ones_own(linear):
    def halves(text):
        return [(0, len(text) // 2), (len(text) // 2, len(text))]

    found = explain("good bad", linear, unit=halves)
    assert found.features == ("good", " bad") and found.unit == "halves"
    with pytest.raises(InputError, match="unit=<lambda> answered int"):
        explain("good bad", linear, unit=lambda text: 3)


@pytest.mark.parametrize("value", ["ab", [3], [(5, 2)], [(0, 5, 2)], [(0, 1, 2, 3)], [(0.5, 2)], [("a", "b")]])
def test_phrases_are_spans(value, linear):
    with pytest.raises(InputError, match="phrases is .* takes spans"):
        explain("not a good film", linear, phrases=value)


@pytest.mark.slow
def test_very_long_texts_fall_back_to_sentences_and_say_so(linear):
    text = "A good film. It is bad. " * 600
    found = explain(text, linear, budget=1300)
    assert found.unit == "sentence" and len(found.features) == 1200
    assert any(
        "3,600 words, more than the 2,000" in w and "sentences are explained instead" in w for w in found.warnings
    )


def test_windows_line_ends_and_spaces_survive(linear):
    text = "\r\n good\tfilm \r\n"
    assert explain(text, linear, budget=20).text == text == linear.asked[0]


@pytest.mark.parametrize("text", ["电影，" * 20_000, "a" + "." * 50_000, "a " + "\n" * 50_000, "🇩🇪" * 25_000])
def test_steps_can_be_closed_while_a_text_is_segmented(text, linear):
    work = steps(fields_of(text), linear, Options())
    assert next(work) is None and next(work) is None
    work.close()
    assert next(work, "over") == "over" and linear.asked == []


def test_so_they_can_while_a_splitter_of_ones_own_is_read(linear):
    def signs(text):
        return ((at, at + 1) for at in range(len(text)))

    work = steps(fields_of("a" * 50_000), linear, Options(unit=signs))
    assert next(work) is None
    work.close()
    assert linear.asked == []


def test_pauses_end_with_the_prediction(linear):
    text = "good film" + " " * 20_000 + "not bad"
    every = list(steps(fields_of(text), linear, Options(budget=20)))
    shown = [step is not None for step in every]
    assert not shown[0] and all(shown[shown.index(True) :])
    assert every[-1].features == ("good", "film", "not", "bad")
    assert np.array_equal(explain(text, linear, budget=20).weights, every[-1].weights)
