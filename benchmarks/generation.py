"""Single removals of a language model's prompt beside captum's and inseq's: the same numbers, and in what time.

    python -m benchmarks.generation [--model smollm2] [--prompts 50 300] [--answers 20 60]
    python -m benchmarks.generation --inseq 3    beside inseq, of which so many words of the answer are timed
    python -m benchmarks.generation --dtype bfloat16 --at-once --few 4    without captum's default, which takes hours

Each word of a prompt is taken out alone; both say by how much that lowers the log-probability of each token of a given
answer. captum asks a token of the answer at a time (its default) and, by ``forward_in_tokens=False``, all of them at
once; limelight asks several prompts at once, too. With transformers 5 captum's default keeps a cache that is changed
under it, and its numbers are others than its own at once: how far off they are is printed, too. One model, one run,
each time the best of ``--runs``; a cell is a length of the prompt and one of the answer, in words. captum's time grows
with each word that it takes out: with ``--few`` the time of so many at the prompt's end is multiplied.

inseq (which is installed apart) puts the unknown token's embedding in the place of each token before a token of the
answer, the answer's own among them, one after the other, and gives absolute values. So limelight's time is that of
both tables, prompt and answer; its numbers are compared with that token in the place of each of the prompt's. Its time
grows with each token of the answer: that of the last few is multiplied.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial
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


def captums(model: Any, tokenizer: Any, prompt: str, ids: list[int], few: int, at_once: bool) -> Floats:
    """captum's FeatureAblation of the last few words: ``(tokens, few)``."""
    import torch
    from captum.attr import FeatureAblation, LLMAttribution, TextTemplateInput

    first, *rest = prompt.split()
    words = [first, *(f" {word}" for word in rest)]
    values = words[-few:]
    given = TextTemplateInput("".join(words[:-few]) + "{}" * few, values, baselines=[""] * few)
    attribution = LLMAttribution(FeatureAblation(model), tokenizer)
    found = attribution.attribute(
        given, target=torch.tensor(ids), forward_in_tokens=not at_once, use_cached_outputs=not at_once
    )
    return np.asarray(found.token_attr.detach().cpu().numpy(), dtype=float)


def inseqs(model: Any, tokenizer: Any, prompt: str, answer: str, first: int, last: int) -> Floats:
    """inseq's occlusion for some tokens of prompt and answer: absolute values ``(tokens before, last - first)``."""
    import inseq
    from inseq.attr.step_functions import probability_fn

    beside = inseq.load_model(model, "occlusion", tokenizer=tokenizer)
    found = beside.attribute(
        prompt, prompt + answer, attr_pos_start=first, attr_pos_end=last, show_progress=False,
        attributed_fn=lambda args: probability_fn(args, logprob=True),
    )  # fmt: skip
    return np.asarray(found[0].target_attributions, dtype=float)


def beside_inseq(predictor: Any, prompt: str, answer: str, few: int) -> tuple[float, float, float]:
    """Seconds of both tables, those of inseq's, and the largest difference for the last few tokens of the answer."""
    model, tokenizer = predictor._model, predictor._tokenizer
    *_, bound = predictor.bind(fields_of(prompt), answer_of(answer))
    head, ids = tokenizer(prompt)["input_ids"], list(bound.answer.ids)
    options = Options(method="occlusion", answer=answer, earlier=True)
    predictor.forget()
    _, own = timed(1, lambda: last(fields_of(prompt), predictor, options))
    whole = len(head) + len(ids)
    theirs, some = timed(1, lambda: inseqs(model, tokenizer, prompt, answer, whole - few, whole))
    rows = [[*head[:at], tokenizer.unk_token_id, *head[at + 1 :]] for at in range(len(head))]
    logs = bound._forced_after([head, *rows], [whole] * (len(rows) + 1), bound._forced)[:, : len(ids)]
    mine = np.abs(logs[0] - logs[1:])[:, -few:]
    return own, some / few * len(ids), float(np.abs(theirs[: len(head), -few:] - mine).max())


