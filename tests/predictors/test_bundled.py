"""The model that comes along: what it is, how good it was measured, what it says."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from limelight import as_predictor, explain
from limelight.predictors.bundled import FOLDER, LABELS, train

TEXT = "It is not a bad film, but the plot never quite comes alive and the jokes fall flat."
# sign accuracy on held-out snippets that are not neutral, after compression
FLOOR = {"film": 0.86, "product": 0.89, "tweet": 0.93, "news": 0.85}


def test_it_is_a_plain_small_bert():
    from transformers import AutoModelForSequenceClassification, AutoTokenizer, BertForSequenceClassification

    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 48_000_000
    model = AutoModelForSequenceClassification.from_pretrained(FOLDER)
    assert isinstance(model, BertForSequenceClassification) and str(model.dtype) == "torch.float32"
    assert model.config.id2label == dict(enumerate(LABELS))
    tokenizer = AutoTokenizer.from_pretrained(FOLDER)
    assert len(tokenizer) == 30_522 == model.config.vocab_size  # no word was cut to save space
    assert tokenizer.is_fast and tokenizer.model_max_length == 512 and tokenizer.mask_token == "[MASK]"
    assert as_predictor().warnings == () and as_predictor().window == 512


def test_the_recorded_accuracy_holds_and_the_card_says_it():
    record = json.loads((FOLDER / "evaluation.json").read_text())
    card = (FOLDER / "README.md").read_text("utf-8")
    for source, least in FLOOR.items():
        row = record["held_out"][source]
        assert row["sign_accuracy"] >= least, source
        line = next(line for line in card.splitlines() if line.startswith(f"| {source}"))
        assert f"{row['sign_accuracy']:.3f}" in line and f"{row['accuracy']:.3f}" in line and str(row["signed"]) in line


@pytest.mark.slow
def test_the_weights_are_as_good_as_recorded_on_held_out_snippets():
    """400 of the held-out snippets, 100 a source, are kept beside the tests."""
    from pathlib import Path

    record = json.loads((FOLDER / "evaluation.json").read_text())
    rows = json.loads((Path(__file__).parent / "held_out.json").read_text("utf-8"))
    predictor = as_predictor()
    for source in FLOOR:
        mine = [row for row in rows if row["source"] == source and abs(row["rating"]) > train.CUT]
        said = predictor([row["text"] for row in mine])
        right = np.mean([(p[2] > p[0]) == (row["rating"] > 0) for p, row in zip(said, mine, strict=True)])
        wanted = record["held_out"][source]["sign_accuracy"]
        # four standard errors of a sample of this size
        assert right > wanted - 4 * np.sqrt(wanted * (1 - wanted) / len(mine)), (source, right)


@pytest.mark.slow
def test_the_example_of_the_readme():
    found = explain(TEXT)
    assert found.targets[found.index()] == "negative"
    raising = [word for word, weight in found.top(6, target="negative") if weight > 0]
    assert {"flat", "not", "never", "bad"} & set(raising)
    assert explain(TEXT) == found  # same seed, same answer


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("An absolute delight from start to finish.", "positive"),
        ("The screen broke after two days and support never answered.", "negative"),
        ("The council meets on Tuesday.", "neutral"),
        ("I love my friends so much 😀", "positive"),
    ],
)
def test_plain_sentences(text, label):
    predictor = as_predictor()
    assert LABELS[int(predictor([text])[0].argmax())] == label


@pytest.mark.slow
def test_peak_memory_stays_within_400_mb_of_the_loaded_model():
    code = f"""
import resource
from limelight import as_predictor, explain
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
model = as_predictor()
model(["warm up"])
loaded = peak()
explain({TEXT!r}, model, budget=5000)
print(peak() - loaded)
"""
    grown = float(subprocess.check_output([sys.executable, "-c", code], text=True).split()[-1])
    assert grown < 400


def test_the_split_holds_out_whole_documents():
    snippet = lambda group: train.Snippet("news", group, "x", 0.0)  # noqa: E731
    snippets = [snippet(f"news:{i // 10}") for i in range(5000)]
    training, held_out = train.split(snippets, seed=0)
    assert not {s.group for s in training} & {s.group for s in held_out}
    assert 0.06 < len(held_out) / 5000 < 0.14
    assert train.split(snippets[::-1], seed=0)[1] == held_out[::-1]
    assert train.split(snippets, seed=1)[1] != held_out


def test_soft_labels_are_ordered_and_cut_where_the_classes_are():
    for rating in np.linspace(-4, 4, 81):
        label = train.soft_label(rating)
        assert sum(label) == pytest.approx(1) and min(label) >= 0
    assert np.argmax(train.soft_label(-0.8)) == 0 and np.argmax(train.soft_label(0)) == 1
    assert train.soft_label(0.5)[1] == pytest.approx(train.soft_label(0.5)[2], abs=0.01)


@pytest.mark.slow
def test_the_recipe_runs(bert, tmp_path):
    """One epoch on a few invented snippets, from a tiny model to a folder that loads."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    folder = bert(num_labels=3)
    model = AutoModelForSequenceClassification.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    snippets = [
        train.Snippet("film", str(i), *pair) for i, pair in enumerate([("good fun", 3.0), ("bad dull", -3.0)] * 40)
    ]
    before = model.bert.embeddings.word_embeddings.weight.clone()
    train.train(model, tokenizer, snippets, epochs=8, batch_size=8, rate=1e-2, seed=0, report=lambda line: None)
    assert (model.bert.embeddings.word_embeddings.weight == before).all(), "embeddings are frozen"
    train.save(model, tokenizer, tmp_path / "out")
    again = AutoModelForSequenceClassification.from_pretrained(tmp_path / "out").eval()
    assert str(again.dtype) == "torch.float32"
    table = train.evaluate(again, tokenizer, snippets)
    assert table["film"]["sign_accuracy"] == 1


@pytest.mark.slow
def test_the_recipe_says_how_to_use_it():
    out = subprocess.check_output([sys.executable, "-m", "limelight.predictors.bundled.train", "--help"], text=True)
    assert "--data" in out and "--evaluate" in out
