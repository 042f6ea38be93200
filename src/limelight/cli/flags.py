"""The options of Python as flags of the command, and what to say of one that is not there."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import fields
from typing import Any, NoReturn, TypeVar

from limelight.errors import InputError
from limelight.options import PAIRS, meaning
from limelight.phrasebook import flag_hint
from limelight.text.fields import Field, Spot, spot_of

# Names of texts that have a flag of their own, in the order in which models take them.
FIELDS = ("prompt", "premise", "hypothesis", "question", "context")
SOURCE, SOURCES = "source", "sources"  # the flag of each, and the field of all of them
T = TypeVar("T")
SPAN = ("SPAN", "...")  # how spans are declared: positions, or words of the text
_POSITIONS = re.compile(r"(?:(?P<field>.+):)?(?P<start>\d+):(?P<stop>\d+)")


class Parser(argparse.ArgumentParser):
    """Says what is wrong in limelight's own voice, with a spelling hint."""

    def parse(self, arguments: Sequence[str]) -> argparse.Namespace:
        """What was typed; texts and flags may stand in any order.

        Raises:
            InputError: something that is not there, or makes no sense.
        """
        # what follows -- is text: argparse loses it among flags in any order
        end = arguments.index("--") if "--" in arguments else len(arguments)
        chosen, unknown = self.parse_known_intermixed_args(arguments[:end])
        if "text" in chosen:
            chosen.text += arguments[end + 1 :]
        for given in unknown:
            if given.startswith("-"):
                raise InputError(
                    f"unknown option {given!r}. {self.prog} --help lists those that it takes; write -- before a text "
                    f"that begins with a dash.{flag_hint(given, self._option_string_actions)}"
                )
            raise InputError(
                f"{given!r} was given. {self.prog} takes no text; leave it out, or write limelight explain."
            )
        return chosen

    def error(self, message: str) -> NoReturn:
        """Raises what argparse has to say."""
        what = message.removeprefix("argument ")
        raise InputError(f"{what}. {self.prog} --help says what each option takes; mend that one.")


class Named(argparse.Action):
    """A text under the name of its flag: ``--premise TEXT`` is ``--field premise TEXT``."""

    def __call__(self, parser: Any, chosen: argparse.Namespace, value: Any, flag: str | None = None) -> None:
        chosen.field = [*(chosen.field or []), [(flag or "").lstrip("-"), value]]


def field_flag(parser: Parser) -> None:
    """Adds the flags of an input of several texts."""
    parser.add_argument(
        "--field",
        nargs=2,
        metavar=("NAME", "TEXT"),
        action="append",
        help="a named text, instead of the one text: give it for each field that the model takes",
    )
    for name in FIELDS:
        parser.add_argument(f"--{name}", metavar="TEXT", dest="field", action=Named, help=f"as --field {name} TEXT")
    about = "a source of the answer; give it for each"
    parser.add_argument(f"--{SOURCE}", metavar="TEXT", dest="field", action=Named, help=about)


def fields_typed(chosen: argparse.Namespace) -> dict[str, str | list[str]]:
    """The texts of an input by their names; its sources, which come first in a prompt, as a list.

    Raises:
        InputError: one was given twice.
    """
    sources = [text for name, text in chosen.field if name == SOURCE]
    named = [(name, text) for name, text in chosen.field if name != SOURCE]
    given = dict(named)
    if len(given) < len(named) or (sources and SOURCES in given):
        raise InputError("a field was given twice. Each --field takes a name of its own; rename one.")
    # a model takes them in this order, however they were typed
    if given.keys() <= set(FIELDS):
        given = {name: given[name] for name in FIELDS if name in given}
    return {SOURCES: sources, **given} if sources else {**given}


