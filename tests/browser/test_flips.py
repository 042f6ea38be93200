"""What would flip it, in Chromium: each way as the text with its edits, tried by a click, at 320 pixels."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import violations
from tests.browser.stage import Stage

TEXT = "one <b>two</b> three 👍 four five six seven eight"


def predict(texts):
    first = np.array([0.9 if "two" in text or "six" in text else 0.2 for text in texts])
    return np.stack([first, 1 - first], axis=1)


@pytest.fixture
def stage(page):
    made = Stage(page, TEXT, predict, class_names=["yes", "no"], budget=60)
    made.widget.wait()
    made.run(lang="en")
    yield made
    made.close()


def asked(stage):
    stage.frame.get_by_label("Question").select_option("flip")
    row = stage.frame.locator(".ll-flips li").filter(has_text="fewest words deleted")
    expect(row).to_be_visible(timeout=60_000)
    return row


def test_a_flip_is_the_text_with_its_edits_and_the_scores_on_the_way(stage):
    row = asked(stage)
    expect(row.locator("del")).to_have_text(["two", "six"])
    assert row.locator(".ll-flip-text").inner_text() == TEXT
    expect(row.get_by_role("heading")).to_have_text("fewest words deleted · no part of these 2 is enough")
    expect(row).to_contain_text("no 0.80")
    expect(row).to_contain_text("yes 0.90 → 0.90 → 0.20")
    expect(stage.frame.locator(".ll-flipped .ll-class")).to_have_text("yes 0.90")
    assert violations(stage.frame, ".limelight") == []


def test_try_it_puts_the_text_in_place_of_the_readers_and_it_can_be_gone_back_from(stage):
    row = asked(stage)
    row.get_by_role("button").click()
    expect(stage.frame.locator(".ll-text")).to_contain_text(
        "one <b></b> three 👍 four five seven eight", timeout=20_000
    )
    stage.widget.wait()
    assert stage.widget.text == "one <b></b> three 👍 four five seven eight"
    assert [one.text for one in stage.widget.tries] == [TEXT, stage.widget.text]


def test_what_it_is_to_flip_into_can_be_chosen(stage):
    asked(stage)
    into = stage.frame.get_by_label("into")
    expect(into.get_by_role("option")).to_have_text(["any other", "no"])
    into.select_option("no")
    expect(stage.frame.locator(".ll-flips li").first).to_be_visible(timeout=60_000)
    assert stage.widget.into == "no"


def test_in_a_narrow_page_nothing_is_cut_off(stage, page):
    page.set_viewport_size({"width": 320, "height": 900})
    row = asked(stage)
    assert stage.frame.evaluate("document.documentElement.scrollWidth") <= 320
    expect(row.get_by_role("button")).to_be_in_viewport()


def test_what_is_shown_first_is_what_was_asked(page, bert):
    """Of attention too: what would flip it is shown where it is chosen."""
    made = Stage(
        page, "It is not a bad film", bert(num_labels=2, id2label={0: "no", 1: "yes"}), method="attention_rollout"
    )
    made.widget.wait()
    made.run(lang="en")
    expect(made.frame.get_by_label("Question").locator("option:checked")).to_have_text("Where it looks")
    made.close()
