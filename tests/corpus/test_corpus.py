"""A corpus from end to end: known effects are found, and nothing depends on who did what when."""

from __future__ import annotations

import errno
import json
import shutil

import numpy as np
import pytest

from limelight import Corpus, InputError, LimelightError, explain_corpus
from limelight.corpus import files, source
from limelight.corpus.begin import begun
from limelight.corpus.options import Pooling
from limelight.predictors.options import Loading
from tests.corpus.models import WEIGHTS, Negated, Picky, Sum, files_in, texts_of


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    """A hundred texts a shard."""
    monkeypatch.setattr(source, "SHARD", 100)


def test_known_effects_are_found(tmp_path):
    corpus = explain_corpus(texts_of(400), Sum(), out=tmp_path / "out")
    words = corpus.words("up").set_index("word")
    for word, weight in WEIGHTS.items():
        assert words.effect[word] == pytest.approx(weight, abs=0.03)
        assert words.low[word] <= weight <= words.high[word]
    assert corpus.targets == ("up", "down")
    sure = (words.effect.abs() - (words.high - words.effect)).clip(lower=0)
    assert list(sure) == sorted(sure, reverse=True) and sure.iloc[0] > 0
    both = corpus.words("down").set_index("word").effect
    assert np.allclose(both, -words.effect[both.index], atol=1e-12)


def test_case_does_not_count_and_words_of_few_texts_can_be_left_out(tmp_path):
    corpus = explain_corpus(["Good film", "good plot", "bad film"], Sum(), out=tmp_path / "out")
    assert corpus.words("up").set_index("word").texts.to_dict() == {"good": 2, "film": 2, "plot": 1, "bad": 1}
    assert set(corpus.words("up", least=2).word) == {"good", "film"}


def test_what_depends_on_context_says_so(tmp_path):
    texts = texts_of(600, words=("good", "film", "plot", "not"), length=(3, 7))
    corpus = explain_corpus(texts, Negated({"good": 1.0, "plot": 0.1}), out=tmp_path / "out")
    words = corpus.words("up").set_index("word")
    assert words.context["good"] > 0.2 > words.context["film"]
    assert 0.1 < words.share_raises["good"] < 0.9
    most = corpus.texts("good", "up", most=5)
    negated = ["not" in text.split() for text in most.text]
    assert sum(negated[:5]) <= 1 and sum(negated[5:]) >= 4


def test_a_planted_shortcut_is_among_the_first(tmp_path):
    random = np.random.default_rng(3)
    texts = texts_of(1000, words=(*WEIGHTS, *(f"word{at}" for at in range(300))), length=(8, 16))
    for at in random.choice(1000, 10, replace=False):
        texts[at] += " xylophone"
    corpus = explain_corpus(texts, Sum({**WEIGHTS, "xylophone": 0.6}), out=tmp_path / "out")
    assert "xylophone" in list(corpus.words("up", least=5).word[:3])


def test_a_copy_is_asked_once_and_counts_once(tmp_path):
    model = Sum()
    texts = ["good film", "bad plot", *["good film"] * 150, "fine plot"]
    corpus = explain_corpus(texts, model, out=tmp_path / "out")
    assert corpus.words("up").set_index("word").texts["film"] == 1
    assert corpus.texts().copies.tolist() == [99, 1, 52, 1] and corpus.texts().id.tolist() == [0, 1, 100, 152]
    assert model.asked.count("good film") == 1 + 2  # of what was asked to know the model, and once a shard


def test_another_order_of_the_input_gives_the_same(tmp_path):
    texts = texts_of(350, length=(6, 14))
    one = explain_corpus(texts, Negated(), out=tmp_path / "one").words()
    other = explain_corpus(texts[::-1], Negated(), out=tmp_path / "other").words()
    by = ["target", "word"]
    one, other = (frame.sort_values(by).reset_index(drop=True) for frame in (one, other))
    assert one[by].equals(other[by]) and one.texts.equals(other.texts)
    for name in ("effect", "se", "low", "high", "context", "share_raises"):
        assert np.allclose(one[name], other[name], rtol=0, atol=1e-5)


