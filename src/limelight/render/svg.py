"""An explanation as one SVG, drawn without a browser: no script, no outside font or file."""

from __future__ import annotations

import math
from collections.abc import Iterator

from limelight.captions import Captions, captions
from limelight.document import Document
from limelight.errors import InputError
from limelight.render import across, display, grounds
from limelight.render.display import Run, Weights, one_line
from limelight.render.paths import pill, px
from limelight.render.shapes import TEXT, bar, escaped, label, line_of, lit, placed, put, rect, written
from limelight.render.standing import Box
from limelight.render.theme import DARK, FONTS, LIGHT, Theme, hexed
from limelight.render.typesetting import Piece, advance, fitted, lines

WIDTH = 860
LEAST_WIDTH = 240
MARGIN = 18
LEADING = 37
SMALL = 12.5
SIDE = 280  # width of the bars beside the text, where there is room for both
SIDE_FROM = 620
MOST_TITLE = 100  # characters of a word's title


def draw(
    document: Document,
    target: int | None = None,
    width: float = WIDTH,
    dark: bool = False,
    lang: str = "",
    whole: Document | None = None,
) -> str:
    """The explanation of one target, as on screen.

    Args:
        document: what to show.
        target: position of the target; None as in ``Document.index``.
        width: of the picture in pixels, at least 240.
        dark: on a dark ground.
        lang: the language of the captions, see ``captions``.
        whole: of a stretch of an answer the explanation of all of it, which says on what its sentences rest.

    Raises:
        InputError: the width is no number, or too small for words; or there are no
            captions in that language.
    """
    if isinstance(width, bool) or not isinstance(width, (int, float)) or not LEAST_WIDTH <= width <= 10_000:
        raise InputError(
            f"width is {width!r}. A picture is {LEAST_WIDTH} to 10,000 pixels wide; "
            "leave width out for one that fits a page."
        )
    target = display.chosen(document, target)
    picture = Picture(document, target, DARK if dark else LIGHT, width - 2 * MARGIN, captions(lang), whole)
    body, height = picture.draw(), math.ceil(picture.y + MARGIN)
    sides = f'width="{px(width)}" height="{px(height)}" viewBox="0 0 {px(width)} {px(height)}"'
    # browsers would else draw two full-width signs narrower than their place
    style = f'xml:space="preserve" style="text-spacing-trim:space-all" font-family="{FONTS}"'
    label = escaped(picture.label())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {sides} {style} role="img" aria-label="{label}">\n'
        f'<rect x="-1" y="-1" width="110%" height="110%" fill="{hexed(picture.theme.paper)}"/>\n{body}\n</svg>\n'
    )


