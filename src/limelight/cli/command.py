"""The ``limelight`` command: results to stdout, progress and complaints to stderr.

What a command needs is imported when it runs, so that ``--help`` answers at once.
"""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import fields, replace
from itertools import chain
from typing import TYPE_CHECKING

from limelight import __version__
from limelight.cli.output import STDOUT, complain, console, give, prepare, print_json, printing, progress
from limelight.errors import InputError, LimelightError, quoted
from limelight.render.files import FORMATS, writable

if TYPE_CHECKING:
    from limelight.api.explain import Options
    from limelight.explanation import Explanation
    from limelight.predictors import Predictor

log = logging.getLogger("limelight")

FAILED, MISUSED, INTERRUPTED = 1, 2, 130
DEMONSTRATED = 500  # evaluations: a few seconds
WIDE = 160  # cells of a table that goes into a file
EXAMPLE = "It is not a bad film, but the plot never quite comes alive and the jokes fall flat."
# Files that one explanation can be written to; JSON is what is printed.
FILES = {name: form for name, form in FORMATS.items() if name != "json"}
# What to say of each of `limelight.api.explain.Options`; names and defaults are found there and in the registries.
OPTIONS = {
    "method": "how to explain, see `limelight methods`",
    "unit": "what a feature is",
    "masker": "how a feature is taken out of the text",
    "scale": "what weights are measured in",
    "budget": "model evaluations to spend; auto: until the answer is settled",
    "time_budget": "seconds after which the answer so far is given",
    "contrast": "why class A rather than class B",
    "seed": "of every random choice: same seed, same answer",
}


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
        return chosen.run(chosen)
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
    parser.set_defaults(run=lambda _: parser.print_help(sys.stderr) or MISUSED)
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
    from limelight.api.explain import Options
    from limelight.masking.game import MASKERS
    from limelight.methods import METHODS
    from limelight.scales import SCALES
    from limelight.text.units import UNITS

    # not argparse's `choices`: Options refuses what is unknown, with a spelling hint
    registries = {"method": METHODS, "unit": UNITS, "masker": MASKERS, "scale": {"auto": None, **SCALES}}
    parser.add_argument("text", nargs="*", help="the text; without one, lines are read from stdin")
    parser.add_argument("--model", metavar="NAME", help="a Hugging Face id or a folder (default: limelight's own)")
    for item in fields(Options):
        if item.name not in OPTIONS:
            continue  # spans of the text: nothing to type
        said = OPTIONS[item.name]
        if item.name in registries:
            said += ": " + ", ".join(registries[item.name])
        parser.add_argument(
            "--" + item.name.replace("_", "-"),
            default=argparse.SUPPRESS,
            help=said + (f" (default: {item.default})" if item.default is not None else ""),
            **_form(item.name, item.name in registries),
        )
    parser.add_argument("--target", metavar="CLASS", help="class to show, by name or position (default: the predicted)")
    outputs = parser.add_mutually_exclusive_group()
    outputs.add_argument("--json", action="store_true", help="print the explanation as a line of JSON")
    for name, form in FILES.items():
        outputs.add_argument(
            f"--{name}", metavar="FILE", help=f"write the explanation as {form.title}, and print where; - for stdout"
        )


def _form(name: str, named: bool) -> dict:
    """How an option is written."""
    if name == "contrast":
        return {"nargs": 2, "metavar": ("A", "B")}
    return {"metavar": "NAME"} if named else {"metavar": "N", "type": _number}


def _number(given: str) -> int | float | str:
    """A number where it is one; what is none is for Options to refuse."""
    for kind in (int, float):
        with suppress(ValueError):
            return kind(given)
    return given


def _explain(chosen: argparse.Namespace) -> int:
    from limelight.api.explain import Options

    options = Options(**{item.name: getattr(chosen, item.name) for item in fields(Options) if item.name in chosen})
    file = _file(chosen)
    if len(chosen.text) > 1:
        raise InputError(
            f"{len(chosen.text)} texts were given. limelight explains one at a time; put a text in quotes, "
            "or pipe several, one a line."
        )
    if chosen.text:
        return _one(chosen.text[0], chosen, options, lambda found, target: give(found, target, file, chosen.json))
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
    return _lines(chain([first], lines), chosen, options)


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


