"""The rows under the first explanation: other methods, other texts, other models."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from limelight.api.options import Options
from limelight.api.steps import steps
from limelight.errors import LimelightError, quoted
from limelight.evaluation.score import best
from limelight.explanation import Explanation
from limelight.methods import METHODS, as_method
from limelight.predictors import Predictor
from limelight.text.fields import Field

log = logging.getLogger("limelight")


@dataclass(frozen=True)
class Row:
    """One explanation to show under the first, and how far it is.

    Attributes:
        kind: what differs from the first: ``"method"``, ``"text"`` or ``"model"``.
        name: of the method, text or model, by which the row is known; a model's is its
            position, since it may not be loaded yet.
        title: for readers.
        fields, options: what to explain, and how.
        load: gives the model; called in the row's turn.
        status: ``"waiting"``, ``"running"``, ``"done"``, ``"stopped"`` or ``"failed"``.
        explanation: the newest, or None.
        error: the sentence where it failed.
    """

    kind: str
    name: str
    title: str
    fields: tuple[Field, ...]
    options: Options
    load: Callable[[], Predictor]
    status: str = "waiting"
    explanation: Explanation | None = None
    error: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """By what the row is known."""
        return self.kind, self.name

    @property
    def ended(self) -> bool:
        """Whether it will not change any more."""
        return self.status in ("done", "stopped", "failed")

    def to_dict(self, best: Sequence[str] = ()) -> dict[str, Any]:
        """What the page is told of it.

        Args:
            best: the targets for which it did best on the exam.
        """
        shown = self.explanation if self.explanation is not None and self.explanation.weights is not None else None
        known = self.kind == "model" and self.explanation is not None
        # two functions may have one name, or none that says anything
        title = f"{self.title}: {self.explanation.model}" if known and self.explanation else self.title
        document = None if shown is None else shown.wire
        told: dict[str, Any] = {"kind": self.kind, "name": self.name, "title": title, "status": self.status}
        if self.status == "running" and self.explanation is not None:
            told |= {"evaluations": self.explanation.evaluations, "budget": self.explanation.budget}
        return {**told, "explanation": document, "error": self.error, "best": list(best)}


def winners(first: Explanation | None, rows: Sequence[Row]) -> dict[str, tuple[str, str]]:
    """The key of the row that did best on the exam, by target; nothing where the first did, or until all are done.

    Those are compared that explain the same by another method; one that failed does not take part.
    """
    methods = [row for row in rows if row.kind == "method" and row.status != "failed"]
    if first is None or not methods or any(row.status != "done" for row in methods):
        return {}
    keys = [None, *(row.key for row in methods)]
    each = [first, *(row.explanation for row in methods)]
    found = {}
    for at, target in enumerate(first.targets):
        winner = best([_gaps(one, at) for one in each])
        if winner is not None and (key := keys[winner]) is not None:
            found[str(target)] = key
    return found


def _gaps(explanation: Explanation | None, target: int) -> list[float]:
    """The removal gap of a target, where it was examined."""
    exam = None if explanation is None else explanation.exam
    return [] if exam is None or target not in exam["targets"] else [exam["srg"][exam["targets"].index(target)]]


def rows_of(
    fields: tuple[Field, ...],
    options: Options,
    load: Callable[[], Predictor],
    *,
    methods: Sequence[str],
    texts: Sequence[tuple[Field, ...]],
    models: Sequence[Callable[[], Predictor]],
) -> list[Row]:
    """The rows of other methods, texts and models, in this order; each differs from the first in one thing.

    A method's own scale is its own; a contrast names targets of the first model, so other
    models are explained without it. What is the first itself is left out.
    """
    rows, plain = [], replace(options, earlier=False, draft=None)  # they are about the input, as it is without help
    for name in methods:
        if name != as_method(options.method).name:
            own = replace(plain, method=name, scale="auto")
            rows.append(Row("method", name, METHODS[name].title, fields, own, load))
    whole = replace(plain, about=(), only=(), phrases=(), opened=())  # spans of the first text
    for other in texts:
        if other == fields:
            continue
        name = "\n".join(field.text for field in other)
        rows.append(Row("text", name, " ".join(name.split())[:60], other, whole, load))
    for at, model in enumerate(models):
        rows.append(Row("model", str(at), f"model {at + 2}", fields, replace(plain, contrast=None), model))
    return rows


def work_through(rows: Sequence[Row]) -> Iterator[tuple[Row, ...] | None]:
    """Explains one row after the other; one that fails says why and the others go on.

    Args:
        rows: what to explain; those that have ended stay as they are.

    Yields:
        All rows, with every news of one; None where there is no news.
    """
    now = list(rows)
    for at, row in enumerate(now):
        if row.ended:
            continue
        try:
            for status, explanation in _explained(row):
                if explanation is None and status == now[at].status:
                    yield None
                else:
                    now[at] = replace(now[at], status=status, explanation=explanation or now[at].explanation)
                    yield tuple(now)
            now[at] = replace(now[at], status="done")
        except LimelightError as problem:
            now[at] = replace(now[at], status="failed", error=str(problem))
        except Exception as problem:
            log.exception("the row of %s failed", row.name)
            sentence = f"limelight failed here ({quoted(problem)}). Please report it."
            now[at] = replace(now[at], status="failed", error=sentence)
        yield tuple(now)


def _explained(row: Row) -> Iterator[tuple[str, Explanation | None]]:
    yield "running", None
    for step in steps(row.fields, row.load(), row.options, examine="always"):
        yield "running", step


def moved_on(now: Sequence[Row], before: Sequence[Row]) -> bool:
    """Whether another row is at work: nothing may come of it for long, and it must not seem to wait meanwhile."""
    return [row.status for row in now] != [row.status for row in before]


def stopped(rows: Sequence[Row], error: str = "") -> tuple[Row, ...]:
    """The rows as they stand when nobody works on them any more; with an error, the one at work has failed by it."""
    now = [row if row.ended else replace(row, status="stopped") for row in rows]
    for at, row in enumerate(rows):
        if error and row.status == "running":
            now[at] = replace(row, status="failed", error=error)
    return tuple(now)
