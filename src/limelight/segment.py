"""Text to features: spans in code points of the original text.

Boundaries are Unicode's default word boundaries (UAX #29, through ``regex``),
which keep contractions, numbers, emoji sequences and scripts with spaces whole.
Scripts written without spaces get theirs from BudouX's small trained models.
Nothing is decoded, normalised or re-joined: a span is a slice of the text.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from itertools import accumulate, pairwise
from pathlib import Path

import regex

from limelight.errors import InputError

Span = tuple[int, int]

_BOUNDARY = regex.compile(r"(?w)\b")
_GRAPHEME = regex.compile(r"\X")
_MEANT = regex.compile(r"[\p{L}\p{N}\p{Extended_Pictographic}\p{Regional_Indicator}\u20e3]")
# UAX #29 takes keycaps in a row for one number.
_KEYCAP = regex.compile(r"[0-9#*]\ufe0f?\u20e3")
_SURROGATE = regex.compile("[\ud800-\udfff]")
# A letter-dot-letter-dot abbreviation ends in a dot that UAX #29 leaves outside.
_ABBREVIATION = regex.compile(r"\p{L}(?:\.\p{L})+")
# UAX #29 cuts these scripts after every sign.
_KANA = regex.compile(r"[\p{Hiragana}\p{Katakana}]")
_EAST_ASIAN = regex.compile(r"(?:[\p{Han}\p{Hiragana}\p{Katakana}ー][\p{M}ﾞﾟ]*)+")
_THAI = regex.compile(r"[\p{Thai}]+")


@functools.cache
def _parser(name: str):
    import budoux

    # BudouX names no loader for its Japanese word model; its default one cuts
    # phrases ("映画は"), which would hide the noun behind the particle.
    model = Path(budoux.__file__).parent / "models" / f"{name}.json"
    return budoux.Parser(json.loads(model.read_text("utf-8")))


def _cuts(text: str, model: str) -> set[int]:
    """Where a trained model cuts; it is given the whole text, since what stands around a run decides."""
    return set(accumulate(map(len, _parser(model).parse(text))))


def words(text: str) -> list[Span]:
    """Splits a text into words, one span an occurrence; punctuation is left out.

    Args:
        text: any text without lone surrogates.

    Returns:
        ``[(start, stop), ...]`` in code points, in order, not overlapping.
    """
    cut = {m.start() for m in _BOUNDARY.finditer(text)} | {0, len(text)}
    cut.update(edge for m in _KEYCAP.finditer(text) for edge in m.span())
    for script, model in ((_EAST_ASIAN, "ja_word" if _KANA.search(text) else "zh-hans"), (_THAI, "th")):
        if found := [m.span() for m in script.finditer(text)]:
            cuts = _cuts(text, model)
            for start, stop in found:
                inside = set(range(start + 1, stop))
                cut = (cut - inside) | (cuts & inside) | {start, stop}
    # a model's cut may part a letter from its marks
    cut &= {0, *(m.end() for m in _GRAPHEME.finditer(text))}
    spans = []
    for start, stop in pairwise(sorted(cut)):
        if _MEANT.search(text, start, stop):
            if text[stop : stop + 1] == "." and stop + 1 in cut and _ABBREVIATION.fullmatch(text, start, stop):
                stop += 1
            spans.append((start, stop))
    return spans


def characters(text: str) -> list[Span]:
    """Splits a text into user-perceived characters (UAX #29 grapheme clusters), without spaces."""
    return [m.span() for m in _GRAPHEME.finditer(text) if not m.group().isspace()]


UNITS: dict[str, Callable[[str], list[Span]]] = {"word": words, "character": characters}


def check_characters(text: object) -> str:
    """Returns the text if it is a ``str`` of whole characters, which can be shown and sent.

    Raises:
        InputError: it is not a ``str``, or holds a lone surrogate, which no
            tokenizer and no file can carry.
    """
    if not isinstance(text, str):
        raise InputError(
            f"the text is a {type(text).__name__}. limelight explains one str at a time; "
            "for several texts, call it once for each."
        )
    if half := _SURROGATE.search(text):
        raise InputError(
            f"the text holds half a character (the lone surrogate U+{ord(half.group()):04X}) "
            f"at position {half.start()}. limelight takes whole characters only; "
            'clean it with text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").'
        )
    return text


def check_text(text: object) -> str:
    """Returns the text if it can be explained.

    Raises:
        InputError: as ``check_characters``, or the text is empty or blank.
    """
    if not check_characters(text).strip():
        raise InputError("the text is empty. limelight needs at least one word to explain; write some text first.")
    return text
