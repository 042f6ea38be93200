"""The options of Python as flags of the command."""

from __future__ import annotations

import argparse
from contextlib import suppress
from dataclasses import fields
from typing import Any, TypeVar

from limelight.options import meaning

T = TypeVar("T")


def add_flags(parser: argparse.ArgumentParser, cls: type) -> None:
    """Adds the options of a class that can be typed.

    What is given is not checked here, nor against argparse's ``choices``: the class refuses
    what makes no sense, with a spelling hint.
    """
    for item in fields(cls):
        declared = meaning(item)
        if not declared.flag:
            continue
        about = declared.about.replace("`", "").replace("%", "%%")
        if declared.names is not None:
            about += f" ({', '.join(declared.names())})"
        about += f"; default: {item.default}" if item.default not in (None, False) else ""
        form: dict[str, Any] = {"metavar": declared.flag[0]}
        if declared.flag == ("",):
            form = {"action": "store_true"}
        elif declared.flag[-1] == "...":
            form["action"] = "append"
        elif len(declared.flag) > 1:
            form = {"nargs": len(declared.flag), "metavar": declared.flag}
        elif declared.flag == ("N",):
            form["type"] = number
        parser.add_argument(_flag(item.name), default=argparse.SUPPRESS, help=about, **form)


def chosen_of(cls: type[T], chosen: argparse.Namespace) -> T:
    """An instance of a class of options with what was typed.

    Raises:
        InputError: something makes no sense.
    """
    given = {item.name: getattr(chosen, item.name) for item in fields(cls) if item.name in chosen}  # type: ignore[arg-type]
    return cls(**given)


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def number(given: str) -> int | float | str:
    """A number where it is one; what is none is for the class to refuse."""
    for kind in (int, float):
        with suppress(ValueError):
            return kind(given)
    return given
