"""Single removals of a language model's prompt beside captum's: the same numbers, and in what time.

    python -m benchmarks.generation [--model smollm2] [--prompts 50 300] [--answers 20 60]

Each word of a prompt is taken out alone; both say by how much that lowers the log-probability of each token of a given
answer. captum asks a token of the answer at a time (its default) and, by ``forward_in_tokens=False``, all of them at
once; limelight asks several prompts at once, too. With transformers 5 captum's default keeps a cache that is changed
under it, and its numbers are others than its own at once: how far off they are is printed, too. One model, one run,
each time the best of ``--runs``; a cell is a length of the prompt and one of the answer, in words.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from limelight import as_predictor
from limelight.api.options import Options
from limelight.api.steps import last
from limelight.arrays import Floats
from limelight.text.fields import fields_of

TEXT = (
    "the old town lies by a river and its market opens early on most days of the week while boats bring fruit bread "
    "and fish from the other side where a small church stands above green fields"
)


def text_of(words: int, seed: int) -> str:
    """So many words that say little."""
    return " ".join(np.random.default_rng(seed).choice(TEXT.split(), words))


def timed(runs: int, work: Callable[[], Any]) -> tuple[Any, float]:
    """What it gives, and the seconds of the quickest run."""
    best, found = float("inf"), None
    for _ in range(runs):
        started = time.perf_counter()
        found = work()
        best = min(best, time.perf_counter() - started)
    return found, best


def captums(model: Any, tokenizer: Any, prompt: str, ids: list[int], at_once: bool) -> Floats:
    """captum's FeatureAblation of each word: ``(tokens, words)``."""
    import torch
    from captum.attr import FeatureAblation, LLMAttribution, TextTemplateInput

    first, *rest = prompt.split()
    values = [first, *(f" {word}" for word in rest)]
    given = TextTemplateInput("{}" * len(values), values, baselines=[""] * len(values))
    attribution = LLMAttribution(FeatureAblation(model), tokenizer)
    found = attribution.attribute(
        given, target=torch.tensor(ids), forward_in_tokens=not at_once, use_cached_outputs=not at_once
    )
    return np.asarray(found.token_attr.detach().cpu().numpy(), dtype=float)


def ours(predictor: Any, prompt: str, answer: str) -> Floats:
    """Occlusion of each word: ``(words of the answer, words)``, asked anew."""
    predictor.forget()
    found = last(fields_of(prompt), predictor, Options(method="occlusion", answer=answer))
    return found.estimated()


def difference(parts: Any, theirs: Floats, mine: Floats) -> float:
    """The largest between the two, of words; the first is left out: captum leaves the space after it in its place."""
    words = np.add.reduceat(theirs, [part.tokens[0] for part in parts], axis=0)
    return float(np.abs(words[:, 1:] - mine[: len(parts), 1:]).max())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--prompts", type=int, nargs="+", default=[50, 300])
    parser.add_argument("--answers", type=int, nargs="+", default=[20, 60])
    parser.add_argument("--runs", type=int, default=2)
    chosen = parser.parse_args()
    predictor: Any = as_predictor(chosen.model, template=None)  # captum sends a text as it is
    model, tokenizer = predictor._model, predictor._tokenizer
    shares: list[tuple[float, float]] = []
    print("prompt  answer  limelight  captum  captum at once  largest difference  from its default")
    for words in chosen.prompts:
        for size in chosen.answers:
            prompt, answer = text_of(words, 1), " " + text_of(size, 2)
            *_, bound = predictor.bind(fields_of(prompt), answer_of(answer))
            ids = list(bound.answer.ids)
            mine, own = timed(chosen.runs, lambda prompt=prompt, answer=answer: ours(predictor, prompt, answer))
            off, default = timed(
                chosen.runs, lambda prompt=prompt, ids=ids: captums(model, tokenizer, prompt, ids, False)
            )
            theirs, at_once = timed(
                chosen.runs, lambda prompt=prompt, ids=ids: captums(model, tokenizer, prompt, ids, True)
            )
            parts = bound._spoken.parts
            much, wrong = difference(parts, theirs, mine), difference(parts, off, mine)
            shares.append((own / default, own / at_once))
            print(
                f"{words:6}  {size:6}  {own:8.1f}s  {default:5.1f}s  {at_once:13.1f}s  {much:18.1e}  {wrong:.1e}",
                flush=True,
            )
    first, second = np.exp(np.log(shares).mean(axis=0))
    print(f"geometric means: {first:.2f} of captum's time, {second:.2f} of its time with all tokens at once")


def answer_of(text: str) -> Any:
    """An answer that is given."""
    from limelight.document import Answer

    return Answer(text)


if __name__ == "__main__":
    main()
