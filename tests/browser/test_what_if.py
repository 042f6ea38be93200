"""Hands on the text: hiding, editing, tries, units, in a page from state alone and in a real JupyterLab."""

from __future__ import annotations

import numpy as np
from playwright.sync_api import expect

from tests.browser.conftest import violations
from tests.browser.test_lab import done, start, widgets
from tests.browser.test_page import explanation, show  # noqa: F401  a fixture

TEXT = "a good film, not a bad one"


def struck(scope):
    return scope.locator(".ll-text [aria-pressed=true]").all_text_contents()


def test_without_a_model_the_explanation_says_what_it_expects(show):  # noqa: F811
    weights = np.array([[0.125, -0.25, 0.0], [-0.125, 0.25, 0.0]])
    found = explanation("one two three", ("no", "yes"), weights=weights, scores=[0.25, 0.75], intercepts=None)
    page = show(found, target="yes")
    page.locator("[data-feature='1']").click()
    assert struck(page) == ["two"]
    expect(page.get_by_text("without: two · the explanation expects P(yes) 0.75 → 0.50 (−0.25)")).to_be_visible()
    # in the switch, where there was room for it before, by an arrow
    expect(page.get_by_role("radio", name="yes")).to_contain_text("0.50")
    expect(page.get_by_role("radio", name="yes").locator("span")).to_have_attribute("data-moved", "down")
    expect(page.get_by_role("radio", name="yes").locator("span")).to_have_attribute("title", "−0.25")
    # several add up
    page.locator("[data-feature='0']").focus()
    page.keyboard.press(" ")
    expect(page.get_by_text("0.75 → 0.63 (−0.13)")).to_be_visible()
    assert struck(page) == ["one", "two"] and violations(page) == []
    page.get_by_role("button", name="Restore all").click()
    assert struck(page) == []
    expect(page.get_by_role("radio", name="yes")).to_contain_text("0.75")
    expect(page.locator(".ll-told")).not_to_contain_text("without")


def test_pairs_of_the_explanation_count_in_what_it_expects(show):  # noqa: F811
    options = {"terms": [(0, 1)], "term_weights": [[0.4], [-0.4]], "joint": True, "intercepts": np.zeros(2)}
    weights = np.array([[0.1, 0.1, 0.0], [-0.1, -0.1, 0.0]])
    found = explanation("one two three", ("no", "yes"), weights=weights, scores=[0.5, 0.5], fit={}, **options)
    kept = np.array([[True, True, True], [False, True, True], [False, False, True]])
    said = found.predict(kept)[:, 0]
    page = show(found, target="no")
    for feature, at in ((0, 1), (1, 2)):
        page.locator(f"[data-feature='{feature}']").click()
        expect(page.locator(".ll-told")).to_contain_text(f"→ {0.5 + said[at] - said[0]:.2f}")


def test_a_click_asks_the_model_and_tries_can_be_stepped_through(lab, page):
    start(lab, page, f"w = Explainer({TEXT!r}, model, class_names=['no', 'yes'])\nw")
    done(page)
    widget = widgets(page)
    word = widget.locator(".ll-text [data-feature='1']")
    word.click()
    assert struck(widget) == ["good"]
    # "good" gone and "bad" left: .5 - .3
    expect(widget.get_by_role("radio", name="yes")).to_contain_text("0.20", timeout=5_000)
    expect(widget.locator(".ll-told")).to_have_text("without: good · P(yes) 0.60 → 0.20 (−0.40) · no 0.80 (+0.40)")
    widget.locator(".ll-text [data-feature='5']").click()
    expect(widget.get_by_role("radio", name="yes")).to_contain_text("0.50", timeout=5_000)
    widget.get_by_text("Tries (3)").click()
    rows = widget.locator(".ll-tries button")
    expect(rows.nth(2)).to_have_attribute("aria-current", "true")
    assert rows.nth(2).locator("s").all_text_contents() == ["good", "bad"]
    widget.get_by_role("button", name="Back").click()
    expect(widget.get_by_role("radio", name="yes")).to_contain_text("0.20", timeout=5_000)
    assert struck(widget) == ["good"]
    rows.nth(0).click()
    expect(widget.get_by_role("radio", name="yes")).to_have_text("yes 0.60", timeout=5_000)
    assert struck(widget) == []
    out = lab.run(page, "print('KERNEL', [t.words for t in w.tries], w.at, w.hidden)")
    expect(out).to_contain_text("KERNEL [(), ('good',), ('good', 'bad')] 0 []", timeout=30_000)
    # and from the kernel to the page
    lab.run(page, "w.hidden = [(18, 21)]")
    expect(widget.get_by_role("radio", name="yes")).to_contain_text("0.90", timeout=10_000)
    assert struck(widget) == ["bad"] and violations(page) == []


