"""What failed: shown, edited and held are one text, and there are ways out; what was explained before comes back."""

from __future__ import annotations

import re

import numpy as np
import pytest

from limelight import Explainer, explain
from limelight.errors import PredictionError
from limelight.predictors import Predictor

SHORT = "a good film"
LONG = " ".join(f"word{at}." for at in range(60)) + " good"
SENTENCES = "It is a good film with words and more words. Nobody liked it at all. Fine."


class Counting(Predictor):
    """Likes "good", raises on what it is told to, and counts what it is asked."""

    name, targets = "counting", ("no", "yes")

    def __init__(self):
        self.asked, self.broken = 0, False

    def predict(self, texts):
        self.asked += len(texts)
        if self.broken:
            raise RuntimeError("out of order")
        yes = np.array([0.9 if "good" in text else 0.4 for text in texts])
        return np.stack([1 - yes, yes], axis=1)


def ways(widget):
    """The ways out, as the page is told of them."""
    return {way["name"]: way["value"] for way in widget.get_state()["ways"]}


def take(widget, name):
    """Takes a way out, as the page does."""
    widget.set_state({name: ways(widget)[name]})
    widget.wait(20)


@pytest.mark.parametrize("name", ["unit", "budget", "text"])
def test_a_budget_that_is_too_small_offers_ways_that_work(explainer, name):
    widget = explainer(SHORT, Counting(), budget=8)
    widget.text = SENTENCES
    widget.wait(20)
    assert widget.status == "failed" and widget.error.startswith("budget is 8.")
    assert ways(widget) == {"unit": "sentence", "budget": 18, "text": SHORT}
    take(widget, name)
    assert widget.status == "done" and widget.error == "" and widget.ways == []
    assert widget.explanation.weights is not None and widget.text == (SHORT if name == "text" else SENTENCES)


def test_a_unit_of_which_there_are_too_many_is_no_way_out(explainer):
    widget = explainer(SHORT, Counting(), budget=8)
    widget.text = LONG
    widget.wait(20)
    assert set(ways(widget)) == {"budget", "text"}


@pytest.mark.parametrize(("text", "offered"), [("   ", {"text"}), ("?!", {"unit", "text"})])
def test_a_text_without_words_is_held_shown_and_edited(explainer, text, offered):
    widget = explainer(SHORT, Counting())
    widget.set_state({"text": text})
    widget.wait(20)
    state = widget.get_state()
    assert (widget.text, state["_fields"][0]["text"], widget.status) == (text, text, "failed")
    assert set(ways(widget)) == offered  # once more would say the same
    take(widget, "text")
    assert widget.text == SHORT and widget.status == "done"


def test_a_model_that_fails_can_be_asked_once_more(explainer):
    model = Counting()
    widget = explainer(SHORT, model)
    model.broken = True
    widget.text = "another text"
    widget.wait(20)
    assert widget.status == "failed" and "out of order" in widget.error
    assert ways(widget) == {"explain": None, "text": SHORT}
    model.broken = False
    widget.explain()
    widget.wait(20)
    assert widget.status == "done" and widget.explanation.text == "another text" and widget.ways == []


class Choking(Counting):
    """Raises on every text without "film" and "lead", once enough was asked to have an estimate."""

    name, enough, batch_size = "choking", 60, 16

    def predict(self, texts):
        if self.broken and self.asked > self.enough and any("film" not in t and "lead" not in t for t in texts):
            raise ValueError("no such text")
        self.broken, broken = False, self.broken
        scores = super().predict(texts)
        self.broken = broken
        return scores


CAST = "It is a good film with a lead and a cast that many people would like to see once more"


def test_a_thinned_text_on_which_the_model_raises_leaves_the_last_estimate_and_ways_out(explainer):
    model = Choking()
    model.broken = True
    widget = explainer(CAST, model, budget=400)
    assert widget.status == "failed"
    # the text itself comes first, and it is the one that fails
    said = re.match("'([^']*)': the model raised ValueError: no such text on this text", widget.error)
    assert said and "film" not in said[1] and "lead" not in said[1]
    found = widget.explanation
    assert found.weights is not None and found.intervals is not None and found.state == "partial"
    assert ways(widget) == {"explain": None}
    # what was found can be read, asked about and saved
    widget.hidden = ["good"]
    widget.wait(20)
    assert widget.tries[widget.at].prediction["yes"] == pytest.approx(0.4) and found.to_svg().startswith("<svg")
    asked, model.broken = model.asked, False
    widget.explain()
    assert widget.wait(20).state in ("settled", "exact", "spent") and widget.error == "" and model.asked > asked


def test_a_batch_that_is_too_much_at_once_is_told_from_a_text_that_fails():
    def few(texts):
        if len(texts) > 8:
            raise ValueError("too many")
        return [[len(text), 1.0] for text in texts]

    with pytest.raises(PredictionError, match="raised ValueError: too many on .* texts at once .* on none of them"):
        explain(CAST, few)


def test_what_the_model_did_not_read_can_be_read_and_left_again(explainer):
    class Short(Counting):
        def reads(self, text):
            return min(len(text), len(SHORT))

    widget = explainer(f"{SHORT} and a word more", Short())
    assert [note.code for note in widget.explanation.warnings] == ["window"] and widget.windows is False
    few = len(widget.explanation.features)
    widget.set_state({"windows": True})
    widget.wait(20)
    assert widget.status == "done" and not widget.explanation.warnings
    assert len(widget.explanation.features) == few + 4
    widget.method = "integrated_gradients"  # looks into the model, which it cannot with windows
    widget.wait(20)
    assert widget.status == "failed" and ways(widget) == {"windows": False}
    widget.method = "lime"
    widget.wait(20)
    widget.set_state({"windows": False})
    widget.wait(20)
    assert len(widget.explanation.features) == few and widget.explanation.warnings


