"""What Colab and VS Code demand, and what every reader may: the real front end over a kernel that we control."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import violations
from tests.browser.stage import Stage

TEXT = "a good film, not a bad one"
LONG = "a good and slow film of many words that no budget of ours can exhaust"


def model(texts):
    time.sleep(0.1 * ("slow" in texts[0]))
    yes = [0.5 + 0.4 * ("good" in t) - 0.3 * ("bad" in t) for t in texts]
    return [[1 - y, y] for y in yes]


@pytest.fixture
def stage(open_page):
    made = []

    def make(text=TEXT, init="", clock=False, **options):
        page = open_page(**options)
        page.add_init_script(init)
        if clock:
            page.clock.install()
        made.append(Stage(page, text, model, class_names=["no", "yes"], budget=4000, compare=[]))
        return made[-1]

    yield make
    for one in made:
        one.close()


def said(stage, text, **options):
    expect(stage.frame.get_by_role("status").first).to_have_text(text, **options)


def word(stage, text):
    return stage.frame.locator(".ll-text").first.locator("[data-feature]", has_text=text)


def test_polls_alone_carry_everything_into_a_frame_of_opaque_origin(stage):
    host = stage()
    refused = "() => { try { return localStorage.length } catch (error) { return error.name } }"
    assert host.frame.evaluate(refused) == "SecurityError" and host.frame.evaluate("origin") == "null"
    said(host, "Explained", timeout=20_000)
    expect(word(host, "good")).to_have_attribute("data-sign", "raises")
    host.frame.get_by_role("radio", name="no").click()
    expect(word(host, "good")).to_have_attribute("data-sign", "lowers")
    until(host, lambda: host.widget.target == "no")
    host.run(text=LONG)
    expect(word(host, "exhaust")).to_be_visible()
    expect(word(host, "good")).to_have_attribute("data-sign", "lowers", timeout=10_000)
    host.frame.get_by_role("button", name="Stop").click()
    said(host, "Stopped", timeout=3_000)
    assert host.widget.status == "stopped" and host.widget.explanation.evaluations < 4000
    host.frame.get_by_label("Method").select_option("occlusion")
    said(host, "Explained", timeout=20_000)
    assert host.widget.explanation.method == "occlusion"


def test_polls_bring_what_is_tried_and_what_stands_under_the_first(stage):
    host = stage()
    said(host, "Explained", timeout=20_000)
    word(host, "good").click()
    expect(host.frame.get_by_role("radio", name="yes")).to_contain_text("0.20", timeout=3_000)
    host.frame.get_by_label("Compare with").select_option("occlusion")
    row = host.frame.locator(".ll-row")
    expect(row).to_contain_text("removal gap", timeout=10_000)
    expect(row.locator("[data-feature]", has_text="good")).to_have_attribute("data-sign", "raises")
    # nothing is to come any more: the page is quiet
    host.frame.page.wait_for_timeout(700)
    asked = []
    handle, host._handle = host._handle, lambda message: (asked.append(message), handle(message))[1]
    host.frame.page.wait_for_timeout(1000)
    assert not asked


def until(stage, condition, seconds=5):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        stage.frame.page.wait_for_timeout(20)


def test_two_views_switch_together_and_a_closed_one_leaves_the_other_and_nothing_else(stage):
    host = stage()
    said(host, "Explained", timeout=20_000)
    one = host.frame.evaluate("stage.listeners.length")
    host.frame.evaluate("stage.open()")
    views = host.frame.get_by_test_id("limelight")
    for here, there, name in ((0, 1, "no"), (1, 0, "yes")):
        views.nth(here).get_by_role("radio", name=name).click()
        expect(views.nth(there).get_by_role("radio", name=name)).to_be_checked()
    host.frame.evaluate("stage.close(0)")
    assert host.frame.evaluate("stage.listeners.length") == one > 0
    views.get_by_role("radio", name="no").click()
    until(host, lambda: host.widget.target == "no")
    host.frame.evaluate("globalThis.held = stage.views[1].el; stage.close(1)")
    assert host.frame.evaluate("stage.listeners.length") == 0
    # ipywidgets holds on to it: nothing of ours may hang on it
    assert host.frame.evaluate("held.childNodes.length") == 0


def test_a_word_may_be_pointed_at_in_the_frame_that_takes_it_away(stage):
    """A new explanation is drawn a frame after the page hears of it; the old words are under the pointer until then."""
    host = stage()
    said(host, "Explained", timeout=20_000)
    short = host.widget.explanation.to_dict()
    short |= {"fields": [{"name": "text", "text": "bad"}], "read": [3], "features": ["bad"], "spans": [[0, 0, 3]]}
    short |= {name: [row[:1] for row in short[name]] for name in ("weights", "intervals")}
    short |= {"terms": [], "term_weights": [[], []], "term_intervals": [[], []], "exam": None}
    point = """(explanation) => {
      const words = document.querySelectorAll(".ll-text [data-feature]");
      const bars = document.querySelectorAll(".ll-bars li");
      stage.deliver([{ method: "update", state: { explanation, _fields: explanation.fields } }]);
      for (const one of [...words, ...bars]) one.dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
    }"""
    host.frame.evaluate(point, short)  # a failure in it fails the test where the page is closed
    expect(host.frame.locator(".ll-text [data-feature]")).to_have_count(1)
    expect(host.frame.locator(".ll-bars li")).to_have_count(1)


def test_a_kernel_that_is_gone_is_said_and_classes_still_switch(stage):
    host = stage(LONG)
    expect(word(host, "good")).to_have_attribute("data-sign", "raises", timeout=20_000)
    host.frame.evaluate("stage.gone = true")  # a restart: what is sent now raises
    said(host, "the kernel is gone: class switches still work; run the cell again for the rest", timeout=5_000)
    for name in ("Stop", "Explain again"):
        expect(host.frame.get_by_role("button", name=name)).to_have_count(0)
    expect(host.frame.get_by_role("progressbar")).to_have_count(0)
    expect(host.frame.get_by_label("Method")).to_be_hidden()
    before = host.frame.locator(".ll-sum").text_content()
    host.frame.get_by_role("radio", name="no").click()
    expect(word(host, "good")).to_have_attribute("data-sign", "lowers")
    assert host.frame.locator(".ll-sum").text_content() != before
    assert violations(host.frame) == []


def test_a_click_without_an_answer_is_queued_and_then_said_to_be_unanswered(stage):
    host = stage(LONG, clock=True)
    expect(word(host, "good")).to_have_attribute("data-sign", "raises", timeout=20_000)
    host.deaf = True
    host.frame.get_by_role("button", name="Stop").click()
    foot = host.frame.locator(".ll-facts")
    expect(foot).to_contain_text("queued until the running cell finishes", timeout=2_000)
    host.frame.page.clock.fast_forward(16_000)
    expect(foot).to_contain_text("no answer from the kernel: it is busy, or gone; class switches still work")
    host.deaf = False
    host.frame.get_by_role("button", name="Stop").click()
    said(host, "Stopped", timeout=3_000)
    expect(foot).not_to_contain_text("no answer")


WITHOUT = """for (const name of ["clipboard", "locks", "storage", "serviceWorker"])
  Object.defineProperty(Navigator.prototype, name, { get: () => undefined });
