"""Whatever an error quotes, it can be printed, sent and saved, and what to do is still said."""

from __future__ import annotations

import json
import pickle
import re

import numpy as np
import pytest

from limelight import Explainer, explain
from limelight.errors import (
    CONTROL,
    MOST_QUOTED,
    MOST_SAID,
    InputError,
    LimelightError,
    ModelError,
    PredictionError,
    closest,
    printable,
    quoted,
    shown,
    visible,
)

HOSTILE = "half \ud800 red \x1b[31m bell \x07 csi \x9b2J turned \u202edab\u2069 nul \x00 return \r end"
KINDS = [LimelightError, InputError, ModelError, PredictionError]


def safe(said: str) -> bool:
    json.dumps(said).encode()
    return not CONTROL.search(said) and bool(said.encode("utf-8")) and len(said) <= MOST_SAID


@pytest.mark.parametrize("kind", KINDS)
def test_a_sentence_is_bounded_whole_and_harmless(kind):
    said = str(kind("begins here " + HOSTILE + "\x1b" * 5_000_000 + " what to do is said last."))
    assert safe(said) and said.startswith("begins here half \ufffd red \\x1b[31m bell \\x07 csi \\x9b2J turned \\u202e")
    assert said.endswith(" what to do is said last.") and " … " in said
    assert safe(repr(kind(HOSTILE)))
    again = pickle.loads(pickle.dumps(kind(HOSTILE + "x" * 10_000)))
    assert type(again) is kind and str(again) == str(kind(HOSTILE + "x" * 10_000))


@pytest.mark.parametrize("kind", KINDS)
def test_a_plain_sentence_is_left_as_it_is(kind):
    for said in (
        "",
        "the text is empty. Write one.",
        "two\nlines and a\ttab",
        "这部电影不好 👨‍👩‍👧 مرحبا",
        "x" * MOST_SAID,
    ):
        assert str(kind(said)) == said
    assert str(kind(7)) == "7" and str(kind()) == ""


def test_what_is_printable_stays_so():
    random = np.random.default_rng(0)
    alphabet = [chr(i) for i in range(0x100)] + list("\u202a\u202e\u2066\u2069\ud800\udfff\u2028a語👍")
    for most in (30, 300, MOST_SAID):
        for size in random.integers(0, 3 * most, size=50):
            text = "".join(random.choice(alphabet, size=size))
            said = printable(text, most)
            assert len(said) <= most and not CONTROL.search(said) and said == printable(said, most)
            said.encode()
    assert visible("a\x1bb\u202e") == "a\\x1bb\\u202e" and visible("a\n\tb") == "a\n\tb"


@pytest.mark.parametrize("message", ["x" * 5_000_000, HOSTILE, "\x1b" * 5_000_000, "first line\nsecond line"])
def test_a_models_own_message_leaves_room_for_the_advice(message):
    def sick(texts):
        raise RuntimeError(message)

    with pytest.raises(PredictionError) as caught:
        explain("a good film", sick)
    said = str(caught.value)
    assert safe(said) and said.startswith("'a good film': the model raised RuntimeError: ")
    advice = "A model takes a list of str, the empty one among them; try it on a list of that text alone."
    assert said.endswith(f" on this text. {advice}")
    assert len(said) < MOST_QUOTED + 250
    assert len(quoted(RuntimeError(message))) <= MOST_QUOTED


def test_a_long_answer_that_is_no_table_leaves_room_for_the_advice():
    with pytest.raises(PredictionError) as caught:
        explain("a good film", lambda texts: [["x" * 5_000_000] * 2 for _ in texts])
    assert safe(str(caught.value)) and str(caught.value).endswith("return class probabilities, not labels.")


@pytest.mark.parametrize("message", ["x" * 5_000_000, HOSTILE])
@pytest.mark.parametrize("ours", [False, True])
def test_the_widget_sends_little_and_nothing_that_breaks_the_wire(message, ours, linear):
    def sick(*_):
        raise RuntimeError(message)

    setattr(linear, "reach" if ours else "predict", sick)  # a fault of our own, or the model's
    widget = Explainer("a good film", linear)
    widget.wait(30)
    assert widget.status == "failed" and safe(widget.error) and ("Please report it" in widget.error) == ours
    json.dumps(widget.get_state(["error"])).encode()
    widget.close()


def test_names_and_options_of_megabytes_are_cut(linear):
    for option in ({"method": "x" * 5_000_000}, {"unit": HOSTILE}, {"phrases": "\x1b" * 5_000_000}, {"scale": HOSTILE}):
        with pytest.raises(InputError) as caught:
            explain("a good film", linear, **option)
        assert safe(str(caught.value)) and re.search("[Aa]ccepted|takes", str(caught.value))


def test_a_value_of_several_lines_is_shown_in_one():
    assert shown(np.ones((2, 2))) == "array([[1., 1.], [1., 1.]])" and shown("a\nb") == r"'a\nb'"


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("positve", " Did you mean 'positive'?"),
        ("NEGATIVE", " Did you mean 'negative'?"),
        ("pos", " Did you mean 'positive'?"),
        ("ne", ""),
        ("p", ""),
        ("xyz", ""),
        (3, ""),
    ],
)
def test_a_name_is_known_by_how_it_looks_and_by_its_beginning(given, hint):
    assert closest(given, ["negative", "neutral", "positive"]) == hint
