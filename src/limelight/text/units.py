"""Text to features: spans in code points of the original text.

Boundaries are Unicode's default word boundaries (UAX #29, through ``regex``),
which keep contractions, numbers, emoji sequences and scripts with spaces whole.
Scripts written without spaces get theirs from BudouX's small trained models.
Nothing is decoded, normalised or re-joined: a span is a slice of the text.
"""

from __future__ import annotations

import functools
import json
from itertools import accumulate, pairwise
from pathlib import Path

import regex

from limelight.text.spans import Span, Splitter

_BOUNDARY = regex.compile(r"(?w)\b")
_GRAPHEME = regex.compile(r"\X")
_MEANT = regex.compile(r"[\p{L}\p{N}\p{Extended_Pictographic}\p{Regional_Indicator}\u20e3]")
# UAX #29 takes keycaps in a row for one number.
_KEYCAP = regex.compile(r"[0-9#*]\ufe0f?\u20e3")
# A letter-dot-letter-dot abbreviation ends in a dot that UAX #29 leaves outside.
_ABBREVIATION = regex.compile(r"\p{L}(?:\.\p{L})+")
# UAX #29 cuts these scripts after every sign.
_KANA = regex.compile(r"[\p{Hiragana}\p{Katakana}]")
_EAST_ASIAN = regex.compile(r"(?:[\p{Han}\p{Hiragana}\p{Katakana}ー][\p{M}ﾞﾟ]*)+")
_THAI = regex.compile(r"[\p{Thai}]+")
# What ends a sentence, with the quotes and brackets that close with it.
_CLOSE = r"[\p{Pe}\p{Pf}\"']*"
_SENTENCE_END = regex.compile(
    rf"([.!?…؟۔।]+){_CLOSE}(?=\s+(?!\p{{Ll}}))|[。！？｡]+{_CLOSE}|\n(?=\s*\n)|\n(?!\s*\p{{Ll}})"
)
# A title, an initial (I is a word) or "e.g." at the end: its full stop ends no sentence.
_NO_END = regex.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|Sr|Jr|St|Gen|Rev|Hon|No|Fig|vs|cf|approx|z\.B|bzw)|\b(?!I)\p{Lu}|\b\p{Ll}\.\p{Ll})\.$"
)


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


def sentences(text: str) -> list[Span]:
    """Splits a text into sentences, with their punctuation and without the space around them.

    In the manner of UAX #29: a full stop ends one unless a lower-case letter or a known
    abbreviation says otherwise, the full stops of Chinese and Japanese always do, and so
    does a line break that no lower-case letter follows.
    """
    cuts = [0]
    for m in _SENTENCE_END.finditer(text):
        if not (m.group(1) == "." and _NO_END.search(text, cuts[-1], m.end(1))):
            cuts.append(m.end())
    pieces = [(start, stop, text[start:stop]) for start, stop in pairwise([*cuts, len(text)])]
    trimmed = ((start + len(p) - len(p.lstrip()), stop - len(p) + len(p.rstrip())) for start, stop, p in pieces)
    return [(start, stop) for start, stop in trimmed if stop > start and _MEANT.search(text, start, stop)]


# Coarser ones after finer ones. A token is the model's own piece of a word: see ``Predictor.tokens``.
UNITS: dict[str, Splitter | None] = {"character": characters, "token": None, "word": words, "sentence": sentences}
COARSER = {"character": "word", "token": "word", "word": "sentence"}
FINER: dict[str, Splitter] = {"sentence": words, "word": characters}
