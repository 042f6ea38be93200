"""The keyboard alone: every control is reached and used, the focus shows, and never falls back to the page."""

from __future__ import annotations

import base64

import pytest
from playwright.sync_api import expect

from tests.browser.test_fields import changed, show  # noqa: F401  a fixture
from tests.browser.test_frame import DONE, MENU, TEXT, WORDS, explained

FOCUS = """() => {
  const e = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(e);
  const name = e.ariaLabel ?? e.closest("label")?.textContent ?? e.textContent;
  return { body: e === document.body, shows: outlineStyle === "solid" && outlineWidth === "2px", name, tag: e.tagName };
}"""
MOST = 40  # steps to what is looked for


class Keys:
    """Presses keys, and looks after each where the focus is."""

    def __init__(self, page):
        self.page = page

    def press(self, key):
        self.page.keyboard.press(key)
        self.page.wait_for_timeout(40)  # a frame, in which the page draws
        now = self.page.evaluate(FOCUS)
        assert not now["body"], f"{key} lost the focus"
        assert now["shows"], f"the focus does not show on {now['name']!r}"
        return now["name"]

    def to(self, locator, key="Tab"):
        for _ in range(MOST):
            self.page.keyboard.press(key)
            if locator.evaluate("e => e === document.activeElement"):
                assert self.page.evaluate(FOCUS)["shows"]
                return
        raise AssertionError(f"{key} does not reach {locator}")


def attention():
    looks = {"layers": 1, "heads": 1, "data": base64.b64encode(bytes(len(WORDS) ** 2)).decode()}
    return explained(attention=looks)


@pytest.fixture
def keys(show):  # noqa: F811
    def make(width=1280, explanation=DONE, **state):
        page = show(explanation=explanation, _menu={**MENU, "formats": FORMATS}, method="lime", unit="word", **state)
        page.set_viewport_size({"width": width, "height": 1000})
        return Keys(page)

    return make


FORMATS = [{"name": "json", "title": "JSON", "reason": ""}, {"name": "csv", "title": "CSV", "reason": ""}]


def test_every_control_is_on_the_way_and_back(keys):
    hands = keys()
    page = hands.page
    stops = "all => all.filter((e) => e.tabIndex === 0 && !e.disabled && e.checkVisibility()).length"
    count = page.locator(".limelight :is(button, select, summary, input, [tabindex])").evaluate_all(stops)
    there = [hands.press("Tab") for _ in range(count)]
    back = [hands.press("Shift+Tab") for _ in range(count - 1)]
    assert back == there[-2::-1] and len(there) >= 9
    assert [name for name in there if name in ("Method", "Unit", "Edit text")] == ["Method", "Unit", "Edit text"]


def test_a_view_a_class_and_a_contrast_are_chosen(keys):
    hands = keys(explanation=attention())
    page = hands.page
    question = page.get_by_label("Question")
    hands.to(question)
    hands.press("ArrowDown")
    assert changed(page, "view") == "attention"
    hands.press("ArrowDown")
    assert changed(page, "view") == "flip"
    expect(question).to_be_focused()
    hands.press("Home")
    hands.to(page.get_by_role("radio", name="negative"))
    hands.press("ArrowRight")
    expect(page.get_by_role("radio", name="neutral")).to_be_focused()
    assert changed(page, "target") == "neutral"
    rather = page.get_by_label("rather than", exact=True)
    hands.to(rather)
    hands.press("ArrowDown")
    assert changed(page, "contrast") == [1, 0]
    expect(rather).to_be_focused()


def test_words_are_read_hidden_selected_and_brought_back(keys):
    hands = keys()
    page, told = hands.page, hands.page.locator(".ll-told")
    words = page.locator(".ll-text [data-feature]")
    hands.to(words.first)
    for _ in range(9):
        hands.press("ArrowRight")
    expect(told).to_contain_text("never")
    hands.press(" ")
    assert changed(page, "hidden") == [[0, *WORDS[9]]]
    expect(words.nth(9)).to_be_focused()
    page.evaluate("put({ what_if: { status: 'done', error: '' } })")
    restore = page.get_by_role("button", name="Restore all")
    hands.to(restore)
    hands.press("Enter")  # the button goes, the focus stays in the widget
    assert changed(page, "hidden") == []
    hands.to(words.nth(9), "Shift+Tab" if page.evaluate("document.activeElement.tagName") == "BUTTON" else "Tab")
    hands.press("ArrowRight")
    hands.press("Shift+Enter")
    hands.press("ArrowRight")
    hands.press("Shift+Enter")
    expect(told).to_contain_text("selected: never quite comes")
    for name, trait in (("One phrase", "phrases"), ("Hide", "hidden")):
        button = page.get_by_role("button", name=name, exact=True)
        if not button.is_visible():  # what was chosen is chosen once
            hands.to(words.nth(11), "Shift+Tab")
            hands.press("Shift+Enter")
        hands.to(button)
        hands.press("Enter")
        assert changed(page, trait)
    hands.to(words.nth(11), "Shift+Tab")
    hands.press("Shift+Enter")
    hands.to(page.get_by_role("button", name="Clear"))
    hands.press("Enter")
    expect(page.locator("[data-chosen]")).to_have_count(0)


def test_the_text_is_edited_and_left_as_it_was(keys):
    hands = keys()
    page = hands.page
    edit = page.get_by_role("button", name="Edit text")
    hands.to(edit)
    page.keyboard.press("Enter")
    expect(page.locator("textarea")).to_be_focused()
    hands.press("Escape")
    expect(edit).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.insert_text(" Yes.")
    hands.press("Enter")
    assert changed(page, "text") == f"{TEXT} Yes."
    expect(edit).to_be_focused()


@pytest.mark.parametrize("width", [1280, 360])
def test_the_menu_and_a_download(keys, width):
    hands = keys(width)
    page, more = hands.page, hands.page.get_by_role("button", name="More tools")
    if width < 620:
        hands.to(more)
        hands.press("Enter")
        hands.to(page.get_by_label("Unit"), "Shift+Tab")
        hands.press("ArrowDown")
        assert changed(page, "unit") == "sentence"
        hands.to(more)
        hands.press("Enter")
    summary = page.locator("summary")
    hands.to(summary, "Shift+Tab" if width < 620 else "Tab")
    hands.press("Enter")
    hands.to(page.get_by_role("button", name="Download as CSV"))
    with page.expect_download() as file:
        page.keyboard.press("Enter")
    assert file.value.suggested_filename == "limelight.csv"
    hands.press("Escape")
    expect(summary).to_be_focused()
    if width < 620:
        hands.press("Escape")
        expect(more).to_be_focused()


def test_a_way_out_and_the_evidence(keys):
    hands = keys()
    page = hands.page
    show_that = page.get_by_role("button", name="Show that")
    hands.to(show_that)
    hands.press("Enter")
    assert changed(page, "together") is True
    expect(page.get_by_role("button", name="One weight each")).to_be_focused()
    failure = {"status": "failed", "error": "budget is 8.", "ways": [{"name": "budget", "value": 18}]}
    page.evaluate("state => put(state)", failure)
    way = page.get_by_role("button", name="Spend 18 evaluations")
    hands.to(way, "Shift+Tab")
    hands.press("Enter")
    assert changed(page, "budget") == 18
    page.evaluate("put({ status: 'running', error: '', ways: [] })")
    page.wait_for_timeout(60)
    assert not page.evaluate(FOCUS)["body"]
