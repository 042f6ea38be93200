import pytest
from hypothesis import given
from hypothesis import strategies as st

from limelight.errors import InputError
from limelight.segment import UNITS, check_text, words

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


@given(TEXT)
def test_spans_are_ordered_disjoint_and_hold_something(text):
    for unit in UNITS:
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
