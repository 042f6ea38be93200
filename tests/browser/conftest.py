"""A real browser that may talk to this machine only, and a real JupyterLab."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.chromium import ARGUMENTS, installed
from tests.browser.lab import Lab

LOCAL = (
    "http://127.0.0.1",
    "http://localhost",
    "ws://127.0.0.1",
    "ws://localhost",
    "data:",
    "blob:",
    "file:",
    "about:",
)
AXE = Path(__file__).parents[2] / "js" / "node_modules" / "axe-core" / "axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed(), args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser):
    """Makes pages; at the end none may have failed or asked anything of another machine.

    What a host itself does wrong is named in ``of_host``: a piece of the error or of the address.
    """
    contexts, trouble = [], []

    def make(of_host=(), **options):
        def tell(said):
            if not any(piece in said for piece in of_host):
                trouble.append(said)

        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: tell(f"error: {error}"))
        page.on("console", lambda m: trouble.append(m.text) if m.type == "error" and "limelight" in m.text else None)
        page.on("request", lambda r: None if r.url.startswith(LOCAL) else tell(f"left the machine: {r.url}"))
        page.on("dialog", lambda dialog: (trouble.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        return page

    yield make
    for context in contexts:
        context.close()
    assert not trouble


@pytest.fixture
def page(open_page):
    return open_page()


@pytest.fixture(scope="session")
def jupyter(tmp_path_factory):
    lab = Lab(tmp_path_factory.mktemp("lab"))
    yield lab
    lab.close()


@pytest.fixture
def lab(jupyter):
    jupyter.theme("JupyterLab Light")
    yield jupyter
    jupyter.end_kernels()


def violations(page, selector: str = ".limelight, .ll-sheet") -> list[str]:
    """What axe-core finds wrong within a selector, by WCAG 2.2 AA."""
    page.evaluate(AXE.read_text("utf-8"))
    # elements, not the selector: axe would not look for it inside a shadow root
    found = page.locator(selector).evaluate_all(
        "(include, tags) => axe.run({include}, {runOnly: {type: 'tag', values: tags}})", WCAG
    )
    return [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in found["violations"]]
