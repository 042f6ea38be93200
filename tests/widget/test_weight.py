"""What a saved notebook carries of each widget."""

from __future__ import annotations

import base64
import json
import re
import zlib

import pytest

from limelight import Explainer
from limelight.render.html import STATIC
from limelight.widget.pack import packed
from limelight.widget.what_if import MOST_BYTES
from tests.test_house import BUNDLES

MOST_STATE = 75_000  # bytes, without the explanation
TEXT = "It is not a bad film, but the plot never quite comes alive and the jokes fall flat. " * 3


def model(texts):
    return [[0.5 - 0.4 * ("bad" in text) - len(text) / 1e4, 0.5 + 0.4 * ("bad" in text)] for text in texts]


def weight(widget, *names):
    """Bytes of the saved state, without the explanation; of some traits, or of all."""
    state = widget.get_state()
    state.pop("explanation")
    return len(json.dumps({name: state[name] for name in names or state}, ensure_ascii=False).encode())


def test_a_widget_is_light_new_and_after_one_try(explainer):
    widget = explainer(TEXT, model, budget=200)
    assert weight(widget) < MOST_STATE
    widget.hidden = ["bad"]
    widget.wait(30)
    assert len(widget.tries) == 2 and weight(widget) < MOST_STATE


@pytest.mark.parametrize("name", BUNDLES)
def test_the_packed_front_end_is_the_front_end(name):
    assert Explainer._esm.default_value == packed("widget")
    script, style = ((STATIC / f"{name}.{kind}").read_text("utf-8") for kind in ("js", "css"))
    module = packed(name)
    (inside,) = re.findall(r'"([^"]{1000,})"', module)
    assert not set(inside) & set("\\<>&`$%'")  # neither JSON nor HTML nor a template reads anything into it
    data = base64.b85decode(inside.translate(str.maketrans(".,/:[]", "<>&`$%")))
    assert zlib.decompressobj(31).decompress(data).decode() == f"{style}\0{script}", "run `make js` and commit it"
    assert "LIMELIGHT_" not in module and len({packed(one) for one in BUNDLES}) == len(BUNDLES)


@pytest.mark.parametrize(
    ("text", "classes", "count"), [("word " * 800, 2, 300), ("one two three four five six seven eight", 1000, 60)]
)
def test_what_was_tried_stays_within_a_bound(explainer, text, classes, count):
    widget = explainer(
        text, lambda texts: [[len(t) / 1e6 + i / 1e7 for i in range(classes)] for t in texts], budget=900
    )
    first = widget.tries[0]
    for at in range(count):
        widget.hidden = [(at % 8, 8 + at)] if classes == 2 else [at % 8] if at < 8 else [at % 8, (at // 8) % 8]
        widget.wait(30)
    assert weight(widget, "tries") <= MOST_BYTES + 1000
    assert widget.tries[0] == first and widget.tries[widget.at].hidden and len(widget.tries) > 5