def _one(text: str, chosen: argparse.Namespace, options: Options, give: Callable[[Explanation, int], None]) -> int:
    from limelight.text.checks import check_text

    check_text(text)
    predictor, options = _load(chosen, options)
    found, ended = _follow(text, predictor, options)
    # of a contrast the first is what was asked for, however the scores are
    target = 0 if found.contrast and chosen.target is None else _named(chosen.target, found.targets)
    give(found, found.index(target))
    return 0 if ended else INTERRUPTED


def _lines(stream: Iterable[bytes], chosen: argparse.Namespace, options: Options) -> int:
    """Explains line by line; a line that fails says so in its place, and the rest go on."""
    predictor, options = _load(chosen, options)
    failed = at = 0
    for at, line in enumerate(stream, 1):
        line = line.removesuffix(b"\n").removesuffix(b"\r")
        ended = True
        try:
            found, ended = _follow(_decoded(line), predictor, options, f"line {at:,} · ")
            document = found.to_json()
        except Exception as error:
            failed += 1
            document = json.dumps(
                {"text": line.decode(errors="replace"), "error": _sentence(error)}, ensure_ascii=False
            )
        print_json(document)
        if not ended:
            return INTERRUPTED
    if failed:
        complain(f'{failed:,} of {at:,} lines failed; their JSON says why, under "error".')
    return FAILED if failed else 0


def _decoded(line: bytes) -> str:
    try:
        return line.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"the line is not UTF-8 (byte 0x{line[error.start]:02x} at position {error.start}). limelight reads UTF-8; "
            "convert the file first, for example with iconv."
        ) from error


def _sentence(error: Exception) -> str:
    if isinstance(error, LimelightError):
        return str(error)
    log.error("an explanation failed", exc_info=error)
    return f"limelight failed on this text ({quoted(error)}). Please report it."


def _load(chosen: argparse.Namespace, options: Options) -> tuple[Predictor, Options]:
    """The model, and the options with classes as the model knows them; a class that it does not have is refused."""
    from limelight.explanation import position
    from limelight.predictors import as_predictor

    with progress("loading the model"):
        predictor = as_predictor(chosen.model)
    if options.contrast:
        options = replace(options, contrast=tuple(_named(name, predictor.targets) for name in options.contrast))
    elif chosen.target is not None and predictor.targets:
        position(predictor.targets, _named(chosen.target, predictor.targets))
    return predictor, options


def _named(given: str | None, targets: Sequence[str]) -> str | int | None:
    """A class by its name, or else by position: a class can be called "1"."""
    by_position = given is not None and given not in targets and given.lstrip("-").isdecimal()
    return int(given) if by_position else given


def _follow(text: str, predictor: Predictor, options: Options, where: str = "") -> tuple[Explanation, bool]:
    """The explanation, and whether it came to its end; Ctrl-C gives the best so far.

    Raises:
        KeyboardInterrupt: there is nothing yet that could be given.
    """
    from limelight.api.explain import steps

    latest = None
    try:
        with _interrupts() as interrupted, progress(f"{where}asking the model") as tell:
            for step in steps(text, predictor, options):
                if step is not None:
                    latest = step
                    tell(where + latest.title, latest)
                if interrupted.is_set():
                    if latest is None:
                        raise KeyboardInterrupt
                    return latest, False
    except KeyboardInterrupt:
        if latest is None:
            raise
        return latest, False
    return latest, True


@contextmanager
def _interrupts() -> Iterator[threading.Event]:
    """Set by Ctrl-C, which raises as ever: an exception is lost where it meets a destructor, or a library eats it."""
    interrupted, mine = threading.Event(), threading.current_thread() is threading.main_thread()

    def heard(number, frame):
        interrupted.set()
        signal.default_int_handler(number, frame)

    before = signal.signal(signal.SIGINT, heard) if mine else None
    try:
        yield interrupted
    finally:
        if mine:
            signal.signal(signal.SIGINT, before or signal.SIG_DFL)


def _demo(chosen: argparse.Namespace) -> int:
    from limelight.api.explain import Options

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

    from limelight.api.explain import Options
    from limelight.methods import METHODS

    table = Table("method", "title", "asks", "inside", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name, method in METHODS.items():
        table.add_row(name, method.title, method.asks, "needed" if method.needs_inside else "–")
    with printing():
        out = console(width=None if sys.stdout.isatty() else WIDE)
        out.print(table)
        out.print(
            f"\n{Options.method} is the default. Where the inside is needed, the method looks into the model, "
            "at gradients or attention; the others only ask it."
        )
    return 0
