"""On what each sentence of an answer rests: the same words in every picture that Python makes."""

from __future__ import annotations

import io
import re
from html import unescape

import pytest
from rich.console import Console

from limelight import explain
from limelight.captions import captions
from limelight.render import terminal
from limelight.render.grounds import criterion, rests
from tests.evaluation.test_grounds import SAID, SENTENCES
from tests.grounded import Grounded, given


@pytest.fixture(scope="module")
def found():
    return explain(given(9), Grounded(SENTENCES), unit="source", method="banzhaf", budget=90)


def printed(explanation, target=None):
    console = Console(file=io.StringIO(), color_system=None, width=200)
    part, at = explanation.chosen(target)
    terminal.show(part, console, at, explanation)
    return console.file.getvalue()


def stretches(markup):
    """What is written, a string each stretch of letters without tags or commands between."""
    return [one.strip() for one in re.split(r"<[^>]*>|[{}\n]", unescape(markup)) if one.strip()]


PICTURES = {
    "terminal": lambda one, target=None: [part for line in printed(one, target).splitlines() for part in
                                          re.split(r"  +", line.strip())],
    "svg": lambda one, target=None: [part for part in stretches(one.to_svg(target=target, width=4000)) if part],
    "tex": lambda one, target=None: [re.sub(r"\\(enspace|par|footnotesize)\b ?", "", part).strip()
                                     for part in stretches(one.to_latex(target=target))],
    "html": lambda one, target=None: stretches(one.to_html(target=target)),
}  # fmt: skip


@pytest.mark.parametrize("form", PICTURES)
def test_each_sentence_stands_with_its_verdict_and_the_criterion_once(form, found):
    shown = PICTURES[form](found)
    for (sentence, _), verdict in zip(SENTENCES, SAID, strict=True):
        assert shown.count(verdict) == 1, verdict
        at = shown.index(verdict)
        assert sentence in shown[max(0, at - 1) : at + 2]
    assert sum(criterion(captions()) == one for one in shown) == 1


def test_a_picture_in_a_notebook_says_it_too(found):
    assert all(one in stretches(found._repr_html_()) for one in SAID)
    assert "se basa en [3]" in found.to_svg(lang="es") and "se basa en [3]" in found.to_latex(lang="es")


@pytest.mark.parametrize("form", PICTURES)
def test_of_a_stretch_only_its_own_sentences_are_told(form, found):
    start = found.answer.text.index("came near")
    shown = PICTURES[form](found, (start, found.answer.text.index("were moved.") + 4))
    assert [one for one in shown if one in SAID] == ["needs both [2] and [5]", "from memory"]
    assert "came near" in shown and "Many were" in shown


def test_a_word_has_the_verdict_of_the_word(found):
    part, _ = found.chosen((0, 2))
    assert rests(found, part, captions()) == [("It", "from memory")]  # of five words that fall by eight, 1.6 < log 20


def test_the_numbers_of_verdicts_stand_before_the_names_of_features(found):
    assert "[3] This is what source 3 says." in printed(found)
    assert "[3] This is what source 3 says." in found.to_latex()


def test_nothing_is_said_where_nobody_asked():
    plain = explain("a good film", lambda texts: [[0.5, 0.5]] * len(texts))
    words = explain(given(3), Grounded(SENTENCES[:1]), budget=40)
    for one in (plain, words):
        pictures = [printed(one), one.to_svg(), one.to_latex(), one._repr_html_()]
        assert not [said for said in (*SAID, "times less likely") for shown in pictures if said in shown]
