"""An explanation as a picture for a terminal, and as plain lines where there are no colours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from rich.color import Color
from rich.console import Console
from rich.style import Style
from rich.table import Table
from rich.text import Text

from limelight.captions import captions
from limelight.document import Document
from limelight.errors import visible
from limelight.render import across, background, display, grounds
from limelight.render.display import Run, Weights, one_line
from limelight.render.numbers import number
from limelight.render.theme import DARK, LIGHT, Colour, Theme

SAY = captions()  # English, as all that the command says
BAR, LEAST_BAR = 12, 3  # cells to each side of zero; with fewer than the least there is no bar
WIDEST_NAME = 40  # cells of a class's name
WIDEST_WORD = 24
CLASS, SCORE = 12, 5  # cells of a class and its score in a row


@dataclass(frozen=True)
class Palette:
    """The widget's colours, mixed here, since a terminal knows no transparency.

    Attributes:
        background: what fills are mixed with.
        fills: the colours of filled words; what is written on a fill is never left to the
            terminal, so that it can be read even where its background is not as we think.
        bars: the colours of bars, which stand on the terminal's own background.
        soft: how what matters less is written.
        few: whether the terminal has 16 colours only, of which no shades can be mixed.
    """

    background: Colour
    fills: Theme
    bars: Theme
    soft: Style
    few: bool = False

    @classmethod
    def of(cls, console: Console) -> Palette:
        """For a terminal's background; where that is not known, for a dark one, with bars seen on a light one too."""
        known = background.found() if console.is_terminal and not console.no_color else None
        few = console.color_system in ("standard", "windows")
        theme = LIGHT if known and background.luminance(known) > 0.3 else DARK
        soft = Style(color=_ink(theme.dim)) if known and not few else Style(dim=True)
        return cls(known or DARK.paper, theme, theme if known else LIGHT, soft, few)

    def word(self, share: float, unmarked: bool = False) -> Style:
        """How a word looks whose weight is ``share`` of the largest: the line tells the sign without the colour."""
        # a terminal has no hatching, so what is in doubt stays unmarked too
        if unmarked:
            return Style()
        sign = Style(underline=True) if share > 0 else Style(italic=True)
        if self.few:
            fill = Style(color="bright_white", bgcolor="blue") if share > 0 else Style(color="black", bgcolor="yellow")
            return sign if abs(share) < 0.5 else sign + fill
        hue, much = self.fills.sign(share), self.fills.ink * min(1.0, abs(share))
        red, green, blue = (round(much * h + (1 - much) * b) for h, b in zip(hue, self.background, strict=True))
        return sign + Style(color=_ink(self.fills.text), bgcolor=_ink((red, green, blue)))

    def bar(self, share: float) -> Style:
        return Style(color=_ink(self.bars.sign(share)))


def _ink(colour: Colour) -> Color:
    return Color.from_rgb(*colour)


class Row(NamedTuple):
    """A word in the list of the strongest."""

    name: str
    share: float
    number: str
    margin: str
    doubt: bool


def show(document: Document, console: Console, target: int | None = None, whole: Document | None = None) -> None:
    """Prints an explanation: what to be wary of, the text with its words lit, scores, strongest words, how sure.

    Where the console has no styles (a file, a pipe, a dumb terminal) the text stands
    as it is, no line is wrapped, and the numbers are a list.

    Args:
        document: what to show; it may hold no weights yet.
        console: where to print.
        target: position of the class whose weights are shown; None as in ``Document.index``.
        whole: of a stretch of an answer the explanation of all of it, which says on what its sentences rest.
    """
    plain = console.color_system is None
    palette = Palette.of(console)
    target = display.chosen(document, target)
    weights = Weights.of(document, target)
    lit = weights if weights and weights.row else None
    rests = grounds.rests(whole or document, document, SAY)

    def say(*parts: str | Text, style: str | Style = "") -> None:
        line = Text.assemble(*(visible(p) if isinstance(p, str) else p for p in parts), style=style)
        if plain:
            print(line.plain, file=console.file)  # as it is: before 14.3 rich drops the blanks that end a long line
        else:
            console.print(line, overflow="fold")

    for warning in document.warnings:
        say(Text("Note: ", "bold"), warning)
    if document.warnings:
        say()
    for heading, runs in zip(display.headings(document, SAY), display.runs(document), strict=True):
        if heading:
            say(heading, style=palette.soft)
        say(
            _text(runs, weights, palette, None if plain else target)
            if runs or not heading
            else Text(SAY("empty"), palette.soft)
        )
        say()
    if rests:
        say(SAY("question.sources"), style=palette.soft)
        verdicts = [Text(f"  {said}", "bold") for _, said in rests]
        wide = max(one.cell_len for one in verdicts)
        for (sentence, _), one in zip(rests, verdicts, strict=True):
            one.pad_right(wide - one.cell_len)
            _told(one, Text(visible(sentence)), console, plain)
        say(grounds.criterion(SAY), style=palette.soft)
        say()
    if lit and not plain and document.scale != "attention":
        for entry in _legend(palette, lit, console.width):
            say(entry)
        say()
    for score in _scores(document, target, palette, None if plain else console.width):
        say(score)
    say()
    if lit and target is not None:
        names = display.names(document, SAY)
        names = grounds.numbered(names, document) if rests else names
        say(SAY.effect(document.scale, document.targets[target]), style=palette.soft)
        rows = _rows(lit, names)
        if plain:
            width = max(len(row.number + row.margin) for row in rows)
            for row in rows:
                say(f"  {row.number + row.margin:<{width}}  {row.name}")
        else:
            console.print(_bars(rows, palette, console.width))
        if lit.terms:
            say(SAY("together"), style=palette.soft)
        for head, body in _together(lit, names):
            _told(Text(head), body, console, plain)
        if grid := across.table(document, target):
            say(across.heading(document, SAY), style=palette.soft)
            if plain:
                for cell in grid.cells:
                    words = " × ".join(one_line(document.features[at]) for at in (cell.row, cell.column))
                    say(f"  {lit.said(cell.weight)}  {words}")
            else:
                console.print(_grid(grid, document, lit, palette))
        say()
    for line in display.fidelity(document, target, SAY):
        say(line, style=palette.soft)
    # a screen is read once, so it may say how long it took
    seconds = f"{number(document.seconds, 1 if document.seconds < 10 else 0)} s"
    say(" · ".join([*display.work(document, SAY), seconds]), style=palette.soft)


