"""Targets that stand in the text, in Chromium: boxes to click and to reach by Tab, told apart by where they stand."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from limelight.render.html import STATIC
from tests.browser.conftest import violations
from tests.browser.test_fields import SHOW

TEXT = "mr Washington met 😀 Jo in Washington today"
FEATURES = [(0, 0, 2), (0, 14, 17), (0, 23, 25), (0, 37, 42)]
PLACES = {'PER "Washington"': (0, 3, 13), 'PER "Jo"': (0, 20, 22), 'LOC "Washington"': (0, 26, 36)}


def document(**more):
    row = [0.4, -0.05, 0.2, 0.02]
    return {
        "schema": "limelight/2",
        "fields": [{"name": "text", "text": TEXT}],
        "features": ["".join(list(TEXT)[start:stop]) for _, start, stop in FEATURES],
        "spans": FEATURES,
        "targets": [{"name": name, "group": "entities", "span": place} for name, place in PLACES.items()],
        "pinned": list(PLACES.values()),
        "scores": [-0.1, -0.5, -0.2],
        "probabilities": [0.9, 0.6, 0.8],
        "weights": [row, row[::-1], [-weight for weight in row]],
        "intercepts": [0, 0, 0],
        "state": "settled",
        "scale": "log-probability",
        **more,
    }


@pytest.fixture
def show(open_page):
    def show(width=800, **state):
        page = open_page(viewport={"width": width, "height": 700})
        page.set_content("<!doctype html><html lang=en><title>t</title><body>")
        source, style = ((STATIC / name).read_text("utf-8") for name in ("widget.js", "widget.css"))
        state = {"explanation": document(), "status": "done", "target": 'PER "Washington"', **state}
        page.evaluate(SHOW, [source, style, state, True])
        return page

    return show


@pytest.mark.parametrize("width", [320, 800])
def test_each_is_a_box_and_a_click_makes_it_the_question(show, width):
    page = show(width)
    boxes = page.locator(".ll-text .ll-box")
    assert boxes.all_inner_texts() == ["Washington", "Jo", "Washington"]
    assert page.locator(".ll-text").first.text_content() == TEXT
    expect(boxes.nth(0)).to_have_attribute("aria-pressed", "true")
    boxes.nth(2).click()
    assert page.evaluate("changed.target") == 'LOC "Washington"'
    expect(boxes.nth(2)).to_have_attribute("aria-pressed", "true")
    expect(boxes.nth(0)).to_have_attribute("aria-pressed", "false")
    assert violations(page) == []


def test_tab_reaches_them_and_enter_chooses(show):
    page = show()
    page.locator(".ll-text .ll-box").nth(0).focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") in ("ll-box", "ll-word")
    page.locator(".ll-text .ll-box").nth(1).focus()
    page.keyboard.press("Enter")
    assert page.evaluate("changed.target") == 'PER "Jo"'


def test_a_box_that_lies_on_a_word_gives_way_to_it(show):
    lying = [{"name": "met", "span": [0, 14, 17]}, {"name": "none"}, {"name": 'LOC "Washington"', "span": [0, 26, 36]}]
    page = show(explanation=document(targets=lying), target="none")
    assert page.locator(".ll-text .ll-box").all_inner_texts() == ["Washington"]
    assert page.locator(".ll-text").first.text_content() == TEXT


def test_one_click_hides_a_name_which_is_struck(show):
    page = show(_menu={"about": True, "targets": list(PLACES)}, hidden=[])
    page.get_by_role("button", name="Hide its name").click()
    assert page.evaluate("changed.hidden") == [[0, 3, 13]]
    box = page.locator(".ll-text .ll-box").first
    expect(box).to_have_attribute("data-out", "")
    assert "line-through" in box.locator(".ll-own").evaluate("own => getComputedStyle(own).textDecorationLine")
    expect(page.get_by_role("button", name="Hide its name")).to_be_hidden()
    assert violations(page) == []


def test_one_click_frees_the_words_of_the_others_and_one_holds_them_again(show):
    page = show(_menu={"about": True, "targets": list(PLACES)}, only=[], target='LOC "Washington"')
    page.get_by_role("button", name="Free the others' words").click()
    assert page.evaluate("[changed.only, changed.target]") == [[[0, 26, 36]], 'LOC "Washington"']
    assert violations(page) == []
    targets = [{"name": 'LOC "Washington"', "group": "entities", "span": [0, 26, 36]}]
    row = {"scores": [-0.2], "probabilities": [0.8], "weights": [[0.1] * 4], "intercepts": [0]}
    alone = document(targets=targets, pinned=[[0, 26, 36]], only=[[0, 26, 36]], **row)
    page = show(explanation=alone, target='LOC "Washington"', only=[[0, 26, 36]])
    page.get_by_role("button", name="Keep the others' words").click()
    assert page.evaluate("[changed.only, changed.target]") == [[], 'LOC "Washington"']


def test_a_target_that_stands_alone_has_nothing_to_free(show):
    page = show(explanation=document(pinned=[[0, 3, 13]]))
    expect(page.get_by_role("button", name="Free the others' words")).to_be_hidden()


def test_a_word_that_was_left_out_can_be_asked_about(show):
    page = show(_menu={"about": True, "targets": list(PLACES)}, about=[])
    page.locator(".ll-word", has_text="met").click(modifiers=["Shift"])
    page.get_by_role("button", name="Why this?").click()
    assert page.evaluate("changed.about") == [[0, 14, 17]]


def test_a_word_in_which_a_target_stands_already_is_only_chosen(show):
    names = {'VERB "met"': (0, 14, 17), 'NOUN "today"': (0, 37, 42)}
    every = [{"name": name, "group": "entities", "span": place} for name, place in names.items()]
    given = document(targets=[*every, {"name": "third"}], pinned=[])
    page = show(explanation=given, target='NOUN "today"', _menu={"about": True})
    expect(page.locator(".ll-word", has_text="today")).to_have_attribute("data-own", "")
    page.locator(".ll-word", has_text="met").click(modifiers=["Shift"])
    page.get_by_role("button", name="Why this?").click()
    assert page.evaluate("changed.target") == 'VERB "met"'
    expect(page.locator(".ll-word", has_text="met")).to_have_attribute("data-own", "")


def test_other_models_are_asked_about_no_word(show):
    page = show(_menu={"targets": list(PLACES)})
    expect(page.get_by_role("button", name="Hide its name")).to_be_hidden()
    page.locator(".ll-word", has_text="met").click(modifiers=["Shift"])
    expect(page.get_by_role("button", name="Why this?")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_called_by_its_own_words_is_faint_unless_likeliest_or_chosen(show, scheme):
    names = {"Washington [0]": (0, 3, 13), "Jo": (0, 20, 22), "Washington [2]": (0, 26, 36)}
    targets = [{"name": name, "group": "answers", "span": place} for name, place in names.items()]
    page = show(explanation=document(targets=targets, scores=[-0.5, -0.9, -0.1]), target="Washington [2]")
    page.emulate_media(color_scheme=scheme)
    boxes = page.locator(".ll-text .ll-box")
    assert boxes.evaluate_all("all => all.map((e) => [e.dataset.tag, e.dataset.faint ?? null])") == [
        ["[0]", ""],
        ["", ""],
        ["[2]", None],
    ]
    styles = "all => all.map((e) => getComputedStyle(e).borderTopStyle)"
    assert boxes.evaluate_all(styles) == ["dotted", "dotted", "solid"]
    boxes.nth(1).focus()
    page.keyboard.press("Enter")
    assert page.evaluate("changed.target") == "Jo"
    assert boxes.evaluate_all(styles) == ["dotted", "solid", "solid"]
    assert violations(page) == []


def test_what_stays_and_is_no_target_by_itself_is_dotted(show):
    given = document(targets=[{"name": name} for name in "abc"], pinned=[(0, 26, 36)])
    page = show(explanation=given, target="a")
    assert page.locator(".ll-text .ll-own").all_inner_texts() == ["Washington"]
    assert page.locator(".ll-text").first.text_content() == TEXT and page.locator(".ll-box").count() == 0
