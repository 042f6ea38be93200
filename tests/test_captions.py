"""One file a language: the same captions in each, said alike by Python and by the page."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

from limelight import Explanation, explain
from limelight.captions import LANGUAGES, Captions, Note, captions, note
from limelight.document.schema import _plain
from limelight.errors import InputError
from limelight.methods import METHODS
from limelight.text.units import UNITS
from tests.conftest import document
from tests.test_house import JS, ROOT, SRC, modules

FILES = {path.stem: path for path in (SRC / "captions").glob("*.json")}
TABLES = {lang: json.loads(path.read_text("utf-8")) for lang, path in FILES.items()}


def forms(template: str | dict[str, str]) -> list[str]:
    return [template] if isinstance(template, str) else list(template.values())


def places(template: str | dict[str, str]) -> set[str]:
    found = {frozenset(re.findall(r"\{(\w+)\}", form)) for form in forms(template)}
    assert len(found) == 1, template
    return set(next(iter(found)))


@pytest.mark.parametrize("lang", sorted(FILES))
def test_every_language_says_the_same_things_of_the_same_things(lang):
    english, table = TABLES["en"], TABLES[lang]
    assert list(table) == list(english), "the same captions in the same order, so that files can be read side by side"
    for caption, template in table.items():
        assert places(template) == places(english[caption]), caption
        assert isinstance(template, str) or set(template) == {"one", "other"}, caption
        assert all(re.sub(r"\{\w+\}", "", form).count("{") == 0 for form in forms(template)), caption
        assert all(forms(template)), caption
    assert table["lang"].split("-")[0] == lang and lang in LANGUAGES


def test_no_key_stands_twice_in_a_file():
    for path in FILES.values():
        pairs: list[str] = []
        json.loads(
            path.read_text("utf-8"), object_pairs_hook=lambda found, pairs=pairs: pairs.extend(k for k, _ in found)
        )
        keys = [key for key in pairs if key not in ("one", "other")]
        assert len(keys) == len(set(keys)), path


def test_what_is_registered_is_named_in_every_language():
    for name, method in METHODS.items():
        assert TABLES["en"][f"method.{name}"] == method.title
    for table in TABLES.values():
        assert all(f"unit.{name}" in table for name in UNITS)


def test_whatever_python_says_has_a_caption_and_every_place_of_it_a_value():
    calls = []
    for path in modules():
        source = path.read_text("utf-8")
        # the terminal's own `say` prints
        names = {"SAY"} if "def say(" in source else {"say", "self.say"}
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {*names, "note"} and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    caption = f"warning.{first.value}" if ast.unparse(node.func) == "note" else str(first.value)
                    calls.append((caption, {one.arg for one in node.keywords}))
                elif isinstance(first, ast.JoinedStr):
                    calls.append((first.values[0].value, {one.arg for one in node.keywords}))
    assert len(calls) > 20
    for caption, given in calls:
        members = [key for key in TABLES["en"] if key == caption or (caption.endswith(".") and key.startswith(caption))]
        assert members, caption
        for key in members:
            # None stands for what is handed on
            assert None in given or places(TABLES["en"][key]) <= given, key


def test_no_caption_is_said_by_nobody():
    sources = [path.read_text("utf-8") for path in [*modules(), *JS.glob("src/**/*.js")]]
    said = set(re.findall(r"[\w.]+", " ".join(re.findall(r"[\"'`][\w.${} ]+?[\"'`.]", " ".join(sources)))))
    for caption in TABLES["en"]:
        group = caption.partition(".")[0]
        assert caption in said or group in said or f"{group}." in said, caption


SCALES = ["probability", "attention", "value", "logit", "log-odds", "mine"]
REMOVED = [(["word"], "delete"), (["word", "mine", "word"], "mask"), ([], "mine"), (["word"], "")]
SCRIPT = f"""
import {{ CAPTIONS }} from "{(JS / "src/captions.js").as_uri()}";
const values = JSON.parse(process.argv[1]);
const told = Object.values(CAPTIONS).map((say) => ({{
  plain: Object.keys(values).map((caption) => say(caption, values[caption])),
  quantities: {json.dumps(SCALES)}.map((scale) => say.quantity(scale, "x")),
  effects: ["probability", "attention", "value", "mine"].map((scale) => say.effect(scale, "x")),
  removals: {json.dumps(REMOVED)}.map((one) => say.removal(...one)),
  methods: ["lime", "mine"].map((name) => say.of("method", name, "Its title")),
}}));
console.log(JSON.stringify(Object.fromEntries(Object.keys(CAPTIONS).map((lang, at) => [lang, told[at]]))));
"""


def said(say: Captions, values: dict[str, dict[str, str | int]]) -> dict[str, list[str]]:
    return {
        "plain": [say(caption, **given) for caption, given in values.items()],
        "quantities": [say.quantity(scale, "x") for scale in SCALES],
        "effects": [say.effect(scale, "x") for scale in ("probability", "attention", "value", "mine")],
        "removals": [say.removal(*one) for one in REMOVED],
        "methods": [say.of("method", name, "Its title") for name in ("lime", "mine")],
    }


@pytest.mark.parametrize("count", [0, 1, 2, 12_345_678])
def test_python_and_the_page_say_every_caption_alike(count):
    values = {caption: dict.fromkeys(places(form), "{a} $& \\1") for caption, form in TABLES["en"].items()}
    for given in values.values():
        given |= {"count": count} if "count" in given else {}
    node = [shutil.which("node"), "--input-type=module", "--eval", SCRIPT, json.dumps(values)]
    page = json.loads(subprocess.run(node, capture_output=True, check=True, text=True).stdout)
    assert page == {lang: said(captions(lang), values) for lang in LANGUAGES}


def test_a_sentence_in_spanish():
    say = captions("es-MX")
    assert say.removal(["word"], "delete") == "borrado de palabras" and say.removal([], "mask") == "enmascarado"
    assert [say("evaluations", count=count) for count in (1, 1412)] == ["1 evaluación", "1,412 evaluaciones"]
    assert say.effect("logit", "malo") == "efecto sobre logit de malo"


@pytest.mark.slow
def test_a_language_is_one_file_that_a_person_writes(tmp_path):
    """In a copy of the house: one file more, `make generate js`, and all that speaks speaks it."""
    copy = tmp_path / "house"
    shutil.copytree(SRC, copy / "src/limelight", ignore=shutil.ignore_patterns("weights", "__pycache__"))
    shutil.copytree(JS, copy / "js", ignore=shutil.ignore_patterns("node_modules"))
    (copy / "js/node_modules").symlink_to(JS / "node_modules")
    shutil.copytree(ROOT / "tools", copy / "tools")
    shutil.copy(ROOT / "pyproject.toml", copy)
    table = TABLES["es"] | {"lang": "pt", "hide": "Esconder", "raises": "aumenta"}
    (copy / "src/limelight/captions/pt.json").write_text(json.dumps(table), "utf-8")

    def run(*command, at="."):
        surroundings = os.environ | {"PYTHONPATH": str(copy / "src")}
        done = subprocess.run(command, cwd=copy / at, env=surroundings, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    run(sys.executable, "tools/generate.py")
    run("node", "build.mjs", at="js")
    assert "Esconder" in (copy / "src/limelight/static/widget.js").read_text("utf-8")
    code = """
