"""Takes the pictures of the documentation from a real JupyterLab: ``make screenshots``, or with names of some."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.browser.chromium import ARGUMENTS, installed
from tests.browser.lab import Lab

DOCS = Path(__file__).parents[2] / "docs"
TEXT = "It is not a bad film, but the plot never quite comes alive and the jokes fall flat."
PATIENCE = 180_000  # milliseconds for an explanation on a busy machine


def _look(page: Page, widget: Locator) -> None:
    page.mouse.move(0, 0)  # or what lies under the pointer is lit


@dataclass(frozen=True)
class Scene:
    """A picture: what is written in the cell, and what is done before it is taken.

    Attributes:
        code: what makes the widget.
        act: what a reader does, given the page and the widget.
        theme: JupyterLab's.
        view: the test id of what is shown.
        cell: whether the cell is in the picture, or only the widget.
    """

    code: str
    act: Callable[[Page, Locator], None] = _look
    theme: str = "Light"
    view: str = "limelight"
    cell: bool = False


def _point(word: str) -> Callable[[Page, Locator], None]:
    return lambda page, widget: _word(widget, word).hover()


def _hide(page: Page, widget: Locator) -> None:
    for word in ("never", "jokes"):
        _word(widget, word).click()
    page.mouse.move(0, 0)
    page.wait_for_timeout(2000)  # the model is asked


def _rows(page: Page, widget: Locator) -> None:
    rows = widget.locator(".ll-row")
    expect(rows.filter(has=page.locator("[data-w]"))).to_have_count(2, timeout=PATIENCE)
    page.wait_for_timeout(5000)  # each is examined
    page.mouse.move(0, 0)


def _word(widget: Locator, word: str) -> Locator:
    return widget.locator("[data-feature]", has_text=word).first


def _flips(page: Page, widget: Locator) -> None:
    widget.get_by_label("Question").select_option("flip")
    expect(widget.locator(".ll-flips li")).not_to_have_count(0, timeout=PATIENCE)
    expect(widget.locator(".ll-flip-column > .ll-later:last-child")).not_to_be_empty(timeout=PATIENCE)
    page.mouse.move(0, 0)


def _read(page: Page, widget: Locator) -> None:
    widget.locator("td[data-layer='5'][data-column='9']").hover()


def _off(page: Page, widget: Locator) -> None:
    for at in (3, 6):
        widget.locator(".ll-map").nth(at).click()
        widget.get_by_role("button", name="Switch off").click()
    expect(widget.locator(".ll-facts b")).to_contain_text("without 2 heads", timeout=PATIENCE)
    widget.locator("[data-word='2']").hover()


def _grown(page: Page, widget: Locator) -> None:
    expect(widget.get_by_role("button", name="Stop")).to_be_hidden(timeout=PATIENCE)
    widget.locator(".ll-dreams li").nth(2).hover()


START = "The film was on at eight, and I went home."
DREAM = f'from limelight import dream\n\ndream(target="positive", start="{START}", budget=300)'
EXPLAINER = f'from limelight import Explainer\n\nExplainer("{TEXT}"'
SCENES = {
    "lab-light": Scene(f"{EXPLAINER})", _point("flat"), cell=True),
    "lab-dark": Scene(f"{EXPLAINER})", _point("flat"), theme="Dark", cell=True),
    "pictures/changes-light": Scene(f"{EXPLAINER})", _hide),
    "pictures/together-light": Scene(f'{EXPLAINER}, method="interactions")', _point("not")),
    "pictures/attention-light": Scene(f'{EXPLAINER}, method="attention_rollout")', _point("never")),
    "pictures/flip-light": Scene(f"{EXPLAINER})", _flips),
    "pictures/layers-light": Scene(f'from limelight import layers\n\nlayers("{TEXT}")', _read, view="limelight-deep"),
    "pictures/heads-light": Scene(f'from limelight import heads\n\nheads("{TEXT}")', _off, view="limelight-deep"),
    "pictures/dream-light": Scene(DREAM, _grown, view="limelight-deep"),
    "pictures/compare-light": Scene(f'{EXPLAINER}, compare=["occlusion", "integrated_gradients"])', _rows),
    "pictures/exam-light": Scene(f'{EXPLAINER}, method="shapley")'),
}


def shoot(lab: Lab, browser: Browser, name: str, scene: Scene) -> None:
    """Takes one picture."""
    lab.theme(f"JupyterLab {scene.theme}")
    page = browser.new_page(viewport={"width": 1200, "height": 1200}, device_scale_factor=2)
    lab.open(page, lab.write(f"{name.replace('/', '-')}.ipynb", [scene.code]))
    # the file browser takes room that a picture of a notebook does not need
    page.keyboard.press("Control+b")
    lab.run_all(page)
    widget = page.get_by_test_id(scene.view)
    expect(widget).to_be_visible(timeout=PATIENCE)
    if scene.view == "limelight":
        expect(widget.get_by_role("status").first).to_have_text("Explained", timeout=PATIENCE)
    # the popup says that a notebook was run: wait until it is gone
    page.wait_for_timeout(1500)
    scene.act(page, widget)
    page.wait_for_timeout(300)
    path = DOCS / f"{name}.png"
    path.parent.mkdir(exist_ok=True)
    cell = page.locator(".jp-Cell").first.bounding_box()
    if scene.cell and cell:
        box = {"x": cell["x"], "y": cell["y"], "width": cell["width"], "height": cell["height"] + 8}
        page.screenshot(path=path, clip=box)
    else:
        widget.screenshot(path=path)
    page.close()


def main(names: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        lab = Lab(Path(folder))
        browser = playwright.chromium.launch(executable_path=installed(), args=list(ARGUMENTS))
        try:
            for name in names or SCENES:
                shoot(lab, browser, name, SCENES[name])
                print(f"docs/{name}.png")
        finally:
            lab.end_kernels()
            browser.close()
            lab.close()


if __name__ == "__main__":
    main(sys.argv[1:])
