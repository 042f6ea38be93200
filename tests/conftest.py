"""Toy models with known answers, and a real BERT small enough to build in a moment."""

from __future__ import annotations

import os
import time
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"  # no test asks a hub
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")  # what is said of bits holds on a CPU; set it to try a GPU

import numpy as np
import pytest

from limelight.api.steps import steps
from limelight.explanation import Explanation
from limelight.predictors import Predictor
from limelight.text.fields import fields_of

WORDS = ["good", "bad", "film", "not", "never", "a", "the", "it", "is", "was", "fun", "dull", *"!.,'好看👍"]

MARKED = ("attack", "browser", "tasks")  # folders whose every test bears the mark of that name

if os.name == "nt":  # these are about terminals, limits and devices that POSIX alone has
    collect_ignore = ["cli/test_command.py", "cli/test_files.py", "render/test_written.py"]


@pytest.hookimpl(tryfirst=True)  # before those that `-m` leaves out are left out
def pytest_collection_modifyitems(items):
    for item in items:
        folder = item.path.relative_to(Path(__file__).parent).parts[0]
        if folder in MARKED:
            item.add_marker(folder)


def until(condition, seconds=10):
    """Waits for what a thread brings about."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def document(text, spans, targets, scores, **more) -> Explanation:
    """An explanation made by hand.

    Args:
        text: one str, or what else ``Explainer`` takes.
        spans: of the features: ``(start, stop)``, or ``(position of the field, start, stop)``.
        targets: their names.
        scores: of each.
        **more: what else ``Document`` has.
    """
    places = [(0, *span)[-3:] for span in spans]
    return Explanation(fields_of(text), places, targets, scores, **more)


def result(work):
    """What a generator returns when it is let run to its end."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def explanations(text, predictor, options, **more):
    """What the steps show, without their pauses."""
    return [one for one in steps(fields_of(text), predictor, options, **more) if one is not None]


class Linear(Predictor):
    """Adds up known weights of the words that are in the text: its own explanation."""

    name = "linear"
    scale = "value"

    def __init__(self, weights: dict[str, float], base: float = 0.0) -> None:
        self.weights, self.base = weights, base
        self.targets = ("up", "down")
        self.asked: list[str] = []

    def predict(self, texts: list[str]) -> np.ndarray:
        self.asked += texts
        up = np.array([self.base + sum(self.weights.get(w.strip(".,\"'"), 0) for w in t.split()) for t in texts])
        return np.stack([up, -up], axis=1)


@pytest.fixture
def linear():
    return Linear({"good": 0.5, "bad": -0.25, "not": 0.125}, base=0.1)


@pytest.fixture(scope="session")
def bert(tmp_path_factory):
    """Makes and saves BERTs: ``bert(num_labels=3, ...)`` returns a folder."""
    import torch
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    def make(trained: bool = True, mode: str = "safetensors", **config):
        folder = tmp_path_factory.mktemp("bert")
        torch.manual_seed(0)
        pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
        (folder / "vocab.txt").write_text("\n".join(pieces), "utf-8")
        fast = BertWordPieceTokenizer(str(folder / "vocab.txt"))
        tokenizer = BertTokenizerFast(tokenizer_object=fast._tokenizer, model_max_length=32)
        size = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
        size |= {"max_position_embeddings": 32, "vocab_size": len(pieces)}
        model = BertForSequenceClassification(BertConfig(**{**size, **config}))
        if trained:
            # spread out, so that words change the answer visibly; a bias as training leaves it
            with torch.no_grad():
                model.bert.embeddings.word_embeddings.weight.normal_(0, 1)
                model.classifier.weight.normal_(0, 0.7)
                model.classifier.bias.normal_(0, 0.1)
        if mode == "headless":
            model.bert.save_pretrained(folder)
        elif mode == "pickle":
            model.config.save_pretrained(folder)
            torch.save(model.state_dict(), folder / "pytorch_model.bin")
        else:
            model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        return str(folder)

    return make


@pytest.fixture(scope="session")
def answerer(tmp_path_factory):
    """``((model, tokenizer), folder)``: a BERT that answers questions, see ``tests.trained.answers_model``."""
    from tests.trained import answers_model

    folder = tmp_path_factory.mktemp("answerer")
    parts = answers_model(folder)
    for part in parts:
        part.save_pretrained(folder)
    return parts, str(folder)


@pytest.fixture(scope="session")
def sklearn_pipeline():
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    texts = ["good fun film", "a good film", "bad dull film", "a dull bad film", "the film", "it was a film"]
    labels = ["positive", "positive", "negative", "negative", "neutral", "neutral"]
    return make_pipeline(CountVectorizer(), LogisticRegression()).fit(texts, labels)


@pytest.fixture
def plain_surroundings(monkeypatch):
    """Nothing around the tests says how a terminal is; nobody's own is asked."""
    for name in ("FORCE_COLOR", "NO_COLOR", "COLUMNS", "COLORFGBG", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("limelight.render.background.asked", lambda: None)
