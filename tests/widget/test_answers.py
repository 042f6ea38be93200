"""A widget of a language model: the answer comes as it is written, and everything else asks about that answer."""

from __future__ import annotations

import time

import numpy as np
import pytest

from limelight import Explainer, compare, evaluate, explain
from limelight.api.options import Options
from limelight.predictors import as_predictor
from tests.conftest import explanations, until
from tests.speaking import loaded

PROMPT = "The capital of France is not so bad"


def test_an_answer_streams_into_the_widget_and_a_hidden_word_moves_that_very_answer(monkeypatch):
    from limelight.predictors.hf.causal import Writer

    seen, write = [], Writer.__call__
    monkeypatch.setattr(Writer, "__call__", lambda self: time.sleep(0.25) or write(self))
    widget = Explainer(PROMPT, loaded("llama"), generation={"max_new_tokens": 6}, budget=40)
    widget.observe(lambda change: seen.append(change["new"]), "explanation")
    try:
        assert widget.wait(60)
        found = widget.explanation
        assert widget.status == "done" and found.answer.text and not widget.error
        writing = [one for one in seen if one is not None and one.state == "answering"]
        assert len(writing) > 2 and all(found.answer.text.startswith(one.answer.text) for one in writing)
        widget.hidden = [(4, 11)]
        assert widget.wait(60)
        tried = widget.tries[widget.at]
        assert list(tried.prediction) == list(found.targets) and "capital" in tried.words
        assert any(abs(change) > 0 for change in tried.change.values())
        widget.answer = " Paris and Rome."
        assert widget.wait(60) and widget.explanation.answer.text == " Paris and Rome."
    finally:
        widget.close()


def test_a_stop_while_the_answer_is_written_leaves_what_was_written():
    from limelight.predictors.hf.causal import Writer

    written, write = [], Writer.__call__
    widget = None

    def once_more(self):
        token = write(self)
        written.append(token)
        if len(written) == 3:
            until(lambda: widget is not None)
            widget.stop()
        return token

    Writer.__call__ = once_more
    try:
        widget = Explainer(PROMPT, loaded("llama"), generation={"max_new_tokens": 50}, budget=40)
        widget.wait(30)
    finally:
        Writer.__call__ = write
        widget.close()
    assert len(written) == 3 and widget.status == "stopped" and not widget.error


def test_an_explanation_of_an_answer_is_examined_and_compared():
    one = as_predictor(loaded("llama"))
    found = explanations(PROMPT, one, Options(answer=" Paris.", budget=60))[-1]
    scores = evaluate(found, loaded("llama"), maskers="delete")
    assert np.isfinite(scores[0].srg)
    both = compare(PROMPT, loaded("llama"), methods=["lime", "occlusion"], answer=" Paris.", budget=60)
    assert not both.failures and len(both.explanations) == 2
    assert both.explanations[0].answer.ids == found.answer.ids


@pytest.mark.parametrize("form", ["to_html", "to_svg", "to_latex", "to_csv", "to_json"])
def test_an_explanation_of_an_answer_and_of_a_stretch_can_be_taken_away(form):
    found = explanations(PROMPT, as_predictor(loaded()), Options(answer=" Paris, 好看!", budget=40))[-1]
    for one in (found, found.over(), found.over(1, 6)):
        assert getattr(one, form)()


def test_a_stretch_of_the_answer_is_a_target_of_the_widget_and_of_every_file():
    widget = Explainer(PROMPT, loaded("llama"), answer=" Paris and Rome.", budget=40)
    try:
        assert widget.wait(60) and widget.target is None  # all of it
        found = widget.explanation
        serial = widget.serial
        widget.set_state({"target": [1, 10]})
        assert widget.target == (1, 10) and widget.wait(10)
        assert widget.explanation is found and widget.serial == serial, "nothing is worked out for it"
        part = found.over(1, 10)
        assert part.targets[0] == "Paris and" and found.chosen((1, 10))[0] == part
        assert found.to_svg(target=(1, 10)) == part.to_svg()
        assert found.chosen("and")[0] == found.over(7, 10) and found.chosen(None)[0] == found.over()
        widget.set_state({"target": [100, 120]})
        assert "touches no word" in widget.error and widget.target == (1, 10)
        widget.text = PROMPT + " and so on"
        assert widget.wait(60) and widget.target == (1, 10), "the answer was given, and is the same"
    finally:
        widget.close()