from limelight import Explainer, explain
scores = lambda texts: [[len(t), 1.0] for t in texts]
widget = Explainer("a b", scores, lang="pt-BR")
widget.wait(20)
print(widget.lang, "aumenta" in explain("a b", scores).to_svg(lang="pt"))
widget.close()
"""
    assert run(sys.executable, "-c", code).split() == ["pt-BR", "True"]
    speak = 'import { captions } from "./src/captions.js"; console.log(captions("", "pt-PT")("hide"))'
    assert run("node", "--input-type=module", "-e", speak, at="js").strip() == "Esconder"


def test_a_note_is_said_in_the_readers_language_by_python_and_by_the_page():
    found = explain("a b c", lambda texts: [[0.25, 0.75]] * len(texts))
    assert found.warnings == (
        "The model gives the same answer whatever is removed from this text, so nothing has a weight.",
    )
    again = Explanation.from_dict(json.loads(json.dumps(found.to_dict())))
    assert again == found and again.warnings[0].code == "same"
    spanish = TABLES["es"]["warning.same"]
    assert all(
        spanish in "".join(ET.fromstring(one.to_svg(lang="es")).itertext()).replace("\n", " ") for one in (found, again)
    )
    many = note("many", count=3600, units="word", most=2000, coarser_units="sentence")
    odd = {"code": "of tomorrow", "values": {"x": 1}, "text": "Something else."}
    notes = ["as of old", _plain(many), odd, {**_plain(many), "values": {}}, {**odd, "code": "__proto__"}]
    code = f'''import {{ CAPTIONS }} from "{(JS / "src/captions.js").as_uri()}";
    const say = (lang) => JSON.parse(process.argv[1]).map(CAPTIONS[lang].told);
    console.log(JSON.stringify(Object.fromEntries(Object.keys(CAPTIONS).map((lang) => [lang, say(lang)]))));'''
    node = [shutil.which("node"), "--input-type=module", "--eval", code, json.dumps(notes)]
    page = json.loads(subprocess.run(node, capture_output=True, check=True, text=True).stdout)
    read = [one if isinstance(one, str) else Note(one["text"], one["code"], one["values"]) for one in notes]
    assert page == {lang: [captions(lang).told(one) for one in read] for lang in LANGUAGES}
    assert page["es"][1].startswith("El texto tiene 3,600 palabras") and page["es"][2:] == [
        odd["text"],
        many,
        odd["text"],
    ]


@pytest.mark.parametrize(
    "broken",
    [{"code": "same"}, {"code": 1, "values": {}, "text": ""}, {"code": "", "values": {"a": [1]}, "text": ""}, 3],
)
def test_a_note_that_is_none_is_refused(broken):
    made = document("a", [(0, 1)], ["x"], [0.5]).to_dict()
    with pytest.raises(InputError, match="warnings is "):
        Explanation.from_dict(made | {"warnings": [broken]})
