"""The widget: traits, observers and one message dispatcher. No science."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from functools import partial

from ipywidgets import CallbackDispatcher

from limelight.api.explain import KEYWORDS, Options, steps
from limelight.captions import check_language
from limelight.errors import InputError, closest, listing, reject_unknown
from limelight.explanation import Explanation
from limelight.methods import METHODS
from limelight.predictors import Predictor, as_predictor
from limelight.protocol import KINDS, failure, response
from limelight.render.files import answer, menu
from limelight.text.checks import check_characters
from limelight.text.units import UNITS
from limelight.widget.fallback import Still
from limelight.widget.rows import rows_of, run_rows
from limelight.widget.run import Run
from limelight.widget.traits import OPTIONS, OUTGOING, State, checked_methods
from limelight.widget.what_if import added, hide


class Explainer(State):
    """Shows what a model sees in a text: ``display(Explainer(text))``.

    Returns at once; the model is loaded and asked in a thread of its own. The
    prediction is shown first, then the words light up and sharpen. ``await`` it, or
    ``wait()``, to have the end.

    Args:
        text: what to explain; of a list the first, with the others under it.
        model: anything that ``as_predictor`` takes; None for the bundled sentiment BERT;
            of a list the first, with the others under it.
        method, unit, masker, scale, budget, time_budget, contrast, phrases, opened, seed: see
            ``limelight.api.explain.Options``.
        compare: names of other methods to show under the first.
        target: the class whose weights are shown first, by name or position;
            None for the one with the highest score.
        lang: of the captions: ``"en"`` or ``"zh"``; empty for the browser's.
        class_names, device, dtype, safetensors_only, windows: see ``as_predictor``.

    Attributes: see ``limelight.widget.traits.State``.

    Raises:
        InputError: a name or number that makes no sense.
        TypeError: an unknown keyword.
    """

    _run: Run | None = None
    _beside: Run | None = None
    _trying: Run | None = None
    _predictor: Predictor | None = None

    def __init__(self, text: str | list[str], model: object = None, **options) -> None:
        layout = {name: options.pop(name) for name in ("layout", "tooltip") if name in options}
        reject_unknown("Explainer", options, [*KEYWORDS, "compare", "lang", "target"])
        self._explained = CallbackDispatcher()
        self._follows = options.get("target") is None  # until a class is chosen, show the predicted one
        target = options.pop("target", None)
        compare = checked_methods(options.pop("compare", ()))
        lang = check_language(options.pop("lang", ""))
        chosen = {name: options.pop(name) for name in OPTIONS if name in options}
        Options(**chosen)
        text, *texts = _several("text", text)
        self._model, *self._models = _several("model", model)
        for each in (text, *texts):
            check_characters(each)
        self._model_options = options
        self._drawn: Run | None = None  # the run of which something is shown
        self._wanted: list = []  # spans to hide as soon as the features are known
        self._picture = Still()
        given = {"text": text, "target": target, "compare": compare, "texts": texts, "lang": lang}
        super().__init__(_still=self._picture.name, **given, **chosen, **layout)
        self.on_msg(self._on_message)
        self.observe(self._on_contrast, "contrast")
        self.observe(self._on_text, "text")
        self.observe(self._on_option, ["text", *OPTIONS])
        self.observe(self._on_target, "target")
        self.observe(lambda _: self._start_others(), ["compare", "texts"])
        self.observe(self._on_hidden, "hidden")
        self.observe(self._on_at, "at")
        self.observe(lambda _: self._picture.update(self.explanation, self.lang), "lang")
        self._start()

    def explain(self) -> None:
        """Starts the work again, asking the model anew: it may have been trained since."""
        with self._lock:
            if self._predictor is not None:
                self._predictor.cache.clear()
            # held until there is a new one: what was loaded by name is not loaded twice
            held, self._predictor = self._predictor, None
            self._start(held)

    def _start(self, held: Predictor | None = None) -> None:
        """Starts the work in its own thread; what ran before is stopped."""
        with self._lock:
            self.stop()
            text = self.text
            found = self.explanation
            if found is not None and found.text == text and not self._wanted:
                self._wanted = [found.spans[i] for i in self.hidden if i < len(found.spans)]
            try:
                options = self._options()
            except InputError as problem:
                # each is right by itself, as a contrast and a scale, but not together
                self._run = self._beside = self._trying = None
                self._set(status="failed", progress=0.0, error=str(problem), others=[])
                return

            def work(held=held):
                # kept, with what it has answered: a change of unit or text asks only what is new
                predictor = self._predictor = self._predictor or self._load()
                return steps(text, predictor, options, examine="always" if self._has_rows else True)

            self._run = Run(work, self._publish)
            self._beside = self._trying = None
            self._set(status="loading", progress=0.0, error="", others=[])
            self._run.start()

    def _options(self) -> Options:
        return Options(**{name: getattr(self, name) for name in OPTIONS})

    @property
    def _has_rows(self) -> bool:
        return bool(self.compare or self.texts or self._models)

    def _load(self, model: object = ...) -> Predictor:
        return as_predictor(self._model if model is ... else model, **self._model_options)

    def stop(self) -> None:
        """Stops the work after the batch it is at; what was found stays."""
        for run in self._runs():
            run.stop()

    def _runs(self) -> list[Run]:
        return [run for run in (self._run, self._beside, self._trying) if run is not None]

    def wait(self, timeout: float | None = None) -> Explanation | None:
        """Blocks until the work has ended, at most ``timeout`` seconds; returns the explanation so far."""
        for name in ("_run", "_beside", "_trying"):
            run = getattr(self, name)
            if run is not None:
                run.wait(timeout)
        # Said again from the caller's thread and cell: Colab, and tools that execute
        # notebooks, pass over what a background thread sent on behalf of another cell.
        self.send_state(OUTGOING)
        self._picture.update(self.explanation, self.lang, again=True)
        return self.explanation

    def __await__(self) -> Generator[object, None, Explanation | None]:
        """``await explainer``: as ``wait``, with the kernel free for others meanwhile."""

        async def ended():
            while any(not run.ended for run in self._runs()):
                await asyncio.sleep(0.05)
            return self.wait()

        return ended().__await__()

    def on_explained(self, callback: Callable[[Explainer], None], remove: bool = False) -> None:
        """Has ``callback(explainer)`` called whenever an explanation is finished, in the thread that found it."""
        self._explained.register_callback(callback, remove=remove)

    def _ipython_display_(self, **options) -> None:
        self._picture.display(self._repr_mimebundle_(**options), self.explanation, self.lang)

    def close(self) -> None:
        """Ends the work, the views and the hold on the model."""
        self.stop()
        super().close()
        self.unobserve_all()
        self._explained = CallbackDispatcher()
        self._run = self._beside = self._trying = self._drawn = None
        self._predictor = self._model = None
        self._models = []

    def _publish(self, run: Run) -> None:
        found, news, first = run.latest, {}, None
        if found is not None and run is not self._drawn and run is self._run:
            before = self.tries[self.at] if self.at < len(self.tries) else None
            # before the lock: where the answer is no longer known the model is asked, which may have to wait
            first = hide(found, self._predictor, (), before)
        with self._lock:
            if run is not self._run:
                return  # a late snapshot of a run that was replaced
            target = self.target
            if found is not None:
                try:
                    # of a contrast the first is what was asked for, however the scores are
                    best = 0 if found.contrast else found.index()
                    target = found.targets[best if self._follows else found.index(target)]
                except InputError as problem:
                    # said for as long as the run lasts: from now on the target is a valid one
                    run.error, target = run.error or str(problem), found.targets[found.index()]
            if first is not None:
                news["tries"], news["at"] = added(self.tries, first)
                news["hidden"] = _positions(found, self._wanted)
                self._drawn, self._wanted = run, []
            self._set(
                _menu=self._menu_of(self._predictor),
                explanation=found or self.explanation,
                target=target,
                status=run.status,
                progress=run.progress,
                error=run.error,
                **news,
            )
            if news and self.hidden:
                self._try()
            if run.status == "done":
                self._start_others()
            if run.status in ("done", "stopped"):
                self._picture.update(self.explanation, self.lang)
        if run.status == "done":
            self._explained(self)

    def _try(self) -> None:
        """Asks the model about the text without what is hidden, in a thread of its own."""
        with self._lock:
            found, predictor, hidden = self.explanation, self._predictor, tuple(self.hidden)
            if self._trying is not None:
                self._trying.stop()
            if found is None or predictor is None or found.text != self.text:
                return

            def work():
                yield hide(found, predictor, hidden)

            self._trying = Run(work, self._publish_try)
            self._trying.start()

    def _publish_try(self, run: Run) -> None:
        with self._lock:
            if run is not self._trying:
                return
            if run.error:
                self._set(error=run.error)
            elif run.latest is not None:
                tries, at = added(self.tries, run.latest)
                self._set(tries=tries, at=at)

    def _start_others(self) -> None:
        """Runs the rows under the first that are missing, one after the other, once the first is done."""
        with self._lock:
            if self._beside is not None:
                self._beside.stop()
            if self.status == "failed":
                return  # there is no first to stand under
            options = self._options()
            loads = [partial(self._load, model) for model in self._models]
            rows = rows_of(
                self.text, options, lambda: self._predictor, methods=self.compare, texts=self.texts, models=loads
            )
            known = {(o["kind"], o["name"]): o for o in self.others if o["ended"]}
            self._set(others=[known.get((row.kind, row.name), row.told()) for row in rows])
            missing = [row for row in rows if (row.kind, row.name) not in known]
            if missing and self.status == "done":
                self._beside = run_rows(missing, self._tell_other)
                self._beside.start()

    def _tell_other(self, run: Run, other: dict) -> None:
        with self._lock:
            if run is self._beside:
                same = (other["kind"], other["name"])
                self._set(others=[other if (old["kind"], old["name"]) == same else old for old in self.others])

    @staticmethod
    def _menu_of(predictor: Predictor | None) -> dict:
        if predictor is None:
            return {}
        methods = [
            {"name": name, "title": method.title, "reason": predictor.opaque if method.needs_inside else ""}
            for name, method in METHODS.items()
        ]
        units = [{"name": name, "reason": predictor.opaque if name == "token" else ""} for name in UNITS]
        return {"methods": methods, "units": units, "targets": list(predictor.targets), "formats": menu()}

    def _on_target(self, change) -> None:
        if not self._publishing:
            self._follows = change["new"] is None

    def _on_contrast(self, _) -> None:
        self._follows = True  # the targets are others now

    def _on_text(self, _) -> None:
        # what was chosen by positions in the old text
        self._set(hidden=[], phrases=(), opened=())

    def _on_option(self, _) -> None:
        if not self._publishing:
            self._start()

    def _on_hidden(self, _) -> None:
        if not self._publishing:
            self._try()

    def _on_at(self, change) -> None:
        if self._publishing or not self.tries:
            return
        chosen = self.tries[change["new"]]
        self._wanted = list(chosen.hidden)
        if chosen.text != self.text:
            self.text = chosen.text
        elif self.explanation is not None:
            self.hidden = _positions(self.explanation, self._wanted)
            self._wanted = []

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


def _positions(found: Explanation, spans: list) -> list[int]:
    """The features that stand at these spans."""
    return [i for i, span in enumerate(found.spans) if span in spans]


def _several(name: str, given: object) -> list:
    """What was given, or the list of it."""
    if not isinstance(given, list):
        return [given]
    if not given:
        raise InputError(f"{name} is an empty list. limelight takes one {name}, or a list of some; give one.")
    return given