def test_a_word_against_what_could_have_stood_there_asks_no_more_than_the_answer_did():
    widget = Explainer(PROMPT, loaded("llama"), answer=" Paris and Rome.")
    try:
        assert widget.wait(60)
        spent, other = widget.explanation.evaluations, widget.explanation.answer.alternatives[1][0].text
        widget.set_state({"contrast": [[7, 10], other]})
        assert widget.wait(60) and not widget.error
        assert widget.explanation.contrast is not None and widget.explanation.answer.text == " Paris and Rome."
        assert widget.explanation.evaluations <= spent
        widget.set_state({"contrast": None, "target": [7, 10]})
        assert widget.wait(60) and widget.target == (7, 10) and widget.explanation.contrast is None
    finally:
        widget.close()


def test_an_answer_that_was_given_stands_beside_what_the_model_says_itself():
    net, more = loaded("llama"), {"generation": {"max_new_tokens": 6}, "budget": 40}
    own = Explainer(PROMPT, net, **more)
    given = Explainer(PROMPT, net, answer=" Paris and Rome.", **more)
    try:
        assert own.wait(60) and given.wait(60)
        (tried,) = given.tries
        assert tried.answer == own.explanation.answer.text and tried.left == (PROMPT,)
        assert tried.change == dict.fromkeys(given.explanation.targets, 0.0)
        # the answer is kept while the prompt changes: what moves is how likely it is
        given.text = PROMPT.replace("France", "Italy")
        assert given.wait(60) and not given.error and len(given.tries) == 2
        before, after = given.tries
        assert given.explanation.answer.text == " Paris and Rome." and after.left == (given.text,)
        for name, score in after.prediction.items():
            assert after.change[name] == pytest.approx(score - before.prediction[name], abs=1e-12)
        assert any(abs(moved) > 1e-6 for moved in after.change.values())
        # and then what it says now is explained instead
        given.answer = None
        assert given.wait(60) and given.explanation.answer.text == after.answer
    finally:
        own.close()
        given.close()


def test_without_a_word_the_model_is_asked_for_another_answer_too():
    net = loaded("llama")
    widget = Explainer(PROMPT, net, generation={"max_new_tokens": 6}, budget=40)
    try:
        assert widget.wait(60)
        widget.hidden = [(4, 11)]
        assert widget.wait(60) and not widget.error
        tried = widget.tries[widget.at]
        left = tried.left[0]
        assert "capital" not in left and left.split() == PROMPT.replace("capital", "").split()
        alone = Explainer(left, net, generation={"max_new_tokens": 6}, budget=40)
        try:
            assert alone.wait(60) and alone.explanation.answer.text == tried.answer
        finally:
            alone.close()
        # a frozen answer stays frozen
        assert widget.explanation.answer.text != "" and list(tried.prediction) == list(widget.explanation.targets)
        assert tried.to_dict()["answer"] == tried.answer and "answer" not in widget.tries[0].to_dict()
    finally:
        widget.close()


def test_latex_defines_the_frame_of_the_part_that_is_asked_about():
    found = explain(PROMPT, loaded("llama"), answer=" Paris and Rome.", budget=40)
    latex = found.to_latex(target=(1, 6))
    assert latex.count(r"\def\limelightbox") == 1 and r"\limelightbox{1.2pt}{Paris}" in latex


def test_earlier_words_are_found_out_beside_what_is_known_and_nothing_is_asked_again():
    net, cut = loaded("llama")
    widget = Explainer(PROMPT, (net, cut), answer=" Paris and Rome.", budget=40)
    seen = []
    try:
        assert widget.wait(60)
        plain = widget.explanation
        widget.observe(lambda change: seen.append(change["new"]), "explanation")
        widget.earlier = True
        assert widget.wait(60) and widget.status == "done" and not widget.error
        found = widget.explanation
        assert found.answer.earlier is not None and np.array_equal(found.weights, plain.weights)
        assert found.evaluations == plain.evaluations + len(plain.answer.spans) + 1
        # what is on show keeps its weights
        assert all(one.weights is not None for one in seen)
        widget.earlier = False
        assert widget.wait(60) and widget.explanation == plain
    finally:
        widget.close()
