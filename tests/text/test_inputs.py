"""Where a place of the original stands in a thinned text, against a reference that follows every code point."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limelight.masking.game import Game
from limelight.masking.maskers import MASKERS
from limelight.text.inputs import Input
from tests.conftest import Linear

TOKEN = "[MASK]"
Point = tuple[str, int | None]  # a code point of the thinned text, and where it stood; None for the mask token's


def thinned(text: str, spans: list[tuple[int, int]], kept: list[bool], masker: str) -> list[Point]:
    """One code point after the other, a feature taken out at a time."""
    owner = {at: number for number, span in enumerate(spans) for at in range(*span)}
    after = {span[1]: number for number, span in enumerate(spans)}
    points: list[Point] = []
    for at in range(len(text) + 1):
        number = after.get(at)
        gone = number is not None and not kept[number]
        if gone and masker == "mask":
            points += [(sign, None) for sign in TOKEN]
        if at == len(text):
            break
        own = owner.get(at)
        if own is not None:
            if kept[own]:
                points.append((text[at], at))
        elif not (gone and masker == "delete" and text[at].isspace() and (not points or points[-1][0].isspace())):
            # of the two spaces around what was taken out, one is left
            points.append((text[at], at))
    return points


@st.composite
def fields(draw):
    """Texts with ascending features, and which of these are kept."""
    some = []
    for _ in range(draw(st.integers(1, 3))):
        text = draw(st.text("ab  é👍\n.", max_size=16))
        edges = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
        spans = list(zip(edges[::2], edges[1::2], strict=False))
        # some touch each other, as characters and tokens do
        if draw(st.booleans()):
            spans = [(a, b) for a, b in zip(edges, edges[1:], strict=False)]
        some.append((text, spans, draw(st.lists(st.booleans(), min_size=len(spans), max_size=len(spans)))))
    return some


def game_of(some, masker: str) -> Game:
    model = Linear({})
    model.mask_token = TOKEN
    places = [(at, *span) for at, (_, spans, _) in enumerate(some) for span in spans]
    return Game(model, [text for text, _, _ in some], places, MASKERS[masker])


@pytest.mark.parametrize("masker", MASKERS)
@given(some=fields())
def test_a_place_is_where_its_code_points_are_or_it_is_gone(masker, some):
    mask = np.array([[keep for _, _, kept in some for keep in kept]], dtype=bool).reshape(1, -1)
    (one,) = game_of(some, masker).inputs(mask)
    for field, (text, spans, kept) in enumerate(some):
        points = thinned(text, spans, kept, masker)
        assert one.texts[field] == "".join(sign for sign, _ in points)
        now = {was: at for at, (_, was) in enumerate(points) if was is not None}
        for start in range(len(text)):
            for stop in range(start + 1, len(text) + 1):
                stands = [now.get(at) for at in range(start, stop)]
                first = stands[0]
                whole = first is not None and stands == list(range(first, first + stop - start))
                wanted = (first, first + stop - start) if whole else None
                assert one.at((field, start, stop)) == wanted
                assert wanted is None or one.texts[field][slice(*wanted)] == text[start:stop]


@given(some=fields())
def test_a_mask_stands_where_what_it_hides_stood(some):
    mask = np.array([[keep for _, _, kept in some for keep in kept]], dtype=bool).reshape(1, -1)
    (one,) = game_of(some, "mask").inputs(mask)
    for field, (text, spans, kept) in enumerate(some):
        hidden = {at: n for n, span in enumerate(spans) for at in range(*span) if not kept[n]}
        pieces, at = [], 0  # of each code point, or of each mask once: what it is, and where it began
        while at < len(text):
            n = hidden.get(at)
            pieces.append((TOKEN, range(*spans[n])) if n is not None else (text[at], range(at, at + 1)))
            at = pieces[-1][1].stop
        for start in range(len(text)):
            for stop in range(start + 1, len(text) + 1):
                before = "".join(sign for sign, own in pieces if own.stop <= start)
                there = "".join(sign for sign, own in pieces if own.stop > start and own.start < stop)
                assert one.at((field, start, stop), masked=True) == (len(before), len(before) + len(there))


@given(st.text(max_size=9), st.data())
def test_in_a_text_that_is_whole_a_place_is_where_it_was(text, data):
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, len(text)))
    assert Input.of(text).at((0, start, stop)) == (start, stop)
    assert Input.of(("other", text)).at((1, start, stop)) == (start, stop)


def test_an_input_is_what_a_plain_model_takes():
    assert Input.of("a").plain == "a" and Input.of(("a",)).plain == "a" and Input.of(["a", "b"]).plain == ("a", "b")
    one = Input.of("a")
    assert Input.of(one) is one
