"""Several fields in every picture: each text under its name, one scale for all, terms across them."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from rich.ansi import AnsiDecoder
from rich.console import Console

from limelight.captions import captions
from limelight.explanation import Explanation
from limelight.render import display, terminal
from limelight.render.latex import escaped
from limelight.text.units import words
from tests.conftest import document
from tests.render.test_svg import NS, inside

PAIR = {"premise": "A man is never outside, and the jokes fall flat.", "hypothesis": "A man walks\nhis dog."}
ARABIC = {"question": "What does it say?", "context": "هذا الفيلم ليس سيئا"}
CHAT = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Tell <me> a joke."}]
SOURCES = {"question": "Who?", "sources": [{"title": "First & last", "text": "It was Ann."}, "It was Bob."]}
INPUTS = {"pair": PAIR, "Arabic": ARABIC, "chat": CHAT, "sources": SOURCES}

pytestmark = pytest.mark.usefixtures("plain_surroundings")


def made(given, k=2, cut=None, **more) -> Explanation:
    """An explanation whose weights go up to 0.8; ``cut`` are the fields that have features, all of them if None."""
    bare = document(given, [], ["no", "yes"][:k], [0.25, 0.75][:k])
    spans = [
        (at, start, stop)
        for at, field in enumerate(bare.fields)
        if cut is None or at in cut
        for start, stop in words(field.text)
    ]
    weights = np.linspace(-0.4, 0.8, len(spans))[None] * np.array([[1.0], [-1.0]])[:k]
    more = {"weights": weights, "intercepts": [0.1] * k, "method": "lime", "title": "LIME", **more}
    return replace(bare, places=spans, state="settled", evaluations=200, **more)


def term(found: Explanation, *names: str) -> tuple[int, ...]:
    return tuple(sorted(found.features.index(name) for name in names))


def with_terms(found: Explanation, terms: dict[tuple[int, ...], float], **more) -> Explanation:
    """The same with terms, whose weights are certain."""
    weights = np.array([list(terms.values())] * len(found.targets))
    return replace(found, terms=tuple(terms), term_weights=weights, term_intervals=np.stack([weights] * 2, -1), **more)


class Read(HTMLParser):
    """The paragraphs of a page as a reader sees them, and their direction."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.paragraphs: list[tuple[str, str | None]] = []
        self.inside = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag == "p":
            self.inside = True
            self.paragraphs.append(("", dict(attrs).get("dir")))
        elif tag == "br":
            self.handle_data("\n")

    def handle_endtag(self, tag):
        self.inside = self.inside and tag != "p"

    def handle_data(self, data):
        if self.inside:
            text, way = self.paragraphs[-1]
            self.paragraphs[-1] = (text + data, way)


def printed(found: Explanation, width=100, **options) -> str:
    """What a terminal shows, without its colours."""
    options = {"force_terminal": True, "color_system": "truecolor", "legacy_windows": False, **options}
    console = Console(file=io.StringIO(), width=width, highlight=False, markup=False, **options)
    terminal.show(found, console)
    return "\n".join(line.plain for line in AnsiDecoder().decode(console.file.getvalue()))


def bodies(svg: str) -> list[ET.Element]:
    return ET.fromstring(svg).findall(f"{NS}g[@class='limelight-text']")


@pytest.mark.parametrize("name", INPUTS)
def test_each_text_stands_whole_under_its_name(name):
    found = made(INPUTS[name])
    above = display.headings(found, captions("en"))
    assert len(set(above)) == len(found.fields) > 1
    for width in (240, 860):
        svg = found.to_svg(width=width)
        assert inside(ET.fromstring(svg))
        assert ["".join(e.text for e in body.iter(NS + "text")) for body in bodies(svg)] == list(found.texts)
        order = [e.text for e in ET.fromstring(svg).iter(NS + "text") if e.text in above]
        assert order == above
    paragraphs = Read(found._repr_html_()).paragraphs
    assert paragraphs[: 2 * len(above)] == [
        (text, "auto") for pair in zip(above, found.texts, strict=True) for text in pair
    ]
    latex, at = found.to_latex(), 0
    for heading, text in zip(above, found.texts, strict=True):
        at = latex.index(escaped(heading), at) + len(heading)
        words = [escaped(word) for word in re.findall(r"\w+", text)]
        assert all(word in latex[at:] for word in words)
    for console in ({}, {"force_terminal": False, "color_system": None}):
        lines, at = printed(found, **console), 0
        for heading, text in zip(above, found.texts, strict=True):
            at = lines.index(f"{heading}\n{text}\n", at) + 1


