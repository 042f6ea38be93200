"""The widget: traits, observers and one message dispatcher over a session. No science."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, NoReturn, cast

from ipywidgets import CallbackDispatcher

from limelight.api.options import Options
from limelight.captions import check_language
from limelight.errors import InputError, closest, listing, shown
from limelight.explanation import Explanation
from limelight.methods import Method
from limelight.options import names_of
from limelight.phrasebook import reject_unknown
from limelight.predictors import Model
from limelight.predictors.options import Loading
from limelight.predictors.prompting import Template
from limelight.text.fields import Given, Spot, fields_of, given_of, is_chat, place_of, spot_of
from limelight.text.spans import Splitter
from limelight.widget.boxes import shown_in_boxes
from limelight.widget.fallback import Fallback
from limelight.widget.menu import menu_of, told
from limelight.widget.messages import answered
from limelight.widget.rows import winners
from limelight.widget.session import Request, Session
from limelight.widget.traits import OPTIONS, OUTGOING, SPOTS, State, checked_methods
from limelight.widget.what_if import Try

KEYWORDS = (*names_of(Options, Loading), "compare", "lang", "layout", "target", "tooltip")

log = logging.getLogger("limelight")


class Explainer(State):
    """Shows what a model sees in a text: ``display(Explainer(text))``.

    Returns at once; the model is loaded and asked in a thread of its own. The
    prediction is shown first, then the words light up and sharpen. ``await`` it, or
    ``wait()``, to have the end.

    Attributes: see ``limelight.widget.traits.State``.

    Raises:
        InputError: a name or number that makes no sense.
        TypeError: an unknown keyword.
    """

    _reacts = False  # to what is set: when all is in place

    def __init__(
        self,
        text: Given | list[Any],
        model: Model | list[Any] | None = None,
        *,
        # generated from Options, Loading: signature
        method: str | Method = "lime",
        unit: str | Splitter | Mapping[str, str | Splitter] = "word",
        masker: str = "delete",
        scale: str = "auto",
        budget: int | str = "auto",
        time_budget: float | None = None,
        contrast: tuple[str | int, str | int] | None = None,
        labels: Sequence[str] | None = None,
        about: Sequence[Spot] = (),
        only: Sequence[Spot] = (),
        answer: str | None = None,
        earlier: bool = False,
        draft: Model | None = None,
        explained: Sequence[str] | None = None,
        phrases: Sequence[Spot] = (),
        opened: Sequence[Spot] = (),
        seed: int = 0,
        class_names: Sequence[str] | None = None,
        device: str = "auto",
        dtype: str = "auto",
        safetensors_only: bool = True,
        windows: bool = False,
        template: Template = "auto",
        generation: Mapping[str, Any] | None = None,
        # end of generated
        compare: Sequence[str] = (),
        target: str | int | None = None,
        lang: str = "",
        layout: Any = None,
        tooltip: str | None = None,
        **unknown: NoReturn,
    ) -> None:
        """Starts to explain.

        Args:
            text: what to explain: one str, or a dict of named texts such as
                ``{"premise": "...", "hypothesis": "..."}``; of a list the first, with the others under it.
            model: anything that ``as_predictor`` takes; None for the bundled sentiment BERT;
                of a list the first, with the others under it.
            method: how to explain: a name from ``limelight.methods.METHODS``, or a ``Method``.
            unit: what a feature is: ``'word'``, ``'sentence'``, ``'paragraph'``, ``'source'`` (a part of a list),
                ``'token'`` (the model's), ``'character'``, a function to spans ``[(start, stop), ...]``, or a dict by
                field.
            masker: how a feature is taken out: ``'delete'``, or ``'mask'`` for the model's own mask token in its place.
            scale: what weights are measured in: ``'probability'``, ``'logit'``, ``'log-odds'`` (each class against the
                rest), ``'log-probability'``, or ``'auto'``: the method's own, and the plain value where the model
                answers no probabilities.
            budget: ``'auto'`` to stop when the answer is settled (after 2,000 evaluations at the latest), or the number
                of model evaluations to spend.
            time_budget: seconds after which the answer so far is given; None for no limit.
            contrast: two classes, by name or position: why the first rather than the second, on the difference of their
                logits.
            labels: what a zero-shot model, one of entailment or a language model is to choose among; None for its own
                targets.
            about: spans to ask about, too, of a model that labels words: why is there no entity? They stay in the text.
            only: spans of targets, of a model whose targets stand in its input: these alone are explained, and words of
                the others can be taken out as any.
            answer: what a language model is taken to have said, to be explained; None for what it writes itself.
            earlier: whether to find out, too, what the earlier words of a language model's answer do to its later ones:
                each is taken out of what was said before.
            draft: a smaller model on this machine, as ``model``, that is asked first: its guess is shown at once, and
                what the model says corrects it; None for none.
            explained: names of the fields that are cut into features, of an input with several; None for all.
            phrases: spans of the text, with several fields ``(field, start, stop)``: features that one touches count as
                one.
            opened: spans: features that one touches are cut finer, a sentence into words, a word into characters.
            seed: of every random choice: the same seed gives the same answer.
            class_names: names of the ``k`` classes, in their order; None for the model's own.
            device: where a model that limelight loads is put: ``'auto'`` (an accelerator if there is one), ``'cpu'``,
                ``'cuda:1'``.
            dtype: what a model that limelight loads computes in: ``'float32'``, ``'bfloat16'``, or ``'auto'``: bfloat16
                where the hardware is faster in it and it moves no probability by more than .005 on a dozen texts that
                are asked first.
            safetensors_only: refuse weights stored as pickles, which can run code.
            windows: read a text beyond the model's window in windows that overlap, and average their answers; else the
                model stops reading where its window ends.
            template: how an input becomes the prompt of a language model: ``'auto'`` for its own chat template where it
                has one, a format string with the fields' names, a function from a dict of texts to a str or a chat, or
                None for the text as it is.
            generation: how a language model writes its answer, as transformers' generate calls it: ``{'max_new_tokens':
                30}``; None for the likeliest token each time, at most 64.
            compare: names of other methods to show under the first.
            target: the class whose weights are shown first, by name or position;
                None for the one with the highest score.
            lang: of the captions: ``"en"``, ``"es"`` or ``"zh"``; empty for the browser's.
            layout, tooltip: ipywidgets' own.
        """
        reject_unknown("Explainer", unknown, KEYWORDS)
        # generated from Options, Loading: collected
        options = Options(
            method=method,
            unit=unit,
            masker=masker,
            scale=scale,
            budget=budget,
            time_budget=time_budget,
            contrast=contrast,
            labels=labels,
            about=about,
            only=only,
            answer=answer,
            earlier=earlier,
            draft=draft,
            explained=explained,
            phrases=phrases,
            opened=opened,
            seed=seed,
        )
        loading = Loading(
            class_names=class_names,
            device=device,
            dtype=dtype,
            safetensors_only=safetensors_only,
            windows=windows,
            template=template,
            generation=generation,
        )
        # end of generated
        first, *others = _several("text", text)
        models = _several("model", model)
        fields = fields_of(first)
        for other in others:
            fields_of(other)
        self._explained_callbacks = CallbackDispatcher()
        self._picture = Fallback()
        self._session = Session(self._hear, models, loading, self._on_end)
        self._session.choose(target)
        self.door = self._session.door
        given: dict[str, Any] = {
            "text": first,
            "texts": others,
            "windows": windows,
            "compare": checked_methods(compare),
            "lang": check_language(lang),
        }
        chosen = {name: getattr(options, name) for name in OPTIONS}
        ipywidgets = {name: value for name, value in (("layout", layout), ("tooltip", tooltip)) if value is not None}
        super().__init__(
            _still=self._picture.name, _fields=told(fields), target=target, **given, **chosen, **ipywidgets
        )
        self.on_msg(self._on_message)
        shown_in_boxes(Explainer, Explainer._display_picture)
        self._reacts = True
        self._start()

    def __setattr__(self, name: str, value: Any) -> None:
        # a subclass may have what it likes
        known = name[0] == "_" or name in vars(self) or hasattr(type(self), name)
        # by its name: traitlets gives an object with traits of its own a class of its own
        if self._reacts and not known and type(self).__name__ == Explainer.__name__:
            settable = (
                *OPTIONS,
                "text",
                "target",
                "hidden",
                "compare",
                "texts",
                "lang",
                "view",
                "into",
                "together",
                "windows",
            )
            raise AttributeError(
                f"Explainer has no attribute {name!r}. What can be set: {listing(settable, 99)}. "
                f"Correct the name.{closest(name, settable)}"
            )
        super().__setattr__(name, value)

    def explain(self) -> None:
        """Starts the work again, asking the model anew: it may have been trained since."""
        self._session.again()

    def stop(self) -> None:
        """Stops the work after the batch it is at; what was found stays."""
        self._session.stop()

    def wait(self, timeout: float | None = None) -> Explanation | None:
        """Blocks until the work has ended, at most ``timeout`` seconds; returns the explanation so far.

        What failed is logged as a warning, too: a script has no page to read it on.
        """
        self._session.wait(timeout)
        # Said again from the caller's thread and cell: Colab, and tools that execute
        # notebooks, pass over what a background thread sent on behalf of another cell.
        self._say_again()
        self._picture.update(self.explanation, self.lang, again=True)
        if self.status == "failed":
            log.warning(self.error)
        return self.explanation

    def __await__(self) -> Generator[object, None, Explanation | None]:
        """``await explainer``: as ``wait``, with the kernel free for others meanwhile."""

        async def ended() -> Explanation | None:
            while any(not run.ended for run in self._session.runs):
                await asyncio.sleep(0.05)
            return self.wait()

        return ended().__await__()

    def on_explained(self, callback: Callable[[Explainer], None], remove: bool = False) -> None:
        """Has ``callback(explainer)`` called whenever an explanation is finished, in the thread that found it."""
        self._explained_callbacks.register_callback(callback, remove=remove)

    def close(self) -> None:
        """Ends the work, the views and the hold on the model."""
        session = vars(self).get("_session")
        if session is not None:  # else something was refused: ipywidgets closes what was never made, too
            session.close()
        super().close()
        self.unobserve_all()
        self._explained_callbacks = CallbackDispatcher()

    def __repr__(self) -> str:
        found, closed = self.explanation, " (closed)" if self.comm is None else ""
        if self.status == "failed":
            return f"<Explainer failed: {self.error}>{closed}"
        if found is None or found.fields != self.fields:
            return f"<Explainer of {shown(self.text)}>{closed}"
        return f"<Explainer {repr(found).removeprefix('<Explanation ')}{closed}"

    def _ipython_display_(self, **options: Any) -> None:
        from IPython.display import display

        closed = self.comm is None  # then there is no view, and ipywidgets has taken the bundle away
        data, metadata = ({"text/plain": repr(self)}, {}) if closed else self._repr_mimebundle_(**options)
        display(data, metadata=metadata, raw=True)
        self._display_picture()

    def _display_picture(self) -> None:
        self._picture.display(self.explanation, self.lang)
        # a run that ended in between has found nothing to fill
        self._picture.update(self.explanation, self.lang)

    # from the session

    def _hear(self, **news: Any) -> None:
        """What is new, in the session's words and within its door; observers hear of it outside."""
        if "others" in news:
            best = winners(self._session.explanation, news["others"])
            news["others"] = [
                row.to_dict([target for target, key in best.items() if key == row.key]) for row in news["others"]
            ]
        if "ways" in news:
            news["ways"] = [way.to_dict() for way in news["ways"]]
        if "tries" in news:
            news["tries"] = list(news["tries"])
        if "explanation" in news:
            news["_menu"] = menu_of(self._session.predictor, news["explanation"], self.labels)
        self._set(**news)
        if news.get("status") in ("done", "stopped"):
            self._picture.update(self.explanation, self.lang)

    def _on_end(self) -> None:
        self._explained_callbacks(self)

    # to the session

    def notify_change(self, change: Any) -> None:
        """Called by traitlets with a change that has been made."""
        super().notify_change(change)
        if self._reacts and not change["told"]:
            # within the door: the session hears what several threads change in the order in which they did
            self.door.run(lambda: self._react(change["name"]))

    def _react(self, name: str) -> None:
        if name == "text":
            # what was chosen by places in the old text
            self._session.hidden = ()
            self._set(hidden=[], _fields=told(self.fields), **dict.fromkeys(SPOTS, ()))
        if name == "about" and self.about:
            self._set(only=())
            self._session.choose(place_of(self.about[-1], self.fields))  # what was asked last is what is shown
        if name == "text" or name in OPTIONS:
            self._start()
        elif name == "windows":
            self._session.read(self.windows)
        elif name == "target":
            self._session.choose(self.target)
        elif name in ("compare", "texts"):
            self._session.compare(self.compare, [fields_of(text) for text in self.texts])
        elif name == "hidden":
            self._session.hide([place_of(spot, self.fields) for spot in self.hidden])
        elif name == "at" and self.tries:
            self._go_back(self.tries[self.at])
        elif name in ("view", "into"):
            self._session.look(self.view, self.into)
        elif name == "lang":
            self._picture.update(self.explanation, self.lang)

    def _go_back(self, chosen: Try) -> None:
        spots = [spot_of(place, chosen.fields) for place in chosen.hidden]
        if chosen.fields == self.fields:
            self._set(hidden=spots)
            self._session.hide(chosen.hidden)
            return
        given = given_of(chosen.fields)
        self._set(text=given, _fields=told(chosen.fields), hidden=spots, **dict.fromkeys(SPOTS, ()))
        self._session.hidden = chosen.hidden
        self._start()

    def _start(self) -> None:
        options = {name: getattr(self, name) for name in OPTIONS}
        texts = tuple(fields_of(text) for text in self.texts)
        self._session.start(Request(self.fields, options, tuple(self.compare), texts))

    def _on_message(self, _: object, request: object, buffers: object) -> None:
        verbs = {
            "explain": lambda _: self.explain(),
            "cancel": lambda _: self.stop(),
            # Colab can drop what a thread sends; asked from the page, we send it again
            "poll": lambda message: None if message.get("seen") == self.serial else self._say_again(),
        }
        explanation = self.explanation
        if self.together and explanation is not None and explanation.joint_weights is not None:
            explanation = explanation.with_terms()
        self.send(answered(request, explanation, verbs, lambda: {"serial": self.serial, "status": self.status}))

    def _say_again(self) -> None:
        self.door.run(lambda: self.send_state(OUTGOING))


def _several(name: str, given: object) -> list[Any]:
    """What was given, or the list of it; a list of messages is one chat."""
    if not issubclass(type(given), list):  # isinstance asks the model for its class, which may raise
        return [given]
    several = list(cast("list[Any]", given))
    if not several:
        raise InputError(f"{name} is an empty list. limelight takes one {name}, or a list of some; give one.")
    if name == "text" and is_chat(several):
        return [given]
    return several
