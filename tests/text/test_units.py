from itertools import accumulate, pairwise, repeat

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from limelight import Explainer, explain
from limelight.cli.command import main
from limelight.errors import InputError
from limelight.text.checks import check_text
from limelight.text.fields import fields_of, sources_of
from limelight.text.spans import checked, collected, merged, opened
from limelight.text.units import UNITS, characters, unit, words
from tests.chinese import reviews
from tests.conftest import result
from tests.text import reference
from tests.text.test_boundaries import SAME_RULES

TEXT = st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=60)


def joined(spans, phrases):
    return result(collected(merged(spans, phrases)))


def cut_finer(text, spans, ranges, finer):
    return result(collected(opened(text, spans, ranges, finer.search)))


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
        # Arabic: vowel signs, a stretched word, clitics (and-with-the-book), a word of two joined by a non-joiner
        ("هٰذَا كِتَابٌ، جمـــيل!", ["هٰذَا", "كِتَابٌ", "جمـــيل"]),
        ("وبالكتاب وسيكتبونها", ["وبالكتاب", "وسيكتبونها"]),
        ("می\u200cخواهم ٣٫٥", ["می\u200cخواهم", "٣٫٥"]),
        # Hebrew: points, abbreviations with a quotation mark inside, two words joined by a maqaf
        ("זֶה סֶרֶט טוֹב.", ["זֶה", "סֶרֶט", "טוֹב"]),
        ('צה"ל, צה״ל בית־ספר', ['צה"ל', "צה״ל", "בית", "ספר"]),
        # Devanagari: vowel signs, conjuncts, a dot below as a sign of its own, the full stop
        ("यह फ\u093cिल्म क्षेत्र।", ["यह", "फ\u093cिल्म", "क्षेत्र"]),
        ("안녕하세요, 영화", ["안녕하세요", "영화"]),
        # signs in a row: couples with skin tones, flags of a rainbow and of Scotland, a heart on fire
        ("👩🏽‍🤝‍👨🏿🏳️‍🌈🏴󠁧󠁢󠁳󠁣󠁴󠁿❤️‍🔥👍🏽👍🏿", ["👩🏽‍🤝‍👨🏿", "🏳️‍🌈", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "❤️‍🔥", "👍🏽", "👍🏿"]),
        ("#️⃣*️⃣1️⃣2️⃣ # * 1 2", ["#️⃣", "*️⃣", "1️⃣", "2️⃣", "1", "2"]),
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
    assert cut("ภาพยนตร์เรื่องนี้ดีมาก") == ["ภาพยนตร์", "เรื่อง", "นี้", "ดี", "มาก"]


def test_a_sign_keeps_its_marks_where_a_trained_model_cuts():
    # voiced kana in two code points, as file names on a Mac have them; a Han variant; half-width kana
    decomposed = cut("か\u3099っこうは葛\U000e0100飾区")
    assert "".join(decomposed) == "か\u3099っこうは葛\U000e0100飾区"
    assert not any(word.startswith(("\u3099", "\U000e0100")) for word in decomposed)
    assert cut("ｶﾞｷﾞ 映画") == ["ｶﾞｷﾞ", "映画"]
    assert cut("e.g.\u0301 x") == ["e.g", "x"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('It is late. He said "No!" and left. Good', ["It is late.", 'He said "No!" and left.', "Good"]),
        ("Mr. Smith met J. Doe at 3.5 p.m. today. Fine?", ["Mr. Smith met J. Doe at 3.5 p.m. today.", "Fine?"]),
        ("Use tools, e.g. A hammer. Then rest... and go.", ["Use tools, e.g. A hammer.", "Then rest... and go."]),
        ("Great film\nI loved it\n\nmuch", ["Great film", "I loved it", "much"]),
        ("a hard wrapped\nline of text.", ["a hard wrapped\nline of text."]),
        ("It gave up, and so did I. The end.", ["It gave up, and so did I.", "The end."]),
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
    whole = joined(spans, ranges)
    assert [edge for edge in whole if edge[0] not in {a for a, _ in spans}] == []
    assert {b for _, b in whole} <= {b for _, b in spans} and len(whole) <= len(spans)
    for cutter in (cut_finer(text, spans, ranges, characters), whole):
        covered = {i for start, stop in cutter for i in range(start, stop)}
        assert {i for start, stop in spans for i in range(start, stop)} <= covered
        assert all(a[1] <= b[0] for a, b in pairwise(cutter))


def test_a_phrase_joins_the_features_that_it_touches_and_no_others():
    text = "not a bad film at all"
    assert [text[a:b] for a, b in joined(words(text), [(1, 7), (12, 14)])] == ["not a bad", "film", "at", "all"]
    assert [text[a:b] for a, b in joined(words(text), [(0, 3), (4, 9)])] == ["not", "a bad", "film", "at", "all"]


def test_an_opened_feature_is_cut_finer():
    text = "Good. Not bad at all. Fine."
    found = cut_finer(text, UNITS["sentence"](text), [(7, 8)], words)
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
        list(checked(mine("a text"), "a text", mine))
    assert list(checked([[0, 1], (2, 6)], "a text", mine)) == [(0, 1), (2, 6)]


def test_a_splitter_that_never_ends_is_refused_at_its_first_fault():
    def endless(text):
        return repeat((0, 2))

    with pytest.raises(InputError, match=r"unit=endless answered the span \(0, 2\) after one that ends at 2"):
        list(checked(endless("a text"), "a text", endless))


RANGES = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)).map(lambda r: (r[0], r[0] + r[1])), max_size=8)


