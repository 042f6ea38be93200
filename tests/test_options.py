"""An option is declared once: what reads its field, and what is written from it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, fields
from pathlib import Path

import pytest

from limelight.api.options import Options
from limelight.errors import InputError
from limelight.options import Meaning, check_all, meaning, names_of, option
from limelight.predictors.options import Loading

ROOT = Path(__file__).parents[1]
SRC = ROOT / "src" / "limelight"


def _check(value: object) -> None:
    if value != "good":
        raise InputError(f"mood is {value!r}. limelight takes 'good'; cheer up.")


@dataclass(frozen=True)
class Moods:
    mood: str = option("good", "how one feels, `'good'`", _check, flag=("NAME",))

    def __post_init__(self) -> None:
        check_all(self)


def test_a_field_knows_what_it_means_and_is_checked():
    (item,) = fields(Moods)
    assert meaning(item) == Meaning("how one feels, `'good'`", _check, flag=("NAME",))
    assert Moods().mood == "good" and names_of(Moods, Loading) == ("mood", *names_of(Loading))
    with pytest.raises(InputError, match="mood is 'bad'"):
        Moods("bad")


@pytest.mark.parametrize("cls", [Options, Loading])
def test_every_option_says_what_it_means_and_its_default_makes_sense(cls):
    for item in fields(cls):
        declared = meaning(item)
        declared.check(item.default)
        assert declared.about and not declared.about.endswith(".") and isinstance(item.type, str), item.name
        if declared.names is not None:
            assert item.default in declared.names()
    assert len(set(names_of(Options, Loading))) == len(fields(Options)) + len(fields(Loading))


def test_what_is_generated_is_fresh():
    done = subprocess.run([sys.executable, "tools/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


FIELD = """
    patience: int = option(
        3, "how often to ask again, `0` for never", _check_patience, flag=("N",), page=True
    )
"""
CHECK = """
def _check_patience(times: object) -> None:
    if not is_whole(times, 0):
        raise InputError(f"patience is {shown(times)}. limelight takes a whole number; write patience=3.")


@dataclass(frozen=True)
class Options"""
ASKED = """
import inspect
from limelight import Explainer, compare, explain
from limelight.api.options import Options
from limelight.cli.command import main
from limelight.errors import InputError
from limelight.options import names_of

model = lambda texts: [[float(len(text)), 1.0] for text in texts]
assert "patience" in names_of(Options) and Options().patience == 3
for function in (explain, compare, Explainer):
    signature = inspect.signature(function).parameters["patience"]
    assert (signature.default, signature.annotation) == (3, "int"), function
    documented = (inspect.getdoc(function) or "") + (function.__init__.__doc__ or "")
    assert "patience: how often to ask again, ``0`` for never." in documented
    try:
        function("a b", model, patience=-1)
    except InputError as error:
        assert "patience is -1" in str(error)
    else:
        raise AssertionError(function)
assert explain("a b", model, patience=5).weights is not None
widget = Explainer("a b", model, patience=5, budget=10)
assert widget.patience == 5 and widget.has_trait("patience")
widget.wait(30)
try:
    main(["explain", "--help"])
except SystemExit:
    pass
"""


@pytest.mark.slow
def test_an_option_is_one_field_that_a_person_writes(tmp_path):
    """In a copy of the house: one field more, `make generate`, and all that takes options takes it."""
    copy = tmp_path / "house"
    shutil.copytree(SRC, copy / "src" / "limelight", ignore=shutil.ignore_patterns("weights", "__pycache__"))
    for name in ("tools", "docs"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("*.png"))
    for path in (ROOT / "pyproject.toml", *ROOT.glob("*.md")):
        shutil.copy(path, copy)
    options = copy / "src" / "limelight" / "api" / "options.py"
    source = options.read_text("utf-8")
    before, after = source.split("\n    def __post_init__", 1)
    checked = before.replace("\n\n@dataclass(frozen=True)\nclass Options", "\n" + CHECK, 1)
    options.write_text(f"{checked}{FIELD}\n    def __post_init__{after}", "utf-8")

    def run(*command):
        surroundings = os.environ | {"PYTHONPATH": str(copy / "src")}
        return subprocess.run([sys.executable, *command], cwd=copy, env=surroundings, capture_output=True, text=True)

    stale = run("tools/generate.py", "--check")
    assert stale.returncode == 1 and "explain.py is out of date" in stale.stderr, stale.stderr
    assert run("tools/generate.py").returncode == 0 and run("tools/generate.py", "--check").returncode == 0
    done = run("-c", ASKED)
    assert done.returncode == 0, done.stderr
    assert "--patience N" in done.stdout and "how often to ask again, 0 for never" in " ".join(done.stdout.split())
    row = "| `patience` | `3` | how often to ask again, `0` for never |"
    assert row in (copy / "docs" / "reference.md").read_text("utf-8")
    assert "patience: int" in (copy / "src" / "limelight" / "widget" / "traits.py").read_text("utf-8")
