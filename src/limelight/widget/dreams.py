"""What it looks for, as a user has it: a front of texts that grows while it is looked for, and shows itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, overload

from limelight.api.deep import dreams_page, dreams_record, dreams_table
from limelight.api.dream import BUDGET, Liked, dreams, given_list, liked
from limelight.api.explain import KEYWORDS
from limelight.captions import check_language
from limelight.document import Choice
from limelight.errors import InputError, shown, visible
from limelight.phrasebook import reject_unknown
from limelight.predictors import Model, load_predictor
from limelight.predictors.options import Loading
from limelight.render.files import written
from limelight.render.numbers import number
from limelight.search.dream import Dream, Dreams
from limelight.search.proposals import Function
from limelight.widget.background import Background, failure

if TYPE_CHECKING:
    import pandas

    from limelight.widget.deep import DeepView
    from limelight.widget.explainer import Explainer


class Front(Sequence[Dream]):
    """The texts that a target wants most, fewest words changed first: a sequence of ``Dream``.

    In a notebook it shows itself, also while it is looked for.

    Args:
        steps: the search.
        model: with what a text is explained that is chosen in the view; None for the bundled model.
        budget: evaluations, at most.
        own: whether what is wanted is a target of the model's own.
        liking: finds real texts that it wants, given the target's name, after each batch.

    Attributes:
        real: the real texts that it wants most, with their scores, best first.
        dreams: what has been found.
        budget: evaluations, at most.
    """

    def __init__(
        self,
        steps: Iterator[Dreams],
        model: Model | None,
        budget: int,
        own: bool = True,
        liking: Callable[[str], Iterator[Liked]] | None = None,
    ) -> None:
        self._started, self._ended = time.monotonic(), 0.0
        self._steps, self._model, self._own, self._liking = steps, model, own, liking
        self.real: Liked = ()
        self._job: Background | None = None
        self.budget = budget
        # what cannot be dreamt of is refused here; the text as it began comes in any case
        self.dreams = next(step for step in steps if step)

    @overload
    def __getitem__(self, at: int) -> Dream: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Dream]: ...
    def __getitem__(self, at: int | slice) -> Dream | Sequence[Dream]:
        return self.dreams[at]

    def __len__(self) -> int:
        return len(self.dreams)

    @property
    def target(self) -> str:
        """What is wanted."""
        return self.dreams.target

    @property
    def evaluations(self) -> int:
        """Distinct texts that the model was asked about."""
        return self.dreams.evaluations

    @property
    def done(self) -> bool:
        """Whether the search came to its end."""
        return self.dreams.done

    @property
    def running(self) -> bool:
        """Whether it is being looked for."""
        return self._job is not None and self._job.running

    @property
    def error(self) -> str:
        """What went wrong, or ``""``."""
        return failure(self._job)

    @property
    def status(self) -> str:
        """``"running"``, ``"done"``, ``"stopped"`` or ``"failed"``."""
        return "running" if self.running else "failed" if self.error else "done" if self.done else "stopped"

    def begin(self) -> None:
        """Goes on in a thread of its own."""
        self._job = Background(self._growing())

    def finish(self) -> None:
        """Goes on to the end."""
        for _ in self._growing():
            pass

    def _growing(self) -> Iterator[None]:
        try:
            if self._liking is not None:
                for real in self._liking(self.target):
                    self.real = real
                    yield
            for step in self._steps:
                self.dreams = step
                yield
        finally:
            self._ended = time.monotonic()
            self._steps.close()  # type: ignore[attr-defined]

    def stop(self) -> None:
        """Stops it within a batch of the model; what was found stays."""
        if self._job is not None:
            self._job.stop()

    def wait(self, timeout: float | None = None) -> Front:
        """Waits for the end of one that was begun with ``wait=False``, at most ``timeout`` seconds.

        Raises:
            LimelightError: it failed.
        """
        if self._job is not None:
            self._job.wait(timeout)
        return self

    def record(self) -> dict[str, Any]:
        """What a view is told."""
        return dreams_record(self.dreams, self.real, self.budget, (self._ended or time.monotonic()) - self._started)

    @cached_property
    def view(self) -> DeepView:
        """The widget, made when it is first asked for."""
        from limelight.widget.deep import DeepView

        return DeepView("dream", self.record(), dreams_table(self.dreams), self, {"explain": self._explain})

    def _explain(self, at: int) -> Explainer:
        from limelight.widget.explainer import Explainer

        return Explainer(self[at].text, self._model, target=self.target if self._own else None)

    def to_frame(self) -> pandas.DataFrame:
        """A pandas DataFrame: a row a text."""
        import pandas

        return pandas.DataFrame([vars(one) for one in self.dreams])

    def to_html(self, path: str | Path | None = None, *, lang: str = "") -> str:
        """One HTML file with the view of a notebook, as it is now: works offline.

        Args:
            path: where to write it; None to write nothing.
            lang: of the captions: ``"en"``, ``"es"`` or ``"zh"``; empty for the browser's.
        """
        return written(dreams_page(self.dreams, self.record(), check_language(lang)), path)

    def _ipython_display_(self) -> None:
        self.view.show()

    def _repr_html_(self) -> str:
        return dreams_table(self.dreams)

    def __repr__(self) -> str:
        best = f"{number(self[-1].score)} {self[-1].text[:200]!r}"
        return visible(f"<Front of {len(self)} texts for {self.target}: {best}; {self.evaluations:,} evaluations>")


def dream(
    model: Model | None = None,
    target: Choice | None = None,
    *,
    start: str | None = None,
    budget: int = BUDGET,
    wait: bool = True,
    banned: Sequence[str] = (),
    proposer: Model | Function | None = None,
    beside: Sequence[str] = (),
    seed: int = 0,
    labels: Sequence[str] | None = None,
    **unknown: NoReturn,
) -> Front:
    """Changes a text word by word into one that a target wants most: what does the model look for?

    From the reader's own text, in the spirit of DeepDream: what is there is amplified. Each round
    tries the words that the slope of the model promises most of (Ebrahimi et al., ACL 2018), or those
    proposed, and goes on from the best; every text is read by the model as text before it counts.

    Args:
        model: as ``explain`` takes it; one that classifies one text, or a language model.
        target: what is wanted, by name or position; None for what is predicted of ``start``; the word that a language
            model is to say; a neuron, as ``(layer, index)``; or a direction of a layer's states, as ``(layer,
            numbers)``.
        start: the text to begin with, whose number of words stays; None for any words.
        budget: evaluations, at most.
        wait: whether to return when it is done; else it goes on in a thread, and what is returned shows how far it is.
        banned: words that are not to be used.
        proposer: where words come from, as ``flip`` takes it.
        beside: real texts, of which those that it wants most stand beside.
        seed: which words are tried first where nothing is known of them.
        labels: what a zero-shot model is to choose among.

    Returns:
        The front: the text as it was, and for each number of words changed the best, as long as it is better.

    Raises:
        InputError: the text cannot be explained as given, or there is no such target or neuron.
        ModelError: the model cannot be had.
        PredictionError: the model failed.
        TypeError: an unknown keyword.

    Example:
        >>> dream(target="positive", start="The film was on at eight.")[-1].text  # doctest: +SKIP
    """
    reject_unknown("dream", unknown, [*KEYWORDS, "start", "banned", "proposer", "beside", "wait"])
    if isinstance(model, str) and len(model.split()) > 1:
        raise InputError(
            f"{shown(model)} was given for a model. dream takes the model first, which may be left out, and the text "
            "as start; write dream(target=..., start=...)."
        )
    predictor = load_predictor(model, Loading())
    steps = dreams(
        predictor, target, start=start, budget=budget, banned=banned, proposer=proposer, seed=seed, labels=labels
    )
    real = given_list(beside)
    liking = partial(liked, predictor.among(labels), target, texts=real) if real else None
    front = Front(steps, model, budget, not isinstance(target, tuple), liking)
    if wait:
        front.finish()
    else:
        front.begin()
    return front
