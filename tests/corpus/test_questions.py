"""Questions in one call: what was planted is the answer."""

from __future__ import annotations

import numpy as np
import pytest

from limelight import InputError, explain_corpus
from limelight.corpus.show import MOST_WORDS, depends, packed
from tests.conftest import until
from tests.corpus.models import Negated, Sum, texts_of

WORDS = ("good", "bad", "film", "plot", "dull", "fine")


class Two(Sum):
    """Takes "plot" for good in texts about "film", and for bad elsewhere."""

    def predict(self, texts):
        up = super().predict(texts)[:, 0]
        for at, text in enumerate(texts):
            parts = text.split()
            up[at] += parts.count("plot") * (1.0 if "cinema" in parts else -1.0)
        return np.stack([up, -up], axis=1)


def test_words_that_act_otherwise_in_two_slices_come_first(tmp_path):
    rows = [{"text": f"cinema {text}", "of": "film"} for text in texts_of(200, words=WORDS, length=(3, 8))]
    rows += [{"text": f"book {text}", "of": "book"} for text in texts_of(200, words=WORDS, length=(3, 8), seed=1)]
    corpus = explain_corpus(rows, Two({"good": 0.5, "bad": -0.5}), out=tmp_path / "out", slices=["of"])
    found = corpus.apart({"of": "film"}, {"of": "book"})
    # "cinema" decides what "plot" does, so it stands in one slice alone
    assert set(found.word[:2]) == {"plot"} and found.sure[0] > 4
    up = found[found.target == "up"].set_index("word")
    # "cinema" stays in half of the masks
    assert up.one["plot"] == pytest.approx(0, abs=0.2) and up.other["plot"] == pytest.approx(-1, abs=0.1)
    assert abs(up.difference["good"]) < 0.2
    with pytest.raises(InputError, match="where names 'fo'"):
        corpus.apart({"fo": "film"})
    with pytest.raises(InputError, match="no text is so"):
        corpus.apart({"of": "nothing"})


@pytest.fixture(scope="module")
def halves(tmp_path_factory):
    """A corpus of films and books, and some rows that are of nothing."""
    rows = [{"text": text, "of": "film"} for text in texts_of(60, words=WORDS, length=(3, 8))]
    rows += [{"text": text, "of": "book"} for text in texts_of(40, words=WORDS, length=(3, 8), seed=1)]
    rows += [{"text": text, "of": None} for text in texts_of(50, words=WORDS, length=(3, 8), seed=2)]
    out = tmp_path_factory.mktemp("halves") / "out"
    return explain_corpus(rows, Sum({"good": 0.5, "bad": -0.5}), out=out, slices=["of"])


def test_values_by_which_texts_are_told_apart_come_by_how_often_they_are(halves):
    assert halves.values() == {"of": ["film", "book"]}


def test_a_part_stands_beside_all(halves):
    compared = halves.beside({"of": "book"})
    part, names = compared.compared
    assert names == ("all texts", "of: book")
    assert part.words().equals(halves.words(where={"of": "book"}))
    assert part.words().texts.max() <= 40 < halves.words().texts.max()
    assert "of: book" in compared.to_html()
    with pytest.raises(InputError, match="where names 'author'"):
        halves.beside({"author": "book"})


def test_a_part_is_chosen_in_the_view(halves):
    from limelight import Corpus

    view = Corpus(halves.out).view
    assert view.parts == {"of": ["film", "book"]} and view.beside == []
    alone = view.table
    view.part = ["of", "film"]
    until(lambda: view.beside == ["all texts", "of: film"])
    assert view.table == packed(halves, halves.beside({"of": "film"}).compared, MOST_WORDS)
    view.part = ["of", "nothing"]
    until(lambda: "no text is so" in view.error)
    view.part = []
    until(lambda: view.beside == [])
    assert view.table == alone and view.error == ""  # that was said of the other part


def test_two_models_are_told_apart(tmp_path):
    texts = texts_of(300, words=WORDS, length=(3, 8))
    one = explain_corpus(texts, Sum({"good": 0.5, "bad": -0.5}), out=tmp_path / "one")
    other = explain_corpus(texts, Sum({"good": 0.5, "bad": 0.5}), out=tmp_path / "other")
    found = one.apart(other)
    assert found.word[0] == "bad" and found.set_index(["target", "word"]).difference["up", "bad"] == pytest.approx(
        1, abs=0.1
    )


def test_texts_that_go_by_one_word_come_first(tmp_path):
    texts = texts_of(300, words=("film", "plot", "fine", "good"), length=(5, 9))
    texts[17], texts[230] = "film plot film xylophone plot film", "plot xylophone plot film film plot film"
    weights = {"xylophone": 3.0, "fine": 0.3, "good": 0.4}
    corpus = explain_corpus(texts, Sum(weights), out=tmp_path / "out")
    found = corpus.shortcuts(most=5)
    assert set(found.id[:2]) == {17, 230} and list(found.word[:2]) == ["xylophone"] * 2
    assert (found.share[:2] > 0.6).all() and (found.target[:2] == "up").all() and found.text[0] == texts[17]


def test_texts_unlike_the_others_come_first(tmp_path):
    texts = texts_of(400, words=WORDS, length=(4, 7))
    strange = [40, 250, 333]
    for at in strange:
        texts[at] = "good bad good good not"
    corpus = explain_corpus(texts, Negated({"good": 1.0, "bad": -0.2, "dull": -1.0}), out=tmp_path / "out")
    found = corpus.unlike(most=10)
    # the same text thrice counts once
    assert found.id[0] == 40 and found.unlike[0] > 2
    assert corpus.unlike(most=400).unlike.median() < 1.5


def test_a_word_that_does_nothing_depends_on_no_context(tmp_path):
    """What is left of it goes either way, a ten-thousandth of what others do."""
    texts = texts_of(600, words=("good", "bad", "film", "plot", "dull", "soup", "great", "waiter"), length=(4, 10))
    weights = {"good": 0.5, "bad": -0.5, "great": 0.9, "dull": -0.3}
    frame = explain_corpus(texts, Sum(weights), out=tmp_path / "out").words()
    nothing = frame[~frame.word.isin(list(weights))]
    assert (nothing.effect.abs() < 1e-4).all() and nothing.share_raises.between(0.2, 0.8).any()
    assert not depends(frame).any()


def test_progress_is_told_to_a_function(tmp_path):
    with pytest.raises(InputError, match="progress is False"):
        explain_corpus(["good film"], Sum({"good": 0.5}), out=tmp_path / "out", progress=False)
