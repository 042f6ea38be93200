"""What would flip it, looked for when the page asks that question."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from limelight.api.flip import flips
from limelight.api.options import Options
from limelight.errors import InputError
from limelight.explanation import Explanation
from limelight.predictors import Predictor
from limelight.scales import exclusive
from limelight.search.telling import record_of
from limelight.widget.run import Run

FLIP = "flip"  # the view, and what its findings are called

# how it is explained makes no difference to what flips it
PLAIN: dict[str, Any] = {
    "method": "interactions",
    "scale": "auto",
    "contrast": None,
    "budget": "auto",
    "earlier": False,
    "draft": None,
}

Record = dict[str, Any]


class Seeking:
    """The slot of a search, whose record is state: nothing is looked for before the view is open.

    Not locked: its session is.

    Args:
        tell: is told the records of all views.
        alone: has a piece of work done within the session's door.

    Attributes:
        run: the search, or None.
        view: the question that is open.
        into: what is wanted instead, by name, or None.
    """

    def __init__(self, tell: Callable[..., None], alone: Callable[[Callable[[], None]], None]) -> None:
        self.run: Run[Record] | None = None
        self.view = ""
        self.into: str | None = None
        self._tell, self._alone = tell, alone
        self._sought: object = None  # what the record is of

    def forget(self) -> None:
        """What was found is of another input, or of a model that may have been trained since."""
        if self.run is not None:
            self.run.stop()
        self.run = self._sought = None
        self._tell(findings={})

    def seek(self, explanation: Explanation | None, predictor: Predictor | None, request: Any, target: object) -> None:
        """Looks for flips if the view is open, and what there is to find is not known.

        Args:
            explanation: of the input.
            predictor: the model.
            request: what was asked; its options are taken.
            target: on show; of classes that exclude each other it is the predicted one that flips.
        """
        if self.view != FLIP or explanation is None or predictor is None or not explanation.targets:
            return
        shares = explanation.probabilities
        by_itself = shares is not None and not exclusive(shares[None]) and explanation.answer is None
        chosen = target if by_itself and len(explanation.fields) == 1 and isinstance(target, str) else None
        options = replace(Options(**request.options), **PLAIN)
        sought = explanation.fields, self.into, chosen, options
        if sought == self._sought:
            return
        if self.run is not None:
            self.run.stop()
        self._sought = sought
        self.run = Run(partial(_records, explanation, predictor, options, self.into, chosen), self._publish)
        self._tell(findings={FLIP: {"status": "running"}})
        self.run.start()

    def _publish(self, run: Run[Record]) -> None:
        def tell() -> None:
            if run is self.run:
                status = "running" if run.status == "loading" else run.status
                self._tell(findings={FLIP: {**(run.latest or {}), "status": status, "error": run.error}})

        self._alone(tell)


def _records(
    explanation: Explanation, predictor: Predictor, options: Options, into: str | None, target: str | None
) -> Iterator[Record | None]:
    if predictor.costly:
        raise InputError(
            f"what would flip it takes some hundreds of requests, and {predictor.name} is behind a server. limelight "
            "looks for that where it is asked with a budget; call flip(text, model, budget=...) in Python."
        )
    start = time.monotonic()
    for found in flips(explanation.fields, predictor, options, into=into, target=target, answer=explanation.answer):
        yield None if found is None else record_of(found, explanation.fields, time.monotonic() - start)
