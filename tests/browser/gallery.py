"""Pictures of the widget in every state, side by side: ``python -m tests.browser.gallery FOLDER``.

The documents are the bundled model's own, or a toy's where a model of 200 classes is wanted; what a state needs
besides is written here, so that a draft and a failure hold still to be looked at.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, sync_playwright

from limelight import Explanation, as_predictor, explain
from limelight.api.options import Options
from limelight.api.steps import steps
from limelight.methods import METHODS
from limelight.render.html import STATIC
from limelight.text.fields import Given, Place, fields_of
from limelight.widget.rows import rows_of, stopped
from limelight.widget.what_if import hide
from tests.browser.chromium import ARGUMENTS, installed

SENTENCE = "It is not a bad film, but the plot never quite comes alive and the jokes fall flat."
LOOKS = {"light": ("light", 1500), "dark": ("dark", 1500), "narrow": ("light", 360)}
# Each view over a stand-in of its own: with `send`, as if a kernel were there.
SHOW = """async ([source, style, states]) => {
  document.head.append(Object.assign(document.createElement("style"), { textContent: style }));
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const { render } = (await import(url)).default;
  for (const [name, state] of Object.entries(states)) {
    const cell = document.querySelector("main").appendChild(document.createElement("section"));
    cell.append(Object.assign(document.createElement("h2"), { textContent: name }));
    const el = cell.appendChild(document.createElement("div"));
    const send = state.away ? undefined : () => {};
    render({ model: { get: (trait) => state[trait], set() {}, save_changes() {}, on() {}, off() {}, send }, el });
  }
}"""
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><style>
body { margin: 12px; background: #fff; font-family: system-ui, sans-serif; }
h2 { font-size: 13px; color: #888; font-weight: 500; margin: 0 0 6px; }
main { display: grid; gap: 28px; align-items: start;
  grid-template-columns: repeat(auto-fill, minmax(min(700px, 100%), 1fr)); }
section { min-width: 0; }
@media (prefers-color-scheme: dark) { body { background: #111; color: #ddd; } }
</style><main></main>"""


def classes(count: int):
    """A toy of so many classes."""
    names = [f"class {i}" for i in range(count)]

    def scores(texts):
        length = np.array([[len(text), text.count("e"), text.count("not")] for text in texts], dtype=float)
        logits = np.sin(length @ np.random.default_rng(0).normal(0, 1, (3, count)))
        return np.exp(3 * logits) / np.exp(3 * logits).sum(axis=1, keepdims=True)

    return as_predictor(scores, class_names=names)


def state(found: Explanation | None, text: Given = SENTENCE, targets: tuple[str, ...] = (), **traits) -> dict:
    """What a view sees; done unless ``traits`` say otherwise."""
    fields = found.fields if found else fields_of(text)
    told = {"_fields": [vars(field) for field in fields], "text": {field.name: field.text for field in fields}}
    told |= {"status": "done", "progress": 1.0, "error": "", "serial": 1}
    told |= {
        "explanation": found and found.to_dict(),
        "target": None,
        "method": found.method if found else "lime",
        "unit": "word",
    }
    menu = {"methods": [{"name": n, "title": m.title, "reason": ""} for n, m in METHODS.items()]}
    menu["units"] = [{"name": name, "reason": ""} for name in ("sentence", "word", "token", "character")]
    menu["targets"] = list(targets or (found.targets if found else ()))
    menu["formats"] = [{"name": "svg", "title": "Picture (SVG)", "reason": ""}]
    return told | {"_menu": menu, "lang": "en"} | traits


def hiding(found: Explanation, places: list[Place], model=None) -> dict:
    """After one place was hidden, and then these."""
    tries = [list(hide(found, as_predictor(model), some))[-1].to_dict() for some in ([], places[:1], places)]
    return state(found, hidden=[list(place) for place in places], tries=tries, at=2)


def compared(found: Explanation, *methods: str) -> dict:
    """Two methods that are done, and one that has failed."""
    rows = rows_of(found.fields, Options(), as_predictor, methods=methods, texts=(), models=())
    done = [replace(row, explanation=explain(SENTENCE, method=row.name), status="done") for row in rows[:-1]]
    sentence = "This model shows no attention. Methods that ask the model only work."
    failed = stopped([replace(rows[-1], status="running")], sentence)
    return state(found, compare=list(methods), others=[row.to_dict() for row in (*done, *failed)])


def entails(texts):
    """A toy of sentence pairs: what the second says of who does what must stand in the first."""
    odds = [
        3.0 * ("asleep" in premise and "awake" not in claim) - 4.0 * ("asleep" in premise and "awake" in claim)
        + 1.5 * ("man" in premise and "man" in claim) - 0.5
        for premise, claim in texts
    ]  # fmt: skip
    yes = [1 / (1 + np.exp(-x)) for x in odds]
    return [[1 - y, y] for y in yes]


