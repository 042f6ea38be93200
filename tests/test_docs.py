"""The documentation: links lead somewhere, blocks of Python run, commands are such, pages are found."""

from __future__ import annotations

import ast
import importlib.util
import re
import shlex
import subprocess
import sys
import tomllib
import unicodedata
from pathlib import Path

import pytest

from limelight import phrasebook
from limelight.api.options import Options
from limelight.cli import command as cli
from limelight.cli.flags import Parser
from limelight.methods import METHODS
from limelight.options import names_of
from limelight.predictors.options import Loading

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.glob("*.md")])
NOT_RUN = re.compile(r"<!-- not run: (.+) -->")
BLOCK = re.compile(r"(?P<before>[^\n]*)\n(?P<indent> *)```(?P<lang>\w*)\n(?P<code>.*?)\n *```", re.S)
LINK = re.compile(r"!?\[[^\]]*\]\((?P<to>[^)\s]+)\)")
name_of = lambda path: str(path.relative_to(ROOT))  # noqa: E731


def blocks(page: Path, *langs: str) -> list[tuple[str, bool]]:
    """The code of a page in some languages, and whether it is to be run."""
    found = BLOCK.finditer(page.read_text("utf-8"))
    return [
        (re.sub(f"^{one['indent']}", "", one["code"], flags=re.M), NOT_RUN.search(one["before"]) is None)
        for one in found
        if one["lang"] in langs
    ]


def prose(page: Path) -> str:
    return re.sub(r"`[^`\n]+`", "", re.sub(r"^ *```.*?^ *```", "", page.read_text("utf-8"), flags=re.S | re.M))


def anchors(page: Path) -> set[str]:
    """What a heading is called in an address, by GitHub and by Python-Markdown alike, for headings in Latin letters."""
    titles = re.findall(r"^#+ (.+)$", re.sub(r"^ *```.*?^ *```", "", page.read_text("utf-8"), flags=re.S | re.M), re.M)
    plain = (unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower() for title in titles)
    return {re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", title).strip()) for title in plain}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page):
    for match in LINK.finditer(prose(page)):
        to, _, anchor = match["to"].partition("#")
        if re.match(r"https?:", to):
            continue
        target = (page.parent / to).resolve() if to else page
        assert target.is_file(), f"{name_of(page)}: {match['to']}"
        # the site has the folder docs and nothing else
        assert page.parent == ROOT or target.is_relative_to(DOCS), match["to"]
        if anchor:
            assert anchor in anchors(target), match["to"]


def test_every_page_is_in_the_list_of_pages_and_the_other_way_round():
    def leaves(entries):
        for entry in entries:
            for value in entry.values():
                yield from [value] if isinstance(value, str) else leaves(value)

    listed = list(leaves(tomllib.loads((ROOT / "zensical.toml").read_text("utf-8"))["project"]["nav"]))
    assert sorted(listed) == sorted(page.name for page in DOCS.glob("*.md")) and len(set(listed)) == len(listed)


def test_every_picture_is_shown_and_described():
    shown = {
        (page.parent / match["to"]).resolve()
        for page in PAGES
        for match in LINK.finditer(prose(page))
        if match.group().startswith("!")
    }
    assert {*DOCS.glob("**/*.png")} <= shown | {DOCS / "lab-dark.png"}
    assert not re.search(r"!\[\]", "".join(map(prose, PAGES)))


def test_the_door_is_short():
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 150
    assert len((ROOT / "README.zh.md").read_text("utf-8").splitlines()) <= 150


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_block_of_python_is_python(page):
    for code, _ in blocks(page, "python"):
        compile(code, name_of(page), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


def test_few_blocks_are_not_run_and_each_says_why():
    every = [(page, run) for page in PAGES for _, run in blocks(page, "python")]
    assert sum(run for _, run in every) > 2 * sum(not run for _, run in every)


def promised(code: str) -> list[tuple[str, object]]:
    """Expressions that a comment gives the value of: ``f(x).features  # ("a", "b")``."""
    lines, found = code.split("\n"), []
    for node in ast.parse(code).body:
        comment = lines[node.end_lineno - 1][node.end_col_offset :].strip()
        if isinstance(node, ast.Expr) and comment.startswith("# ("):
            try:
                found.append((ast.unparse(node), ast.literal_eval(comment[2:])))
            except (ValueError, SyntaxError):  # a shape such as (k, d), or words
                continue
    return found


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if any(run for _, run in blocks(page, "python"))], ids=name_of)
def test_every_block_of_python_runs(page, tmp_path, monkeypatch):
    from ipywidgets import Widget

    monkeypatch.chdir(tmp_path)
    (tmp_path / "strange.ipynb").write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    names: dict[str, object] = {"__name__": "page", "text": "Not a bad film.", "other": "Not a good film."}
    try:
        for code, run in blocks(page, "python"):
            if run:
                exec(compile(code, name_of(page), "exec"), names)
                for expression, value in promised(code):
                    assert eval(expression, names) == value, expression
        for widget in list(names.values()):
            if isinstance(widget, Widget):
                widget.wait(60)
                assert widget.status == "done", widget.error
    finally:
        Widget.close_all()


