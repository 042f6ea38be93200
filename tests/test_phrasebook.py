"""Words that users of lime, shap and captum type, and mistakes in the small verbs, get a hint that holds."""

from __future__ import annotations

import copy
import inspect
import pickle
import re
import warnings

import pytest

import limelight
from limelight import Explainer, Explanation, InputError, compare, evaluate, explain, load, methods
from limelight.phrasebook import ATTRIBUTES, KEYWORDS, NAMES

TEXT = "a good film, not bad"


@pytest.mark.parametrize("name", [*KEYWORDS, "budgt"])
def test_a_keyword_of_somebody_elses_gets_a_hint(name, linear):
    with pytest.raises(TypeError) as caught:
        explain(TEXT, linear, **{name: 3})
    said = str(caught.value)
    assert said.startswith(f"explain() got an unknown keyword {name!r}. Accepted: about, answer, budget, ")
    assert said.endswith(" Did you mean 'budget'?" if name == "budgt" else f" Here: {KEYWORDS[name]}.")


def test_what_a_hint_names_is_there(linear):
    explanation = explain(TEXT, linear)
    for hint in [*KEYWORDS.values(), *ATTRIBUTES.values(), *NAMES.values()]:
        for name in re.findall(r"(?<!\w)\.(\w+)", hint):
            assert hasattr(explanation, name), hint
        for name in re.findall(r"\b(\w+)=", hint.replace("passes=", "")):
            taken = {
                *inspect.signature(Explainer).parameters,
                *inspect.signature(Explanation.top).parameters,
                *inspect.signature(Explanation.to_html).parameters,
            }
            assert name in taken, hint
        for name in re.findall(r"method='(\w+)'", hint):
            assert name in methods.METHODS
    for name, hint in NAMES.items():
        assert "limelight.methods" not in hint or hasattr(methods, name)
    assert "passes" in inspect.signature(methods.IntegratedGradients).parameters
    assert explanation.fit["r2"] and explanation.fit["rank"]
    # a hint for what limelight has itself would never be heard
    assert not [name for name in ATTRIBUTES if hasattr(explanation, name)]
    assert not [name for name in NAMES if name in limelight.__all__]


@pytest.mark.parametrize(
    ("name", "said"),
    [*((n, f"Here: {hint}.") for n, hint in ATTRIBUTES.items()), ("wieghts", "Did you mean 'weights'?")],
)
def test_an_attribute_of_somebody_elses_gets_a_hint(name, said, linear):
    with pytest.raises(AttributeError) as caught:
        getattr(explain("good film", linear), name)
    assert str(caught.value) == f"an Explanation has no {name!r}. {said}"


def test_an_explanation_stays_a_plain_value(linear):
    explanation = explain("good film", linear)
    assert pickle.loads(pickle.dumps(explanation)) == copy.deepcopy(explanation) == explanation
    assert not hasattr(explanation, "_repr_png_") and not hasattr(explanation, "__array__")
    with pytest.raises(TypeError, match=r"has no items.*\.top\(5, target="):
        explanation["up"]
    with pytest.raises(TypeError, match="has no items"):
        list(explanation)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_somebody_elses_package_gets_a_hint(name):
    with pytest.raises(AttributeError, match="module 'limelight' has no attribute") as caught:
        getattr(limelight, name)
    assert str(caught.value).endswith(f" Here: {NAMES[name]}.")


@pytest.mark.parametrize("n", ["3", -1, 1.5, True, "up"])
@pytest.mark.parametrize("verb", ["top", "interactions"])
def test_how_many_is_a_whole_number(verb, n, linear):
    with pytest.raises(InputError, match=rf"n is {n!r}.*whole number from 0 up.*write {verb}\(5\)"):
        getattr(explain("good film", linear), verb)(n)


def test_a_class_can_follow_how_many(linear):
    explanation = explain(TEXT, linear)
    assert explanation.top(2, "down") == explanation.top(2, target="down")
    assert explanation.top(0) == [] and len(explanation.top(None)) == len(explanation.features)


def test_load_says_what_it_takes(linear):
    for given in ({}, explain("good film", linear).to_dict()):
        with pytest.raises(InputError, match=r"a dict was given.*by its path.*Explanation.from_dict"):
            load(given)
    with pytest.raises(InputError, match="cannot read '3'.*give the path of one"):
        load(3)


def test_compare_says_what_is_missing(linear):
    for given, what in (
        (([], linear), "text is empty"),
        ((TEXT, []), "model is empty"),
    ):
        with pytest.raises(InputError, match=what):
            compare(*given)
    with pytest.raises(InputError, match="methods is empty. compare takes one method or a list"):
        compare(TEXT, linear, methods=[])
    with pytest.raises(InputError, match="2 texts and 2 models were given"):
        compare([TEXT, "good"], [linear, linear])


def test_evaluate_shows_a_table_and_not_a_raw_tuple(bert):
    folder = bert(num_labels=2)
    explanation = explain(TEXT, folder)
    scores = evaluate(explanation, folder)
    assert isinstance(scores, tuple) and [score.masker for score in scores] == ["delete", "mask"]
    lines = repr(scores).splitlines()
    assert len(lines) == 2 and all(": removal gap " in line for line in lines)
    assert "LABEL_" in lines[0] and ", deleted: " in lines[0] and ", masked: " in lines[1]
    assert "srg" not in repr(scores) and "reachable" not in repr(scores)
    page = scores._repr_html_()
    assert page.count("<tr>") == 3 and "removal gap" in page and ">masked<" in page
    assert evaluate(explanation, folder, maskers="mask") == scores[1:]


def test_a_model_without_a_name_is_called_a_function():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        explanation = explain("good film", lambda texts: [[len(t), 1] for t in texts])

    def named(texts):
        return [[len(t), 1] for t in texts]

    assert explanation.model == "a function" and explain("good film", named).model == "named"


def test_opened_features_are_not_called_by_the_unit(bert):
    text = "good film. " + "not a bad film. " * 20
    whole = explain(text, bert(num_labels=2), unit="sentence", budget=30)
    opened = explain(text, bert(num_labels=2), unit="sentence", opened=[(0, 40)], budget=60)
    assert f"stops reading after {len(whole.features)} sentences" in whole.warnings[-1]
    assert f"stops reading after {len(opened.features)} features" in opened.warnings[-1]
