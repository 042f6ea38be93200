"""What the frame must bear: long texts, many classes, and hosts that lack something."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import violations
from tests.browser.test_fields import show  # noqa: F401  a fixture
from tests.browser.test_frame import DONE, MENU, NONE, SHARPENING, explained

WIDTHS = [320, 620, 960, 1400]
STATES = [
    {"explanation": None, "status": "loading", "progress": 0},
    {"explanation": SHARPENING, "status": "running", "progress": 0.4},
    {"explanation": None, "status": "failed", "error": "The model answered NaN.",
     "ways": [{"name": "unit", "value": "sentence"}, {"name": "explain", "value": None}]},
    {"explanation": DONE, "status": "done", "error": "", "ways": []},
]  # fmt: skip


def large(words, targets, **more):
    """An explanation of so many words, for these classes."""
    names = [f"word{at}" for at in range(words)]
    starts = [sum(len(name) + 1 for name in names[:at]) for at in range(words)]
    rows = [[((at + target) % 9 - 4) / 20 for at in range(words)] for target in range(len(targets))]
    return explained(
        **NONE,
        fields=[{"name": "text", "text": " ".join(names)}],
        features=names,
        spans=[(0, start, start + len(name)) for start, name in zip(starts, names, strict=True)],
        targets=[{"name": name} for name in targets],
        scores=[1 / len(targets)] * len(targets),
        weights=rows,
        intercepts=[0.1] * len(targets),
        intervals=[[[weight - 0.06, weight + 0.06] for weight in row] for row in rows],
        fit={"r2": [0.8] * len(targets)},
        **more,
    )


def test_words_out_of_sight_follow_a_class_switch_at_rest_or_when_they_come_into_sight(show):  # noqa: F811
    page = show(explanation=large(1500, ["negative", "neutral", "positive"]))
    page.wait_for_timeout(400)
    labels = """() => ["0", "1499"].map(at => document.querySelector(`[data-feature="${at}"]`))
      .map(e => e.getAttribute("aria-label"))"""
    switched = f"""name => {{
      document.querySelector(`[data-target=${{name}}]`).click();
      return ({labels})();
    }}"""
    near, far = page.evaluate(switched, "positive")
    # what is in sight has changed within the click
    assert "positive" in near and "negative" in far
    page.wait_for_function(f"() => ({labels})()[1].includes('positive')")
    page.evaluate(switched, "neutral")
    page.locator(".ll-text").evaluate("e => e.scrollTop = e.scrollHeight")
    page.wait_for_function(f"() => ({labels})()[1].includes('neutral')")


@pytest.mark.parametrize(("scheme", "forced"), [("light", "none"), ("dark", "none"), ("dark", "active")])
def test_axe_finds_nothing_in_any_state_nor_in_the_open_menu(show, scheme, forced):  # noqa: F811
    page = show(explanation=DONE, _menu=MENU, method="lime", unit="word")
    page.emulate_media(color_scheme=scheme, forced_colors=forced)
    page.evaluate("document.documentElement.style = 'color-scheme: light dark; background: Canvas'")
    more, download = page.get_by_role("button", name="More tools"), page.locator("summary")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 1000})
        for state in STATES:
            page.evaluate("state => put(state)", state)
            page.wait_for_timeout(60)
            assert violations(page) == [], (width, state["status"])
        if more.is_visible():
            more.click()
        download.click()
        assert violations(page) == [], (width, "menu")
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
        page.mouse.click(2, 990)


def test_a_model_in_memory_is_asked_and_not_loaded(show):  # noqa: F811
    # what it predicts may have no names
    page = show(explanation=DONE, _menu={**MENU, "targets": []})
    page.evaluate("put({ explanation: null, status: 'loading' })")
    expect(page.locator(".ll-now")).to_have_text("asking the model…")
    page.evaluate("put({ _menu: {} })")
    expect(page.locator(".ll-now")).to_have_text("loading the model…")


def test_a_row_that_runs_says_how_far_it_is(show):  # noqa: F811
    row = {"kind": "method", "name": "occlusion", "title": "Occlusion", "error": "", "status": "running"}
    page = show(explanation=DONE, _menu=MENU, others=[{**row, "explanation": None}])
    told = page.locator(".ll-row-head .ll-dim")
    expect(told).to_have_text("explaining…")
    further = {**row, "explanation": SHARPENING, "evaluations": 200, "budget": 1000}
    page.evaluate("others => put({ others })", [further])
    expect(told).to_contain_text("explaining… 200 of 1,000 evaluations · ")
    page.evaluate("others => put({ others })", [{**further, "status": "done"}])
    expect(told).not_to_contain_text("of 1,000")


CUT_OFF = """() => {
  const frame = document.querySelector(".limelight").getBoundingClientRect();
  return [...document.querySelectorAll(".limelight *")].filter((one) => one.getClientRects().length
    && getComputedStyle(one).clipPath === "none" && (one.getBoundingClientRect().right > frame.right + 1
    || one.getBoundingClientRect().left < frame.left - 1)).map((one) => one.className);
}"""


@pytest.mark.parametrize("width", [320, 190, 150])
@pytest.mark.parametrize(
    "names", [["negative", "neutral", "positive"], ["x" * 300, "فيلم سلبي جدا", "否定的な感想" * 50]]
)
def test_nothing_is_cut_off_on_the_narrowest_page(show, width, names):  # noqa: F811
    page = show(explanation=large(20, names), _menu={**MENU, "targets": names}, method="lime", unit="word")
    page.set_viewport_size({"width": width, "height": 1400})
    page.wait_for_timeout(100)
    assert page.evaluate(CUT_OFF) == []
    assert violations(page) == []
