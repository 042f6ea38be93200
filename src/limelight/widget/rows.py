"""The rows under the first explanation: other methods, other texts, other models."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from limelight.api.explain import Options, steps
from limelight.errors import LimelightError, quoted
from limelight.explanation import Explanation
from limelight.methods import METHODS
from limelight.predictors import Predictor
from limelight.widget.run import Run

log = logging.getLogger("limelight")


@dataclass(frozen=True)
class Row:
    """One explanation to show under the first.

    Attributes:
        kind: what differs from the first: ``"method"``, ``"text"`` or ``"model"``.
        name: of the method, text or model, by which the row is known; a model's is its
            position, since it may not be loaded yet.
        title: for readers.
        text, options: what to explain, and how.
        load: gives the model; called in the row's turn.
    """

    kind: str
    name: str
    title: str
    text: str
    options: Options
    load: Callable[[], Predictor]

    def told(self, found: Explanation | None = None, error: str = "", ended: bool = False) -> dict:
        """What the page is told of this row; ``ended`` where it will not change any more."""
        document = found.to_dict() if found is not None and found.weights is not None else None
        title = found.model if found is not None and self.kind == "model" else self.title
        told = {"kind": self.kind, "name": self.name, "title": title, "explanation": document, "error": error}
        return {**told, "ended": ended or bool(error)}


def rows_of(
    text: str,
    options: Options,
    load: Callable[[], Predictor],
    *,
    methods: Sequence[str],
    texts: Sequence[str],
    models: Sequence[Callable[[], Predictor]],
) -> list[Row]:
    """The rows of other methods, texts and models, in this order; each differs from the first in one thing.

    A method's own scale is its own; a contrast names targets of the first model, so other
    models are explained without it.
    """
    rows = []
    for name in methods:
        rows.append(Row("method", name, METHODS[name].title, text, replace(options, method=name, scale="auto"), load))
    plain = replace(options, phrases=(), opened=())  # spans of the first text
    for other in texts:
        rows.append(Row("text", other, " ".join(other.split())[:60], other, plain, load))
    for at, other in enumerate(models):
        rows.append(Row("model", str(at), f"model {at + 2}", text, replace(options, contrast=None), other))
    return rows


def run_rows(rows: Sequence[Row], tell: Callable[[Run, dict], None]) -> Run:
    """A run through rows, one after the other; one that fails says why and the others go on.

    Args:
        rows: what to explain.
        tell: called in the run's thread with every news of a row.
    """
    now: list[Row] = []

    def work() -> Iterator[Explanation | None]:
        for row in rows:
            now[:] = [row]
            try:
                for latest in steps(row.text, row.load(), row.options, examine="always"):
                    yield latest
                # said here too: between two rows the last word could fall to the throttle
                tell(run, row.told(latest, ended=True))
            except LimelightError as problem:
                tell(run, row.told(error=str(problem)))
            except Exception as problem:
                log.exception("the row of %s failed", row.name)
                tell(run, row.told(error=f"limelight failed here ({quoted(problem)})."))

    run = Run(work, lambda run: run.latest and now and run.status == "running" and tell(run, now[0].told(run.latest)))
    return run
