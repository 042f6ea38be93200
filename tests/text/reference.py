"""What boundaries and units must be, put plainly and without regard to time.

The rules of UAX #29, each as the standard has it, asked of one position at a time; and
the units as they were first written: on ``regex``'s own boundaries, with BudouX's own
parser on the whole text, and with everything in sets.
"""

from __future__ import annotations

import functools
import json
from itertools import accumulate, pairwise
from pathlib import Path

import budoux
import regex

WORD_BREAK = (
    *("ALetter", "Hebrew_Letter", "Numeric", "Katakana", "ExtendNumLet", "MidLetter", "MidNum", "MidNumLet"),
    *("Single_Quote", "Double_Quote", "Extend", "Format", "ZWJ", "WSegSpace", "Regional_Indicator"),
    *("Newline", "CR", "LF", "Other"),
)
GRAPHEME_BREAK = (
    *("CR", "LF", "Control", "Extend", "ZWJ", "Regional_Indicator", "Prepend", "SpacingMark"),
    *("L", "V", "T", "LV", "LVT", "Other"),
)
CONJUNCT_BREAK = ("Extend", "Consonant", "Linker", "None")


@functools.cache
def value(sign: str, property: str) -> str:
    """The value of a property; ``""`` beyond the ends of a text."""
    names = {"WB": WORD_BREAK, "GCB": GRAPHEME_BREAK, "InCB": CONJUNCT_BREAK}[property]
    return next((name for name in names if regex.match(rf"\p{{{property}={name}}}", sign)), "")


@functools.cache
def is_pictograph(sign: str) -> bool:
    return bool(regex.match(r"\p{Extended_Pictographic}", sign))


def is_word_boundary(text: str, at: int) -> bool:
    """WB1 to WB999 of one position."""
    if at in (0, len(text)):
        return len(text) > 0
    before, after = value(text[at - 1], "WB"), value(text[at], "WB")
    newlines = ("Newline", "CR", "LF")
    if (before, after) == ("CR", "LF"):  # WB3
        return False
    if before in newlines or after in newlines:  # WB3a, WB3b
        return True
    if before == "ZWJ" and is_pictograph(text[at]):  # WB3c
        return False
    if before == after == "WSegSpace":  # WB3d
        return False
    marks = ("Extend", "Format", "ZWJ")
    if after in marks:  # WB4
        return False
    # WB4: what is left of a text without marks, except after line breaks and at the start
    values = [value(sign, "WB") for sign in text]
    kept = [i for i, name in enumerate(values) if name not in marks or i == 0 or values[i - 1] in newlines]
    left = [values[i] for i in kept if i < at]
    right = [values[i] for i in kept if i >= at]
    a, b = ["", *left][-2:]
    c, d = [*right, ""][:2]
    letter, middle, number = ("ALetter", "Hebrew_Letter"), ("MidNumLet", "Single_Quote"), "Numeric"
    flags = next((i for i, name in enumerate(reversed(left)) if name != "Regional_Indicator"), len(left))
    return not (
        (b in letter and c in letter)  # WB5
        or (b in letter and c in ("MidLetter", *middle) and d in letter)  # WB6
        or (a in letter and b in ("MidLetter", *middle) and c in letter)  # WB7
        or (b == "Hebrew_Letter" and c == "Single_Quote")  # WB7a
        or (b == "Hebrew_Letter" and c == "Double_Quote" and d == "Hebrew_Letter")  # WB7b
        or (a == "Hebrew_Letter" and b == "Double_Quote" and c == "Hebrew_Letter")  # WB7c
        or (b in (number, *letter) and c == number)  # WB8, WB9
        or (b == number and c in letter)  # WB10
        or (a == number and b in ("MidNum", *middle) and c == number)  # WB11
        or (b == number and c in ("MidNum", *middle) and d == number)  # WB12
        or b == c == "Katakana"  # WB13
        or (b in (*letter, number, "Katakana", "ExtendNumLet") and c == "ExtendNumLet")  # WB13a
        or (b == "ExtendNumLet" and c in (*letter, number, "Katakana"))  # WB13b
        or (c == "Regional_Indicator" and flags % 2 == 1)  # WB15, WB16
    )


