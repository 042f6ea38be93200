"""What a widget does, without a widget: who works on what, how far it is, and what replaces what."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from limelight.api.options import Options
from limelight.api.steps import steps
from limelight.errors import InputError, LimelightError
from limelight.explanation import Explanation
from limelight.predictors import Predictor, Windowed, load_predictor
from limelight.predictors.options import Loading
from limelight.predictors.turns import Stopped
from limelight.text.fields import Field, Place, given_of
from limelight.widget.consent import Consent
from limelight.widget.door import Door, alone
from limelight.widget.memory import Memory
from limelight.widget.messages import bytes_of, target_of
from limelight.widget.rows import Row, moved_on, rows_of, stopped, work_through
from limelight.widget.run import Run, Way, progress_of
from limelight.widget.seeking import Seeking
from limelight.widget.what_if import Try, added, asked, hide

HEAVY, PAUSE = 200_000, 1.0  # bytes of a snapshot from which on they come so many seconds apart


@dataclass(frozen=True)
class Request:
    """What is to be explained.

    Attributes:
        fields: the input.
        options: how, each checked by itself; together they may contradict each other.
        compare: names of methods to explain with, too.
        texts: other inputs to explain, too.
    """

    fields: tuple[Field, ...]
    options: dict[str, Any]
    compare: tuple[str, ...] = ()
    texts: tuple[tuple[Field, ...], ...] = ()


class Session:
    """Three slots for work, each with an end, an error and a stop: the first explanation, the rows, the try.

    Its verbs may be called from any thread. What is new is told by ``tell``, as values by
    the names of the widget's traits, in the order in which it became so. What a run found
    that was replaced meanwhile is told to nobody.

    Args:
        tell: is told, within the door.
        models: the first to explain, and those of further rows.
        loading: how they are had.
        explained: called when a first explanation is finished, in the thread that found it.

    Attributes:
        door: behind which all changes; nobody's callback is called within.
        explanation: the newest first explanation, or None.
        tries, at: what was tried, and which of these is on show.
        rows: the rows under the first explanation.
        target: the target on show, by name, or None.
    """

    def __init__(
        self,
        tell: Callable[..., None],
        models: Sequence[object],
        loading: Loading,
        explained: Callable[[], None] = lambda: None,
    ) -> None:
        self.door = Door()
        self.explanation: Explanation | None = None
        self.tries: tuple[Try, ...] = ()
        self.at = 0
        self.rows: tuple[Row, ...] = ()
        self.hidden: tuple[Place, ...] = ()
        self.target: object = None
        self.predictor: Predictor | None = None
        self.closed = False
        self._tell, self._models, self._loading, self._explained = tell, list(models), loading, explained
        self._request: Request | None = None
        self._consent = Consent(models, loading)
        self._memory = Memory()
        self._explained_fields: tuple[Field, ...] = ()  # the last that got weights
        self._status = "loading"
        self._follows = True  # until a target is chosen, the predicted one is shown
        self._chosen_from: tuple[str, ...] = ()  # the targets there were
        self._shown: Run[Explanation] | None = None  # the run of which something is shown
        self._first: Run[Explanation] | None = None
        self._beside: Run[tuple[Row, ...]] | None = None
        self._trying: Run[Try] | None = None
        self._seeking = Seeking(tell, self.door.run)

    # verbs

    @alone
    def start(self, request: Request, keep: list[Predictor] | None = None) -> None:
        """Starts the work; what ran before is stopped.

        Args:
            request: what is to be explained.
            keep: held until there is a predictor, so that what was loaded by name is not loaded twice.
        """
        self.stop()
        before, self._request = self._request, request
        if before is not None and before.options.get("contrast") != request.options.get("contrast"):
            self._follows = True  # the targets are others now
        if self.closed:
            return
        self._first = self._beside = self._trying = None
        self._seeking.forget()
        self.rows = ()
        anew = {
            "error": "",
            "ways": (),
            "waiting": "",
            "forecast": None,
            "others": (),
            "what_if": {"status": "", "error": ""},
        }
        try:
            options = Options(**request.options)
        except InputError as problem:
            # each is right by itself, as a contrast and a scale, but not together
            self._status = "failed"
            ways = self._ways(problem.ways)
            self._tell(**{**anew, "status": "failed", "progress": 0.0, "error": str(problem), "ways": ways})
            return
        # kept, with what it has answered: a change of unit or text asks only what is new
        held, several = self.predictor, bool(request.compare or request.texts or len(self._models) > 1)
        known = self._memory.find(request.fields, options, several)

        def work() -> Iterator[Explanation | None]:
            predictor = self._predictor_of(held)
            if keep:
                keep.clear()
            if known is not None and not options.earlier:
                return iter([known])
            self._consent.check(request.fields, options, predictor)
            return steps(request.fields, predictor, options, examine="always" if several else True, before=known)

        self._first = Run(work, self._publish, self._after)
        self._status = "loading"
        if known is None:
            self._tell(**anew, status="loading", progress=0.0)
        else:
            self.explanation = known
            self._tell(**anew, status="running", progress=1.0, explanation=known)
        self._first.start()

    @alone
    def again(self) -> None:
        """Starts the work again, asking the model anew: it may have been trained since."""
        keep = []
        self._memory.clear()
        if self._status == "ready":
            self._consent.given = True
        elif self.predictor is not None:
            self.predictor.forget()
            keep, self.predictor = [self.predictor], None
        if self._request is not None:
            self.start(self._request, keep)

    @alone
    def read(self, windows: bool) -> None:
        """Has a text beyond the model's window read in several, or its beginning alone."""
        self._loading, held = replace(self._loading, windows=windows), self.predictor
        if isinstance(held, Windowed):
            held = held.inner
        self.predictor = None if held is None else load_predictor(held, self._loading)
        self._memory.clear()  # these are other answers
        if self._request is not None:
            self.start(self._request)

    @alone
    def compare(self, compare: Sequence[str], texts: Sequence[tuple[Field, ...]]) -> None:
        """Has other methods and texts explained under the first; those that are there stay."""
        if self._request is not None:
            self._request = replace(self._request, compare=tuple(compare), texts=tuple(texts))
            self._start_rows()

    @alone
    def hide(self, places: Sequence[Place]) -> None:
        """Asks the model about the input without some places."""
        self.hidden = tuple(places)
        if self._trying is not None:
            self._trying.stop()
        explanation, predictor, request = self.explanation, self.predictor, self._request
        if self.closed or explanation is None or predictor is None or request is None or not explanation.targets:
            return  # asked when there is a first answer
        if explanation.fields != request.fields:
            return
        known = self.tries if request.options.get("answer") else ()
        self._trying = Run(partial(asked, explanation, predictor, self.hidden, known), self._publish_try)
        self._tell(what_if={"status": "running", "error": ""})
        self._trying.start()

    @alone
    def choose(self, target: object) -> None:
        """Shows a target; None for the predicted one."""
        self._follows, self.target = target is None, target
        self._chosen_from = self.explanation.targets if self.explanation is not None else ()
        if target is None and self.explanation is not None and self.explanation.targets:
            self.target = target_of(self.explanation, None)
            self._tell(target=self.target)
        self.look(self._seeking.view, self._seeking.into)

    @alone
    def look(self, view: str, into: str | None) -> None:
        """Opens a view; what it shows is looked for once there is an explanation."""
        self._seeking.view, self._seeking.into = view, into
        if self._status in ("done", "stopped") and not self.closed:
            self._seeking.seek(self.explanation, self.predictor, self._request, self.target)

    @alone
    def stop(self) -> None:
        """Stops all work after the batch that it is at; what was found stays."""
        for run in self.runs:
            run.stop()

    def wait(self, timeout: float | None = None) -> bool:
        """Blocks until all work has ended, at most ``timeout`` seconds; whether it has."""
        until = None if timeout is None else time.monotonic() + timeout
        while True:
            runs = self.runs
            if not all(run.wait(None if until is None else until - time.monotonic()) for run in runs):
                return False
            # one that ended may have started another
            if self.runs == runs:
                return True

    @alone
    def close(self) -> None:
        """Ends the work and the hold on the models; nothing starts any more."""
        self.closed = True
        self.stop()
        self._first = self._beside = self._trying = self._shown = self._seeking.run = None
        self.predictor, self._models, self.rows = None, [], ()
        self._memory.clear()

    @property
    def runs(self) -> list[Run[Any]]:
        """The work in each slot."""
        return [run for run in (self._first, self._beside, self._trying, self._seeking.run) if run is not None]

    # the first explanation

    def _predictor_of(self, held: Predictor | None) -> Predictor:
        predictor = held or load_predictor(self._models[0], self._loading)
        self._hold(predictor)
        return predictor

    @alone
    def _hold(self, predictor: Predictor) -> None:
        if not self.closed:
            self.predictor = predictor

    def _publish(self, run: Run[Explanation]) -> float | None:
        explanation, predictor, first = run.latest, self.predictor, None
        if explanation and explanation.targets and predictor is not None and run is self._first is not self._shown:
            before = self.tries[self.at] if self.at < len(self.tries) else None
            # before the lock: where the answer is no longer known the model is asked, which may have to wait
            with suppress(LimelightError, Stopped):  # else the end of a run that was stopped would not be told
                *_, first = hide(explanation, predictor, (), before)
        return self._show(run, explanation, first)

    @alone
    def _show(self, run: Run[Explanation], explanation: Explanation | None, first: Try | None) -> float | None:
        if run is not self._first or self.closed:
            return None  # a late snapshot of a run that was replaced
        news: dict[str, Any] = {}
        if explanation is not None:
            self.explanation = explanation
            if explanation.weights is not None:
                self._explained_fields = explanation.fields
            if explanation.targets:  # there are none yet while an answer is being written
                self._settle_target(explanation, run)
        if first is not None:
            self.tries, self.at = added(self.tries, first)
            news = {"tries": self.tries, "at": self.at}
            self._shown = run
        self._status = run.status
        self._tell(
            explanation=self.explanation,
            target=self.target,
            status=run.status,
            progress=progress_of(run),
            error=run.error,
            ways=self._ways(run.ways) if run.status == "failed" else (),
            waiting=run.waits,
            forecast=run.forecast,
            **news,
        )
        given = self._request is not None and self._request.options.get("answer") is not None
        # of an answer that was given, what the model says itself is asked for once
        if news and (self.hidden or (given and self.tries[self.at].answer is None)):
            self.hide(self.hidden)
        if run.status == "done":
            if explanation is not None and self._request is not None:
                self._memory.add(explanation.fields, Options(**self._request.options), explanation)
            self._start_rows()
            self.look(self._seeking.view, self._seeking.into)
        elif run.status in ("stopped", "failed") and self.rows:
            self.rows = stopped(self.rows)
            self._tell(others=self.rows)
        return PAUSE if explanation is not None and bytes_of(explanation) > HEAVY else None

    def _after(self, run: Run[Explanation]) -> None:
        if run.status == "done" and run is self._first:
            self._explained()

    def _ways(self, options: dict[str, object] | None) -> tuple[Way, ...]:
        """The ways out of a failure: options that would mend it, asking once more, the last text that was explained."""
        ways = [Way(name, value) for name, value in (options or {}).items()]
        if options is None:
            ways.append(Way("explain"))
        if self._explained_fields and self._request is not None and self._explained_fields != self._request.fields:
            ways.append(Way("text", given_of(self._explained_fields)))
        return tuple(ways)

    # the rows

    @alone
    def _start_rows(self) -> None:
        """Runs the rows under the first that are missing, one after the other, once the first is done."""
        if self._beside is not None:
            self._beside.stop()
        request = self._request
        if request is None or self._status == "failed" or self.closed:
            return  # there is no first to stand under
        loads = [partial(load_predictor, model, self._loading) for model in self._models[1:]]
        known = {row.key: row for row in self.rows if row.ended and row.status != "stopped"}
        rows = rows_of(
            request.fields,
            Options(**request.options),
            partial(self._predictor_of, self.predictor),
            methods=request.compare,
            texts=request.texts,
            models=loads,
        )
        self.rows = tuple(known.get(row.key) or self._recalled(row) for row in rows)
        if self._status == "stopped":
            self.rows = stopped(self.rows)  # they come with the first, which is not at work
        self._tell(others=self.rows)
        if self._status == "done" and not all(row.ended for row in self.rows):
            self._beside = Run(partial(work_through, self.rows), self._publish_rows, urgent=moved_on)
            self._beside.start()

    def _settle_target(self, explanation: Explanation, run: Run[Explanation]) -> None:
        try:
            self.target = target_of(explanation, None if self._follows else self.target)
        except InputError as problem:
            # one that was right when it was chosen: meanwhile the question or the answer is another
            if self.target not in self._chosen_from and not isinstance(self.target, tuple):
                # said for as long as the run lasts: from now on the target is a valid one
                run.error = run.error or str(problem)
            self._follows = True
            self.target = target_of(explanation, None)

    @alone
    def _publish_rows(self, run: Run[tuple[Row, ...]]) -> float | None:
        if run is not self._beside or self.closed:
            return None
        rows = run.latest or self.rows
        self.rows = rows if run.status in ("loading", "running") else stopped(rows, run.error)
        for row in self.rows:
            if row.status == "done" and row.kind != "model" and row.explanation is not None:
                self._memory.add(row.fields, row.options, row.explanation)
        self._tell(others=self.rows)
        return PAUSE if sum(bytes_of(row.explanation) for row in self.rows if row.explanation) > HEAVY else None

    def _recalled(self, row: Row) -> Row:
        """A row with what is known of it: other models remember nothing."""
        known = None if row.kind == "model" else self._memory.find(row.fields, row.options, examined=True)
        return row if known is None else replace(row, status="done", explanation=known)

    # the try

    @alone
    def _publish_try(self, run: Run[Try]) -> None:
        if run is not self._trying or self.closed:
            return
        news: dict[str, Any] = {"what_if": {"status": run.status, "error": run.error}}
        if run.latest is not None:
            self.tries, self.at = added(self.tries, run.latest)
            news |= {"tries": self.tries, "at": self.at}
        self._tell(**news)
