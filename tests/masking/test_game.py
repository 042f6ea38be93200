import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limelight.errors import InputError
from limelight.masking.designs import every_mask, lime_masks
from limelight.masking.game import Game
from limelight.masking.maskers import MASKERS
from limelight.text.units import words


def game_of(text, predictor, masker="delete"):
    return Game(predictor, [text], [(0, *span) for span in words(text)], MASKERS[masker])


def texts(game, masks):
    return [one.plain for one in game.inputs(masks)]


def test_removal_leaves_no_double_space(linear):
    game = game_of("A good film, not bad.", linear)
    keep = np.array([[1, 0, 1, 1, 1], [0, 1, 1, 1, 1], [1, 1, 0, 1, 1], [1, 1, 1, 1, 0], [0, 0, 0, 0, 0]], dtype=bool)
    assert texts(game, keep) == [
        "A film, not bad.",
        "good film, not bad.",
        "A good , not bad.",
        "A good film, not .",
        ", .",
    ]


def test_mask_token_stands_in_for_the_word(linear):
    linear.mask_token = "[MASK]"
    assert texts(game_of("Not bad.", linear, "mask"), np.array([[True, False]])) == ["Not [MASK]."]


def test_a_model_without_mask_token_is_told_so(linear):
    with pytest.raises(InputError, match="no mask token.*masker='delete'"):
        texts(game_of("Not bad.", linear, "mask"), np.array([[True, False]]))


@given(st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=40), st.randoms())
def test_the_full_mask_is_the_text_and_removal_only_shortens(text, random):
    if not text:
        return
    game = game_of(text, type("Any", (), {"mask_token": None}))
    d = len(words(text))
    some = np.array([[random.random() < 0.5 for _ in range(d)]], dtype=bool).reshape(1, d)
    assert texts(game, np.ones((1, d), dtype=bool)) == [text]
    (left,) = texts(game, some)
    kept = [text[a:b] for keep, (a, b) in zip(some[0], words(text), strict=True) if keep]
    at = 0
    for word in kept:  # every kept word is still there, in order
        at = left.index(word, at) + len(word)
    assert len(left) <= len(text)


def test_every_distinct_text_is_asked_once(linear):
    game = game_of("the the film", linear)
    masks = lime_masks(3, 200, seed=0)
    scores = game(masks)
    assert len(linear.asked) == len(set(linear.asked)) == game.evaluations
    # removing either "the" gives one text; so does each other subset
    assert game.evaluations == len({tuple(m) if m[0] == m[1] else (True, False, m[2]) for m in masks.tolist()})
    assert np.array_equal(scores, game(masks)) and scores.shape == (200, 2)


def test_stopping_early_loses_nothing(linear):
    linear.batch_size = 2
    game = game_of("good bad film not never", linear)
    masks = lime_masks(5, 30, seed=0)
    first = next(game.evaluate(masks))
    assert first == 2 == game.evaluations
    game(masks)
    assert len(linear.asked) == len(set(linear.asked))


def test_every_mask_is_there_once():
    masks = every_mask(3)
    assert masks[0].all() and len({tuple(m) for m in masks.tolist()}) == 8


def test_lime_law():
    masks = lime_masks(10, 20_000, seed=1)
    assert masks[0].all()
    removed = 10 - masks[1:].sum(axis=1)
    # uniform over 1..10: each number has share 1/10, standard error .0021
    shares = np.bincount(removed, minlength=11)[1:] / len(removed)
    assert np.abs(shares - 0.1).max() < 0.01
    # within a size every feature is as likely to go: E[removed]/10 = .55
    assert np.abs((~masks[1:]).mean(axis=0) - 0.55).max() < 0.02
    assert np.array_equal(masks, lime_masks(10, 20_000, seed=1))
    assert not np.array_equal(masks, lime_masks(10, 20_000, seed=2))
