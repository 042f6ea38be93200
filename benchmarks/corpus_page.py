"""The page of a large corpus: how soon it can be read, and how soon a search is seen.

    python -m benchmarks.corpus_page [--words 50000] [--runs 5]

The page is opened from its file in a browser of its own each time. It is open when the first rows are painted, counted
from when the navigation begins. A search counts from the key to the end of the painting of that frame.
"""

from __future__ import annotations

import argparse
import string
import tempfile
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

from benchmarks.material import machine
from limelight import explain_corpus
from limelight.corpus import files
from tests.browser.chromium import ARGUMENTS, installed
from tests.corpus.models import Sum, texts_of

TARGETS = ("negative", "neutral", "positive")
TYPED = ("a", "ab", "abc", "ab", "a", "", "q", "qu", "x")
OPENED = """() => new Promise((done) => {
  const look = () => document.querySelector(".ll-words li")
    ? requestAnimationFrame(() => setTimeout(() => done(performance.now())))
    : requestAnimationFrame(look);
  look();
})"""
SEARCHED = """async (typed) => {
  const search = document.querySelector("input[type=search]"), found = [];
  for (const text of typed) {
    await new Promise((done) => setTimeout(done, 100));
    await new Promise((done) => requestAnimationFrame(() => {
      const start = performance.now();
      search.value = text;
      search.dispatchEvent(new InputEvent("input", { bubbles: true }));
      const channel = new MessageChannel();
      channel.port1.onmessage = () => { found.push(performance.now() - start); done(); };
      channel.port2.postMessage(0);
    }));
  }
  return found;
}"""


class Three(Sum):
    """With the targets of the bundled model."""

    targets = TARGETS

    def predict(self, texts):
        up = super().predict(texts)
        return np.stack([up[:, 0], 0 * up[:, 0], up[:, 1]], axis=1)


def corpus_of(number: int, folder: Path) -> object:
    """A corpus of a few texts, with a table of many made-up words."""
    import pandas

    corpus = explain_corpus(texts_of(200), Three(), out=folder)
    random = np.random.default_rng(0)
    letters = np.array(list(string.ascii_lowercase))
    names = ["".join(random.choice(letters, random.integers(3, 12))) + str(at % 10) for at in range(number)]
    parts = []
    for target in TARGETS:
        effect, error = random.normal(0, 0.1, number), random.gamma(2, 0.01, number)
        own = pandas.DataFrame({"word": names, "target": target, "effect": effect, "se": error})
        own["low"], own["high"] = effect - 2 * error, effect + 2 * error
        own["texts"] = random.integers(1, 1000, number)
        own["share_raises"], own["context"] = random.random(number), random.gamma(2, 0.02, number)
        own["most_for"], own["most_against"] = [[0]] * number, [[1]] * number
        parts.append(own.loc[(-np.abs(effect) + 2 * error).argsort()])
    table = files.arrow().Table.from_pandas(pandas.concat(parts), schema=files.words_schema(), preserve_index=False)
    files.write_table(table, folder / files.WORDS)
    return type(corpus)(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--words", type=int, default=50_000)
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "page.html"
        corpus = corpus_of(asked.words, Path(folder) / "out")
        begin = time.perf_counter()
        corpus.to_html(path)
        print(
            f"{asked.words:,} words x {len(TARGETS)}: {path.stat().st_size / 1e6:.1f} MB, "
            f"written in {time.perf_counter() - begin:.1f} s",
            flush=True,
        )
        opened, searched = [], []
        for _ in range(asked.runs):
            browser = playwright.chromium.launch(executable_path=installed(), args=list(ARGUMENTS))
            page = browser.new_page(viewport={"width": 1000, "height": 800})
            page.goto(path.as_uri(), wait_until="commit")
            opened.append(page.evaluate(OPENED))
            searched += page.evaluate(SEARCHED, list(TYPED))
            browser.close()
    print(f"opened in {np.median(opened):.0f} ms (most {max(opened):.0f})")
    print(f"search seen in {np.median(searched):.0f} ms (most {max(searched):.0f}), {len(searched)} searches")


if __name__ == "__main__":
    main()
