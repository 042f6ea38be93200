"""The ``limelight`` command: results to stdout, progress and complaints to stderr.

What a command needs is imported when it runs, so that ``--help`` answers at once.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

from limelight import __version__
from limelight.cli.flags import Parser, add_flags, chosen_of, field_flag, fields_typed, greedy, spans_of
from limelight.cli.lines import FAILED, INTERRUPTED, Files, Form, JsonLines, Rows, explain_lines, follow
from limelight.cli.many import EPILOG, corpus_flags, explain_file
from limelight.cli.output import (
    STDOUT,
    chosen_target,
    complain,
    console,
    give,
    named,
    prepare,
    print_json,
    printing,
    progress,
)
from limelight.cli.searches import dream, dream_flags, flip, flip_flags, layers, layers_flags
from limelight.errors import InputError, LimelightError, closest
from limelight.render.exports import FORMATS
from limelight.render.files import writable

if TYPE_CHECKING:
    from limelight.api.options import Options
    from limelight.explanation import Explanation
    from limelight.predictors import Predictor

MISUSED = 2
DEMONSTRATED = 500  # evaluations: a few seconds
WIDE = 160  # cells of a table that goes into a file
EXAMPLE = "It is not a bad film, but the plot never quite comes alive and the jokes fall flat."
# Files that one explanation can be written to; JSON is what is printed.
FILES = {name: form for name, form in FORMATS.items() if name != "json"}


@dataclass(frozen=True)
class Command:
    """What follows ``limelight``.

    Attributes:
        about: in a few words, for the list of commands.
        run: does it, with what was typed; returns the exit status.
        flags: adds what it takes.
        epilog: what its help ends with.
    """

    about: str
    run: Callable[[argparse.Namespace], int]
    flags: Callable[[Parser], None] = lambda parser: None
    epilog: str = ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command.

    Args:
        arguments: those of the command line; None for ``sys.argv``'s.

    Returns:
        The exit status: 0, 1 where an explanation failed, 2 where the command was misused,
        130 after Ctrl-C.
    """
    sys.stdout, sys.stderr = prepare(sys.stdout), prepare(sys.stderr)
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    try:
        if sys.stdout is None:
            raise InputError(
                "stdout is closed. limelight prints there what it finds; leave it open, or send it to /dev/null."
            )
        if not arguments:
            print(_overview(), end="", file=sys.stderr)
            return MISUSED
        name, *rest = arguments
        if name in ("-h", "--help", "--version"):
            with printing():
                print(f"limelight {__version__}\n" if name == "--version" else _overview(), end="")
            return 0
        command = _command(name)
        parser = Parser(
            f"limelight {name}", description=f"{command.about.capitalize()}.", epilog=command.epilog, allow_abbrev=False
        )
        command.flags(parser)
        with printing():  # argparse prints, too
            chosen = parser.parse(rest)
        chosen.parser = parser
        return command.run(chosen)
    except LimelightError as error:
        complain(str(error))
        return MISUSED if isinstance(error, InputError) else FAILED
    except KeyboardInterrupt:
        complain("stopped.")
        return INTERRUPTED
    except BrokenPipeError:
        return FAILED


def _command(name: str) -> Command:
    if name not in COMMANDS:
        what = "option" if name.startswith("-") else "command"
        advice = f'; for a text, write limelight explain "{name}"' if " " in name else ""
        raise InputError(
            f"unknown {what} {name!r}. limelight takes a command first: {', '.join(COMMANDS)}{advice}."
            f"{closest(name, COMMANDS)}"
        )
    return COMMANDS[name]


def _overview() -> str:
    rows = [f"  {name:<9} {command.about}" for name, command in COMMANDS.items()]
    return "\n".join(
        [
            "usage: limelight COMMAND ...",
            "",
            "See what a transformer does with your text.",
            "",
            *rows,
            "",
            "limelight COMMAND --help says what it takes,",
            "limelight --version which limelight this is.",
            "",
        ]
    )


def _input_flags(parser: Parser) -> None:
    from limelight.api.options import Options
    from limelight.predictors.options import Loading

    parser.add_argument("text", nargs="*", help="the text; without one, lines are read from stdin")
    field_flag(parser)
    parser.add_argument("--model", metavar="NAME", help="a Hugging Face id or a folder (default: limelight's own)")
    for cls in (Options, Loading):
        add_flags(parser, cls)
    parser.add_argument("--target", metavar="CLASS", help="class to show, by name or position (default: the predicted)")
    outputs = parser.add_mutually_exclusive_group()
    outputs.add_argument("--json", action="store_true", help="print the explanation as a line of JSON")
    for name, form in FILES.items():
        outputs.add_argument(
            f"--{name}",
            metavar="FILE",
            help=f"write the explanation as {form.title}, and print where; - for stdout; of piped lines {{}} in the "
            "name is the line's number",
        )


