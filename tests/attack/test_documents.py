"""Documents in bad hands: refused in a sentence, or drawn by every renderer and read back the same."""

from __future__ import annotations

import importlib.util
import io
import json
import re
import time
import warnings
import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from limelight.document import checks
from limelight.errors import MOST_SAID, InputError
from limelight.explanation import Explanation
from limelight.render import terminal
from limelight.text.checks import MOST_CHARACTERS
from limelight.text.fields import MOST_NAME
from tests.attack.conftest import SECONDS, rounds
from tests.attack.documents import mutated, valid
from tests.conftest import document
from tests.text.test_linear import HOSTILE

VALID = valid()
BAR = 10  # seconds of one processor for one renderer: a few on the machine that this was written on

pytestmark = [pytest.mark.attack, pytest.mark.usefixtures("plain_surroundings")]


def drawn(explanation: Explanation, png: bool = False) -> None:
    """Has every renderer draw it, within the bar, and reads back what can be read."""

    def timed(draw, *arguments, **options):
        began = time.thread_time()
        made = draw(*arguments, **options)
        assert time.thread_time() - began < BAR, draw
        return made

    page = timed(explanation.to_html)
    state = json.loads(re.search(r'id="limelight-state">(.*?)</script>', page, re.S).group(1))
    assert state["explanation"] == json.loads(json.dumps(explanation.to_dict()))
    timed(explanation._repr_html_)
    for width in (240, 860):
        ET.fromstring(timed(explanation.to_svg, width=width, dark=width == 240))
    timed(explanation.to_latex, lang="zh")
    for options in ({"force_terminal": True, "color_system": "truecolor"}, {"color_system": None}):
        console = Console(file=io.StringIO(), width=80, highlight=False, markup=False, **options)
        timed(terminal.show, explanation, console)
    if explanation.weights is not None:
        timed(explanation.to_csv)
        if importlib.util.find_spec("pandas"):
            timed(explanation.to_frame)
    if png and importlib.util.find_spec("resvg_py"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of letters that no font here has
            explanation.to_png(scale=0.5)
    assert repr(explanation)
    assert Explanation.from_dict(json.loads(timed(explanation.to_json))) == explanation


@pytest.mark.parametrize("name", VALID)
def test_a_valid_document_is_drawn_by_every_renderer(name):
    drawn(Explanation.from_dict(VALID[name]), png=True)


def test_a_mutated_document_is_refused_in_a_sentence_or_drawn_by_every_renderer():
    """A6, A7, A8."""
    accepted = refused = 0
    for random in rounds("documents", 0.15, least=300, most=5000):
        mutant = mutated(VALID[random.choice(list(VALID))], random)
        began = time.thread_time()
        try:
            explanation = Explanation.from_dict(mutant)
        except InputError as error:
            refused += 1
            assert 20 < len(str(error)) <= MOST_SAID and str(error).isprintable()
            continue
        finally:
            assert time.thread_time() - began < BAR
        accepted += 1
        tall = sum(map(len, explanation.texts)) > 2000
        drawn(explanation, png=random.random() < 0.1 and not tall)
    assert accepted > 30 and refused > 100, (accepted, refused)


def changed(name: str, **values: Any) -> dict[str, Any]:
    return VALID[name] | values


EVIL = {
    "a schema that is none": (changed("one", schema=["limelight/2"]), "has schema"),
    "infinitely many": (changed("one", scores={"shape": [float("inf")], "float32": "AAAAAA=="}), "whole number"),
    "padding that a page refuses": (changed("one", scores={"shape": [0], "float32": "===="}), "base64"),
    "rows without columns": (changed("answer", residuals={"shape": [10**9, 0], "float32": ""}), "shape"),
    "layers without end": (
        changed("attention", attention=VALID["attention"]["attention"] | {"layers": 10**8}),
        "layers is 100000000",
    ),
    "an interval from right to left": (
        changed("one", intervals=np.array(VALID["one"]["intervals"])[..., ::-1].tolist()),
        "ends before it begins",
    ),
    "numbers whose sum is infinite": (changed("one", intercepts=[1.7e308, 1.7e308]), "too large"),
    "a number that no float is": (changed("one", seconds=10**400), "seconds is"),
    "numbers in words": (changed("one", scores=["0.5", "0.5"]), "table of numbers"),
    "pairs of what cannot be sorted": (changed("before", pairs=[[{}, 1]] * 2), "pairs is"),
    "explained by a number": (changed("one", explained=0.5), "explained is 0.5"),
    "an answer's spans by a number": (
        changed("answer", answer=VALID["answer"]["answer"] | {"spans": [7, 7, 7]}),
        "answer's spans is 7",
    ),
    "two fields of one name": (changed("pair", fields=[VALID["pair"]["fields"][0]] * 2), "a name of its own"),
    "too much to read": (changed("one", fields=[{"name": "text", "text": "a " * 100_001}]), "200,002 characters"),
    "more than can be told": (changed("one", warnings=["x" * 50_000] * 3), "150,000 characters"),
    "too many units": (changed("one", unit={str(at): "word" for at in range(1000)}), "1,000 entries"),
    "a term that nobody reads": (changed("classes", terms=[[0] * 21]), "2 to 20 ascending"),
    "half a character": (changed("one", targets=[{"name": "a\ud800"}, {"name": "b"}]), "whole characters"),
}


@pytest.mark.parametrize("name", EVIL)
def test_what_would_break_a_reader_or_a_renderer_is_refused(name):
    evil, said = EVIL[name]
    with pytest.raises(InputError, match=said) as caught:
        Explanation.from_dict(evil)
    assert str(caught.value).isprintable() and len(str(caught.value)) <= MOST_SAID


def test_an_explanation_without_targets_says_so():
    nothing = Explanation.from_dict(VALID["nothing"])
    with pytest.raises(InputError, match="no targets"):
        nothing.index()
    with pytest.raises(InputError, match="unknown target 7"):
        nothing.to_svg(target=7)
    assert "Hi." in nothing._repr_html_() and "Hi." in nothing.to_latex()


# as much as a document may hold, or a tenth of it where nobody waits for the whole

PART = 1 if SECONDS > 60 else 10  # all that is accepted takes minutes
MANY, LONG = checks.MOST_FEATURES // PART, MOST_CHARACTERS // PART


def full(d: int, k: int, text: str = "ab ", **more: Any) -> Explanation:
    """So many features and targets."""
    spans = [(at * len(text), at * len(text) + len(text) - 1) for at in range(d)]
    weights = np.resize([0.5, -0.3, 0.1], (k, d))
    return document(text * d, spans, [f"target {at}" for at in range(k)], np.zeros(k),
                    weights=weights, intercepts=np.zeros(k), **more)  # fmt: skip


def full_of_terms() -> Explanation:
    k, t, last = 100 // PART, checks.MOST_TERMS // PART, MANY - checks.MOST_TOGETHER
    terms = [tuple(range(at % last, at % last + checks.MOST_TOGETHER)) for at in range(t)]
    weights = np.ones((k, t))
    return full(MANY, k, terms=terms, term_weights=weights, term_intervals=np.stack([weights] * 2, -1), joint=True)


def full_of_names() -> Explanation:
    name = "中" * (checks.MOST_NAME - 10)
    fields = {f"{at}{name[: MOST_NAME - 10]}": "word " * 200 for at in range(200 // PART)}
    spans = [(field, 5 * at, 5 * at + 4) for field in range(len(fields)) for at in range(50)]
    more = dict.fromkeys(("model", "title", "masker", "unit", "method"), name)
    return document(fields, spans, [f"{at}{name}" for at in range(300)], np.full(300, 0.5),
                    weights=np.ones((300, len(spans))), warnings=["n " * 500] * 100, **more)  # fmt: skip


FULL = {
    "features": lambda: full(MANY, checks.MOST_NUMBERS // PART // MANY, "word " * 4),
    "targets": lambda: full(2, checks.MOST_TARGETS // PART),
    "terms": full_of_terms,
    "names": full_of_names,
    "one feature": lambda: full(1, 12, "word " * (LONG // 5)),
}


@pytest.mark.parametrize("name", FULL)
def test_as_much_as_is_accepted_is_drawn_in_seconds(name):
    """A7."""
    drawn(FULL[name]())


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("name", ["Chinese", "line breaks", "dots, quotes and spaces", "a family without end", "jamo"])
def test_any_text_is_drawn_in_seconds(name, whole):
    """A7."""
    text = ({**HOSTILE, "jamo": "\u1100"}[name] * LONG)[:LONG]
    spans = [(0, LONG)] if whole else [(at, at + 1) for at in range(0, LONG, LONG // MANY)]
    drawn(document(text, spans, ["x"], [0.5], weights=np.ones((1, len(spans)))))
