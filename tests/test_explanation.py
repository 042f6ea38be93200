import dataclasses
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from limelight import Explanation, explain, load
from limelight.errors import InputError
from tests.conftest import document

HOSTILE = "</script><img src=x onerror=alert(1)> & \"good\" 'film' {x} 😀 not"


@pytest.fixture
def found(linear):
    return explain("not a good film, a bad one 😀", linear, budget=200)


def test_it_is_frozen_to_the_numbers(found):
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.text = "other"
    for name in ("weights", "scores", "intercepts"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(found, name)[0] = 1


def test_shapes_and_names(found):
    k, d = 2, len(found.features)
    assert found.scores.shape == (k,) and found.weights.shape == (k, d) and found.intercepts.shape == (k,)
    assert found.intervals.shape == (k, d, 2) and len(found.fit["r2"]) == k and len(found.spans) == d
    assert [found.text[a:b] for a, b in found.spans] == list(found.features)
    assert (found.method, found.unit, found.masker, found.scale, found.seed) == ("lime", "word", "delete", "value", 0)
    assert found.budget == 200 and 0 < found.evaluations <= 200 and found.model == "linear" and found.seconds > 0


def test_the_document_comes_back_unchanged(found, tmp_path):
    assert Explanation.from_dict(json.loads(found.to_json())) == found
    found.save(tmp_path / "a.json")
    assert load(tmp_path / "a.json") == found
    assert (tmp_path / "a.json").read_text("utf-8").count("😀") >= 1
    bare = dataclasses.replace(found, weights=None, intercepts=None, fit={})
    assert Explanation.from_dict(bare.to_dict()) == bare != found


def test_equality_leaves_out_only_the_time(found):
    assert dataclasses.replace(found, seconds=99.0) == found
    assert dataclasses.replace(found, seed=1) != found
    assert found != "something else"


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"schema": "limelight/0"}, "schema 'limelight/0'.*reads 'limelight/2'"),
        ([], "the document is .*of type list.*to_dict wrote"),
        ({"schema": "limelight/1", "text": "a"}, "not complete.*save the explanation again"),
    ],
)
def test_other_documents_are_refused(document, said, tmp_path):
    (tmp_path / "x.json").write_text(json.dumps(document))
    with pytest.raises(InputError, match=said):
        load(tmp_path / "x.json")


def test_a_file_that_is_no_json(tmp_path):
    (tmp_path / "x.json").write_text("hello")
    with pytest.raises(InputError, match="holds no JSON"):
        load(tmp_path / "x.json")


def test_shapes_that_do_not_fit_are_refused(found):
    with pytest.raises(InputError, match=r"weights has shape \(2, 3\).*takes shape \(2, 8\)"):
        dataclasses.replace(found, weights=np.zeros((2, 3)))


def test_top(found):
    assert [word for word, _ in found.top(3, target="up")] == ["good", "bad", "not"]
    assert found.top(1, target="down")[0][1] == pytest.approx(-0.5, abs=0.05)  # 200 texts: the ridge takes 5 %
    assert found.top(1) == found.top(1, target="up") == found.top(1, target=0)
    assert len(found.top(None)) == len(found.features) == 8
    with pytest.raises(InputError, match="unknown target 'upp'.*Did you mean 'up'"):
        found.top(target="upp")
    with pytest.raises(InputError, match="unknown target 7"):
        found.top(target=7)


def test_a_prediction_alone_has_no_weights_to_show(found):
    bare = dataclasses.replace(found, weights=None, intercepts=None, fit={})
    with pytest.raises(InputError, match="holds only the prediction"):
        bare.top()
    assert "prediction only" in repr(bare) and "up" in bare._repr_html_()


def test_nothing_in_its_repr_reaches_a_terminal_as_a_command(linear):
    linear.targets = ("\x1b]0;title\x07", "down")
    found = explain("good\x1b[31mred\x07 \x9b2J \u202edab", linear)
    for shown in (found, dataclasses.replace(found, weights=None, intercepts=None, fit={})):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", repr(shown))
    # as the command spells them, and still the text that it is
    assert r"\x1b]0;title\x07" in repr(found) and found.targets[0] in found.to_csv()


def test_frame(found):
    frame = found.to_frame()
    assert list(frame.columns) == ["feature", "start", "stop", "up", "down"] and len(frame) == 8
    assert np.allclose(frame["up"], found.weights[0])
    assert frame.iloc[-1][["feature", "start", "stop"]].tolist() == ["😀", 27, 28]


class Strict(HTMLParser):
    """Collects tags and text, and fails on an element that is not closed."""

    VOID = {"br", "meta", "link", "img"}

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.text, self.attributes = [], set(), "", set()
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_the_picture_needs_no_script_and_keeps_hostile_text_as_text(linear):
    found = explain(HOSTILE, linear, budget=3000)
    parsed = Strict(found._repr_html_())
    # what GitHub's sanitiser lets through, and nothing that runs
    assert parsed.tags <= {"div", "p", "details", "summary", "span", "b", "i", "br", "table", "thead", "tbody"} | {
        "tr",
        "td",
        "th",
    }
    assert parsed.attributes <= {"style", "title", "open", "dir"}
    assert HOSTILE in parsed.text
    assert "effect on up" in parsed.text and "effect on down" in parsed.text and "+0.50" in parsed.text
    # with every style stripped, bold raises and italic lowers
    plain = re.sub(r' style="[^"]*"', "", found._repr_html_())
    assert re.search(r"<b><span[^>]*>good</span></b>", plain) and re.search(r"<i><span[^>]*>good</span></i>", plain)


def test_the_page_is_one_file_with_the_text_only_as_data(linear, tmp_path):
    found = explain(HOSTILE, linear, budget=100)
    page = found.to_html(tmp_path / "page.html", target="down")
    assert (tmp_path / "page.html").read_text("utf-8") == page
    assert "<img" not in page and not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", page)
    state = json.loads(re.search(r'id="limelight-state">(.*?)</script>', page, re.S).group(1))
    assert state["target"] == "down" and state["explanation"] == found.to_dict() and state["text"] == HOSTILE
    with pytest.raises(InputError, match="unknown target"):
        found.to_html(target="sideways")


def test_many_classes_and_no_features_still_make_a_picture():
    k = 300
    many = document("a b", [(0, 1), (2, 3)], [f"c{i}" for i in range(k)], np.arange(k) / k,
                    weights=np.ones((k, 2)), intercepts=np.zeros(k), method="lime")  # fmt: skip
    assert "and 288 more classes" in many._repr_html_() and "<summary>c299" in many._repr_html_()
    none = document("!", [], ["x"], [1.0], weights=np.zeros((1, 0)), intercepts=[1.0])
    assert Explanation.from_dict(json.loads(none.to_json())) == none and "<summary>x" in none._repr_html_()