@given(TEXT, RANGES)
def test_of_several_phrases_and_ranges_the_first_that_touches_counts(text, ranges):
    spans = words(text)
    assert joined(spans, ranges) == reference.merged(spans, ranges)
    assert cut_finer(text, spans, ranges, characters) == reference.opened(text, spans, ranges, characters)


@given(TEXT)
def test_spans_are_ordered_disjoint_and_hold_something(text):
    for name in ("character", "word", "sentence"):
        at = 0
        for start, stop in UNITS[name](text):
            assert at <= start < stop <= len(text)
            assert text[start:stop].strip()
            at = stop


@given(TEXT)
def test_no_letter_or_digit_is_left_out(text):
    covered = {i for start, stop in words(text) for i in range(start, stop)}
    assert all(i in covered for i, character in enumerate(text) if character.isalpha() or character.isdecimal())


# letters and signs of many scripts beside the marks that must stay with them
LETTERS = "aé の映かｶ好ทดי1#שלـكषिー가\u1100\u1161👩🇩🇪."
MARKS = "\u0301\u3099ﾞ\u0e34\u0e48\u05b8\u064c\u094d\ufe0f\u20e3\u200d🏽\U000e0100'"
MIXED = st.text(alphabet=list(LETTERS + MARKS), max_size=20)


@given(MIXED)
def test_no_word_begins_or_ends_inside_a_character(text):
    edges = {0, *accumulate(len(character) for character in regex.findall(r"\X", text))}
    assert all(edge in edges for span in words(text) for edge in span)


ENDS = "。！？｡.!?…؟। 　\n\r\t,:;'\"’”)»_-"
SCRIPTS = st.text(list("电影很好看映画のカナー々ｶﾞกาที่ดี한국어ABab12I éשלكत्र" + ENDS + MARKS), max_size=30)
ABBREVIATIONS = ["Mr.", "e.g.", "z.B.", "approx.", "xapprox.", "No.", "I.", "A.", "U.S.A.", "v.", "Yes", "no"]
BETWEEN = [" ", "  ", "\n", "\n \n", "...", "?!", '."', ".)", "。", "’", "’s", "é"]
SENTENCES = st.lists(st.sampled_from(ABBREVIATIONS) | st.sampled_from(BETWEEN), max_size=15).map("".join)


@pytest.mark.skipif(not SAME_RULES, reason="this version of regex has boundaries of an older Unicode, with faults")
@pytest.mark.parametrize("unit", reference.UNITS)
@given(text=TEXT | MIXED | SCRIPTS | SENTENCES)
def test_units_are_what_they_were_with_every_set_in_memory(unit, text):
    assert UNITS[unit](text) == reference.UNITS[unit](text)


