"""Text to features: spans in code points of the original text.

Boundaries are Unicode's default word boundaries (UAX #29, through ``regex``),
which keep contractions, numbers, emoji sequences and scripts with spaces whole.
Scripts written without spaces get theirs from BudouX's small trained models.
Nothing is decoded, normalised or re-joined: a span is a slice of the text.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from pathlib import Path

import regex

from limelight.errors import InputError

MOST_CHARACTERS = 200_000

Span = tuple[int, int]
Splitter = Callable[[str], Sequence[Span]]

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


def checked(spans: object, text: str, splitter: object) -> list[Span]:
    """The spans of somebody's own splitter, if they are ascending slices of the text.

    Raises:
        InputError: they are something else.
    """
    name = getattr(splitter, "__name__", type(splitter).__name__)
    try:
        found = [(int(start), int(stop)) for start, stop in spans]
    except (TypeError, ValueError) as error:
        raise InputError(
            f"unit={name} answered {type(spans).__name__} that is no list of spans ({error}). limelight takes "
            "[(start, stop), ...], positions in the text; return those."
        ) from error
    at = 0
    for start, stop in found:
        if not at <= start < stop <= len(text):
            raise InputError(
                f"unit={name} answered the span ({start}, {stop}) after one that ends at {at}, in a text of "
                f"{len(text)} characters. limelight takes ascending spans that do not overlap; sort and cut them."
            )
        at = stop
    return found


def merged(spans: Sequence[Span], phrases: Sequence[Span]) -> list[Span]:
    """Spans with those that a phrase touches made one."""
    out: list[Span] = []
    last = None
    for start, stop in spans:
        phrase = next((p for p in phrases if p[0] < stop and start < p[1]), None)
        if phrase is not None and phrase == last:
            out[-1] = (out[-1][0], stop)
        else:
            out.append((start, stop))
        last = phrase
    return out


def opened(text: str, spans: Sequence[Span], ranges: Sequence[Span], finer: Splitter) -> list[Span]:
    """Spans with those that a range touches cut by a finer unit."""
    out: list[Span] = []
    for start, stop in spans:
        inner = [(start, stop)]
        if any(low < stop and start < high for low, high in ranges):
            inner = [(start + a, start + b) for a, b in finer(text[start:stop])] or inner
        out += inner
    return out


def check_characters(text: object) -> str:
    """Returns the text if it is a ``str`` of whole characters, which can be shown and sent.

    Raises:
        InputError: it is not a ``str``, or holds a lone surrogate, which no
            tokenizer and no file can carry.
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