def _compare_flags(parser: Parser) -> None:
    from limelight.api.compare import DEFAULT
    from limelight.api.options import Options
    from limelight.methods import METHODS
    from limelight.predictors.options import Loading

    parser.add_argument("text", nargs="*", help="the text; several are put side by side")
    field_flag(parser)
    parser.add_argument(
        "--methods",
        nargs="+",
        action="extend",
        metavar="NAME",
        help=f"ways to explain ({', '.join(METHODS)}); default: {' '.join(DEFAULT)}",
    )
    parser.add_argument(
        "--model", nargs="+", action="extend", metavar="NAME", help="a Hugging Face id or a folder, or several"
    )
    parser.add_argument("--beam", action="store_true", help="also say what share of the best orders each reaches; slow")
    add_flags(parser, Options, without=("method",))
    add_flags(parser, Loading)
    parser.add_argument("--json", action="store_true", help="print the comparison as a line of JSON")


def _explain(chosen: argparse.Namespace) -> int:
    from limelight.api.options import Options

    options, file = chosen_of(Options, chosen), _file(chosen)
    texts = len(chosen.text) + bool(chosen.field)
    if texts > 1:
        raise InputError(
            f"{texts} texts were given. limelight explains one at a time; put a text in quotes, give its fields by "
            "--field, or pipe several, one a line."
        )
    if texts:
        given = fields_typed(chosen) if chosen.field else chosen.text[0]
        return _one(given, chosen, options, lambda found, target: give(found, target, file, chosen.json))
    taken = greedy(chosen.parser, chosen)
    if sys.stdin is None or sys.stdin.isatty():
        raise InputError(
            f"no text was given{taken}. limelight explains a text in quotes, or lines piped to it; give it one."
        )
    if file and "{}" not in file[1]:
        raise InputError(
            f"--{file[0]} {file[1]!r} was asked of piped lines, each of which makes a file. limelight puts the line's "
            f"number in the place of {{}}; write --{file[0]} 'line-{{}}.{file[0]}'."
        )
    lines = iter(sys.stdin.buffer)
    first = next(lines, None)
    if first is None:
        raise InputError(
            f"no text was given, and stdin is empty{taken}. limelight explains a text in quotes, or lines piped to it; "
            "give it one."
        )
    predictor, options = _load(chosen, options)
    form: Form = Rows(chosen.target) if not file and not chosen.json and sys.stdout.isatty() else JsonLines()
    if file:
        form = Files(*file, chosen.target)
    return explain_lines(
        chain([first], lines),
        predictor,
        lambda fields: replace(options, **spans_of(Options, chosen, fields, strict=False)),
        form,
    )


def _file(chosen: argparse.Namespace) -> tuple[str, str] | None:
    """The file that is asked for, its format and path; one that cannot be had is refused before the work."""
    name = next((name for name in FILES if getattr(chosen, name) is not None), None)
    if name is None:
        return None
    path = getattr(chosen, name)
    if path not in STDOUT:
        writable(path.replace("{}", "1"))
    elif name == "png" and sys.stdout.isatty():
        raise InputError(
            f"--png {path} would send bytes to the terminal. limelight writes pixels to a file or a pipe; "
            "name a file, or put `| another command` or `> picture.png` after it."
        )
    if reason := FILES[name].reason:
        raise InputError(f"--{name} {reason}, which is not installed; pip install it, or ask for another file.")
    return name, path


def _one(
    given: object, chosen: argparse.Namespace, options: Options, give: Callable[[Explanation, int | None], None]
) -> int:
    from limelight.api.options import Options
    from limelight.text.fields import check_fields, fields_of

    fields = fields_of(given)
    check_fields(fields)
    spans = spans_of(Options, chosen, fields)
    predictor, options = _load(chosen, options)
    found, ended = follow(fields, predictor, replace(options, **spans))
    give(found, chosen_target(chosen.target, found))
    return 0 if ended else INTERRUPTED


def _load(chosen: argparse.Namespace, options: Options) -> tuple[Predictor, Options]:
    """The model, and the options with classes as the model knows them; a class that it does not have is refused."""
    from limelight.document import position
    from limelight.predictors import load_predictor
    from limelight.predictors.options import Loading

    with progress("loading the model"):
        predictor = load_predictor(chosen.model, chosen_of(Loading, chosen)).among(options.labels)
    if options.contrast:
        options = _contrast(options, predictor)
    elif chosen.target is not None and predictor.targets:
        position(predictor.targets, named(chosen.target, predictor.targets))
    return predictor, options