def test_what_a_comment_promises_is_looked_at():
    assert promised("f(1).g  # (1, 'a')\nh()  # (k, d): all\nx = 2  # (3,)") == [("f(1).g", (1, "a"))]


def commands(page: Path) -> list[list[str]]:
    """The words after ``limelight`` of each command of a page."""
    found = []
    for lang in ("sh", "console"):
        for line in "\n".join(code for code, _ in blocks(page, lang)).split("\n"):
            if lang == "console" and not line.startswith("$ "):  # what is printed
                continue
            for part in line.removeprefix("$ ").split(" | "):
                if part.startswith("limelight "):
                    words = shlex.split(part, comments=True)
                    found.append(words[1 : words.index(">") if ">" in words else None])
    return found


@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=name_of)
def test_every_command_is_one(page):
    for name, *rest in commands(page):
        parser = Parser(f"limelight {name}")
        cli.COMMANDS[name].flags(parser)
        parser.parse(rest)


def test_the_pages_tell_of_every_option_and_method():
    reference, methods = ((DOCS / f"{name}.md").read_text("utf-8") for name in ("reference", "methods"))
    assert all(f"| `{name}` |" in reference for name in names_of(Options, Loading))
    assert all(f'| `"{name}"` |' in methods for name in METHODS)
    told = (DOCS / "command.md").read_text("utf-8")
    assert all(f"limelight {name}" in told for name in cli.COMMANDS)


def test_words_of_other_packages_are_those_that_get_a_hint():
    told = (DOCS / "coming-from.md").read_text("utf-8")
    rows = [row.split("|")[1] for row in re.findall(r"^\| `.*", told, re.M)]
    known = {*phrasebook.KEYWORDS, *phrasebook.ATTRIBUTES, *phrasebook.NAMES}
    for row in rows:
        words = re.findall(r"`\.?(\w+)", row)
        assert not words or known & set(words) or re.search(r"shap\.|baselines", row), row


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("zensical") is None, reason="needs the extra docs: make docs")
def test_the_site_is_built_with_its_reference_and_asks_nobody(tmp_path):
    command = [sys.executable, "-m", "zensical", "build", "--clean", "--strict"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    site = ROOT / "build" / "site"
    assert {page.stem for page in site.glob("*.html")} == {page.stem for page in DOCS.glob("*.md")} | {"404"}
    reference = (site / "python.html").read_text("utf-8")
    assert "model evaluations to spend" in reference and 'id="limelight.Explainer"' in reference
    for page in site.glob("*.html"):
        assert not re.search(r'<(?:script|link|img)[^>]+(?:src|href)="https?:', page.read_text("utf-8")), page
