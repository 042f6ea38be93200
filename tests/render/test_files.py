"""Taking an explanation away: every format, from Python, from a page, and out of a saved notebook."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

from limelight import Explainer, Explanation, explain, load
from limelight.errors import InputError
from limelight.protocol import KINDS
from limelight.render.exports import FORMATS, answer, menu
from limelight.render.files import cell
from limelight.render.latex import escaped
from tests.conftest import document

SOURCE = Path(__file__).parents[2] / "js" / "src"
HOSTILE = "</script>\\input{/etc/passwd} 50% of $x_1 & #2 ~ ^ {not} --good-- ``bad'' \"'' |<>\n\n[x] *"


@pytest.fixture
def found(linear):
    return explain("not a good film, a bad one 😀", linear, budget=200)


WRITERS = ["to_html", "to_svg", "to_png", "to_latex", "to_json", "to_csv", "save"]


@pytest.mark.parametrize("name", WRITERS)
def test_every_writer_refuses_a_folder_that_is_not_there_and_makes_none(found, name, tmp_path):
    path = tmp_path / "absent" / "file"
    with pytest.raises(InputError, match="cannot write .*no folder .*absent.*folders that exist; make it first"):
        getattr(found, name)(path)
    assert not path.parent.exists()
    with pytest.raises(InputError, match="cannot write .*give another path"):
        getattr(found, name)(tmp_path)  # a folder
    made = getattr(found, name)(tmp_path / "file")
    written = (tmp_path / "file").read_bytes()
    assert name == "save" or written == (made if isinstance(made, bytes) else made.encode())
    assert written
    # a cell of a notebook ends with it
    assert name == "save" or InteractiveShell.instance().display_formatter.format(made)[0] == {
        "text/plain": f"<{tmp_path / 'file'}: {len(written):,} bytes>"
    }


def test_a_relative_path_needs_no_folder(found, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found.to_svg("picture.svg")
    assert (tmp_path / "picture.svg").read_text("utf-8").startswith("<svg ")


def test_a_format_is_one_writer_and_every_writer_a_format(found):
    methods = {"tex": "to_latex"}
    assert {methods.get(name, f"to_{name}") for name in FORMATS} == set(WRITERS) - {"save"}
    for name, form in FORMATS.items():
        assert form.make(found, "down", "") == (
            getattr(found, methods.get(name, f"to_{name}"))(**({} if name in ("json", "csv") else {"target": "down"}))
        )


def test_csv_reads_back(found, linear):
    rows = list(csv.reader(io.StringIO(found.to_csv())))
    assert rows[0] == ["feature", "start", "stop", "up", "down"] and len(rows) == 1 + len(found.features)
    for i, row in enumerate(rows[1:]):
        assert row[0] == found.features[i] and found.text[int(row[1]) : int(row[2])] == row[0]
        assert [float(cell) for cell in row[3:]] == found.weights[:, i].tolist()
    odd = document('a,"b"\nc', [(0, 7)], ["x,y"], [1.0], weights=[[0.5]], intercepts=[0.5])
    assert list(csv.reader(io.StringIO(odd.to_csv(), newline="")))[1][0] == 'a,"b"\nc'


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"]
PLAIN = ["1=1", "a@b", " =1", "'=1", "()", "\n", "−1", 'a,"b"\r\nc', "👍"]


@pytest.fixture
def sheet():
    """An explanation whose every name is a formula to a spreadsheet, or nearly; its numbers begin with all there is."""
    names = FORMULAS + PLAIN
    numbers = [
        [-0.0, 0.5, -1e-7, 1e21, 1 / 3, -2.0, 1e-300, 123456789.0, 0.1, -0.25, 1e100, 5.0, -7e-5, 2e16, 3.0]
    ] * 15
    ends = np.cumsum([len(name) for name in names]).tolist()
    spans = list(zip([0, *ends], ends, strict=False))
    targets = [f"{name}{i}" for i, name in enumerate(names)]
    return document("".join(names), spans, targets, [0.0] * 15, weights=numbers, intercepts=[0] * 15)


def test_no_text_of_a_table_is_a_formula_and_every_number_stays_one(sheet):
    head, *rows = csv.reader(io.StringIO(sheet.to_csv(), newline=""))
    shown = [f"'{name}" for name in FORMULAS] + PLAIN
    assert [row[0] for row in rows] == shown and cell("") == ""
    assert [name.startswith("'") for name in head[3:]] == [name.startswith("'") for name in shown]
    assert [[float(cell) for cell in row[1:]] for row in rows] == [
        [*span, *weights] for span, weights in zip(sheet.spans, sheet.weights.T.tolist(), strict=True)
    ]


def test_the_page_writes_the_same_table(sheet, found):
    code = (
        f"import {{ csv }} from {json.dumps((SOURCE / 'parts' / 'download.js').as_uri())};"
        f"import {{ decode }} from {json.dumps((SOURCE / 'model' / 'document.js').as_uri())};"
        "import { readFileSync } from 'node:fs';"
        "const documents = JSON.parse(readFileSync(0, 'utf8'));"
        "process.stdout.write(JSON.stringify(documents.map((one) => csv(decode(one)))));"
    )
    node = [shutil.which("node"), "--input-type=module", "--eval", code]
    documents = [one.to_dict() for one in (sheet, found)]
    theirs = json.loads(
        subprocess.run(node, input=json.dumps(documents), capture_output=True, check=True, text=True).stdout
    )
    read = lambda text: list(csv.reader(io.StringIO(text, newline="")))  # noqa: E731
    for one, table in zip((sheet, found), theirs, strict=True):
        head, *rows = read(one.to_csv())
        their_head, *their_rows = read(table)
        assert their_head == head and [row[0] for row in their_rows] == [row[0] for row in rows]
        # Python writes 1e-07 and 1.0 where JavaScript writes 1e-7 and 1
        assert [list(map(float, row[1:])) for row in their_rows] == [list(map(float, row[1:])) for row in rows]


# LaTeX


def test_latex_says_what_it_needs_and_shows_every_word(found):
    snippet = found.to_latex(target="up")
    assert snippet.startswith("% limelight: needs \\usepackage{xcolor}") and "compile with xelatex" in snippet
    boxes = re.findall(r"^|\\limelight\{limelight(\w+)\}\{(\d+)\}\{\\limelight(\w+)\}\{(\w+|😀)\}", snippet)
    boxes = [box for box in boxes if box[3]]
    assert ("raises", "62", "solid", "good") in boxes and ("lowers", "31", "dashed", "bad") in boxes
    assert "\n\n" not in snippet, "a blank line would end the paragraph"
    assert "effect on up: good +0.50, bad" in snippet and "\\ensuremath{-}0.25" in snippet
    assert "any LaTeX" in explain("a good film", lambda texts: [[len(t), 1] for t in texts]).to_latex()


def test_latex_is_balanced_and_nothing_in_a_text_is_a_command(linear):
    snippet = explain(HOSTILE, linear, budget=100).to_latex()
    body = re.sub(r"(?m)^%.*$|%$", "", snippet)
    depth = 0
    for brace in re.findall(r"(?s)\\.|[{}]", body):
        depth += {"{": 1, "}": -1}.get(brace, 0)
        assert depth >= 0
    assert depth == 0
    text = escaped(HOSTILE)
    # every backslash begins one of our own
    commands = set(re.findall(r"\\([a-zA-Z]+|.)", text))
    assert commands <= {"textbackslash", "textasciitilde", "textasciicircum", "textless", "textgreater", "textbar"} | {
        "textasciigrave", "char", "leavevmode", "\\", *"#$%&_{} "
    }  # fmt: skip
    assert not re.search(r"(?<!\\)[#$%&_]|[\^~`|<>\"]|--|''", text)
    assert escaped("a  b\tc") == "a \\ b\\ c" and escaped("a\r\nb") == "a\\leavevmode\\\\{}b"
    assert escaped("\x00\x1b") == "\ufffd\ufffd"


# what a page asks for


@pytest.mark.parametrize("name", FORMATS)
def test_a_page_gets_the_file_that_python_makes(found, name):
    assert "export" in KINDS
    got = answer({"id": "1", "kind": "export", "msg": {"format": name, "target": 1}}, found)
    assert (got["id"], got["kind"]) == ("1", "export-response")
    made = FORMATS[name].make(found, 1, "")
    assert base64.b64decode(got["response"]["data"]) == (made if isinstance(made, bytes) else made.encode())
    assert got["response"]["name"] == f"limelight.{name}" and got["response"]["mime"] == FORMATS[name].mime
    assert len(json.dumps(got)) < 1_000_000


@pytest.mark.parametrize("name", ["svg", "tex"])
def test_a_page_gets_the_picture_in_its_own_language(found, name):
    got = answer({"id": "1", "kind": "export", "msg": {"format": name, "target": 1, "lang": "zh-CN"}}, found)
    assert "提高" in base64.b64decode(got["response"]["data"]).decode()
    got = answer({"id": "1", "kind": "export", "msg": {"format": name, "lang": "klingon"}}, found)
    assert got["kind"] == "export-error" and "lang is 'klingon'" in got["error"]


@pytest.mark.parametrize(
    ("msg", "said"),
    [
        ({"format": "pgn"}, "unknown format 'pgn'.*Did you mean 'png'"),
        ({}, "unknown format None"),
        (["svg"], "unknown format None"),
        ({"format": "svg", "target": "sideways"}, "unknown target 'sideways'"),
    ],
)
def test_a_page_that_asks_nonsense_is_told(found, msg, said):
    got = answer({"id": "1", "kind": "export", "msg": msg}, found)
    assert got["kind"] == "export-error" and re.search(said, got["error"])


def test_what_cannot_be_made_or_sent_is_told(found, monkeypatch):
    ask = lambda name, of=found: answer({"id": "1", "kind": "export", "msg": {"format": name}}, of)  # noqa: E731
    assert "no explanation yet" in ask("svg", None)["error"]
    many = document("a", [(0, 1)], [f"c{i}" for i in range(60_000)], [0.0] * 60_000, weights=[[0.5]] * 60_000,
                    intercepts=[0.5] * 60_000)  # fmt: skip
    assert "write it to a file, with to_json(path)" in ask("json", many)["error"]
    monkeypatch.setattr(Explanation, "to_svg", lambda *args, **options: 1 / 0)
    assert "ZeroDivisionError" in ask("svg")["error"]
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    reasons = {item["name"]: item["reason"] for item in menu()}
    assert reasons["png"] == "needs resvg-py" and not any(reasons[name] for name in reasons if name != "png")


def test_the_widget_answers_a_request_for_a_file(linear):
    widget = Explainer("a good film", linear)
    widget.wait(20)
    sent = []
    widget.send = lambda content, buffers=None: sent.append(content)
    widget._handle_custom_msg({"id": "7", "kind": "export", "msg": {"format": "svg", "target": 0}}, [])
    assert base64.b64decode(sent[0]["response"]["data"]).decode() == widget.explanation.to_svg(target=0)
    assert [item["name"] for item in widget.get_state()["_menu"]["formats"]] == list(FORMATS)
    widget.close()


# a saved notebook

CELLS = [
    "from limelight import Explainer\n"
    "def model(texts):\n    return [[0.5 - 0.4 * ('flat' in t), 0.5 + 0.4 * ('flat' in t)] for t in texts]\n"
    "w = Explainer('the jokes fall <flat>', model, class_names=['yes', 'no'])\nw",
    "w.wait()\nNone",
]


@pytest.fixture(scope="module")
def saved():
    from nbconvert.preprocessors import ExecutePreprocessor

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    ExecutePreprocessor(timeout=120, kernel_name="python3").preprocess(notebook, {})
    return notebook


@pytest.mark.slow
def test_a_saved_notebook_keeps_the_widget_and_its_picture(saved):
    shown, still = saved.cells[0].outputs
    # the widget's own output is anywidget's, with what Colab needs
    assert "application/vnd.jupyter.widget-view+json" in shown.data and "text/html" not in shown.data
    state = saved.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    assert shown.data["application/vnd.jupyter.widget-view+json"]["model_id"] in state
    assert "&lt;</" not in still.data["text/html"] and "effect on P(no)" in still.data["text/html"]
    assert "\\colorbox" in still.data["text/latex"]


def test_with_scripts_stripped_the_words_and_numbers_are_there(saved):
    from nbconvert import HTMLExporter, LatexExporter

    page = HTMLExporter(template_name="basic").from_notebook_node(saved)[0]
    plain = re.sub(r"<script.*?</script>", "", page, flags=re.S)
    (picture,) = re.findall(r'<div class="limelight-still-\w+">(.*?)</details></div></div>', plain, re.S)
    text = re.sub("<[^>]*>", " ", picture)
    assert "the" in text and "flat" in text and "+0.4" in text and "effect on P(no)" in text
    # and in what becomes a PDF
    assert "\\colorbox" in LatexExporter().from_notebook_node(saved)[0]


def test_the_static_picture_speaks_the_language_of_the_widget(linear):
    sent = []
    widget = Explainer("a good film", linear, budget=60, lang="zh")
    widget._picture._handles.append(SimpleNamespace(update=lambda bundle, raw: sent.append(bundle)))
    widget.wait(30)
    assert "对 up 的影响" in sent[-1]["text/html"] and "提高" in sent[-1]["text/latex"]
    widget.lang = "en"
    assert "effect on up" in sent[-1]["text/html"] and "提高" not in sent[-1]["text/latex"]
    before = len(sent)
    widget.lang = "en"
    assert len(sent) == before
    widget.close()


def test_colab_still_finds_its_manager():
    code = (
        "import sys, types\n"
        "colab = types.ModuleType('google.colab'); output = types.ModuleType('google.colab.output')\n"
        "output.enable_custom_widget_manager = lambda: None\n"
        "output._widgets = types.SimpleNamespace(_installed_url='https://colab'); colab.output = output\n"
        "sys.modules |= {'google.colab': colab, 'google.colab.output': output}\n"
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "from IPython.utils.capture import capture_output\n"
        "shell = InteractiveShell.instance()\n"
        "from limelight import Explainer\n"
        "w = Explainer('a b', lambda texts: [[len(t)] for t in texts])\n"
        "from IPython.display import display\n"
        "with capture_output() as got: display(w)\n"
        "own = w._repr_mimebundle_()\n"
        "assert (got.outputs[0].data, got.outputs[0].metadata) == own, (got.outputs[0].data, own)\n"
        "print(len(got.outputs), got.outputs[0].metadata)\n"
    )
    said = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert said.startswith("2 ") and "custom_widget_manager" in said


def test_what_was_explained_before_is_shown_at_once_and_a_change_follows(linear):
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    sent = []
    publish = lambda data, metadata=None, *, transient=None, update=False, **_: sent.append((data, update))  # noqa: E731
    widget = Explainer("a good film", linear)
    widget.wait(20)
    shell.display_pub.publish, before = publish, shell.display_pub.publish
    try:
        shell.display_formatter.format(widget)
        assert len(sent) == 2 and "good" in sent[1][0]["text/html"] and not sent[1][1]
        widget.text = "a bad film"
        widget.wait(20)
        assert sent[-1][1] and "bad" in sent[-1][0]["text/html"]
    finally:
        shell.display_pub.publish = before
        widget.close()


def test_a_file_that_was_taken_away_loads(found, tmp_path):
    form = answer({"id": "1", "kind": "export", "msg": {"format": "json"}}, found)["response"]
    (tmp_path / form["name"]).write_bytes(base64.b64decode(form["data"]))
    assert load(tmp_path / form["name"]) == found
