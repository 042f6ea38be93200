"""The same text and model in limelight and in the text plots of its peers, as pictures for the documentation.

    pip install shap interpreto inseq playwright
    python -m benchmarks.side_by_side             all
    python -m benchmarks.side_by_side shap        some

Every page is made by the peer's own code with its own defaults, saved, and photographed in Chromium as a reader
meets it first: nothing is clicked. Only inseq has another model, since it explains what a model writes: a GPT-2 of
random weights, of which nothing but the layout can be compared.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from limelight.predictors.bundled import FOLDER
from tests.browser.chromium import ARGUMENTS, installed

DOCS = Path(__file__).parents[1] / "docs" / "pictures"
TEXT = "It is not a bad film, but the plot never quite comes alive and the jokes fall flat."
CLASSES = ["negative", "neutral", "positive"]
WIDTH = 900
# shap 0.51 and inseq 0.7 write NumPy's numbers into colours, which NumPy 2 calls np.float64(255.0) and no browser reads
OLD: dict[str, Any] = {"legacy": "1.25"}


def _pair():
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    return AutoModelForSequenceClassification.from_pretrained(FOLDER).eval(), AutoTokenizer.from_pretrained(FOLDER)


def limelight_page(path: Path) -> None:
    from limelight import explain

    explain(TEXT, seed=0).to_html(path)


def shap_page(path: Path) -> None:
    import shap
    from transformers import pipeline

    model, tokenizer = _pair()
    classifier = pipeline("text-classification", model=model, tokenizer=tokenizer, top_k=None)
    with np.printoptions(**OLD):
        plot = shap.plots.text(shap.Explainer(classifier, seed=0)([TEXT], silent=True)[0], display=False)
    path.write_text(f"<!doctype html><meta charset=utf-8>{plot}", "utf-8")


def interpreto_page(path: Path) -> None:
    import torch
    from interpreto import Lime, plot_attributions

    torch.manual_seed(0)
    model, tokenizer = _pair()
    found = Lime(model, tokenizer)(TEXT, torch.tensor([[0, 1, 2]]))
    plot_attributions(found[0], classes_names=CLASSES, save_path=str(path))


def inseq_page(path: Path) -> None:
    import inseq
    import torch
    from tokenizers import ByteLevelBPETokenizer
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    torch.manual_seed(0)
    pieces = ByteLevelBPETokenizer()
    pieces.train_from_iterator([TEXT] * 3, vocab_size=400, min_frequency=1, special_tokens=["<end>"])
    marks = {f"{name}_token": "<end>" for name in ("bos", "eos", "pad", "unk")}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=pieces._tokenizer, **marks)
    config = GPT2Config(vocab_size=len(tokenizer), n_embd=64, n_layer=2, n_head=2, bos_token_id=0, eos_token_id=0)
    with tempfile.TemporaryDirectory() as folder:
        GPT2LMHeadModel(config).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        found = inseq.load_model(folder, "saliency").attribute(
            TEXT, generation_args={"max_new_tokens": 6}, show_progress=False
        )
    with np.printoptions(**OLD):
        plot = found.show(display=False, return_html=True)
    path.write_text(f"<!doctype html><meta charset=utf-8>{plot}", "utf-8")


PAGES: dict[str, Callable[[Path], None]] = {
    "limelight": limelight_page,
    "shap": shap_page,
    "interpreto": interpreto_page,
    "inseq": inseq_page,
}


def main(names: list[str]) -> None:
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed(), args=list(ARGUMENTS))
        for name in names or PAGES:
            path = Path(folder) / f"{name}.html"
            PAGES[name](path)
            page = browser.new_page(viewport={"width": WIDTH, "height": 100}, device_scale_factor=2)
            page.goto(path.as_uri())
            page.wait_for_timeout(1500)
            page.screenshot(path=DOCS / f"beside-{name}.png", full_page=True)
            print(f"docs/pictures/beside-{name}.png")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
