"""What a user calls a text becomes fields; places in them are told as a user writes them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limelight.errors import InputError
from limelight.text.checks import MOST_CHARACTERS, MOST_MARKS
from limelight.text.fields import MOST_FIELDS, MOST_NAME, Field, check_fields, field_at, fields_of, place_of, spot_of

PAIR = {"premise": "A man sleeps.", "hypothesis": "He is awake."}


def test_one_str_is_one_field():
    assert fields_of("Not bad.") == (Field("text", "Not bad."),)
    # what can be explained is asked later: a page may show an empty text
    assert fields_of("") == (Field("text", ""),)


def test_a_dict_is_a_field_a_name_in_its_order():
    assert fields_of(PAIR) == (Field("premise", "A man sleeps."), Field("hypothesis", "He is awake."))
    assert [field.name for field in fields_of(dict(reversed(PAIR.items())))] == ["hypothesis", "premise"]


def test_a_list_in_a_dict_is_parts_with_their_numbers():
    given = {"question": "Who?", "sources": ["She did.", {"title": "News", "text": "He did."}, {"text": "Nobody."}]}
    assert fields_of(given) == (
        Field("question", "Who?"),
        Field("sources 1", "She did.", group="sources"),
        Field("sources 2", "He did.", group="sources", title="News"),
        Field("sources 3", "Nobody.", group="sources"),
    )
    assert fields_of({"question": "Who?", "sources": ()}) == (Field("question", "Who?"),)


@pytest.mark.parametrize("kind", [list, tuple])
def test_a_chat_is_a_field_a_message(kind):
    chat = kind([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Who?"}])
    assert fields_of(chat) == (
        Field("message 1", "Be brief.", group="chat", role="system"),
        Field("message 2", "Who?", group="chat", role="user"),
    )


FORMS = r"limelight explains one str; a dict of named texts .*; or a chat"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (5, f"the text is of type int. {FORMS}.*give one of these"),
        (None, "the text is of type NoneType"),
        (b"bytes", "the text is of type bytes"),
        ([], "the text is of type list"),
        (["a", "b"], f"the text is of type list. {FORMS}.*for several texts, call it once for each"),
        (np.array(["a", "b"]), f"the text is of type ndarray. {FORMS}.*for several texts, call it once for each"),
        ([{"role": "user", "content": "a"}, "b"], "the text is of type list"),
        ([{"text": "a"}], "the text is of type list"),
        ({}, "the input has 0 fields. limelight explains 1 to 200; give it those"),
        ({"sources": []}, "the input has 0 fields"),
        ({"sources": ["a"] * (MOST_FIELDS + 1)}, "the input has 201 fields"),
        ({5: "a"}, "a field is called 5. A field's name is a str such as 'premise', of up to 500 .*; rename it"),
        ({None: "a"}, "a field is called None"),
        ({"": "a"}, "a field is called ''"),
        ({" \n": "a"}, "a field is called"),
        ({"premise": None}, f"the field 'premise' is of type NoneType. {FORMS}.*give it a str"),
        ({"premise": b"a"}, "the field 'premise' is of type bytes"),
        ({"premise": {"text": "a"}}, "the field 'premise' is of type dict"),
        ({"sources": ["a", 5]}, "the field 'sources 2' is of type int"),
        ({"sources": ["a", ["b"]]}, "the field 'sources 2' is of type list"),
        ({"sources": [{"title": "News"}]}, "the field 'sources 1' is of type NoneType"),
        ({"sources": [{"text": "a", "title": 5}]}, "the field 'title of sources 1' is of type int"),
        ({"sources": ["a"], "sources 1": "b"}, "the fields are called 'sources 1', 'sources 1'.*rename one"),
        ([{"role": 5, "content": "a"}], "the field 'role of message 1' is of type int"),
        ([{"role": "user"}], "the field 'message 1' is of type NoneType"),
        ([{"role": "user", "content": ["a"]}], "the field 'message 1' is of type list"),
        ("a\ud800", r"half a character.*U\+D800.*position 1"),
        ({"premise": "a", "hypothesis": "\udc00"}, r"half a character.*U\+DC00.*position 0"),
        ({"a": "e" + "\u0301" * (MOST_MARKS + 1)}, "a letter with over 500 marks"),
    ],
)
def test_what_is_no_input_is_said_in_a_sentence(given, said):
    with pytest.raises(InputError, match=said):
        fields_of(given)


@pytest.mark.parametrize("name", ["\ud800", "a" * (MOST_NAME + 1), "a\x1b[31m", "a\nb", "\u202edab"])
def test_a_name_that_cannot_be_shown_in_a_line_is_refused(name):
    with pytest.raises(InputError, match="a field is called .*in one line; rename it"):
        fields_of({name: "a good film"})
    with pytest.raises(InputError, match="the title of sources 1 is .*shorten it"):
        fields_of({"sources": [{"text": "a good film", "title": name}]})
    with pytest.raises(InputError, match="the role of message 1 is .*shorten it"):
        fields_of([{"role": name, "content": "a good film"}])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("", "the text is empty.*write some text first"),
        (" \n\t", "the text is empty"),
        ({"premise": "", "hypothesis": " "}, "the fields 'premise', 'hypothesis' are all empty"),
        ("a" * (MOST_CHARACTERS + 1), "200,001 characters.*up to 200,000 at once; cut it"),
        ({"a": "x" * MOST_CHARACTERS, "b": "x"}, "200,001 characters"),
    ],
)
def test_what_cannot_be_explained_is_said_in_a_sentence(given, said):
    fields = fields_of(given)
    with pytest.raises(InputError, match=said):
        check_fields(fields)


def test_an_empty_field_beside_a_full_one_can_be_explained():
    check_fields(fields_of({"premise": "", "hypothesis": "He is awake."}))
    check_fields(fields_of({"a": "x" * (MOST_CHARACTERS - 1), "b": "x"}))


FIELDS = st.lists(st.text("aé👍 ", min_size=1, max_size=9), min_size=1, max_size=4).map(
    lambda texts: tuple(Field(f"field {at}", text) for at, text in enumerate(texts))
)


@st.composite
def places(draw):
    """Some fields, and a place in them."""
    fields = draw(FIELDS)
    field = draw(st.integers(0, len(fields) - 1))
    start = draw(st.integers(0, len(fields[field].text) - 1))
    return fields, (field, start, draw(st.integers(start + 1, len(fields[field].text))))


@given(places())
def test_a_place_as_a_user_writes_it_is_the_place(found):
    fields, place = found
    spot = spot_of(place, fields)
    assert place_of(spot, fields) == place and place_of(list(spot), fields) == place
    assert len(spot) == (2 if len(fields) == 1 else 3)
    # with its position in place of the name it is the same
    assert place_of(place, fields) == place and spot_of(place_of(place, fields), fields) == spot


PLACE = r"is no place in the text. limelight takes \(field, start, stop\), the field one of 'premise', 'hypothesis'"


@pytest.mark.parametrize(
    ("given", "spot", "said"),
    [
        (PAIR, (0, 5), rf"\(0, 5\) {PLACE}.*say in which field"),
        (PAIR, "premise", rf"'premise' {PLACE}.*such as \('premise', 10, 17\)"),
        (PAIR, ("premise",), PLACE),
        (PAIR, ("premise", 0, 5, 7), PLACE),
        (PAIR, 7, PLACE),
        (PAIR, None, PLACE),
        (PAIR, {"premise", 1, 2}, PLACE),
        (PAIR, ("premise", 0, 99), rf"{PLACE}.*the field 'premise' has 13 characters"),
        (PAIR, ("premise", -1, 5), PLACE),
        (PAIR, ("premise", 5, 5), PLACE),
        (PAIR, ("premise", 5, 3), PLACE),
        (PAIR, ("premise", 0.0, 5), rf"{PLACE}.*give whole numbers"),
        (PAIR, ("premise", False, True), PLACE),
        (PAIR, ("premise", "0", "5"), PLACE),
        (PAIR, ("premisse", 0, 5), "unknown field 'premisse'. Accepted: 'premise', 'hypothesis'. Did you mean"),
        (PAIR, (2, 0, 5), "unknown field 2"),
        (PAIR, (-1, 0, 5), "unknown field -1"),
        (PAIR, (True, 0, 5), "unknown field True"),
        ("Not bad.", (0, 9), r"limelight takes \(start, stop\), positions.*has 8 characters"),
        ("Not bad.", "bad", r"such as \(10, 17\)"),
        ("Not bad.", ("other", 0, 3), "unknown field 'other'. Accepted: 'text'"),
    ],
)
def test_what_is_no_place_is_said_in_a_sentence(given, spot, said):
    with pytest.raises(InputError, match=said):
        place_of(spot, fields_of(given))


def test_a_field_is_found_by_name_and_by_position():
    fields = fields_of(PAIR)
    assert [field_at(given, fields) for given in ("premise", 0, "hypothesis", 1)] == [0, 0, 1, 1]