def _compare(chosen: argparse.Namespace) -> int:
    from limelight.api.compare import DEFAULT, asked
    from limelight.api.options import Options
    from limelight.cli.compared import compare_all, show
    from limelight.predictors.options import Loading
    from limelight.text.fields import fields_of

    if bool(chosen.text) == bool(chosen.field):
        raise InputError(
            f"{'both a text and fields were' if chosen.text else 'no text was'} given{greedy(chosen.parser, chosen)}. "
            "limelight compares on a text in quotes, on several, or on the fields of one; give it one of these."
        )
    texts = [fields_typed(chosen)] if chosen.field else chosen.text
    options, loading = chosen_of(Options, chosen), chosen_of(Loading, chosen)
    options = replace(options, **spans_of(Options, chosen, fields_of(texts[0])))
    with progress("loading the model"):
        contestants = asked(texts, chosen.model or [None], chosen.methods or list(DEFAULT), loading)
    if options.contrast:
        options = _contrast(options, contestants[0].predictor)
    comparison, ended = compare_all(contestants, options, chosen.beam)
    if chosen.json:
        print_json(json.dumps(comparison.to_dict(), ensure_ascii=False, allow_nan=False))
    else:
        show(comparison)
    return INTERRUPTED if not ended else FAILED if comparison.failures else 0


def _contrast(options: Options, predictor: Predictor) -> Options:
    """The options with the classes of a contrast as the model knows them."""
    assert options.contrast is not None
    first, second = (named(str(name), predictor.targets) for name in options.contrast)
    return replace(options, contrast=(first, second))


def _demo(chosen: argparse.Namespace) -> int:
    from limelight.api.options import Options

    def give_and_go_on(found: Explanation, target: int | None) -> None:
        give(found, target, None, False)
        with printing():
            console().print(
                "\nNext:\n"
                '  limelight explain "your own text"\n'
                '  limelight explain "your own text" --model org/model\n'
                '  limelight explain "your own text" --html page.html\n'
                '  limelight compare "your own text"\n'
                "  limelight methods\n"
                'and in a notebook:  from limelight import Explainer; Explainer("your own text")',
                soft_wrap=True,
            )

    chosen.model = chosen.target = None
    return _one(EXAMPLE, chosen, Options(budget=DEMONSTRATED), give_and_go_on)


def _methods(_: argparse.Namespace) -> int:
    from rich.padding import Padding
    from rich.table import Table

    from limelight.api.options import Options
    from limelight.methods import METHODS

    rows = [
        (name, method.title, method.asks, "needed" if method.needs_internals else "–")
        for name, method in METHODS.items()
    ]
    table = Table("method", "title", "asks", "inside", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for row in rows:
        table.add_row(*row)
    with printing():
        out = console(width=None if sys.stdout.isatty() else WIDE)
        if sum(max(map(len, column)) + 2 for column in zip(*rows, strict=True)) <= out.width:
            out.print(table)
        else:  # a name that is to be typed is never cut
            for name, title, asks, inside in rows:
                out.print(name, style="bold")
                out.print(Padding(f"{title} · {asks} · inside: {inside}", (0, 0, 0, 2)))
        out.print(
            f"\n{Options.method} is the default. Where the inside is needed, the method looks into the model, "
            "at gradients or attention; the others only ask it."
        )
    return 0


COMMANDS = {
    "explain": Command(
        "explain a text, or each line of piped text",
        _explain,
        _input_flags,
        "Piped text, one a line, gives a line of JSON for each, on a terminal a row of a table. Exit status: 0; 1 "
        "where an explanation failed; 2 for misuse; 130 after Ctrl-C, which shows what was found so far.",
    ),
    "compare": Command(
        "explain with several methods, models or texts, and examine each",
        _compare,
        _compare_flags,
        "The removal gap says how far apart the prediction runs when the weakest and when the strongest words go "
        "first: the larger, the truer. Exit status: 0; 1 where one failed; 2 for misuse; 130 after Ctrl-C.",
    ),
    "corpus": Command("find which words count in general, over many texts", explain_file, corpus_flags, EPILOG),
    "demo": Command("explain an example with the model that comes along", _demo),
    "flip": Command("look for the fewest words that change the prediction", flip, flip_flags),
    "dream": Command("change a text into what a class looks for", dream, dream_flags),
    "layers": Command("show when a prediction is decided, layer by layer", layers, layers_flags),
    "methods": Command("list the ways to explain", _methods),
}
