"""What a widget and its views share: traits, one by one, and what each takes."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

import anywidget
import traitlets

from limelight.api.explain import Options
from limelight.captions import check_language
from limelight.errors import InputError, choose
from limelight.explanation import Explanation
from limelight.methods import METHODS, Method
from limelight.text.checks import check_characters
from limelight.widget.what_if import Try

OPTIONS = tuple(item.name for item in fields(Options))
STATIC = Path(__file__).parents[1] / "static"
# What the kernel writes; sent together, so that a view never sees half of it.
OUTGOING = ("explanation", "target", "status", "progress", "error", "serial", "_menu", "others", "tries", "at")
OUTGOING += ("hidden", "phrases", "opened")


def checked_methods(names: object) -> list[str]:
    """Names of methods to compare with, each once.

    Raises:
        InputError: they are something else.
    """
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise InputError(f"compare is {names!r}. limelight takes a list of methods, such as compare=['occlusion'].")
    names = list(names)
    for name in names:
        choose("method", name, METHODS)
    return list(dict.fromkeys(names))


class State(anywidget.AnyWidget):
    """The traits of an ``Explainer``.

    Attributes:
        text, target, method, unit, masker, scale, budget, time_budget, contrast, phrases, opened, seed: may be
            set, linked and observed; all but ``target`` start the work again, with what the model has answered.
        lang: of the captions; the view changes at once and nothing runs again.
        compare, texts: other methods and texts, which are run when the first is done.
        hidden: positions of features that are out, to see what the model says without them.
        tries: what was tried, each a ``Try``: text, hidden words, prediction and change.
        at: which of ``tries`` is on show; set it to go back to one.
        explanation: the latest ``Explanation``, or None before the first answer.
        status: ``"loading"``, ``"running"``, ``"done"``, ``"stopped"`` or ``"failed"``.
        progress: share of the budget spent, from 0 to 1.
        others: for each row under the first its kind, name, title, explanation, error, and whether it has ended.
        error: the sentence shown when something is wrong, else ``""``.
    """

    _esm = STATIC / "widget.js"
    _css = STATIC / "widget.css"

    text = traitlets.Unicode().tag(sync=True)
    target = traitlets.Union([traitlets.Unicode(), traitlets.Int()], allow_none=True, default_value=None).tag(sync=True)
    method = traitlets.Union([traitlets.Unicode(), traitlets.Instance(Method)], default_value=Options.method).tag(
        sync=True, to_json=lambda value, _: value if isinstance(value, str) else value.name
    )
    unit = traitlets.Union([traitlets.Unicode(), traitlets.Callable()], default_value=Options.unit).tag(
        sync=True, to_json=lambda value, _: value if isinstance(value, str) else getattr(value, "__name__", "unit")
    )
    masker = traitlets.Unicode(Options.masker)
    scale = traitlets.Unicode(Options.scale)
    budget = traitlets.Union([traitlets.Int(), traitlets.Unicode()], default_value=Options.budget)
    time_budget = traitlets.Float(Options.time_budget, allow_none=True)
    contrast = traitlets.Any(Options.contrast, allow_none=True).tag(sync=True)
    phrases = traitlets.Any(Options.phrases).tag(sync=True)
    opened = traitlets.Any(Options.opened).tag(sync=True)
    seed = traitlets.Int(Options.seed)

    explanation = traitlets.Instance(Explanation, allow_none=True).tag(
        sync=True, echo_update=False, to_json=lambda value, _: value and value.to_dict(), from_json=lambda *_: None
    )
    status = traitlets.Unicode("loading").tag(sync=True, echo_update=False)
    progress = traitlets.Float(0.0).tag(sync=True, echo_update=False)
    error = traitlets.Unicode("").tag(sync=True, echo_update=False)
    compare = traitlets.List(traitlets.Unicode()).tag(sync=True)
    lang = traitlets.Unicode("").tag(sync=True)
    texts = traitlets.List(traitlets.Unicode()).tag(sync=True)
    others = traitlets.List().tag(sync=True, echo_update=False)
    hidden = traitlets.List(traitlets.Int()).tag(sync=True)
    tries = traitlets.List(traitlets.Instance(Try)).tag(
        sync=True, echo_update=False, to_json=lambda value, _: [t.to_dict() for t in value], from_json=lambda *_: []
    )
    at = traitlets.Int(0).tag(sync=True)
    # What can be chosen: methods and units (with the reason where one cannot serve the model) and the model's targets.
    _menu = traitlets.Dict().tag(sync=True, echo_update=False)
    # Counts what was sent, so that a page can tell whether it missed any.
    serial = traitlets.Int(0).tag(sync=True, echo_update=False)

    # The picture below the widget, by the name under which a page finds and hides it.
    _still = traitlets.Unicode().tag(sync=True, echo_update=False)

    _publisher: int | None = None

    def __init__(self, **values) -> None:
        self._lock = threading.RLock()
        super().__init__(**values)

    def set_state(self, sync_data) -> None:
        """What a page has changed; not while a thread tells what it found, which traitlets would mix up."""
        with self._lock:
            super().set_state(sync_data)

    @property
    def _publishing(self) -> bool:
        """Whether this thread is telling what it found: no change of a reader's."""
        return self._publisher == threading.get_ident()

    def _set(self, **values) -> None:
        with self._lock, self.hold_sync():
            outer, self._publisher = self._publisher, threading.get_ident()
            try:
                for name, value in values.items():
                    setattr(self, name, list(value) if name == "tries" else value)
                self.serial += 1
            finally:
                self._publisher = outer

    @traitlets.validate("text")
    def _check_text(self, proposal):
        return check_characters(proposal["value"])

    @traitlets.validate(*OPTIONS)
    def _check_option(self, proposal):
        Options(**{proposal["trait"].name: proposal["value"]})
        return proposal["value"]

    @traitlets.validate("compare")
    def _check_compare(self, proposal):
        return checked_methods(proposal["value"])

    @traitlets.validate("lang")
    def _check_lang(self, proposal):
        return check_language(proposal["value"])

    @traitlets.validate("target")
    def _check_target(self, proposal):
        target, found = proposal["value"], getattr(self, "explanation", None)
        if found is None or target is None:
            return target
        return found.targets[found.index(target)]

    @traitlets.validate("hidden")
    def _check_hidden(self, proposal):
        hidden, known = proposal["value"], len(self.explanation.features) if self.explanation else 0
        if wrong := [i for i in hidden if not 0 <= i < known]:
            raise InputError(
                f"hidden holds {wrong[0]}. limelight takes positions of the {known} features of the explanation, "
                "from 0 up; see explainer.explanation.features."
            )
        return sorted(set(hidden))

    @traitlets.validate("at")
    def _check_at(self, proposal):
        at, known = proposal["value"], len(self.tries)
        if not 0 <= at < max(known, 1):
            raise InputError(f"at is {at}. limelight takes a position in the {known} tries, from 0 up.")
        return at
