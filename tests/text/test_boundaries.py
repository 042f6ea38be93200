"""Boundaries against the rules of UAX #29, on texts of signs of every kind that the rules know."""

from __future__ import annotations

import functools
import random
from importlib.metadata import version

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from limelight.text.boundaries import GRAPHEME, WORD_SEGMENT
from tests.text.reference import (
    CONJUNCT_BREAK,
    GRAPHEME_BREAK,
    WORD_BREAK,
    is_grapheme_boundary,
    is_word_boundary,
)

SAME_RULES = tuple(map(int, version("regex").split("."))) >= (2026, 11, 19)


@functools.cache
def kinds() -> list[list[str]]:
    """Signs of each value of the properties that decide boundaries, at most 50 of each."""
    everything = "".join(map(chr, [*range(0xD800), *range(0xE000, 0x110000)]))
    patterns = [
        *(rf"\p{{WB={value}}}" for value in WORD_BREAK),
        *(rf"\p{{GCB={value}}}" for value in GRAPHEME_BREAK),
        *(rf"\p{{InCB={value}}}" for value in CONJUNCT_BREAK),
        r"\p{Extended_Pictographic}",
        r"\p{Extended_Pictographic}(?<=\p{WB=ALetter})",  # a pictograph that is a letter too
        r"\p{InCB=Linker}(?<!\p{GCB=Extend})",  # a linker that is no mark
    ]
    found = [regex.findall(pattern, everything) for pattern in patterns]
    return [random.Random(0).sample(signs, min(len(signs), 50)) for signs in found if signs]


@st.composite
def texts(draw):
    """Up to 14 signs of a few kinds, or of any: what decides stands close together."""
    some = draw(st.lists(st.sampled_from(range(len(kinds()))), min_size=1, max_size=5))
    chosen = st.sampled_from(some) if draw(st.booleans()) else st.sampled_from(range(len(kinds())))
    return "".join(draw(st.lists(chosen.flatmap(lambda kind: st.sampled_from(kinds()[kind])), max_size=14)))


def ends(pattern: regex.Pattern, text: str) -> list[int]:
    return [m.end() for m in pattern.finditer(text)]


@given(texts())
def test_words_end_where_the_rules_say(text):
    assert ends(WORD_SEGMENT, text) == [at for at in range(1, len(text) + 1) if is_word_boundary(text, at)]


@given(texts())
def test_characters_end_where_the_rules_say(text):
    assert ends(GRAPHEME, text) == [at for at in range(1, len(text) + 1) if is_grapheme_boundary(text, at)]


@given(texts())
def test_nothing_is_left_out_between_two_boundaries(text):
    for pattern in (WORD_SEGMENT, GRAPHEME):
        assert "".join(pattern.findall(text)) == text


@pytest.mark.skipif(not SAME_RULES, reason="this version of regex has boundaries of an older Unicode, with faults")
@given(texts())
def test_they_are_those_that_regex_finds_by_looking_back(text):
    assert ends(GRAPHEME, text) == ends(regex.compile(r"\X"), text)
    assert {0, *ends(WORD_SEGMENT, text)} == {0, len(text), *ends(regex.compile(r"(?w)\b"), text)}
