"""What a text must be to be explained."""

from __future__ import annotations

import re

import regex

from limelight.errors import InputError

MOST_CHARACTERS = 200_000
MOST_MARKS = 500  # on one letter: with a hundred thousand, a browser stands still
_SURROGATE = re.compile("[\ud800-\udfff]")
_STACK = regex.compile(rf"\p{{M}}{{{MOST_MARKS + 1}}}")


def check_characters(text: object) -> str:
    """Returns the text if it is a ``str`` of whole characters, which can be shown and sent.

    Raises:
        InputError: it is not a ``str``, or holds a lone surrogate, which no tokenizer and
            no file can carry, or more marks on a letter than a page can show.
    """
    if not isinstance(text, str):
        raise InputError(
            f"the text is of type {type(text).__name__}. limelight explains one str at a time; "
            "for several texts, call it once for each."
        )
    if half := _SURROGATE.search(text):
        raise InputError(
            f"the text holds half a character (the lone surrogate U+{ord(half.group()):04X}) "
            f"at position {half.start()}. limelight takes whole characters only; "
            'clean it with text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").'
        )
    if stack := _STACK.search(text):
        raise InputError(
            f"the text has a letter with over {MOST_MARKS} marks on it, at position {stack.start()}. limelight takes "
            "what a page can show; take them out, for example with unicodedata.normalize and a filter on category 'Mn'."
        )
    return text


def check_text(text: object) -> str:
    """Returns the text if it can be explained.

    Raises:
        InputError: as ``check_characters``, or the text is empty, blank or longer than a page can show.
    """
    if not check_characters(text).strip():
        raise InputError("the text is empty. limelight needs at least one word to explain; write some text first.")
    if len(text) > MOST_CHARACTERS:
        raise InputError(
            f"the text has {len(text):,} characters. limelight explains up to {MOST_CHARACTERS:,} at once; "
            "cut it, or explain its parts."
        )
    return text