def test_reviews_are_cut_as_by_the_parser_of_budoux_itself():
    texts = [text for text, _ in reviews()[1]]
    for text in [*texts[:300], "".join(texts[300:])]:
        assert UNITS["word"](text) == reference.words(text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("e\u0301 👍🏽!", ["e\u0301", "👍🏽", "!"]),
        ("שָׁלוֹם", ["שָׁ", "ל", "וֹ", "ם"]),
        ("ที่นี่", ["ที่", "นี่"]),
        ("क्षि👩🏽‍🤝‍👨🏿1️⃣", ["क्षि", "👩🏽‍🤝‍👨🏿", "1️⃣"]),
    ],
)
def test_characters_are_what_a_reader_calls_so(text, wanted):
    assert cut(text, "character") == wanted


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        (" \n\t", "is empty"),
        ("a\ud800", r"U\+D800.*position 1"),
        (None, "is of type NoneType"),
        (["a", "b"], "is of type list.*once for each"),
    ],
)
def test_what_is_no_text_is_refused(text, said):
    with pytest.raises(InputError, match=said):
        check_text(text)


def test_a_unit_is_one_function_that_a_person_writes(linear, capsys):
    """What is declared with it is what menus, the command, captions and longer texts go by."""
    before = dict(UNITS)
    try:

        @unit("clause", coarser="sentence", finer="word")
        def clauses(text):
            yield from (m.span() for m in regex.finditer(r"[^,.]+", text))

        assert list(UNITS) == [*before, "clause"] and clauses("a,b") == [(0, 1), (2, 3)]
        explanation = explain("good film, not bad", linear, unit="clause", opened=[(12, 13)])
        assert explanation.features == ("good film", "not", "bad")
        assert "clause deleted" in explanation.to_svg() and "删除clause" in explanation.to_svg(lang="zh")
        widget = Explainer("good", linear)
        widget.wait(20)
        assert {"name": "clause", "reason": ""} in widget._menu["units"]
        widget.close()
        with pytest.raises(SystemExit):
            main(["explain", "--help"])
        assert "clause" in capsys.readouterr().out
        with pytest.raises(InputError, match="clause"):
            explain("good", linear, unit="clauses")
    finally:
        UNITS.clear()
        UNITS.update(before)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("One. Two.\nStill one.\n\nNext.", ["One. Two.\nStill one.", "Next."]),
        ("\n\n a \r\n \t\r\n\n\nb  ", ["a", "b"]),
        ("a\n\n---\n\nb", ["a", "b"]),
        ("电影。\n\n很好看。", ["电影。", "很好看。"]),
        ("", []),
    ],
)
def test_an_empty_line_ends_a_paragraph(text, wanted):
    assert cut(text, "paragraph") == wanted


def test_a_part_of_an_input_is_one_source_and_what_asks_stays():
    asked = []

    def knows(inputs):
        asked.extend(inputs)
        return [[0.9, 0.1] if "Two" in one[1] else [0.2, 0.8] for one in inputs]

    given = {"question": "Who? When?", "sources": ["One. Two.", " Three. "]}
    found = explain(given, knows, unit="source", scale="probability")
    assert found.features == ("One. Two.", "Three.") and found.explained == (1, 2) and found.unit == "source"
    assert [round(weight, 6) for weight in found.weights[0]] == [0.7, 0]
    assert {question for question, *_ in asked} == {"Who? When?"}


def test_of_a_chat_all_messages_but_the_last_are_sources():
    chat = [{"role": role, "content": role} for role in ("system", "user", "assistant", "user")]
    assert sources_of(fields_of(chat)) == [0, 1, 2]
    assert sources_of(fields_of({"question": "a", "sources": ["b", "c"], "examples": ["d"]})) == [1, 2, 3]
    assert sources_of(fields_of("alone")) == sources_of(fields_of({"a": "b", "c": "d"})) == []


@pytest.mark.parametrize(
    ("text", "unit", "wanted"),
    [("One. Two.\n\nThree.", "paragraph", 2), ("One. Two. Three.", "sentence", 3), ("alone", "sentence", 1)],
)
def test_a_text_without_parts_has_paragraphs_for_sources_or_sentences(text, unit, wanted, linear):
    found = explain(text, linear, unit="source")
    assert found.unit == unit and len(found.features) == wanted
