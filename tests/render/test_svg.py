"""Pictures without a browser: nothing lost, nothing outside, readable in both themes."""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from limelight.errors import InputError
from limelight.render import display, terminal
from limelight.render.theme import DARK, LIGHT
from limelight.render.typesetting import Piece, advance, clusters, lines
from limelight.text.units import words
from tests.conftest import document
from tests.test_house import JS

TEXTS = {
    "english": "It is not a bad film, but the plot never quite comes alive and the jokes fall flat.",
    "chinese": "这部电影非常好看，演员的表演也很精彩，但是结局让人有点失望。“不过”，我还会再看一次（也许两次）。",
    "japanese": "この映画はとても良かったです。でも、終わり方が残念でした。",
    "arabic": "هذا الفيلم ليس سيئا، لكن القصة (والنكات) باهتة، رأيت IMDB rating 7.5 قبل 20 يوما.",
    "thai": "ภาพยนตร์เรื่องนี้ดีมากแต่ตอนจบไม่ค่อยดี",
    "emoji": "I ❤️ the 👩‍👩‍👧‍👦 film 🇨🇳, नमस्ते e\u0301te\u0301!",
    "lines": "\n  first\r\n\n\tsecond   third \n",
    "hostile": "</svg><script>alert(1)</script> & \"good\" 'film' <!-- ]]> {x} \x00\x07",
    "long": "Donaudampfschifffahrtsgesellschaft" * 6 + " " * 300 + "end",
}
NS = "{http://www.w3.org/2000/svg}"


def made(text, k=3, **options):
    spans = words(text)
    random, d = np.random.default_rng(0), len(words(text))
    weights = random.normal(0, 0.1, (k, d))
    room = np.abs(random.normal(0, 0.05, (k, d)))
    more = {"spans": spans, "targets": ["no", "so so", "yes"][:k], "scores": random.dirichlet(np.ones(k))}
    more |= {"weights": weights, "intercepts": np.full(k, 0.3), "fit": {"r2": [0.8] * k}}
    more |= {"intervals": np.stack([weights - room, weights + room], -1)}
    more |= {"method": "lime", "title": "LIME", "evaluations": 1412, "model": "toy", "state": "settled"}
    return document(text, **{**more, **options})


def without_titles(element):
    return "".join(t for e in element.iter() if e.tag != NS + "title" for t in [e.text or ""] if e.tag == NS + "text")


def shown(root):
    """The text of the picture, and the part that each feature has in it."""
    body = root.find(f"{NS}g[@class='limelight-text']")
    features = {}
    for group in body.iter(NS + "g"):
        if "data-feature" in group.attrib:
            features.setdefault(int(group.get("data-feature")), []).append(without_titles(group))
    return without_titles(body), {i: "".join(parts) for i, parts in features.items()}


def carried(text):
    """XML has no way to say these."""
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]", "\ufffd", text)


def inside(root):
    """Nothing drawn leaves the picture: boxes, lines, and texts by the width that they are held to."""
    wide, high = float(root.get("width")), float(root.get("height"))
    for element in root.iter():
        if element.tag == NS + "text" and element.get("textLength"):
            middle, length = float(element.get("x")), float(element.get("textLength"))
            assert element.get("text-anchor") == "middle" and element.get("lengthAdjust") == "spacingAndGlyphs"
            assert middle - length / 2 >= -0.01 and middle + length / 2 <= wide + 0.01, element.text
            assert 0 < float(element.get("y")) < high
        elif element.tag == NS + "rect" and not element.get("width").endswith("%"):
            assert float(element.get("x")) >= 0 and float(element.get("x")) + float(element.get("width")) <= wide
        elif element.tag == NS + "line":
            assert all(0 <= float(element.get(name)) <= wide for name in ("x1", "x2"))
    return True


@pytest.mark.parametrize("width", [240, 860])
@pytest.mark.parametrize("name", TEXTS)
def test_the_text_is_whole_every_feature_is_there_and_nothing_overflows(name, width):
    text = TEXTS[name]
    found = made(text)
    root = ET.fromstring(found.to_svg(width=width))
    said, features = shown(root)
    assert said == carried(text)
    assert features == dict(enumerate(found.features))
    assert inside(root)
    assert {element.tag.removeprefix(NS) for element in root.iter()} <= {
        "svg",
        "g",
        "rect",
        "text",
        "title",
        "path",
        "line",
    }
    assert not {name for e in root.iter() for name in e.attrib if "href" in name or name.startswith("on")}


