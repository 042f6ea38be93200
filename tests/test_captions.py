"""One file a language: the same captions in each, said alike by Python and by the page."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import limelight
from limelight.captions import LANGUAGES, Captions, captions
from limelight.methods import METHODS
from limelight.text.units import UNITS
from tests.test_house import JS, modules

FILES = {path.stem: path for path in (Path(limelight.__file__).parent / "captions").glob("*.json")}
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
            if isinstance(node, ast.Call) and ast.unparse(node.func) in names and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    calls.append((str(first.value), {one.arg for one in node.keywords}))
                elif isinstance(first, ast.JoinedStr):
                    calls.append((first.values[0].value, {one.arg for one in node.keywords}))
    assert len(calls) > 20
    for caption, given in calls:
        members = [key for key in TABLES["en"] if key == caption or (caption.endswith(".") and key.startswith(caption))]
        assert members, caption
        for key in members:
            assert places(TABLES["en"][key]) <= given, key


def test_no_caption_is_said_by_nobody():
    sources = [path.read_text("utf-8") for path in [*modules(), *JS.glob("src/**/*.js")]]
    said = set(re.findall(r"[\w.]+", " ".join(re.findall(r"[\"'`][\w.${} ]+?[\"'`.]", " ".join(sources)))))
    for caption in TABLES["en"]:
        group = caption.partition(".")[0]
        assert caption in said or group in said or f"{group}." in said, caption


SCALES = ["probability", "attention", "value", "logit", "log-odds", "mine"]
SCRIPT = f"""
import {{ CAPTIONS }} from "{(JS / "src/captions.js").as_uri()}";
const values = JSON.parse(process.argv[1]);
const told = Object.values(CAPTIONS).map((say) => ({{
  plain: Object.keys(values).map((caption) => say(caption, values[caption])),
  quantities: {json.dumps(SCALES)}.map((scale) => say.quantity(scale, "x")),
  effects: ["probability", "attention", "value", "mine"].map((scale) => say.effect(scale, "x")),
  removals: [[["word"], "delete"], [["word", "mine", "word"], "mask"], [[], "mine"]].map((one) => say.removal(...one)),
  methods: ["lime", "mine"].map((name) => say.of("method", name, "Its title")),
}}));
console.log(JSON.stringify(Object.fromEntries(Object.keys(CAPTIONS).map((lang, at) => [lang, told[at]]))));
"""


def said(say: Captions, values: dict[str, dict[str, str | int]]) -> dict[str, list[str]]:
    return {
        "plain": [say(caption, **given) for caption, given in values.items()],
        "quantities": [
            say.quantity(scale, "x") for scale in ("probability", "attention", "value", "logit", "log-odds", "mine")
        ],
        "effects": [say.effect(scale, "x") for scale in ("probability", "attention", "value", "mine")],
        "removals": [
            say.removal(*one) for one in ((["word"], "delete"), (["word", "mine", "word"], "mask"), ([], "mine"))
        ],
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