def is_grapheme_boundary(text: str, at: int) -> bool:
    """GB1 to GB999 of one position, GB9c as of Unicode 18."""
    if at in (0, len(text)):
        return len(text) > 0
    before, after = value(text[at - 1], "GCB"), value(text[at], "GCB")
    alone = ("Control", "CR", "LF")
    if (before, after) == ("CR", "LF"):  # GB3
        return False
    if before in alone or after in alone:  # GB4, GB5
        return True
    left = "".join({"Regional_Indicator": "R", "Extend": "E", "ZWJ": "Z"}.get(value(s, "GCB"), "-") for s in text[:at])
    pictures = "".join("P" if is_pictograph(sign) else kind for sign, kind in zip(text, left, strict=False))
    conjunct = "".join(value(sign, "InCB")[0] for sign in text[:at])
    return not (
        (before == "L" and after in ("L", "V", "LV", "LVT"))  # GB6
        or (before in ("LV", "V") and after in ("V", "T"))  # GB7
        or (before in ("LVT", "T") and after == "T")  # GB8
        or after in ("Extend", "ZWJ", "SpacingMark")  # GB9, GB9a
        or before == "Prepend"  # GB9b
        or (value(text[at], "InCB") == "Consonant" and regex.search("LE*$", conjunct))  # GB9c
        or (is_pictograph(text[at]) and regex.search("PE*Z$", pictures))  # GB11
        or (after == "Regional_Indicator" and len(regex.search("R*$", left)[0]) % 2 == 1)  # GB12, GB13
    )


_BOUNDARY = regex.compile(r"(?w)\b")
_GRAPHEME = regex.compile(r"\X")
_MEANT = regex.compile(r"[\p{L}\p{N}\p{Extended_Pictographic}\p{Regional_Indicator}\u20e3]")
_KEYCAP = regex.compile(r"[0-9#*]\ufe0f?\u20e3")
_ABBREVIATION = regex.compile(r"\p{L}(?:\.\p{L})+")
_KANA = regex.compile(r"[\p{Hiragana}\p{Katakana}]")
_EAST_ASIAN = regex.compile(r"(?:[\p{Han}\p{Hiragana}\p{Katakana}ー][\p{M}ﾞﾟ]*)+")
_THAI = regex.compile(r"[\p{Thai}]+")
_CLOSE = r"[\p{Pe}\p{Pf}\"']*"
_SENTENCE_END = regex.compile(
    rf"([.!?…؟۔।]+){_CLOSE}(?=\s+(?!\p{{Ll}}))|[。！？｡]+{_CLOSE}|\n(?=\s*\n)|\n(?!\s*\p{{Ll}})"
)
_NO_END = regex.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|Sr|Jr|St|Gen|Rev|Hon|No|Fig|vs|cf|approx|z\.B|bzw)|\b(?!I)\p{Lu}|\b\p{Ll}\.\p{Ll})\.$"
)


@functools.cache
def parser(name: str) -> budoux.Parser:
    model = Path(budoux.__file__).parent / "models" / f"{name}.json"
    return budoux.Parser(json.loads(model.read_text("utf-8")))


def words(text: str) -> list[tuple[int, int]]:
    cut = {m.start() for m in _BOUNDARY.finditer(text)} | {0, len(text)}
    cut.update(edge for m in _KEYCAP.finditer(text) for edge in m.span())
    for script, model in ((_EAST_ASIAN, "ja_word" if _KANA.search(text) else "zh-hans"), (_THAI, "th")):
        cuts = set(accumulate(map(len, parser(model).parse(text))))
        for m in script.finditer(text):
            inside = set(range(m.start() + 1, m.end()))
            cut = (cut - inside) | (cuts & inside) | set(m.span())
    cut &= {0, *(m.end() for m in _GRAPHEME.finditer(text))}
    spans = []
    for start, stop in pairwise(sorted(cut)):
        if _MEANT.search(text, start, stop):
            if text[stop : stop + 1] == "." and stop + 1 in cut and _ABBREVIATION.fullmatch(text, start, stop):
                stop += 1
            spans.append((start, stop))
    return spans


def characters(text: str) -> list[tuple[int, int]]:
    return [m.span() for m in _GRAPHEME.finditer(text) if not m.group().isspace()]


def sentences(text: str) -> list[tuple[int, int]]:
    cuts = [0]
    for m in _SENTENCE_END.finditer(text):
        if not (m.group(1) == "." and _NO_END.search(text, cuts[-1], m.end(1))):
            cuts.append(m.end())
    pieces = [(start, stop, text[start:stop]) for start, stop in pairwise([*cuts, len(text)])]
    trimmed = ((start + len(p) - len(p.lstrip()), stop - len(p) + len(p.rstrip())) for start, stop, p in pieces)
    return [(start, stop) for start, stop in trimmed if stop > start and _MEANT.search(text, start, stop)]


UNITS = {"word": words, "character": characters, "sentence": sentences}


def merged(spans, phrases):
    out, last = [], None
    for start, stop in spans:
        phrase = next((p for p in phrases if p[0] < stop and start < p[1]), None)
        if phrase is not None and phrase == last:
            out[-1] = (out[-1][0], stop)
        else:
            out.append((start, stop))
        last = phrase
    return out


def opened(text, spans, ranges, finer):
    out = []
    for start, stop in spans:
        inner = [(start, stop)]
        if any(low < stop and start < high for low, high in ranges):
            inner = [(start + a, start + b) for a, b in finer(text[start:stop])] or inner
        out += inner
    return out
