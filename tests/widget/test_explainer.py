"""The widget and its run, without a browser: state, messages, threads."""

from __future__ import annotations

import re
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import traitlets

from limelight import Explainer
from limelight.errors import InputError
from limelight.predictors import Predictor
from limelight.widget.traits import views
from tests.conftest import until

TEXT = "a good film, not a bad one"


class Gate(Predictor):
    """Answers at once, but from the second batch on only while the gate is open."""

    name, targets, batch_size = "gate", ("no", "yes"), 4

    def __init__(self, opened=True):
        self.gate = threading.Event()
        self.calls = 0
        if opened:
            self.gate.set()

    def predict(self, texts):
        self.calls += 1
        if self.calls > 1:
            assert self.gate.wait(10)
        yes = np.array([0.9 if "good" in t else 0.4 for t in texts])
        return np.stack([1 - yes, yes], axis=1)


def ask(widget, kind, **msg):
    """Sends a request as a page would; returns the answer."""
    answers = []
    widget.send = lambda content, buffers=None: answers.append(content)
    widget._handle_custom_msg({"id": "7", "kind": kind, "msg": msg}, [])
    (answer,) = answers
    assert answer["id"] == "7"
    return answer


def test_it_returns_at_once_then_predicts_then_explains(started):
    model = Gate(opened=False)
    widget = started(TEXT, model)  # which would wait for ever if it waited for the model
    assert widget.status in ("loading", "running")
    until(lambda: widget.explanation is not None)
    assert widget.explanation.weights is None and widget.explanation.scores == pytest.approx([0.1, 0.9])
    assert widget.target == "yes" and widget.status == "running"
    model.gate.set()
    found = widget.wait(20)
    assert widget.status == "done" and widget.progress == 1 and widget.error == ""
    assert found is widget.explanation and found.top(1)[0][0] == "good"


def test_the_wire_is_the_document(started):
    widget = started(TEXT, Gate())
    found = widget.wait(20)
    state = widget.get_state()
    assert state["explanation"] == found.to_dict()
    assert state["target"] == "yes" and state["text"] == TEXT and state["status"] == "done"
    assert state["budget"] == "auto" and "seed" not in state
    assert "limelight/2" in str(state["explanation"]) and "export" in state["_esm"]


def test_stop_keeps_what_was_found(started):
    model = Gate()
    slow = model.predict
    model.predict = lambda texts: (time.sleep(0.02), slow(texts))[1]
    widget = started(TEXT, model, budget=5000)
    until(lambda: widget.explanation is not None and widget.explanation.weights is not None)
    assert ask(widget, "cancel")["kind"] == "cancel-response"
    until(lambda: widget.status == "stopped", seconds=2)
    assert widget.explanation.weights is not None and widget.explanation.evaluations < 5000
    assert 0 < widget.progress < 1
    assert ask(widget, "explain")["response"]["status"] == "loading"
    until(lambda: widget.status == "running")