def relates(texts):
    """A toy in which "not" turns "bad", "dull" and "slow" need each other, and "never" or "jokes" is enough."""
    odds = [
        1.0 - 4.0 * ("bad" in text) + 7.0 * ("bad" in text and "not" in text)
        - 3.0 * ("dull" in text and "slow" in text) - 2.5 * ("never" in text or "jokes" in text)
        for text in texts
    ]  # fmt: skip
    yes = [1 / (1 + np.exp(-x)) for x in odds]
    return [[1 - y, y] for y in yes]


RELATED = "The film is not bad, but dull and slow, and the jokes never work."


def states() -> Iterator[tuple[str, dict]]:
    """The name of each state and what a view sees in it."""
    running = {"status": "running", "progress": 0.2}
    yield "loading", state(None, status="loading", progress=0.0)
    last: Explanation | None = None
    for found in steps(fields_of(SENTENCE), as_predictor(), Options(budget=300, seed=1), examine="always"):
        if found is None:
            continue
        if last is None:
            yield "running: the prediction, no weights yet", state(found, **running)
        elif last.weights is None and found.weights is not None:
            yield "running: draft", state(found, **running)
        elif last.state == "draft" and found.state == "partial":
            yield "running: sharpening", state(found, progress=0.6, status="running")
        last = found
    yield "done", state(last)
    yield "stopped", state(replace(last, state="partial"), status="stopped", progress=0.4)
    yield (
        "failed, with the last explanation",
        state(last, status="failed", error="The model answered NaN for 3 of 64 texts."),
    )
    failure = (
        "There is no model at './modle'. limelight takes a folder with config.json, or a model's name; check the path."
    )
    yield "failed at once", state(None, status="failed", error=failure)
    yield "words hidden", hiding(last, list(last.places[1:3]))
    yield "words hidden, a kernel that is away", hiding(last, list(last.places[1:3])) | {"away": True}
    yield "compared", compared(last, "interactions", "occlusion", "attention_rollout")
    pair = {"premise": "A man in a blue shirt is asleep on the couch.", "hypothesis": "The man is awake."}
    model = as_predictor(entails, class_names=["contradiction", "entailment"])
    both = explain(pair, model, budget=600)
    yield "two fields", state(both)
    yield "two fields, the first is hidden", hiding(both, [(0, 0, len(both.texts[0]))], model)
    yield "3 words", state(explain("not bad really"))
    yield "one word", state(explain("Wonderful"))
    nothing = "The text ' ... ' holds no word to explain. unit='character' explains it sign by sign."
    yield "no words", state(None, " ... ", status="failed", error=nothing)
    yield "400 words", state(explain(" ".join([SENTENCE] * 24), classes(3), budget=450))
    yield "200 classes", state(explain(SENTENCE, classes(200), budget=200))
    yield (
        "2 classes of long names",
        state(
            explain(
                SENTENCE,
                as_predictor(lambda t: [[len(x) / 99, 1 - len(x) / 99] for x in t], class_names=[SENTENCE, "a" * 60]),
                budget=200,
            )
        ),
    )
    yield (
        "numbers, no classes",
        state(explain(SENTENCE, lambda texts: [[t.count("a") - 3.0] for t in texts], budget=200)),
    )
    yield (
        "contrast",
        state(explain(SENTENCE, contrast=("positive", "negative"), budget=200), targets=as_predictor().targets),
    )
    yield "words and pairs", state(explain(SENTENCE, method="interactions", budget=300))
    model = as_predictor(relates, class_names=["negative", "positive"])
    related = explain(RELATED, model, method="interactions", budget=600)
    yield "what words are to each other", state(related)
    yield "what words are to each other, in Chinese", state(related, lang="zh")
    yield "attention", state(explain(SENTENCE, method="attention_rollout"))
    yield "sentences", state(explain(f"{SENTENCE} I loved it! The end is great.", unit="sentence"))
    yield "Chinese captions", state(explain("这部电影非常好看,但是结尾很糟糕。"), lang="zh")
    yield "a kernel that is away", state(last, away=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    shown = dict(states())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed(), args=list(ARGUMENTS))
        for name in LOOKS:
            print(shoot(browser, name, shown, folder))
        browser.close()


def shoot(browser: Browser, name: str, shown: dict[str, dict], folder: Path) -> Path:
    scheme, width = LOOKS[name]
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.set_content(PAGE)
    page.evaluate(SHOW, [(STATIC / "widget.js").read_text("utf-8"), (STATIC / "widget.css").read_text("utf-8"), shown])
    page.wait_for_timeout(800)
    page.screenshot(path=folder / f"{name}.png", full_page=True)
    page.close()
    return folder / f"{name}.png"


if __name__ == "__main__":
    main()