@settings(max_examples=60, deadline=None)
@given(
    text=st.text(st.characters(exclude_categories=["Cs"]), max_size=80),
    width=st.integers(240, 900),
    seed=st.integers(0, 9),
)
def test_any_text_is_drawn_whole(text, width, seed):
    random = np.random.default_rng(seed)
    cut = sorted(random.choice(len(text) + 1, size=min(len(text) + 1, 6), replace=False).tolist())
    spans = list(zip(cut[::2], cut[1::2], strict=False))
    d = len(spans)
    weights = random.normal(size=(1, d))
    found = document(text, spans, [text or "x"], [0.5], weights=weights, intercepts=[0.1])
    root = ET.fromstring(found.to_svg(width=width))
    said, features = shown(root)
    assert said == carried(text) and features == {i: carried(f) for i, f in enumerate(found.features)}
    assert inside(root)


def test_lines_break_between_words_and_never_within_a_character():
    family = "👩‍👩‍👧‍👦"
    for text, width in ((TEXTS["english"], 300), (family * 9, 60), ("e\u0301" * 50, 40), (TEXTS["thai"], 100)):
        found = lines([Piece(text, size=16)], width)
        pieces = [piece for line in found for piece in line]
        assert "".join(piece.text for piece in pieces) == text and len(found) > 1
        assert [c for piece in pieces for c in clusters(piece.text)] == clusters(text)
        assert all(piece.x >= 0 and piece.x + piece.width <= width + 1e-9 for piece in pieces)
    starts = ["".join(p.text for p in line).split(" ")[0] for line in lines([Piece(TEXTS["english"])], 300)]
    assert set(starts) <= set(TEXTS["english"].split(" "))
    closing = [line[0].text[0] for line in lines([Piece(TEXTS["chinese"])], 100)]
    assert not set(closing) & set("，。）”")


def test_a_newline_ends_a_line_and_a_blank_line_stays():
    found = lines([Piece("a\r\n\nb c\u2028d\n")], 500)
    assert ["".join(p.text for p in line) for line in found] == ["a\r\n", "\n", "b c\u2028", "d\n"]


def test_right_to_left_runs_right_to_left():
    text = "هذا الفيلم (ليس) IMDB rating 7.5"
    spans = [(m.start(), m.end()) for m in re.finditer(r"[\w.]+", text)]
    runs, at = [], 0
    for i, (start, stop) in enumerate(spans):
        runs += [Piece(text[at:start], None), Piece(text[start:stop], i, pad=2)]
        at = stop
    (line,) = lines([run for run in runs if run.text], 600)
    x = {piece.text: piece.x for piece in line}
    # the first word stands right, English within it runs on from left to right
    assert max(piece.x + piece.width for piece in line) == pytest.approx(600)
    assert x["هذا"] > x["الفيلم"] > x["ليس"] > x["IMDB"] and x["IMDB"] < x["rating"]
    rtl = {piece.text: piece.rtl for piece in line}
    assert rtl["هذا"] and rtl["("] and not rtl["IMDB"]
    (line,) = lines([Piece("see"), Piece("هذا", 0, pad=2), Piece(" "), Piece("الفيلم", 1, pad=2), Piece("now")], 600)
    x = {piece.text: piece.x for piece in line}
    assert x["see"] == 0 and x["see"] < x["الفيلم"] < x["هذا"] < x["now"]


def test_widths_are_those_of_a_sans_font():
    # Helvetica's own figures: 722 + 556 + 222 + 222 + 556
    assert advance("Hello", 1000) == pytest.approx(2278) and advance("é", 1000) == advance("e", 1000) == 556
    assert advance("电影", 10) == 20 and advance("👩‍👩‍👧‍👦", 8) == 10 == advance("🇨🇳", 8)
    assert advance("e\u0301\u200d", 10) == advance("e", 10)


