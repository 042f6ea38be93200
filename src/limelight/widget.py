"""The widget: traits, observers and one message dispatcher. No science."""

from __future__ import annotations

import threading
from dataclasses import fields
from pathlib import Path

import anywidget
import traitlets

from limelight.api import KEYWORDS, Options, steps
from limelight.engine import Run
from limelight.errors import InputError, LimelightError, choose, closest, listing, reject_unknown
from limelight.explanation import Explanation
from limelight.export import answer, menu
from limelight.methods import METHODS, Method
from limelight.predictors import Predictor, as_predictor
from limelight.protocol import KINDS, failure, response
from limelight.segment import check_characters
from limelight.still import Still

OPTIONS = tuple(item.name for item in fields(Options))
STATIC = Path(__file__).parent / "static"
# What only the kernel writes; sent together, so that a view never sees half of it.
OUTGOING = ("explanation", "target", "status", "progress", "error", "serial", "_menu", "others")


class Explainer(anywidget.AnyWidget):
    """Shows what a model sees in a text: ``display(Explainer(text))``.

    Returns at once; the model is loaded and asked in a thread of its own. The
    prediction is shown first, then the words light up and sharpen.

    Args:
        text: what to explain.
        model: anything that ``as_predictor`` takes; None for the bundled sentiment BERT.
        method, unit, masker, scale, budget, time_budget, contrast, seed: see ``limelight.api.Options``.
        compare: names of other methods to show under the first.
        target: the class whose weights are shown first, by name or position;
            None for the one with the highest score.
        class_names, device, dtype, safetensors_only: see ``as_predictor``.

    Attributes:
        text, target, method, unit, masker, scale, budget, time_budget, contrast, seed: may be set, linked and
            observed; all but ``target`` start the work again, with what the model has already answered.
        compare: may be set too, and runs the other methods when the first is done.
        explanation: the latest ``Explanation``, or None before the first answer.
        status: ``"loading"``, ``"running"``, ``"done"``, ``"stopped"`` or ``"failed"``.
        progress: share of the budget spent, from 0 to 1.
        others: for each method of ``compare`` its name, title, explanation document and error.
        error: the sentence shown when something is wrong, else ``""``.

    Raises:
        InputError: a name or number that makes no sense.
        TypeError: an unknown keyword.
    """

    _esm = STATIC / "widget.js"
    _css = STATIC / "widget.css"

    text = traitlets.Unicode().tag(sync=True)
    target = traitlets.Union([traitlets.Unicode(), traitlets.Int()], allow_none=True, default_value=None).tag(sync=True)
    method = traitlets.Union([traitlets.Unicode(), traitlets.Instance(Method)], default_value=Options.method).tag(
        sync=True, to_json=lambda value, _: value if isinstance(value, str) else value.name
    )
    unit = traitlets.Unicode(Options.unit)
    masker = traitlets.Unicode(Options.masker)
    scale = traitlets.Unicode(Options.scale)
    budget = traitlets.Union([traitlets.Int(), traitlets.Unicode()], default_value=Options.budget)
    time_budget = traitlets.Float(Options.time_budget, allow_none=True)
    contrast = traitlets.Any(Options.contrast, allow_none=True).tag(sync=True)
    seed = traitlets.Int(Options.seed)

    explanation = traitlets.Instance(Explanation, allow_none=True).tag(
        sync=True, echo_update=False, to_json=lambda value, _: value and value.to_dict(), from_json=lambda *_: None
    )
    status = traitlets.Unicode("loading").tag(sync=True, echo_update=False)
    progress = traitlets.Float(0.0).tag(sync=True, echo_update=False)
    error = traitlets.Unicode("").tag(sync=True, echo_update=False)
    compare = traitlets.List(traitlets.Unicode()).tag(sync=True)
    others = traitlets.List().tag(sync=True, echo_update=False)
    # What can be chosen: methods (with the reason where one cannot serve the model) and the model's own targets.
    _menu = traitlets.Dict().tag(sync=True, echo_update=False)
    # Counts what was sent, so that a page can tell whether it missed any.
    serial = traitlets.Int(0).tag(sync=True, echo_update=False)
    # The picture below the widget, by the name under which a page finds and hides it.
    _still = traitlets.Unicode().tag(sync=True, echo_update=False)

    _run: Run | None = None
    _beside: Run | None = None
    _predictor: Predictor | None = None
    _publishing = False

    def __init__(self, text: str, model: object = None, **options) -> None:
        layout = {name: options.pop(name) for name in ("layout", "tooltip") if name in options}
        reject_unknown("Explainer", options, [*KEYWORDS, "compare", "target"])
        self._lock = threading.RLock()
        self._follows = options.get("target") is None  # until a class is chosen, show the predicted one
        target = options.pop("target", None)
        compare = list(options.pop("compare", ()))
        chosen = {name: options.pop(name) for name in OPTIONS if name in options}
        Options(**chosen)
        check_characters(text)
        self._model, self._model_options = model, options
        self._picture = Still()
        super().__init__(text=text, target=target, compare=compare, _still=self._picture.name, **chosen, **layout)
        self.on_msg(self._on_message)
        self.observe(self._on_contrast, "contrast")
        self.observe(lambda _: self._start(), ["text", *OPTIONS])
        self.observe(self._on_target, "target")
        self.observe(lambda _: self._start_others(), "compare")
        self._start()

    def explain(self) -> None:
        """Starts the work again, asking the model anew: it may have been trained since."""
        with self._lock:
            if self._predictor is not None:
                self._predictor.cache.clear()
            self._predictor = None
            self._start()

    def _start(self) -> None:
        """Starts the work in its own thread; what ran before is stopped."""
        with self._lock:
            self.stop()
            text = self.text
            options = Options(**{name: getattr(self, name) for name in OPTIONS})

            def work():
                # kept, with what it has answered: a change of unit or text asks only what is new
                predictor = self._predictor = self._predictor or as_predictor(self._model, **self._model_options)
                return steps(text, predictor, options, examine="always" if self.compare else True)

            self._run = Run(work, self._publish)
            self._beside = None
            self._set(status="loading", progress=0.0, error="", others=[])
            self._run.start()

    def stop(self) -> None:
        """Stops the work after the batch it is at; what was found stays."""
        for run in (self._run, self._beside):
            if run is not None:
                run.stop()

    def wait(self, timeout: float | None = None) -> Explanation | None:
        """Blocks until the work has ended, at most ``timeout`` seconds; returns the explanation so far."""
        run = self._run
        if run is not None:
            run.wait(timeout)
            if self._beside is not None:
                self._beside.wait(timeout)
            # Said again from the caller's thread and cell: Colab, and tools that execute
            # notebooks, pass over what a background thread sent on behalf of another cell.
            self.send_state(OUTGOING)
            self._picture.update(self.explanation, again=True)
        return self.explanation

    def _ipython_display_(self, **options) -> None:
        self._picture.display(self._repr_mimebundle_(**options), self.explanation)

    def close(self) -> None:
        self.stop()
        super().close()

    def _publish(self, run: Run) -> None:
        with self._lock:
            if run is not self._run:
                return  # a late snapshot of a run that was replaced
            found, target = run.latest, self.target
            if found is not None:
                try:
                    # of a contrast the first is what was asked for, however the scores are
                    best = 0 if found.contrast else found.index()
                    target = found.targets[best if self._follows else found.index(target)]
                except InputError as problem:
                    # said for as long as the run lasts: from now on the target is a valid one
                    run.error, target = run.error or str(problem), found.targets[found.index()]
            self._set(
                _menu=self._menu_of(self._predictor),
                explanation=found or self.explanation,
                target=target,
                status=run.status,
                progress=run.progress,
                error=run.error,
            )
            if run.status == "done" and self.compare:
                self._start_others()
            if run.status in ("done", "stopped"):
                self._picture.update(self.explanation)

    def _start_others(self) -> None:
        """Runs the methods of ``compare`` that are missing, one after the other, once the first method is done."""
        with self._lock:
            if self._beside is not None:
                self._beside.stop()
            known = {other["method"]: other for other in self.others if other["explanation"] or other["error"]}
            waiting = {name: METHODS[name].title for name in self.compare}
            empty = {name: _other(name, title) for name, title in waiting.items()}
            self._set(others=[known.get(name, empty[name]) for name in self.compare])
            missing = [name for name in self.compare if name not in known]
            if not missing or self.status != "done" or self._predictor is None:
                return
            chosen = {name: getattr(self, name) for name in OPTIONS if name not in ("method", "scale")}
            text, predictor = self.text, self._predictor

            def work():
                for name in missing:
                    try:
                        for latest in steps(text, predictor, Options(method=name, **chosen), examine="always"):
                            yield latest
                        # said here too: between two methods the last word could fall to the throttle
                        self._tell_other(run, _other_of(latest))
                    except LimelightError as problem:
                        self._tell_other(run, _other(name, METHODS[name].title, error=str(problem)))

            run = self._beside = Run(work, lambda run: run.latest and self._tell_other(run, _other_of(run.latest)))
            run.start()

    def _tell_other(self, run: Run, other: dict) -> None:
        with self._lock:
            if run is self._beside:
                self._set(others=[other if old["method"] == other["method"] else old for old in self.others])

    @staticmethod
    def _menu_of(predictor: Predictor | None) -> dict:
        if predictor is None:
            return {}
        methods = [
            {"name": name, "title": method.title, "reason": predictor.opaque if method.needs_inside else ""}
            for name, method in METHODS.items()
        ]
        return {"methods": methods, "targets": list(predictor.targets), "formats": menu()}

    def _set(self, **values) -> None:
        with self._lock, self.hold_sync():
            self._publishing = True
            try:
                for name, value in values.items():
                    setattr(self, name, value)
                self.serial += 1
            finally:
                self._publishing = False

    def _on_target(self, change) -> None:
        if not self._publishing:
            self._follows = change["new"] is None

    def _on_contrast(self, _) -> None:
        self._follows = True  # the targets are others now

    @traitlets.validate("text")
    def _check_text(self, proposal):
        return check_characters(proposal["value"])

    @traitlets.validate(*OPTIONS)
    def _check_option(self, proposal):
        Options(**{proposal["trait"].name: proposal["value"]})
        return proposal["value"]

    @traitlets.validate("compare")
    def _check_compare(self, proposal):
        for name in proposal["value"]:
            choose("method", name, METHODS)
        return list(dict.fromkeys(proposal["value"]))

    @traitlets.validate("target")
    def _check_target(self, proposal):
        target, found = proposal["value"], getattr(self, "explanation", None)
        if found is None or target is None:
            return target
        return found.targets[found.index(target)]

    def _on_message(self, _, request, buffers) -> None:
        kind = request.get("kind") if isinstance(request, dict) else None
        if kind not in KINDS:
            accepted = f"limelight answers {listing(KINDS)}.{closest(kind, KINDS)}"
            self.send(failure(request if isinstance(request, dict) else {}, f"unknown request {kind!r}. {accepted}"))
            return
        if kind == "export":
            self.send(answer(request, self.explanation))
            return
        if kind == "explain":
            self.explain()
        elif kind == "cancel":
            self.stop()
        elif request.get("msg", {}).get("seen") != self.serial:
            # Colab can drop what a thread sends; asked from the page, we send it again
            self.send_state(OUTGOING)
        self.send(response(request, {"serial": self.serial, "status": self.status}))


def _other(method: str, title: str, explanation: dict | None = None, error: str = "") -> dict:
    return {"method": method, "title": title, "explanation": explanation, "error": error}


def _other_of(found: Explanation) -> dict:
    return _other(found.method, found.title, found.to_dict() if found.weights is not None else None)
