"""What the command prints: results to stdout, progress and complaints to stderr."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

from limelight.errors import CONTROL, LimelightError, visible
from limelight.render.exports import FORMATS
from limelight.render.files import written

if TYPE_CHECKING:
    from rich.console import Console

    from limelight.explanation import Explanation

STDOUT = ("-", "/dev/stdout")  # what stdout is called where a file is asked for


def prepare(stream: TextIO | None) -> TextIO | None:
    """A stream of ours, so that all that is printed arrives, or an error does.

    Files and pipes get UTF-8 wherever we run; a sign that a terminal cannot show is escaped, not an error.
    """
    # PYTHONUNBUFFERED, as in many containers: what a full disk takes only in part would pass for written
    raw = getattr(stream, "buffer", None)
    if isinstance(raw, io.RawIOBase):
        stream = io.TextIOWrapper(io.BufferedWriter(raw), line_buffering=True)
    reconfigure = getattr(stream, "reconfigure", None)
    if stream is not None and reconfigure is not None:
        reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")
    return stream


def complain(sentence: str) -> None:
    """Says on stderr what is wrong."""
    if sys.stderr is None:  # closed; print would take stdout
        return
    try:
        print(f"limelight: {visible(sentence)}", file=sys.stderr)
    except OSError:
        _discard(sys.stderr)


@contextmanager
def printing() -> Iterator[None]:
    """Has what is printed leave before the block ends: Python would try at its own end, too late to say that it failed.

    Raises:
        BrokenPipeError: whoever read stdout has closed it (`| head`).
        LimelightError: stdout takes nothing more, as where a disk is full.
    """
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except OSError as error:
        _discard(sys.stdout)
        if isinstance(error, BrokenPipeError):
            raise
        raise LimelightError(
            f"stdout does not take the result ({error.strerror or error}). limelight prints what it finds; "
            "make room there, or send it elsewhere."
        ) from error


def _discard(stream: TextIO) -> None:
    """Has what is left in a stream go nowhere: Python flushes it at its end, and would fail again."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextmanager
def progress(what: str) -> Iterator[Callable[[str, Explanation], None]]:
    """A bar on stderr while the work lasts; gone afterwards, and not there at all where nobody looks."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    if not console.is_terminal:  # not rich's `disable`: before 14.3 it writes a line break in the end all the same
        yield lambda what, latest: None
        return
    wide = console.width >= 60
    columns = (
        TextColumn("{task.description}", markup=False),
        *([BarColumn(bar_width=20)] if wide else []),
        TextColumn("{task.fields[spent]}"),
    )
    with Progress(
        *columns,
        TimeElapsedColumn(),
        console=console,
        transient=True,
        redirect_stdout=False,  # results must not end up on stderr
    ) as progress:
        task = progress.add_task(what, total=None, spent="")

        def tell(what: str, latest: Explanation) -> None:
            spent = f"{latest.evaluations:,} of {latest.budget:,}{' evaluations' if wide else ''}"
            progress.update(task, description=what, total=latest.budget, completed=latest.evaluations, spent=spent)

        yield tell


def give(explanation: Explanation, target: int | None, file: tuple[str, str] | None, as_json: bool) -> None:
    """Prints an explanation, or writes it to a file and prints where.

    Args:
        explanation: the explanation.
        target: position of the class to show; None for what is shown first.
        file: its format, one of ``FORMATS``, and its path, or one of ``STDOUT``.
        as_json: as a line of JSON.
    """
    if as_json:
        print_json(explanation.to_json())
    elif file:
        name, path = file
        content = FORMATS[name].make(explanation, target, "")
        data = content.encode() if isinstance(content, str) else content
        with printing():
            if path not in STDOUT:
                written(data, path)
                print(path)
            elif isinstance(content, str) and sys.stdout.isatty():
                print(visible(content))
            else:
                sys.stdout.buffer.write(data)
    else:
        from limelight.render.terminal import show

        with printing():
            part, at = explanation.chosen(target)
            show(part, console(), at, explanation)


def chosen_target(typed: str | None, explanation: Explanation) -> int | None:
    """Position of the class to show: the one that was typed; else None, for what is shown first."""
    return None if typed is None else explanation.index(named(typed, explanation.targets))


def named(typed: str, targets: Sequence[str]) -> str | int:
    """A class by its name, or else by position: a class can be called "1"."""
    by_position = typed not in targets and typed.lstrip("-").isdecimal()
    return int(typed) if by_position else typed


def print_json(document: str) -> None:
    """Prints a line of JSON."""
    # it may hold control characters as they are, and stdout may be a terminal; escaped they read back the same
    with printing():
        print(CONTROL.sub(lambda match: f"\\u{ord(match.group()):04x}", document))


def console(width: int | None = None) -> Console:
    """Where to print what has colours."""
    from rich.console import Console

    # what we print is never markup: a text may hold "[red]"
    return Console(highlight=False, markup=False, emoji=False, width=width)