def test_a_job_goes_on_where_it_was_stopped_and_ends_the_same(tmp_path):
    texts, whole, cut = texts_of(350), tmp_path / "whole", tmp_path / "cut"
    explain_corpus(texts, Sum(), out=whole)
    model = Sum()
    steps = begun(texts, model, cut, Pooling(), Loading())
    for step in steps:
        if step.texts >= 200:
            break
    steps.close()
    assert Corpus(cut).progress.state == "stopped"
    asked = len(model.asked)
    explain_corpus(texts, model, out=cut)
    assert files_in(cut) == files_in(whole)
    # the first text to know the model, and what was left
    assert len(model.asked) - asked < len(model.asked) * 0.6


def test_a_file_that_a_crash_cut_short_is_made_anew(tmp_path):
    texts, out = texts_of(250), tmp_path / "out"
    explain_corpus(texts, Sum(), out=out)
    before = files_in(out)
    path = files.part(out, files.TEXTS, 1)
    path.write_bytes(path.read_bytes()[:100])
    explain_corpus(texts, Sum(), out=out)
    assert files_in(out) == before


def test_folders_of_others_are_left_alone(tmp_path):
    texts, out = texts_of(120), tmp_path / "out"
    explain_corpus(texts, Sum(), out=out)
    before = files_in(out)
    for other, said in (
        (lambda: explain_corpus(texts, Sum({"good": 2.0}), out=out), "its answer is"),
        (lambda: explain_corpus(texts, Negated(), out=out, seed=1), "its seed is 0, and now 1 is asked for"),
        (lambda: explain_corpus(texts[::-1], Sum(), out=out), "of other texts"),
        (lambda: explain_corpus(texts[:50], Sum(), out=out), "of other texts"),
        (lambda: explain_corpus(texts, Sum(), out=tmp_path), "something else"),
    ):
        with pytest.raises(InputError, match=said):
            other()
    assert files_in(out) == before
    manifest = json.loads((out / files.MANIFEST).read_text())
    (out / files.MANIFEST).write_text(json.dumps(manifest | {"schema": "limelight.corpus/2"}))
    with pytest.raises(InputError, match="reads 'limelight.corpus/1'"):
        Corpus(out)
    with pytest.raises(InputError, match="there is no corpus"):
        Corpus(tmp_path / "nowhere")


def test_bad_rows_cost_themselves_alone(tmp_path):
    good = texts_of(60)
    bad = ["", None, 3, "  ", "half \ud800", "...", float("nan"), "x" * 300_000, "a cursed film"]
    alone = explain_corpus(good, Picky(), out=tmp_path / "alone")
    corpus = explain_corpus([*bad, *good], Picky(), out=tmp_path / "out")
    failures = corpus.failures()
    assert failures.id.tolist() == list(range(9)) and corpus.progress.failed == len(bad)
    assert "I do not read that" in failures.error[8] and "of type int" in failures.error[2]
    for name in ("word", "effect", "se", "texts"):
        assert corpus.words()[name].tolist() == pytest.approx(alone.words()[name].tolist())


