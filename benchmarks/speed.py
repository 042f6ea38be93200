"""Time and evaluations to lime's own error, against the peers, in one run.

    python -m benchmarks.speed                 the bundled model, 8 to 120 words
    python -m benchmarks.speed --model base    a bert-base of random weights
    python -m benchmarks.speed --words 8 24    these lengths only
    python -m benchmarks.speed --dtype float32 on a processor with fast bfloat16, too
    python -m benchmarks.speed --first         only when the first weights stand, against three forward passes and .2 s

lime's 5,000 samples are timed on ``--timed`` of them and scaled, since on
bert-base they take many minutes; its error at 5,000 is measured in full.
"""

from __future__ import annotations

import argparse
import threading
import time
from pathlib import Path

import numpy as np

from benchmarks.material import (
    LIME_SAMPLES,
    bert_base,
    converged,
    game_of,
    lime_weights,
    machine,
    matmul_peak,
    rms,
    text_of,
)
from limelight import as_predictor
from limelight.api.options import Options
from limelight.api.steps import steps
from limelight.masking.designs import lime_masks
from limelight.text.fields import fields_of
from limelight.text.units import words


class Memory:
    """Peak of this process's memory while it is open, in MB over what it was."""

    def __enter__(self):
        self._base = self._now()
        self.peak, self._open = 0.0, True
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._open = False
        self._thread.join()

    def _watch(self):
        while self._open:
            self.peak = max(self.peak, self._now() - self._base)
            time.sleep(0.02)

    @staticmethod
    def _now() -> float:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def timed(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def lime_seconds(text: str, classifier, samples: int) -> float:
    """Seconds for lime's 5,000 samples, from what ``samples`` more take than a few: set-up is not scaled."""
    from lime.lime_text import LimeTextExplainer

    explainer, few = LimeTextExplainer(random_state=0), 40

    def of(count: int) -> float:
        return timed(lambda: explainer.explain_instance(text, classifier, num_samples=count))

    of(few)  # imports and caches
    before, after = of(few), of(few + samples)
    return before + (after - before) / samples * (LIME_SAMPLES - few)


def pipeline_of(model, tokenizer):
    """What users write: a pipeline with all scores, given lime's list of texts as it is."""
    from transformers import pipeline

    pipe = pipeline("text-classification", model=model, tokenizer=tokenizer, top_k=None, truncation=True)
    names = list(model.config.id2label.values())

    def classify(batch):
        answers = pipe([str(t) for t in batch])
        return np.array([[{a["label"]: a["score"] for a in answer}[n] for n in names] for answer in answers])

    return classify


def batched_of(model, tokenizer, size: int = 64):
    """What careful users write: batches of 64, padded."""
    import torch

    def classify(batch):
        out = []
        with torch.inference_mode():
            for at in range(0, len(batch), size):
                inputs = tokenizer(list(batch[at : at + size]), padding=True, truncation=True, return_tensors="pt")
                out.append(torch.softmax(model(**inputs).logits, dim=-1).numpy())
        return np.concatenate(out)

    return classify


def shap_seconds(text: str, classifier, tokenizer) -> float:
    import shap

    explainer = shap.Explainer(lambda batch: classifier([str(t) for t in batch]), shap.maskers.Text(tokenizer))
    return timed(lambda: explainer([text], silent=True))


def captum_seconds(text: str, model, tokenizer) -> float:
    from captum.attr import LayerIntegratedGradients

    inputs = tokenizer(text, return_tensors="pt", truncation=True)
    baseline = inputs["input_ids"].clone()
    baseline[0, 1:-1] = tokenizer.mask_token_id
    forward = lambda ids: model(input_ids=ids).logits  # noqa: E731
    method = LayerIntegratedGradients(forward, model.bert.embeddings)
    return timed(
        lambda: method.attribute(inputs["input_ids"], baselines=baseline, target=0, n_steps=50, internal_batch_size=10)
    )


def ours(text: str, predictor, truth: np.ndarray, bar: float) -> dict:
    """Our run to the end of ``budget=4000``: when it was as good as lime at 5,000, and the next estimate too."""
    predictor.forget()
    first = reached = last = seen = None
    for found in steps(fields_of(text), predictor, Options(budget=4000)):
        if found is None or found.weights is None:
            continue
        first = first or found.seconds
        if found.state == "draft":  # its features are stretches of words
            continue
        # between two estimates each batch repeats the latest, as a copy
        if seen is not None and np.array_equal(found.weights, seen):
            continue
        seen, last = found.weights, rms(found.weights - truth)
        # only where the next estimate is below too: a lucky crossing does not count
        if last > bar:
            reached = None
        elif reached is not None:
            break
        else:
            reached = found
    return {
        "first": first,
        "seconds": reached and reached.seconds,
        "evaluations": reached and reached.evaluations,
        "last": last,
    }


def first_weights(text: str, predictor) -> float:
    """Seconds to the first weights, the median of three."""
    found = []
    for _ in range(3):
        predictor.forget()
        explanations = filter(None, steps(fields_of(text), predictor, Options(budget=4000)))
        found.append(next(e.seconds for e in explanations if e.weights is not None))
    return float(np.median(found))


def throughput(predictor, text: str, rows: int = 150) -> float:
    """GFLOP/s of the model on so many thinned texts, counting the tokens that are not padding."""
    asked = [one.plain for one in game_of(text, predictor).inputs(lime_masks(len(words(text)), rows, 1))]
    body = sum(p.numel() for n, p in predictor._model.named_parameters() if "embedding" not in n)
    tokens = sum(len(ids) for ids in predictor._tokenizer(asked)["input_ids"])
    predictor(asked[:20])
    return 2 * body * tokens / timed(lambda: predictor(asked)) / 1e9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", choices=["bundled", "base"], default="bundled")
    parser.add_argument("--words", type=int, nargs="*", default=[8, 12, 16, 24, 40, 80, 120])
    parser.add_argument("--timed", type=int, default=200, help="lime samples that are timed")
    parser.add_argument("--rows", type=int, default=8000, help="masks behind the converged answer")
    parser.add_argument("--dtype", default="auto", help="in which ours runs")
    parser.add_argument("--first", action="store_true", help="only when the first weights stand")
    asked = parser.parse_args()
    bundled = as_predictor(dtype=asked.dtype)
    model, tokenizer = (bundled._model, bundled._tokenizer) if asked.model == "bundled" else bert_base()
    predictor = bundled if asked.model == "bundled" else as_predictor((model, tokenizer), dtype=asked.dtype)
    print(f"{machine()}; model: {asked.model} in {predictor.dtype}")
    if asked.first:
        print("| words | one forward s | three of them + .2 s | first weights s |\n|---|---|---|---|")
        ask = batched_of(model, tokenizer)
        for length in asked.words:
            text = text_of(length)
            forward = min(timed(lambda: ask([text])) for _ in range(5))  # noqa: B023
            print(
                f"| {length} | {forward:.3f} | {3 * forward + 0.2:.2f} | {first_weights(text, predictor):.2f} |",
                flush=True,
            )
        return
    print(
        "| words | lime + pipeline s | lime batched s | shap s | captum s | ours s | x pipeline | x batched "
        "| evaluations (lime 5,000) | first weights s | one forward s | error lime / ours at the end "
        "| MB | GFLOP/s (matmul) |"
    )
    print("|" + "---|" * 14, flush=True)
    pipeline, batched = pipeline_of(model, tokenizer), batched_of(model, tokenizer)
    for length in asked.words:
        text = text_of(length)
        forward = min(timed(lambda: batched([text])) for _ in range(5))  # noqa: B023
        by_pipeline, by_batches = (lime_seconds(text, c, asked.timed) for c in (pipeline, batched))
        shap, captum = shap_seconds(text, batched, tokenizer), captum_seconds(text, model, tokenizer)
        truth, left = converged(text, predictor, asked.rows)
        bar = rms(lime_weights(text, predictor, 1) - truth)
        with Memory() as memory:
            found = ours(text, predictor, truth, bar)
        speed, peak = throughput(predictor, text), matmul_peak()
        seconds = found["seconds"] or np.nan
        cells = [
            len(words(text)),
            *(f"{value:.1f}" for value in (by_pipeline, by_batches, shap, captum)),
            f"{seconds:.2f}",
            f"1/{by_pipeline / seconds:.1f}",
            f"1/{by_batches / seconds:.1f}",
            found["evaluations"],
            f"{found['first']:.2f}",
            f"{forward:.3f}",
            f"{bar:.5f} / {found['last']:.5f} (truth ±{left:.5f})",
            f"{memory.peak:.0f}",
            f"{speed:.0f} ({peak:.0f})",
        ]
        print("| " + " | ".join(map(str, cells)) + " |", flush=True)


if __name__ == "__main__":
    main()
