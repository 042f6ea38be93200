"""Text to features: spans in code points of the original text.

Boundaries are Unicode's default word boundaries (UAX #29, in ``boundaries``),
which keep contractions, numbers, emoji sequences and scripts with spaces whole.
Scripts written without spaces get theirs from BudouX's small trained models.
Nothing is decoded, normalised or re-joined: a span is a slice of the text.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import regex

from limelight.text.boundaries import GRAPHEME, WORD_SEGMENT
from limelight.text.spans import Span

Search = Callable[[str], Iterator[Span | None]]

_MEANT = regex.compile(r"[\p{L}\p{N}\p{Extended_Pictographic}\p{Regional_Indicator}\u20e3]")
# UAX #29 takes keycaps in a row for one number.
_KEYCAP = regex.compile(r"[0-9#*]\ufe0f?\u20e3")
# A letter-dot-letter-dot abbreviation ends in a dot that UAX #29 leaves outside.
_ABBREVIATION = regex.compile(r"\p{L}(?:\.\p{L})+")
# UAX #29 cuts these scripts after every sign.
_KANA = regex.compile(r"[\p{Hiragana}\p{Katakana}]")
_EAST_ASIAN = regex.compile(r"(?:[\p{Han}\p{Hiragana}\p{Katakana}ー]++[\p{M}ﾞﾟ]*+)++")
_THAI = regex.compile(r"\p{Thai}++")
# What ends a sentence, with the quotes and brackets that close with it. Time is linear: nothing is given
# back or tried from the middle of a row, and each line break looks no further than the next one.
_STOP, _CLOSE = r"[.!?…؟۔।]", r"[\p{Pe}\p{Pf}\"']*+"
_SENTENCE_END = regex.compile(
    rf"(?<!{_STOP})({_STOP}++){_CLOSE}(?=\s(?!\p{{Ll}}))|[。！？｡]++{_CLOSE}"
    r"|\n(?=[^\S\n]*+\n)|\n(?![^\S\n]*+\p{Ll})"
)
_PARAGRAPH_END = regex.compile(r"\n[^\S\n]*+\n\s*+")
# A title, an initial (I is a word) or "e.g." at the end: its full stop ends no sentence.
_NO_END = regex.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|Sr|Jr|St|Gen|Rev|Hon|No|Fig|vs|cf|approx|z\.B|bzw)|\b(?!I)\p{Lu}|\b\p{Ll}\.\p{Ll})\.$"
)
_NO_END_LOOKS = len(" approx.")  # the longest of them, and what stands before it
# Where BudouX's models look around a cut: "BW2" is two characters, of which the first is at -3 + 2.
_PIECES = {"UW": (-4, 1), "BW": (-3, 2), "TW": (-4, 3)}
_AROUND = "\0" * 3  # as far as they look; none knows anything of this character


class Unit:
    """A way to cut a text into spans: called with one it gives them all.

    Attributes:
        name: by which it is asked for.
        search: a generator over a text. It yields each span as it is found, and None
            after any other work of microseconds, so that whoever stops iterating has
            cancelled. None where the model itself cuts, see ``Predictor.tokens``.
        coarser: the unit that a text of too many is cut into instead, or None.
        finer: the unit that one is cut into when it is opened, or None.
        in_part: whether of one that the model's window ends in, what is read counts.
        otherwise: units for an input that has no parts, where this one is of parts: the first that cuts it in two.
    """

    def __init__(
        self,
        name: str,
        search: Search | None,
        coarser: str | None = None,
        finer: str | None = None,
        in_part: bool = False,
        otherwise: tuple[str, ...] = (),
    ) -> None:
        if search is not None:
            functools.update_wrapper(self, search)
        self.name, self.search = name, search
        self.coarser, self.finer, self.in_part, self.otherwise = coarser, finer, in_part, otherwise

    def __call__(self, text: str) -> list[Span]:
        return [span for span in self.search(text) if span is not None] if self.search else []


# By name, coarser ones after finer ones. Menus, the command, captions and the page follow it.
UNITS: dict[str, Unit] = {}


def unit(name: str, **more: Any) -> Callable[[Search | None], Unit]:
    """Makes a unit of a search, and an entry of ``UNITS``; ``more`` as in ``Unit``."""

    def registered(search: Search | None) -> Unit:
        UNITS[name] = Unit(name, search, **more)
        return UNITS[name]

    return registered


@functools.cache
def _model(name: str) -> tuple[list[tuple[dict[str, int], int, int]], int]:
    """Loads a model: the weights of each piece and where that begins and ends, and the sum of all weights."""
    import budoux

    # BudouX names no loader for its Japanese word model; its default one cuts
    # phrases ("映画は"), which would hide the noun behind the particle.
    path = Path(budoux.__file__).parent / "models" / f"{name}.json"
    pieces = []
    for key, weights in json.loads(path.read_text("utf-8")).items():
        before, size = _PIECES[key[:2]]
        start = before + int(key[2:])
        pieces.append((weights, start, start + size))
    return pieces, sum(sum(weights.values()) for weights, _, _ in pieces)


def _cuts(text: str, script: regex.Pattern, model: str) -> Iterator[tuple[int, bool]]:
    """Yields each position in and around the runs of a script, and whether it is a boundary.

    At the ends of a run it is, and inside if a trained model of BudouX says so, to which
    what stands around the run counts too. BudouX's own parser would go through the whole
    text in one call, and copy a word for every character that it adds to it.
    """
    padded = _AROUND + text + _AROUND
    for m in script.finditer(text):
        pieces, total = _model(model)
        start, stop = m.span()
        yield start, True
        for at in range(start + 1, stop):
            here = at + len(_AROUND)
            score = sum(weights.get(padded[here + a : here + b], 0) for weights, a, b in pieces)
            yield at, 2 * score > total
        yield stop, True


@unit("character", coarser="word")
def characters(text: str) -> Iterator[Span | None]:
    """Splits a text into user-perceived characters (UAX #29 grapheme clusters), without spaces."""
    for m in GRAPHEME.finditer(text):
        yield None if m.group().isspace() else m.span()


unit("token", coarser="word")(None)  # the model's own pieces


@unit("word", coarser="sentence", finer="character")
def words(text: str) -> Iterator[Span | None]:
    """Splits a text into words, one span an occurrence; punctuation is left out.

    Args:
        text: any text without lone surrogates.

    Returns:
        ``[(start, stop), ...]`` in code points, in order, not overlapping.
    """
    cut = bytearray(len(text) + 1)  # whether each position is a boundary
    for m in WORD_SEGMENT.finditer(text):
        cut[m.end()] = True
        yield None
    for m in _KEYCAP.finditer(text):
        cut[m.start()] = cut[m.end()] = True
        yield None
    for script, model in ((_EAST_ASIAN, "ja_word" if _KANA.search(text) else "zh-hans"), (_THAI, "th")):
        for at, is_boundary in _cuts(text, script, model):
            cut[at] = is_boundary
            yield None
    edges = [0]
    # a model's cut may part a letter from its marks
    for m in GRAPHEME.finditer(text):
        if cut[m.end()]:
            edges.append(m.end())
        yield None
    for start, stop, after in zip(edges, edges[1:], [*edges[2:], None], strict=False):
        if _MEANT.search(text, start, stop):
            dotted = after == stop + 1 and text[stop] == "." and _ABBREVIATION.fullmatch(text, start, stop)
            yield start, stop + 1 if dotted else stop
        else:
            yield None


@unit("sentence", coarser="paragraph", finer="word", in_part=True)
def sentences(text: str) -> Iterator[Span | None]:
    """Splits a text into sentences, with their punctuation and without the space around them.

    In the manner of UAX #29: a full stop ends one unless a lower-case letter or a known
    abbreviation says otherwise, the full stops of Chinese and Japanese always do, and so
    does a line break that no lower-case letter follows.
    """
    start = 0
    for m in chain(_SENTENCE_END.finditer(text), [None]):
        if m and m.group(1) == "." and _NO_END.search(text, max(start, m.end(1) - _NO_END_LOOKS), m.end(1)):
            yield None
            continue
        stop = m.end() if m else len(text)
        yield _within(text, start, stop)
        start = stop


def _within(text: str, start: int, stop: int) -> Span | None:
    """What stands in a stretch, without the space around it; None where that says nothing."""
    piece = text[start:stop]
    first, last = stop - len(piece.lstrip()), start + len(piece.rstrip())
    return (first, last) if first < last and _MEANT.search(text, first, last) else None


@unit("paragraph", finer="sentence", in_part=True)
def paragraphs(text: str) -> Iterator[Span | None]:
    """Splits a text into paragraphs, which an empty line ends."""
    start = 0
    for m in chain(_PARAGRAPH_END.finditer(text), [None]):
        yield _within(text, start, m.start() if m else len(text))
        start = m.end() if m else start


@unit("source", finer="sentence", in_part=True, otherwise=("paragraph", "sentence"))
def sources(text: str) -> Iterator[Span | None]:
    """Takes a text as it is: one of several parts of an input, such as a source or a message of a chat."""
    yield _within(text, 0, len(text))