def test_a_model_that_answers_nothing_is_refused_before_anything_is_written(tmp_path):
    def broken(texts):
        raise RuntimeError("no weights")

    with pytest.raises(InputError, match="none can be explained.*no weights"):
        explain_corpus(["good film"], broken, out=tmp_path / "out")
    with pytest.raises(InputError, match="there is no text"):
        explain_corpus([], Sum(), out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_disk_that_is_full_leaves_what_is_written(tmp_path, monkeypatch):
    texts, out = texts_of(350), tmp_path / "out"
    import pyarrow.parquet as parquet

    write, written = parquet.write_table, []

    def full(table, path, **more):
        if len(written) == 2:
            path.write_bytes(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(path)
        write(table, path, **more)

    monkeypatch.setattr(parquet, "write_table", full)
    with pytest.raises(LimelightError, match="No space left on device.*make room"):
        explain_corpus(texts, Sum(), out=out)
    monkeypatch.undo()
    monkeypatch.setattr(source, "SHARD", 100)
    assert len(files.parts(out, files.TEXTS)) == 2 and not list(out.rglob(".part*"))
    corpus = explain_corpus(texts, Sum(), out=out)
    assert corpus.progress.texts == 350


def test_slices_with_gaps_and_of_several_types_are_asked_for_as_they_look(tmp_path):
    import pandas

    texts = texts_of(6)
    table = pandas.DataFrame({"text": texts, "year": [2001, None, 2002, 2002, 2001, 2001], "odd": ["a", 3.5] * 3})
    corpus = explain_corpus(table, Sum(), out=tmp_path / "out", column="text", slices=["year"])
    assert corpus.values() == {"year": ["2001", "2002"]}
    for year, wanted in ((2001, [0, 4, 5]), (2002.0, [2, 3]), (None, [1])):
        part = explain_corpus([texts[at] for at in wanted], Sum(), out=tmp_path / str(year))
        assert sorted(corpus.words(where={"year": year}).word) == sorted(part.words().word), year
    with pytest.raises(InputError, match=r"no text is so\. These values stand there: year: '2001', '2002'\. Did you"):
        corpus.words(where={"year": 2022})
    with pytest.raises(InputError, match="where is 's'.*or another Corpus"):
        corpus.words(where="s")
    with pytest.raises(InputError, match="where is 3.*or another Corpus"):
        corpus.beside(3)
    with pytest.raises(InputError, match="the table cannot be read .*of one type each.*astype"):
        explain_corpus(table, Sum(), out=tmp_path / "other", column="text", slices=["odd"])


def test_slices_tell_texts_apart(tmp_path):
    rows = [{"text": text, "half": "ab"[at % 2]} for at, text in enumerate(texts_of(200))]
    corpus = explain_corpus(rows, Sum(), out=tmp_path / "out", slices=["half"])
    halves = {name: explain_corpus(
        [row["text"] for row in rows if row["half"] == name], Sum(), out=tmp_path / name
    ) for name in "ab"}  # fmt: skip
    for name, alone in halves.items():
        found, expected = corpus.words("up", where={"half": name}), alone.words("up")
        assert found.word.tolist() == expected.word.tolist()
        assert np.allclose(found.effect, expected.effect) and np.allclose(found.se, expected.se)
    with pytest.raises(InputError, match="Texts can be told apart by 'half'"):
        corpus.words(where={"hlaf": "a"})


def test_pairs_of_texts_are_explained_by_the_words_of_both(tmp_path):
    def overlap(pairs):
        return np.array([[float("good" in a.split()), float("bad" in b.split())] for a, b in pairs])

    rows = [{"premise": a, "hypothesis": b} for a, b in zip(texts_of(80), texts_of(80, seed=1), strict=True)]
    corpus = explain_corpus(rows, overlap, out=tmp_path / "out", column=["premise", "hypothesis"])
    words = corpus.words("class 0").set_index("word").effect
    assert words["good"] > 0.2 and abs(words["bad"]) < 0.1
    assert corpus.text(3) == rows[3]


def test_one_text_can_be_explained_by_itself(tmp_path):
    corpus = explain_corpus(texts_of(20), Sum(), out=tmp_path / "out")
    found = corpus.explain(3, Sum(), method="shapley")
    assert found.text == corpus.text(3) == texts_of(20)[3]


def test_options_that_make_no_sense_are_refused(tmp_path):
    for asked, said in (
        ({"masks": 6}, "a power of two"),
        ({"engine": "spark"}, "unknown engine"),
        ({"workers": 0}, "from 1 up"),
        ({"unit": "wrod"}, "Did you mean 'word'"),
        ({"column": ""}, "column is ''"),
        ({"slices": "half"}, "a list of names"),
        ({"scale": "logit"}, "leave scale out"),
    ):
        with pytest.raises(InputError, match=said):
            explain_corpus(["good film"], Sum(), out=tmp_path / "out", **asked)
    with pytest.raises(TypeError, match="unknown keyword 'budget'"):
        explain_corpus(["good film"], Sum(), out=tmp_path / "out", budget=3)
    assert not (tmp_path / "out").exists()


def test_the_inputs_are_read_again_and_not_held(tmp_path):
    path = tmp_path / "texts.txt"
    path.write_text("\n".join(texts_of(250)) + "\n")
    corpus = explain_corpus(path, Sum(), out=tmp_path / "out")
    moved = shutil.move(str(tmp_path / "out"), str(tmp_path / "elsewhere"))
    assert Corpus(moved).words().equals(explain_corpus(path, Sum(), out=moved).words())
    assert corpus.targets == ("up", "down")
