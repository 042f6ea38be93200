"""Random texts of all scripts and none: explained or refused in a sentence, and shown as they are in every form."""

from __future__ import annotations

import csv
import io
import json
import re
import warnings
from html.parser import HTMLParser
from random import Random
from xml.etree import ElementTree

import numpy as np
import pytest
from rich.console import Console

from limelight import Explanation, explain, load
from limelight.errors import CONTROL, LimelightError
from limelight.render import terminal
from tests.attack import texts
from tests.attack.conftest import rounds
from tests.attack.models import pure, sentence

pytestmark = [pytest.mark.attack, pytest.mark.usefixtures("no_hang", "no_thread_left", "plain_surroundings")]

UNITS = ["word", "sentence", "token", "character"]
TAGS = {"html", "head", "meta", "title", "style", "body", "main", "script", "div", "details", "summary", "p", "span"}
TAGS |= {"b", "bdi", "i", "br", "table", "thead", "tbody", "tr", "th", "td"}
COLOURS = re.compile(r"\x1b\[[\d;]*m")


class Shown(HTMLParser):
    """The text that the first class of a page shows, and the state that its script is given."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.shown, self.state, self.into, self.tags = "", "", [], set()
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        attributes = dict(attributes)
        assert not any(name.startswith("on") or name in ("src", "href") for name in attributes)
        if tag == "p" and "dir" in attributes and not self.shown:
            self.into = ["shown"]
        elif tag == "script" and attributes.get("type") == "application/json":
            self.into = ["state"]
        elif tag == "br" and self.into == ["shown"]:
            self.shown += "\n"

    def handle_endtag(self, tag):
        if tag in ("p", "script"):
            self.into = []

    def handle_data(self, data):
        for name in self.into:
            setattr(self, name, getattr(self, name) + data)


@pytest.fixture(scope="module")
def pair(bert):
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    folder = bert(num_labels=2)
    return AutoModelForSequenceClassification.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)


def explained(text: str, model: object, random: Random) -> Explanation | None:
    """The explanation, or None where it is refused, in a sentence."""
    unit, method = random.choice(UNITS), "lime" if len(text) < 20 else "occlusion"
    more = {"masker": "mask"} if isinstance(model, tuple) and random.random() < 0.2 else {}
    if isinstance(model, tuple) and random.random() < 0.2 and len(text) < 200:
        more = {"windows": True}
    elif isinstance(model, tuple) and random.random() < 0.2:
        method = random.choice(["gradient_x_input", "attention_rollout"])
    try:
        return explain(text, model, unit=unit, method=method, budget=len(text) + 8, **more)
    except (LimelightError, TypeError) as error:
        sentence(str(error))
        return None


def check(explanation: Explanation, text: str) -> None:
    """What is explained is the text, and the numbers are numbers."""
    assert explanation.text == text and np.isfinite(explanation.weights).all()
    assert explanation.features == tuple(text[a:b] for a, b in explanation.spans)
    edges = [edge for span in explanation.spans for edge in span]
    assert edges == sorted(edges) and all(a < b for a, b in explanation.spans) and edges[-1] <= len(text)


def strings(document: object) -> set[str]:
    """All that a document says."""
    if isinstance(document, str):
        return {document}
    parts = document.values() if isinstance(document, dict) else document if isinstance(document, list) else ()
    return set().union(*map(strings, parts))


def check_forms(explanation: Explanation, text: str, random: Random) -> None:
    """Every form can be made, read by its own readers, and holds the text."""
    lang, target = random.choice(["", "en", "zh"]), random.randrange(len(explanation.targets))
    page = Shown(explanation.to_html(target=target, lang=lang))
    assert text in strings(json.loads(page.state))
    if explanation.weights is not None:
        assert page.shown == text
    assert page.tags <= TAGS

    options = {"target": target, "lang": lang, "width": random.choice([240, 720]), "dark": random.random() < 0.5}
    drawing = ElementTree.fromstring(explanation.to_svg(**options))
    assert not any("href" in name or name.startswith("on") for part in drawing.iter() for name in part.attrib)

    snippet = explanation.to_latex(target=target, lang=lang)
    bare = re.sub(r"\\[\\{}]", "", snippet)
    assert bare.count("{") == bare.count("}") and not re.search("[\x00-\x08\x0b-\x1f]", snippet)

    if "\0" not in text:  # which Python 3.10 cannot read
        rows = list(csv.reader(io.StringIO(explanation.to_csv(), newline="")))[1:]
        for row, feature, span in zip(rows, explanation.features, explanation.spans, strict=True):
            assert row[0].removeprefix("'") == feature.removeprefix("'") and row[1:3] == [str(edge) for edge in span]
            assert not row[0].startswith(("=", "+", "-", "@", "\t", "\r"))

    console = Console(file=io.StringIO(), width=random.choice([30, 100]), force_terminal=True, highlight=False)
    terminal.show(explanation, console, target)
    for said in (COLOURS.sub("", console.file.getvalue()), repr(explanation)):
        assert not CONTROL.search(said)
        said.encode()
    assert "<details" in explanation._repr_html_()


def picture(explanation: Explanation) -> None:
    """Pixels, if this machine has a font to draw with."""
    pytest.importorskip("resvg_py", reason="pictures in pixels are an extra")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # signs for which there is no font
        try:
            assert explanation.to_png(scale=0.2).startswith(b"\x89PNG")
        except LimelightError as error:
            sentence(str(error))


def test_any_text_is_explained(pair, tmp_path):
    path = tmp_path / "saved.json"
    for random in rounds("texts explained", 0.15, 150, 3000):
        text = texts.text(random)
        print(repr(text)[:500])
        for model in (pure, pair):
            explanation = explained(text, model, random)
            if explanation is None:
                continue
            check(explanation, text)
            explanation.save(path)
            assert load(path) == explanation
            assert text in strings(json.loads(explanation.to_json()))


def test_any_text_is_shown_as_it_is():
    for number, random in enumerate(rounds("texts shown", 0.15, 150, 3000)):
        text = texts.text(random)
        print(repr(text)[:500])
        explanation = explained(text, pure, random)
        if explanation is not None:
            check_forms(explanation, text, random)
            if number % 30 == 0:
                picture(explanation)


def test_the_texts_are_of_every_kind():
    """What is asked is not all refused: there are scripts, controls and marks among it, and the same each time."""
    several = [texts.text(Random(number)) for number in range(150)]
    assert several == [texts.text(Random(number)) for number in range(150)]
    every = "".join(several)
    assert len({ord(char) >> 8 for char in every}) > 60 and any("\ud800" <= char <= "\udfff" for char in every)
    assert CONTROL.search(every) and max(map(len, several)) > 1000
    assert sum(bool(text.strip()) for text in several) > 140
