"""What would flip it, in a widget: looked for when asked, kept as state, gone with the text."""

from __future__ import annotations

import numpy as np
import pytest

from limelight import Explainer
from tests.conftest import until

TEXT = "one two three four five six seven eight"


def predict(texts):
    first = np.array([0.9 if {"two", "six"} & set(text.split()) else 0.2 for text in texts])
    return np.stack([first, 1 - first], axis=1)


@pytest.fixture
def widget():
    made = Explainer(TEXT, predict, class_names=["yes", "no"], budget=60)
    made.wait()
    yield made
    made.close()


def found(widget):
    widget.wait()
    return widget.findings["flip"]


def test_nothing_is_looked_for_before_the_question_is_asked(widget):
    assert widget.findings == {}
    widget.view = "flip"
    record = found(widget)
    assert record["status"] == "done" and record["source"] == "yes" and not record["error"]
    (one,) = [flip for flip in record["flips"] if flip["kind"] == "deleted"]
    assert [TEXT[start:stop] for _, start, stop, _ in one["edits"]] == ["two", "six"]
    assert one["path"] == pytest.approx([0.9, 0.9, 0.2]) and one["minimal"] and one["target"] == "no"


def test_what_was_found_goes_with_the_text_and_is_looked_for_anew(widget):
    widget.view = "flip"
    found(widget)
    widget.text = "one two three"
    until(lambda: widget.findings.get("flip", {}).get("status") == "done")
    assert found(widget)["fields"] == [{"name": "text", "text": "one two three"}]
    assert [flip["text"] for flip in found(widget)["flips"] if flip["kind"] == "deleted"] == ["one three"]


def test_what_is_found_already_is_not_looked_for_again(widget):
    widget.view = "flip"
    found(widget)
    before = widget.findings
    widget.view = ""
    widget.view = "flip"
    widget.wait()
    assert widget.findings is before


def test_into_what_is_predicted_already_is_said_in_its_place(widget):
    widget.view, widget.into = "flip", "yes"
    until(lambda: widget.findings.get("flip", {}).get("status") == "failed")
    assert "which is predicted already" in widget.findings["flip"]["error"] and widget.status == "done"
    widget.into = "no"
    until(lambda: widget.findings["flip"]["status"] == "done")
    assert widget.findings["flip"]["flips"]


def test_a_search_that_is_stopped_keeps_what_it_found(widget):
    widget.view = "flip"
    until(lambda: "flips" in widget.findings.get("flip", {}))
    widget.stop()
    widget.wait()
    assert widget.findings["flip"]["status"] in ("stopped", "done")
    assert "flips" in widget.findings["flip"]
