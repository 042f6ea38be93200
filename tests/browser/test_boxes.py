"""The widget in every container of ipywidgets, none with a layout of its own, in a real JupyterLab."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.browser.test_lab import MODEL

TEXT = "a good film, not a bad one, said he who never saw any"
SETUP = (
    MODEL
    + f"""
import ipywidgets as W
make = lambda: Explainer({TEXT!r}, model, class_names=["no", "yes"])
"""
)
BOXES = {
    "HBox of two": ("W.HBox([make(), make()])", 2),
    "HBox with a slider": ("W.HBox([make(), W.IntSlider()])", 1),
    "HBox of one": ("W.HBox([make()])", 1),
    "VBox": ("W.VBox([W.IntSlider(), make(), make()])", 2),
    "Tab": ("W.Tab([make(), make()])", 1),
    "Accordion": ("W.Accordion([make(), make()], selected_index=0)", 1),
    "GridBox": ("W.GridBox([make(), make()])", 2),
    "GridBox of columns": ("W.GridBox([make(), make()], layout=W.Layout(grid_template_columns='1fr 1fr'))", 2),
    "AppLayout": ("W.AppLayout(header=W.Label('head'), center=make(), left_sidebar=W.IntSlider())", 1),
    "interact": ("W.interactive(lambda n: display(make()), n=(0, 3))", 1),
    "nested": ("W.HBox([W.VBox([W.Tab([W.HBox([make(), W.Button()])])]), make()])", 2),
    "Stack": ("W.Stack([make(), make()], selected_index=0)", 1),
}
LEAST = 240  # px that a widget is wide wherever there is room for it


@pytest.mark.slow
def test_every_container_gives_it_room(lab, page):
    cells = [f"display({code})" for code, _ in BOXES.values()]
    lab.open(page, lab.write("boxes.ipynb", [SETUP, *cells]))
    lab.run_all(page)
    for at, (name, (_, count)) in enumerate(BOXES.items(), 1):
        cell = page.locator(".jp-Cell").nth(at)
        cell.scroll_into_view_if_needed()
        widgets = cell.locator(".limelight:visible")
        expect(widgets, name).to_have_count(count, timeout=120_000)
        for i in range(count):
            word = widgets.nth(i).locator("[data-feature]", has_text="good").first
            expect(word, name).to_have_attribute("data-sign", "raises", timeout=60_000)
        # All in one frame: a widget that still grows moves the next one between two questions.
        boxes = widgets.evaluate_all("all => all.map((e) => e.getBoundingClientRect().toJSON())")
        wider = "all => all.filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.className)"
        holders = ".jp-OutputArea-output, .jp-OutputArea-output .widget-container"
        assert cell.locator(holders).evaluate_all(wider) == [], name
        assert all(box["width"] >= LEAST and box["height"] < 1200 for box in boxes), (name, boxes)
        for one in boxes:
            for other in boxes:
                apart = one["x"] + one["width"] <= other["x"] + 1 or one["y"] + one["height"] <= other["y"] + 1
                assert (
                    one is other
                    or apart
                    or other["x"] + other["width"] <= one["x"] + 1
                    or (other["y"] + other["height"] <= one["y"] + 1)
                ), (name, boxes)


@pytest.mark.parametrize("pair", [("W.HBox([w])", 1), ("W.Tab([w])", 1)])
def test_a_saved_notebook_has_the_picture_of_what_was_in_a_container(lab, page, pair):
    code, count = pair
    name = lab.write("saved.ipynb", [SETUP, f"w = make()\n{code}"])
    lab.open(page, name)
    lab.run_all(page)
    good = page.locator(".limelight:visible [data-feature]", has_text="good").first
    expect(good).to_have_attribute("data-sign", "raises", timeout=120_000)
    still = page.locator("[class^=limelight-still]")
    expect(still).to_have_count(count)
    expect(still.first).to_be_hidden()  # where the widget lives
    page.keyboard.press("Control+s")
    saved = lab.root / name

    def pictures():
        if not saved.read_text():
            return []  # being written
        outputs = json.loads(saved.read_text())["cells"][1]["outputs"]
        return [html for one in outputs if "<details" in (html := "".join(one["data"].get("text/html", [])))]

    for _ in range(50):
        if len(pictures()) == count:
            break
        page.wait_for_timeout(200)
        page.keyboard.press("Control+s")
    assert len(pictures()) == count
