"""Small BERTs trained so that known words decide, after Bastings et al. (EMNLP 2022), and who finds them.

    python -m benchmarks.planted               trains three models (minutes) and asks every method

Texts are twelve made-up words. The shortcuts: one token decides; a token decides only
where another one stands in the text too; two tokens decide by which comes first. Only
texts of the class that the shortcut makes are asked about, and only where the model
is right; precision@k is the share of the shortcut's k words among the k strongest.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from benchmarks.material import machine
from benchmarks.peers import lime_of, shap_of
from limelight import as_predictor, explain
from limelight.methods import METHODS

LENGTH, VOCABULARY = 12, 120
ONE, TWO = "zeta", "iota"
SHORTCUTS = {"single token": (ONE,), "token in context": (ONE, TWO), "ordered pair": (ONE, TWO)}


def texts_of(shortcut: str, rows: int, random: np.random.Generator) -> tuple[list[str], np.ndarray]:
    """Texts and labels, both classes alike often; class 0 holds every near miss."""
    texts, labels = [], []
    for row in range(rows):
        words = [f"w{at}" for at in random.integers(VOCABULARY, size=LENGTH)]
        first, second = sorted(random.choice(LENGTH, 2, replace=False))
        label = row % 2
        if shortcut == "single token":
            if label:
                words[first] = ONE
        elif label:
            pair = (ONE, TWO) if shortcut == "ordered pair" or random.random() < 0.5 else (TWO, ONE)
            words[first], words[second] = pair
        else:
            kinds = [(ONE, None), (None, TWO), (None, None)]
            if shortcut == "ordered pair":
                kinds += [(TWO, ONE)] * 3
            for at, word in zip((first, second), kinds[random.integers(len(kinds))], strict=True):
                words[at] = word or words[at]
        texts.append(" ".join(words))
        labels.append(label)
    return texts, np.array(labels)


def trained(shortcut: str, steps: int, seed: int = 0):
    """A BERT of two layers that has learnt the shortcut, its tokenizer, and its accuracy on new texts."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ONE, TWO, *(f"w{at}" for at in range(VOCABULARY))]
    inner = Tokenizer(models.WordLevel({name: at for at, name in enumerate(names)}, unk_token="[UNK]"))
    inner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    inner.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    special = {f"{kind}_token": f"[{kind.upper()}]" for kind in ("pad", "unk", "cls", "sep", "mask")}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, **special)
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(names), hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=128,
        max_position_embeddings=32, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
    )  # fmt: skip
    model = BertForSequenceClassification(config)
    random = np.random.default_rng(seed)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 1e-3, total_steps=steps)
    for _ in range(steps):
        texts, labels = texts_of(shortcut, 64, random)
        # words go missing in training too, so that thinned texts are nothing new
        kept = [" ".join(w for w in t.split() if w in (ONE, TWO) or random.random() > 0.3) for t in texts]
        loss = model(**tokenizer(kept, padding=True, return_tensors="pt"), labels=torch.tensor(labels)).loss
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    model.eval()
    texts, labels = texts_of(shortcut, 1000, np.random.default_rng(seed + 1))
    predictor = as_predictor((model, tokenizer), class_names=["without", "with"])
    right = predictor(texts).argmax(axis=1) == labels
    return predictor, [t for t, ok, label in zip(texts, right, labels, strict=True) if ok and label], right.mean()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--texts", type=int, default=50)
    parser.add_argument("--budget", type=int, default=300)
    asked = parser.parse_args()
    print(machine())
    methods = {
        name: lambda text, predictor, name=name: explain(
            text,
            predictor,
            method=name,
            **({"budget": asked.budget} if name in ("interactions", "lime", "lime-package", "shapley") else {}),
        ).weights[1]
        for name in METHODS
    }
    methods["lime (the package)"] = lambda text, predictor: lime_of(text, predictor, asked.budget)[1]
    methods["shap (the package)"] = lambda text, predictor: shap_of(text, predictor, asked.budget)[1]
    table: dict[str, list[str]] = {name: [] for name in methods}
    for shortcut, words in SHORTCUTS.items():
        start = time.perf_counter()
        predictor, texts, accuracy = trained(shortcut, asked.steps)
        print(f"{shortcut}: accuracy {accuracy:.3f}, {time.perf_counter() - start:.0f} s", flush=True)
        for name, weights in methods.items():
            hits = []
            for text in texts[: asked.texts]:
                strongest = np.argsort(-np.abs(weights(text, predictor)), kind="stable")[: len(words)]
                found = [text.split()[at] for at in strongest]
                hits.append(np.mean([word in found for word in words]))
            table[name].append(f"{np.mean(hits):.3f}")
    print(f"\n| method | {' | '.join(SHORTCUTS)} |\n|---|" + "---|" * len(SHORTCUTS))
    for name, cells in table.items():
        print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
