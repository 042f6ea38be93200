"""Takes the README's pictures from a real JupyterLab: ``make screenshots``."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from tests.browser.chromium import ARGUMENTS, installed
from tests.browser.lab import Lab

DOCS = Path(__file__).parents[2] / "docs"
CELLS = [
    "from limelight import Explainer\n\n"
    'Explainer("It is not a bad film, but the plot never quite comes alive and the jokes fall flat.")'
]


def shoot(lab: Lab, browser, theme: str) -> None:
    name = f"lab-{theme.lower()}"
    lab.theme(f"JupyterLab {theme}")
    page = browser.new_page(viewport={"width": 1200, "height": 900}, device_scale_factor=2)
    lab.open(page, lab.write(f"{name}.ipynb", CELLS))
    # the file browser takes room that a picture of a notebook does not need
    page.keyboard.press("Control+b")
    lab.run_all(page)
    widget = page.get_by_test_id("limelight")
    expect(widget.get_by_role("status")).to_have_text("Explained", timeout=180_000)
    # the popup says that a notebook was run: wait until it is gone
    page.wait_for_timeout(1500)
    widget.locator("[data-feature]", has_text="never").hover()
    page.wait_for_timeout(300)
    DOCS.mkdir(exist_ok=True)
    cell = page.locator(".jp-Cell").first.bounding_box()
    box = {"x": cell["x"], "y": cell["y"], "width": cell["width"], "height": cell["height"] + 8}
    page.screenshot(path=DOCS / f"{name}.png", clip=box)
    page.close()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        lab = Lab(Path(folder))
        browser = playwright.chromium.launch(executable_path=installed(), args=list(ARGUMENTS))
        try:
            for theme in ("Light", "Dark"):
                shoot(lab, browser, theme)
        finally:
            lab.end_kernels()
            browser.close()
            lab.close()


if __name__ == "__main__":
    main()
