"""A generated answer in Chromium: a word and a stretch are asked about, by pointer and by keys, with no kernel."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import expect

from limelight import Explanation
from limelight.document import Answer
from limelight.document.parts import Alternative
from limelight.document.targets import Target, distinct
from limelight.text.fields import fields_of
from limelight.text.units import words
from tests.browser.conftest import violations
from tests.browser.test_fields import changed, show  # noqa: F401 - a fixture

PROMPT = [{"role": "system", "content": "Answer in one word."}, {"role": "user", "content": "France has a capital?"}]
SAID = "Paris, of course."
LIKELY = (Alternative(" Lyon", 1, 0.2), Alternative(" Nice", 2, 0.1))


def answered(evaluations: int = 40) -> Explanation:
    """Each word of the answer rests on one of the prompt: the first on France, the second on has, the third on a."""
    fields, spans = fields_of(PROMPT), tuple(words(SAID))
    places = [(at, *span) for at, field in enumerate(fields) for span in words(field.text)]
    weights = np.zeros((len(spans) + 1, len(places)))
    for word, (feature, weight) in enumerate([(4, 2.0), (5, 1.0), (6, -1.0), (0, 0.5)]):
        weights[word, feature] = weight
    scores = np.log([0.3, 0.6, 0.9, 0.8])
    return Explanation(
        fields=fields,
        places=tuple(places),
        targets=tuple(Target(name, "answer") for name in distinct([*(SAID[a:b] for a, b in spans), "the end"])),
        scores=scores,
        weights=weights,
        intercepts=scores - weights.sum(axis=1),
        intervals=np.stack([weights - 0.1, weights + 0.1], axis=-1),
        fit={"r2": [0.9] * 4},
        state="settled",
        method="lime",
        title="LIME",
        scale="log-probability",
        evaluations=evaluations,
        budget=evaluations,
        answer=Answer(
            SAID, (), spans, (0.3, 0.6, 0.9), (LIKELY, (), ()), "the end",
        ),
    )  # fmt: skip


@pytest.fixture
def page(open_page, tmp_path):
    answered().to_html(tmp_path / "page.html", lang="en")
    page = open_page()
    page.goto((tmp_path / "page.html").as_uri())
    return page


def weight_of(page, feature: str) -> str:
    return page.locator(".ll-bars li", has=page.get_by_text(feature, exact=True)).locator(".ll-num").inner_text()


def test_all_of_the_answer_is_asked_about_first(page):
    expect(page.get_by_role("radio", name="whole answer")).to_be_checked()
    assert [weight_of(page, word) for word in ("France", "has", "a", "Answer")] == ["+2.0", "+1.0", "−1.0", "+0.5"]
    expect(page.get_by_text("where it was least sure")).to_be_visible()
    assert violations(page, ".limelight") == []


def test_a_click_asks_about_a_word_and_again_about_all(page):
    paris = page.get_by_role("button", name="Paris, probability 0.30")
    paris.click()
    expect(paris).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("radio", name="Paris")).to_be_checked()
    assert weight_of(page, "France") == "+2.0" and weight_of(page, "has") == "0.0"
    likely = page.locator(".ll-likely li")
    expect(likely).to_have_text(["Paris0.30", "Lyon0.20", "Nice0.10"])
    page.get_by_role("radio", name="whole answer").click()
    assert weight_of(page, "has") == "+1.0"
    # what was asked before is one click away
    page.get_by_role("radio", name="Paris").click()
    assert weight_of(page, "has") == "0.0"
    paris.click()
    expect(page.get_by_role("radio", name="whole answer")).to_be_checked()
    assert violations(page, ".limelight") == []


def test_dragging_asks_about_a_stretch(page):
    first, last = (page.locator(f"[data-word='{at}']").bounding_box() for at in (0, 1))
    page.mouse.move(first["x"] + 4, first["y"] + 8)
    page.mouse.down()
    page.mouse.move(last["x"] + 4, last["y"] + 8, steps=4)
    page.mouse.up()
    expect(page.get_by_role("radio", name="Paris, of 2 words")).to_be_checked()
    assert [weight_of(page, word) for word in ("France", "has", "a")] == ["+2.0", "+1.0", "0.0"]
    page.locator("[data-feature='4']").hover()
    expect(page.locator(".ll-told")).to_contain_text("most on Paris +2.0")


def test_keys_alone_ask_about_words_stretches_and_the_end(page):
    page.locator("[data-word='0']").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("radio", name="Paris")).to_be_checked()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+Enter")
    expect(page.get_by_role("radio", name="Paris, of 2 words")).to_be_checked()
    page.keyboard.press("End")
    expect(page.locator("[data-word='3']")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("radio", name="it ends here")).to_be_checked()
    assert weight_of(page, "Answer") == "+0.5"


def test_a_word_of_the_prompt_lights_what_it_brings_about(page):
    page.locator("[data-feature='4']").hover()
    expect(page.locator("[data-word='0']")).to_have_attribute("data-sign", "raises")
    expect(page.locator("[data-word='1']")).not_to_have_attribute("data-sign", "raises")
    page.locator("[data-feature='6']").hover()
    expect(page.locator("[data-word='2']")).to_have_attribute("data-sign", "lowers")
    expect(page.locator("[data-word='0']")).not_to_have_attribute("data-sign", "raises")


def test_the_table_has_all_at_once_and_is_walked_through_by_keys(page):
    page.get_by_label("Question").select_option("table")
    table = page.get_by_role("grid")
    expect(table.get_by_role("rowheader")).to_have_text(["Paris", "of", "course", "it ends here"])
    expect(table.get_by_role("columnheader")).to_have_count(8)
    table.locator("td[data-row='0'][data-column='0']").focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(table.locator("td[data-row='0'][data-column='4']")).to_be_focused()
    expect(page.locator(".ll-told")).to_contain_text("Paris ← France +2.0 ±0.1")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".ll-told")).to_contain_text("of ← France 0.0")
    page.get_by_label("order").select_option("strongest")
    expect(table.get_by_role("columnheader").first).to_have_text("France")
    table.get_by_role("rowheader", name="course").click()
    expect(page.locator("[data-word='2']")).to_have_attribute("aria-pressed", "true")
    assert violations(page, ".limelight") == []


def test_lines_lead_from_each_word_to_what_it_rests_on(page):
    page.get_by_label("Question").select_option("table")
    page.get_by_label("order").select_option("lines")
    expect(page.get_by_role("grid")).to_be_hidden()
    ends = page.evaluate("[...document.querySelectorAll('.ll-lines path')].map((one) => Object.values(one.dataset))")
    # as planted: word, feature, sign
    assert [tuple(one[:3]) for one in ends] == [
        ("4", "0", "raises"), ("5", "1", "raises"), ("6", "2", "lowers"), ("0", "3", "raises"),
    ]  # fmt: skip
    answer = page.get_by_role("list", name="answer")
    expect(answer.get_by_role("button").nth(1)).to_have_accessible_name("of from has: +1.0")
    answer.get_by_role("button").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(answer.get_by_role("button").nth(2)).to_be_focused()
    expect(page.locator(".ll-lines path.ll-here")).to_have_attribute("data-sign", "lowers")
    page.keyboard.press("Enter")
    expect(page.locator("[data-word='2']")).to_have_attribute("aria-pressed", "true")
    page.locator("[data-side='from'] [data-end='4']").hover()
    expect(page.locator(".ll-lines path.ll-here")).to_have_attribute("data-to", "0")
    assert violations(page, ".limelight") == []


@pytest.mark.parametrize("width", [320, 620])
def test_a_narrow_page_scrolls_in_the_table_alone(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    for view, order in (("answer", ""), ("table", ""), ("table", "lines")):
        page.get_by_label("Question").select_option(view)
        if order:
            page.get_by_label("order").select_option(order)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.fixture
def live(show):  # noqa: F811
    found = answered()
    start = {name: float(np.exp(score)) for name, score in zip(found.targets, found.scores, strict=True)}
    tried = {"texts": [field.text for field in found.fields], "hidden": [[1, 0, 6]], "words": ["France"]}
    before = {**tried, "hidden": [], "prediction": start, "change": dict.fromkeys(start, 0.0)}
    after = {**tried, "prediction": {**start, "Paris": 0.003}, "change": {**dict.fromkeys(start, 0.0), "Paris": -0.297}}
    page = show(
        live=True, explanation=found.to_dict(), _fields=found.to_dict()["fields"], target=None, hidden=[[1, 0, 6]],
        tries=[before, after], at=1, what_if={"status": "running", "error": ""}, lang="en",
    )  # fmt: skip
    return page, before, after


def test_the_frozen_answer_moves_and_what_would_be_written_stands_below(live):
    page, before, after = live
    # ln .3 + ln .6 + ln .9 + ln .8 = -2.04; with .003 in place of .3 it is ln 100 = 4.61 less
    expect(page.locator(".ll-told")).to_contain_text("−2.04 → −6.65 (−4.61)")
    expect(page.get_by_text("writing the answer…")).to_be_visible()
    written = {**after, "left": ["Answer in one word.", " has a capital?"], "answer": "Rome, of course!"}
    page.evaluate("(tries) => put({ tries, what_if: { status: 'done', error: '' } })", [before, written])
    fresh = page.get_by_role("group", name="new answer")
    assert fresh.locator("del").all_inner_texts() == ["Paris", "."] and fresh.locator("ins").all_inner_texts() == [
        "Rome",
        "!",
    ]
    assert violations(page, ".limelight") == []
    page.get_by_role("button", name="Explain the new answer").click()
    system, user = {"role": "system", "content": "Answer in one word."}, {"role": "user", "content": " has a capital?"}
    assert page.evaluate("changed.text") == [system, user]


def test_what_would_be_written_fits_into_a_narrow_page(live):
    page, before, after = live
    page.set_viewport_size({"width": 240, "height": 900})
    written = {**after, "left": ["Answer in one word.", " has a capital?"], "answer": "Rome, of course!"}
    page.evaluate("(tries) => put({ tries, what_if: { status: 'done', error: '' } })", [before, written])
    button = page.get_by_role("button", name="Explain the new answer")
    expect(button).to_be_visible()
    inner, outer = button.bounding_box(), page.get_by_test_id("limelight").bounding_box()
    assert inner["x"] + inner["width"] < outer["x"] + outer["width"] - 8


def test_an_edited_prompt_keeps_the_answer_and_the_new_one_stands_beside_it(live):
    page, before, after = live
    page.evaluate("(tries) => put({ tries, at: 0, hidden: [], what_if: { status: 'done', error: '' } })", [before])
    page.get_by_role("button", name="Edit text").click()
    user = page.locator(".ll-edit").last
    user.fill("Brazil has a capital?")
    user.press("Enter")
    edited = [PROMPT[0], {**PROMPT[1], "content": "Brazil has a capital?"}]
    assert page.evaluate("[changed.text, changed.answer]") == [edited, SAID]
    # as the kernel answers: first how likely the same answer is, then what it says now
    fields = fields_of(edited)
    found = replace(answered(), fields=fields).to_dict()
    moved = {**after, "texts": [field.text for field in fields], "hidden": [], "words": []}
    told = {"explanation": found, "_fields": found["fields"], "answer": SAID, "tries": [before, moved], "at": 1}
    page.evaluate("(told) => put(told)", {**told, "what_if": {"status": "running", "error": ""}})
    expect(page.locator(".ll-told")).to_contain_text("after the edit")
    expect(page.locator(".ll-told")).to_contain_text("−2.04 → −6.65 (−4.61)")
    expect(page.get_by_text("writing the answer…")).to_be_visible()
    now = {**moved, "left": moved["texts"], "answer": "Rome, of course!"}
    page.evaluate("(tries) => put({ tries, what_if: { status: 'done', error: '' } })", [before, now])
    assert page.get_by_role("group", name="new answer").locator("ins").all_inner_texts() == ["Rome", "!"]
    expect(page.locator(".ll-answered").first).to_have_text(re.compile("Paris, of course"))
    assert violations(page, ".limelight") == []
    page.get_by_role("button", name="Explain the new answer").click()
    assert page.evaluate("[changed.text, changed.answer]") == [edited, None]


def test_a_choice_of_the_model_is_set_against_its_word_and_taken_back(live):
    page, *_ = live
    page.locator("[data-word='0']").click()
    assert page.evaluate("changed.target") == [0, 5]
    page.locator(".ll-likely").get_by_role("button", name="Lyon").click()
    assert page.evaluate("changed.contrast") == [[0, 5], "Lyon"]
    page.get_by_label("rather than").select_option("Nice")
    assert page.evaluate("changed.contrast") == [[0, 5], "Nice"]
    page.get_by_label("rather than").select_option("")
    assert page.evaluate("[changed.contrast, changed.target]") == [None, [0, 5]]


def test_while_an_answer_is_written_it_grows_and_nothing_else_is_told(show):  # noqa: F811
    found = answered().to_dict()
    growing = {
        **found,
        "targets": [],
        "scores": [],
        "spans": [],
        "features": [],
        "state": "answering",
        "answer": {"text": "Par"},
    }
    for name in ("weights", "intercepts", "intervals", "fit", "terms"):
        growing.pop(name)
    page = show(live=True, explanation=growing, _fields=found["fields"], status="running", lang="en")
    expect(page.get_by_role("group", name="answer", exact=True)).to_have_text("Par")
    expect(page.locator(".ll-facts-line")).to_have_text("writing the answer…")
    assert "NaN" not in page.locator(".limelight").inner_text()
    page.evaluate("(explanation) => put({ explanation, status: 'done' })", found)
    expect(page.get_by_role("radio", name="whole answer")).to_be_checked()


EARLIER = ((), (1.5,), (0.2, -3.0), (0.0, 0.5, 4.0))


def test_what_its_earlier_words_do_stands_beside_the_prompt_and_lights_the_answer(open_page, tmp_path):
    found = answered()
    replace(found, answer=replace(found.answer, earlier=EARLIER)).to_html(tmp_path / "page.html", lang="en")
    page = open_page()
    page.goto((tmp_path / "page.html").as_uri())
    own = page.locator(".ll-earlier")
    expect(own.locator("li")).to_have_text(["course+4.0", "of−2.5", "Paris+1.7"])  # of all: on what comes after
    words = page.locator(".ll-answered [data-word]")
    words.nth(2).click()
    page.mouse.move(1, 1)
    expect(own.locator("li")).to_have_text(["of−3.0", "Paris+0.2"])
    assert [words.nth(at).get_attribute("data-sign") for at in (0, 1)] == ["raises", "lowers"]
    expect(page.locator(".ll-key")).to_contain_text("±4.0")
    words.nth(0).click()
    expect(own).to_contain_text("Nothing of the answer comes before it.")
    assert violations(page, ".limelight") == []
    page.locator("select.ll-lead").select_option("table")
    expect(page.get_by_role("gridcell", name="course from …of: −3.0")).to_have_attribute("data-sign", "lowers")
    expect(page.get_by_role("gridcell", name="of from …of:")).to_have_attribute("data-void", "")
    expect(page.get_by_role("columnheader")).to_have_count(len(found.features) + 3)
    assert violations(page, ".limelight") == []


def test_a_kernel_is_asked_for_it_once(show):  # noqa: F811
    page = show(explanation=answered().to_dict(), _menu={"methods": [], "units": [], "targets": []})
    page.get_by_role("button", name="Find out").click()
    assert changed(page, "earlier") is True
    page = show(explanation=answered().to_dict(), live=False)
    expect(page.get_by_role("button", name="Find out")).to_be_hidden()