def add_flags(parser: argparse.ArgumentParser, cls: type, without: Sequence[str] = ()) -> None:
    """Adds the options of a class that can be typed.

    What is given is not checked here, nor against argparse's ``choices``: the class refuses
    what makes no sense, with a spelling hint.
    """
    for item in fields(cls):
        declared = meaning(item)
        if not declared.flag or item.name in without:
            continue
        about = declared.about.replace("`", "").replace("%", "%%")
        if declared.names is not None:
            about += f" ({', '.join(declared.names())})"
        if declared.flag == SPAN:
            about += "; words as they stand in the text, or START:STOP, with several fields NAME:START:STOP"
        about += f"; default: {item.default}" if item.default not in (None, False, True, ()) else ""
        form: dict[str, Any] = {"metavar": declared.flag[0]}
        if declared.flag == ("",):
            form = {"action": argparse.BooleanOptionalAction if item.default else "store_true"}
        elif declared.flag[-1] == "...":
            form |= {"action": "extend", "nargs": "+"}
        elif len(declared.flag) > 1:
            form = {"nargs": len(declared.flag), "metavar": declared.flag}
        elif declared.flag == ("N",):
            form["type"] = number
        parser.add_argument(_flag(item.name), default=argparse.SUPPRESS, help=about, **form)


def chosen_of(cls: type[T], chosen: argparse.Namespace, without: Sequence[str] = ()) -> T:
    """An instance of a class of options with what was typed, but for spans, which are within a text.

    Raises:
        InputError: something makes no sense.
    """
    declared = [item for item in fields(cls) if meaning(item).flag != SPAN and item.name in chosen]  # type: ignore[arg-type]
    declared = [item for item in declared if item.name not in without]
    return cls(
        **{
            item.name: _pairs(item.name, given) if meaning(item).flag == PAIRS else given
            for item in declared
            for given in [getattr(chosen, item.name)]
        }
    )


def _pairs(name: str, given: Sequence[str]) -> dict[str, Any]:
    """A dict of what was typed as ``name=value``."""
    pairs: dict[str, Any] = {}
    for one in given:
        key, sign, value = one.partition("=")
        if not sign:
            raise InputError(
                f"{_flag(name)} {one!r} has no value. limelight takes NAME=VALUE, as in {_flag(name)} "
                "max_new_tokens=30; write it so."
            )
        pairs[key] = {"true": True, "false": False}.get(value.lower(), number(value))
    return pairs


def spans_of(cls: Any, chosen: argparse.Namespace, inputs: Sequence[Field], strict: bool = True) -> dict[str, Any]:
    """The options that are spans of a text, as they were typed.

    Args:
        cls: the class of options.
        chosen: what was typed.
        inputs: the fields of the text.
        strict: whether words that stand nowhere are an error; else there is no span for them.

    Raises:
        InputError: words that stand nowhere.
    """
    names = [item.name for item in fields(cls) if meaning(item).flag == SPAN and item.name in chosen]
    return {
        name: [spot for given in getattr(chosen, name) for spot in _spots(name, given, inputs, strict)]
        for name in names
    }


def _spots(name: str, given: str, inputs: Sequence[Field], strict: bool) -> list[Spot]:
    if positions := _POSITIONS.fullmatch(given):
        edges = int(positions["start"]), int(positions["stop"])
        return [edges if positions["field"] is None else (positions["field"], *edges)]
    words = re.escape(given)
    # whole words where there are some; in Chinese there is nothing between them
    found = _found(rf"(?<!\w){words}(?!\w)", inputs) or _found(words, inputs)
    if strict and not found:
        raise InputError(
            f"{_flag(name)} {given!r} stands nowhere in the text. limelight takes words as they stand there, or "
            "START:STOP, positions from the first character on; copy the words from the text."
        )
    return found


def _found(pattern: str, inputs: Sequence[Field]) -> list[Spot]:
    """Where a pattern stands."""
    return [
        spot_of((at, match.start(), match.end()), inputs)
        for at, field in enumerate(inputs)
        for match in re.finditer(pattern, field.text)
    ]


def greedy(parser: argparse.ArgumentParser, chosen: argparse.Namespace) -> str:
    """Which flags took several words, among which a text may be: `` (--contrast took 'a' and 'b')``, or nothing."""
    taken = [
        f"{action.option_strings[0]} took {' and '.join(map(repr, given))}"
        for action in parser._actions
        if action.nargs in (2, "+")
        and isinstance(given := getattr(chosen, action.dest, None), list)
        and given
        and all(isinstance(one, str) for one in given)
    ]
    return f" ({'; '.join(taken)})" if taken else ""


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def number(given: str) -> int | float | str:
    """A number where it is one; what is none is for the class to refuse."""
    for kind in (int, float):
        with suppress(ValueError):
            return kind(given)
    return given
