"""Random clicking, typing and stopping in a real JupyterLab, and what grows meanwhile.

    python -m tests.browser.soak --minutes 30 --seed 0

Two views of one widget, a text box linked to it and a cell that sets its traits. What is counted is counted at
rest, in the same state, after a collection of garbage: at the start, in the middle and at the end.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import psutil
from playwright.sync_api import Error, expect, sync_playwright

from tests.browser.chromium import ARGUMENTS, installed
from tests.browser.lab import Lab

SETUP = """
import os, time
import ipywidgets
from limelight import Explainer

def model(texts):
    time.sleep(0.02)
    yes = [0.5 + 0.4 * ("good" in t) - 0.3 * ("bad" in t) - 0.01 * (len(t) % 3) for t in texts]
    return [[1 - y, y / 2, y / 2] for y in yes]

w = Explainer("a good film, not a bad one", model, budget=300)
box, rest = ipywidgets.Text(description="text"), ipywidgets.Button(description="Rest 0")
ipywidgets.link((w, "text"), (box, "value"))

def at_rest(_):
    w.unit, w.method, w.compare, w.contrast, w.seed, w.scale = "word", "lime", [], None, 0, "auto"
    w.target, w.text = None, "a good film, not a bad one"
    w.explain()  # empties the cache too, which may grow up to its bound
    rest.description = f"Rest {int(rest.description[5:]) + 1}"