def test_interrupting_wait_stops_the_run(started, monkeypatch):
    model = Gate(opened=False)
    widget = started(TEXT, model)
    until(lambda: widget.status == "running")
    monkeypatch.setattr(widget._session._first._ended, "wait", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        widget.wait()
    assert widget._session._first._stop.is_set()
    model.gate.set()
    until(lambda: widget.status == "stopped")


def test_wait_gives_up_after_its_timeout(started):
    model = Gate(opened=False)
    widget = started(TEXT, model)
    widget.wait(0.2)
    assert widget.status != "done"
    model.gate.set()


def test_a_replaced_run_never_shows(started):
    model = Gate(opened=False)
    widget = started(TEXT, model)
    until(lambda: widget.status == "running")
    old = widget._session._first
    widget.text = "an entirely other good text"
    assert widget.status == "loading"
    model.gate.set()
    widget.wait(20)
    assert old.wait(10) and old.status == "stopped"
    assert widget.status == "done" and widget.explanation.text == "an entirely other good text"


@pytest.mark.parametrize(("name", "value"), [("seed", 3), ("budget", 30), ("unit", "character"), ("text", "good")])
def test_setting_an_option_explains_again(started, name, value):
    widget = started(TEXT, Gate(), budget=200)
    first = widget.wait(20)
    setattr(widget, name, value)
    found = widget.wait(20)
    assert found is not first and getattr(found, name) == value and widget.status == "done"


def test_a_class_can_be_chosen_from_both_sides(started):
    widget = started(TEXT, Gate())
    widget.wait(20)
    runs, seen = widget._session._first, []
    widget.observe(lambda change: seen.append(change["new"]), "target")
    widget.set_state({"target": "no"})  # a click
    widget.target = "yes"
    widget.target = 0
    assert seen == ["no", "yes", "no"] and widget._session._first is runs
    widget.target = "yes"
    widget.text = "a film"  # now "no" is predicted, but "yes" was chosen
    widget.wait(20)
    assert widget.explanation.index() == 0 and widget.target == "yes"
    with pytest.raises(InputError, match="unknown target 'yess'.*Did you mean 'yes'"):
        widget.target = "yess"
    assert widget.target == "yes"
    widget.target = None
    widget.text = "the film"
    widget.wait(20)
    assert widget.target == "no"


def test_the_predicted_class_is_followed_until_one_is_chosen(started):
    widget = started(TEXT, Gate())
    widget.wait(20)
    assert widget.target == "yes"
    widget.text = "a film"
    widget.wait(20)
    assert widget.target == "no"


def test_an_unknown_target_is_said_and_the_explanation_stands(started):
    widget = started(TEXT, Gate(), target="yess")
    widget.wait(20)
    assert "unknown target 'yess'" in widget.error and "Did you mean 'yes'" in widget.error
    assert widget.target == "yes" and widget.explanation.weights is not None
    # nobody chose that one: with another text the predicted one is followed
    widget.text = "a film"
    widget.wait(20)
    assert widget.target == "no" and widget.error == ""


def test_a_failure_leaves_the_last_explanation_and_the_widget_alive(started):
    widget = started(TEXT, Gate())
    found = widget.wait(20)
    for text, said in (("", "is empty"), ("?!", "no word to explain")):
        widget.text = text
        widget.wait(20)
        assert widget.status == "failed" and said in widget.error and widget.explanation is found
    widget.text = "good again"
    widget.wait(20)
    assert widget.status == "done" and widget.error == ""


def test_a_model_that_fails_is_a_sentence(started):
    widget = started(TEXT, lambda texts: 1 / 0)
    widget.wait(20)
    assert widget.status == "failed" and "ZeroDivisionError" in widget.error and widget.explanation is None
    widget = started(TEXT, "org/absent")
    widget.wait(60)
    assert widget.status == "failed" and "Offline, name a folder" in widget.error


def test_nan_in_the_middle_keeps_the_last_snapshot(started):
    def sick(texts):
        sick.calls += 1
        return [[float("nan") if sick.calls > 4 else 0.5] for _ in texts]

    sick.calls = 0
    widget = started("one two three four five six seven eight nine", sick, budget=1000)
    widget.wait(20)
    assert widget.status == "failed" and "NaN" in widget.error
    assert widget.explanation.weights is not None


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"budgt": 3}, TypeError, "Explainer.. got an unknown keyword 'budgt'.*Did you mean 'budget'"),
        ({"method": "lmie"}, InputError, "Did you mean 'lime'"),
        ({"budget": -3}, InputError, "budget is -3"),
    ],
)
def test_nonsense_is_refused_before_anything_starts(options, error, said):
    before = threading.active_count()
    with pytest.raises(error, match=said):
        Explainer(TEXT, Gate(), **options)
    with pytest.raises(InputError, match="lone surrogate"):
        Explainer("a\ud800", Gate())
    assert threading.active_count() == before


def test_nonsense_set_later_is_refused_and_nothing_changes(started):
    widget = started(TEXT, Gate())
    widget.wait(20)
    for name, value in (("method", "lmie"), ("unit", "wrod"), ("budget", 0), ("text", "a\ud800")):
        before = getattr(widget, name)
        with pytest.raises((InputError, traitlets.TraitError)):
            setattr(widget, name, value)
        assert getattr(widget, name) == before and widget.status == "done"


def test_every_request_is_answered(started):
    widget = started(TEXT, Gate())
    widget.wait(20)
    sent = []
    widget.send_state = lambda key=None: sent.append(key)
    assert ask(widget, "poll", seen=widget.serial)["response"] == {"serial": widget.serial, "status": "done"}
    assert not sent
    ask(widget, "poll", seen=widget.serial - 1)
    assert sent and "explanation" in sent[0]
    answer = ask(widget, "explian")
    assert answer["kind"] == "explian-error" and "Did you mean 'explain'" in answer["error"]


def test_the_poll_path_carries_what_a_thread_could_not_send(started):
    """Colab drops what is sent off the main thread; what is sent on it must bring everything."""
    main, page = threading.current_thread(), {}

    class Dropping(Explainer):
        def _send(self, msg, buffers=None):
            if threading.current_thread() is main and msg["method"] == "update":
                page.update(msg["state"])

    widget = Dropping(TEXT, Gate())
    widget._session._first.wait(20)
    assert page.get("status") != "done"
    widget._handle_custom_msg({"id": "1", "kind": "poll", "msg": {"seen": page.get("serial", 0)}}, [])
    assert page["status"] == "done" and page["explanation"]["weights"] is not None and page["target"] == "yes"
    page.clear()
    widget.wait(20)
    assert page["status"] == "done" and page["explanation"]["weights"] is not None
    widget.close()