def test_the_text_is_edited_in_place(lab, page):
    start(lab, page, f"w = Explainer({TEXT!r}, model, class_names=['no', 'yes'])\nw")
    done(page)
    widget = widgets(page)
    widget.get_by_role("button", name="Edit text").click()
    area = widget.get_by_label("Edit the text")
    expect(area).to_be_focused()
    expect(area).to_have_value(TEXT)
    page.keyboard.insert_text(" b")
    page.keyboard.press("Escape")
    expect(area).to_be_hidden()
    expect(widget.get_by_role("button", name="Edit text")).to_be_focused()
    assert widget.locator(".ll-text").evaluate("e => e.textContent") == TEXT
    # "b" and "x" are shortcuts of the host: in the editor they are letters
    widget.locator(".ll-text").dblclick(position={"x": 3, "y": 3})
    area.fill("a bad box")
    page.keyboard.press("Enter")
    expect(widget.locator(".ll-text")).to_have_text("a bad box")
    expect(widget.get_by_role("radio", name="yes")).to_contain_text("0.20", timeout=20_000)
    expect(widget.get_by_text("Tries (2)").or_(widget.get_by_text("Tries (3)"))).to_be_visible(timeout=10_000)
    assert page.locator(".jp-Cell").count() >= 2
    out = lab.run(page, "print('KERNEL', w.text, w.tries[-1].prediction['yes'])")
    expect(out).to_contain_text("KERNEL a bad box 0.2", timeout=30_000)


def test_units_phrases_and_openings(lab, page):
    text = "A good film. Not bad at all."
    start(lab, page, f"w = Explainer({text!r}, model, class_names=['no', 'yes'])\nw")
    done(page)
    widget = widgets(page)
    words = widget.locator(".ll-text [data-feature]")
    words.nth(3).click(modifiers=["Shift"])
    # this one, where nothing was chosen before; Escape is heard, and so is "Clear"
    expect(widget.get_by_text("selected: Not")).to_be_visible()
    page.keyboard.press("Escape")
    expect(widget.locator("[data-chosen]")).to_have_count(0)
    words.nth(3).click(modifiers=["Shift"])
    widget.get_by_role("button", name="Clear").click()
    expect(widget.locator("[data-chosen]")).to_have_count(0)
    words.nth(3).focus()
    page.keyboard.press(" ")
    page.keyboard.press(" ")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+Enter")
    expect(widget.get_by_text("selected: Not bad")).to_be_visible()
    widget.get_by_role("button", name="One phrase").click()
    expect(words).to_have_text(["A", "good", "film", "Not bad", "at", "all"], timeout=20_000)
    widget.get_by_label("Unit").select_option("sentence")
    expect(words).to_have_text(["A good film.", "Not bad at all."], timeout=20_000)
    words.nth(0).click(modifiers=["Shift"])
    widget.get_by_role("button", name="Open").click()
    expect(words).to_have_text(["A", "good", "film", "Not bad at all."], timeout=20_000)
    widget.get_by_role("button", name="Undo phrases and openings").click()
    expect(words).to_have_text(["A good film.", "Not bad at all."], timeout=20_000)
    options = widget.get_by_label("Unit").locator("option")
    told = ["characters", "tokens: needs the model itself", "words", "sentences", "paragraphs", "sources"]
    assert options.all_text_contents() == told
    assert violations(page) == []


def test_dragging_over_words_selects_them(lab, page):
    start(lab, page, f"w = Explainer({TEXT!r}, model, class_names=['no', 'yes'])\nw")
    done(page)
    widget = widgets(page)
    boxes = [widget.locator(f".ll-text [data-feature='{i}']").bounding_box() for i in (3, 5)]
    page.mouse.move(boxes[0]["x"] + 3, boxes[0]["y"] + 10)
    page.mouse.down()
    page.mouse.move(boxes[1]["x"] + boxes[1]["width"] - 3, boxes[1]["y"] + 10, steps=5)
    page.mouse.up()
    expect(widget.get_by_text("selected: not a bad")).to_be_visible()
    assert page.evaluate("getSelection().toString()") == ""  # the browser's own would be painted over it
    widget.get_by_role("button", name="Hide").click()
    assert struck(widget) == ["not", "a", "bad"]
    expect(widget.get_by_role("radio", name="yes")).to_contain_text("0.90", timeout=10_000)


def test_texts_and_models_in_rows(lab, page):
    other = "lambda texts: [[.8, .2]] * len(texts)"
    start(lab, page, f"w = Explainer(['a good film', 'a bad film'], [model, {other}], class_names=['no', 'yes'])\nw")
    done(page)
    widget = widgets(page)
    expect(widget.locator(".ll-row")).to_have_count(2)
    text, model = widget.locator(".ll-row").nth(0), widget.locator(".ll-row").nth(1)
    expect(text).to_contain_text("P(yes) = 0.20", timeout=20_000)
    expect(text.locator("[data-feature]", has_text="bad")).to_have_attribute("data-sign", "lowers")
    expect(model).to_contain_text("P(yes) = 0.20", timeout=20_000)
    assert model.locator("[data-sign]").count() == 0
    text.get_by_role("button", name="Remove").click()
    expect(widget.locator(".ll-row")).to_have_count(1)
    expect(lab.run(page, "print('KERNEL', w.texts)")).to_contain_text("KERNEL []", timeout=30_000)
