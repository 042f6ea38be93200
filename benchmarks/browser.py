"""What the browser has to do: a class switch, and scrolling past fifty widgets.

    python -m benchmarks.browser          a page of our own
    python -m benchmarks.browser --lab    in a real JupyterLab, too: a word hidden, and fifty cells (three minutes)

The work of a switch is what Chromium counts on its main thread: script, style, layout and, in the whole, painting.
Words scrolled out of sight follow at rest, and are not in it. "Painted" is from the click, as a frame begins, to the
end of that frame's painting, and so knows of whatever else the machine does.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, expect, sync_playwright

from limelight import Explanation
from limelight.document import Answer
from limelight.document.targets import Target
from limelight.render.html import STATIC
from limelight.text.fields import fields_of
from limelight.text.units import words
from tests.browser.chromium import ARGUMENTS, installed
from tests.browser.lab import Lab

SWITCHES = 50
COUNTED = {
    "script": "ScriptDuration",
    "style": "RecalcStyleDuration",
    "layout": "LayoutDuration",
    "all": "TaskDuration",
}
WIDGETS = 50

TIMED = """async (times) => {
  const handled = [], shown = [];
  for (let i = 0; i < times; i += 1) {
    await new Promise((done) => setTimeout(done, 60));
    // clicked as a frame begins, so that no wait for the screen is counted: what follows is our work and the browser's
    await new Promise((done) => requestAnimationFrame(() => {
      const start = performance.now();
      CLICKED;
      handled.push(performance.now() - start);
      const channel = new MessageChannel();
      channel.port1.onmessage = () => {
        shown.push(performance.now() - start);
        done();
      };
      channel.port2.postMessage(0);
    }));
  }
  return { handled, shown };
}"""
SWITCH = TIMED.replace("CLICKED", "document.querySelector('[role=radio][aria-checked=false]').click()")
# Of a generated answer: a stretch from its first word to ever another is asked about.
STRETCH = TIMED.replace(
    "CLICKED",
    """const words = [...document.querySelectorAll('.ll-answered [data-word]')];
      const word = words[Math.floor(Math.random() * words.length)];
      word.dispatchEvent(new MouseEvent('click', { bubbles: true, shiftKey: true, detail: 1 }))""",
)
# From the click on a word to the model's answer in the reading line, which says a score and another once it is known.
HIDE = """async (times) => {
  const root = document.querySelector(".limelight"), told = root.querySelector(".ll-told"), found = [];
  for (let i = 0; i < times; i += 1) {
    const word = root.querySelector(`.ll-text [data-feature="${i}"]`);
    await new Promise((done) => {
      const start = performance.now();
      word.click();
      const seen = new MutationObserver(() => {
        if (!told.textContent.includes("→")) return;
        seen.disconnect();
        requestAnimationFrame(() => { found.push(performance.now() - start); done(); });
      });
      seen.observe(told, { subtree: true, childList: true, characterData: true });
    });
    await new Promise((done) => setTimeout(done, 300));
  }
  return found;
}"""
HIDDEN = 17  # words, one after the other
NOTEBOOKS = 3
SENTENCE = "It is not a bad film, but the plot never quite comes alive and the jokes fall flat."
ASK = f"""import time, numpy as np
from limelight import as_predictor
found, words, predictor = [], {SENTENCE!r}.split(), as_predictor()
for i in range({HIDDEN}):
    start = time.perf_counter()
    predictor([" ".join(words[i + 1 :])])
    found.append(1000 * (time.perf_counter() - start))
