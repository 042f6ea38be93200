"""The widget among others: what if from both sides, rows of texts and models, ipywidgets' manners."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import traitlets

from limelight import Explainer, as_predictor
from limelight.errors import InputError
from limelight.predictors import Predictor
from tests.conftest import until

TEXT = "a good film, not a bad one"


class Toy(Predictor):
    """Likes "good"; keeps what it was asked."""

    name, targets = "toy", ("no", "yes")

    def __init__(self, liked="good"):
        self.liked, self.asked = liked, []

    def predict(self, texts):
        self.asked += texts
        yes = np.array([0.9 if self.liked in t else 0.4 for t in texts])
        return np.stack([1 - yes, yes], axis=1)


def test_hiding_a_word_moves_the_prediction_and_is_kept(explainer):
    widget = explainer(TEXT, Toy())
    assert [t.words for t in widget.tries] == [()] and widget.at == 0
    widget.set_state({"hidden": [[0, 2, 6]]})  # a click
    widget.wait(20)
    tried = widget.tries[widget.at]
    assert tried.words == ("good",) and tried.prediction["yes"] == pytest.approx(0.4)
    assert tried.change["yes"] == pytest.approx(-0.5)
    widget.hidden = [1, 3]
    widget.wait(20)
    assert widget.tries[widget.at].words == ("good", "not")
    widget.hidden = []
    widget.wait(20)
    assert widget.at == 0 and len(widget.tries) == 3
    assert widget.get_state()["tries"][1]["hidden"] == [[0, 2, 6]]


def test_tries_can_be_gone_back_to_over_an_edit(explainer):
    widget = explainer(TEXT, Toy())
    widget.hidden = [1]
    widget.wait(20)
    widget.text = "a bad film"
    widget.wait(20)
    assert widget.hidden == [] and widget.tries[widget.at].text == "a bad film"
    widget.set_state({"at": 1})
    widget.wait(20)
    assert widget.text == TEXT and widget.hidden == [(2, 6)] and widget.at == 1 and len(widget.tries) == 3
    widget.at = 0
    widget.wait(20)
    assert widget.hidden == [] and widget.at == 0


def test_an_edit_is_set_against_the_text_before(explainer):
    widget = explainer(TEXT, Toy())
    widget.text = "a bad film"
    widget.wait(20)
    assert widget.tries[1].change["yes"] == pytest.approx(-0.5)


def test_what_is_hidden_stays_so_under_another_method(explainer):
    widget = explainer(TEXT, Toy())
    widget.hidden = [1]
    widget.wait(20)
    widget.method = "occlusion"
    widget.wait(20)
    assert widget.hidden == [(2, 6)] and widget.explanation.method == "occlusion"
    widget.unit = "character"  # what is out stays out, whatever the features are
    widget.wait(20)
    assert widget.hidden == [(2, 6)] and widget.tries[widget.at].words == ("good",)


@pytest.mark.parametrize(
    ("name", "value", "said"), [("hidden", [99], "hidden holds 99.*7 features"), ("at", 5, "at is 5")]
)
def test_positions_that_are_not_there_are_refused(explainer, name, value, said):
    widget = explainer(TEXT, Toy())
    with pytest.raises(InputError, match=said):
        setattr(widget, name, value)
    assert widget.hidden == [] and widget.at == 0


def test_units_phrases_and_openings_are_set_from_the_page(explainer):
    model = Toy()
    widget = explainer("Good. It is not bad. Fine.", model)
    menu = {unit["name"]: unit["reason"] for unit in widget.get_state()["_menu"]["units"]}
    assert menu["word"] == menu["sentence"] == "" and "sees only the answers" in menu["token"]
    widget.set_state({"unit": "sentence"})
    assert widget.wait(20).features == ("Good.", "It is not bad.", "Fine.")
    widget.set_state({"opened": [[0, 6, 20]]})
    assert widget.wait(20).features == ("Good.", "It", "is", "not", "bad", "Fine.")
    widget.set_state({"phrases": [[0, 12, 19]]})
    assert widget.wait(20).features == ("Good.", "It", "is", "not bad", "Fine.")
    widget.text = "Another. Text."
    assert widget.wait(20).features == ("Another.", "Text.") and list(widget.phrases) == [] == list(widget.opened)


def test_options_that_do_not_go_together_are_said_and_can_be_mended(explainer):
    widget = explainer(TEXT, Toy(), scale="log-odds", compare=["occlusion"])
    found = widget.explanation
    widget.set_state({"contrast": [0, 1]})  # a page must not be left without an answer
    assert widget.status == "failed" and "difference of logits" in widget.error and widget.explanation is found
    widget.compare = []
    widget.unit = "character"
    assert widget.status == "failed"
    widget.set_state({"contrast": None})
    assert widget.wait(20).unit == "character" and widget.status == "done" and widget.error == ""


def test_a_changed_text_runs_once_though_phrases_go(explainer):
    widget = explainer("not bad at all", Toy(), phrases=[(0, 7)])
    widget.wait(20)
    runs = []
    start = widget._start
    widget._start = lambda *args: (runs.append(1), start(*args))
    widget.text = "fine"
    widget.wait(20)
    assert len(runs) == 1


def test_texts_and_models_stand_under_the_first(explainer):
    widget = explainer(["a good film", "a bad film"], [Toy(), Toy("bad")], compare=["occlusion"])
    until(lambda: len(widget.others) == 3 and all(o["explanation"] or o["error"] for o in widget.others))
    method, text, model = widget.others
    assert (method["kind"], text["kind"], model["kind"]) == ("method", "text", "model")
    assert text["explanation"]["fields"][0]["text"] == "a bad film" and text["explanation"]["probabilities"][
        1
    ] == pytest.approx(0.4)
    assert (
        model["explanation"]["fields"][0]["text"] == "a good film" and model["explanation"]["probabilities"][1] == 0.4
    )
    widget.texts = []
    assert [o["kind"] for o in widget.others] == ["method", "model"]


def test_a_row_that_fails_leaves_the_others_standing(explainer):
    widget = explainer("a good film", [Toy(), lambda texts: 1 / 0, "no/such", Toy("bad")])
    until(lambda: len(widget.others) == 3 and all(o["explanation"] or o["error"] for o in widget.others), 60)
    broken, absent, fine = widget.others
    assert "ZeroDivisionError" in broken["error"] and "could not be had" in absent["error"]
    assert fine["explanation"] and widget.status == "done" and widget.error == ""


@pytest.mark.parametrize("given", [([], Toy()), ("text", [])])
def test_an_empty_list_is_refused(given):
    with pytest.raises(InputError, match=r"is an empty list.*give one"):
        Explainer(*given)


def test_awaiting_leaves_the_loop_free():
    async def main():
        beats = []

        async def beat():
            while True:
                beats.append(time.monotonic())
                await asyncio.sleep(0.01)

        class Slow(Toy):
            def predict(self, texts):
                time.sleep(0.3)
                return super().predict(texts)

        other = asyncio.ensure_future(beat())
        widget = Explainer(TEXT, Slow())
        found = await widget
        other.cancel()
        widget.close()
        return found, beats

    # in a thread of its own: the browser tests leave a loop running in this one
    with ThreadPoolExecutor(1) as pool:
        found, beats = pool.submit(asyncio.run, main()).result(60)
    assert found.weights is not None and len(beats) > 10


def test_callbacks_hear_of_every_explanation_that_is_done(explainer):
    widget, heard = Explainer(TEXT, Toy()), []

    def callback(who):
        heard.append(who.explanation.text)

    widget.on_explained(callback)
    widget.wait(20)
    until(lambda: heard == [TEXT])
    widget.text = "good"
    until(lambda: heard == [TEXT, "good"])
    widget.on_explained(callback, remove=True)
    widget.text = "film"
    widget.wait(20)
    assert len(heard) == 2
    widget.close()


def test_a_callback_that_fails_harms_nothing(explainer):
    widget = Explainer(TEXT, Toy())
    widget.on_explained(lambda _: 1 / 0)
    widget.wait(20)
    widget.text = "good"
    widget.wait(20)
    assert widget.status == "done" and widget.explanation.text == "good"
    widget.close()


def test_widgets_can_be_linked_and_observed(explainer):
    first, second = explainer(TEXT, Toy()), explainer("good", Toy())
    link = traitlets.link((first, "text"), (second, "text"))
    targets = traitlets.dlink((first, "target"), (second, "target"))
    second.text = "a fine film"
    for widget in (first, second):
        widget.wait(20)
        assert widget.explanation.text == "a fine film"
    first.target = "yes"
    assert second.target == "yes"
    link.unlink(), targets.unlink()
    seen = []
    first.observe(lambda change: seen.append(change["new"]), "status")
    first.text = "another fine film"
    first.wait(20)
    assert seen[0] == "loading" and seen[-1] == "done"


def test_it_sits_in_boxes_and_tabs(explainer):
    import ipywidgets

    widget = explainer(TEXT, Toy())
    box = ipywidgets.HBox([widget, ipywidgets.Tab(children=[widget])])
    assert box.children[0] is widget and widget.layout is not None


def test_closing_leaves_no_thread_listener_or_model():
    before = set(threading.enumerate())
    models, widgets = [], []
    for _ in range(5):
        model = Toy()
        models.append(weakref.ref(model))
        widget = Explainer(TEXT, model, compare=["occlusion"])
        widget.on_explained(lambda _: None)
        widget.hidden = []
        widget.wait(20)
        widgets.append(widget)
        del model
    for widget in widgets:
        until(lambda w=widget: all(o["explanation"] for o in w.others))
        widget.close()
        assert not widget._trait_notifiers or not any(
            callback for kinds in widget._trait_notifiers.values() for callback in kinds.values()
        )
    until(lambda: not {t for t in set(threading.enumerate()) - before if t.name == "limelight"})
    widgets.clear()
    del widget
    gc.collect()
    assert [model() for model in models] == [None] * 5


def test_a_model_loaded_by_name_is_shared_and_goes_with_its_last_user(bert, monkeypatch):
    from limelight.predictors.hf import transformer

    folder, loads = bert(num_labels=2), []
    load = transformer.load
    monkeypatch.setattr(transformer, "load", lambda *asked: (loads.append(1), load(*asked))[1])
    widgets = [Explainer("not good", folder) for _ in range(3)]
    for widget in widgets:
        widget.wait(60)
        assert widget.status == "done"
    assert len(loads) == 1
    model = weakref.ref(widgets[0]._session.predictor._model)
    widgets[0].explain()  # asked anew, but not loaded anew
    widgets[0].wait(60)
    assert len(loads) == 1
    for widget in widgets:
        widget.close()
    until(lambda: not [t for t in threading.enumerate() if t.name == "limelight"])
    widgets.clear()
    del widget
    gc.collect()
    assert model() is None
    as_predictor(folder)
    assert len(loads) == 2


def test_a_shared_model_serves_one_at_a_time_in_order():
    inside, most, order = [0], [0], []

    class Jealous(Toy):
        batch_size = 2

        def predict(self, texts):
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            order.append(threading.get_ident())
            time.sleep(0.002)
            inside[0] -= 1
            return super().predict(texts)

    model = Jealous()
    threads = [threading.Thread(target=model, args=([f"{i} {j}" for j in range(40)],)) for i in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most[0] == 1
    # nobody is served twice while others wait: in the middle every three batches are of three threads
    middle = order[15:45]
    assert all(len(set(middle[i : i + 3])) == 3 for i in range(0, 30, 3))


def test_a_word_hidden_during_a_run_is_answered_before_its_end():
    class Slow(Toy):
        batch_size, asked = 1, ()

        def predict(self, texts):
            time.sleep(0.01)
            self.asked += (*texts,)
            return super().predict(texts)

    words = "one two three four five six seven eight nine ten"
    model = Slow()
    widget = Explainer(f"{words} good fun", model, budget=1500)
    until(lambda: widget.explanation is not None and widget.explanation.weights is not None, 30)
    before = len(model.asked)
    # by places: a first guess is of stretches
    widget.hidden = [(14, 18), (49, 53), (54, 57)]
    until(lambda: widget.tries[widget.at].words == ("four", "good", "fun"), 30)
    # the batch at work, the one that is next in turn, and then this
    asked = [text.split() for text in model.asked[before:]]
    assert asked.index([word for word in words.split() if word != "four"]) <= 2
    widget.close()
