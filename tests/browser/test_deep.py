"""Layers and dreams in a browser: pages from file://, and a search that is watched in a real JupyterLab."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from limelight import dream, explain, heads, layers
from tests.browser.conftest import violations
from tests.search.test_dream import START, anything, planted
from tests.speaking import loaded

ROOT = Path(__file__).parents[2]
TEXT = "It is not a <img src=x onerror=window.pwned=1> film, הסרט but the jokes fall flat."
LIVE = """
import time
from limelight import dream
from tests.search.test_dream import START, anything, planted
model = planted(["w3", "w40"])
predict = model.predict
model.predict = lambda texts: (time.sleep(0.4), predict(texts))[1]
front = dream(model, "wanted", start=START, proposer=anything, wait=False)
front
"""


@pytest.fixture
def show(open_page, tmp_path):
    def make(found, **options):
        page = open_page(**options)
        found.to_html(tmp_path / "page.html", lang="en")
        page.goto((tmp_path / "page.html").as_uri())
        expect(page.get_by_test_id("limelight-deep")).to_be_visible()
        return page

    return make


@pytest.fixture(scope="module")
def read():
    return layers(TEXT)


@pytest.fixture(scope="module")
def looked():
    return heads(TEXT)


def cells(page, row):
    return page.locator(".ll-layers tbody tr").nth(row).locator("td.ll-state").all_text_contents()


def test_words_stand_against_layers_for_the_class_that_is_chosen(read, show):
    page = show(read)
    last = len(read.whole) - 1
    for name in ("negative", "positive"):
        page.get_by_role("radio", name=name).click()
        at = read.targets.index(name)
        for row, layer in ((0, last), (last, 0)):
            assert cells(page, row) == [f"{value:.2f}" for value in read.words[layer, :, at]]
        curve = page.locator("td.ll-curve .ll-num").all_text_contents()
        assert curve == [f"{value:.2f}" for value in read.whole[::-1, at]]
    expect(page.locator("tr[data-decided] th")).to_have_text(f"layer {read.decided()}")


def test_cells_are_reached_by_keys_and_read_aloud(read, show):
    page = show(read)
    page.locator("td.ll-state").first.focus()
    for key, pattern in (
        ("ArrowRight", f"layer {len(read.whole) - 1}, {re.escape(read.features[1])}: read here"),
        ("ArrowDown", f"layer {len(read.whole) - 2}, {re.escape(read.features[1])}: read here"),
        ("End", f"layer {len(read.whole) - 2}: the whole text stands at"),
    ):
        page.keyboard.press(key)
        expect(page.locator(".ll-reading")).to_have_text(re.compile(pattern))
        assert page.evaluate("document.querySelectorAll('td[tabindex=\"0\"]').length") == 1
        assert re.match(pattern, page.evaluate("document.activeElement.getAttribute('aria-label')"))


def test_an_answer_is_read_layer_by_layer_with_what_else_it_would_say(show):
    found = layers("The capital of France", loaded("llama"), generation={"max_new_tokens": 5})
    page = show(found)
    assert cells(page, 0) == [others[0][0][:9] for others in found.others[-1]]
    page.locator("td.ll-state").last.click()
    name = str(found.targets[-1])
    expect(page.locator(".ll-facts")).to_contain_text(
        f"decided at {['words', 'layer 1', 'layer 2'][found.decided(-1)]}"
    )
    page.locator(f"td[data-layer='1'][data-column='{len(found.targets) - 1}']").hover()
    expect(page.locator(".ll-reading")).to_contain_text(found.others[1][-1][1][0])
    assert page.locator("tfoot th[data-chosen] span").text_content() == name


def test_a_front_stands_with_what_changed_in_each_text(show):
    found = dream(planted(["w3", "w40"]), "wanted", start=START, proposer=anything)
    page = show(found)
    assert page.locator(".ll-dream").all_text_contents() == [one.text for one in found]
    for at, one in enumerate(found):
        changed = [new for new, old in zip(one.text.split(), START.split(), strict=True) if new != old]
        assert page.locator(".ll-dreams li").nth(at).locator("ins").all_text_contents() == changed
    page.locator(".ll-chart circle").last.hover()
    expect(page.locator(".ll-dreams li").last).to_have_class("ll-here")
    assert page.get_by_role("button", name="Explain").count() == 0


@pytest.mark.parametrize("options", [{}, {"color_scheme": "dark"}, {"viewport": {"width": 400, "height": 800}}])
@pytest.mark.parametrize("kind", ["layers", "heads", "dream"])
def test_the_page_fits_and_anybody_can_use_it(kind, options, read, looked, show):
    made = {"layers": lambda: read, "heads": lambda: looked}
    made["dream"] = lambda: dream(planted(["w3"]), "wanted", start=START, proposer=anything)
    page = show(made[kind](), **options)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("window.pwned") is None
    assert violations(page) == []


def told(page):
    """Of the head that is chosen where a word looks: the first of the list, and its number."""
    return page.locator(".ll-looks li").first.locator("span").all_text_contents()


def test_where_a_word_looks_in_a_head_stands_as_numbers(looked, show):
    page = show(looked)
    layers_, count = looked.attention.shape[:2]
    ((first, _),) = looked.strongest(1)
    expect(page.locator(".ll-head-name b")).to_have_text(f"layer {first[0]}, head {first[1]}")
    for layer, head in (first, (1, 1), (layers_, count)):
        page.locator(f".ll-map[data-layer='{layer}'][data-head='{head}']").click()
        for at in (0, 3):
            page.locator(f".ll-seen [data-word='{at}']").hover()
            name, share = looked.looks(at, layer, head)[0]
            expect(page.locator(".ll-head .ll-caption")).to_have_text(f"where {looked.features[at]} looks")
            shown, number = told(page)
            assert shown == name and float(number) == pytest.approx(share, abs=0.008)
    # one that is pinned stays when the pointer goes
    page.locator(".ll-seen [data-word='2']").click()
    page.mouse.move(0, 0)
    assert told(page)[0] == looked.looks(2, layers_, count)[0][0]
    page.locator(".ll-seen [data-word='2']").click()
    page.mouse.move(0, 0)
    expect(page.locator(".ll-head .ll-caption")).to_have_text("where words look, on average")
    mean = looked.attention[-1, -1].mean(axis=0)
    assert told(page)[0] == looked.features[int(mean.argmax())]


def test_heads_are_gone_through_and_switched_off_by_keys(looked, show):
    page = show(looked)
    layers_ = looked.attention.shape[0]
    page.locator(f".ll-map[data-layer='{layers_}'][data-head='1']").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    name = page.locator(".ll-head-name b")
    expect(name).to_have_text(f"layer {layers_ - 1}, head 2")
    at = int(looked.scores.argmax())
    target, effect = looked.targets[at], looked.effects[layers_ - 2, 1, at]
    page.keyboard.press("Space")
    cell = page.locator(f".ll-map[data-layer='{layers_ - 1}'][data-head='2']")
    expect(cell).to_have_attribute("aria-label", re.compile(": off$"))
    facts = page.locator(".ll-facts b")
    before, after = f"{looked.scores[at]:.2f}", f"{looked.scores[at] - effect:.2f}"
    expect(facts).to_have_text(f"{target} {before}, without 1 head {after}")
    # without a kernel another one takes its place
    page.keyboard.press("Home")
    page.keyboard.press("Space")
    expect(page.locator(".ll-map[data-off]")).to_have_count(1)
    page.get_by_role("button", name="All on").click()
    expect(facts).to_have_text(f"{target} {before}: all heads are on")


def test_in_a_notebook_several_heads_are_off_at_once(lab, page):
    code = 'from limelight import heads\nfound = heads("It is not a bad film.")\nfound'
    lab.open(page, lab.write("heads.ipynb", [code]))
    lab.run_all(page)
    view = page.get_by_test_id("limelight-deep")
    expect(view.locator(".ll-facts b")).to_contain_text("all heads are on", timeout=90_000)
    off = [(6, 1), (5, 2), (3, 3)]
    for layer, head in off:
        view.locator(f".ll-map[data-layer='{layer}'][data-head='{head}']").click()
        view.get_by_role("button", name="Switch off").click()
    there = heads("It is not a bad film.", off=off)
    at = int(there.scores.argmax())
    said = f"{there.targets[at]} {there.scores[at]:.2f}, without 3 heads {there.without[at]:.2f}"
    expect(view.locator(".ll-facts b")).to_have_text(said, timeout=30_000)
    # each can be put back by itself
    expect(view.get_by_role("button", name="Switch on", exact=True)).to_be_visible()
    view.get_by_role("button", name="Switch on: layer 5, head 2").click()
    left = heads("It is not a bad film.", off=[off[0], off[2]])
    said = f"{left.targets[at]} {left.scores[at]:.2f}, without 2 heads {left.without[at]:.2f}"
    expect(view.locator(".ll-facts b")).to_have_text(said, timeout=30_000)
    expect(view.get_by_role("button", name="Switch off", exact=True)).to_be_visible()


def test_a_search_in_a_notebook_is_watched_stopped_and_opened(lab, page):
    lab.open(page, lab.write("dream.ipynb", [f"import sys; sys.path.insert(0, {str(ROOT)!r})", LIVE]))
    lab.run_all(page)
    view = page.get_by_test_id("limelight-deep")
    expect(view.get_by_text(re.compile(r"of 4,000 evaluations"))).to_be_visible(timeout=90_000)
    expect(view.locator(".ll-dreams li").nth(1)).to_be_visible(timeout=60_000)
    view.get_by_role("button", name="Stop").click()
    expect(view.get_by_text("stopped: what was found stays")).to_be_visible(timeout=30_000)
    view.get_by_role("button", name="Explain").first.click()
    expect(page.get_by_test_id("limelight").first).to_be_visible(timeout=60_000)


STYLES = """root => [root, ...root.querySelectorAll('*')].map(one => {
  const style = getComputedStyle(one);
  return [one.tagName, one.className, ...[...style].map(name => style.getPropertyValue(name))].join('|');
})"""


@pytest.mark.parametrize("kind", ["layers", "heads", "dream"])
def test_beside_the_widget_each_looks_as_it_does_alone(kind, read, looked, show, open_page, tmp_path):
    """In a notebook all their rules are in one document."""
    made = {"layers": lambda: read, "heads": lambda: looked}
    made["dream"] = lambda: dream(planted(["w3"]), "wanted", start=START, proposer=anything)
    page = show(made[kind]())
    root = page.get_by_test_id("limelight-deep")
    alone = root.evaluate(STYLES)
    for name in ("widget", "corpus"):
        page.add_style_tag(content=(ROOT / f"src/limelight/static/{name}.css").read_text("utf-8"))
        beside = root.evaluate(STYLES)
        assert [one for one, other in zip(alone, beside, strict=True) if one != other] == [], name


def test_the_widget_looks_beside_others_as_it_does_alone(open_page, tmp_path):
    page = open_page()
    explain(TEXT, budget=64).to_html(tmp_path / "page.html", lang="en")
    page.goto((tmp_path / "page.html").as_uri())
    root = page.get_by_test_id("limelight")
    expect(root).to_be_visible()
    alone = root.evaluate(STYLES)
    for name in ("deep", "corpus"):
        page.add_style_tag(content=(ROOT / f"src/limelight/static/{name}.css").read_text("utf-8"))
        assert root.evaluate(STYLES) == alone, name


def test_a_word_that_is_pointed_at_says_where_it_looks_in_the_head_that_is_chosen(open_page, looked, tmp_path):
    page = open_page()
    explain(TEXT, method="attention_rollout").to_html(tmp_path / "page.html", lang="en")
    page.goto((tmp_path / "page.html").as_uri())
    page.get_by_label("layer").select_option(label="6")
    page.get_by_label("head").select_option(label="4")
    page.locator("[data-feature='3']").hover()
    seen = looked.looks(3, layer=6, head=4)[:4]
    said = page.locator(".ll-told").inner_text().replace("\u2068", "").replace("\u2069", "")
    word, _, rest = said.partition(" → ")
    assert word == looked.features[3]
    names, numbers = zip(*(one.rsplit(" ", 1) for one in rest.split(", ")), strict=True)
    assert list(names) == [name for name, _ in seen]
    assert [float(one) for one in numbers] == pytest.approx([share for _, share in seen], abs=0.008)
