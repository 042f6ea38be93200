"""Searches and layers on a terminal: what would flip a prediction, and when it is decided."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from limelight.captions import captions
from limelight.cli.flags import Parser, add_flags, chosen_of, field_flag, fields_typed, greedy, spans_of
from limelight.cli.lines import INTERRUPTED, latest_of
from limelight.cli.output import console, named, print_json, printing, progress
from limelight.errors import InputError, visible

if TYPE_CHECKING:
    from rich.text import Text

    from limelight.api.options import Options
    from limelight.predictors import Predictor
    from limelight.search.base import Flip, Flips
    from limelight.text.fields import Field

STRONGEST = 5  # neurons that are told of on a terminal


def flip_flags(parser: Parser) -> None:
    """Adds what ``limelight flip`` takes."""
    from limelight.api.flip import BUDGET

    _input_flags(parser)
    parser.add_argument("--into", metavar="CLASS", help="what is to be predicted instead (default: anything else)")
    parser.add_argument("--target", metavar="CLASS", help="what is to be flipped, of several things that are predicted")
    parser.add_argument("--budget", metavar="N", type=int, default=BUDGET, help=f"evaluations; default: {BUDGET}")
    parser.add_argument("--proposer", metavar="NAME", help="a language model whose words are tried, and which judges")
    _option_flags(parser)


def flip(chosen: argparse.Namespace) -> int:
    """Runs ``limelight flip``."""
    from limelight.api.flip import flips
    from limelight.search.telling import record_of

    fields, predictor, options = _asked(chosen, "flip")
    known = predictor.targets
    into, target = (None if one is None else named(one, known) for one in (chosen.into, chosen.target))
    search = flips(fields, predictor, options, into=into, target=target, budget=chosen.budget, proposer=chosen.proposer)
    start = time.monotonic()
    found, ended = latest_of(search, "looking for what would flip it")
    if chosen.json:
        print_json(json.dumps(record_of(found, fields, time.monotonic() - start), ensure_ascii=False))
    else:
        show(found, fields)
    return 0 if ended else INTERRUPTED


def layers_flags(parser: Parser) -> None:
    """Adds what ``limelight layers`` takes."""
    _input_flags(parser)
    _option_flags(parser)


def layers(chosen: argparse.Namespace) -> int:
    """Runs ``limelight layers``."""
    from limelight.api.layers import NEURONS, layers_of
    from limelight.render.display import one_line
    from limelight.render.numbers import number

    fields, predictor, options = _asked(chosen, "layers")
    found = layers_of(fields, predictor, options, NEURONS if chosen.json else STRONGEST)
    if chosen.json:
        print_json(json.dumps(found.to_dict(), ensure_ascii=False, allow_nan=False))
        return 0
    heads = [visible(one_line(str(target))) for target in found.targets]
    wide, cells = max(map(len, found.names)), [max(5, len(head)) for head in heads]
    rows = [("", heads), *((name, list(map(number, row))) for name, row in zip(found.names, found.whole, strict=True))]
    with printing():
        for at, (name, row) in reversed(list(enumerate(rows, -1))):
            here = "  decided here" if at == found.decided() else ""
            line = "  ".join(f"{text:>{cell}}" for text, cell in zip(row, cells, strict=True))
            print(f"{name:<{wide}}  {line}{here}".rstrip())
        print("\nEarly layers were not trained to be read: trust them least.")
        if found.neurons:
            told = (f"{one.layer} {one.index} ({number(one.effect, 2, True)})" for one in found.neurons)
            print(f"Neurons that move {heads[int(found.whole[-1].argmax())]} most, up or down: {', '.join(told)}")
    return 0


def dream_flags(parser: Parser) -> None:
    """Adds what ``limelight dream`` takes."""
    from limelight.api.dream import BUDGET

    parser.add_argument("text", nargs="*", help="the text to begin with (default: any words)")
    parser.add_argument("--model", metavar="NAME", help="a Hugging Face id or a folder (default: limelight's own)")
    parser.add_argument("--target", metavar="CLASS", help="what is wanted (default: what is predicted)")
    parser.add_argument("--neuron", metavar="N", type=int, nargs=2, help="what is wanted, as its layer and its number")
    parser.add_argument("--budget", metavar="N", type=int, default=BUDGET, help=f"evaluations; default: {BUDGET}")
    parser.add_argument("--banned", metavar="WORD", nargs="+", action="extend", default=[], help="words not to be used")
    parser.add_argument("--proposer", metavar="NAME", help="a language model whose words are tried, and which judges")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="which words are tried first")


def dream(chosen: argparse.Namespace) -> int:
    """Runs ``limelight dream``."""
    from limelight.api.dream import dreams
    from limelight.predictors import load_predictor
    from limelight.predictors.options import Loading
    from limelight.render.numbers import number

    chosen.field = None
    start = _one(chosen, "dream")[0].text if chosen.text else None
    with progress("loading the model"):
        predictor = load_predictor(chosen.model, Loading())
    target = chosen.target
    if chosen.neuron is not None:
        target = tuple(chosen.neuron)
    elif target is not None and predictor.targets:
        target = named(target, predictor.targets)
    given = {"budget": chosen.budget, "banned": chosen.banned, "proposer": chosen.proposer, "seed": chosen.seed}
    found, ended = latest_of(dreams(predictor, target, start=start, **given), "looking for what it wants")
    with printing():
        for one in found:
            print(visible(f"{number(one.score)}  {one.changed:>3}  {one.text}"))
        what = f"P({found.target})" if found.probability else found.target
        print(visible(f"\n{what}, words changed, text; {found.evaluations:,} evaluations"))
    return 0 if ended else INTERRUPTED


def _input_flags(parser: Parser) -> None:
    parser.add_argument("text", nargs="*", help="the text")
    field_flag(parser)
    parser.add_argument("--model", metavar="NAME", help="a Hugging Face id or a folder (default: limelight's own)")


def _option_flags(parser: Parser) -> None:
    from limelight.api.flip import LEFT_OUT
    from limelight.api.options import Options
    from limelight.predictors.options import Loading

    add_flags(parser, Options, without=LEFT_OUT)
    add_flags(parser, Loading)
    parser.add_argument("--json", action="store_true", help="print what was found as a line of JSON")


def _asked(chosen: argparse.Namespace, command: str) -> tuple[tuple[Field, ...], Predictor, Options]:
    """The input, the model and the options that were typed."""
    from limelight.api.flip import LEFT_OUT
    from limelight.api.options import Options
    from limelight.predictors import load_predictor
    from limelight.predictors.options import Loading

    fields = _one(chosen, command)
    options = replace(chosen_of(Options, chosen, LEFT_OUT), **spans_of(Options, chosen, fields))
    with progress("loading the model"):
        return fields, load_predictor(chosen.model, chosen_of(Loading, chosen)), options


def _one(chosen: argparse.Namespace, command: str) -> tuple[Field, ...]:
    """The one input that was typed."""
    from limelight.text.fields import check_fields, fields_of

    count = len(chosen.text) + bool(chosen.field)
    if count != 1:
        raise InputError(
            f"{count} texts were given{greedy(chosen.parser, chosen)}. limelight {command} takes one text in quotes, "
            "or its fields by --field; give it that."
        )
    fields = fields_of(fields_typed(chosen) if chosen.field else chosen.text[0])
    check_fields(fields)
    return fields


def show(flips: Flips, fields: Sequence[Field]) -> None:
    """Prints each way with what is proven of it, the text with its edits, and the scores on the way."""
    from rich.padding import Padding
    from rich.text import Text

    from limelight.render.display import one_line
    from limelight.render.numbers import number
    from limelight.search.telling import heading, path_of

    out, say = console(), captions()
    with printing():
        for one in flips:
            for indent, line in (
                (0, Text(heading(one, say), "dim")),
                *((0, line) for line in differences(one, fields)),
                (2, Text(f"{one_line(one.target)} {number(one.score)} · {_facts(one)}")),
                (2, Text(f"{one_line(flips.source)} {path_of(one)}", "dim")),
                (0, Text()),
            ):
                if out.is_terminal:
                    out.print(Padding(line, (0, 0, 0, indent)), overflow="fold")
                else:
                    print(visible((" " * indent + line.plain).rstrip()), file=out.file)
        for sentence in flips.said:
            out.print(visible(sentence))
        out.print(f"{flips.evaluations:,} evaluations, {flips.proofs:,} more for proofs", style="dim")


def _facts(one: Flip) -> str:
    from limelight.render.numbers import number
    from limelight.search.telling import counts

    say = captions()
    reads = [] if one.fluency is None else [say("flipReads", share=number(one.fluency))]
    return " · ".join([counts(one.edits, say), *reads])


def differences(flip: Flip, fields: Sequence[Field]) -> Iterator[Text]:
    """Yields each field that changes with its edits: what goes in brackets with a minus, what comes with a plus."""
    from rich.text import Text

    from limelight.render.display import one_line

    for at, edits in groupby(flip.edits, key=lambda edit: edit.place[0]):
        text, line, end = fields[at].text, Text(), 0
        for edit in edits:
            _, start, stop = edit.place
            line.append(visible(text[end:start]))
            if stop > start:
                line.append(f"[-{visible(text[start:stop])}-]", "red strike")
            if stop > start and edit.text:
                line.append(" ")
            if edit.text:
                line.append(f"{{+{visible(edit.text.rstrip())}+}}", "bold blue underline")
            line.append(edit.text[len(edit.text.rstrip()) :])
            end = stop
        line.append(visible(text[end:]))
        if len(fields) > 1:
            line = Text(f"{visible(one_line(fields[at].name))}: ").append(line)
        yield line
