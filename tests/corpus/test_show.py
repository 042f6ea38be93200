"""What a view is told: words packed and unpacked, texts with what their words do, files to take away."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from limelight import Corpus, InputError, explain_corpus
from limelight.corpus import files
from limelight.corpus.show import MOST_WORDS, examples, packed
from limelight.text.units import words
from tests.conftest import until
from tests.corpus.models import Negated, Slow, Sum, texts_of


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    texts = [*texts_of(300, words=("good", "bad", "film", "not", "dull"), length=(3, 8)), "film =1+1 </script> good"]
    return explain_corpus(texts, Negated(), out=tmp_path_factory.mktemp("corpus") / "out")


def unpacked(data: bytes):
    """Of each target a dict of columns, as the page reads them."""
    size = int.from_bytes(data[:4], "little")
    head, at, found = json.loads(data[4 : 4 + size]), 4 + size, {}
    for target, count in zip(head["targets"], head["counts"], strict=True):
        found[target] = {}
        for name in head["columns"]:
            kind = "<u4" if name in ("word", "texts", "depends") else "<f4"
            found[target][name] = np.frombuffer(data, kind, count, at)
            at += 4 * count
        found[target]["word"] = [head["words"][word] for word in found[target]["word"]]
    assert at == len(data) and size % 4 == 0
    return found


def test_words_are_packed_in_their_order(corpus):
    for target, rows in unpacked(packed(corpus, None, MOST_WORDS)).items():
        frame = corpus.words(target)
        assert rows["word"] == frame.word.tolist() and rows["texts"].tolist() == frame.texts.tolist()
        assert np.allclose(rows["effect"], frame.effect, atol=1e-6)
        assert np.allclose(rows["effect"] + rows["half"], frame.high, atol=1e-6)
    few = unpacked(packed(corpus, None, 2))
    assert all(len(rows["word"]) == 2 for rows in few.values())
    assert unpacked(packed(corpus, None, 2, "oo"))["up"]["word"] == ["good"]


def test_what_stands_beside_is_packed_by_word(corpus, tmp_path):
    other = explain_corpus(texts_of(100, words=("good", "film")), Sum(), out=tmp_path / "out")
    rows = unpacked(packed(corpus, (other, ("one", "other")), None))["up"]
    expected = other.words("up").set_index("word").effect
    for word, value in zip(rows["word"], rows["other"], strict=True):
        assert np.isnan(value) if word not in expected else value == pytest.approx(expected[word], abs=1e-6)


def test_texts_of_a_word_have_their_words_marked(corpus):
    found = examples(corpus, "good", "up")
    assert found and found == sorted(found, key=lambda one: -one["effect"])
    for one in found:
        (text,) = one["fields"]
        own = [text[start:stop] for _, start, stop, _, mine in one["marks"] if mine]
        assert own and set(own) == {"good"} and text == corpus.text(one["id"])
        # every word of the text is there, in its order
        places = [(start, stop) for _, start, stop, *_ in one["marks"]]
        assert places == words(text)
    assert examples(corpus, "nowhere", "up") == []


def test_files_to_take_away_say_the_same(corpus, tmp_path):
    rows = list(csv.DictReader(io.StringIO(corpus.to_csv(tmp_path / "words.csv"))))
    frame = corpus.words()
    assert [float(row["effect"]) for row in rows] == frame.effect.tolist() and (tmp_path / "words.csv").is_file()
    drawing = ElementTree.fromstring(corpus.to_svg(target="up"))
    texts = ["".join(one.itertext()) for one in drawing.iter("{http://www.w3.org/2000/svg}text")]
    assert "raise up" in texts and "good" in texts
    page = corpus.to_html(tmp_path / "page.html")
    assert page.count("</script>") == 2 and "limelight-state" in page
    with pytest.raises(InputError, match="lang is 'xx'"):
        Corpus(corpus.out, lang="xx")


def test_a_word_that_the_table_does_not_know_yet_leaves_no_hole_in_the_page(corpus, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(corpus.out, folder)
    table = files.read_table(folder / files.WORDS)
    kept = [word != "dull" for word in table["word"].to_pylist()]
    files.write_table(table.filter(files.arrow().array(kept)), folder / files.WORDS)
    page = Corpus(folder).to_html()
    state = re.search(r'id="limelight-state"[^>]*>(.*?)</script>', page, re.S)[1]
    shown = json.loads(state, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    words = {mark[4] for texts in shown["examples"]["good"].values() for one in texts for mark in one["marks"]}
    assert words == {True, False} and "dull" not in shown["examples"]


def test_the_widget_answers_questions_by_state(corpus):
    view = corpus.view
    view.query = "DUL"
    assert unpacked(view.found)["up"]["word"] == ["dull"]
    view.word = "good"
    assert view.examples["word"] == "good" and view.examples["texts"] == examples(corpus, "good", view.target)
    view.target = "down"
    assert view.examples["target"] == "down"
    view.query = view.word = ""
    assert view.found == b"" and view.examples == {}
    assert view.explains  # the model is in hand
    assert not Corpus(corpus.out).explains


def test_the_widget_fills_while_the_job_runs(tmp_path, monkeypatch):
    from limelight.corpus import run, source
    from limelight.widget import words as widget

    monkeypatch.setattr(source, "SHARD", 50)
    monkeypatch.setattr(run, "PAUSE", 0.0)
    monkeypatch.setattr(run, "TOLD", 0.0)
    monkeypatch.setattr(widget, "PAUSE", 0.05)
    corpus = explain_corpus(texts_of(600), Slow(0.02), out=tmp_path / "out", wait=False)
    view = corpus.view
    until(lambda: view.table)
    assert view.progress["state"] == "running" and view.stops
    corpus.wait(60)
    until(lambda: view.progress["state"] == "done")
    until(lambda: not view.stops)
    # what is told of progress comes before the words
    until(lambda: unpacked(view.table)["up"]["texts"].sum() == corpus.words("up").texts.sum())
