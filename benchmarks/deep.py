"""One pass on other models, the time that layers take, and fronts of dreams beside EPO's.

    python -m benchmarks.deep --part layers      seconds against one forward pass, bundled model and a bert-base
    python -m benchmarks.deep --part small       removal gaps on a BERT of four layers, trained here in a minute
    python -m benchmarks.deep --part smollm2     the same on SmolLM2, which chooses between two words
    python -m benchmarks.deep --part dreams      hypervolume of fronts at equal evaluations

EPO (Thompson et al., 2024) is written here from its paper: eight texts, each with a weight of its own for how well it
reads, log-spaced from .1 to 10; each bears children by one word changed, at a place drawn evenly, to a word drawn
evenly among the 512 with the steepest slope; each weight keeps its best. Both search for the log-odds of a class from
the same texts, with the same words, and both are judged by all texts that they asked about: the front of log-odds
against how well a text reads by a bigram model of held-out texts. That model guides both, and proposes words for ours.
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np

from benchmarks.material import HELD_OUT, bert_base, machine
from benchmarks.search import passes_of, sample
from limelight import as_predictor
from limelight.api.dream import dreams
from limelight.predictors.hf.layered import by_layer
from limelight.text.units import words

POPULATION, CHILDREN, STEEPEST = 8, 32, 512
STARTS = 10
KEPT = 0.6  # of the words, in texts that the small model learns from


def timed(work, times: int = 25) -> float:
    """The median of seconds."""
    work()
    took = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    return float(np.median(took))


def layers_time(dtype: str) -> None:
    """Prints the seconds of one forward pass and of all layers."""
    import torch

    print("| model | tokens | forward | layers, whole text | layers and words |\n" + "|---" * 5 + "|")
    for name, predictor in (
        ("bundled", as_predictor(dtype=dtype)),
        ("bert-base", as_predictor(bert_base(), dtype=dtype)),
    ):
        for text in (sample(1, 18, 20)[0], " ".join(sample(6, 18, 20))):
            internals = predictor.internals((text,))

            def forward(internals=internals):
                with torch.no_grad():
                    internals.model(**internals.inputs)

            own = timed(lambda: internals.during(forward))  # noqa: B023 - called at once
            each = [timed(lambda words=words: by_layer(internals, "probability", words)) for words in (False, True)]  # noqa: B023
            size = internals.inputs["input_ids"].shape[1]
            print(f"| {name} | {size} | {own:.4f} | {each[0] / own:.2f} | {each[1] / own:.2f} |", flush=True)


def small_bert():
    """A BERT of four layers that says of texts and of parts of them what the bundled model says; and its tokenizer."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    teacher, random = as_predictor(), np.random.default_rng(0)
    texts = [one["text"] for one in json.loads(HELD_OUT.read_text("utf-8"))]
    parts = [" ".join(np.array(text.split())[random.random(len(text.split())) < KEPT]) for text in texts * 6]
    known = [text for text in [*texts, *parts] if text]
    wanted, tokenizer = torch.tensor(teacher(known)).float(), teacher._tokenizer
    torch.manual_seed(0)
    sizes = {"hidden_size": 96, "num_hidden_layers": 4, "num_attention_heads": 4, "intermediate_size": 192}
    model = BertForSequenceClassification(BertConfig(vocab_size=len(tokenizer), num_labels=3, **sizes)).train()
    # words lie as the teacher has them, cut to this width
    rows = teacher._model.get_input_embeddings().weight.detach().float()
    with torch.no_grad():
        model.bert.embeddings.word_embeddings.weight.copy_(rows @ torch.pca_lowrank(rows, q=96)[2])
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-4)
    for _ in range(6):
        for some in torch.randperm(len(known)).split(64):
            batch = tokenizer([known[at] for at in some.tolist()], padding=True, truncation=True, return_tensors="pt")
            loss = torch.nn.functional.cross_entropy(model(**batch).logits, wanted[some])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    right = (
        as_predictor((model.eval(), tokenizer), dtype="float32")(texts).argmax(1) == teacher(texts).argmax(1)
    ).mean()
    print(f"the small model says what its teacher says on {right:.3f} of the texts that it learnt from")
    return model, tokenizer