def test_options_that_contradict_each_other_say_which_to_drop(explainer):
    widget = explainer(SHORT, Counting(), scale="log-odds")
    widget.set_state({"contrast": [0, 1]})
    assert ways(widget) == {"contrast": None}
    take(widget, "contrast")
    assert widget.status == "done"


def test_a_method_that_is_chosen_again_shows_its_last_answer_at_once(explainer, monkeypatch):
    from limelight.widget import session

    model, fits, real = Counting(), [], session.steps
    monkeypatch.setattr(session, "steps", lambda *args, **more: fits.append(1) or real(*args, **more))
    widget = explainer(SENTENCES, model)
    lime = widget.explanation
    widget.method = "shapley"
    shapley = widget.wait(20)
    assert shapley.method == "shapley" and len(fits) == 2
    asked, seen = model.asked, []
    widget.observe(lambda change: seen.append(change["new"]), "status")
    for method, known in (("lime", lime), ("shapley", shapley), ("lime", lime)):
        widget.method = method
        assert widget.explanation is known  # before any thread has run
        assert widget.wait(20) is known and widget.status == "done"
    assert len(fits) == 2 and model.asked == asked and "loading" not in seen
    widget.unit = "sentence"
    assert widget.wait(20) is not lime and len(fits) == 3
    widget.unit = "word"
    widget.wait(20)
    widget.explain()  # the model may have been trained since
    assert widget.wait(20) is not lime and len(fits) == 4


def test_a_row_that_was_done_is_not_done_again(explainer, monkeypatch):
    from limelight.widget import rows, session

    fits = []
    for module in (rows, session):
        real = module.steps
        monkeypatch.setattr(module, "steps", lambda *args, real=real, **more: fits.append(1) or real(*args, **more))
    widget = explainer(SENTENCES, Counting(), compare=["occlusion"])
    widget.wait(20)
    assert [row["status"] for row in widget.others] == ["done"] and len(fits) == 2
    widget.method = "occlusion"  # a row becomes the first
    widget.wait(20)
    assert widget.explanation.method == "occlusion" and len(fits) == 2
    widget.method = "lime"
    widget.wait(20)
    assert [row["name"] for row in widget.others] == ["occlusion"] and len(fits) == 2


def test_the_best_row_is_the_one_that_compare_calls_the_best(explainer):
    """The page had a rule of its own."""
    from dataclasses import replace

    from limelight.evaluation.score import best
    from limelight.widget.rows import winners

    widget = explainer(SENTENCES, Counting(), compare=["occlusion", "shapley"])
    widget.wait(20)
    rows = widget._session.rows
    first = widget.explanation
    # of the removal gaps of the first and the two rows: for "no" the last wins, for "yes" the first
    gaps = {0: [0.1, 0.2, 0.3], 1: [0.5, 0.2, 0.3]}

    def examined(explanation, at):
        srg = [each[at] for each in gaps.values()]
        return replace(explanation, exam={**explanation.exam, "targets": [0, 1], "srg": srg})

    first = examined(first, 0)
    rows = [replace(row, explanation=examined(row.explanation, at)) for at, row in enumerate(rows, 1)]
    assert winners(first, rows) == {"no": rows[1].key}
    assert [best([[gap] for gap in each]) for each in gaps.values()] == [2, 0]
    assert [row["best"] for row in widget.others] == [
        [name for name, key in winners(widget.explanation, widget._session.rows).items() if key == row.key]
        for row in widget._session.rows
    ]
    # while one is at work nobody has won; one that failed does not take part
    assert winners(first, [rows[0], replace(rows[1], status="running")]) == {}
    assert winners(first, [rows[0], replace(rows[1], status="failed", explanation=None)]) == {"no": rows[0].key}


def test_no_row_compares_a_method_or_a_text_with_itself(explainer):
    widget = explainer(SHORT, Counting(), compare=["occlusion", "shapley"])
    widget.texts = [SHORT, "a bad film"]
    widget.method = "occlusion"
    widget.wait(20)
    assert [(row["kind"], row["name"]) for row in widget.others] == [("method", "shapley"), ("text", "a bad film")]
    widget.method = "lime"
    assert widget.compare == ["occlusion", "shapley"]  # what was asked for comes back
    widget.wait(20)
    assert [row["name"] for row in widget.others] == ["occlusion", "shapley", "a bad film"]


def test_a_row_is_told_to_run_as_soon_as_it_does(explainer):
    """The news fell between two snapshots before, and the row seemed to wait until its end."""
    import threading

    from tests.conftest import until

    gate = threading.Event()

    def slow(texts):
        assert gate.wait(20)
        return [[0.5, 0.5] for _ in texts]

    widget = Explainer(SHORT, [Counting(), Counting(), slow])
    try:
        until(lambda: [row["status"] for row in widget.others] == ["done", "running"])
    finally:
        gate.set()
        widget.wait(20)
        widget.close()


def test_rows_of_models_are_told_apart(explainer):
    widget = explainer(
        SHORT, [Counting(), lambda texts: [[0.5, 0.5]] * len(texts), lambda texts: [[0.4, 0.6]] * len(texts)]
    )
    assert [row["title"] for row in widget.others] == ["model 2: a function", "model 3: a function"]


def test_whoever_waits_in_a_script_reads_what_failed(caplog):
    widget = Explainer("")
    with caplog.at_level("WARNING", logger="limelight"):
        assert widget.wait(30) is None
    assert [record.message for record in caplog.records] == [widget.error] and "the text is empty" in widget.error
