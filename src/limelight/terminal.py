"""An explanation as a picture for a terminal, and as plain lines where there are no colours."""

from __future__ import annotations

import os
import re
import select
import time
from collections.abc import Iterator
from dataclasses import dataclass
from math import floor, log10
from typing import TYPE_CHECKING, NamedTuple

from rich.console import Console
from rich.style import Style
from rich.table import Table
from rich.text import Text

from limelight.look import LEAST_EXTENT, MOST_TARGETS
from limelight.look import MOST_BARS as MOST_ROWS

if TYPE_CHECKING:
    from limelight.explanation import Explanation

RGB = tuple[int, int, int]
ON_LIGHT = (37, 99, 195), (196, 84, 12)  # raises, lowers: as in widget.css
ON_DARK = (106, 166, 255), (255, 154, 82)
DARK = (21, 24, 28)

FAINT = 0.02  # of the largest weight: below this a word is left plain, as in html.py
MOST_PAIRS = 3
BAR = 12  # cells to each side of zero
LITTLE, ENOUGH = 0.35, 100  # R² below which weights explain little, evaluations from which it can be judged: foot.js
ENDS = {
    "prediction": "stopped before any weight was estimated",
    "draft": "stopped at a draft",
    "partial": "stopped early",
    "spent": "budget spent",
    "exact": "every thinned text asked: exact",
}
TAKEN_OUT = {"delete": "deleted", "mask": "masked"}

# What a terminal would act upon, line ends and tabs aside; and the marks that turn the order of what follows.
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    """The text with its control characters spelt out (``\\x1b``, ``\\u202e``), so that none reaches the terminal."""
    return CONTROL.sub(lambda found: _spelt(ord(found.group())), text)


def _spelt(point: int) -> str:
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}"


@dataclass(frozen=True)
class Palette:
    """The widget's colours, mixed here, since a terminal knows no transparency.

    Attributes:
        background, foreground: of a filled word, mixed with ``ink`` times its hue; what is written on a
            fill is never left to the terminal, so that it can be read even where that is not as we think.
        raises, lowers: the hues of fills.
        ink: how much of the hue the largest weight gets.
        bars: the hues of bars, which stand on the terminal's own background.
        soft: how what matters less is written.
        few: whether the terminal has 16 colours only, of which no shades can be mixed.
    """

    background: RGB
    foreground: RGB
    raises: RGB
    lowers: RGB
    ink: float
    bars: tuple[RGB, RGB]
    soft: Style
    few: bool = False

    @classmethod
    def of(cls, console: Console) -> Palette:
        """For a terminal's background; where that is not known, for a dark one, with bars seen on a light one too."""
        known = _background() if console.is_terminal and not console.no_color else None
        few = console.color_system in ("standard", "windows")
        dim = Style(dim=True)
        if known and _luminance(known) > 0.3:
            soft = dim if few else Style(color="#57606a")
            return cls(known, (27, 31, 36), *ON_LIGHT, 0.62, ON_LIGHT, soft, few)
        soft = Style(color="#a3adb8") if known and not few else dim
        return cls(known or DARK, (230, 233, 237), *ON_DARK, 0.48, ON_DARK if known else ON_LIGHT, soft, few)

    def word(self, share: float, doubt: bool = False) -> Style:
        """How a word looks whose weight is ``share`` of the largest: the line tells the sign without the colour."""
        if doubt or abs(share) < FAINT:
            return Style()
        sign = Style(underline=True) if share > 0 else Style(italic=True)
        if self.few:
            fill = Style(color="bright_white", bgcolor="blue") if share > 0 else Style(color="black", bgcolor="yellow")
            return sign if abs(share) < 0.5 else sign + fill
        hue, much = self.raises if share > 0 else self.lowers, self.ink * min(1.0, abs(share))
        mixed = (round(much * h + (1 - much) * b) for h, b in zip(hue, self.background, strict=True))
        return sign + Style(color=_css(self.foreground), bgcolor=_css(tuple(mixed)))

    def bar(self, share: float) -> Style:
        return Style(color=_css(self.bars[0 if share > 0 else 1]))


