"""The picture in a terminal: signs without colour, shades that can be read, lines that fit."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import numpy as np
import pytest
from rich.ansi import AnsiDecoder
from rich.console import Console
from rich.text import Text

from limelight import explain
from limelight.captions import captions
from limelight.render import background, terminal
from limelight.render.theme import DARK, LIGHT
from tests.conftest import document

TEXT = "a good film, not bad"
GROUND = {"light": LIGHT.paper, "dark": DARK.paper}

pytestmark = pytest.mark.usefixtures("plain_surroundings")


def shown(found, *, width=100, target=None, **options) -> tuple[str, Text, Console]:
    """What ``show`` prints on a terminal: raw, and decoded."""
    options = {"force_terminal": True, "color_system": "truecolor", "legacy_windows": False, **options}
    console = Console(file=io.StringIO(), width=width, highlight=False, markup=False, **options)
    terminal.show(found, console, found.index(target))
    raw = console.file.getvalue()
    return raw, Text("\n").join(AnsiDecoder().decode(raw)), console


def style_of(word: str, decoded: Text, console: Console):
    return decoded.get_style_at_offset(console, decoded.plain.index(word))


def test_the_picture_tells_signs_by_lines_and_strength_by_colour(linear):
    found = explain("a good film, not bad. The end", linear)
    _, decoded, console = shown(found, target="up")
    assert decoded.plain.startswith("a good film, not bad. The end\n")
    good, bad, slight, none = (style_of(w, decoded, console) for w in ("good", "bad", "not", "film"))
    assert good.underline and slight.underline and not bad.underline and bad.italic and not good.italic
    away = {name: np.ptp(np.array(style.bgcolor.triplet)) for name, style in (("good", good), ("not", slight))}
    assert away["good"] > away["not"] > 0, "the stronger the word, the more colour"
    assert none.bgcolor is None and not none.underline and not none.italic
    assert "raises" in decoded.plain and "lowers" in decoded.plain and "full colour ±0.50" in decoded.plain
    assert "▸ up" in decoded.plain
    # to the right of zero for what raises, to the left for what lowers
    assert re.search(r"good +│█{12} +\+0\.50", decoded.plain) and re.search(r"bad +█{6}│ +−0\.25", decoded.plain)


def test_words_that_cannot_be_told_from_zero_are_unmarked(linear):
    found = explain("a good film, not bad", linear)
    margins = np.where([w == "bad" for w in found.features], 1.0, 0.01)
    found = replace(found, intervals=np.stack([found.weights - margins, found.weights + margins], axis=-1))
    _, decoded, console = shown(found, target="up")
    bad = style_of("bad", decoded, console)
    assert bad.bgcolor is None and not bad.italic and style_of("good", decoded, console).bgcolor
    assert re.search(r"bad +░{6}│ +−0\.25 ± 1\.00", decoded.plain)


def test_without_colour_lines_and_numbers_stay(linear, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    raw, decoded, console = shown(explain(TEXT, linear), target="up")
    assert not re.search(r"\x1b\[[\d;]*[34]8;", raw), "no colour of text or ground"
    assert style_of("good", decoded, console).underline and style_of("bad", decoded, console).italic
    assert "+0.50" in decoded.plain
    dumb, *_ = shown(explain(TEXT, linear), target="up", color_system=None)
    assert "\x1b" not in dumb and "█" not in dumb and "+0.50" in dumb


def test_sixteen_colours_are_enough(linear):
    linear.weights["bad"] = -0.4
    _, decoded, console = shown(explain(TEXT, linear), target="up", color_system="standard")
    assert style_of("good", decoded, console).bgcolor.number == 4  # blue
    assert style_of("bad", decoded, console).bgcolor.number == 3  # yellow


def contrast(one, other) -> float:
    """WCAG's contrast ratio."""
    high, low = sorted((background.luminance(one), background.luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("ground", ["light", "dark"])
def test_every_shade_can_be_read(ground, monkeypatch):
    monkeypatch.setattr(background, "asked", lambda: GROUND[ground])
    palette = terminal.Palette.of(Console(file=io.StringIO(), force_terminal=True, color_system="truecolor"))
    assert palette.background == GROUND[ground]
    for share in (*np.linspace(0.05, 1, 20), *np.linspace(-1, -0.05, 20)):
        style = palette.word(share)
        assert contrast(style.color.triplet, style.bgcolor.triplet) >= 4.5
        assert contrast(palette.bar(share).color.triplet, palette.background) >= 3


@pytest.mark.parametrize(
    ("text", "width"),
    [("这部电影不好看 👍🏽 " * 12 + "good", 41), ("a  good   film\n\nnot\tbad " * 8, 33), ("bad" * 40 + " good", 30)],
)
def test_lines_fit_and_nothing_of_the_text_is_lost(text, width, linear):
    _, decoded, _ = shown(explain(text, linear, budget=100), width=width, target="up")
    assert max(Text(line).cell_len for line in decoded.plain.split("\n")) <= width
    printed = decoded.plain.split("\n raises")[0]
    assert re.sub(r"\s", "", printed) == re.sub(r"\s", "", text)


@pytest.mark.parametrize(("width", "bar"), [(100, 25), (60, 25), (48, 21), (40, 13), (33, 7), (30, 0)])
def test_on_a_narrow_terminal_bars_shrink_before_words_and_intervals_are_cut(width, bar):
    weights = np.array([[0.4, -0.2, 0.1]])
    found = document("entertaining not film", [(0, 12), (13, 16), (17, 21)], ["agreeable"], [0.75], weights=weights,
                     intervals=np.stack([weights - 0.12, weights + 0.12], -1))  # fmt: skip
    lines = shown(found, width=width)[1].plain.split("\n")
    assert max(Text(line).cell_len for line in lines) <= width
    (row,) = (line for line in lines if line.startswith("entertaining ") and "±" in line)
    row = row.rstrip()  # rich before 14 fills a line with blanks
    assert row.endswith("+0.40 ± 0.12") and len(row) == 12 + 1 + (bar + 1 if bar else 0) + 12
    assert row.count("█") == bar // 2, "the strongest fills its half"
    # a class's bar shrinks, too, and stays on its line
    (row,) = (line for line in lines if "▸" in line)
    assert re.fullmatch(r"▸ agreeable  0\.75  █+[▏▎▍▌▋▊▉]?", row)


@pytest.mark.parametrize("width", [100, 60, 48, 40])
def test_the_legend_breaks_between_its_entries(width, linear):
    shown_lines = shown(explain(TEXT, linear), width=width, target="up")[1].plain.split("\n")
    at = next(i for i, line in enumerate(shown_lines) if line.startswith(" raises"))
    legend = shown_lines[at : shown_lines.index("", at)]
    assert max(map(len, legend)) <= width and (len(legend) == 1) == (width == 100 or len("  ".join(legend)) <= width)
    for entry in (" raises    lowers ", f"unmarked: {captions()('doubtful')}", "full colour ±0.50"):
        assert any(entry in line for line in legend), entry


def test_what_counts_together_goes_on_below_its_beginning():
    words = ["entertaining", "photography", "throughout", "film"]
    text, spans = " ".join(words), []
    for word in words:
        spans.append((text.index(word), text.index(word) + len(word)))
    weights = np.array([[0.4, -0.2, 0.1, 0.3]])
    found = replace(
        document(text, spans, ["up"], [0.75], weights=weights),
        terms=((0, 1, 2, 3),), term_weights=np.array([[0.5]]), term_intervals=np.array([[[0.4, 0.6]]]),
    )  # fmt: skip
    lines = shown(found, width=30)[1].plain.split("\n")
    at = lines.index("together")
    told = [line.rstrip() for line in lines[at + 1 : lines.index("", at)]]
    assert len(told) > 1 and told[0].startswith("  +0.50  ") and max(map(len, told)) <= 30
    assert all(line.startswith(" " * 9) for line in told[1:])
    assert all(word in " ".join(told) for word in words)


def test_on_a_terminal_of_a_few_columns_words_are_cut_last(linear):
    found = explain("a good film, entertaining: not bad", linear)
    lines = shown(found, width=17, target="up")[1].plain.split("\n")
    assert max(Text(line).cell_len for line in lines) <= 17
    assert any(re.fullmatch(r" *good \+0\.50", line) for line in lines)
    assert any(re.fullmatch("entertaini… 0.00 ?", line) for line in lines)


def test_many_classes_and_no_weights(linear):
    many = explain("one two", lambda texts: [np.full(300, len(t)) * np.arange(300) / 1e4 for t in texts], budget=30)
    _, decoded, _ = shown(many, target=7)
    assert decoded.plain.count("class ") < 16 and "▸ class 7 " in decoded.plain and "288 more classes" in decoded.plain
    terms = {"terms": (), "term_weights": None, "term_intervals": None}
    nothing = replace(many, weights=None, intercepts=None, intervals=None, state="prediction", fit={}, **terms)
    _, decoded, _ = shown(nothing)
    assert "stopped before any weight was estimated" in decoded.plain and "effect on" not in decoded.plain


def test_weights_that_explain_little_are_called_so(linear):
    found = replace(explain(TEXT, linear), fit={"r2": [0.2, 0.2]}, state="settled", evaluations=400)
    assert "R² 0.20: these weights explain little of the model here" in shown(found)[1].plain
    assert "explain little" not in shown(replace(found, evaluations=40))[1].plain, "too few to judge"


@pytest.mark.parametrize(
    ("reply", "colour"),
    [
        (b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[?62;c", (255, 255, 255)),
        (b"\x1b]11;rgb:1e/1e/2E\x07\x1b[?1;2c", (30, 30, 46)),
        (b"\x1b]11;rgb:f/0/8\x07", (255, 0, 136)),
        (b"\x1b[?62;c", None),
        (b"", None),
    ],
)
def test_what_terminals_answer_of_their_background(reply, colour):
    assert background.colour_in(reply) == colour
