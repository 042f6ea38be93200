"""Attention head by head, as a user has it: a value that shows itself, and whose heads can be switched off."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from limelight.api import heads as looking
from limelight.api.deep import heads_page, heads_record, heads_table
from limelight.api.heads import Head, heads_of, switched
from limelight.api.options import Options
from limelight.captions import check_language
from limelight.document import Choice
from limelight.errors import InputError
from limelight.phrasebook import reject_unknown
from limelight.predictors import Model, load_predictor
from limelight.predictors.options import Loading
from limelight.render.files import written
from limelight.text.fields import Given, check_fields, fields_of
from limelight.widget.background import Background, failure

if TYPE_CHECKING:
    from limelight.widget.deep import DeepView

Switching = Callable[..., Iterator[looking.Heads | None]]


@dataclass(frozen=True, repr=False)
class Heads(looking.Heads):
    """Attention head by head: where each looks, and what the scores are without it.

    Where a head looks is not what it does: its effect is what the model says once it is silent. In a
    notebook it shows itself, and heads are switched off by a click.

    Attributes:
        fields: the input.
        places: of its ``d`` features.
        targets: names of the ``k`` targets.
        scores: ``(k,)`` of the model as it is.
        off: the heads that are switched off together, as ``(layer, head)`` from 1 on.
        without: ``(k,)`` scores without these; of none the same as ``scores``.
        effects: ``(layers, heads, k)``: by how much each score falls when one head alone is switched off.
        attention: ``(layers, heads, d, d)`` shares, ``softmax(QK^T / sqrt(d_k))``, of each feature (row) in each
            (column): summed over the tokens of the one looked at, averaged over those of the looking one.
        scale: what scores are: ``"probability"`` or ``"value"``.
        seconds: that it took.
        switching: how the model is asked without others, in the view.
    """

    switching: Switching | None = field(default=None, compare=False)

    @cached_property
    def view(self) -> DeepView:
        """The widget, made when it is first asked for."""
        from limelight.widget.deep import DeepView

        switches = Switches(self, self.switching)
        return DeepView("heads", heads_record(self), heads_table(self), switches, asked={"off": switches.switch})

    def to_html(self, path: str | Path | None = None, *, target: Choice | None = None, lang: str = "") -> str:
        """One HTML file with the view of a notebook: works offline, and any one head can be switched off.

        Args:
            path: where to write it; None to write nothing.
            target: that is switched on first; None for the one with the highest score.
            lang: of the captions: ``"en"``, ``"es"`` or ``"zh"``; empty for the browser's.
        """
        return written(heads_page(self, target, check_language(lang)), path)

    def _ipython_display_(self) -> None:
        self.view.show()

    def _repr_html_(self) -> str:
        return heads_table(self)


class Switches:
    """Heads of which others are switched off while they are looked at.

    Args:
        heads: as they are.
        switching: asks the model without some; None where there is no model.
    """

    def __init__(self, heads: looking.Heads, switching: Switching | None) -> None:
        self._heads, self._switching = heads, switching
        self._wanted: object = heads.off
        self._job: Background | None = None

    @property
    def running(self) -> bool:
        """Whether the model is being asked."""
        return self._job is not None and self._job.running

    @property
    def error(self) -> str:
        """What went wrong, or ``""``."""
        return failure(self._job)

    @property
    def status(self) -> str:
        """``"running"``, ``"done"`` or ``"failed"``."""
        return "running" if self.running else "failed" if self.error else "done"

    def record(self) -> dict[str, Any]:
        """What a view is told."""
        return heads_record(self._heads)

    def stop(self) -> None:
        """Stops it within a batch of the model."""
        if self._job is not None:
            self._job.stop()

    def switch(self, off: object) -> None:
        """Asks the model without some heads, as a page names them; what was asked for before is dropped."""
        if self._switching is None:
            raise InputError(
                "heads are switched off by the model, and there is none here. limelight switches them off in what "
                "heads(text, model) returned; call it again."
            )
        rows = off if isinstance(off, list) else [off]
        wanted = [tuple(one) if isinstance(one, list) else one for one in rows]
        self.stop()
        self._wanted = wanted
        self._job = Background(self._switched(self._switching(self._heads, off=wanted), wanted))

    def _switched(self, steps: Iterator[looking.Heads | None], wanted: object) -> Iterator[None]:
        for step in steps:
            if step is not None and wanted is self._wanted:  # else others were asked for meanwhile
                self._heads = step
            yield


def heads(
    text: Given,
    model: Model | None = None,
    *,
    off: Sequence[Head] = (),
    unit: str = "word",
    labels: Sequence[str] | None = None,
    class_names: Sequence[str] | None = None,
    **unknown: NoReturn,
) -> Heads:
    """Switches attention heads off: where does each look, and what is the prediction without it?

    A head that is off brings 0 to its layer (Michel et al., NeurIPS 2019). The model itself is left
    as it was.

    Args:
        text: as ``explain`` takes it.
        model: as ``explain`` takes it; one of transformers whose attention can be read.
        off: heads to switch off together, as ``(layer, head)`` from 1 on.
        unit: what a feature is, as ``explain`` takes it.
        labels: what a zero-shot model is to choose among.
        class_names: names of the ``k`` classes, in their order; None for the model's own.

    Returns:
        Attention, the scores without ``off``, and the effect of each head alone.

    Raises:
        InputError: there is no such head, or the model cannot be looked into.
        ModelError: the model cannot be had.
        TypeError: an unknown keyword.

    Example:
        >>> heads("Not a bad film.", off=[(6, 3)]).without  # doctest: +SKIP
    """
    reject_unknown("heads", unknown, ["off", "unit", "labels", "class_names"])
    fields = fields_of(text)
    check_fields(fields)
    predictor = load_predictor(model, Loading(class_names=class_names))
    options = Options(unit=unit, labels=labels)
    found = next(step for step in heads_of(fields, predictor, options, off) if step is not None)
    return Heads(**vars(found), switching=partial(switched, predictor=predictor, options=options))