def ours(predictor: Any, prompt: str, answer: str) -> Floats:
    """Occlusion of each word: ``(words of the answer, words)``, asked anew."""
    predictor.forget()
    found = last(fields_of(prompt), predictor, Options(method="occlusion", answer=answer))
    return found.estimated()


def difference(parts: Any, theirs: Floats, mine: Floats) -> float:
    """The largest between the two, of words; the first is left out: captum leaves the space after a prompt's first."""
    words = np.add.reduceat(theirs, [part.tokens[0] for part in parts], axis=0)
    return float(np.abs(words[:, 1:] - mine[: len(parts), -theirs.shape[1] :][:, 1:]).max())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--prompts", type=int, nargs="+", default=[50, 300])
    parser.add_argument("--answers", type=int, nargs="+", default=[20, 60])
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--few", type=int, default=1000, help="words of the prompt whose time is taken of captum")
    parser.add_argument("--dtype", default="float32", help="in which the model computes, captum's own too")
    parser.add_argument("--at-once", action="store_true", help="only beside captum's quicker way")
    parser.add_argument("--inseq", type=int, metavar="WORDS", help="of the answer, whose time is taken")
    chosen = parser.parse_args()
    predictor: Any = as_predictor(chosen.model, template=None, dtype=chosen.dtype)  # captum sends a text as it is
    if chosen.inseq:
        return against_inseq(predictor, chosen)
    model, tokenizer = predictor._model, predictor._tokenizer
    shares: list[tuple[float, float]] = []
    print("prompt  answer  limelight  captum  captum at once  largest difference  from its default")
    for words in chosen.prompts:
        for size in chosen.answers:
            prompt, answer = text_of(words, 1), " " + text_of(size, 2)
            *_, bound = predictor.bind(fields_of(prompt), answer_of(answer))
            ids = list(bound.answer.ids)
            few = min(words, chosen.few)
            captum = partial(captums, model, tokenizer, prompt, ids, few)
            mine, own = timed(chosen.runs, partial(ours, predictor, prompt, answer))
            off, default = (None, np.inf) if chosen.at_once else timed(chosen.runs, partial(captum, False))
            theirs, at_once = timed(chosen.runs, partial(captum, True))
            # the whole prompt is asked, too
            default, at_once = (one / (few + 1) * (words + 1) for one in (default, at_once))
            parts = bound._spoken.parts
            much = difference(parts, theirs, mine)
            wrong = np.nan if off is None else difference(parts, off, mine)
            shares.append((own / default, own / at_once))
            print(
                f"{words:6}  {size:6}  {own:8.1f}s  {default:5.1f}s  {at_once:13.1f}s  {much:18.1e}  {wrong:.1e}",
                flush=True,
            )
    means = np.exp(np.log(np.maximum(shares, 1e-9)).mean(axis=0))
    names = ["all tokens at once"] if chosen.at_once else ["its default", "all tokens at once"]
    for name, mean in zip(names, means[-len(names) :], strict=True):
        print(f"geometric mean: {mean:.2f} of captum's time, {name}")


def against_inseq(predictor: Any, chosen: argparse.Namespace) -> None:
    """Prints a line a cell."""
    shares = []
    print("prompt  answer  limelight   inseq  largest difference")
    for words in chosen.prompts:
        for size in chosen.answers:
            own, theirs, much = beside_inseq(predictor, text_of(words, 1), " " + text_of(size, 2), chosen.inseq)
            shares.append(own / theirs)
            print(f"{words:6}  {size:6}  {own:8.1f}s  {theirs:5.0f}s  {much:18.1e}", flush=True)
    print(f"geometric mean: {np.exp(np.log(shares).mean()):.3f} of inseq's time")


def answer_of(text: str) -> Any:
    """An answer that is given."""
    from limelight.document import Answer

    return Answer(text)


if __name__ == "__main__":
    main()
