"""The document: out and in again unchanged, older ones too, and nothing that could not be drawn."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from limelight import explain
from limelight.document import Alternative, Answer, Document, Target, position
from limelight.document.checks import EXACT
from limelight.document.schema import packed
from limelight.errors import InputError
from limelight.masking.designs import every_mask
from limelight.text.fields import Field

BEFORE = Path(__file__).parent / "schema1"
PREMISE, HYPOTHESIS = Field("premise", "A man sleeps."), Field("hypothesis", "He is awake.")
PLACES = ((0, 2, 5), (0, 6, 12), (1, 0, 2), (1, 6, 11))


def document(**more) -> Document:
    """A pair that was explained, with nothing left out."""
    random = np.random.default_rng(0)
    weights = random.normal(size=(3, 4))
    terms = ((0, 2), (1, 3), (0, 1, 3))
    term_weights = random.normal(size=(3, 3))
    answer = Answer(
        "It is Paris.",
        ids=(7, 2, 9),
        spans=((0, 2), (3, 5), (6, 11)),
        probabilities=(0.5, 1.0, 0.25),
        alternatives=((Alternative("He", 3, 0.25),), (), (Alternative("Lyon", 4, 0.125), Alternative("Rome", 5, 0.0))),
        end="it ends",
        route="logits",
        seed=3,
    )
    values = {
        "fields": (PREMISE, replace(HYPOTHESIS, group="g", role="user", title="Claim")),
        "places": PLACES,
        "targets": ("entailment", Target("sleeps", "entities", (0, 6, 12)), Target("no", "answer")),
        "scores": [0.5, 0.25, 0.125],
        "weights": weights,
        "intercepts": [0.1, 0.2, 0.3],
        "intervals": np.stack([weights - 1, weights + 1], axis=2),
        "terms": terms,
        "term_weights": term_weights,
        "term_intervals": np.stack([term_weights - 1, term_weights + 1], axis=2),
        "joint": True,
        "fit": {"r2": [0.5, 0.25, 1.0], "rank": [0.5, 0.25, 1.0]},
        "explained": (0, 1),
        "pinned": ((1, 3, 5), (0, 0, 1)),
        "reads": (13, 11),
        "state": "settled",
        "method": "surrogate",
        "title": "Words and pairs",
        "unit": {"premise": "word", "hypothesis": "token"},
        "probabilities": [0.5, 0.25, 0.125],
        "seed": 7,
        "evaluations": 100,
        "budget": 2000,
        "model": "nli",
        "dtype": "float32",
        "attention": {"layers": 1, "heads": 1, "data": "AAECAwQFBgcICQoLDA0ODw=="},
        "exam": {
            "targets": [2, 0],
            "shares": [0.0, 0.5, 1.0],
            "first": [[0.1, 0.2, 0.3]] * 2,
            "last": [[0.3, 0.2, 0.1]] * 2,
            "random": [[0.2, 0.2, 0.2]] * 2,
            "srg": [0.1, 0.2],
            "evaluations": 30,
        },
        "answer": answer,
        "removal_margins": random.normal(size=(2, 4)),
        "residuals": random.normal(size=(5, 4)),
        "leverages": random.normal(size=(5, 4)),
        "warnings": ("one", "two"),
        "seconds": 1.5,
    }
    return Document(**(values | more))


def again(one: Document) -> Document:
    """Through JSON, as a file and the wire take it."""
    return type(one).from_dict(json.loads(json.dumps(one.to_dict(), allow_nan=False)))


def test_a_document_comes_back_unchanged():
    one = document()
    other = again(one)
    assert other == one and other.to_dict() == one.to_dict() and other.seconds == one.seconds
    for target, same in zip(one.targets, other.targets, strict=True):
        assert (target, target.group, target.span) == (same, same.group, same.span)
    assert other.fields == one.fields and other.answer == one.answer and other.fit == one.fit


def test_so_does_what_was_explained(linear):
    for given_, options in (
        ("not a good film 👍", {}),
        ({"premise": "a good film", "hypothesis": "it is not bad 👍"}, {}),
        ({"premise": "", "hypothesis": "not good"}, {"explained": ("hypothesis",)}),
        ({"a": "good", "b": "film", "c": "not"}, {"unit": {"a": "character"}, "method": "surrogate"}),
    ):
        model = lambda texts: np.array([[float(len(str(t)) % 7), "good" in str(t)] for t in texts])  # noqa: E731
        one = explain(given_, model, budget=40, **options)
        assert again(one) == one and again(one).features == one.features and again(one).spans == one.spans


def test_what_is_left_out_has_its_default():
    bare = Document((Field("text", "a b"),), ((0, 0, 1), (0, 2, 3)), ("x",), [1.0])
    small = {name: bare.to_dict()[name] for name in ("schema", "fields", "spans", "targets", "scores")}
    assert Document.from_dict(small) == bare == again(bare)
    assert Document.from_dict(dict.fromkeys(bare.to_dict()) | small) == bare
    assert bare.explained == (0,) and bare.reads == (3,) and bare.weights is None


def test_long_arrays_are_packed_in_single_precision_and_short_ones_exact():
    d = 300
    text = " ".join(f"w{at:03}" for at in range(d))
    places = [(0, 5 * at, 5 * at + 4) for at in range(d)]
    weights = np.random.default_rng(0).normal(size=(14, d))
    assert weights.size > EXACT > weights[:13].size
    many, few = (
        Document((Field("text", text),), places, [f"t{i}" for i in range(k)], np.zeros(k), weights[:k])
        for k in (14, 13)
    )
    assert set(many.to_dict()["weights"]) == {"shape", "float32"} and isinstance(few.to_dict()["weights"], list)
    # rounded when it is made, so that what is in memory is what is sent
    assert np.array_equal(many.weights, weights.astype(np.float32)) and np.array_equal(few.weights, weights[:13])
    for one in (many, few):
        assert again(one) == one
    assert len(json.dumps(many.to_dict()["weights"])) < 6 * weights.size


def test_a_document_is_plain_json_that_tells_features_and_schema():
    plain = document().to_dict()
    assert plain["schema"] == "limelight/2" and plain["features"] == ["man", "sleeps", "He", "awake"]
    assert plain["spans"] == [list(place) for place in PLACES] and plain["read"] == [13, 11]
    assert plain["targets"][:2] == [{"name": "entailment"}, {"name": "sleeps", "group": "entities", "span": [0, 6, 12]}]
    assert plain["fields"][0] == {"name": "premise", "text": "A man sleeps."}


def test_unknown_keys_are_ignored():
    plain = document().to_dict()
    plain |= {"views": {"flips": [1]}, "places": [[9, 9, 9]], "__class__": "os.system"}
    plain["fields"][0] |= {"language": "en"}
    plain["targets"][0] |= {"colour": "#fff"}
    plain["answer"] |= {"logits": [1, 2]}
    plain["exam"] |= {"auc": 3}
    plain["attention"] |= {"tokens": 3}
    plain["fit"] |= {"mae": [1, 2, 3]}
    assert Document.from_dict(plain) == document()


@pytest.mark.parametrize("name", ["words-and-pairs", "attention", "contrast"])
def test_documents_of_the_schema_before_load_and_predict_the_same(name):
    """Written by the limelight of that time, with what it predicted for some masks."""
    kept = json.loads((BEFORE / f"{name}.json").read_text("utf-8"))
    old = kept["document"]
    one = Document.from_dict(old)
    assert old["schema"] == "limelight/1" and again(one) == one and one.to_dict()["schema"] == "limelight/2"
    assert one.text == old["text"] and list(one.features) == old["features"] and one.fields[0].name == "text"
    assert [list(span) for span in one.spans] == old["spans"] and one.read == old["read"]
    same = ("method", "title", "state", "unit", "masker", "scale", "seed", "evaluations", "budget", "model", "joint")
    for key in (*same, "attention", "exam", "fit", "seconds", "dtype"):
        assert getattr(one, key) == old[key], key
    assert list(one.targets) == old["targets"] and list(one.warnings) == old["warnings"]
    assert (one.contrast and list(one.contrast)) == old["contrast"]
    for key, now in {"pairs": "terms", "pair_weights": "term_weights", "pair_intervals": "term_intervals"}.items():
        assert np.array_equal(getattr(one, now) or [] if now == "terms" else getattr(one, now), old[key]), key
    for key in ("scores", "weights", "intercepts", "intervals", "probabilities"):
        assert (getattr(one, key) is None) == (old[key] is None)
        assert old[key] is None or np.array_equal(getattr(one, key), old[key]), key
    if "masks" in kept:
        assert one.predict(np.array(kept["masks"])) == pytest.approx(np.array(kept["predicted"]), abs=1e-12)


def test_equality_leaves_out_only_the_time():
    one = document()
    assert replace(one, seconds=99.0) == one == document() and one != "something else"
    changed = {
        "fields": (PREMISE, HYPOTHESIS), "targets": ("a", "b", "c"), "scores": [1, 2, 3], "weights": one.weights + 1,
        "intercepts": [1, 2, 3], "intervals": None, "term_weights": one.term_weights + 1, "joint": False, "fit": {},
        "explained": (0,), "pinned": (), "reads": (13, 10), "state": "spent", "method": "", "title": "", "unit": "word",
        "masker": "mask", "contrast": (0, 1), "scale": "logit", "probabilities": None, "seed": 1, "evaluations": 1,
        "budget": 1, "model": "x", "dtype": "", "attention": None, "exam": None, "answer": None, "residuals": None,
        "removal_margins": None, "leverages": None, "warnings": (),
    }  # fmt: skip
    for name, value in changed.items():
        assert replace(one, **{name: value}) != one, name


def test_it_can_be_written_to_nowhere():
    one = document()
    for name in ("scores", "weights", "intercepts", "intervals", "term_weights", "residuals", "leverages"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(one, name)[0] = 1


def brute(one: Document, mask: np.ndarray) -> np.ndarray:
    """The sentence of ``predict``, one term after the other, with no regard to time.

    A term counts by how much keeping all of it differs from what the mean over all masks and its features alone
    let expect: the residual of the product of what is kept on a constant and each feature, over all masks alike.
    """
    answer = one.intercepts + one.weights @ mask
    for term, weights in zip(one.terms, one.term_weights.T, strict=True):
        every = every_mask(len(term)).astype(float)
        line = np.column_stack([np.ones(len(every)), every])
        fitted = np.linalg.lstsq(line, every.prod(axis=1), rcond=None)[0]
        own = mask[list(term)].astype(float)
        answer = answer + weights * (own.prod() - np.r_[1, own] @ fitted)
    return answer


def with_terms(d: int, orders: tuple[int, ...], seed: int) -> Document:
    random = np.random.default_rng(seed)
    text = "abcdefgh"[:d]
    every = [term for size in orders for term in combinations(range(d), size)]
    terms = [every[at] for at in random.permutation(len(every))[:9]]
    return Document(
        (Field("text", text),), [(0, at, at + 1) for at in range(d)], ("x", "y"), [0, 0],
        random.normal(size=(2, d)), random.normal(size=2), terms=terms,
        term_weights=random.normal(size=(2, len(terms))), joint=True,
    )  # fmt: skip


@pytest.mark.parametrize("orders", [(2,), (3,), (4,), (2, 3, 4)])
def test_predict_and_without_are_the_sentence_they_state(orders):
    for seed in range(4):
        one = with_terms(6, orders, seed)
        masks = every_mask(6)
        said = one.predict(masks)
        assert said == pytest.approx(np.array([brute(one, mask) for mask in masks]), abs=1e-12)
        ahead = one.without(masks)
        assert ahead.shape == (64, 6, 2)
        for row, feature in zip(*np.nonzero(masks), strict=True):
            less = masks[row].copy()
            less[feature] = False
            assert ahead[row, feature] == pytest.approx(brute(one, less), abs=1e-12)
        # terms that are only an aside are no part of what is predicted
        aside = replace(one, joint=False)
        assert aside.predict(masks) == pytest.approx(masks @ one.weights.T + one.intercepts)
        assert aside.without(masks) == pytest.approx((masks @ one.weights.T + one.intercepts)[:, None] - one.weights.T)


def test_of_a_pair_a_term_is_half_less_kept_of_both_multiplied():
    one = with_terms(4, (2,), 0)
    masks = every_mask(4)
    off = masks - 0.5
    products = np.array([[off[row, i] * off[row, j] for i, j in one.terms] for row in range(len(masks))])
    line = masks @ one.weights.T + one.intercepts
    assert one.predict(masks) == pytest.approx(line + products @ one.term_weights.T, abs=1e-12)


def test_the_index_of_a_contrast_is_the_side_that_was_asked_for(linear):
    """Whatever the model thinks of the two (W9)."""
    linear.scale = "probability"
    linear.predict = lambda texts: np.array([[0.9, 0.1]] * len(texts))
    for contrast, first in ((("up", "down"), "up rather than down"), (("down", "up"), "down rather than up")):
        one = explain("a good film", linear, contrast=contrast)
        assert one.targets[one.index()] == first and again(one).index() == one.index() == 0
        assert one.top(1) == one.top(1, target=first)
    assert explain("a good film", linear).index() == 0


def test_a_target_is_chosen_by_name_position_or_place():
    targets = document().targets
    assert [position(targets, one) for one in ("no", 2, -1, np.int64(2), targets[2])] == [2] * 5
    assert position(targets, (0, 6, 12)) == position(targets, (6, 12)) == 1
    for wrong in ("non", 3, -4, True, None, (0, 1, 2), 1.0, "entailmnet"):
        with pytest.raises(InputError, match="unknown target .*Accepted: 'entailment', 'sleeps', 'no', or a position"):
            position(targets, wrong)


def test_one_text_or_the_fields():
    one = document()
    with pytest.raises(InputError, match="has the fields 'premise', 'hypothesis', and no one text.*from .fields"):
        _ = one.text
    assert one.texts == ("A man sleeps.", "He is awake.") and one.read == 24
    assert one.spans == (("premise", 2, 5), ("premise", 6, 12), ("hypothesis", 0, 2), ("hypothesis", 6, 11))
    alone = Document((Field("text", "a b"),), ((0, 0, 1), (0, 2, 3)), ("x",), [1.0])
    assert alone.text == "a b" and alone.spans == ((0, 1), (2, 3)) and alone.features == ("a", "b")


def test_packed_numbers_are_little_endian():
    assert packed(np.array([[1.0]])) == {"shape": [1, 1], "float32": "AACAPw=="}


@pytest.mark.parametrize(
    ("masks", "said"),
    [
        (np.ones((2, 5)), r"shape \(2, 5\)\. Accepted: shape \(n, 4\)"),
        (np.ones(4), r"shape \(4,\)\..* For a single one write \[mask\]"),
        ("hello", "'hello'. Accepted"),
        ([[1, 0], [1]], "Accepted: shape"),
    ],
)
def test_masks_that_are_not_of_its_features_are_refused(masks, said):
    with pytest.raises(InputError, match=said):
        with_terms(4, (2,), 0).predict(masks)
