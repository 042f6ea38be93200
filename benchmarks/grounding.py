"""Planted pairs of sources on a model that was trained for them: is it said that both are needed, or that either does?

    python -m benchmarks.grounding [--count 40] [--budgets 16 32 64]     trains a small GPT-2 (minutes)
    python -m benchmarks.grounding --draft                          and a smaller one, its draft
    python -m benchmarks.grounding --model smollm2 --count 10       the same in words

A prompt has fifteen sources of made-up words. Two of them hold a mark each, and the answer is *yes* where both are
there; or two hold the same mark, and one is enough. The model has learnt it from prompts of which sources were missing.
Only prompts that it answers rightly are counted, and a verdict where it names exactly these two.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np

from benchmarks.material import machine
from limelight import as_predictor, explain

SOURCES, LENGTH, VOCABULARY = 15, 3, 60
BOTH, EITHER = ("amber", "cobalt"), ("cedar", "cedar")
QUESTIONS = {"both": "amber and cobalt ?", "either": "cedar ?"}
WANTED = {"both": "needs both [{}] and [{}]", "either": "either [{}] or [{}] is enough"}
# the same for a model that reads: which facts are needed, and what is asked
READ = {
    "both": (
        ("The red box belongs to {name}.", "{name} lives in {town}."),
        "Where does the owner of the red box live?",
    ),
    "either": (
        ("The red box is kept in {town}.", "You will find the red box in {town}."),
        "Where is the red box?",
    ),
}
COLOURS, SIZES = ("green", "white", "black", "brown", "grey"), ("old", "heavy", "wooden")
NAMES, TOWNS = ("Halvor", "Ines", "Marta", "Tomas", "Yuki"), ("Averton", "Lisk", "Marnby", "Selda", "Breck")


def prompt(kind: str, random: np.random.Generator) -> tuple[list[str], str, tuple[int, int]]:
    """Sources, a question, and the two that count, from 1."""
    lines = [[f"w{at}" for at in random.integers(VOCABULARY, size=LENGTH)] for _ in range(SOURCES)]
    pair = sorted(random.choice(SOURCES, 2, replace=False).tolist())
    for at, word in zip(pair, random.permutation(BOTH if kind == "both" else EITHER).tolist(), strict=True):
        lines[at][random.integers(LENGTH)] = word
    return [" ".join(line) for line in lines], QUESTIONS[kind], (pair[0] + 1, pair[1] + 1)


def in_words(kind: str, random: np.random.Generator) -> tuple[list[str], str, tuple[int, int]]:
    """The same as sentences."""
    facts, question = READ[kind]
    lines = random.permutation([f"The {one} box is {size}." for one in COLOURS for size in SIZES]).tolist()
    pair = sorted(random.choice(SOURCES, 2, replace=False).tolist())
    told = {"name": random.choice(NAMES), "town": random.choice(TOWNS)}
    for at, fact in zip(pair, facts, strict=True):
        lines[at] = fact.format(**told)
    return lines, question, (pair[0] + 1, pair[1] + 1)


def laid(sources: list[str], question: str, there: np.ndarray) -> str:
    """The prompt as limelight lays it out, without the sources that are not there."""
    rows = [f"[{at}] {source}" for at, (source, kept) in enumerate(zip(sources, there, strict=True), 1) if kept]
    return "\n".join(rows) + f"\n\n{question}"


def trained(steps: int, seed: int = 0, width: int = 64) -> Any:
    """A GPT-2 of two layers that has learnt both kinds."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    names = ["<end>", "<unk>", "yes", "no", "and", "?", "[", "]", *sorted({*BOTH, *EITHER})]
    names += [f"w{at}" for at in range(VOCABULARY)] + [str(at) for at in range(1, SOURCES + 1)]
    inner = Tokenizer(models.WordLevel({name: at for at, name in enumerate(names)}, unk_token="<unk>"))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, eos_token="<end>", pad_token="<end>", unk_token="<unk>")
    torch.manual_seed(seed)
    sizes = {"n_embd": width, "n_layer": 2, "n_head": 4, "n_positions": 192, "vocab_size": len(names)}
    off = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}
    model = GPT2LMHeadModel(GPT2Config(**sizes, **off, bos_token_id=0, eos_token_id=0)).train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=steps)
    random, right = np.random.default_rng(seed), 0.0
    for _ in range(steps):
        texts, answers = [], []
        for _ in range(64):
            kind = ("both", "either")[random.integers(2)]
            sources, question, (a, b) = prompt(kind, random)
            there = random.random(SOURCES) < random.choice([0.3, 0.5, 0.9])
            known = [bool(there[a - 1]), bool(there[b - 1])]
            texts.append(laid(sources, question, there))
            answers.append(tokenizer("yes" if (all if kind == "both" else any)(known) else "no")["input_ids"] + [0])
        batch = tokenizer(texts, padding=True, padding_side="left", return_tensors="pt")
        ids = torch.cat([batch["input_ids"], torch.tensor(answers)], dim=1)
        mask = torch.cat([batch["attention_mask"], torch.ones(64, 2, dtype=torch.long)], dim=1)
        places = (mask.cumsum(1) - 1).clamp_min(0)
        logits = model(input_ids=ids, attention_mask=mask, position_ids=places, logits_to_keep=3).logits[:, :-1]
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, -2:].flatten())
        right = 0.98 * right + 0.02 * float((logits[:, 0].argmax(-1) == ids[:, -2]).float().mean())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    print(f"trained: {right:.3f} of its last prompts answered rightly", flush=True)
    return as_predictor((model.eval(), tokenizer), generation={"max_new_tokens": 2}, template=None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model")
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--budgets", type=int, nargs="+", default=[16, 32, 64])
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--draft", action="store_true", help="with a draft of half its width, trained apart")
    asked = parser.parse_args()
    print(machine(), flush=True)
    started = time.perf_counter()
    predictor = as_predictor(asked.model, generation={"max_new_tokens": 12}) if asked.model else trained(asked.steps)
    draft = trained(asked.steps, seed=1, width=32) if asked.draft else None
    print(f"ready after {time.perf_counter() - started:.0f} s", flush=True)
    for kind in ("both", "either"):
        rows: dict[int, list[bool]] = {budget: [] for budget in asked.budgets}
        tried = 0
        while len(rows[asked.budgets[0]]) < asked.count and tried < 20 * asked.count:
            random = np.random.default_rng(tried)
            sources, question, pair = (in_words if asked.model else prompt)(kind, random)
            wanted = next((town for town in TOWNS if town in " ".join(sources)), "yes")
            tried += 1
            for budget in asked.budgets:
                found = explain(
                    {"sources": sources, "question": question}, predictor, unit="source", method="banzhaf",
                    budget=budget, seed=tried, draft=draft,
                )  # fmt: skip
                if wanted not in found.answer.text:
                    break  # it has not answered rightly
                rows[budget].append(str(found.sources()["verdict"].iloc[0]) == WANTED[kind].format(*pair))
            predictor.forget()
        told = ", ".join(f"{np.mean(named):.2f} at {budget}" for budget, named in rows.items())
        print(
            f"{kind}: named in {told} evaluations; {len(rows[asked.budgets[0]])} of {tried} were answered rightly",
            flush=True,
        )


if __name__ == "__main__":
    main()
