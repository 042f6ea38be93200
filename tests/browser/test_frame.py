"""The frame: nothing jumps, the way out of a low R², and what it must bear."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from limelight.captions import note
from tests.browser.conftest import violations
from tests.browser.test_fields import changed, show  # noqa: F401  a fixture

TEXT = "It is not a bad film, but the plot never quite comes alive and the jokes fall flat."
WORDS = [(at, at + len(word.strip(".,"))) for at, word in zip(
    [0, 3, 6, 10, 12, 16, 22, 26, 30, 35, 41, 47, 53, 59, 63, 67, 73, 78], TEXT.split(), strict=True
)]  # fmt: skip
ROW = [0.01 * (at % 7) - 0.03 for at in range(len(WORDS))]
TARGETS = ["negative", "neutral", "positive"]
MENU = {
    "methods": [{"name": name, "title": name, "reason": ""} for name in ("lime", "occlusion")],
    "units": [{"name": "word", "reason": ""}, {"name": "sentence", "reason": ""}],
    "targets": TARGETS,
}
# What Chromium itself calls a layout shift, with what moved; those in the evidence are told apart.
SHIFTS = """() => {
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) for (const { node, previousRect: a, currentRect: b } of entry.sources) {
      const element = node?.nodeType === 1 ? node : node?.parentElement;
      if (element?.closest(".ll-evidence")) continue;
      window.shifts.push([element?.className ?? "", [a.x, a.y, a.width, a.height], [b.x, b.y, b.width, b.height]]);
    }
  }).observe({ type: "layout-shift", buffered: false });
}"""


def explained(**more):
    weights = [ROW, [-weight / 2 for weight in ROW], [-weight / 2 for weight in ROW]]
    return {
        "schema": "limelight/2",
        "fields": [{"name": "text", "text": TEXT}],
        "features": [TEXT[start:stop] for start, stop in WORDS],
        "spans": [(0, *word) for word in WORDS],
        "targets": [{"name": name} for name in TARGETS],
        "scores": [0.98, 0.02, 0.0],
        "weights": weights,
        "intercepts": [0.5, 0.2, 0.3],
        "intervals": [[[weight - 0.01, weight + 0.01] for weight in each] for each in weights],
        "fit": {"r2": [0.23] * 3, "together": [0.81] * 3},
        "terms": [[9, 15], [9, 12]],
        "term_weights": [[-0.35, 0.26], [0.2, -0.1], [0.15, -0.16]],
        "term_intervals": [[[-0.36, -0.34], [0.25, 0.27]], [[0.1, 0.3], [-0.2, 0.0]], [[0.1, 0.2], [-0.2, -0.1]]],
        "joint_weights": [[2 * weight for weight in each] for each in weights],
        "joint_intercepts": [0.4, 0.3, 0.3],
        "joint": False,
        "state": "settled",
        "method": "lime",
        "title": "LIME",
        "unit": "word",
        "masker": "delete",
        "scale": "probability",
        "evaluations": 412,
        "budget": 1000,
        "seconds": 1.9,
        **more,
    }


EXAM = {"targets": [0, 1, 2], "shares": [0, 0.5, 1], "srg": [0.7] * 3, "evaluations": 9}
EXAM |= {name: [[0.98, half, 0.3]] * 3 for name, half in (("first", 0.1), ("last", 0.9), ("random", 0.5))}
NONE = {"terms": [], "term_weights": None, "term_intervals": None, "joint_weights": None, "joint_intercepts": None}
PREDICTION = explained(**NONE, weights=None, intercepts=None, intervals=None, fit={}, state="prediction", evaluations=1)
DRAFT = explained(**NONE, intervals=None, fit={}, state="draft", evaluations=40)
SHARPENING = explained(**NONE, state="partial", evaluations=200, fit={"r2": [0.2] * 3})
DONE = explained(exam=EXAM)


@pytest.mark.parametrize("width", [1280, 700, 400, 320])
def test_nothing_jumps_from_loading_to_done_nor_under_the_pointer_nor_for_a_try(show, width):  # noqa: F811
    live = {"_menu": MENU, "text": TEXT, "_fields": DONE["fields"], "method": "lime", "unit": "word"}
    page = show(explanation=DONE, status="done", **live)
    page.set_viewport_size({"width": width, "height": 1400})
    page.evaluate("put({ explanation: null, status: 'loading', progress: 0 })")
    page.wait_for_timeout(300)
    page.evaluate(SHIFTS)
    text = page.locator(".ll-text").bounding_box()

    def step(state):
        page.evaluate("state => put(state)", state)
        # past the time in which Chromium takes a shift for the answer to a click
        page.wait_for_timeout(600)
        assert page.locator(".ll-text").bounding_box() == text
        assert page.evaluate("shifts") == [], state.get("status")

    for explanation, progress in ((PREDICTION, 0.1), (DRAFT, 0.2), (SHARPENING, 0.5)):
        step({"explanation": explanation, "status": "running", "progress": progress})
    step({"explanation": DONE, "status": "done", "progress": 1})
    page.locator("[data-feature='9']").hover()
    step({})
    page.mouse.move(2, 2)
    prediction = dict(zip(TARGETS, [0.56, 0.31, 0.13], strict=True))
    change = dict(zip(TARGETS, [-0.42, 0.29, 0.13], strict=True))
    tried = [{"texts": [TEXT], "hidden": hidden, "words": [], "prediction": prediction, "change": change}
             for hidden in ([], [[0, *WORDS[9]]])]  # fmt: skip
    step({"hidden": [[0, *WORDS[9]]], "what_if": {"status": "running", "error": ""}})
    step({"tries": tried, "at": 1, "what_if": {"status": "done", "error": ""}})
    expect(page.locator(".ll-told")).to_contain_text("P(negative) 0.98 → 0.56 (−0.42)")
    step({"hidden": [], "at": 0})
    step({"status": "failed", "error": "The model answered NaN for 3 of 64 texts."})
    step({"status": "running", "error": ""})


def test_what_is_at_work_does_not_say_that_it_was_stopped(show):  # noqa: F811
    page = show(explanation=PREDICTION, status="running", _menu=MENU, live=True)
    facts = page.locator(".ll-facts-line")
    expect(facts).to_contain_text("1 evaluation ")
    expect(facts).not_to_contain_text("stopped")
    page.evaluate("put({ status: 'stopped' })")
    expect(facts).to_contain_text("stopped before any weight was estimated")


@pytest.mark.parametrize("width", [1280, 821, 700, 320])
def test_a_first_guess_is_of_stretches_and_its_heading_is_read_to_its_end(show, width):  # noqa: F811
    stretches = [(0, 0, 27), (0, 30, 58), (0, 59, 83)]
    rows = [[0.2, -0.1, 0.02]] * 3
    names = [TEXT[start:stop] for _, start, stop in stretches]
    page = show(
        explanation={**DRAFT, "spans": stretches, "features": names, "weights": rows}, status="running", _menu=MENU
    )
    page.set_viewport_size({"width": width, "height": 1400})
    assert page.locator(".ll-bars .ll-name").all_text_contents() == names
    heading = page.locator(".ll-caption").first
    expect(heading).to_have_text("a first guess, effect on P(negative)")
    assert heading.evaluate("e => e.scrollWidth <= e.clientWidth && e.scrollHeight <= e.clientHeight + 1")
    frame = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    page.evaluate(frame)  # the page has its new width once a frame was drawn
    box = page.locator(".ll-text").bounding_box()
    page.evaluate("explanation => put({ explanation })", DONE)
    page.evaluate(frame)
    assert page.locator(".ll-text").bounding_box() == box


@pytest.mark.parametrize("width", [1280, 400, 320])
def test_the_reading_line_is_read_to_its_end(show, width):  # noqa: F811
    page = show(explanation=DONE, live=False)
    page.set_viewport_size({"width": width, "height": 1400})
    told = page.locator(".ll-told")
    whole = "e => e.scrollWidth <= e.clientWidth && e.scrollHeight <= e.clientHeight + 1"
    page.locator("[data-feature='9']").hover()
    expect(told).to_contain_text("jokes")
    assert told.evaluate(whole)
    page.locator("[data-feature='9']").click()
    expect(told).to_contain_text("the explanation expects P(negative) 0.98 →")
    expect(page.get_by_role("button", name="Restore all")).to_be_visible()
    assert told.evaluate(whole)


@pytest.mark.parametrize("width", [1280, 320])
def test_a_failure_and_its_ways_out_stay_in_the_frame(show, width):  # noqa: F811
    ways = [{"name": "explain", "value": None}, {"name": "budget", "value": 430}, {"name": "text", "value": "w" * 99}]
    page = show(explanation=DONE, _menu=MENU, status="failed", error="'a film': the model raised.", ways=ways)
    page.set_viewport_size({"width": width, "height": 1400})
    expect(page.locator(".ll-ways button")).to_have_text(
        ["Explain again", "Spend 430 evaluations", f"Back to “{'w' * 39}…”"]
    )
    right = page.locator(".ll-notes").bounding_box()
    for button in page.locator(".ll-ways button").all():
        box = button.bounding_box()
        assert box["x"] + box["width"] <= right["x"] + right["width"]
    # what was found before stays in sight
    expect(page.locator(".ll-bars li").first).to_be_visible()
    assert violations(page) == []


def test_a_number_and_its_unit_stay_on_one_line(show):  # noqa: F811
    facts = show(explanation=DONE).locator(".ll-work")
    assert facts.evaluate("e => e.textContent").endswith("1.9\u00a0s")


def test_of_attention_one_sentence_says_that_it_does_not_explain(show):  # noqa: F811
    warning = {"code": "attention", "values": {}, "text": str(note("attention"))}
    looks = explained(**NONE, scale="attention", intervals=None, fit={}, warnings=[warning], method="attention_rollout")
    notes = show(explanation=looks, _menu=MENU).locator(".ll-notes > :visible")
    expect(notes).to_have_count(1)
    expect(notes).to_contain_text("not why it decides")


def test_of_an_exam_that_nobody_asked_for_nothing_is_said(show):  # noqa: F811
    page = show(explanation=explained(), live=False)  # a file, as `explain` and `to_html` make it
    expect(page.locator(".ll-column:visible")).to_have_count(2)
    expect(page.locator(".ll-exam")).to_be_hidden()
    page = show(explanation=explained(), _menu=MENU)
    expect(page.locator(".ll-exam")).to_contain_text("Not measured: it would have cost too many evaluations")


def test_what_the_model_does_not_read_has_a_button_where_there_is_a_kernel(show):  # noqa: F811
    values = {"count": 128, "units": "word"}
    warned = explained(warnings=[{"code": "window", "values": values, "text": str(note("window", **values))}])
    page = show(explanation=warned, _menu=MENU)
    page.get_by_role("button", name="Read all of it").click()
    assert changed(page, "windows") is True and violations(page) == []
    page = show(explanation=warned, live=False)
    expect(page.locator(".ll-note")).to_contain_text("stops reading after 128 words")
    expect(page.get_by_role("button", name="Read all of it")).to_have_count(0)


@pytest.mark.parametrize("width", [1280, 700, 320])
def test_what_words_are_to_each_other_and_the_gap_are_read_to_their_end(show, width):  # noqa: F811
    # with both or with only one of them: the same
    either = {"weights": [[0.2] * len(WORDS)] * 3, "terms": [[9, 15]], "term_weights": [[-0.2]] * 3}
    page = show(explanation=explained(exam=EXAM, **either, term_intervals=[[[-0.21, -0.19]]] * 3), _menu=MENU)
    page.set_viewport_size({"width": width, "height": 1400})
    whole = "(all) => all.map((e) => e.scrollWidth <= e.clientWidth && e.scrollHeight <= e.clientHeight + 1)"
    said = page.locator(".ll-said, .ll-exam .ll-caption")
    expect(said).to_have_text(["never, jokes: either is enough", "P(negative) as words go · removal gap 0.70"])
    assert said.evaluate_all(whole) == [True, True]


def test_a_shift_would_be_seen(show):  # noqa: F811
    page = show(explanation=DONE)
    page.wait_for_timeout(300)
    page.evaluate(SHIFTS)
    page.locator(".ll-question").evaluate("e => e.style.marginTop = '60px'")
    page.wait_for_timeout(300)
    assert any("ll-" in name for name, *_ in page.evaluate("shifts"))


def test_a_low_r2_has_a_way_out_that_asks_the_model_nothing(show):  # noqa: F811
    page = show(explanation=DONE, _menu=MENU)
    fit, told = page.locator(".ll-fit"), page.locator(".ll-fit > span")
    expect(told).to_have_text("One weight each, words explain 0.23 of the model here; with pairs of them, 0.81.")
    assert fit.get_attribute("data-little") == ""
    strongest = page.locator(".ll-bars .ll-num").first
    before = strongest.text_content()
    page.evaluate("asked.length = 0")
    page.get_by_role("button", name="Show that").click()
    expect(told).to_have_text("With pairs of them, words explain 0.81 of the model here; one weight each, 0.23.")
    assert fit.get_attribute("data-little") is None and strongest.text_content() != before
    expect(page.locator(".ll-sum")).to_contain_text("0.400 base + Σ weights and pairs")
    # a choice of what is shown, which travels with the state; no question to the kernel
    assert changed(page, "together") is True
    assert page.evaluate("asked.map(({ kind }) => kind).filter((kind) => kind !== 'poll')") == []
    assert violations(page) == []
    page.get_by_role("button", name="One weight each").click()
    expect(strongest).to_have_text(before)
    assert changed(page, "together") is False


def test_a_selection_begins_where_one_clicks_and_ends_where_one_likes(show):  # noqa: F811
    page = show(explanation=DONE, _menu=MENU)
    words = page.locator(".ll-text [data-feature]")
    words.nth(5).click(modifiers=["Shift"])
    assert page.locator("[data-chosen]").all_text_contents() == ["film"]
    words.nth(7).click(modifiers=["Shift"])
    assert page.locator("[data-chosen]").all_text_contents() == ["film", "but", "the"]
    page.keyboard.press("Escape")
    expect(page.locator("[data-chosen]")).to_have_count(0)
    words.nth(5).click(modifiers=["Shift"])
    page.locator(".ll-facts").click(position={"x": 3, "y": 20})
    expect(page.locator("[data-chosen]")).to_have_count(0)


def test_a_double_click_on_a_word_is_one_try_and_beside_words_it_edits(show):  # noqa: F811
    page = show(explanation=DONE, _menu=MENU)
    page.locator("[data-feature='9']").dblclick()
    assert changed(page, "hidden") == [[0, *WORDS[9]]]
    expect(page.locator("textarea")).to_have_count(0)
    # the answer to the click is read, though the pointer is still on the word
    expect(page.locator(".ll-told")).to_contain_text("without: never")
    page.locator(".ll-text").dblclick(position={"x": 3, "y": 2})
    expect(page.locator("textarea")).to_be_focused()


def test_a_suggestion_that_was_followed_comes_never_again(show):  # noqa: F811
    page = show(explanation=DONE, _menu=MENU)
    told = page.locator(".ll-told")
    expect(told).to_have_text("Point at a word to read what it does.")
    page.locator("[data-feature='3']").hover()
    page.mouse.move(2, 2)
    expect(told).to_have_text("Click a word to hide it, and see what is said without it.")
    learnt = changed(page, "learnt")
    assert learnt == ["point"]
    everything = ["point", "hide", "select", "edit", "class"]
    page = show(explanation=DONE, _menu=MENU, learnt=everything)
    # who has done it all reads the answer
    expect(page.locator(".ll-told")).to_have_text("It −0.030 · but +0.030 · the −0.030")


def test_the_toolbar_is_one_row_and_folds_into_a_menu(show):  # noqa: F811
    page = show(explanation=DONE, _menu=MENU, method="lime")
    tools = page.get_by_role("group", name="Tools")
    rows = """e => new Set([...e.children].filter(c => c.getClientRects().length)
      .map(c => Math.round(c.getBoundingClientRect().top + c.offsetHeight / 2))).size"""
    for width in (1280, 800, 660, 620, 400, 320, 200):
        page.set_viewport_size({"width": width, "height": 900})
        assert tools.evaluate(rows) == 1, width
    more = page.get_by_role("button", name="More tools")
    expect(page.get_by_label("Unit")).to_be_hidden()
    more.click()
    page.get_by_label("Unit").select_option("sentence")
    assert changed(page, "unit") == "sentence"
    expect(page.get_by_label("Unit")).to_be_hidden()
    more.click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(more).to_be_focused()
    expect(page.get_by_role("button", name="Edit text")).to_be_hidden()


@pytest.mark.parametrize("width", [1280, 700, 400, 320])
def test_headings_of_the_evidence_stay_in_sight_and_of_a_long_name_the_gap(show, width):  # noqa: F811
    three = {**NONE, "terms": [[9, 15], [2, 9], [2, 9, 15]], "term_weights": [[-0.3, 0.2, -0.1]] * 3}
    three["term_intervals"] = [[[-0.31, -0.29], [0.19, 0.21], [-0.11, -0.09]]] * 3
    named = [{"name": name} for name in ("which is as good as it is bad, and neither of both", *TARGETS[1:])]
    page = show(explanation=explained(**{**three, "exam": EXAM, "targets": named}), _menu=MENU)
    page.set_viewport_size({"width": width, "height": 1800})
    expect(page.locator(".ll-terms li")).to_have_count(3)
    heads = page.locator(".ll-column > .ll-caption")
    assert min(heads.evaluate_all("(all) => all.map((e) => e.clientHeight)")) >= 18
    column = page.locator(".ll-together")
    inside = (
        "e => [...e.children].every((c) => c.hidden ||"
        " c.getBoundingClientRect().bottom <= e.getBoundingClientRect().bottom + 1)"
    )
    assert column.evaluate(inside)
    box, gap = page.locator(".ll-exam").bounding_box(), page.get_by_text("removal gap 0.70").bounding_box()
    assert gap["x"] + gap["width"] <= box["x"] + box["width"] + 1 and gap["height"] < 20
