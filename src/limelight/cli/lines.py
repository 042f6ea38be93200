"""Explanations one after the other, each to its end or to Ctrl-C."""

from __future__ import annotations

import json
import logging
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from limelight.cli.output import chosen_target, complain, console, give, print_json, printing, progress
from limelight.errors import InputError, LimelightError, quoted

if TYPE_CHECKING:
    from limelight.api.options import Options
    from limelight.explanation import Explanation
    from limelight.predictors import Predictor
    from limelight.render.terminal import Palette
    from limelight.text.fields import Field

log = logging.getLogger("limelight")

T = TypeVar("T")
Tell = Callable[[str, "Explanation"], None]

FAILED, INTERRUPTED = 1, 130  # exit statuses


class Form(Protocol):
    """How lines are answered."""

    said: str  # where a line that failed says why

    def give(self, at: int, explanation: Explanation) -> None:
        """Answers a line, by its number."""

    def refuse(self, at: int, line: str, sentence: str) -> None:
        """Says in the place of a line why it has no explanation."""


class JsonLines:
    """A line of JSON for each, for programs."""

    said = 'their JSON says why, under "error"'

    def give(self, at: int, explanation: Explanation) -> None:
        print_json(explanation.to_json())

    def refuse(self, at: int, line: str, sentence: str) -> None:
        from limelight.text.fields import ONLY

        print_json(json.dumps({"fields": [{"name": ONLY, "text": line}], "error": sentence}, ensure_ascii=False))


class Rows:
    """A row of a table for each, for a terminal.

    Args:
        target: the class to show as it was typed, or None for the predicted one.
    """

    said = "the table says why"

    def __init__(self, target: str | None) -> None:
        self._target = target
        self._palette: Palette | None = None

    def give(self, at: int, explanation: Explanation) -> None:
        from limelight.render.terminal import Palette, show_row

        self._palette = self._palette or Palette.of(console())  # the terminal is asked once
        with printing():
            part, shown = explanation.chosen(chosen_target(self._target, explanation))
            show_row(part, console(), part.index(shown), self._palette)

    def refuse(self, at: int, line: str, sentence: str) -> None:
        from limelight.render.terminal import refuse_row

        with printing():
            refuse_row(sentence, console())


class Files:
    """A file for each, whose path is printed.

    Args:
        name: the format, one of ``FORMATS``.
        path: with ``{}`` in the place of the line's number.
        target: the class to show as it was typed, or None for the predicted one.
    """

    said = "stderr says why"

    def __init__(self, name: str, path: str, target: str | None) -> None:
        self._name, self._path, self._target = name, path, target

    def give(self, at: int, explanation: Explanation) -> None:
        file = self._name, self._path.replace("{}", str(at))
        give(explanation, chosen_target(self._target, explanation), file, False)

    def refuse(self, at: int, line: str, sentence: str) -> None:
        complain(f"line {at:,}: {sentence}")


def explain_lines(
    stream: Iterable[bytes], predictor: Predictor, options_of: Callable[[tuple[Field, ...]], Options], form: Form
) -> int:
    """Explains line by line; a line that fails says so in its place, and the rest go on."""
    from limelight.text.fields import check_fields, fields_of

    failed = at = 0
    for at, line in enumerate(stream, 1):
        line = line.removesuffix(b"\n").removesuffix(b"\r")
        ended = True
        try:
            fields = fields_of(_decoded(line))
            check_fields(fields)
            explanation, ended = follow(fields, predictor, options_of(fields), f"line {at:,} · ")
        except Exception as error:
            failed += 1
            form.refuse(at, line.decode(errors="replace"), _sentence(error))
        else:
            form.give(at, explanation)
        if not ended:
            return INTERRUPTED
    if failed:
        complain(f"{failed:,} of {at:,} lines failed; {form.said}.")
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


def follow(
    fields: tuple[Field, ...], predictor: Predictor, options: Options, where: str = ""
) -> tuple[Explanation, bool]:
    """The explanation, and whether it came to its end; Ctrl-C gives the best so far.

    Raises:
        KeyboardInterrupt: there is nothing yet that could be given.
    """
    from limelight.api.steps import steps

    def seen(step: Explanation, tell: Tell) -> None:
        tell(where + step.title, step)

    return latest_of(steps(fields, predictor, options), f"{where}asking the model", seen)


def latest_of(
    work: Iterator[T | None], sentence: str, seen: Callable[[T, Tell], None] = lambda step, tell: None
) -> tuple[T, bool]:
    """The last that work gives, and whether it came to its end; Ctrl-C gives the last so far.

    Args:
        work: gives None where there is nothing new.
        sentence: what to say meanwhile.
        seen: is told what is new, and how to say how far it is.

    Raises:
        KeyboardInterrupt: there is nothing yet that could be given.
    """
    latest: T | None = None
    try:
        with interrupts() as interrupted, progress(sentence) as tell:
            for step in work:
                if step is not None:
                    latest = step
                    seen(step, tell)
                if interrupted.is_set():
                    raise KeyboardInterrupt
    except KeyboardInterrupt:
        if latest is None:
            raise
        return latest, False
    assert latest is not None  # of a text there is the prediction at least, of a search that there is nothing
    return latest, True


@contextmanager
def interrupts() -> Iterator[threading.Event]:
    """Set by Ctrl-C, which raises as ever: an exception is lost where it meets a destructor, or a library eats it."""
    interrupted, mine = threading.Event(), threading.current_thread() is threading.main_thread()

    def heard(number: int, frame: Any) -> None:
        interrupted.set()
        signal.default_int_handler(number, frame)

    before = signal.signal(signal.SIGINT, heard) if mine else None
    try:
        yield interrupted
    finally:
        if mine:
            signal.signal(signal.SIGINT, before or signal.SIG_DFL)