def test_a_closed_page_does_not_end_the_work(started):
    model = Gate(opened=False)
    widget = started(TEXT, model)

    def broken(*args, **kwargs):
        raise RuntimeError("comm closed")

    until(lambda: widget.status == "running")
    widget._send = broken
    model.gate.set()
    widget._session._first.wait(20)
    assert widget._session._first.status == "done"


def test_closing_leaves_no_thread_behind(started):
    before = set(threading.enumerate())
    widgets = [started(TEXT, Gate(), budget=500) for _ in range(3)]
    for widget in widgets:
        widget.close()
    until(lambda: not {t for t in set(threading.enumerate()) - before if t.name == "limelight"})


def test_another_class_unit_or_text_asks_only_what_is_new(started):
    model = Gate()
    asked = []
    answer = model.predict
    model.predict = lambda texts: (asked.extend(texts), answer(texts))[1]
    widget = started("not a good film", model)
    widget.wait(20)
    before = len(asked)
    widget.target = "no"
    widget.scale = "log-odds"
    widget.wait(20)
    assert len(asked) == before == 16 and widget.explanation.scale == "log-odds"
    widget.text = "not a good book"
    widget.wait(20)
    assert len(asked) == 24  # the eight texts without the last word were known
    widget.explain()  # asked for by hand: the model may have been trained since
    widget.wait(20)
    assert len(asked) == 40


def test_sharpening_is_published_as_whole_explanations(started):
    seen = []
    widget = started("one two three four five six seven eight nine ten eleven twelve", Gate(), budget=300)
    widget.observe(lambda change: seen.append(change["new"]), "explanation")
    widget.wait(30)
    states = [found.state for found in seen if found.weights is not None]
    assert states[-1] == "spent" and all(state in ("draft", "partial", "spent") for state in states)
    assert all(found.intervals is not None for found in seen if found.state == "partial")


def test_the_menu_names_every_method_and_why_one_cannot_serve(started):
    from limelight.methods import METHODS

    widget = started(TEXT, Gate())
    widget.wait(20)
    menu = widget.get_state()["_menu"]
    assert [method["name"] for method in menu["methods"]] == list(METHODS)
    reasons = {method["name"]: method["reason"] for method in menu["methods"]}
    assert reasons["lime"] == "" and "(model, tokenizer)" in reasons["integrated_gradients"]
    assert menu["targets"] == ["no", "yes"]


def test_choosing_another_method_asks_only_what_is_new(started):
    model = Gate()
    widget = started(TEXT, model, budget=128)
    widget.wait(20)
    calls = model.calls
    widget.set_state({"method": "shapley"})  # as the page does
    found = widget.wait(20)
    # all 128 thinned texts are known by now
    assert found.method == "shapley" and found.title == "Shapley values" and model.calls == calls


def test_other_methods_stand_under_the_first(started):
    widget = started(TEXT, Gate(), compare=["occlusion", "integrated_gradients"])
    first = widget.wait(20)
    until(lambda: all(other["explanation"] or other["error"] for other in widget.others))
    occlusion, gradients = widget.others
    assert occlusion["explanation"]["method"] == "occlusion" and occlusion["explanation"]["exam"]["srg"]
    assert "looks into the model" in gradients["error"] and gradients["explanation"] is None
    assert first.exam is not None and widget.explanation == first
    widget.compare = ["occlusion"]
    assert [other["name"] for other in widget.others] == ["occlusion"] and widget.status == "done"
    with pytest.raises(InputError, match="unknown method 'olcusion'.*Did you mean 'occlusion'"):
        widget.compare = ["olcusion"]
    for given, said in ((5, "compare is 5"), ("occlusion", "compare is 'occlusion'"), ([5], "unknown method 5")):
        with pytest.raises(InputError, match=said):
            started(TEXT, Gate(), compare=given)


def test_a_view_that_does_not_exist_is_refused_and_the_old_one_stays(started):
    widget = started(TEXT, Gate())
    widget.view = "flip"
    with pytest.raises(InputError, match="unknown view 'flp'.*Did you mean 'flip'"):
        widget.view = "flp"
    assert widget.view == "flip"
    widget.view = ""
    pages = (Path(__file__).parents[2] / "js/src/views").glob("*.js")
    assert {name for page in pages for name in re.findall(r'^  name: "(\w+)"', page.read_text("utf-8"), re.M)} == {
        *views()
    }


def test_a_contrast_shows_its_first_class_first(started):
    widget = started("good plain words", Gate(), target="no")
    widget.wait(20)
    widget.set_state({"contrast": [0, 1]})
    found = widget.wait(20)
    assert found.targets == ("no rather than yes", "yes rather than no") and found.scores[0] < 0
    assert widget.target == "no rather than yes" and widget.error == ""
    widget.contrast = None
    assert widget.wait(20).targets == ("no", "yes") and widget.target == "yes" and widget.error == ""