for (const name of ["localStorage", "sessionStorage", "indexedDB", "caches"])
  Object.defineProperty(window, name, { get: () => { throw new DOMException("no storage", "SecurityError"); } });
for (const name of ["IntersectionObserver", "IntersectionObserverEntry", "matchMedia"]) delete window[name];
URL.createObjectURL = ((real) => (blob) => {
  if (/json|csv/.test(blob.type)) throw new TypeError("no files here");
  return real.call(URL, blob);
})(URL.createObjectURL);"""


def test_a_browser_without_clipboard_storage_sight_and_colour_scheme(stage):
    # as long as it takes for words to be looked for in sight
    host = stage(" ".join([TEXT] * 16), init=WITHOUT)
    errors = []
    host.frame.page.on("console", lambda message: message.type == "error" and errors.append(message.text))
    said(host, "Explained", timeout=20_000)
    missing = "[navigator.clipboard ?? 0, 'IntersectionObserver' in window, 'matchMedia' in window]"
    assert host.frame.evaluate(missing) == [0, False, False]
    expect(host.frame.get_by_test_id("limelight")).to_have_attribute("data-theme", "light")
    words = host.frame.locator(".ll-text [data-feature]")
    assert words.count() > 100
    lit = words.last.get_attribute("aria-label")
    host.frame.get_by_role("radio", name="no").click()
    expect(host.frame.get_by_role("radio", name="no")).to_be_checked()
    # the last word is out of sight, and lit anew all the same
    expect(words.last).not_to_have_attribute("aria-label", lit)
    words.nth(1).click()
    expect(host.frame.locator(".ll-told")).to_contain_text("without: good · P(no)", timeout=10_000)
    # taken away by hand: what is marked is the text
    host.frame.locator(".ll-text").evaluate("e => getSelection().selectAllChildren(e)")
    assert host.frame.evaluate("getSelection().toString()") == host.widget.text
    # and a file, where none can be saved, says where to have it
    host.frame.locator("summary").click()
    host.frame.get_by_role("button", name="JSON").click()
    expect(host.frame.get_by_role("alert").first).to_contain_text("Save it from Python")
    assert errors == []


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_nothing_moves_where_less_motion_is_wanted(stage, motion):
    host = stage(LONG, reduced_motion=motion)
    host.frame.get_by_role("button", name="Stop").click()
    said(host, "Stopped", timeout=5_000)
    moving = "status => { stage.deliver([{method: 'update', state: {status}}]); return new Promise(done => "
    moving += "requestAnimationFrame(() => requestAnimationFrame(() => done(document.getAnimations().length)))) }"
    assert (host.frame.evaluate(moving, "loading") == 0) == (motion == "reduce")
    host.frame.evaluate(moving, "stopped")


def test_the_keyboard_reaches_every_control_and_shows_where_it_is(stage):
    host = stage(LONG)
    expect(word(host, "good")).to_have_attribute("data-sign", "raises", timeout=20_000)
    name = "e => e.tagName === 'SELECT' ? e.ariaLabel : e.classList[0]"  # a word's own name changes as it sharpens
    stops = host.frame.locator("button:visible, select:visible, input:visible, [tabindex='0']:visible")
    wanted = set(stops.evaluate_all(f"all => all.filter(e => e.tabIndex === 0 && !e.disabled).map({name})"))
    assert len(wanted) >= 5
    reached = set()
    for _ in range(len(wanted) + 4):
        host.frame.page.keyboard.press("Tab")
        focused = host.frame.locator(":focus")
        if focused.count() and focused.evaluate("e => e !== document.body"):
            reached.add(focused.evaluate(name))
            assert focused.evaluate("e => [getComputedStyle(e).outlineStyle, getComputedStyle(e).outlineWidth]") == [
                "solid",
                "2px",
            ]
    assert reached >= wanted
