"""A real JupyterLab: what a user does, and what the kernel sees of it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import violations
from tests.conftest import until

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "1-first-light.ipynb"
TEXT = "It is not a bad film, but the plot never quite comes alive and the jokes fall flat."
HOSTILE = "😀 good </script><img src=x onerror=alert(1)> & 'bad' film"

# A model of known answers, as slow as asked for: what is lit must be "good" and "bad".
MODEL = """
import time
from limelight import Explainer
def model(texts, pause=0.0):
    time.sleep(pause)
    yes = [0.5 + 0.4 * ("good" in t) - 0.3 * ("bad" in t) for t in texts]
    return [[1 - y, y] for y in yes]
slow = lambda texts: model(texts, pause=0.15)
"""


def widgets(page):
    return page.get_by_test_id("limelight")


def done(page, count=1):
    expect(page.get_by_role("status").filter(has_text="Explained")).to_have_count(count, timeout=120_000)


def colours(widget):
    return widget.locator("[data-feature]").evaluate_all("all => all.map(e => getComputedStyle(e).background)")


def start(lab, page, *cells):
    lab.open(page, lab.write("test.ipynb", [MODEL, *cells]))
    lab.run_all(page)


def test_the_first_notebook(lab, page):
    shutil.copy(NOTEBOOK, lab.root / NOTEBOOK.name)
    lab.open(page, NOTEBOOK.name)
    lab.run_all(page)
    first = widgets(page).first
    expect(first.get_by_role("status")).to_have_text("Explained", timeout=180_000)
    assert first.locator(".ll-text").evaluate("e => e.textContent") == TEXT
    # text contents: what is scrolled out of sight has no inner text
    lit = first.locator("[data-feature][data-sign=raises]").all_text_contents()
    assert {"flat", "not", "never", "bad"} & set(lit)
    expect(first.get_by_role("radio", name="negative")).to_be_checked()
    before = colours(first)
    assert len(set(before)) > 5
    first.get_by_role("radio", name="positive").click()
    expect(first.get_by_text("effect on P(positive)")).to_be_visible()
    until(lambda: colours(first) != before)  # words that the host has scrolled away follow at rest
    out = lab.run(page, "print('KERNEL', explainer.target, explainer.explanation.top(1, target=explainer.target))")
    # the notebook's other widgets and its last cell explain before this one has its turn
    expect(out).to_contain_text("KERNEL positive [(", timeout=240_000)


def test_words_light_up_and_a_switch_reaches_the_kernel(lab, page):
    start(lab, page, f"w = Explainer({HOSTILE!r}, model, class_names=['no', 'yes'])\nw")
    done(page)
    widget = widgets(page)
    # hostile text stays text, and the emoji in front shifts nothing
    assert widget.locator(".ll-text").evaluate("e => e.textContent") == HOSTILE
    assert widget.locator("img").count() == 0
    names = widget.locator("[data-feature]").all_text_contents()
    assert names[:2] == ["😀", "good"] and "bad" in names and "film" in names
    expect(widget.locator("[data-feature]", has_text="good")).to_have_attribute("data-sign", "raises")
    expect(widget.locator("[data-feature]", has_text="bad")).to_have_attribute("data-sign", "lowers")
    before = colours(widget)
    widget.get_by_role("radio", name="no").click()
    expect(widget.locator("[data-feature]", has_text="good")).to_have_attribute("data-sign", "lowers")
    assert colours(widget) != before
    expect(lab.run(page, "print('KERNEL', w.target)")).to_contain_text("KERNEL no", timeout=30_000)
    # and from the kernel back to the page
    lab.run(page, "w.target = 'yes'")
    expect(widget.get_by_role("radio", name="yes")).to_be_checked(timeout=30_000)
    lab.run(page, "w.text = 'a bad day'")
    expect(widget.locator(".ll-text")).to_have_text("a bad day", timeout=30_000)
    expect(widget.locator("[data-feature]", has_text="bad")).to_have_attribute("data-sign", "lowers", timeout=30_000)


def test_the_prediction_comes_first_and_stop_stops(lab, page):
    start(lab, page, "w = Explainer('a good film, not a bad one, said he who never saw any', slow, budget=5000)\nw")
    widget = widgets(page)
    expect(widget.get_by_role("radio", name="class 1")).to_be_checked(timeout=60_000)
    stop = widget.get_by_role("button", name="Stop")
    expect(stop).to_be_visible()
    expect(widget.get_by_role("progressbar")).to_be_visible()
    expect(widget.locator("[data-feature]", has_text="good")).to_have_attribute("data-sign", "raises", timeout=30_000)
    stop.click()
    expect(widget.get_by_role("status")).to_have_text("Stopped", timeout=3_000)
    expect(widget.get_by_role("progressbar")).to_be_hidden()
    expect(lab.run(page, "print('KERNEL', w.status, w.explanation.evaluations < 5000)")).to_contain_text(
        "KERNEL stopped True", timeout=30_000
    )
    widget.get_by_role("button", name="Explain again").click()
    expect(widget.get_by_role("button", name="Stop")).to_be_visible(timeout=5_000)


def test_it_runs_while_a_cell_runs(lab, page):
    start(lab, page, "w = Explainer('a good film', model)\nw", "time.sleep(8); print('CELL ENDED')")
    done(page)
    widget = widgets(page)
    expect(widget.locator("[data-feature]", has_text="good")).to_have_attribute("data-sign", "raises")
    assert page.get_by_text("CELL ENDED", exact=True).count() == 0
    widget.get_by_role("radio", name="class 0").click()  # needs no kernel
    expect(widget.get_by_text("effect on P(class 0)")).to_be_visible(timeout=1_000)


def test_two_widgets_do_not_interfere(lab, page):
    start(
        lab,
        page,
        "import ipywidgets\n"
        "a, b = Explainer('good film', model), Explainer('bad film', model)\n"
        "ipywidgets.HBox([a, b])",
    )
    done(page, 2)
    first, second = widgets(page).nth(0), widgets(page).nth(1)
    second.get_by_role("radio", name="class 1").click()
    expect(second.get_by_role("radio", name="class 1")).to_be_checked()
    first.get_by_role("radio", name="class 0").click()
    expect(first.get_by_role("radio", name="class 0")).to_be_checked()
    expect(second.get_by_role("radio", name="class 1")).to_be_checked()
    assert first.locator(".ll-text").inner_text() == "good film"
    expect(lab.run(page, "print('KERNEL', a.target, b.target)")).to_contain_text(
        "KERNEL class 0 class 1", timeout=30_000
    )


def test_two_views_of_one_widget_agree_and_one_lives_on_without_the_other(lab, page):
    start(lab, page, "w = Explainer('good film', model)\nw", "w")
    done(page, 2)
    widgets(page).nth(0).get_by_role("radio", name="class 0").click()
    expect(widgets(page).nth(1).get_by_role("radio", name="class 0")).to_be_checked()
    page.locator(".jp-Cell").nth(1).locator(".cm-content").click()
    page.get_by_role("menuitem", name="Edit", exact=True).click()
    page.get_by_role("menuitem", name="Clear Cell Output", exact=True).click()
    expect(widgets(page)).to_have_count(1)
    widgets(page).get_by_role("radio", name="class 1").click()
    expect(lab.run(page, "print('KERNEL', w.target)")).to_contain_text("KERNEL class 1", timeout=30_000)
    lab.run(page, "w.text = 'a bad day'")
    expect(widgets(page).locator(".ll-text")).to_have_text("a bad day", timeout=30_000)


@pytest.mark.parametrize("end", ["restart", "crash"])
def test_a_kernel_gone_under_a_live_view_is_said_and_classes_still_switch(lab, page, end):
    start(lab, page, "w = Explainer('a good film, not a bad one, said he who never saw any', slow, budget=5000)\nw")
    widget = widgets(page)
    word = widget.locator("[data-feature]", has_text="good")
    expect(word).to_have_attribute("data-sign", "raises", timeout=60_000)
    if end == "restart":
        lab.restart(page)
    else:
        lab.run(page, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
        page.locator(".jp-Dialog .jp-mod-accept").click()
    expect(widget.get_by_role("status")).to_contain_text("the kernel is gone", timeout=30_000)
    expect(widget.get_by_role("button", name="Stop")).to_be_hidden()
    widget.get_by_role("radio", name="class 0").click()
    expect(word).to_have_attribute("data-sign", "lowers")


def test_what_is_wrong_is_a_sentence_in_place(lab, page):
    start(lab, page, "w = Explainer('good film', model)\nw")
    done(page)
    widget = widgets(page)
    lab.run(page, "w.text = '...'")
    expect(widget.get_by_role("alert")).to_contain_text("holds no word to explain", timeout=30_000)
    assert widget.locator(".ll-text").inner_text() == "..."  # as `text` has it, and the editor
    widget.get_by_role("button", name="Edit text").click()
    expect(widget.get_by_label("Edit the text")).to_have_value("...")
    page.keyboard.press("Escape")
    assert widget.get_by_text("effect on").count() == 0 or not widget.get_by_text("effect on").is_visible()
    widget.get_by_role("button", name="Back to “good film”").click()
    expect(widget.locator("[data-feature]", has_text="good")).to_have_attribute("data-sign", "raises", timeout=30_000)
    expect(lab.run(page, "print('KERNEL', w.text, w.status)")).to_contain_text("KERNEL good film done", timeout=30_000)
    lab.run(page, "w.text = 'bad film'")
    expect(widget.get_by_role("alert")).to_have_count(0, timeout=30_000)
    expect(widget.locator(".ll-text")).to_have_text("bad film")


def test_a_thousand_classes(lab, page):
    start(lab, page, "w = Explainer('good film', lambda t: [[len(x) * i / 1e5 for i in range(1000)] for x in t])\nw")
    done(page)
    search = widgets(page).get_by_role("searchbox", name="Find a class among 1,000")
    search.fill("class 123")
    widgets(page).get_by_role("radio", name=re.compile("^class 123 ")).click()
    expect(lab.run(page, "print('KERNEL', w.target)")).to_contain_text("KERNEL class 123", timeout=30_000)


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_axe_finds_nothing(lab, page, theme):
    lab.theme(f"JupyterLab {theme}")
    start(lab, page, "w = Explainer('a good film, not a bad one', model)\nw")
    done(page)
    expect(widgets(page)).to_have_attribute("data-theme", theme.lower())
    widgets(page).locator("[data-feature]", has_text="good").hover()
    assert violations(page) == []


def test_a_restart_is_told_at_once_though_nothing_runs(lab, page):
    start(lab, page, "w = Explainer('a good film', model)\nw")
    done(page)
    widget = widgets(page)
    expect(widget.get_by_role("button", name="Edit text")).to_be_visible()
    lab.restart(page)
    expect(widget.get_by_role("status")).to_contain_text("the kernel is gone", timeout=10_000)
    expect(widget.get_by_role("button", name="Edit text")).to_be_hidden()