rest.on_click(at_rest)
print("PID", os.getpid())
ipywidgets.VBox([rest, box, w])
"""
WORDS = [
    "good",
    "bad",
    "not",
    "film",
    "plot",
    "😀",
    "👨‍👩‍👧",
    "这部电影",
    "很好看",
    "ليس",
    "ไม่",
    "don't",
    "U.S.A.",
    "3.5",
]
WORDS += ["<b>bold</b>", "</script>", "flat", ",", ".", "the", "a"]
KEYS = ["ArrowRight", "ArrowLeft", "Home", "End", "Enter", "Escape", "Tab", "Shift+Tab", "Space"]
PATIENCE = 1_500  # ms: what was aimed at may have gone meanwhile


@dataclass
class Figures:
    """What was counted at one time.

    Memory is in MB. Heap, listeners and nodes are the whole page's, and JupyterLab's own grow with every click;
    ``ours`` are the widget's views and rows that are held, in the page or not: all its listeners hang on them.
    """

    minutes: float
    actions: int
    threads: int
    kernel: float
    heap: float
    listeners: int
    nodes: int
    ours: int


class Soak:
    """Opens the notebook; ``run`` acts at random, ``errors`` holds what the console said."""

    def __init__(self, lab: Lab, page, seed: int = 0) -> None:
        self.page, self.lab, self.random = page, lab, random.Random(seed)
        self.errors: list[str] = []
        self.actions = self.missed = self.rests = 0
        page.on("console", lambda m: self.errors.append(f"{m.text} ({m.location})") if m.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(error.stack or str(error)))
        lab.open(page, lab.write("soak.ipynb", [SETUP, "w", "w.seed = 0"]))
        lab.run_all(page)
        self.views, self.cells = page.get_by_test_id("limelight"), page.locator(".jp-NotebookPanel .jp-Cell")
        expect(self.views).to_have_count(2, timeout=90_000)
        said = page.locator(".jp-OutputArea-output", has_text="PID").first.inner_text()
        self.kernel = psutil.Process(int(said.split()[1]))
        self.client = page.context.new_cdp_session(page)
        self.client.send("Performance.enable")
        self.started = time.monotonic()

    def run(self, seconds: float) -> Figures:
        """Acts for so long, then comes to rest and counts."""
        acts = [self.word, self.key, self.radio, self.type, self.button, self.choose, self.bar, self.cell, self.view]
        likely = [4, 4, 4, 3, 3, 3, 2, 1, 0.3]
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            (act,) = self.random.choices(acts, likely)
            try:
                act()
            except (Error, AssertionError):
                self.missed += 1
            self.actions += 1
            self.page.wait_for_timeout(self.random.choice([0, 20, 100, 400]))
        return self.count()

    def any(self, selector: str):
        """One of the elements that are there now, of either view."""
        found = self.views.locator(f"{selector}:visible")
        return found.nth(self.random.randrange(max(1, found.count())))

    def word(self) -> None:
        word = self.any("[data-feature]")
        word.click(timeout=PATIENCE) if self.random.random() < 0.5 else word.hover(timeout=PATIENCE)

    def key(self) -> None:
        self.any("[data-feature], .ll-class, .ll-button").focus(timeout=PATIENCE)
        for _ in range(self.random.randint(1, 4)):
            # a key that has left the widget is the notebook's: Enter would edit a cell
            if self.page.evaluate("document.activeElement.closest('.limelight') !== null"):
                self.page.keyboard.press(self.random.choice(KEYS))

    def radio(self) -> None:
        self.any("[role=radio]").click(timeout=PATIENCE)

    def button(self) -> None:
        self.any(".ll-button").click(timeout=PATIENCE)

    def bar(self) -> None:
        self.any(".ll-bars li").hover(timeout=PATIENCE)

    def choose(self) -> None:
        select = self.any("select")
        values = select.locator("option:not([disabled])").evaluate_all("all => all.map(e => e.value)")
        if values:  # a select that has gone meanwhile has none
            select.select_option(self.random.choice(values), timeout=PATIENCE)

    def text(self) -> str:
        return " ".join(self.random.choices(WORDS, k=self.random.randint(0, 14)))

    def type(self) -> None:
        box = self.page.get_by_label("text", exact=True)
        if self.random.random() < 0.5:
            box.fill(self.text(), timeout=PATIENCE)
        else:
            box.press_sequentially(self.text()[:12], delay=30, timeout=10 * PATIENCE)

    def cell(self) -> None:
        options = [f"w.text = {self.text()!r}", f"w.seed = {self.random.randint(0, 9)}", "w.target = 1", "w.stop()"]
        options += ["w.unit = 'character'", "w.unit = 'word'", "w.wait(0.3)", "w.scale = 'log-odds'"]
        self.again(2, self.random.choice(options))

    def view(self) -> None:
        """Closes the second view and opens another."""
        self.again(1, "w")
        expect(self.views).to_have_count(2, timeout=20_000)

    def again(self, cell: int, code: str) -> None:
        editor = self.cells.nth(cell).locator(".cm-content")
        editor.click(timeout=PATIENCE)
        # typed into the notebook instead, this would select and run every cell
        expect(editor).to_be_focused()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(code)
        self.page.keyboard.press("Control+Enter")

    def count(self) -> Figures:
        self.again(1, "w")
        self.again(2, "w.seed = 0")
        self.rests += 1
        self.page.get_by_role("button", name=f"Rest {self.rests - 1}", exact=True).click()
        self.page.get_by_role("button", name=f"Rest {self.rests}", exact=True).wait_for()
        expect(self.views.first.get_by_role("status")).to_have_text("Explained", timeout=60_000)
        self.page.mouse.move(5, 5)
        self.page.wait_for_timeout(1_500)
        for _ in range(2):
            self.client.send("HeapProfiler.collectGarbage")
        found = {one["name"]: one["value"] for one in self.client.send("Performance.getMetrics")["metrics"]}
        return Figures(
            round((time.monotonic() - self.started) / 60, 1),
            self.actions,
            self.kernel.num_threads(),
            round(self.kernel.memory_info().rss / 1e6, 1),
            round(found["JSHeapUsedSize"] / 1e6, 1),
            int(found["JSEventListeners"]),
            int(found["Nodes"]),
            self.held(),
        )

    def held(self) -> int:
        """How many views, and rows of other methods in them, the page still holds."""
        prototype = self.client.send("Runtime.evaluate", {"expression": "HTMLElement.prototype"})["result"]["objectId"]
        found = self.client.send("Runtime.queryObjects", {"prototypeObjectId": prototype, "objectGroup": "soak"})
        # prototypes of single elements are among them, and no elements
        ours = "one => Object.hasOwn(one, 'constructor') ? false : one.matches('.limelight, .ll-row')"
        function = f"function () {{ return this.filter({ours}).length; }}"
        arguments = {"objectId": found["objects"]["objectId"], "functionDeclaration": function, "returnByValue": True}
        count = self.client.send("Runtime.callFunctionOn", arguments)["result"]["value"]
        self.client.send("Runtime.releaseObjectGroup", {"objectGroup": "soak"})
        return count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        lab = Lab(Path(folder))
        browser = playwright.chromium.launch(executable_path=installed(), args=list(ARGUMENTS))
        try:
            soak = Soak(lab, browser.new_page(viewport={"width": 1280, "height": 1400}), args.seed)
            print("| " + " | ".join(field.name for field in fields(Figures)) + " |")
            print("|" + "---|" * len(fields(Figures)))
            # the first seconds fill what is made once: caches, thread pools, compiled code
            for seconds in (20, 30 * args.minutes, 30 * args.minutes):
                print("| " + " | ".join(map(str, astuple(soak.run(seconds)))) + " |", flush=True)
        finally:
            lab.end_kernels()
            browser.close()
            lab.close()
    print(f"\n{soak.missed} of {soak.actions} actions found gone what they aimed at; {len(soak.errors)} errors")
    sys.exit("\n".join(soak.errors))


if __name__ == "__main__":
    main()
