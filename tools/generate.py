"""Writes what is declared once into the places that read it: options, units and languages.

    python tools/generate.py           writes them
    python tools/generate.py --check   fails where one is out of date

A block stands between two marks, ``generated from Options, Loading: signature`` and ``end
of generated``, as comments of Python, Markdown or JavaScript. The entries of a docstring that
follows a signature have no marks: they are found by the options' names.
"""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import Field, fields
from pathlib import Path
from typing import Any

from limelight.api.options import Options
from limelight.captions import LANGUAGES
from limelight.corpus.options import Pooling
from limelight.options import meaning
from limelight.predictors.options import Loading
from limelight.text.units import UNITS

ROOT = Path(__file__).parents[1]
CLASSES = {"Options": Options, "Loading": Loading, "Pooling": Pooling}
PATTERNS = ("src/limelight/**/*.py", "*.md", "docs/*.md", "js/src/*.js")
FILES = [path for pattern in PATTERNS for path in ROOT.glob(pattern)]
WIDTH = 120
MARKED = re.compile(
    r"(?P<head>(?P<indent> *)(?:#|<!--|//) generated from (?P<classes>\w+(?:, \w+)*): (?P<kind>\w+)"
    r"(?: without (?P<without>\w+(?:, \w+)*))?[^\n]*\n)"
    r".*?(?P<tail> *(?:#|<!--|//) end of generated[^\n]*\n)",
    re.S,
)


def plain(about: str) -> str:
    """A sentence of Markdown as docstrings write it."""
    return re.sub(r"`([^`]*)`", r"``\1``", about)


def items_of(classes: str, without: str | None) -> list[Field[Any]]:
    """The options of some classes, but for some."""
    left_out = (without or "").split(", ")
    return [item for name in classes.split(", ") for item in fields(CLASSES[name]) if item.name not in left_out]


def collected(names: str, items: list[Field[Any]]) -> list[str]:
    """The lines that put a function's arguments into instances."""
    lines = []
    for name in names.split(", "):
        own = {item.name for item in fields(CLASSES[name])}
        arguments = ", ".join(f"{item.name}={item.name}" for item in items if item.name in own)
        lines.append(f"{name.lower()} = {name}({arguments})")
    return lines


def row(item: Field[Any]) -> str:
    """An option as a row of a table."""
    line = f"| `{item.name}` | `{item.default!r}` | {meaning(item).about} |"
    # as README's code writes them
    return re.sub(r"`[^`]*`", lambda code: code.group().replace("'", '"'), line)


BLOCKS: dict[str, Callable[[str, list[Field[Any]]], list[str]]] = {
    "signature": lambda _, items: [f"{item.name}: {item.type} = {item.default!r}," for item in items],
    "types": lambda _, items: [f"{item.name}: {item.type}" for item in items],
    "collected": collected,
    "table": lambda _, items: ["| option | default | meaning |", "|---|---|---|", *map(row, items)],
}


def tables() -> list[str]:
    """The files of captions in JavaScript, by language."""
    path = "../../src/limelight/captions"
    imports = [f'import {lang} from "{path}/{lang}.json" with {{ type: "json" }};' for lang in LANGUAGES]
    return [*imports, f"const TABLES = {{ {', '.join(LANGUAGES)} }};"]


def opens() -> list[str]:
    """The units in JavaScript that have a finer one."""
    names = ", ".join(f'"{name}"' for name, unit in UNITS.items() if unit.finer)
    return [f"export const OPENS = [{names}];"]


def block(match: re.Match[str]) -> str:
    """A block anew between its marks."""
    if match["kind"] in PLAIN:
        lines = PLAIN[match["kind"]]()
    else:
        lines = BLOCKS[match["kind"]](match["classes"], items_of(match["classes"], match["without"]))
    return match["head"] + "".join(f"{match['indent']}{line}\n" for line in lines) + match["tail"]


PLAIN = {"tables": tables, "opens": opens}


def documented(text: str) -> str:
    """The docstrings of functions with generated signatures, their entries anew."""
    at, parts = 0, []
    for mark in MARKED.finditer(text):
        if mark["kind"] != "signature":
            continue
        items = items_of(mark["classes"], mark["without"])
        names = "|".join(item.name for item in items)
        entries = re.compile(
            rf"(?P<indent> +)(?:{names}): [^\n]*\n(?:(?P=indent) +[^\n]*\n|(?P=indent)(?:{names}): [^\n]*\n)*"
        )
        docstring = re.compile(r" +Args:\n.*?\"\"\"", re.S).search(text, mark.end())
        found = docstring and entries.search(text, docstring.start(), docstring.end())
        if found is None:
            raise SystemExit(f"no entry of {mark['classes']} in the docstring after: {mark['head']}")
        indent = found["indent"]
        filled = (
            textwrap.fill(
                f"{item.name}: {plain(meaning(item).about)}.",
                WIDTH,
                initial_indent=indent,
                subsequent_indent=indent + "    ",
                break_long_words=False,
                break_on_hyphens=False,
            )
            for item in items
        )
        parts += [text[at : found.start()], *(f"{one}\n" for one in filled)]
        at = found.end()
    return "".join([*parts, text[at:]])


def generated(path: Path) -> str:
    """A file with its blocks and entries anew."""
    text = MARKED.sub(block, path.read_text("utf-8"))
    if path.suffix != ".py" or "# generated from " not in text:
        return text
    command = [sys.executable, "-m", "ruff", "format", "--config", str(ROOT / "pyproject.toml"), "-q", "-"]
    return subprocess.run(command, input=documented(text), capture_output=True, text=True, check=True).stdout


def main(arguments: list[str]) -> int:
    """Writes the files, or with ``--check`` says which are out of date."""
    stale = {path: text for path in FILES if (text := generated(path)) != path.read_text("utf-8")}
    if "--check" in arguments:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is out of date: run `make generate`", file=sys.stderr)
        return 1 if stale else 0
    for path, text in stale.items():
        path.write_text(text, "utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
