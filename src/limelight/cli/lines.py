"""Explanations one after the other, each to its end or to Ctrl-C."""

from __future__ import annotations

import json
import logging
import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from limelight.cli.output import complain, print_json, progress
from limelight.errors import InputError, LimelightError, quoted

if TYPE_CHECKING:
    from limelight.api.options import Options
    from limelight.explanation import Explanation
    from limelight.predictors import Predictor
    from limelight.text.fields import Field

log = logging.getLogger("limelight")

FAILED, INTERRUPTED = 1, 130  # exit statuses


def explain_lines(stream: Iterable[bytes], predictor: Predictor, options: Options) -> int:
    """Explains line by line; a line that fails says so in its place, and the rest go on."""
    from limelight.text.fields import ONLY, check_fields, fields_of

    failed = at = 0
    for at, line in enumerate(stream, 1):
        line = line.removesuffix(b"\n").removesuffix(b"\r")
        ended = True
        try:
            fields = fields_of(_decoded(line))
            check_fields(fields)
            explanation, ended = follow(fields, predictor, options, f"line {at:,} · ")
            document = explanation.to_json()
        except Exception as error:
            failed += 1
            given = {"name": ONLY, "text": line.decode(errors="replace")}
            document = json.dumps({"fields": [given], "error": _sentence(error)}, ensure_ascii=False)
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


def follow(
    fields: tuple[Field, ...], predictor: Predictor, options: Options, where: str = ""
) -> tuple[Explanation, bool]:
    """The explanation, and whether it came to its end; Ctrl-C gives the best so far.

    Raises:
        KeyboardInterrupt: there is nothing yet that could be given.
    """
    from limelight.api.steps import steps

    latest: Explanation | None = None
    try:
        with _interrupts() as interrupted, progress(f"{where}asking the model") as tell:
            for step in steps(fields, predictor, options):
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
    assert latest is not None  # the prediction at least
    return latest, True


@contextmanager
def _interrupts() -> Iterator[threading.Event]:
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
