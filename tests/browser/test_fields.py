"""Several fields, hidden spans and statuses in Chromium: the built widget over states that are written here."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from limelight.render.html import STATIC
from tests.browser.conftest import violations

# browsers write line ends their own way in what can be edited
PREMISE, HYPOTHESIS = "A man  is\r\nasleep 😀.", "A man is awake."
WORDS = [(0, 2, 5), (0, 7, 9), (0, 11, 17), (1, 2, 5), (1, 6, 8), (1, 9, 14)]
# A kernel in the page that only remembers: what it was sent, and asked.
SHOW = """async ([source, style, state, live]) => {
  document.head.append(Object.assign(document.createElement("style"), { textContent: style }));
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const heard = {};
  window.put = (values) => {
    Object.assign(state, values);
    for (const name in values) for (const call of [...(heard[`change:${name}`] ?? [])]) call();
  };
  window.changed = {};
  window.asked = [];
  const send = (message) => {
    window.asked.push(message);
    for (const call of heard["msg:custom"] ?? []) call({ id: message.id, kind: `${message.kind}-response` });
  };
  const model = {
    get: (name) => state[name], save_changes() {}, send: live ? send : undefined,
    set(name, value) { window.changed[name] = value; window.put({ [name]: value }); },
    on: (event, call) => (heard[event] ??= new Set()).add(call), off: (event, call) => heard[event]?.delete(call),
  };
  (await import(url)).default.render({ model, el: document.body.appendChild(document.createElement("main")) });
}"""


def document(**more):
    fields = [
        {"name": "premise", "text": PREMISE},
        {"name": "hypothesis", "text": HYPOTHESIS, "title": "from the test"},
    ]
    row = [0.1, -0.05, 0.2, 0.02, 0.01, -0.3]
    weights = [row, [-weight for weight in row]]
    texts = [list(field["text"]) for field in fields]
    return {
        "schema": "limelight/2",
        "fields": fields,
        "explained": [0, 1],
        "features": ["".join(texts[field][start:stop]) for field, start, stop in WORDS],
        "spans": WORDS,
        "read": [len(PREMISE), 14],
        "targets": [{"name": "no"}, {"name": "yes"}],
        "scores": [0.8, 0.2],
        "weights": weights,
        "intercepts": [0.1, 0.9],
        "intervals": [[[weight - 0.01, weight + 0.01] for weight in each] for each in weights],
        "terms": [[2, 5], [0, 2, 5]],
        "term_weights": [[0.4, -0.3], [-0.4, 0.3]],
        "term_intervals": [[[0.3, 0.5], [-0.4, -0.2]], [[-0.5, -0.3], [0.2, 0.4]]],
        "joint": True,
        "state": "settled",
        "unit": "word",
        "masker": "delete",
        "scale": "probability",
        "evaluations": 300,
        **more,
    }


@pytest.fixture
def show(open_page):
    def make(live=True, explanation=None, **state):
        page = open_page()
        page.set_content('<!doctype html><html lang="en"><meta charset="utf-8"><title>fields</title><body>')
        explanation = explanation or document()
        state = {"explanation": explanation, "_fields": explanation["fields"], "status": "done", "serial": 1, **state}
        sources = [(STATIC / name).read_text("utf-8") for name in ("widget.js", "widget.css")]
        page.evaluate(SHOW, [*sources, {"lang": "en", **state}, live])
        expect(page.get_by_test_id("limelight")).to_be_visible()
        return page

    return make


def struck(page):
    return page.locator("[data-feature][aria-pressed=true]").all_text_contents()


def changed(page, name):
    return page.evaluate("name => window.changed[name]", name)


def test_every_field_is_shown_byte_for_byte_under_its_name(show):
    page = show()
    premise, hypothesis = page.locator(".ll-field").all()
    assert premise.locator(".ll-text").evaluate("e => e.textContent") == PREMISE
    assert hypothesis.locator(".ll-text").evaluate("e => e.textContent") == HYPOTHESIS
    assert premise.locator(".ll-field-head b").text_content() == "premise"
    expect(hypothesis.locator(".ll-field-head")).to_contain_text("from the test")
    # what the model does not read is told where it is
    assert premise.locator(".ll-unread").count() == 0
    assert hypothesis.locator(".ll-unread").text_content() == HYPOTHESIS[14:]
    assert page.get_by_role("group", name="premise").locator("[data-feature]").count() == 3
    lines = ["asleep + awake: weaker together+0.40", "man (premise) + asleep + awake: weaker together−0.30"]
    expect(page.locator(".ll-terms li")).to_have_text(lines)
    # .10 and the weights' -.02; with all kept the pair counts a quarter, .10, and the three a half, -.15
    expect(page.locator(".ll-sum")).to_contain_text("+ Σ weights and groups = 0.03")
    assert violations(page) == []


def test_of_a_word_of_both_fields_the_bars_and_terms_say_which(show):
    page = show()
    words = ["awake", "asleep", "man (premise)", "is (premise)", "man (hypothesis)", "is (hypothesis)"]
    assert [name.strip("\u2068\u2069") for name in page.locator(".ll-bars .ll-name").all_text_contents()] == words
    expect(page.locator(".ll-terms")).to_contain_text("man (premise)")


def test_a_lone_field_has_no_name_and_no_toggle(show):
    one = document(fields=[{"name": "text", "text": PREMISE}], spans=WORDS[:3], features=["man", "is", "asleep"])
    page = show(explanation={**one, "weights": [[0.1, 0.2, 0.3]] * 2, "intervals": None, "terms": [], "joint": False})
    assert page.locator(".ll-field-head").count() == 0 and page.locator(".ll-toggle").count() == 0
    assert page.get_by_role("group", name="Text").evaluate("e => e.textContent") == PREMISE


def test_arrows_go_across_fields_and_selections_do_not(show):
    page = show()
    words = page.locator("[data-feature]")
    words.nth(2).focus()
    page.keyboard.press("ArrowRight")
    expect(words.nth(3)).to_be_focused()
    page.keyboard.press("Shift+Enter")
    # from here on, since what was chosen before is of another field
    expect(page.get_by_text("selected: man")).to_be_visible()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+Enter")
    expect(page.get_by_text("selected: man is")).to_be_visible()
    page.get_by_role("button", name="One phrase").click()
    assert changed(page, "phrases") == [[1, 2, 8]]
    # a drag from one field to the other selects nothing
    boxes = [words.nth(i).bounding_box() for i in (1, 4)]
    page.mouse.move(boxes[0]["x"] + 3, boxes[0]["y"] + 8)
    page.mouse.down()
    page.mouse.move(boxes[1]["x"] + 3, boxes[1]["y"] + 8, steps=5)
    page.mouse.up()
    assert page.locator("[data-chosen]").count() == 0


def test_words_are_hidden_as_spans_and_a_field_as_one(show):
    page = show()
    page.locator("[data-feature='5']").click()
    assert changed(page, "hidden") == [[1, 9, 14]] and struck(page) == ["awake"]
    toggle = page.get_by_role("button", name="hide premise")
    expect(toggle).to_have_attribute("aria-pressed", "false")
    toggle.click()
    assert changed(page, "hidden") == [[0, 0, len(PREMISE)], [1, 9, 14]]
    assert struck(page) == ["man", "is", "asleep", "awake"]
    expect(page.get_by_text("without: all of premise, awake · …")).to_be_visible()
    # of a hidden field one word can be brought back
    page.locator("[data-feature='0']").click()
    assert changed(page, "hidden") == [[0, 7, 9], [0, 11, 17], [1, 9, 14]]
    page.get_by_role("button", name="hide premise").click()
    page.get_by_role("button", name="restore premise").press("Enter")
    assert changed(page, "hidden") == [[1, 9, 14]] and struck(page) == ["awake"]
    assert violations(page) == []


def test_the_toggle_speaks_chinese(show):
    page = show(lang="zh")
    page.get_by_role("button", name="隐藏 hypothesis").click()
    expect(page.get_by_role("button", name="恢复 hypothesis")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("整个 hypothesis")).to_be_visible()


def test_a_field_that_is_not_explained_is_plain_and_can_be_hidden(show):
    half = {name: [row[3:] for row in document()[name]] for name in ("weights", "intervals")}
    half |= {"spans": WORDS[3:], "features": document()["features"][3:], "explained": [1], "terms": [], "joint": False}
    page = show(live=False, explanation=document(**half))
    assert page.locator(".ll-field").first.locator("[data-feature]").count() == 0
    page.get_by_role("button", name="hide premise").click()
    line = page.locator(".ll-field").first.locator(".ll-text").evaluate("e => getComputedStyle(e).textDecorationLine")
    assert line == "line-through"
    # the explanation says nothing of it
    expect(page.locator(".ll-told")).to_contain_text("only the model can tell what that does")
    page.get_by_role("button", name="restore premise").click()
    page.get_by_role("button", name="hide hypothesis").click()
    expect(page.locator(".ll-told")).to_contain_text(
        "without: all of hypothesis · the explanation expects P(no) 0.80 →"
    )


def test_each_field_is_edited_in_an_area_of_its_name(show):
    page = show()
    page.locator(".ll-text").nth(1).dblclick(position={"x": 2, "y": 2})
    areas = [page.get_by_label(name, exact=True).and_(page.locator("textarea")) for name in ("premise", "hypothesis")]
    expect(areas[1]).to_be_focused()
    assert [area.input_value() for area in areas] == [PREMISE.replace("\r\n", "\n"), HYPOTHESIS]
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(areas[0]).to_be_hidden()
    assert changed(page, "text") is None
    page.get_by_role("button", name="Edit text").click()
    expect(areas[0]).to_be_focused()
    areas[1].fill("A dog.")
    page.keyboard.press("Enter")
    assert changed(page, "text") == {"premise": PREMISE, "hypothesis": "A dog."}
    # shown before the kernel has heard of it
    assert page.locator(".ll-text").all_text_contents() == [PREMISE, "A dog."]
    # and taken back where it refuses
    page.evaluate("put({ error: 'the hypothesis holds no word.', text: 'x', serial: 2 })")
    expect(page.locator(".ll-text").nth(1)).to_have_text(HYPOTHESIS)
    expect(page.get_by_role("alert")).to_have_text("The hypothesis holds no word.")


def test_tries_show_every_field(show):
    tries = [
        {
            "texts": [PREMISE, HYPOTHESIS],
            "hidden": hidden,
            "words": [],
            "prediction": {"no": 0.5},
            "change": {"no": -0.3},
        }
        for hidden in ([], [[0, 0, len(PREMISE)], [1, 2, 5]])
    ]
    page = show(tries=tries, at=0)
    page.get_by_text("Tries (2)").click()
    row = page.locator(".ll-tries button").nth(1)
    assert row.locator(".ll-texts > span").all_text_contents() == [PREMISE, HYPOTHESIS]
    assert row.locator("s").all_text_contents() == [PREMISE, "man"]
    row.click()
    assert (changed(page, "at"), changed(page, "hidden")) == (1, [[0, 0, len(PREMISE)], [1, 2, 5]])


def test_a_try_that_failed_says_why_beside_it_and_is_asked_for_no_more(show):
    page = show(hidden=[[0, 2, 5]], what_if={"status": "running", "error": ""})
    expect(page.locator(".ll-told")).to_have_text("without: man · …")
    # one that takes long can be stopped
    expect(page.get_by_role("button", name="Stop")).to_be_visible(timeout=2_000)
    page.evaluate("put({ what_if: { status: 'failed', error: 'The model answered NaN.' }, serial: 2 })")
    expect(page.locator(".ll-refused:not(.ll-blank)")).to_have_text("The model answered NaN.")
    expect(page.locator(".ll-told")).to_have_text("without: man")
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)
    page.wait_for_timeout(700)
    before = page.evaluate("asked.length")
    page.wait_for_timeout(1000)
    assert page.evaluate("asked.length") == before
    page.evaluate("put({ what_if: { status: 'done', error: '' }, serial: 3 })")
    expect(page.locator(".ll-refused:not(.ll-blank)")).to_be_hidden()


def test_rows_say_where_they_stand_and_stop_is_offered_while_one_waits(show):
    def row(name, status, explanation=None, error=""):
        return {
            "kind": "method",
            "name": name,
            "title": name,
            "explanation": explanation,
            "error": error,
            "status": status,
        }

    others = [row("occlusion", "running", document(state="partial")), row("shapley", "waiting")]
    page = show(others=others, compare=["occlusion", "shapley"])
    rows = page.locator(".ll-row")
    expect(rows.nth(0)).to_contain_text("explaining…")
    expect(rows.nth(1)).to_contain_text("waiting for its turn")
    page.get_by_role("button", name="Stop").click()
    assert page.evaluate("asked.some(({ kind }) => kind === 'cancel')")
    others = [row("occlusion", "stopped", document(state="partial")), row("shapley", "failed", error="No gradients.")]
    page.evaluate("others => put({ others, serial: 2 })", others)
    expect(rows.nth(0)).to_contain_text("stopped")
    expect(rows.nth(1)).to_contain_text("No gradients.")
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)
    expect(page.get_by_role("button", name="Explain again")).to_be_visible()


def test_what_the_work_waits_for_is_said_instead_of_loading(show):
    page = show(status="loading", explanation=document(), waiting="waiting for another widget that asks this model")
    expect(page.locator(".ll-now")).to_have_text("waiting for another widget that asks this model")
    page.evaluate("put({ waiting: '' })")
    expect(page.locator(".ll-now")).to_have_text("loading the model…")


def test_what_was_pinned_and_selected_may_be_of_features_that_are_no_more(show):
    page = show()
    words = page.locator("[data-feature]")
    words.nth(5).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".ll-told")).to_contain_text("awake (hypothesis)")
    page.keyboard.press("Shift+Enter")
    short = {"spans": WORDS[:1], "features": ["man"], "weights": [[0.1], [-0.1]], "intervals": None, "terms": []}
    page.evaluate("explanation => put({ explanation, serial: 2 })", document(**short, joint=False))
    expect(words).to_have_count(1)
    expect(page.locator(".ll-told")).not_to_contain_text("awake")
    assert page.locator("[data-chosen]").count() == 0
    # and hidden spans of fields that are no more
    page.evaluate("put({ hidden: [[0, 3, 4], [7, 0, 9]], serial: 3 })")
    assert struck(page) == ["man"]