def test_one_field_stands_alone_whatever_it_is_called():
    found = made({"premise": "A man walks."})
    one = made("A man walks.")
    assert display.headings(found, captions("en")) == [""]
    assert found.to_svg() == one.to_svg() and found.to_latex() == one.to_latex()
    assert found._repr_html_() == one._repr_html_() and printed(found) == printed(one)


def test_what_stands_above_a_field():
    above = lambda given: display.headings(made(given), captions("en"))  # noqa: E731
    assert above(PAIR) == ["premise", "hypothesis"]
    assert above(CHAT) == ["system", "user"]
    assert above(SOURCES) == ["question", "sources 1 · First & last", "sources 2"]


def test_one_scale_holds_for_all_fields():
    found = made(PAIR, k=1)
    opacity = {
        int(group.get("data-feature")): float(group.find(NS + "rect").get("fill-opacity"))
        for body in bodies(found.to_svg())
        for group in body.iter(NS + "g")
        if group.find(NS + "rect") is not None
    }
    full = opacity[len(found.features) - 1]
    marked = [i for i, weight in enumerate(found.weights[0]) if abs(weight) >= 0.005]
    assert sorted(opacity) == marked and {found.places[i][0] for i in marked} == {0, 1}
    for i in marked:
        assert opacity[i] == pytest.approx(full * abs(found.weights[0, i]) / 0.8, abs=1e-3)


def test_a_word_that_several_fields_have_is_named_with_its_field():
    found = made(PAIR)
    for lang, man in (("en", "man (premise)"), ("zh", "man（premise）")):
        names = display.names(found, captions(lang))
        assert names[1] == man and names[-1] == "dog" and names.count("jokes") == 1
    twice = made({"premise": "no, no", "hypothesis": "yes"})
    assert display.names(twice, captions()) == ["no", "no", "yes"]
    weights = np.zeros((1, len(found.features)))
    weights[0, 1] = 0.5
    strong = replace(made(PAIR, k=1), weights=weights)
    said = [e.text for e in ET.fromstring(strong.to_svg()).iter(NS + "text")]
    assert "man (premise)" in said, "not cut off"
    assert "<td>man (premise)</td>" in strong._repr_html_() and "P(no): man (premise) +0.50" in strong.to_latex()
    assert re.search(r"man \(premise\) .*\+0\.50", printed(strong))
    assert list(csv.reader(io.StringIO(strong.to_csv())))[2][:4] == ["man", "premise", "2", "5"]


def test_each_field_runs_in_its_own_direction():
    latin, arabic = bodies(made(ARABIC).to_svg())
    edges = lambda body: [float(e.get("x")) for e in body.iter(NS + "text")]  # noqa: E731
    assert edges(latin) == sorted(edges(latin)) and edges(arabic) == sorted(edges(arabic), reverse=True)
    assert [e.get("direction") for e in arabic.iter(NS + "text") if e.text.strip()] == ["rtl"] * 4


def test_a_field_that_is_not_explained_is_plain():
    found = made(PAIR, cut=[1], explained=(1,))
    premise, hypothesis = bodies(found.to_svg())
    assert premise.find(NS + "g") is None and premise.find(NS + "rect") is None
    assert len(hypothesis.findall(NS + "g")) == 5
    assert 'title="' not in found._repr_html_().split("hypothesis")[0]
    assert "\\limelight{" not in found.to_latex().split("premise")[1].split("hypothesis")[0]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_the_model_does_not_read_is_marked_in_its_field(lang):
    found = made(PAIR, cut=[1], explained=(1,), reads=[5, 20])
    stops = captions(lang)("stops")
    premise, hypothesis = bodies(found.to_svg(lang=lang))
    said = ["".join(e.text for e in body.iter(NS + "text")) for body in (premise, hypothesis)]
    assert stops in said[0].replace("\n", "") and said[1] == found.texts[1]
    page = found.to_html(lang=lang).split("<main")[1].split("</main>")[0]
    assert page.count(stops) == 2 and page.index(stops) < page.index("hypothesis"), "once a class"
    assert re.search(rf"A man.*{stops}.*gray.*is never", found.to_latex(lang=lang))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("weighed", [True, False])
def test_an_empty_field_is_shown_as_empty(lang, weighed):
    more = {} if weighed else {"weights": None, "intercepts": None}
    found = made({"premise": "A man.", "hypothesis": ""}, **more)
    empty = captions(lang)("empty")
    assert empty in [e.text for e in ET.fromstring(found.to_svg(lang=lang)).iter(NS + "text")]
    assert empty in found.to_latex(lang=lang)
    page = found.to_html(lang=lang).split("<main")[1].split("</main>")[0]
    assert empty in page
    assert "hypothesis\n(empty)\n" in printed(found)
    assert "(empty)" not in made("")._repr_html_() + made("").to_svg()


