from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limelight.errors import InputError
from limelight.segment import UNITS, characters, check_text, checked, merged, opened, words

TEXT = st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=60)


def cut(text, unit="word"):
    return [text[start:stop] for start, stop in UNITS[unit](text)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("I don't like it’s", ["I", "don't", "like", "it’s"]),
        ("The U.S.A. paid 3.5 or 1,000.50!", ["The", "U.S.A.", "paid", "3.5", "or", "1,000.50"]),
        ("e.g. this. That", ["e.g.", "this", "That"]),
        ("It ended. A. B.", ["It", "ended", "A", "B"]),
        ("ok 👍🏽 👨‍👩‍👧‍👦 🇩🇪🇫🇷 ❤️ 1️⃣", ["ok", "👍🏽", "👨‍👩‍👧‍👦", "🇩🇪", "🇫🇷", "❤️", "1️⃣"]),
        ("cafe\u0301 na\u00efve", ["cafe\u0301", "na\u00efve"]),
        ("هذا ليس سيئا", ["هذا", "ليس", "سيئا"]),
        ("...?! -- ___", []),
        ("a\n\n  b\t", ["a", "b"]),
        ("film film", ["film", "film"]),
    ],
)
def test_words(text, wanted):
    assert cut(text) == wanted


def test_chinese_japanese_and_thai_fall_apart_into_words():
    assert cut("这部电影非常好看，我很喜欢。") == ["这", "部", "电影", "非常", "好看", "我", "很", "喜欢"]
    japanese = cut("この映画は面白くなかった。カタカナ")
    assert {"映画", "は", "カタカナ"} <= set(japanese) and "。" not in japanese
    assert cut("สวัสดีครับ") == ["สวัสดี", "ครับ"]
    assert cut("我爱NLP和2024年")[:3] == ["我", "爱", "NLP"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('It is late. He said "No!" and left. Good', ["It is late.", 'He said "No!" and left.', "Good"]),
        ("Mr. Smith met J. Doe at 3.5 p.m. today. Fine?", ["Mr. Smith met J. Doe at 3.5 p.m. today.", "Fine?"]),
        ("Use tools, e.g. A hammer. Then rest... and go.", ["Use tools, e.g. A hammer.", "Then rest... and go."]),
        ("Great film\nI loved it\n\nmuch", ["Great film", "I loved it", "much"]),
        ("a hard wrapped\nline of text.", ["a hard wrapped\nline of text."]),
        ("好看！“真的。”我喜欢。", ["好看！", "“真的。”", "我喜欢。"]),
        ("هل هذا جيد؟ نعم.", ["هل هذا جيد؟", "نعم."]),
        ("  (One.) Two!  ", ["(One.)", "Two!"]),
        ("?! ...", []),
    ],
)
def test_sentences(text, wanted):
    assert cut(text, "sentence") == wanted


@given(TEXT)
def test_every_word_lies_in_one_sentence(text):
    found = UNITS["sentence"](text)
    for start, stop in words(text):
        touched = [span for span in found if span[0] < stop and start < span[1]]
        assert len(touched) == 1, (text[start:stop], cut(text, "sentence"))


@given(TEXT, st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20))))
def test_merged_and_opened_spans_cover_the_same_text(text, ranges):
    ranges = [(start, start + size) for start, size in ranges]
    spans = words(text)
    joined = merged(spans, ranges)
    assert [edge for edge in joined if edge[0] not in {a for a, _ in spans}] == []
    assert {b for _, b in joined} <= {b for _, b in spans} and len(joined) <= len(spans)
    for cutter in (opened(text, spans, ranges, characters), joined):
        covered = {i for start, stop in cutter for i in range(start, stop)}
        assert {i for start, stop in spans for i in range(start, stop)} <= covered
        assert all(a[1] <= b[0] for a, b in pairwise(cutter))


def test_a_phrase_joins_the_features_that_it_touches_and_no_others():
    text = "not a bad film at all"
    assert [text[a:b] for a, b in merged(words(text), [(1, 7), (12, 14)])] == ["not a bad", "film", "at", "all"]
    assert [text[a:b] for a, b in merged(words(text), [(0, 3), (4, 9)])] == ["not", "a bad", "film", "at", "all"]


def test_an_opened_feature_is_cut_finer():
    text = "Good. Not bad at all. Fine."
    found = opened(text, UNITS["sentence"](text), [(7, 8)], words)
    assert [text[a:b] for a, b in found] == ["Good.", "Not", "bad", "at", "all", "Fine."]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (None, "unit=mine answered NoneType that is no list of spans"),
        (["ab", "cd"], "unit=mine answered list"),
        ([(3, 5), (0, 2)], r"the span \(0, 2\) after one that ends at 5"),
        ([(0, 2), (1, 3)], r"the span \(1, 3\) after one that ends at 2"),
        ([(0, 99)], "in a text of 6 characters"),
    ],
)
def test_a_splitter_of_ones_own_is_checked(answer, said):
    def mine(text):
        return answer

    with pytest.raises(InputError, match=said):
        checked(mine("a text"), "a text", mine)
    assert checked([[0, 1], (2, 6)], "a text", mine) == [(0, 1), (2, 6)]


@given(TEXT)
def test_spans_are_ordered_disjoint_and_hold_something(text):
    for unit in ("character", "word", "sentence"):
        at = 0
        for start, stop in UNITS[unit](text):
            assert at <= start < stop <= len(text)
            assert text[start:stop].strip()
            at = stop


@given(TEXT)
def test_no_letter_or_digit_is_left_out(text):
    covered = {i for start, stop in words(text) for i in range(start, stop)}
    assert all(i in covered for i, character in enumerate(text) if character.isalpha() or character.isdecimal())


def test_characters_are_what_a_reader_calls_so():
    assert cut("e\u0301 👍🏽!", "character") == ["e\u0301", "👍🏽", "!"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        (" \n\t", "is empty"),
        ("a\ud800", r"U\+D800.*position 1"),
        (None, "is a NoneType"),
        (["a", "b"], "is a list.*once for each"),
    ],
)
def test_what_is_no_text_is_refused(text, said):
    with pytest.raises(InputError, match=said):
        check_text(text)
