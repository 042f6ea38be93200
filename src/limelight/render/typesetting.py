"""Where words go on a page, without a font at hand: widths, line breaks, right to left.

Widths are those of Helvetica and its many twins for Latin, and fair guesses for
other scripts. Who draws makes each piece fit its width, so a guess that is off
squeezes or widens a word a little and never moves another.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

import regex

from limelight.text.boundaries import GRAPHEME

# Thousandths of the font size, from the space on: Adobe's metrics of Helvetica.
_ASCII = (
    "278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 556 556 278 278 "
    "584 584 584 556 1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778 667 778 722 667 611 722 667 944 "
    "667 667 611 278 278 278 469 556 333 556 556 500 556 556 278 556 556 222 222 500 222 833 556 556 556 556 333 500 "
    "278 556 500 722 500 500 500 334 260 334 584"
)
_WIDTHS = {chr(32 + i): int(width) / 1000 for i, width in enumerate(_ASCII.split())}
_WIDTHS |= dict.fromkeys("‘’·", 0.222) | dict.fromkeys("“”", 0.333) | {"–": 0.556, "—": 1.0, "…": 1.0, "−": 0.584}
_WIDTHS |= {"\t": 4 * 0.278, "≈": 0.549, "Σ": 0.6, "±": 0.584, "²": 0.333, "▏": 0.3}
# Letters of Arabic are as wide as their form within a word, which is narrow for the upright ones.
_WIDTHS |= dict.fromkeys("اأإآلىٱ", 0.29) | dict.fromkeys("بتثنيئپفقچدذرزژوؤةهـ", 0.45) | dict.fromkeys("سشصضطظ", 0.75)
_WIDTHS |= dict.fromkeys("יוןז،؛", 0.29) | dict.fromkeys("גנרכךדסף", 0.48)
_EMOJI = regex.compile(r"\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f|\p{Regional_Indicator}")
_NEWLINE = "\r\n|[\n\r\v\f\x85\u2028\u2029]"
_WIDE = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\u3000-\u303f\uff00-\uffef]"
_SCRIPTS = {
    "kana": regex.compile(r"[\p{Hiragana}\p{Katakana}]"),
    "hangul": regex.compile(r"\p{Hangul}"),
    "han": regex.compile(r"[\p{Han}\u3000-\u303f\uff00-\uffef]"),
}
_BREAKS = regex.compile(_NEWLINE)
_UNSPACED = regex.compile(rf"{_WIDE}|[\p{{Thai}}\p{{Lao}}\p{{Khmer}}\p{{Myanmar}}]|{_EMOJI.pattern}")


@functools.lru_cache(maxsize=4096)
def _width(cluster: str) -> float:
    """Width of one user-perceived character, in font sizes."""
    if cluster in _WIDTHS:
        return _WIDTHS[cluster]
    if _EMOJI.search(cluster):
        return 1.25
    total = 0.0
    for sign in cluster:
        category = unicodedata.category(sign)
        if category in ("Mn", "Me", "Cf", "Cc"):
            continue
        base = unicodedata.normalize("NFD", sign)[0]
        if base in _WIDTHS:
            total += _WIDTHS[base]
        elif unicodedata.east_asian_width(sign) in "WF":
            total += 1.0
        else:
            total += 0.7 if category == "Lu" else 0.28 if category[0] == "Z" else 0.58
    return total


def script(text: str) -> str:
    """What a text needs a font for: "emoji" (and nothing else), "kana", "hangul", "han" or ""."""
    if _EMOJI.search(text) and all(map(_EMOJI.search, clusters(text))):
        return "emoji"
    return next((name for name, sign in _SCRIPTS.items() if sign.search(text)), "")


def clusters(text: str) -> list[str]:
    """User-perceived characters (UAX #29 grapheme clusters)."""
    found: list[str] = GRAPHEME.findall(text)
    return found


def advance(text: str, size: float) -> float:
    """How wide a text is, in the unit of ``size``."""
    return size * sum(map(_width, clusters(text)))


def fitted(text: str, size: float, width: float) -> str:
    """The text, cut off with an ellipsis where it is wider than ``width``."""
    if advance(text, size) <= width:
        return text
    kept, left = "", width - advance("…", size)
    for cluster in clusters(text):
        left -= advance(cluster, size)
        if left < 0:
            break
        kept += cluster
    return kept.rstrip() + "…"


class Piece(NamedTuple):
    """A stretch of text that stands on one line.

    Attributes:
        text: as it stands in the original.
        key: what it belongs to, as the caller named it.
        size: of the font.
        pad: room left and right of the text.
        x: left edge, from the left edge of the paragraph.
        width: of the text with its room.
        rtl: whether it runs from right to left.
    """

    text: str
    key: object = None
    size: float = 16.0
    pad: float = 0.0
    x: float = 0.0
    width: float = 0.0
    rtl: bool = False

    @property
    def blank(self) -> bool:
        return not self.text.strip()


def lines(runs: Iterable[Piece], width: float, base: str = "") -> list[list[Piece]]:
    """Breaks runs of text into lines and places their pieces.

    Args:
        runs: text, key, size and pad are read; a run with a pad is kept whole where it can be.
        width: of the lines.
        base: which way they run, L or R; that of the first letter if not given.

    Returns:
        lines of pieces in the order of the text, whose texts add up to the original.
    """
    pieces = [piece for run in runs for piece in _cut(run)]
    base = base or next((kind for piece in pieces if (kind := _kind(piece.text)) in ("L", "R")), "L")
    found: list[list[Piece]] = [[]]
    used = 0.0
    for group in _groups(pieces):
        if used > 0 and used + _extent(group) > width:
            found.append([])
            used = 0.0
        for piece in _split(group, width):
            # what is too wide for any line is broken within; a blank may hang over the edge
            if used > 0 and not piece.blank and used + piece.width > width:
                found.append([])
                used = 0.0
            found[-1].append(piece)
            used += piece.width
            if _BREAKS.fullmatch(piece.text):
                found.append([])
                used = 0.0
    if not found[-1] and len(found) > 1:
        found.pop()
    return [_placed(line, width, base) for line in found]


def _cut(run: Piece) -> list[Piece]:
    """A word in one piece; other text into words, blanks and single wide signs."""
    if run.pad and not _BREAKS.search(run.text):
        return [run._replace(width=_measure(run.text, run))]
    parts: list[tuple[str, str]] = []
    for cluster in clusters(run.text):
        kind = "break" if _BREAKS.fullmatch(cluster) else "blank" if cluster.isspace() else "word"
        kind = "wide" if kind == "word" and _UNSPACED.match(cluster) else kind
        if parts and kind == parts[-1][0] and kind in ("blank", "word"):
            parts[-1] = (kind, parts[-1][1] + cluster)
        else:
            parts.append((kind, cluster))
    return [run._replace(text=text, width=_measure(text, run)) for _, text in parts]


def _measure(text: str, run: Piece) -> float:
    return 0.0 if _BREAKS.fullmatch(text) else advance(text, run.size) + 2 * run.pad


def _groups(pieces: list[Piece]) -> Iterable[list[Piece]]:
    """Pieces between which no line may break."""
    group: list[Piece] = []
    for piece in pieces:
        if group and _may_break(group[-1].text, piece.text):
            yield group
            group = []
        group.append(piece)
    if group:
        yield group


def _may_break(before: str, after: str) -> bool:
    if after.isspace():
        return False
    if before[-1].isspace():
        return True
    closing = unicodedata.category(after[0]) in ("Po", "Pe", "Pf", "Pd")
    opening = unicodedata.category(before[-1]) in ("Ps", "Pi")
    return not closing and not opening and bool(_UNSPACED.search(before[-1]) or _UNSPACED.match(after))


def _extent(group: list[Piece]) -> float:
    """Width without the blanks at the end, which may hang over."""
    end = next((i + 1 for i in range(len(group) - 1, -1, -1) if not group[i].blank), 0)
    return sum(piece.width for piece in group[:end])


def _split(group: list[Piece], width: float) -> Iterable[Piece]:
    """The pieces, those wider than a line cut between characters."""
    for piece in group:
        if piece.width <= width or piece.blank:
            yield piece
            continue
        part: list[str] = []
        wide = 2 * piece.pad
        for cluster in clusters(piece.text):
            more = advance(cluster, piece.size)
            if part and wide + more > width:
                yield piece._replace(text="".join(part), width=wide)
                part, wide = [], 2 * piece.pad
            part.append(cluster)
            wide += more
        yield piece._replace(text="".join(part), width=min(width, wide))


def _kind(text: str) -> str:
    """L or R by the first letter that has a direction, N for numbers, else nothing."""
    kinds = [unicodedata.bidirectional(sign) for sign in text]
    strong = next((kind for kind in kinds if kind in ("L", "R", "AL")), None)
    if strong:
        return "L" if strong == "L" else "R"
    return "N" if {"EN", "AN"} & set(kinds) else ""


def _levels(texts: list[str], base: str) -> list[int]:
    """Embedding levels of whole pieces: Unicode's bidirectional algorithm without its rarer rules."""
    kinds, last = [], base
    for text in texts:
        kind = _kind(text)
        if kind == "N" and last == "L":
            kind = "L"
        last = kind if kind in ("L", "R") else last
        kinds.append(kind)
    before, after = _nearest(kinds, base), _nearest(kinds[::-1], base)[::-1]
    levels = []
    for kind, *sides in zip(kinds, before, after, strict=True):
        if not kind:
            ways = {"R" if side == "N" else side for side in sides}
            kind = ways.pop() if len(ways) == 1 else base
        levels.append({"L": 0, "R": 1, "N": 2}[kind] if base == "L" else {"R": 1, "L": 2, "N": 2}[kind])
    return levels


def _nearest(kinds: list[str], base: str) -> list[str]:
    """Of each piece the last kind up to it that is one, or else ``base``."""
    last, out = base, []
    for kind in kinds:
        last = kind or last
        out.append(last)
    return out


def _placed(line: list[Piece], width: float, base: str) -> list[Piece]:
    """Gives the pieces of one line their place; those at the end that are blank take none."""
    end = len(line)
    while end and line[end - 1].blank:
        end -= 1
    levels = _levels([piece.text for piece in line[:end]], base)
    order = list(range(end))
    for level in range(max(levels, default=0), 0, -1):
        i = 0
        while i < end:
            stop = i
            while stop < end and levels[order[stop]] >= level:
                stop += 1
            order[i:stop] = order[i:stop][::-1]
            i = max(stop, i + 1)
    used = sum(piece.width for piece in line[:end])
    x = 0.0 if base == "L" else width - used
    hung = [piece._replace(x=x if base == "R" else used, width=0.0) for piece in line[end:]]
    placed = line[:end]
    for i in order:
        placed[i] = line[i]._replace(x=x, rtl=levels[i] % 2 == 1)
        x += line[i].width
    return [*_joined(list(zip(placed, levels, strict=True))), *hung]


def _joined(placed: list[tuple[Piece, int]]) -> list[Piece]:
    """Neighbours of one direction as one piece, so that the font spaces them.

    None begins or ends with a blank: what a renderer makes of those at an edge differs.
    """
    found: list[Piece] = []
    # emoji have a font of their own
    emoji = [script(piece.text) == "emoji" for piece, _ in placed]
    at = 0
    while at < len(placed):
        group, stop = [placed[at][0]], at + 1
        while stop < len(placed):
            # a single blank is taken along where a word follows
            after = stop + (placed[stop][0].text == " ")
            if after == len(placed) or any(emoji[i] for i in (at, *range(stop, after + 1))):
                break
            if not all(_joins(placed[at], other) for other in placed[stop : after + 1]):
                break
            group += [piece for piece, _ in placed[stop : after + 1]]
            stop = after + 1
        width = sum(piece.width for piece in group)
        text, x = "".join(piece.text for piece in group), min(piece.x for piece in group)
        found.append(group[0]._replace(text=text, x=x, width=width))
        at = stop
    return found


def _joins(first: tuple[Piece, int], other: tuple[Piece, int]) -> bool:
    (one, level), (two, its) = first, other
    if (one.key, one.size, one.pad, level) != (two.key, two.size, two.pad, its) or one.pad or one.blank:
        return False
    return two.text == " " or not two.blank
