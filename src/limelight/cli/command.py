"""The ``limelight`` command: results to stdout, progress and complaints to stderr.

What a command needs is imported when it runs, so that ``--help`` answers at once.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from limelight import __version__
from limelight.cli.flags import add_flags, chosen_of
from limelight.cli.lines import FAILED, INTERRUPTED, explain_lines, follow
from limelight.cli.output import STDOUT, complain, console, give, prepare, printing, progress
from limelight.errors import InputError, LimelightError
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
        with printing():  # argparse prints, too
            chosen = _parser(arguments).parse_args(arguments)
        status: int = chosen.run(chosen)
        return status
    except LimelightError as error:
        complain(str(error))
        return MISUSED if isinstance(error, InputError) else FAILED
    except KeyboardInterrupt:
        complain("stopped.")
        return INTERRUPTED
    except BrokenPipeError:
        return FAILED


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="limelight", description="See what a transformer does with your text.", allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"limelight {__version__}")

    def nothing(_: argparse.Namespace) -> int:
        parser.print_help(sys.stderr)
        return MISUSED

    parser.set_defaults(run=nothing)
    commands = parser.add_subparsers(title="commands", metavar="command")
    explain = commands.add_parser(
        "explain",
        help="explain a text, or each line of piped text as a line of JSON",
        description="Explains what a model makes of a text. Piped text, one a line, gives JSON lines.",
        epilog="Exit status: 0; 1 where an explanation failed; 2 for misuse; 130 after Ctrl-C, which shows what was "
        "found so far.",
        allow_abbrev=False,
    )
    explain.set_defaults(run=_explain)
    if "explain" in arguments:
        _add_options(explain)  # these look into the registries, which need numpy
    demo = commands.add_parser("demo", help="explain an example with the model that comes along")
    demo.set_defaults(run=_demo)
    methods = commands.add_parser("methods", help="list the ways to explain")
    methods.set_defaults(run=_methods)
    return parser


def _add_options(parser: argparse.ArgumentParser) -> None:
    from limelight.api.options import Options
    from limelight.predictors.options import Loading

    parser.add_argument("text", nargs="*", help="the text; without one, lines are read from stdin")
    parser.add_argument(
        "--field",
        nargs=2,
        metavar=("NAME", "TEXT"),
        action="append",
        help="a named text, instead of the one text: give it for each field that the model takes",
    )
    parser.add_argument("--model", metavar="NAME", help="a Hugging Face id or a folder (default: limelight's own)")
    for cls in (Options, Loading):
        add_flags(parser, cls)
    parser.add_argument("--target", metavar="CLASS", help="class to show, by name or position (default: the predicted)")
    outputs = parser.add_mutually_exclusive_group()
    outputs.add_argument("--json", action="store_true", help="print the explanation as a line of JSON")
    for name, form in FILES.items():
        outputs.add_argument(
            f"--{name}", metavar="FILE", help=f"write the explanation as {form.title}, and print where; - for stdout"
        )


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
        given = dict(chosen.field) if chosen.field else chosen.text[0]
        if chosen.field and len(given) < len(chosen.field):
            raise InputError("a field was given twice. Each --field takes a name of its own; rename one.")
        return _one(given, chosen, options, lambda found, target: give(found, target, file, chosen.json))
    if sys.stdin is None or sys.stdin.isatty():
        raise InputError("no text was given. limelight explains a text in quotes, or lines piped to it; give it one.")
    if file:
        raise InputError(
            f"--{file[0]} was asked of piped lines, which give JSON lines. Leave it out, or give one text in quotes."
        )
    lines = iter(sys.stdin.buffer)
    first = next(lines, None)
    if first is None:
        taken = f" (--contrast took {options.contrast[0]!r} and {options.contrast[1]!r})" if options.contrast else ""
        raise InputError(
            f"no text was given, and stdin is empty{taken}. limelight explains a text in quotes, or lines piped to it; "
            "give it one."
        )
    predictor, options = _load(chosen, options)
    return explain_lines(chain([first], lines), predictor, options)


def _file(chosen: argparse.Namespace) -> tuple[str, str] | None:
    """The file that is asked for, its format and path; one that cannot be had is refused before the work."""
    name = next((name for name in FILES if getattr(chosen, name) is not None), None)
    if name is None:
        return None
    path = getattr(chosen, name)
    if path not in STDOUT:
        writable(path)
    elif name == "png" and sys.stdout.isatty():
        raise InputError(
            f"--png {path} would send bytes to the terminal. limelight writes pixels to a file or a pipe; "
            "name a file, or put `| another command` or `> picture.png` after it."
        )
    if reason := FILES[name].reason:
        raise InputError(f"--{name} {reason}, which is not installed; pip install it, or ask for another file.")
    return name, path


def _one(given: object, chosen: argparse.Namespace, options: Options, give: Callable[[Explanation, int], None]) -> int:
    from limelight.text.fields import check_fields, fields_of

    fields = fields_of(given)
    check_fields(fields)
    predictor, options = _load(chosen, options)
    found, ended = follow(fields, predictor, options)
    target = None if chosen.target is None else _named(chosen.target, found.targets)
    give(found, found.index(target))
    return 0 if ended else INTERRUPTED


def _load(chosen: argparse.Namespace, options: Options) -> tuple[Predictor, Options]:
    """The model, and the options with classes as the model knows them; a class that it does not have is refused."""
    from limelight.document import position
    from limelight.predictors import load_predictor
    from limelight.predictors.options import Loading

    with progress("loading the model"):
        predictor = load_predictor(chosen.model, chosen_of(Loading, chosen))
    if options.contrast:
        first, second = (_named(str(name), predictor.targets) for name in options.contrast)
        options = replace(options, contrast=(first, second))
    elif chosen.target is not None and predictor.targets:
        position(predictor.targets, _named(chosen.target, predictor.targets))
    return predictor, options


def _named(given: str, targets: Sequence[str]) -> str | int:
    """A class by its name, or else by position: a class can be called "1"."""
    by_position = given not in targets and given.lstrip("-").isdecimal()
    return int(given) if by_position else given


def _demo(chosen: argparse.Namespace) -> int:
    from limelight.api.options import Options

    def give_and_go_on(found: Explanation, target: int) -> None:
        give(found, target, None, False)
        with printing():
            console().print(
                "\nNext:\n"
                '  limelight explain "your own text"\n'
                '  limelight explain "your own text" --model org/model\n'
                '  limelight explain "your own text" --html page.html\n'
                "  limelight methods\n"
                'and in a notebook:  from limelight import Explainer; Explainer("your own text")',
                soft_wrap=True,
            )

    chosen.model = chosen.target = None
    return _one(EXAMPLE, chosen, Options(budget=DEMONSTRATED), give_and_go_on)


def _methods(_: argparse.Namespace) -> int:
    from rich.table import Table

    from limelight.api.options import Options
    from limelight.methods import METHODS

    table = Table("method", "title", "asks", "inside", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name, method in METHODS.items():
        table.add_row(name, method.title, method.asks, "needed" if method.needs_internals else "–")
    with printing():
        out = console(width=None if sys.stdout.isatty() else WIDE)
        out.print(table)
        out.print(
            f"\n{Options.method} is the default. Where the inside is needed, the method looks into the model, "
            "at gradients or attention; the others only ask it."
        )
    return 0
