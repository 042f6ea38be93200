"""Explains many texts, with many models, in many widgets, and tells what memory is left over; run by ``test_memory``.

In a process of its own, in which nothing else remembers anything.
"""

from __future__ import annotations

import gc
import json
import sys
import tempfile
import weakref
from collections.abc import Callable
from random import Random

import psutil
import torch
from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

from limelight import Explainer, as_predictor, compare, evaluate, explain
from limelight.errors import LimelightError
from tests.attack.models import pure

WORDS = ["good", "bad", "film", "not", "never", "it", "is", "fun", "dull", "a"]
WARM = 15  # rounds that are not counted: what is read or made once is there by then


def text(number: int, words: int = 5) -> str:
    """A text that nobody has asked before."""
    random = Random(number)
    return " ".join(f"{random.choice(WORDS)}{number}" for _ in range(words))


class Works:
    """What is done again and again, by name, each time with another text."""

    def __init__(self, pair) -> None:
        self.pair = pair

    def a_function(self, number: int) -> None:
        explain(text(number), pure, budget=24).to_json()

    def a_transformer(self, number: int) -> None:
        explain(text(number), self.pair, budget=24)

    def gradients(self, number: int) -> None:
        explain(text(number), self.pair, method="gradient_x_input")

    def an_exam(self, number: int) -> None:
        evaluate(explain(text(number), pure, method="occlusion"), pure)

    def a_comparison(self, number: int) -> None:
        compare(text(number), self.pair, methods=["occlusion", "attention_rollout"])

    def a_failure(self, number: int) -> None:
        def model(texts):
            raise ValueError(text(number, 500))

        try:
            explain(text(number), model)
        except LimelightError:
            return

    def a_widget(self, number: int) -> None:
        widget = Explainer(text(number), self.pair, method="occlusion", compare=["gradient_x_input"])
        widget.wait()
        widget.hidden = [0]
        widget.wait()
        widget.close()

    def texts_of_a_widget(self, number: int) -> None:
        if number == 0:
            self.widget = Explainer("a film", pure, method="occlusion")
            self.widget.wait()
        self.widget.text = text(number % WARM)  # what was tried is kept, up to a bound
        self.widget.wait()


NAMES = [name for name in vars(Works) if not name.startswith("_")]


def left(work: Callable[[int], None], count: int) -> dict:
    """What each round leaves behind: blocks of Python's memory, and bytes of the process."""
    for number in range(WARM):
        work(number)
    before = measured()
    for number in range(WARM, WARM + count):
        work(number)
    after = measured()
    return {name: (after[name] - before[name]) / count for name in before}


def measured() -> dict[str, int]:
    gc.collect()
    return {"blocks": sys.getallocatedblocks(), "bytes": psutil.Process().memory_info().rss}


def model(tokenizer, seed: int) -> BertForSequenceClassification:
    """A BERT of 7 MB, none of which is Python's."""
    torch.manual_seed(seed)
    size = {"hidden_size": 256, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 1024}
    made = BertForSequenceClassification(BertConfig(vocab_size=tokenizer.vocab_size, **size)).eval()
    torch.nn.init.normal_(made.classifier.bias)  # as if it were trained
    return made


def dropped(tokenizer, count: int) -> dict:
    """How many of the models that were made, explained and dropped are still there, and what they take."""
    alive, resident = [], []
    for seed in range(count):
        pair = model(tokenizer, seed), tokenizer
        explain(text(seed), pair, budget=12)
        explain(text(seed), pair, method="gradient_x_input")
        widget = Explainer(text(seed), pair, method="occlusion")
        widget.wait()
        widget.close()
        alive.append(weakref.ref(pair[0]))
        del pair, widget
        gc.collect()
        resident.append(psutil.Process().memory_info().rss)
    return {"alive": sum(one() is not None for one in alive), "resident": resident}


def loaded(tokenizer, count: int) -> int:
    """How many of the models that were loaded from a folder, which was saved anew each time, are still there."""
    alive = []
    with tempfile.TemporaryDirectory() as folder:
        tokenizer.save_pretrained(folder)
        for seed in range(count):
            model(tokenizer, seed).save_pretrained(folder)
            explain(text(seed), folder, budget=12)
            alive.append(weakref.ref(as_predictor(folder)))
            gc.collect()
    return sum(one() is not None for one in alive)


def main(folder: str, rounds: str, models: str) -> None:
    tokenizer = BertTokenizerFast.from_pretrained(folder)
    pair = BertForSequenceClassification.from_pretrained(folder).eval(), tokenizer
    gc.freeze()  # what is there by now need not be looked through each time
    report = {"left": {name: left(getattr(Works(pair), name), int(rounds)) for name in NAMES}}
    report["dropped"] = dropped(tokenizer, int(models))
    report["loaded"] = loaded(tokenizer, int(models) // 2)
    print("\n" + json.dumps(report))


if __name__ == "__main__":
    main(*sys.argv[1:])