def _css(colour: RGB) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _luminance(colour: RGB) -> float:
    """Relative luminance as WCAG defines it, 0 to 1."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (part / 255 for part in colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


PATIENCE = 0.2  # seconds for a terminal to answer; all but the dumbest take a few milliseconds


def _background() -> RGB | None:
    """The terminal's background: what it answers, else what the environment says, else None."""
    if answered := _asked():
        return answered
    said = os.environ.get("COLORFGBG", "").rpartition(";")[2]
    return {"7": (255, 255, 255), "15": (255, 255, 255)}.get(said)


def _asked() -> RGB | None:
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


def background_in(reply: bytes) -> RGB | None:
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


def show(found: Explanation, console: Console, target: int) -> None:
    """Prints an explanation: what to be wary of, the text with its words lit, scores, strongest words, how sure.

    Where the console has no styles (a file, a pipe, a dumb terminal) the text stands
    as it is, no line is wrapped, and the numbers are a list.

    Args:
        found: the explanation, which may hold no weights yet.
        console: where to print.
        target: position of the class whose weights are shown.
    """
    plain = console.color_system is None
    palette = Palette.of(console)
    most = extent(found)

    def say(*parts: str | Text, style: str | Style = "") -> None:
        line = Text.assemble(*(visible(p) if isinstance(p, str) else p for p in parts), style=style)
        console.print(line, soft_wrap=plain, overflow=None if plain else "fold")

    for warning in found.warnings:
        say(Text("Note: ", "bold"), warning)
    if found.warnings:
        say()
    say(_text(found, target, most, palette))
    say()
    if found.weights is not None and not plain and found.scale != "attention":
        say(*_legend(palette, most))
        say()
    for line in _scores(found, target, palette, plain):
        say(line)
    say()
    if found.weights is not None:
        rows = list(_rows(found, target, most))
        say(_effect(found, target), style=palette.soft)
        if plain:
            width = max((len(row.number + row.margin) for row in rows), default=0)
            for row in rows:
                say(f"  {row.number + row.margin:<{width}}  {row.name}")
        else:
            console.print(_bars(rows, palette))
        if pairs := _pairs(found, target, most):
            say(Text("together: ", palette.soft), " · ".join(pairs))
        say()
    for line in _foot(found, target, most):
        say(line, style=palette.soft)


def extent(found: Explanation) -> float:
    """The weight that gets the full colour: the largest of any class, as in scale.js."""
    largest = 0.0 if found.weights is None or not found.weights.size else float(abs(found.weights).max())
    return max(largest, LEAST_EXTENT.get(found.scale, 0.0)) or 1.0


def number(value: float, digits: int, signed: bool = False) -> str:
    """A number with a real minus sign; ``signed`` adds the plus."""
    text = f"{abs(value):.{digits}f}"
    return ("" if float(text) == 0 else "−" if value < 0 else "+" if signed else "") + text


def _digits(most: float) -> int:
    """Decimals at which numbers up to ``most`` differ visibly: two digits of the largest."""
    return min(6, max(0, 1 - floor(log10(most))))


def _doubtful(found: Explanation, target: int, feature: int) -> bool:
    if found.intervals is None:
        return False
    low, high = found.intervals[target, feature]
    return bool(low <= 0 <= high)


def _text(found: Explanation, target: int, most: float, palette: Palette) -> Text:
    text, at = Text(), 0
    for feature, (start, stop) in enumerate(found.spans if found.weights is not None else ()):
        style = palette.word(found.weights[target, feature] / most, _doubtful(found, target, feature))
        text.append(visible(found.text[at:start])).append(visible(found.text[start:stop]), style)
        at = stop
    # what the model does not read stands back
    return text.append(visible(found.text[at : found.read])).append(visible(found.text[found.read :]), palette.soft)


def _legend(palette: Palette, most: float) -> list[str | Text]:
    full = f"full colour ±{number(most, _digits(most))}"
    raises, lowers = Text(" raises ", palette.word(0.6)), Text(" lowers ", palette.word(-0.6))
    return [raises, "  ", lowers, Text(f"  unmarked: not distinguishable from 0 · {full}", palette.soft)]