class Picture:
    """One drawing under way: ``y`` is where the next part begins."""

    def __init__(
        self,
        document: Document,
        target: int | None,
        theme: Theme,
        width: float,
        say: Captions,
        whole: Document | None = None,
    ) -> None:
        self.say = say
        self.document, self.target, self.theme, self.width = document, target, theme, width
        self.weights = Weights.of(document, target)
        self.names, self.rests = display.names(document, say), grounds.rests(whole or document, document, say)
        if self.rests:
            self.names = grounds.numbered(self.names, document)
        self.y = float(MARGIN)

    def draw(self) -> str:
        parts = [*self._notes(), *self._classes()]
        beside = self.weights is not None and self.width >= SIDE_FROM
        top = self.y
        width = self.width - SIDE - 24 if beside else self.width
        parts += [*self._texts(width), *self._rests(width)]
        if self.weights and (grid := across.table(self.document, self.target)):
            parts += self._across(grid, self.weights, width)
        if self.target is not None and self.weights and self.weights.row:
            bottom, self.y = self.y, top if beside else self.y + 6
            left, width = (MARGIN + self.width - SIDE, SIDE) if beside else (MARGIN, self.width)
            parts += self._bars(self.weights, self.target, left, width)
            parts += self._terms(self.weights, left, width)
            self.y = max(bottom, self.y)
        return "\n".join([*parts, *self._foot()])

    def label(self) -> str:
        """What is told of the picture to those who do not see it."""
        if self.target is None:
            return one_line(" / ".join(self.document.texts))
        name = self.document.targets[self.target]
        if not self.weights or not self.weights.row:
            return f"{name} {display.score(self.document, self.target)}"
        weights = self.weights
        words = ", ".join(f"{self.names[at]} {weights.said(weights.row[at])}" for at in weights.strongest())
        return f"{self.say.effect(self.document.scale, name)}: {words}"

    def _notes(self) -> Iterator[str]:
        for warning in self.document.warnings:
            found = lines([Piece(self.say.told(warning), size=13)], self.width - 26)
            height = 19 * len(found) + 12
            yield rect(MARGIN, self.y, self.width, height, self.theme.soft, radius=2)
            yield rect(MARGIN, self.y, 3, height, self.theme.lowers)
            yield from put(found, MARGIN + 13, self.y + 19, 19, self.theme.text)
            self.y += height + 10

    def _classes(self) -> Iterator[str]:
        theme, scores = self.theme, display.prediction(self.document)
        likely, x = display.likely(self.document), float(MARGIN)
        for i in display.shown_targets(self.document, self.target):
            score = display.score(self.document, i)
            beside = advance(score, 13) + 32
            name = fitted(one_line(self.document.targets[i]), 13, self.width - beside)
            wide = advance(name, 13) + beside
            if x > MARGIN and x + wide > MARGIN + self.width:
                x, self.y = float(MARGIN), self.y + 34
            chosen = i == self.target
            edge = f'stroke="{hexed(theme.raises if chosen else theme.line)}" stroke-width="{2 if chosen else 1}"'
            yield rect(x, self.y, wide, 28, theme.soft, edge, radius=14)
            if likely and scores[i] > 0:
                filled = pill(x, self.y, wide, 14, min(1.0, scores[i]))
                yield f'<path d="{filled}" fill="{hexed(theme.raises)}" fill-opacity="0.16"/>'
            yield from label(name, x + 12, self.y + 18.5, 13, theme.text)
            colour = theme.text if chosen else theme.dim
            yield written(score, x + wide - 12 - advance(score, 13), self.y + 18.5, advance(score, 13), 13, colour)
            x += wide + 6
        self.y += (28 + 14) * bool(self.document.targets)
        if more := display.more_targets(self.document, self.say):
            yield from self._caption(more)

    def _texts(self, width: float) -> Iterator[str]:
        """Each field under its heading."""
        for heading, runs in zip(display.headings(self.document, self.say), display.runs(self.document), strict=True):
            if heading:
                yield from self._heading(heading, width)
            if runs or not heading:
                yield from self._text(runs, width)
            else:
                yield from self._caption(self.say("empty"), width)
                self.y += 10

    def _rests(self, width: float) -> Iterator[str]:
        """On what each sentence rests: the verdict, and the sentence below it."""
        if not self.rests:
            return
        yield from self._heading(self.say("question.sources"), width)
        self.y += 4
        for sentence, said in self.rests:
            for text, size, colour in ((said, 14.0, self.theme.text), (sentence, SMALL, self.theme.dim)):
                found = lines([Piece(text, size=size)], width)
                yield from put(found, MARGIN, self.y + 16, 18, colour)
                self.y += 18 * len(found)
            self.y += 7
        yield from self._caption(grounds.criterion(self.say), width)

    def _heading(self, heading: str, width: float) -> Iterator[str]:
        yield from label(fitted(heading, SMALL, width), MARGIN, self.y + 14, SMALL, self.theme.dim)
        self.y += 14

    def _text(self, runs: list[Run], width: float) -> Iterator[str]:
        pieces = []
        for text, feature, unread, box in runs:
            if unread:
                pieces.append(Piece(f" ▏{self.say('stops')} ", "stop", 12))
            if box is not None:
                pad = 0 if box.target is None else 4
                pieces += [Piece(text, box, TEXT, pad), *([Piece(f"\xa0{box.tag}", box, 12, 4)] if box.tag else [])]
            else:
                pieces.append(Piece(text, "unread" if unread else feature, TEXT, 0 if feature is None else 2))
        found = lines(pieces, width)
        top = self.y + 25
        yield '<g class="limelight-text">'
        for i, line in enumerate(found):
            y = top + LEADING * i
            yield from self._boxes(line, y)
            for piece in line:
                yield (
                    self._word(piece, piece.key, y)
                    if isinstance(piece.key, int)
                    else placed(piece, MARGIN, y, self.theme.text if _plain(piece) else self.theme.dim)
                )
        yield "</g>"
        self.y += LEADING * len(found) + 8

    def _boxes(self, line: list[Piece], y: float) -> Iterator[str]:
        """The frame of each target that stands in a line, and dots below its own words."""
        standing: dict[Box, list[Piece]] = {}
        for piece in line:
            if isinstance(piece.key, Box) and piece.width:
                standing.setdefault(piece.key, []).append(piece)
        for box, own in standing.items():
            if box.target is not None:
                yield self._frame(box, self.document.targets[box.target], own, y)
            for piece in filter(_plain, own):
                ends = (MARGIN + piece.x + piece.pad, MARGIN + piece.x + piece.width - piece.pad)
                yield line_of(ends[0], y + 4.5, ends[1], y + 4.5, self.theme.text, 1.5, 'stroke-dasharray="1.5 2.5"')

    def _frame(self, box: Box, name: str, own: list[Piece], y: float) -> str:
        left, right = min(piece.x for piece in own), max(piece.x + piece.width for piece in own)
        colour, wide = (self.theme.raises, 2) if box.target == self.target else (self.theme.line, 1)
        faint = ' stroke-dasharray="2 3"' if box.faint and wide == 1 else ""
        edge = f'stroke="{hexed(self.theme.dim if faint else colour)}" stroke-width="{wide}"{faint}'
        frame = rect(MARGIN + left, y - 21, right - left, 29, self.theme.paper, edge, radius=5)
        return f'<g data-target="{box.target}"><title>{escaped(name)}</title>{frame}</g>'

    def _word(self, piece: Piece, feature: int, y: float) -> str:
        weights, parts = self.weights, [placed(piece, MARGIN, y, self.theme.text)]
        if weights and weights.marked(feature) and piece.width:  # a line's end has none
            doubt = weights.doubtful(feature)
            title = f"{_clipped(self.document.features[feature])}: {weights.said(weights.row[feature])}"
            title += f", {self.say('doubtful')}" if doubt else ""
            ground = lit(
                MARGIN + piece.x - 1, y, piece.width + 2, abs(weights.share(feature)), weights.row[feature], doubt,
                self.theme,
            )  # fmt: skip
            parts = [f"<title>{escaped(title)}</title>", ground, *parts]
        return f'<g data-feature="{feature}">{"".join(parts)}</g>'

    def _bars(self, weights: Weights, target: int, left: float, width: float) -> Iterator[str]:
        document, theme, size = self.document, self.theme, SMALL
        name = self.say.effect(document.scale, one_line(document.targets[target]))
        found = lines([Piece(name, size=12)], width)
        for line in found:
            used = max((piece.x + piece.width for piece in line), default=0)
            yield from put([line], left + (width - used) / 2 if not line[0].rtl else left, self.y + 14, 0, theme.dim)
            self.y += 18
        self.y += 6
        order = weights.strongest()
        names = min(110.0, max(88.0, width * 0.3))
        if len(document.fields) > 1:  # the name of a field may stand there, too
            names = min(max(names, *(advance(self.names[i], size) + 1 for i in order)), 0.45 * width)
        numbers = max(advance(weights.said(weights.row[i]), size) for i in order) + 2
        start, length = left + names + 8, width - names - numbers - 16
        middle, half = start + length / 2, length / 2
        yield line_of(middle, self.y - 2, middle, self.y + 23 * len(order), theme.line, 1)
        for i in order:
            weight, doubt, y = weights.row[i], weights.doubtful(i), self.y + 15
            word = fitted(self.names[i], size, names)
            wide = advance(word, size)
            yield from label(word, left + names - wide, y, size, theme.dim if doubt else theme.text)
            long = half * abs(weights.share(i))
            yield bar(middle if weight >= 0 else middle - long, self.y + 4, long, 13, weight, doubt, theme)
            if weights.intervals:
                yield from self._whisker(weights.intervals[i], weights.most, middle, half)
            said = weights.said(weight)
            wide = advance(said, size)
            yield written(said, left + width - wide, y, wide, size, theme.dim)
            self.y += 23

    def _whisker(self, interval: list[float], most: float, middle: float, half: float) -> Iterator[str]:
        if interval[1] - interval[0] < 0.004 * most:
            return
        low, high = (middle + half * max(-1.0, min(1.0, end / most)) for end in interval)
        for x1, y1, x2, y2 in ((low, 10.5, high, 10.5), (low, 6, low, 15), (high, 6, high, 15)):
            yield line_of(x1, self.y + y1, x2, self.y + y2, self.theme.text, 1, 'stroke-opacity="0.75"')

    def _terms(self, weights: Weights, left: float, width: float) -> Iterator[str]:
        theme, size = self.theme, SMALL
        if weights.terms:
            yield line_of(left, self.y + 8, left + width, self.y + 8, theme.line, 1)
            yield from label(self.say("together"), left, self.y + 24, 12, theme.dim)
            self.y += 27
        for term in weights.terms:
            # sentence and number apart, so that neither turns the other around
            said = weights.said(term.weight)
            wide = advance(said, size)
            yield written(said, left + width - wide, self.y + 16, wide, size, theme.dim)
            room = width - wide - 12
            names = [fitted(name, size, room - advance(" +", size)) for name in self.names]
            pieces = [Piece(part, name, size) for part, name in display.sentence(term, names, self.say)]
            for line in lines(pieces, room, base="L"):
                for piece in line:
                    yield placed(piece, left, self.y + 16, theme.text if piece.key else theme.dim)
                self.y += 16
            self.y += 4

    def _across(self, grid: across.Table, weights: Weights, width: float) -> Iterator[str]:
        """What words of two fields do together: a row each of the first, a column each of the second."""
        self.y += 8
        yield from self._caption(across.heading(self.document, self.say), width)
        words = [one_line(feature) for feature in self.document.features]
        names = min(0.3 * width, max(advance(words[row], SMALL) for row in grid.rows) + 8)
        wide = min(96.0, (width - names) / len(grid.columns))
        for at, column in enumerate(grid.columns):
            word = fitted(words[column], SMALL, wide - 8)
            left = MARGIN + names + wide * (at + 0.5) - advance(word, SMALL) / 2
            yield from label(word, left, self.y + 12, SMALL, self.theme.dim)
        for row in grid.rows:
            self.y += 24
            word = fitted(words[row], SMALL, names - 8)
            place = MARGIN + names - 8 - advance(word, SMALL)
            yield from label(word, place, self.y + 10, SMALL, self.theme.dim)
            for at, column in enumerate(grid.columns):
                if (weight := grid.at(row, column)) is not None:
                    left, said = MARGIN + names + wide * at, weights.said(weight)
                    share = min(1.0, abs(weight) / weights.most)
                    yield lit(left + 1, self.y + 10, wide - 2, share, weight, False, self.theme, SMALL)
                    size = advance(said, SMALL)
                    yield written(said, left + (wide - size) / 2, self.y + 10, size, SMALL, self.theme.text)
        self.y += 26

    def _foot(self) -> Iterator[str]:
        theme = self.theme
        self.y += 8
        yield line_of(MARGIN, self.y, MARGIN + self.width, self.y, theme.line, 1)
        self.y += 6
        if self.weights and self.weights.row and self.document.scale != "attention":
            x, y = float(MARGIN), self.y + 15
            keys = [(self.say("raises"), 1, 0.6), (self.say("lowers"), -1, 0.6), (self.say("doubtful"), 0, 0.15)]
            for told, sign, share in keys:
                wide = advance(told, 12) + 12
                if x > MARGIN and x + wide > MARGIN + self.width:
                    x, y = float(MARGIN), y + 24
                yield lit(x, y, wide, share, sign, sign == 0, theme, 12)
                yield written(told, x + 6, y, wide - 12, 12, theme.text)
                x += wide + 9
            full = self.weights.full_colour(self.say)
            if x + advance(full, 12) > MARGIN + self.width:
                x, y = float(MARGIN), y + 24
            yield written(full, x, y, advance(full, 12), 12, theme.dim)
            self.y = y + 11
        yield from self._caption(" · ".join(display.caption(self.document, self.target, self.say)))

    def _caption(self, text: str, width: float = 0) -> Iterator[str]:
        found = lines([Piece(one_line(text), size=12)], width or self.width)
        yield from put(found, MARGIN, self.y + 14, 18, self.theme.dim)
        self.y += 18 * len(found) + 4


def _plain(piece: Piece) -> bool:
    """Whether it is text as it stands, rather than what is said of it."""
    return piece.key is None or (isinstance(piece.key, Box) and piece.size == TEXT)


def _clipped(text: str) -> str:
    """A text that may be long, where it stands again on every line of its own."""
    return text if len(text) <= MOST_TITLE else f"{text[: MOST_TITLE - 1]}…"