def choosing():
    """SmolLM2 as a classifier: its output's rows of " bad" and " good" after a text."""
    import torch
    from transformers import LlamaForSequenceClassification

    predictor = as_predictor("smollm2")
    model, tokenizer = predictor._model, predictor._tokenizer
    made = LlamaForSequenceClassification(model.config)
    made.model = model.model
    ids = [tokenizer(f" {word}", add_special_tokens=False)["input_ids"][0] for word in ("bad", "good")]
    with torch.no_grad():
        made.score.weight = torch.nn.Parameter(model.lm_head.weight[ids].clone())
    made.config.pad_token_id = tokenizer.pad_token_id
    made.config.num_labels, made.config.id2label = 2, {0: "bad", 1: "good"}
    return made.float().eval(), tokenizer


class Bigrams:
    """How well a text reads: the mean log-probability of its words after each other, counted in held-out texts."""

    def __init__(self) -> None:
        self.ones: dict[str, int] = {}
        self.pairs: dict[tuple[str, str], int] = {}
        for item in json.loads(HELD_OUT.read_text("utf-8")):
            row = self.cut(item["text"])
            for before, word in zip(row, row[1:], strict=False):
                self.ones[word] = self.ones.get(word, 0) + 1
                self.pairs[before, word] = self.pairs.get((before, word), 0) + 1
        self.total = sum(self.ones.values())

    @staticmethod
    def cut(text: str) -> list[str]:
        return ["^", *(text[start:stop].lower() for start, stop in words(text))]

    def __call__(self, text: str) -> float:
        row = self.cut(text)
        logs = []
        for before, word in zip(row, row[1:], strict=False):
            alone = (self.ones.get(word, 0) + 0.1) / (self.total + 0.1 * 30_000)
            together = self.pairs.get((before, word), 0) / max(1, self.ones.get(before, 0))
            logs.append(np.log(0.7 * together + 0.3 * alone))
        return float(np.mean(logs))

    def expected(self, before: str, after: str, count: int) -> list[str]:
        """Words that come after what stands before, likeliest first, and of these those that lead on."""
        last, *_ = self.cut(before)[::-1]
        first = (self.cut(after)[1:] or [""])[0]
        share = {
            word: many * (self.pairs.get((word, first), 0) + 0.1) / self.ones.get(word, 1)
            for (own, word), many in self.pairs.items()
            if own == last
        }
        return sorted(share, key=lambda word: -share[word])[:count]

    def likelihoods(self, texts: list[str]) -> np.ndarray:
        return np.array([self(text) for text in texts])


def hypervolume(points: np.ndarray, low: np.ndarray) -> float:
    """The area that points ``(n, 2)`` dominate, above a corner."""
    total, ceiling = 0.0, low[1]
    for x, y in points[np.argsort(-points[:, 0])]:
        if y > ceiling and x > low[0]:
            total += (x - low[0]) * (y - ceiling)
            ceiling = y
    return total


def front_of(points: np.ndarray) -> list[int]:
    """Positions of points that none beats in both."""
    best, kept = -np.inf, []
    for at in np.lexsort((-points[:, 1], -points[:, 0])).tolist():
        if points[at, 1] > best:
            best = points[at, 1]
            kept.append(at)
    return kept


def recorded(predictor) -> dict[str, float]:
    """Has a predictor keep what it answers of each text: log-odds of the last class."""
    kept: dict[str, float] = {}
    score = type(predictor).score.__get__(predictor)

    def keep(inputs):
        found = score(inputs)
        for one, row in zip(inputs, found.values, strict=True):
            share = float(np.clip(row[-1], 1e-6, 1 - 1e-6))
            kept[one.plain] = float(np.log(share / (1 - share)))
        return found

    predictor.score = keep
    predictor.forget()
    return kept


