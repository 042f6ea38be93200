"""An explanation as a picture for a terminal, and as plain lines where there are no colours."""

from __future__ import annotations

import os
import re
import select
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from rich.color import Color
from rich.console import Console
from rich.style import Style
from rich.table import Table
from rich.text import Text

from limelight.captions import captions
from limelight.errors import visible
from limelight.render import display as look
from limelight.render.display import DARK, LIGHT, Colour, Document, Theme, number

SAY = captions()  # English, as all that the command says
BAR = 12  # cells to each side of zero
WIDEST_NAME = 40  # cells of a class's name


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
        known = _background() if console.is_terminal and not console.no_color else None
        few = console.color_system in ("standard", "windows")
        theme = LIGHT if known and _luminance(known) > 0.3 else DARK
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
        mixed = tuple(round(much * h + (1 - much) * b) for h, b in zip(hue, self.background, strict=True))
        return sign + Style(color=_ink(self.fills.text), bgcolor=_ink(mixed))

    def bar(self, share: float) -> Style:
        return Style(color=_ink(self.bars.sign(share)))


def _ink(colour: Colour) -> Color:
    return Color.from_rgb(*colour)


def _luminance(colour: Colour) -> float:
    """Relative luminance as WCAG defines it, 0 to 1."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (part / 255 for part in colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


PATIENCE = 0.2  # seconds for a terminal to answer; all but the dumbest take a few milliseconds


def _background() -> Colour | None:
    """The terminal's background: what it answers, else what the environment says, else None."""
    if answered := _asked():
        return answered
    said = os.environ.get("COLORFGBG", "").rpartition(";")[2]
    return {"7": (255, 255, 255), "15": (255, 255, 255)}.get(said)


def _asked() -> Colour | None:
    """Asks the terminal for its background (OSC 11), then what it is (DA1), which every terminal answers.

    The second answer says that no first one is to come, so that nothing has to be waited for.
    """
    try:
        import termios
        import tty
    except ImportError:  # Windows
        return None
    try:
        device = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return None
    reply = b""
    try:
        # a process in the background that sets its terminal is stopped by the system
        if os.tcgetpgrp(device) != os.getpgrp():
            return None
        before = termios.tcgetattr(device)
        try:
            tty.setcbreak(device)
            os.write(device, b"\x1b]11;?\x1b\\\x1b[c")
            until = time.monotonic() + PATIENCE
            while not re.search(rb"\x1b\[\?[\d;]*c", reply):
                if not select.select([device], [], [], max(0.0, until - time.monotonic()))[0]:
                    break
                reply += os.read(device, 256)
        finally:
            termios.tcsetattr(device, termios.TCSAFLUSH, before)
    except (OSError, termios.error):
        return None
    finally:
        os.close(device)
    return background_in(reply)


def background_in(reply: bytes) -> Colour | None:
    """The colour in a terminal's answer to OSC 11, which gives each part in one to four hexadecimal digits."""
    found = re.search(rb"\x1b\]11;rgba?:([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})", reply)
    return found and tuple(round(255 * int(part, 16) / (16 ** len(part) - 1)) for part in found.groups())


class Row(NamedTuple):
    """A word in the list of the strongest."""

    name: str
    share: float
    number: str
    margin: str
    doubt: bool


def show(document: Document, console: Console, target: int) -> None:
    """Prints an explanation: what to be wary of, the text with its words lit, scores, strongest words, how sure.

    Where the console has no styles (a file, a pipe, a dumb terminal) the text stands
    as it is, no line is wrapped, and the numbers are a list.

    Args:
        document: what ``Explanation.to_dict`` returns; it may hold no weights yet.
        console: where to print.
        target: position of the class whose weights are shown.
    """
    plain = console.color_system is None
    weighed = bool(document["weights"] and document["weights"][target])
    palette = Palette.of(console)

    def say(*parts: str | Text, style: str | Style = "") -> None:
        line = Text.assemble(*(visible(p) if isinstance(p, str) else p for p in parts), style=style)
        if plain:
            print(line.plain, file=console.file)  # as it is: before 14.3 rich drops the blanks that end a long line
        else:
            console.print(line, overflow="fold")

    for warning in document["warnings"]:
        say(Text("Note: ", "bold"), warning)
    if document["warnings"]:
        say()
    say(_text(document, target, palette))
    say()
    if weighed and not plain and document["scale"] != "attention":
        say(*_legend(palette, look.extent(document)))
        say()
    for line in _scores(document, target, palette, plain):
        say(line)
    say()
    if weighed:
        say(SAY.effect(document["scale"], document["targets"][target]), style=palette.soft)
        rows = _rows(document, target)
        if plain:
            width = max(len(row.number + row.margin) for row in rows)
            for row in rows:
                say(f"  {row.number + row.margin:<{width}}  {row.name}")
        else:
            console.print(_bars(rows, palette))
        if pairs := _pairs(document, target):
            say(Text("together: ", palette.soft), " · ".join(pairs))
        say()
    for line in look.fidelity(document, target, SAY):
        say(line, style=palette.soft)
    # a screen is read once, so it may say how long it took
    say(
        " · ".join([*look.work(document, SAY), f"{document['seconds']:.{1 if document['seconds'] < 10 else 0}f} s"]),
        style=palette.soft,
    )