def show_row(document: Document, console: Console, target: int, palette: Palette) -> None:
    """Prints an explanation as a row of a table: the class, its score, and the text with its words lit.

    Args:
        document: what to show; it may hold no weights yet.
        console: where to print.
        target: position of the class whose weights are shown.
        palette: the terminal's.
    """
    weights = Weights.of(document, target)
    name, score = _one_line(document.targets[target]), display.score(document, target)
    name.truncate(max(4, min(CLASS, console.width // 4)), overflow="ellipsis", pad=True)
    text = Text(" ").join(_text(runs, weights, palette, target) for runs in display.runs(document))
    _row(Text.assemble(name, f"  {score:>{SCORE}}"), text, console)


def refuse_row(sentence: str, console: Console) -> None:
    """Prints in the place of a row why there is none."""
    wide = max(4, min(CLASS, console.width // 4)) + 2 + SCORE
    _row(Text(f"{'–':<{wide}}"), Text(visible(sentence), Style(italic=True)), console)


def _told(head: Text, body: Text, console: Console, plain: bool) -> None:
    """Prints what is said of a part of the text beside it."""
    if plain:
        print(f"{head.plain}  {body.plain}", file=console.file)
    else:
        _row(head, body, console)


def _row(head: Text, text: Text, console: Console) -> None:
    """Prints a text beside what heads it; where it is long it goes on below its own beginning."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(head, text)
    console.print(table)


def _text(runs: list[Run], weights: Weights | None, palette: Palette, target: int | None = None) -> Text:
    """Runs as they are lit; a target that stands there in brackets, with what it is, where one is shown."""
    text = Text()
    for stretch, feature, unread, box in runs:
        if box is not None and box.target is not None and target is not None:
            chosen = Style(bold=box.target == target)
            text.append("[", palette.soft + chosen).append(visible(stretch), chosen)
            text.append(f" {visible(box.tag)}]" if box.tag else "]", palette.soft + chosen)
            continue
        style = palette.soft if unread or box else Style()  # what the model does not read stands back, or what stays
        if weights and feature is not None:
            unmarked = weights.doubtful(feature) or not weights.marked(feature)
            style = palette.word(weights.share(feature), unmarked)
        text.append(visible(stretch), style)
    return text


def _legend(palette: Palette, weights: Weights, width: int) -> list[Text]:
    """What the marks mean, on as few lines as fit, none of them broken within an entry."""
    entries = [
        Text.assemble(Text(" raises ", palette.word(0.6)), "  ", Text(" lowers ", palette.word(-0.6))),
        Text(f"unmarked: {SAY('doubtful')}", palette.soft),
        Text(weights.full_colour(SAY), palette.soft),
    ]
    lines = entries[:1]
    for entry in entries[1:]:
        between = "  " if lines[-1] is entries[0] else " · "
        if lines[-1].cell_len + len(between) + entry.cell_len <= width:
            lines[-1] = Text.assemble(lines[-1], (between, palette.soft), entry)
        else:
            lines.append(entry)
    return lines


def _scores(document: Document, target: int | None, palette: Palette, width: int | None) -> Iterator[Text]:
    """A line for each class that is shown, with a bar where there is a width that it fits in."""
    shown = display.shown_targets(document, target)
    names = {i: _one_line(document.targets[i]) for i in shown}
    numbers = {i: display.score(document, i) for i in shown}
    broad = max(map(len, numbers.values()), default=0)
    wide = min(WIDEST_NAME, max((names[i].cell_len for i in shown), default=0))
    bar = 0
    if width is not None:
        wide = max(1, min(wide, width - broad - 4))
        bar = min(2 * BAR, width - wide - broad - 6)
    for i in shown:
        names[i].truncate(wide, overflow="ellipsis", pad=True)
        line = Text.assemble("▸ " if i == target else "  ", names[i], f"  {numbers[i]:>{broad}}")
        line.stylize("bold" if i == target else "")
        if bar >= LEAST_BAR and display.likely(document):
            block = _blocks(display.prediction(document)[i], bar)
            line.append("  ").append(block, palette.bar(1) if i == target else palette.soft)
        yield line
    if more := display.more_targets(document, SAY):
        yield Text(f"  {more}")


def _one_line(text: str) -> Text:
    return Text(visible(one_line(text)))


def _rows(weights: Weights, names: list[str]) -> list[Row]:
    return [
        Row(
            name=visible(names[i]),
            share=weights.share(i),
            number=weights.said(weights.row[i]),
            margin=weights.margin(i),
            doubt=weights.doubtful(i),
        )
        for i in weights.strongest()
    ]


def _bars(rows: list[Row], palette: Palette, width: int) -> Table:
    """Names, bars to the left and right of zero, numbers; a hatched bar cannot be told from zero.

    Where there is no room for all, bars shrink first, and words are cut last.
    """
    numbers = max(len(row.number + row.margin) for row in rows)
    words = min(WIDEST_WORD, max(Text(row.name).cell_len for row in rows))
    half = min(BAR, (width - words - numbers - 3) // 2)
    half = half if half >= LEAST_BAR else 0
    words = max(1, min(words, width - numbers - 1))
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="right", no_wrap=True, overflow="ellipsis", max_width=words)
    if half:
        table.add_column(no_wrap=True, min_width=2 * half + 1)
    table.add_column(no_wrap=True, min_width=min(numbers, width - 2))
    for row in rows:
        number = Text.assemble(row.number, (row.margin, palette.soft))
        table.add_row(Text(row.name), *([_bar(row, half, palette)] if half else []), number)
    return table


def _together(weights: Weights, names: list[str]) -> Iterator[tuple[str, Text]]:
    """What counts together: the weight of each term, and what its words are to each other."""
    numbers = [weights.said(term.weight) for term in weights.terms]
    wide = max(map(len, numbers), default=0)
    for term, said in zip(weights.terms, numbers, strict=True):
        parts = display.sentence(term, names, SAY)
        yield f"  {said:>{wide}}", Text.assemble(*((visible(part), "bold" if name else "") for part, name in parts))


def _grid(grid: across.Table, document: Document, weights: Weights, palette: Palette) -> Table:
    """What words of two fields do together: a row each of the first, a column each of the second."""
    table = Table(box=None, padding=(0, 1))
    table.add_column(justify="right", style=palette.soft, no_wrap=True, max_width=CLASS)
    for column in grid.columns:
        name = Text(visible(one_line(document.features[column])), palette.soft)
        table.add_column(name, justify="center", no_wrap=True, min_width=SCORE, max_width=CLASS)
    for row in grid.rows:
        said = (grid.at(row, column) for column in grid.columns)
        cells = (Text() if weight is None else _cell(weight, weights, palette) for weight in said)
        table.add_row(Text(visible(one_line(document.features[row]))), *cells)
    return table


def _cell(weight: float, weights: Weights, palette: Palette) -> Text:
    return Text(weights.said(weight), palette.word(max(-1.0, min(1.0, weight / weights.most))))


def _bar(row: Row, half: int, palette: Palette) -> Text:
    halves = round(2 * half * min(1.0, abs(row.share)))
    block = "░" * round(halves / 2) if row.doubt else "█" * (halves // 2)
    end = "" if row.doubt or halves % 2 == 0 else "▌" if row.share > 0 else "▐"
    left, right = ("", block + end) if row.share > 0 else (end + block, "")
    bar = Text(f"{left:>{half}}").append("│", palette.soft).append(f"{right:<{half}}")
    bar.stylize(palette.bar(row.share), 0, half)
    bar.stylize(palette.bar(row.share), half + 1)
    return bar


def _blocks(share: float, cells: int) -> str:
    eighths = round(8 * cells * min(1.0, max(0.0, float(share))))
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()
