"""The same widget in Notebook 7, Voila and marimo: what a user does, and what the kernel sees of it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import violations
from tests.browser.server import Server, answers, free_port

# A model of known answers; a long text takes it so long that it can be stopped.
SETUP = """
import time
from limelight import Explainer

def model(texts):
    time.sleep(0.1 * ("slow" in texts[0]))
    yes = [0.5 + 0.4 * ("good" in t) - 0.3 * ("bad" in t) for t in texts]
    return [[1 - y, y] for y in yes]

LONG = "a good and slow film of many words that no budget of ours can exhaust"
explainer = Explainer("a good film, not a bad one", model, class_names=["no", "yes"], budget=4000)
"""
# A host without cells to type into shows what the kernel sees, and has a button for what a cell would do.
NOTEBOOK = """
import ipywidgets, traitlets
seen, another = ipywidgets.Label(), ipywidgets.Button(description="Another text")
traitlets.dlink((explainer, "target"), (seen, "value"), lambda target: f"KERNEL {target}")
another.on_click(lambda _: setattr(explainer, "text", LONG))
ipywidgets.VBox([explainer, seen, another])
"""
APP = """
import marimo

app = marimo.App()

@app.cell
def _():
    import marimo as mo
{setup}
    return mo, explainer, LONG

@app.cell
def _(mo, explainer):
    shown = mo.ui.anywidget(explainer)
    shown
    return shown,

@app.cell
def _(mo, shown, explainer):
    shown.value
    mo.md(f"KERNEL {{explainer.target}}")
    return

@app.cell
def _(mo, explainer, LONG):
    mo.ui.button(label="Another text", on_click=lambda _: setattr(explainer, "text", LONG))
    return

if __name__ == "__main__":
    app.run()
"""


def drive(page):
    """Words light up, a class switch reaches the kernel, a text comes from it, and Stop stops."""
    widget = page.get_by_test_id("limelight")
    word = lambda text: widget.locator("[data-feature]", has_text=text)  # noqa: E731
    expect(widget.get_by_role("status")).to_have_text("Explained", timeout=90_000)
    expect(widget.get_by_role("radio", name="yes")).to_be_checked()
    expect(word("good")).to_have_attribute("data-sign", "raises")
    expect(word("bad")).to_have_attribute("data-sign", "lowers")
    painted = lambda: word("good").evaluate("e => getComputedStyle(e).backgroundColor")  # noqa: E731
    before = painted()
    widget.get_by_role("radio", name="no").click()
    expect(word("good")).to_have_attribute("data-sign", "lowers")
    assert painted() != before
    expect(page.get_by_text("KERNEL no", exact=True)).to_be_visible(timeout=30_000)
    assert violations(page) == []
    page.get_by_role("button", name="Another text").click()
    expect(word("exhaust")).to_be_visible(timeout=30_000)
    expect(word("good")).to_have_attribute("data-sign", "lowers", timeout=30_000)
    widget.get_by_role("button", name="Stop").click()
    expect(widget.get_by_role("status")).to_have_text("Stopped", timeout=5_000)
    expect(widget.get_by_role("button", name="Explain again")).to_be_visible()


def test_notebook_7(lab, open_page):
    # its settings plugins fail with or without us
    page = open_page(of_host=["reading 'schema'", "'filebrowser:open-path' not registered"])
    lab.open_notebook(page, lab.write("notebook.ipynb", [SETUP + NOTEBOOK]))
    lab.run_all(page)
    drive(page)


def test_voila(lab, open_page):
    page = open_page(of_host=["fontawesome", "mathjax"])  # its page asks for icons and formulas
    name = lab.write("voila.ipynb", [SETUP + NOTEBOOK])
    page.goto(f"{lab.url}voila/render/{name}?token={lab.token}")
    drive(page)


@pytest.fixture(scope="module")
def marimo(tmp_path_factory):
    base, port = tmp_path_factory.mktemp("marimo"), free_port()
    indented = "".join(f"    {line}\n" if line else "\n" for line in SETUP.splitlines())
    (base / "app.py").write_text(APP.format(setup=indented))
    (base / ".marimo.toml").write_text('[display]\ntheme = "system"\n')
    command = ["marimo", "run", str(base / "app.py"), "--headless", "--no-token", "--host=127.0.0.1", f"--port={port}"]
    env = {"HOME": str(base), "XDG_CONFIG_HOME": str(base), "MARIMO_SKIP_UPDATE_CHECK": "1"}
    url = f"http://127.0.0.1:{port}/"
    server = Server(command, env, base / "log.txt", lambda: url if answers(f"{url}health") else None)
    yield server
    server.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_marimo(marimo, open_page, scheme):
    page = open_page(color_scheme=scheme)
    page.goto(marimo.url)
    widget = page.get_by_test_id("limelight")
    expect(widget).to_have_attribute("data-theme", scheme, timeout=60_000)
    # marimo keeps widgets in a shadow root and resets what it does not know: our styles must reach inside
    assert widget.evaluate("e => e.getRootNode() instanceof ShadowRoot")
    drive(page)
    button = widget.get_by_role("button", name="Explain again")
    assert button.evaluate("e => getComputedStyle(e).borderTopStyle") == "solid"
    button.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert button.evaluate("e => e.matches(':focus-visible') && getComputedStyle(e).outlineWidth") == "2px"