print("PASS", round(float(np.median(found)), 1))"""
FRAMES = """() => {
  window.frames_ = [];
  let last = performance.now();
  const tick = (now) => { frames_.push(now - last); last = now; requestAnimationFrame(tick); };
  requestAnimationFrame(tick);
}"""
# Fifty views, each over a stand-in of its own as in page.js.
FIFTY = """async ([source, style, states]) => {
  document.head.append(Object.assign(document.createElement("style"), { textContent: style }));
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const { render } = (await import(url)).default;
  for (const state of states) {
    const el = document.body.appendChild(document.createElement("div"));
    el.style.margin = "40px";
    const model = { get: (name) => state[name], set() {}, save_changes() {}, on() {}, off() {} };
    render({ model, el });
  }
}"""


def explanation(d: int, k: int, seed: int = 0) -> Explanation:
    random = np.random.default_rng(seed)
    text = " ".join("".join(random.choice(list("etaoinshr"), random.integers(2, 9))) for _ in range(d))
    spans = words(text)
    weights = random.normal(0, 0.1, (k, len(spans)))
    margin = random.uniform(0, 0.08, weights.shape)
    return Explanation(
        fields=fields_of(text),
        places=[(0, *span) for span in spans],
        targets=[f"class {i}" for i in range(k)],
        scores=random.dirichlet(np.ones(k)),
        weights=weights,
        intervals=np.stack([weights - margin, weights + margin], axis=2),
        intercepts=np.full(k, 0.3),
        fit={"r2": [0.8] * k},
        state="settled",
        method="lime",
        title="LIME",
        evaluations=2000,
        budget=2000,
    )


def answered(d: int, k: int, rows: int = 400) -> Explanation:
    """The explanation of an answer of ``k`` words, with what the intervals of its stretches are made of."""
    random = np.random.default_rng(1)
    text = explanation(k, 1, 1).text
    spans = words(text)
    residuals = np.cumsum(np.pad(random.normal(0, 0.1, (rows, k)), ((0, 0), (1, 0))), axis=1)
    said = Answer(text, (), tuple(spans), tuple(random.uniform(0, 1, k)))
    return replace(
        explanation(d, k),
        targets=tuple(Target(f"{text[a:b]} [{at}]", "answer") for at, (a, b) in enumerate(spans)),
        scale="log-probability",
        answer=said,
        residuals=residuals,
        leverages=random.uniform(0, 0.01, (rows, d)),
    )


def switches(page: Page, folder: Path, name: str, shown_there: Explanation, switch: str) -> str:
    """A line of the table: milliseconds of a switch to another class, or to another stretch of an answer."""
    shown_there.to_html(folder / "page.html")
    page.goto((folder / "page.html").as_uri())
    expect(page.get_by_test_id("limelight")).to_be_visible()
    page.evaluate(switch, 5)
    client = page.context.new_cdp_session(page)
    # time that the thread had a processor, whatever else the machine does
    client.send("Performance.enable", {"timeDomain": "threadTicks"})
    shown, work = [], []
    for _ in range(SWITCHES):
        before = metrics(client)
        shown.append(page.evaluate(switch, 1))
        after = metrics(client)
        work.append([1000 * (after[name] - before[name]) for name in COUNTED.values()])
    handled, painted = (np.array([one[name][0] for one in shown]) for name in ("handled", "shown"))
    columns = [name, *(f"{ms:.1f}" for ms in np.median(work, axis=0))]
    columns += [f"{np.percentile(np.array(work)[:, -1], 95):.1f}", f"{np.median(handled):.1f}"]
    columns += [f"{np.percentile(painted, q):.1f}" for q in (50, 95)]
    return "| " + " | ".join(columns) + " |"


def metrics(client) -> dict[str, float]:
    return {one["name"]: one["value"] for one in client.send("Performance.getMetrics")["metrics"]}


def fifty(page: Page) -> None:
    page.set_content("<!doctype html><meta charset=utf-8><body>")
    states = []
    for seed in range(WIDGETS):
        document = explanation(60, 3, seed).to_dict()
        states.append({"explanation": document, "_fields": document["fields"], "status": "done", "target": "class 0"})
    page.evaluate(FIFTY, [(STATIC / "widget.js").read_text(), (STATIC / "widget.css").read_text(), states])
    expect(page.get_by_test_id("limelight")).to_have_count(WIDGETS)


def hiding(page: Page, lab: Lab) -> str:
    shown, forward = [], []
    for at in range(NOTEBOOKS):
        code = f"from limelight import Explainer\nw = Explainer({SENTENCE!r}, budget=100)\nw"
        lab.open(page, lab.write(f"hide{at}.ipynb", [code]))
        lab.run_all(page)
        status = page.get_by_test_id("limelight").get_by_role("status")
        expect(status).to_have_text("Explained", timeout=120_000)
        shown += page.evaluate(HIDE, HIDDEN)
        out = lab.run(page, ASK)
        expect(out).to_contain_text("PASS", timeout=60_000)
        forward.append(float(out.inner_text().split("PASS")[1].split()[0]))
    median, late = np.percentile(shown, [50, 95])
    return (
        f"a word hidden ({len(shown)} times): shown after {median:.0f} ms (95 %: {late:.0f}); "
        f"a pass of the model takes {np.median(forward):.0f} ms"
    )


def fifty_cells(page: Page, lab: Lab) -> None:
    setup = "from limelight import Explainer\nmodel = lambda texts: [[len(t) % 7, 3, len(t) % 5] for t in texts]\n"
    cells = [setup, *(f"Explainer({explanation(60, 1, i).text!r}, model, budget=200)" for i in range(WIDGETS))]
    lab.open(page, lab.write("fifty.ipynb", cells))
    lab.run_all(page)
    page.locator("#jp-main-statusbar", has_text="Python 3 (ipykernel) | Idle").wait_for(timeout=90_000)
    page.wait_for_timeout(45_000)  # cells out of sight are not in the page, so nothing there says when all is done


def plain_cells(page: Page, lab: Lab) -> None:
    """The same with empty boxes as high: what the host itself costs."""
    cells = ["from IPython.display import HTML", *["HTML('<div style=\"height:450px\">x</div>')"] * WIDGETS]
    lab.open(page, lab.write("plain.ipynb", cells))
    lab.run_all(page)
    page.wait_for_timeout(15_000)


def scrolling(page: Page, name: str) -> str:
    """A line of the table: milliseconds between frames and of work in each, while the wheel turns for some seconds."""
    page.evaluate("for (const e of document.querySelectorAll('.jp-WindowedPanel-outer')) e.scrollTop = 0")
    page.mouse.move(600, 400)
    page.wait_for_timeout(1000)
    page.evaluate(FRAMES)
    browser = page.context.browser
    browser.start_tracing(page=page, categories=["devtools.timeline", "toplevel", "cc"])
    for _ in range(120):
        page.mouse.wheel(0, 110)
        page.wait_for_timeout(25)
    work = worked(json.loads(browser.stop_tracing())["traceEvents"])
    frames = np.array(json.loads(page.evaluate("JSON.stringify(frames_)")))[3:]
    columns = [
        name,
        len(frames),
        *(f"{np.percentile(frames, q):.1f}" for q in (50, 95, 99)),
        f"{(frames > 34).mean():.1%}",
        *(f"{np.percentile(work, q):.1f}" for q in (50, 95, 99)),
    ]
    return "| " + " | ".join(map(str, columns)) + " |"


def worked(events: list[dict]) -> np.ndarray:
    """Milliseconds of the processor that the page's main thread worked in each frame, by Chromium's trace."""
    begun = [one for one in events if one["name"] == "ProxyMain::BeginMainFrame"]
    (thread, _), *_ = Counter((one["pid"], one["tid"]) for one in begun).most_common(1)
    own = [one for one in events if (one["pid"], one["tid"]) == thread and one["ph"] == "X" and "tdur" in one]
    begins = np.sort([one["ts"] for one in begun if (one["pid"], one["tid"]) == thread])
    work, end = np.zeros(len(begins) + 1), 0
    for one in sorted(own, key=lambda one: (one["ts"], -one["dur"])):
        if one["ts"] >= end:  # the outermost
            end = one["ts"] + one["dur"]
            work[np.searchsorted(begins, one["ts"], side="right")] += one["tdur"] / 1000
    return work[1:-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lab", action="store_true", help="in JupyterLab, too")
    lab = parser.parse_args().lab
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed(), args=list(ARGUMENTS))
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        print(f"Chromium {browser.version}; the bundle has {(STATIC / 'widget.js').stat().st_size / 1000:.1f} kB\n")
        print("| class switch, ms | script | style | layout | all work | 95 % | click handled | painted | 95 % |")
        print("|---|---|---|---|---|---|---|---|---|")
        for d, k in ((40, 3), (400, 5), (400, 200)):
            line = switches(page, Path(folder), f"{d} words, {k} classes", explanation(d, k), SWITCH)
            print(line, flush=True)
        of = "400 words, a stretch of an answer of 200"
        print(switches(page, Path(folder), of, answered(400, 200), STRETCH), flush=True)
        print("\n| scrolling, ms | frames | apart, median | 95 % | 99 % | over two frames' time | work | 95 % | 99 % |")
        print("|---|---|---|---|---|---|---|---|---|")
        page.set_content("<!doctype html><body><div style='height:50000px'>")
        print(scrolling(page, "an empty page"))
        fifty(page)
        print(scrolling(page, f"{WIDGETS} widgets, one page"), flush=True)
        if lab:
            server = Lab(Path(folder))
            try:
                print("\n" + hiding(page, server) + "\n", flush=True)
                plain_cells(page, server)
                print(scrolling(page, f"{WIDGETS} cells of plain boxes in JupyterLab"), flush=True)
                fifty_cells(page, server)
                print(scrolling(page, f"{WIDGETS} cells in JupyterLab"))
            finally:
                server.end_kernels()
                server.close()
        browser.close()


if __name__ == "__main__":
    main()