def _scores(found: Explanation, target: int, palette: Palette, plain: bool) -> Iterator[Text]:
    """A line for each class; of very many only the likeliest, and the chosen one first."""
    scores = found.scores if found.probabilities is None else found.probabilities
    order = list(range(len(found.targets)))
    if len(order) > MOST_TARGETS:
        order.sort(key=lambda i: (i != target, -scores[i]))
    shown = order[:MOST_TARGETS]
    names = {i: _one_line(found.targets[i]) for i in shown}
    width = min(40, max(names[i].cell_len for i in shown))
    digits = max(2, _digits(max(float(abs(scores).max()), 0.01)))
    numbers = {i: number(scores[i], digits) for i in shown}
    broad = max(map(len, numbers.values()))
    for i in shown:
        names[i].truncate(width, overflow="ellipsis", pad=True)
        line = Text.assemble("▸ " if i == target else "  ", names[i], f"  {numbers[i]:>{broad}}")
        line.stylize("bold" if i == target else "")
        if not plain and found.probabilities is not None:
            line.append("  ").append(_blocks(scores[i], 2 * BAR), palette.bar(1) if i == target else palette.soft)
        yield line
    if left := len(order) - len(shown):
        yield Text(f"  and {left:,} more classes")


def _one_line(text: str) -> Text:
    return Text(visible(" ".join(text.split())))


def _rows(found: Explanation, target: int, most: float) -> Iterator[Row]:
    digits = _digits(most)
    row = found.weights[target]
    strong = [i for i in range(len(row)) if abs(row[i]) >= FAINT * most]
    for i in sorted(strong, key=lambda i: -abs(row[i]))[:MOST_ROWS]:
        margin = 0.0 if found.intervals is None else float(found.intervals[target, i] @ (-0.5, 0.5))
        # a small margin is still none of zero
        finer = number(margin, digits if margin >= 0.5 * 10**-digits else digits + 2)
        much = f" ± {finer}" if float(finer) else ""
        name = _one_line(found.features[i]).plain
        yield Row(
            name, row[i] / most, number(row[i], digits, found.scale != "attention"), much, _doubtful(found, target, i)
        )


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


def _pairs(found: Explanation, target: int, most: float) -> list[str]:
    """The strongest pairs that surely count together."""
    if found.pair_weights is None or found.pair_intervals is None:
        return []
    weights, intervals = found.pair_weights[target], found.pair_intervals[target]
    sure = [p for p in range(len(found.pairs)) if not intervals[p, 0] <= 0 <= intervals[p, 1]]
    best = sorted(sure, key=lambda p: -abs(weights[p]))[:MOST_PAIRS]
    names = [" + ".join(_one_line(found.features[i]).plain for i in found.pairs[p]) for p in best]
    return [f"{name} {number(weights[p], _digits(most), True)}" for name, p in zip(names, best, strict=True)]


def _quantity(found: Explanation, target: int) -> str:
    name = found.targets[target]
    return {"probability": f"P({name})", "value": name}.get(found.scale, f"{found.scale} of {name}")


def _effect(found: Explanation, target: int) -> str:
    if found.scale == "attention":
        return "share of what the model looks at"
    return f"effect on {_quantity(found, target)}"


def _foot(found: Explanation, target: int, most: float) -> Iterator[str]:
    """What the weights add up to, how far they can be believed, and what was done."""
    digits = max(2, _digits(most))
    if found.weights is not None and found.intercepts is not None:
        base, said = found.intercepts[target], found.weights[target].sum() + found.intercepts[target]
        if joint := found.joint and found.pair_weights is not None:
            # with every word kept, each pair counts a quarter of its weight
            said += found.pair_weights[target].sum() / 4
        yield (
            f"{_quantity(found, target)} ≈ {number(base, digits)} base + Σ weights{' and pairs' if joint else ''} "
            f"= {number(said, digits)}, model {number(found.scores[target], digits)}"
        )
    r2, missed = found.fit.get("r2"), found.fit.get("convergence")
    if missed is not None:
        yield f"misses its sum by {number(missed[target], digits)}"
    elif r2 is not None and found.state != "draft":
        little = r2[target] < LITTLE and found.evaluations >= ENOUGH
        much = ": these weights explain little of the model here" if little else ""
        yield f"R² {number(max(r2[target], 0), 2)}{much}"
    how = " ".join(filter(None, [f"{found.unit}s", TAKEN_OUT.get(found.masker, found.masker)]))
    # a method that asks what it needs and no more is not exact, only done
    state = "" if found.state == "exact" and found.intervals is None else ENDS.get(found.state, found.state)
    spent = f"{found.evaluations:,} evaluations · {found.seconds:.1f} s"
    yield " · ".join(filter(None, [found.title, how, state, spent, found.model]))