def test_a_page_names_all_fields():
    page = made(PAIR).to_html()
    title = re.search("<title>(.*?)</title>", page).group(1)
    assert title == "limelight: A man is never outside, and the jokes fall flat. / A man wal"
    state = json.loads(re.search(r'id="limelight-state">(.*?)</script>', page, re.S).group(1))
    assert state["text"] == PAIR and [field["name"] for field in state["_fields"]] == list(PAIR)
    assert state["explanation"]["fields"] == state["_fields"]


# what counts together


def test_terms_of_any_size_are_named_in_every_picture():
    found = made(PAIR, k=1)
    terms = {
        term(found, "never", "dog"): -0.35,
        term(found, "jokes", "fall", "flat"): 0.1,
        term(found, "never", "jokes"): 0.01,  # too little to be seen
    }
    found = with_terms(found, terms)
    together = "together: never + dog: weaker together −0.35 · jokes + fall + flat: stronger together +0.10"
    page = found._repr_html_()
    assert f"<p>{together}</p>" in re.sub("</?bdi>", "", page) and "<bdi>never</bdi> + <bdi>dog</bdi>" in page
    assert together.replace("−", r"\ensuremath{-}").replace("·", r"\textperiodcentered{}") in found.to_latex()
    lines = "together\n  −0.35  never + dog: weaker together\n  +0.10  jokes + fall + flat: stronger together\n"
    assert f"\n{lines}" in printed(found)
    said = [e.text for e in ET.fromstring(found.to_svg()).iter(NS + "text")]
    at = said.index("together")
    line = "".join(said[at:]).partition("raises")[0]
    assert line == "together−0.35never + dog: weaker together+0.10jokes + fall + flat: stronger together"
    assert "共同作用：never + dog：合起来更弱 −0.35" in found.to_latex(lang="zh").replace(r"\ensuremath{-}", "−")
    unsure = replace(found, term_intervals=np.stack([found.term_weights - 1, found.term_weights + 1], -1))
    assert "together" not in unsure._repr_html_() + unsure.to_latex() + unsure.to_svg() + printed(unsure)


def test_a_long_term_is_broken_and_no_word_of_it_is_lost():
    found = made({"premise": "Donaudampfschiff is a steamboat on", "hypothesis": "the Danube, most certainly so"}, k=1)
    found = with_terms(found, {tuple(range(len(found.features))): 0.4})
    root = ET.fromstring(found.to_svg())
    assert inside(root)
    said = " ".join(" ".join(e.text for e in root.iter(NS + "text")).split())
    assert " + ".join(found.features) in said


@pytest.mark.parametrize(("sizes", "said"), [([2, 2], "pairs"), ([3], "terms"), ([2, 4], "terms"), ([], "weights")])
def test_the_sum_is_what_is_predicted_with_everything_kept(sizes, said):
    found = made(PAIR, k=1)
    terms = {tuple(range(at, at + size)): 0.3 * (at + 1) for at, size in enumerate(sizes)}
    found = with_terms(found, terms, joint=bool(terms))
    # of its weight a term of s features counts 1 - s / 2^(s-1) + (s-1) / 2^s, a pair a quarter
    share = {2: 0.25, 3: 1 - 3 / 4 + 2 / 8, 4: 1 - 4 / 8 + 3 / 16}
    total = 0.1 + found.weights[0].sum() + sum(share[len(own)] * weight for own, weight in terms.items())
    assert found.predict(np.ones((1, len(found.features))))[0, 0] == pytest.approx(total)
    line = display.fidelity(found, 0, captions())[0]
    names = {"pairs": "+ Σ weights and pairs ", "terms": "+ Σ weights and groups ", "weights": "+ Σ weights "}
    assert f"0.10 base {names[said]}= {total:.2f}" in line


# a contrast


@pytest.mark.parametrize("scores", [[-1.5, 1.5], [1.5, -1.5]])
def test_a_contrast_is_shown_from_the_side_that_was_asked_for(scores):
    """W9."""
    found = made("not bad", scale="logit", contrast=(2, 0), targets=("a rather than b", "b rather than a"))
    found = replace(found, scores=np.array(scores))
    for picture in (found.to_svg(), found.to_latex()):
        assert "effect on logit of a rather than b" in picture and "effect on logit of b rather" not in picture
    assert "<details open><summary>a rather than b" in found._repr_html_()
    assert '"target": "a rather than b"' in found.to_html()
    assert "▸ a rather than b" in printed(found)
    assert "effect on logit of b rather than a" in found.to_svg(target=1)
