"""What a widget and its views share: traits, one by one, and what each takes."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields as fields_in
from functools import partial
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from limelight.api.options import Options
from limelight.captions import captions, check_language
from limelight.errors import InputError, LimelightError, choose, closest, listing, shown
from limelight.explanation import Explanation
from limelight.methods import METHODS, Method
from limelight.options import meaning, names_of
from limelight.render.html import STATIC
from limelight.text.fields import Field, Place, fields_of, place_of, spot_of
from limelight.widget.door import Door
from limelight.widget.pack import packed
from limelight.widget.what_if import Try, joined

if TYPE_CHECKING:
    from limelight.predictors import Model
    from limelight.text.fields import Spot
    from limelight.text.spans import Splitter

OPTIONS = names_of(Options)
SPOTS = ("about", "only", "phrases", "opened")  # those that are places in the text


# What the kernel writes; sent together, so that a view never sees half of it.
OUTGOING = (
    *("explanation", "target", "status", "progress", "error", "ways", "waiting", "serial", "_menu", "_fields"),
    *("forecast", "others", "what_if", "tries", "at", "hidden", "about", "only", "phrases", "opened", "findings"),
)


class Refused(InputError, traitlets.TraitError):
    """A value that a trait does not take; traitlets puts the old one back for its own kind of error only."""


def refusing(check: Callable[[Any], Any], value: Any) -> Any:
    """What the check gives, its error in the kind after which a trait keeps its old value."""
    try:
        return check(value)
    except InputError as error:
        raise Refused(str(error)) from error


def views() -> dict[str, str]:
    """What can be open, by name: each is a question that has a caption."""
    names = (name.partition(".") for name in captions().table)
    return {view: view for kind, _, view in names if kind == "question" and view}


class Deferred(traitlets.HasTraits):
    """Observers that are called when nothing is being changed any more, and nothing is locked.

    An observer may then ask, wait for and change whatever it likes.
    """

    door: Door

    def __init__(self, *args: Any, **values: Any) -> None:
        if "door" not in self.__dict__:
            self.door = Door()
        super().__init__(*args, **values)

    def notify_change(self, change: Any) -> None:
        """Called by traitlets with a change that has been made."""
        self.door.later(partial(super().notify_change, change))


def _place_list(value: Any, state: State) -> list[list[int]]:
    return [list(place_of(spot, state.fields)) for spot in value or ()]


def _spot_list(value: Any, state: State) -> list[Spot]:
    """What a page sends, which knows fields by their position."""
    places = value if isinstance(value, list) else [value]
    if not all(isinstance(place, (list, tuple)) and len(place) == 3 for place in places):
        raise Refused(f"the page sent {shown(value)}. limelight takes places [field, start, stop]; report it.")
    return [spot_of(place_of(tuple(place), state.fields), state.fields) for place in places]


def _named(value: Any) -> Any:
    """A name for the page: of what is no name, its own."""
    if isinstance(value, Mapping):
        return {key: _named(one) for key, one in value.items()}
    return value if isinstance(value, str) else getattr(value, "name", None) or getattr(value, "__name__", "unit")


def _note_of(value: Any, _: object) -> Any:
    return value and {"code": value.code, "values": dict(value.values), "text": str(value)}


_JSON: dict[str, dict[str, Any]] = {
    "method": {"to_json": lambda value, _: _named(value)},
    "unit": {"to_json": lambda value, _: _named(value)},
    **{name: {"to_json": _place_list, "from_json": _spot_list} for name in SPOTS},
}


def _option_trait(item: Any) -> traitlets.TraitType[Any, Any]:
    trait: traitlets.TraitType[Any, Any] = traitlets.Any(item.default, allow_none=True)
    return trait.tag(sync=True, **_JSON.get(item.name, {})) if meaning(item).page else trait


class State(anywidget.AnyWidget, Deferred):
    """The traits of an ``Explainer``.

    Attributes:
        text: what is explained, in any form that ``explain`` takes.
        method, unit, masker, scale, budget, contrast, labels, draft, seed and the other options of ``explain``:
            may be set, linked and observed; all but ``target`` start the work again, with what the model has answered.
        lang: of the captions; the view changes at once and nothing runs again.
        compare, texts: other methods and texts, which are run when the first is done.
        hidden: spans that are out, to see what the model says without them: ``(start, stop)``, with
            several fields ``(field, start, stop)``; set it also to positions of features, or to words.
        tries: what was tried, each a ``Try``: fields, hidden places, words, prediction and change.
        at: which of ``tries`` is on show; set it to go back to one.
        explanation: the latest ``Explanation``, or None before the first answer.
        status: ``"loading"``, ``"running"``, ``"done"``, ``"stopped"`` or ``"failed"``; or ``"ready"``, where a text
            would go to another machine: ``explain()``, or *Start* on the page, sends it.
        forecast: what would be asked there, while it is ready.
        progress: share of the budget spent, from 0 to 1.
        waiting: the sentence that says what the work waits for, or ``""``.
        others: the rows under the first, as the page is told of them.
        what_if: status and error of the try that is asked.
        view: the question that is open; ``""`` for the first.
        into: what the prediction is to flip into, by name, where that question is open; None for anything else.
        together: whether terms that stand beside the weights are shown as part of the explanation, see
            ``Explanation.with_terms``; what is saved from the page then is that.
        windows: whether a text beyond the model's window is read in several; set it, and the work starts again.
        learnt: what a reader has done once, by name; the page suggests it no more.
        findings: what each view has found, a record a view.
        error: the sentence shown when something is wrong, else ``""``.
        ways: out of it, each the name of a trait and a value that would mend it, or ``"explain"``.
    """

    # As text: of a path anywidget watches the file, and for that holds every widget for good. Packed, but for those
    # who change the front end and want to see it at once.
    _esm: Any
    _css: Any
    if os.environ.get("ANYWIDGET_HMR") == "1":
        _esm, _css = STATIC / "widget.js", STATIC / "widget.css"
    else:
        _esm = traitlets.Unicode(packed("widget")).tag(sync=True)
        _css = traitlets.Unicode("").tag(sync=True)

    if TYPE_CHECKING:
        # generated from Options: types
        method: str | Method
        unit: str | Splitter | Mapping[str, str | Splitter]
        masker: str
        scale: str
        budget: int | str
        time_budget: float | None
        contrast: tuple[str | int, str | int] | None
        labels: Sequence[str] | None
        about: Sequence[Spot]
        only: Sequence[Spot]
        answer: str | None
        earlier: bool
        draft: Model | None
        explained: Sequence[str] | None
        phrases: Sequence[Spot]
        opened: Sequence[Spot]
        seed: int
        # end of generated
    else:
        for _item in fields_in(Options):
            vars()[_item.name] = _option_trait(_item)
        del _item

    text = traitlets.Any("").tag(sync=True)
    target = traitlets.Union(
        [traitlets.Unicode(), traitlets.Int(), traitlets.Tuple(traitlets.Int(), traitlets.Int())],
        allow_none=True,
        default_value=None,
    ).tag(sync=True)
    explanation = traitlets.Instance(Explanation, allow_none=True).tag(
        sync=True, echo_update=False, to_json=lambda value, _: value and value.wire, from_json=lambda *_: None
    )
    status = traitlets.Unicode("loading").tag(sync=True, echo_update=False)
    progress = traitlets.Float(0.0).tag(sync=True, echo_update=False)
    error = traitlets.Unicode("").tag(sync=True, echo_update=False)
    ways: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True, echo_update=False)
    forecast = traitlets.Any(None, allow_none=True).tag(sync=True, echo_update=False, to_json=_note_of)
    waiting = traitlets.Unicode("").tag(sync=True, echo_update=False)
    compare: traitlets.List[str] = traitlets.List(traitlets.Unicode()).tag(sync=True)
    lang = traitlets.Unicode("").tag(sync=True)
    texts = traitlets.List(traitlets.Any()).tag(sync=True)
    others: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True, echo_update=False)
    hidden = traitlets.Any().tag(sync=True, to_json=_place_list, from_json=_spot_list)
    tries: traitlets.List[Try] = traitlets.List(traitlets.Instance(Try)).tag(
        sync=True, echo_update=False, to_json=lambda value, _: [t.to_dict() for t in value], from_json=lambda *_: []
    )
    at = traitlets.Int(0).tag(sync=True)
    what_if = traitlets.Dict({"status": "", "error": ""}).tag(sync=True, echo_update=False)
    view = traitlets.Unicode("").tag(sync=True)
    into = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    together = traitlets.Bool(False).tag(sync=True)
    windows = traitlets.Bool(False).tag(sync=True)
    learnt: traitlets.List[str] = traitlets.List(traitlets.Unicode()).tag(sync=True)
    findings = traitlets.Dict().tag(sync=True, echo_update=False)
    # The fields of `text`, which a page draws before there is an explanation.
    _fields: traitlets.List[dict[str, str]] = traitlets.List().tag(sync=True, echo_update=False)
    # What can be chosen: methods and units (with the reason where one cannot serve the model) and the model's targets.
    _menu = traitlets.Dict().tag(sync=True, echo_update=False)
    # Counts what was sent, so that a page can tell whether it missed any.
    serial = traitlets.Int(0).tag(sync=True, echo_update=False)
    # The picture below the widget, by the name under which a page finds and hides it.
    _still = traitlets.Unicode().tag(sync=True, echo_update=False)

    _teller: int | None = None

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields of ``text``."""
        return fields_of(self.text)

    def __setattr__(self, name: str, value: Any) -> None:
        # through one door: traitlets mixes up what two threads set at once
        if "door" in self.__dict__ and name in type(self)._traits:
            self.door.run(lambda: super(State, self).__setattr__(name, value))
        else:
            super().__setattr__(name, value)

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """What a page has changed; what cannot be is said, and the page is told the value that stands."""

        def work() -> None:
            try:
                super(State, self).set_state(sync_data)
            except (traitlets.TraitError, LimelightError) as problem:
                self._set(error=str(problem))
                self.send_state(list(sync_data))

        self.door.run(work)

    def notify_change(self, change: Any) -> None:
        """Called by traitlets with a change that has been made."""
        # whether it is news of the session's, rather than a reader's wish; the observer hears of it later
        change["told"] = self._teller == threading.get_ident()
        super().notify_change(change)

    def _set(self, **values: Any) -> None:
        """Sets traits as one piece of news."""

        def work() -> None:
            outer, self._teller = self._teller, threading.get_ident()
            try:
                with self.hold_sync():
                    for name, value in values.items():
                        setattr(self, name, value)
                    self.serial += 1
            finally:
                self._teller = outer

        self.door.run(work)

    @traitlets.default("hidden")
    def _nothing_hidden(self) -> list[Spot]:
        return []

    @traitlets.validate("text")
    def _check_text(self, proposal: Any) -> Any:
        refusing(fields_of, proposal["value"])
        return proposal["value"]

    @traitlets.validate("texts")
    def _check_texts(self, proposal: Any) -> Any:
        for text in proposal["value"]:
            refusing(fields_of, text)
        return proposal["value"]

    @traitlets.validate(*OPTIONS)
    def _check_option(self, proposal: Any) -> Any:
        name, value = proposal["trait"].name, proposal["value"]
        if name in (*SPOTS, "contrast", "labels") and isinstance(value, list):
            # JSON knows no tuples, of which a stretch of an answer is one
            value = tuple(tuple(one) if isinstance(one, list) else one for one in value)
        refusing(lambda value: Options(**{name: value}), value)
        if name in SPOTS:
            refusing(lambda spots: [place_of(spot, self.fields) for spot in spots], value)
        return value

    @traitlets.validate("compare")
    def _check_compare(self, proposal: Any) -> Any:
        return refusing(checked_methods, proposal["value"])

    @traitlets.validate("view")
    def _check_view(self, proposal: Any) -> Any:
        return proposal["value"] and refusing(partial(choose, "view", registry=views()), proposal["value"])

    @traitlets.validate("lang")
    def _check_lang(self, proposal: Any) -> Any:
        return refusing(check_language, proposal["value"])

    @traitlets.validate("target")
    def _check_target(self, proposal: Any) -> Any:
        target, explanation = proposal["value"], getattr(self, "explanation", None)
        if explanation is None or target is None:
            return target
        if explanation.answer is not None and explanation.contrast is not None and isinstance(target, tuple):
            return target  # of the answer, once it is asked about without the contrast
        part, at = refusing(explanation.chosen, target)
        return target if part is not explanation and isinstance(target, tuple) else str(part.targets[at])

    @traitlets.validate("hidden")
    def _check_hidden(self, proposal: Any) -> Any:
        places = refusing(self._places, proposal["value"])
        return [spot_of(place, self.fields) for place in joined(places)]

    def _places(self, hidden: Any) -> list[Place]:
        """Places of spots, of positions of features, and of words."""
        if isinstance(hidden, (str, bytes)) or not isinstance(hidden, Iterable):
            raise InputError(
                f"hidden is {shown(hidden)}. limelight takes a list of spans, of positions of features, or of words; "
                "write hidden=[...]."
            )
        explanation, fields = self.explanation, self.fields
        known: Sequence[Place] = ()
        if explanation is not None and explanation.fields == fields:
            known = explanation.places
        found: list[Place] = []
        for one in hidden:
            if isinstance(one, str):
                places = [place for place in known if fields[place[0]].text[place[1] : place[2]] == one]
                if not places:
                    words = list(dict.fromkeys(fields[f].text[a:b] for f, a, b in known))
                    raise InputError(
                        f"hidden holds the word {one!r}. limelight takes features of the explanation: "
                        f"{listing(words) or 'none yet, wait() for them'}.{closest(one, words)}"
                    )
                found += places
            elif isinstance(one, int) and not isinstance(one, bool):
                if not 0 <= one < len(known):
                    raise InputError(
                        f"hidden holds {one}. limelight takes positions of the {len(known)} features of the "
                        "explanation, from 0 up; see explainer.explanation.features."
                    )
                found.append(known[one])
            else:
                found.append(place_of(one, fields))
        return found

    @traitlets.validate("at")
    def _check_at(self, proposal: Any) -> Any:
        at, known = proposal["value"], len(self.tries)
        if not 0 <= at < max(known, 1):
            raise Refused(f"at is {at}. limelight takes a position in the {known} tries, from 0 up.")
        return at


def checked_methods(names: Any) -> list[str]:
    """Names of methods, each once."""
    if isinstance(names, (str, bytes, Mapping)) or not isinstance(names, Iterable):
        raise InputError(
            f"compare is {shown(names)}. limelight takes a list of names of methods, such as compare=['occlusion']."
        )
    found = list(names)
    for name in found:
        if not isinstance(name, str) or name not in METHODS:
            given = name.name if isinstance(name, Method) else name
            raise InputError(f"unknown method {given!r}. Accepted: {listing(METHODS, 20)}.{closest(given, METHODS)}")
    return list(dict.fromkeys(found))
