"""Hostile strings in every place of what is shown, in a real browser whose requests are watched."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import expect

from limelight.document import Alternative, Answer, Target
from limelight.explanation import Explanation
from limelight.render.html import STATIC
from limelight.text.fields import Field
from tests.attack.conftest import rounds

pytestmark = pytest.mark.attack

AWAY = "http://away.invalid/"
RUN = "window.ran=1"
HOSTILE = [
    f"</script><script>{RUN}</script>",
    f"<img src={AWAY}a onerror={RUN}>",
    f'"><svg onload={RUN}>',
    f"' onmouseover='{RUN}' autofocus onfocus='{RUN}' x='",
    f"<!--<script>{RUN}//-->",
    f"]]><script>{RUN}</script>",
    f"<style>@import '{AWAY}b.css'; *{{background:url({AWAY}c)}}</style>",
    f"<iframe srcdoc='<script>parent.{RUN}</script>'></iframe>",
    f"<base href={AWAY}><link rel=stylesheet href=d.css>",
    f"<a href='javascript:{RUN}'>a</a>",
    f"javascript:{RUN}",
    f"<math><mtext></mtext><mglyph><style><img src=x onerror={RUN}></style></mglyph></math>",
    f"<form><button formaction='javascript:{RUN}'>b</button></form>",
    f"<details open ontoggle={RUN}>c</details>",
    f"<svg><use href='{AWAY}e.svg#f'/><foreignObject><script>{RUN}</script></foreignObject></svg>",
    f"<object data='{AWAY}g'></object><embed src='{AWAY}h'>",
    f"<meta http-equiv=refresh content='0;url={AWAY}i'>",
    f"\u2028;{RUN}//\u2029",
    f"\\u003cscript\\u003e{RUN}\\u003c/script\\u003e",
    f"url({AWAY}j); background: url({AWAY}k)",
    f"`${{{RUN}}}`",
    "__proto__",
    "constructor",
    "\x00\x08\x1b]0;x\x07",
    "&lt;b&gt;&amp;amp;&#x3c;",
]


def plain() -> Explanation:
    """Two fields, with all that a document can have besides."""
    fields = (Field("premise", "a man sleeps", "sources", "user", "from a book"), Field("claim", "he is awake"))
    places = [(0, 0, 1), (0, 2, 5), (0, 6, 12), (1, 0, 2), (1, 6, 11)]
    weights = np.array([[0.1, 0.2, -0.4, 0.0, 0.3], [-0.1, -0.2, 0.4, 0.0, -0.3]])
    others = ((Alternative("no", 5, 0.2),), ())
    exam = {"targets": [0], "shares": [0.0, 1.0], "first": [[0.9, 0.1]], "last": [[0.9, 0.1]], "random": [[0.9, 0.1]]}
    return Explanation(
        fields, places, (Target("yes", "verdict"), Target("no", "verdict")), [0.7, 0.3],
        weights=weights, intercepts=[0.1, 0.2], intervals=np.stack([weights - 0.01, weights + 0.01], -1),
        terms=((2, 4), (0, 2, 4)), term_weights=[[0.2, 0.1], [-0.2, -0.1]],
        term_intervals=[[[0.1, 0.3], [0.05, 0.2]], [[-0.3, -0.1], [-0.2, -0.05]]],
        state="settled", method="lime", title="LIME", unit={"premise": "word"}, masker="delete", model="a model",
        warnings=("take care",), exam={**exam, "srg": [0.2], "evaluations": 9}, evaluations=9, budget=9,
        answer=Answer("yes he is", (7, 8), ((0, 3), (4, 6)), (0.9, 0.8), others, "stop", "greedy", 1),
    )  # fmt: skip


def with_field(one: Explanation, at: int, **parts: str) -> Explanation:
    fields = list(one.fields)
    fields[at] = replace(fields[at], **parts)
    return replace(one, fields=tuple(fields))


def with_text(one: Explanation, at: int, text: str) -> Explanation:
    """The text of a field, cut so that the string is in one feature, beside two and behind them."""
    fields = list(one.fields)
    fields[at] = replace(fields[at], text=f"{text} b {text}")
    here = [(at, 0, len(text)), (at, len(text) + 1, len(text) + 2)]
    places = [place for place in one.places if place[0] != at]
    more = [(at, len(text) + 3, len(text) + 4)] if len(places) < 3 else []  # as many features as before
    places = sorted([*places, *here, *more])
    return replace(one, fields=tuple(fields), places=tuple(places), reads=None)


PLACES = {
    "a text": lambda one, bad: with_text(one, 0, bad),
    "another text": lambda one, bad: with_text(one, 1, bad),
    "a field's name": lambda one, bad: with_field(one, 0, name=bad),
    "a field's group": lambda one, bad: with_field(one, 0, group=bad),
    "a field's role": lambda one, bad: with_field(one, 0, role=bad),
    "a field's title": lambda one, bad: with_field(one, 1, title=bad),
    "a target": lambda one, bad: replace(one, targets=(Target(bad), Target("no"))),
    "a target's group": lambda one, bad: replace(one, targets=(Target("yes", bad), Target("no", bad))),
    "a warning": lambda one, bad: replace(one, warnings=(bad,)),
    "the model": lambda one, bad: replace(one, model=bad),
    "the method": lambda one, bad: replace(one, method=bad),
    "the method's title": lambda one, bad: replace(one, title=bad),
    "the masker": lambda one, bad: replace(one, masker=bad),
    "the unit": lambda one, bad: replace(one, unit=bad),
    "the units": lambda one, bad: replace(one, unit={"premise": bad}),
    "the dtype": lambda one, bad: replace(one, dtype=bad),
    "the answer": lambda one, bad: replace(one, answer=replace(one.answer, text=f"yes he {bad}")),
    "an alternative": lambda one, bad: replace(
        one, answer=replace(one.answer, alternatives=((Alternative(bad, 5, 0.2),), ()))
    ),
    "the answer's end": lambda one, bad: replace(one, answer=replace(one.answer, end=bad, route=bad)),
}
# What else a page is told by a kernel, or by the state of a saved notebook.
STATE = {
    "an error": lambda bad: {"status": "failed", "error": bad},
    "what is waited for": lambda bad: {"status": "loading", "waiting": bad},
    "a row's title": lambda bad: {"others": [row(title=bad)]},
    "a row's name": lambda bad: {"others": [row(name=bad)]},
    "a row's error": lambda bad: {"others": [row(status="failed", error=bad)]},
    "a try": lambda bad: {"tries": [tried(words=[bad])] * 2, "at": 1},
    "a try's text": lambda bad: {"tries": [tried(), tried(texts=[bad, bad])], "at": 1},
    "a try's error": lambda bad: {"what_if": {"status": "failed", "error": bad}},
    "a menu": lambda bad: {"_menu": menu(bad)},
    "the language": lambda bad: {"lang": bad},
    "the target": lambda bad: {"target": bad},
    "the method's name": lambda bad: {"method": bad},
    "the view": lambda bad: {"view": bad},
    "a name of a key": lambda bad: {"findings": {bad: {bad: bad}}},
}
SHOW = """async ([source, style, state]) => {
  document.head.append(Object.assign(document.createElement("style"), { textContent: style }));
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const model = { get: (name) => state[name], set() {}, save_changes() {}, on() {}, off() {}, send() {} };
  (await import(url)).default.render({ model, el: document.body.appendChild(document.createElement("main")) });
}"""


def row(**parts):
    told = {"kind": "method", "name": "occlusion", "title": "Occlusion", "status": "done", "error": ""}
    return {**told, "explanation": plain().to_dict(), **parts}


def tried(**parts):
    told = {"texts": ["a man sleeps", "he is awake"], "hidden": [[0, 2, 5]], "words": ["man"]}
    return {**told, "prediction": {"yes": 0.5, "no": 0.5}, "change": {"yes": 0.1, "no": -0.1}, **parts}


def menu(bad: str) -> dict:
    one = [{"name": bad, "title": bad, "reason": bad}]
    return {"methods": one, "units": one, "targets": [bad, "no"], "formats": one}


def untouched(page) -> None:
    """Nothing ran, and no element came from a string."""
    page.wait_for_timeout(20)  # what was begun is asked for
    for frame in page.frames:
        assert frame.evaluate("window.ran") is None
    made = ["script[src]", "iframe", "object", "embed", "base", "link", "foreignObject", "use", "form", "math", "img"]
    assert page.locator(", ".join(f"body {tag}" for tag in made)).count() == 0
    handlers = "all => all.flatMap(e => e.getAttributeNames()).filter(name => name.startsWith('on'))"
    assert page.locator("body *").evaluate_all(handlers) == []
    assert page.locator("a[href^=javascript], [formaction]").count() == 0


def hostile(name, share, least, most, places=PLACES):
    """Yields a place, a string, and the explanation that has it there; a name that is refused is shown nowhere."""
    for random in rounds(name, share, least, most):
        place, bad = random.choice(list(places)), random.choice(HOSTILE)
        print(place, repr(bad))
        try:
            explanation = PLACES[place](plain(), bad) if place in PLACES else plain()
        except ValueError:
            continue
        yield place, bad, explanation


def test_exported_pages(open_page, tmp_path):
    """The interactive page; with its scripts it draws all that the document has."""
    page = open_page()  # which fails where it asks anything of another machine
    path = tmp_path / "page.html"
    for _, bad, one in hostile("hostile pages", 0.08, 30, 600):
        one.to_html(path)
        page.goto(path.as_uri())
        expect(page.get_by_test_id("limelight")).to_be_visible()
        texts = page.locator(".ll-text").evaluate_all("all => all.map(e => e.textContent)")
        assert texts == [field.text.replace("\x00", "\ufffd") for field in one.fields] or "\x00" in bad
        page.locator("[data-feature]:visible").first.hover()
        page.locator("[data-feature]:visible").first.click()
        untouched(page)


def test_pictures(open_page, tmp_path):
    """The SVG as a document of its own, where scripts would run, and within a page; and the still picture."""
    page = open_page()
    path = tmp_path / "picture.svg"
    for _, _, one in hostile("hostile pictures", 0.05, 20, 400):
        one.to_svg(path)
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.tagName") == "svg", "it is not well formed"
        assert page.evaluate("[window.ran, document.querySelectorAll('script, image, use').length]") == [None, 0]
        page.goto("about:blank")
        page.set_content(f"<!doctype html><body>{path.read_text('utf-8')}")
        untouched(page)
        page.set_content(f"<!doctype html><body>{one._repr_html_()}")
        untouched(page)


def test_state_of_a_widget(open_page):
    """What a notebook brings as saved state, which nobody has checked."""
    page = open_page()
    sources = [(STATIC / name).read_text("utf-8") for name in ("widget.js", "widget.css")]
    for place, bad, one in hostile("hostile states", 0.05, 20, 400, [*STATE, *PLACES]):
        state = {"explanation": one.to_dict(), "_fields": [vars(field) for field in one.fields], "status": "done"}
        state |= {"lang": "en", "serial": 1, "_menu": menu("lime"), "compare": [], "tries": [], "at": 0}
        state |= STATE[place](bad) if place in STATE else {}
        page.set_content('<!doctype html><html lang="en"><meta charset="utf-8"><title>a</title><body></body></html>')
        page.evaluate(SHOW, [*sources, json.loads(json.dumps(state))])
        expect(page.get_by_test_id("limelight")).to_be_visible()
        if page.locator("[data-feature]:visible").count():
            page.locator("[data-feature]:visible").first.hover()
            page.locator("[data-feature]:visible").first.click()
        untouched(page)