def _text(document: Document, target: int, palette: Palette) -> Text:
    row = document["weights"][target] if document["weights"] else None
    intervals, most, text = look.intervals(document, target), look.extent(document), Text()
    for stretch, feature, unread in look.runs(document):
        style = palette.soft if unread else Style()  # what the model does not read stands back
        if row and feature is not None:
            unmarked = look.doubtful(intervals[feature]) or not look.marked(row[feature], most)
            style = palette.word(row[feature] / most, unmarked)
        text.append(visible(stretch), style)
    return text


def _legend(palette: Palette, most: float) -> list[str | Text]:
    raises, lowers = Text(" raises ", palette.word(0.6)), Text(" lowers ", palette.word(-0.6))
    return [
        raises,
        "  ",
        lowers,
        Text(f"  unmarked: {SAY.doubtful} · {look.full_colour(most, SAY)}", palette.soft),
    ]


def _scores(document: Document, target: int, palette: Palette, plain: bool) -> Iterator[Text]:
    """A line for each class that is shown."""
    shown = look.shown_targets(document, target)
    names = {i: _one_line(document["targets"][i]) for i in shown}
    width = min(WIDEST_NAME, max(names[i].cell_len for i in shown))
    numbers = {i: look.score(document, i) for i in shown}
    broad = max(map(len, numbers.values()))
    for i in shown:
        names[i].truncate(width, overflow="ellipsis", pad=True)
        line = Text.assemble("▸ " if i == target else "  ", names[i], f"  {numbers[i]:>{broad}}")
        line.stylize("bold" if i == target else "")
        if not plain and look.likely(document):
            block = _blocks(look.prediction(document)[i], 2 * BAR)
            line.append("  ").append(block, palette.bar(1) if i == target else palette.soft)
        yield line
    if more := look.more_targets(document, SAY):
        yield Text(f"  {more}")


def _one_line(text: str) -> Text:
    return Text(visible(" ".join(text.split())))


def _rows(document: Document, target: int) -> list[Row]:
    most, intervals = look.extent(document), look.intervals(document, target)
    row, digits = document["weights"][target], look.decimals(most)
    return [
        Row(
            name=_one_line(document["features"][i]).plain,
            share=row[i] / most,
            number=number(row[i], digits, True),
            margin=look.margin(intervals[i], digits),
            doubt=look.doubtful(intervals[i]),
        )
        for i in look.strongest(row, look.MOST_BARS)
    ]


def _pairs(document: Document, target: int) -> list[str]:
    digits = look.decimals(look.extent(document))
    return [
        f"{_one_line(first).plain} + {_one_line(second).plain} {number(weight, digits, True)}"
        for first, second, weight in look.sure_pairs(document, target)
    ]


def _bars(rows: list[Row], palette: Palette) -> Table:
    """Names, bars to the left and right of zero, numbers; a hatched bar cannot be told from zero."""
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="right", no_wrap=True, overflow="ellipsis", max_width=24)
    for _ in range(2):
        table.add_column(no_wrap=True)
    for row in rows:
        halves = round(2 * BAR * min(1.0, abs(row.share)))
        block = "░" * round(halves / 2) if row.doubt else "█" * (halves // 2)
        half = "" if row.doubt or halves % 2 == 0 else "▌" if row.share > 0 else "▐"
        left, right = ("", block + half) if row.share > 0 else (half + block, "")
        bar = Text(f"{left:>{BAR}}").append("│", palette.soft).append(f"{right:<{BAR}}")
        bar.stylize(palette.bar(row.share), 0, BAR)
        bar.stylize(palette.bar(row.share), BAR + 1)
        table.add_row(Text(row.name), bar, Text.assemble(row.number, (row.margin, palette.soft)))
    return table


def _blocks(share: float, cells: int) -> str:
    eighths = round(8 * cells * min(1.0, max(0.0, float(share))))
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()
