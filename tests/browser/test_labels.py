"""Labels of the reader's, edited where the text is edited, in Chromium."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import violations
from tests.browser.test_fields import PREMISE, WORDS, document, show  # noqa: F401 - a fixture


def test_labels_are_edited_beside_the_text_which_stays(show):  # noqa: F811
    page = show(labels=["sport", "politics"])
    page.get_by_role("button", name="Edit text").click()
    labels = page.get_by_label("Labels, one a line")
    expect(labels).to_have_value("sport\npolitics")
    assert violations(page, ".ll-editor") == []
    labels.fill("sport\n  \n food ")
    labels.press("Enter")
    expect(labels).to_be_hidden()
    changed = page.evaluate("window.changed")
    assert changed["labels"] == ["sport", "food"]
    assert list(changed["text"]) == ["premise", "hypothesis"]


def test_they_stand_clear_of_a_lone_text_and_its_ring(show):  # noqa: F811
    one = document(fields=[{"name": "text", "text": PREMISE}], spans=WORDS[:3], features=["man", "is", "asleep"])
    one |= {"weights": [[0.1, 0.2, 0.3]] * 2, "intervals": None, "terms": [], "joint": False}
    page = show(explanation=one, labels=["sport"])
    page.get_by_role("button", name="Edit text").click()
    above, below = page.locator(".ll-edit").first.bounding_box(), page.locator(".ll-edit-field").bounding_box()
    assert below["y"] - above["y"] - above["height"] >= 6


def test_what_was_not_edited_is_not_sent(show):  # noqa: F811
    page = show(labels=["sport", "politics"])
    page.get_by_role("button", name="Edit text").click()
    page.get_by_role("button", name="Run").click()
    assert "labels" not in page.evaluate("window.changed")


def test_a_model_with_classes_of_its_own_has_no_labels(show):  # noqa: F811
    page = show()
    page.get_by_role("button", name="Edit text").click()
    expect(page.get_by_label("Labels, one a line")).to_have_count(0)