def luminance(colour):
    parts = [c / 255 / 12.92 if c / 255 <= 0.03928 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def over(colour, ground, opacity):
    return tuple(opacity * c + (1 - opacity) * g for c, g in zip(colour, ground, strict=True))


@pytest.mark.parametrize("dark", [False, True])
def test_words_are_readable_on_every_ground_that_is_drawn(dark):
    theme = DARK if dark else LIGHT
    colour = lambda value: tuple(int(value[i : i + 2], 16) for i in (1, 3, 5))  # noqa: E731
    doubt = np.tile([-1.0, 1.0], (3, len(words(TEXTS["english"])), 1))
    for intervals, tag, paint in ((None, "rect", "fill"), (doubt, "path", "stroke")):
        root = ET.fromstring(made(TEXTS["english"], intervals=intervals).to_svg(dark=dark))
        grounds = [
            over(colour(e.get(paint)), theme.paper, float(e.get(f"{paint}-opacity")))
            for group in root.iter(NS + "g")
            for e in group.findall(NS + tag)
        ]
        inks = {colour(e.get("fill")) for group in root.iter(NS + "g") for e in group.findall(NS + "text")}
        assert inks == {theme.text} and len(set(grounds)) > 10
        assert min(contrast(theme.text, ground) for ground in grounds) >= 4.5
    assert min(contrast(ink, g) for ink in (theme.text, theme.dim) for g in (theme.paper, theme.soft)) >= 4.5
    # lines tell the sign, so they must be seen: WCAG asks 3 of graphics
    assert min(contrast(c, theme.paper) for c in (theme.raises, theme.lowers)) >= 3


def test_colours_are_those_of_the_widget():
    style = (JS / "src" / "root.css").read_text("utf-8")
    light, dark = re.findall(r"^\.limelight(?:\[data-theme=\"dark\"\])? \{(.*?)^\}", style, re.S | re.M)[:2]
    names = {"text": "fg", "dim": "dim", "line": "line", "edge": "edge", "soft": "soft", "paper": "bg"}
    for theme, rules in ((LIGHT, light), (DARK, dark)):
        for name, variable in names.items():
            said = re.search(rf"--ll-{variable}: .*?(#\w+)\)*;", rules).group(1)
            assert tuple(bytes.fromhex(said[1:])) == getattr(theme, name), name
        for name in ("raises", "lowers", "neutral"):
            assert re.search(rf"--ll-{name}: (.*?);", rules).group(1) == " ".join(map(str, getattr(theme, name)))
        assert float(re.search(r"--ll-ink: (.*?);", rules).group(1)) == theme.ink


def test_every_picture_marks_the_same_words():
    # of 1.7 in full colour .04 reads 0.0, and .06 reads 0.1
    found = made("strong faint weak", k=1, weights=np.array([[1.7, 0.04, -0.06]]), intervals=None)
    svg = re.findall(r"<title>(\w+): ", found.to_svg())
    html = re.findall(r' title="[^"]*">(\w+)</span>', found._repr_html_())
    latex = re.findall(r"\\limelight\{\w+\}\{\d+\}\{\\\w+\}\{(\w+)\}", found.to_latex().partition("footnotesize")[0])
    palette = terminal.Palette.of(Console(force_terminal=True))
    text = terminal._text(*display.runs(found), display.Weights.of(found, 0), palette)
    assert svg == html == latex == [text.plain[s.start : s.end] for s in text.spans if s.style] == ["strong", "weak"]


def test_captions_are_in_the_asked_language():
    found = made("not a bad", fit={"r2": [0.9] * 3}, method="occlusion", title="Occlusion")
    for take in (found.to_svg, found.to_latex):
        assert "提高" in take(lang="zh-CN") and "遮挡法" in take(lang="zh")
        assert take(lang="en") == take() and "提高" not in take()
        with pytest.raises(InputError, match="lang is 'fr'"):
            take(lang="fr")


def test_sign_and_doubt_are_told_without_colour():
    weights = np.array([[0.4, 0.1, -0.2]])
    intervals = np.array([[[0.3, 0.5], [-0.1, 0.3], [-0.25, -0.15]]])
    found = made("not a bad", k=1, weights=weights, intervals=intervals)
    root = ET.fromstring(found.to_svg())
    groups = {int(g.get("data-feature")): g for g in root.iter(NS + "g") if "data-feature" in g.attrib}
    dashes = [groups[i].find(NS + "line").get("stroke-dasharray") for i in range(3)]
    assert dashes[0] is None and dashes[1] == "2 2" and dashes[2] == "6 3"
    assert groups[1].find(NS + "path") is not None and groups[0].find(NS + "path") is None
    assert groups[1].find(NS + "title").text == "a: +0.10, could be 0"
    opacity = lambda i: float(groups[i].find(NS + "rect").get("fill-opacity"))  # noqa: E731
    assert opacity(0) == LIGHT.ink and opacity(2) == pytest.approx(LIGHT.ink / 2)
    said = {e.text for e in root.iter(NS + "text")}
    assert {"+0.40", "+0.10", "−0.20", "raises", "lowers", "could be 0"} <= said
    assert "full colour ±0.40" in said and "effect on P(no)" in said
    # the strongest bar's whisker spans .3 to .5 of a scale that ends at .4
    bars = [e for e in root.findall(NS + "rect") if e.get("fill-opacity") == "0.78"]
    start, stop = float(bars[0].get("x")), float(bars[0].get("x")) + float(bars[0].get("width"))
    whiskers = [e for e in root.findall(NS + "line") if e.get("stroke-opacity") == "0.75"][:3]
    assert float(whiskers[0].get("x1")) == pytest.approx(start + 0.75 * (stop - start), abs=0.02)
    assert float(whiskers[0].get("x2")) == pytest.approx(stop, abs=0.02)


def test_a_prediction_alone_many_classes_and_what_is_not_read():
    bare = ET.fromstring(made("a b", weights=None, intercepts=None, intervals=None, fit={}).to_svg())
    said = {e.text for e in bare.iter(NS + "text")}
    assert {"no", "so so", "yes"} <= said and "raises" not in said and shown(bare)[0] == "a b"
    targets = [f"intent {i}" for i in range(200)]
    many = made("a b", k=1, targets=targets, scores=np.arange(200) / 2e4, weights=np.ones((200, 2)), intercepts=None,
                intervals=None, fit={})  # fmt: skip
    root = ET.fromstring(many.to_svg(target="intent 3"))
    said = [e.text for e in root.iter(NS + "text")]
    assert "intent 3" in said and "intent 199" in said and "intent 100" not in said and "and 188 more classes" in said
    assert inside(root)
    cut = ET.fromstring(made("one two three", reads=[7], spans=[(0, 3), (4, 7)],
                             weights=np.ones((3, 2)), intervals=None, warnings=["Mind the end."]).to_svg())  # fmt: skip
    said = "".join(e.text for e in cut.iter(NS + "text"))
    assert "the model stops reading here" in said and "Mind the end." in said


@pytest.mark.parametrize("width", [0, 100, 1e9, "wide", True, float("nan")])
def test_a_width_that_makes_no_sense_is_refused(width):
    with pytest.raises(InputError, match="width is .* 240 to 10,000 pixels wide; leave width out"):
        made("a b").to_svg(width=width)


def pixels(png):
    from io import BytesIO

    from PIL import Image

    return np.asarray(Image.open(BytesIO(png)).convert("RGB"), dtype=int)


@pytest.mark.parametrize("dark", [False, True])
def test_png_shows_colour_where_a_strong_word_stands(dark, tmp_path):
    weights = np.zeros((1, 3))
    weights[0, 1] = 0.5
    found = made("one two three", k=1, weights=weights, intervals=None)
    root = ET.fromstring(found.to_svg(dark=dark))
    (strong,) = [g.find(NS + "rect") for g in root.iter(NS + "g") if g.find(NS + "rect") is not None]
    png = found.to_png(tmp_path / "a.png", dark=dark, scale=2)
    assert (tmp_path / "a.png").read_bytes() == png
    picture = pixels(png)
    assert picture.shape[:2] == (2 * int(root.get("height")), 2 * 860)
    theme = DARK if dark else LIGHT
    x, y, wide = (2 * float(strong.get(name)) for name in ("x", "y", "width"))
    corner = picture[int(y) + 6, int(x + wide / 2)]
    assert np.abs(corner - over(theme.raises, theme.paper, theme.ink)).max() <= 2
    assert np.abs(picture[0, 0] - theme.paper).max() == 0
    # and letters on it, in the colour of the text
    word = picture[int(y) : int(y) + 40, int(x) : int(x + wide)]
    assert np.abs(word - theme.text).sum(axis=2).min() < 40
    assert pixels(found.to_png(scale=1)).shape[1] == 860


def test_png_draws_every_script_that_this_machine_has_a_font_for():
    from limelight.render.png import unseen

    for text in ("好", "م", "👍"):
        if unseen(text):
            pytest.skip(f"no font here has {text}: installed with the browser's fonts, see tests/browser/chromium.py")
        bare = {"weights": None, "intercepts": None, "intervals": None, "fit": {}}
        with_it, without = (pixels(made(f"a {sign} b", k=1, **bare).to_png()) for sign in (text, " "))
        size = min(with_it.shape[0], without.shape[0])
        assert (with_it[:size] != without[:size]).any()
    with pytest.warns(UserWarning, match="no font on this machine has \u13a0|no font on this machine has \U0001e900"):
        made("a \u13a0\U0001e900 b").to_png()


def test_png_says_what_is_missing(monkeypatch):
    resvg_py = pytest.importorskip("resvg_py")
    found, draw = made("a b"), resvg_py.svg_to_bytes
    with monkeypatch.context() as patch:
        patch.setattr(resvg_py, "svg_to_bytes", lambda **options: draw(skip_system_fonts=True, **options))
        with pytest.raises(InputError, match="found none of its fonts.*install one.*to_svg"):
            found.to_png()
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "resvg_py", None)
        with pytest.raises(ImportError, match=r"needs resvg-py.*pip install 'limelight\[png\]'"):
            found.to_png()
    for scale in (0, -1, "2", float("inf")):
        with pytest.raises(InputError, match="scale is .* above 0"):
            found.to_png(scale=scale)
    with pytest.raises(InputError, match="pixels. to_png draws up to 100,000,000; take a smaller scale"):
        found.to_png(scale=100)