def epo(predictor, start: str, budget: int, reads: Bigrams, random, known: dict[str, float]) -> None:
    """EPO's loop: what it asks about is recorded."""
    import torch

    lexicon = predictor.lexicon()
    weights = np.logspace(-1, 1, POPULATION)
    population = [start] * POPULATION
    predictor([start])

    def steepest(text: str) -> np.ndarray:
        """``(places, 512)`` positions of words, by the slope of the log-odds."""
        internals = predictor.internals((text,))
        vectors = internals.embedded(internals.inputs["input_ids"])

        def work():
            leaf = vectors.clone().requires_grad_()
            with internals.replaced(leaf):
                output = internals.model(**internals.inputs)
            return torch.autograd.grad(internals.scores(output, "log-odds")[0, -1], leaf)[0][0]

        slope = internals.during(work).float().numpy()
        places = [(0, *span) for span in words(text)]
        return np.argsort(-lexicon.along(internals.of_features(places).T.astype(float) @ slope), axis=1)[:, :STEEPEST]

    while len(known) < budget:
        found = set(population)
        for text in dict.fromkeys(population):
            order, spans = steepest(text), list(words(text))
            for _ in range(CHILDREN * population.count(text)):
                at = int(random.integers(len(spans)))
                new = lexicon.words[int(order[at, random.integers(STEEPEST)])]
                found.add(text[: spans[at][0]] + new + text[spans[at][1] :])
        # of the last generation as many as there is budget for
        predictor([text for text in sorted(found) if text not in known][: budget - len(known)])
        texts = [text for text in sorted(found) if text in known]
        gains = np.array([known[text] for text in texts])
        fluent = np.array([reads(text) for text in texts])
        population = [texts[int(np.argmax(gains + weight * fluent))] for weight in weights]


def fronts(budget: int, dtype: str) -> None:
    """Prints the hypervolume of both fronts, by start."""
    predictor, reads = as_predictor(dtype=dtype), Bigrams()
    ratios = []
    for seed, start in enumerate(sample(STARTS, 6, 10)):
        known = recorded(predictor)
        for _ in dreams(predictor, predictor.targets[-1], start=start, budget=budget, seed=seed, reader=reads):
            pass
        ours = np.array([[reads(text), value] for text, value in known.items() if text])
        known = recorded(predictor)
        epo(predictor, start, len(ours), reads, np.random.default_rng(seed), known)
        theirs = np.array([[reads(text), value] for text, value in known.items() if text])
        both = [points[front_of(points)] for points in (ours, theirs)]
        low = np.concatenate(both).min(axis=0) - 0.1  # the worst of either, and a little
        volumes = [hypervolume(front, low) for front in both]
        ratios.append(volumes[0] / volumes[1])
        print(f"{start[:50]!r}: {len(ours)} and {len(theirs)} evaluations; {volumes[0]:.1f} against {volumes[1]:.1f}; "
              f"best {ours[:, 1].max():.2f} against {theirs[:, 1].max():.2f}", flush=True)  # fmt: skip
    print(f"hypervolume of ours against EPO's: mean {np.mean(ratios):.3f}, least {np.min(ratios):.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=["layers", "small", "smollm2", "dreams"], required=True)
    parser.add_argument("--texts", type=int, default=100)
    parser.add_argument("--budget", type=int, default=2000)
    parser.add_argument("--dtype", default="auto", help="in which models compute")
    chosen = parser.parse_args()
    print(machine(), flush=True)
    if chosen.part == "layers":
        layers_time(chosen.dtype)
    elif chosen.part == "dreams":
        fronts(chosen.budget, chosen.dtype)
    else:
        model = small_bert() if chosen.part == "small" else choosing()
        passes_of(chosen.texts, as_predictor(model, dtype=chosen.dtype))


if __name__ == "__main__":
    main()
