"""Time grows with the length of a text, not with its square, whatever the text is made of."""

from __future__ import annotations

import time
from itertools import cycle, islice

import pytest

from limelight.text.boundaries import GRAPHEME
from limelight.text.spans import PAUSE, collected, merged, opened
from limelight.text.units import UNITS, characters
from tests.conftest import result

LONG = 100_000
MOST = 8  # times as long for four times the text: in proportion it is 4, with the square 16
NOTHING = 0.02  # seconds for a long text that are not worth measuring

# Each begins with a letter and goes on with this, over and over.
HOSTILE = {
    "dots": ".",
    "dots and quotes": '."',
    "dots, quotes and spaces": '." ',
    "closing brackets": ")",
    "full stops of Chinese": "。」",
    "line breaks": "\n",
    "line breaks and spaces": "\n   ",
    "spaces": " ",
    "titles": "Mr. ",
    "initials": "A. ",
    "two spaces": "x.  ",
    "abbreviations": "a.b.",
    "apostrophes": "a'",
    "underscores": "a_",
    "digits and commas": "1,",
    "English": "It is not a bad film at all, he said. ",
    "Chinese": "电影非常好看",
    "Chinese and commas": "中文，",
    "hiragana": "の",
    "katakana": "カタカナ",
    "Thai": "ภาพยนตร์เรื่องนี้ดีมาก",
    "Chinese and Thai": "中ก",
    "Hebrew": "שָׁלוֹם ",
    "Hebrew with quotes": 'צה"ל',
    "Arabic": "كِتَابٌ ",
    "Devanagari": "क्षि",
    "Jamo": "\u1100\u1161\u11a8",
    "leading Jamo": "\u1100",
    "signs that go before others": "\u0600",
    "marks": "\u0301",
    "Chinese with marks": "中\u0301\u0302",
    "zero-width joiners": "\u200d",
    "flags": "🇩🇪",
    "half a flag": "🇩",
    "keycaps": "1️⃣",
    "a family without end": "👩\u200d",
    "skin tones": "👍🏽",
}


def hostile(name: str, size: int) -> str:
    return "a" + "".join(islice(cycle(HOSTILE[name]), size - 1))


def assert_linear(work) -> None:
    """Work on a long text takes at most ``MOST`` times as long as on a quarter of it, best of three."""
    for _ in range(3):
        seconds = []
        for size in (LONG // 4, LONG):
            started = time.thread_time()
            work(size)
            seconds.append(time.thread_time() - started)
        short, long = seconds
        if long < MOST * short or long < NOTHING:
            return
    raise AssertionError(f"{short:.3f} s became {long:.3f} s")


@pytest.mark.slow
@pytest.mark.parametrize("unit", ["word", "sentence", "character"])
@pytest.mark.parametrize("name", HOSTILE)
def test_segmenting(name, unit):
    assert_linear(lambda size: UNITS[unit](hostile(name, size)))


@pytest.mark.parametrize("name", ["Chinese and commas", "English", "dots"])
def test_phrases_and_ranges_by_the_thousand(name):
    def work(size):
        text = hostile(name, size)
        spans = characters(text)
        # the first touches all, and those after it begin in any order
        ranges = [(0, size), *((start * 7919 % size, start * 7919 % size + 9) for start in range(size // 10))]
        result(collected(merged(spans, ranges[::-1])))
        result(collected(opened(text, spans, ranges, characters.search)))

    assert_linear(work)


@pytest.mark.parametrize("unit", ["word", "character"])
@pytest.mark.parametrize("name", ["dots", "line breaks", "spaces", "Chinese", "hiragana", "Thai", "flags"])
def test_a_search_lets_go_long_before_its_end(name, unit):
    text = hostile(name, 20_000)
    pauses = sum(1 for _ in collected(UNITS[unit].search(text)))
    # each character of a text is a step at least
    assert pauses >= len(GRAPHEME.findall(text)) // PAUSE > 0
