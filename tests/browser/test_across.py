"""The table of words of two fields in Chromium: seen, pointed at, walked through by keys, at 320 pixels."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import violations
from tests.browser.test_fields import document, show  # noqa: F401 - a fixture


@pytest.fixture
def page(show):  # noqa: F811
    terms = [[2, 5], [0, 3], [0, 2, 4]]
    own = [0.4, -0.1, 0.2]
    around = [[weight - 0.02, weight + 0.02] for weight in own]
    return show(
        explanation=document(
            terms=terms, term_weights=[own, [-one for one in own]],
            term_intervals=[around, [[-high, -low] for low, high in around]],
        ),
        view="across",
    )  # fmt: skip


def test_the_table_has_a_row_for_each_word_of_the_first_field(page):
    expect(page.get_by_label("Question")).to_have_value("across")
    table = page.get_by_role("table", name="premise × hypothesis")
    expect(table.get_by_role("columnheader")).to_have_text(["man", "is", "awake"])
    expect(table.get_by_role("rowheader")).to_have_text(["man", "asleep"])
    expect(table.get_by_role("button")).to_have_text(["−0.10", "+0.20", "+0.20", "+0.40"])
    page.get_by_role("radio", name="yes").click()
    expect(table.get_by_role("button")).to_have_text(["+0.10", "−0.20", "−0.20", "−0.40"])
    assert violations(page, ".limelight") == []


def test_a_cell_lights_its_words_by_pointer_and_by_keys(page):
    cells, told = page.locator(".ll-cell"), page.locator(".ll-told")
    cells.nth(3).hover()
    expect(told).to_contain_text("asleep + awake")
    expect(told).to_contain_text("+0.40")
    cells.first.focus()
    expect(told).to_contain_text("man + man")
    page.keyboard.press("ArrowRight")
    expect(cells.nth(1)).to_be_focused()
    # no pair by itself: the larger set that says it
    expect(told).to_contain_text("man + asleep + is")
    page.keyboard.press("End")
    expect(cells.nth(3)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator(".ll-cell:focus")).to_have_count(0)


def test_in_a_narrow_page_the_table_scrolls_and_nothing_else_does(page):
    page.set_viewport_size({"width": 320, "height": 900})
    expect(page.locator(".ll-cell")).to_have_count(4)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_one_text_has_no_such_question(show):  # noqa: F811
    one = document(explained=[0], spans=[[0, 2, 5], [0, 7, 9], [0, 11, 17]], features=["man", "is", "asleep"])
    weights = [row[:3] for row in one["weights"]]
    for key in ("intervals", "term_intervals", "term_weights", "terms"):
        del one[key]
    page = show(explanation=one | {"weights": weights}, view="across")
    question = page.get_by_label("Question")
    expect(question).to_have_value("why")
    assert "across" not in question.locator("option").evaluate_all("all => all.map((one) => one.value)")
