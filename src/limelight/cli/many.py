"""``limelight corpus``: which words in general, over the texts of a file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from limelight.cli.flags import Parser, add_flags, chosen_of
from limelight.cli.lines import INTERRUPTED
from limelight.cli.output import complain, console, printing
from limelight.errors import InputError, visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from limelight.corpus.run import Progress
    from limelight.corpus.tables import Tables

EPILOG = (
    "Writes Parquet into the folder while it goes on; stopped or killed, the same command goes on where it was. Exit "
    "status: 0; 1 where the model or the disk failed; 2 for misuse; 130 after Ctrl-C."
)
SHOWN = 5  # words that raise each target, and that lower it
WIDE = 160  # cells of a table that goes into a file


def corpus_flags(parser: Parser) -> None:
    """Adds what ``limelight corpus`` takes."""
    from limelight.corpus.options import Pooling
    from limelight.predictors.options import Loading

    parser.add_argument("path", nargs="?", help="a file or files of Parquet, CSV, JSON lines or lines of text")
    parser.add_argument("--out", metavar="FOLDER", help="where the result is written; a job there goes on")
    parser.add_argument("--model", metavar="NAME", help="a Hugging Face id or a folder (default: limelight's own)")
    parser.add_argument(
        "--least", metavar="N", type=int, default=5, help="texts that a word that is shown stands in (default: 5)"
    )
    for cls in (Pooling, Loading):
        add_flags(parser, cls)


def explain_file(chosen: argparse.Namespace) -> int:
    """Runs ``limelight corpus``; returns the exit status."""
    from limelight.corpus.begin import begun
    from limelight.corpus.options import Pooling
    from limelight.corpus.tables import Tables
    from limelight.predictors.options import Loading

    if chosen.path is None or chosen.out is None:
        missing = "a path of texts" if chosen.path is None else "--out"
        raise InputError(
            f"{missing} is not given. limelight corpus takes a file of texts and a folder for the result; write "
            "limelight corpus texts.csv --out effects."
        )
    out = Path(chosen.out)
    steps = begun(chosen.path, chosen.model, out, chosen_of(Pooling, chosen), chosen_of(Loading, chosen))
    try:
        with counting() as tell:
            for step in steps:
                tell(step)
    except KeyboardInterrupt:
        steps.close()  # type: ignore[attr-defined]
        complain(f"stopped. What was done is in {chosen.out}; the same command goes on from there.")
        return INTERRUPTED
    show(Tables(out), chosen.least)
    return 0


@contextmanager
def counting() -> Iterator[Callable[[Progress], None]]:
    """A bar on stderr while the work lasts: texts, texts a second, time left; not there where nobody looks."""
    from rich import progress as rich
    from rich.console import Console

    screen = Console(stderr=True)
    if not screen.is_terminal:
        yield lambda step: None
        return
    columns = (
        rich.TextColumn("{task.description}", markup=False),
        rich.BarColumn(bar_width=20 if screen.width >= 70 else 8),
        rich.TextColumn("{task.fields[told]}", markup=False),
    )
    with rich.Progress(*columns, console=screen, transient=True, redirect_stdout=False) as bar:
        task = bar.add_task("loading the model", total=None, told="")

        def tell(step: Progress) -> None:
            size = "" if step.size is None else f" of {step.size:,}"
            told = f"{step.texts:,}{size} texts · {step.speed:,.0f}/s"
            if step.left is not None and step.state == "running":
                told += f" · {_span(step.left)} left"
            if step.failed:
                told += f" · {step.failed:,} failed"
            bar.update(task, description=step.state, total=step.size, completed=step.texts, told=told)

        yield tell


def _span(seconds: float) -> str:
    """How long something takes, in few words."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def show(corpus: Tables, least: int) -> None:
    """Prints the strongest words of each target, and where the rest is."""
    from rich.table import Table

    progress = corpus.progress
    with printing():
        out = console(width=None if sys.stdout.isatty() else WIDE)
        for target in corpus.targets:
            frame = corpus.words(target, least=least)
            table = Table("word", "effect", "±", "texts", "raises in", box=None, pad_edge=False, padding=(0, 2, 0, 0))
            for column in table.columns[1:]:
                column.justify = "right"
            raising, lowering = frame[frame.effect > 0][:SHOWN], frame[frame.effect < 0][:SHOWN]
            for row in (*raising.itertuples(), *lowering.itertuples()):
                numbers = f"{row.effect:+.3f}", f"{(row.high - row.low) / 2:.3f}", f"{row.texts:,}"
                table.add_row(visible(row.word), *numbers, f"{row.share_raises:.0%}")
            out.print(visible(target), style="bold")
            out.print(table)
            out.print()
        failed = f", {progress.failed:,} of them failed" if progress.failed else ""
        out.print(
            f"{progress.texts:,} texts{failed} · {progress.evaluations:,} evaluations · {visible(str(corpus.out))}"
        )
