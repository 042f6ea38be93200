"""Answers: the stretches of a context that answer a question, each a target."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from limelight.arrays import Floats, Indices
from limelight.document import Answer
from limelight.document.targets import Target, distinct, standing
from limelight.errors import InputError, ModelError, listing, shown
from limelight.predictors.answers import NOTHING, Scores
from limelight.predictors.base import Predictor
from limelight.predictors.cache import Cache, Key
from limelight.predictors.hf.located import Located
from limelight.predictors.hf.tokenizing import Encoding
from limelight.predictors.hf.transformer import Tensors
from limelight.predictors.tasks.classification import softmax
from limelight.predictors.tasks.reading import NOWHERE, Reading, cut
from limelight.scales import LEAST
from limelight.text.fields import Field, Place
from limelight.text.inputs import Input, Text
from limelight.text.spans import Span

if TYPE_CHECKING:
    from limelight.predictors.hf.internals import Internals

GROUP = "answers"
NO_ANSWER, ANSWER, OTHER = "no answer", "answer", "another answer"  # kinds of targets, the first a name, too
LONGEST = 15  # tokens of an answer, as transformers' pipeline has it
MOST = 5  # stretches that are targets
RIVAL = 0.02  # of the likeliest's probability: what has less is no rival, and its words are free to be taken out
WINDOW = 512  # tokens, of a model without a bound
AT_ONCE = 128  # windows that are planned together


class Answering(Located):
    """Asks where in a context the answer to a question begins and where it ends; bound to both, answers are targets.

    By itself it reads windows: pairs of a question and as much of a context as fits beside it.

    Args:
        model, tokenizer, name, missing: as ``Transformer`` has them.
        longest: tokens that an answer may have.
        unanswerable: whether "no answer" is a target wherever the model has a token for it.
    """

    heads = ("ForQuestionAnswering", "ForQuestionAnsweringSimple")
    pipelines = ("question-answering",)
    auto = "AutoModelForQuestionAnswering"
    kind = "extractive question answerer"
    most_fields = 2
    unbounded = True

    def __init__(
        self, model: Any, tokenizer: Any, *, longest: int = LONGEST, unanswerable: bool = False, **more: Any
    ) -> None:
        super().__init__(model, tokenizer, **more)
        self.longest, self.unanswerable = longest, unanswerable
        # as transformers trains and asks: where padding comes first, the context does
        self.context_at = 0 if getattr(tokenizer, "padding_side", "right") == "left" else 1
        if self.window is None:
            self.window, self._encoding = WINDOW, Encoding(tokenizer, WINDOW)

    @classmethod
    def of_pipeline(cls, pipeline: Any) -> Self:
        asked = getattr(pipeline, "_postprocess_params", None) or {}
        return cls(
            pipeline.model,
            pipeline.tokenizer,
            longest=asked.get("max_answer_len") or LONGEST,
            unanswerable=bool(asked.get("handle_impossible_answer")),
        )

    def renamed(self, class_names: Sequence[str]) -> Self:
        raise InputError(
            f"class_names is {shown(class_names)}, and {self.name} points at words. Its targets are the answers that "
            "it finds in the context; leave class_names out."
        )

    def bind(self, fields: Sequence[Field], answer: Answer | None = None) -> Iterator[Predictor]:
        if len(fields) != 2:
            given = "one text" if len(fields) == 1 else f"{len(fields)} fields ({listing(one.name for one in fields)})"
            raise InputError(
                f"the input has {given}. {self.name} answers a question from a context; give it "
                "{'question': '...', 'context': '...'}."
            )
        if self.uncut:
            raise InputError(f"{self.name} cannot say where its answers stand: {self.uncut}")
        names = [field.name.casefold() for field in fields]
        at = names.index("context") if "context" in names else int(names[1] != "question")
        if not any(map(str.isalnum, fields[at].text)):
            raise InputError(
                f"the field {fields[at].name!r} has no word. {self.name} finds the answer to a question in it; write "
                "the text that it is to be found in."
            )
        bound = Answers(self, at)
        whole = Input(tuple(field.text for field in fields))
        for read in bound.readings([whole]):
            if read:
                bound.settle(whole, read[0])
            yield bound

    def read(self, output: Any, tensors: dict[str, Any]) -> Any:
        import torch

        starts, ends = (getattr(output, f"{edge}_logits", None) for edge in ("start", "end"))
        if starts is None or ends is None:
            raise ModelError(
                f"{type(self._model).__name__} answers without start_logits and end_logits. limelight explains models "
                "that give each token a score as the beginning and as the end of an answer; take one of those."
            )
        return torch.stack([starts, ends], dim=-1)

    def beside(self, question: str, context: str) -> Input:
        """A question and what is read of a context, in the order that the model knows."""
        return Input((question, context) if self.context_at else (context, question))

    def windows(self, question: str, context: str) -> list[Span]:
        """Where a context is cut to fit beside its question: spans that overlap by half, at blanks if there are some.

        Raises:
            InputError: the question leaves no room.
        """
        assert self.window is not None  # see __init__
        room = self.window - self._tokenizer.num_special_tokens_to_add(pair=True)
        if len(question.encode()) + len(context.encode()) <= room:
            return [(0, len(context))]  # no tokenizer makes more of them
        with self.turns.turn():
            plain = {"add_special_tokens": False, "truncation": False, "verbose": False}
            asked = len(self._tokenizer(question, **plain)["input_ids"])
            offsets = self._tokenizer(context, return_offsets_mapping=True, **plain)["offset_mapping"]
        if asked + len(offsets) <= room:
            return [(0, len(context))]
        if asked > room / 2:
            raise InputError(
                f"the question has {asked:,} tokens, and {self.name} reads {self.window:,} at once. limelight reads a "
                "long context in windows of which the question takes half at most; shorten the question."
            )
        return cut(context, offsets, room - asked)

    def none_of(self, ids: Sequence[int], places: Sequence[Place | None]) -> int | None:
        """The token by which the model says that there is no answer."""
        own = getattr(self._tokenizer, "cls_token_id", None)
        marks = (at for at, place in enumerate(places) if place is None and ids[at] == own)
        return next(marks, None) if own is not None else None

    def score(self, inputs: Sequence[Input]) -> Scores:
        """Pages of windows, see ``Reading.joined``, each as one row that NaN fills up."""
        texts = [one.plain for one in inputs]
        assert self.window is not None  # see __init__
        logits = np.zeros((len(texts), self.window, 2))
        pages = np.full((len(texts), 1 + self.window, 4), np.nan)
        for row, (answer, places, ids) in enumerate(self.located(texts)):
            logits[row, : len(places)] = answer
            none = self.none_of(ids, places)
            own = {at: place for at, place in enumerate(places) if place is not None and place[0] == self.context_at}
            pages[row, 0] = [NOWHERE, NOWHERE, *([-np.inf] * 2 if none is None else answer[none])]
            for at, (token, (_, *span)) in enumerate(own.items(), 1):
                pages[row, at] = [*span, *answer[token]]
        self.checked(logits.reshape(len(texts), -1), inputs)
        return Scores(pages.reshape(len(texts), -1))

    def probed(self, texts: list[str]) -> Floats:
        return np.concatenate([softmax(answer.T).T for text in texts for answer in self.answers([text])])

    def differentiable(self, places: Sequence[Place | None]) -> tuple[Tensors, Tensors | None]:
        return lambda output: self.read(output, {}).float(), None


class Answers(Predictor):
    """Scores the answers that a model found in a context, wherever they stand once other words are gone.

    A score is P(the answer begins at its first token) times P(it ends at its last one), among all tokens of the
    context and the one that says that there is no answer, as transformers' pipeline has it. A context that does not
    fit the model is read in windows. The words of all answers stay in the text: what is gone cannot be pointed at.

    Args:
        reader: the model.
        at: which field is the context; the other is the question.
    """

    measured = "log-probability"
    most_fields = 2

    def __init__(self, reader: Answering, at: int) -> None:
        self._reader, self._at = reader, at
        self._spans: tuple[Span | None, ...] = ()
        self.name, self.mask_token, self.dtype = reader.name, reader.mask_token, reader.dtype
        self.warnings, self.uncut, self.loaded = reader.warnings, reader.uncut, reader.loaded
        self.opaque = reader.opaque
        self._turns = reader.turns

    @property
    def cache(self) -> Cache:
        return self._reader.cache

    def forget(self) -> None:
        self._reader.forget()

    def settle(self, whole: Input, reading: Reading) -> None:
        """Freezes the answers that are to be explained: the likeliest, and what comes near it.

        Raises:
            InputError: the model reads no word of the context.
        """
        question, context = self._parts(whole)
        spans: list[Span | None] = list(reading.likeliest(context, self._reader.longest, MOST))
        if not spans:
            raise InputError(
                f"{self.name} finds no word in the context that its tokenizer knows where to place. It answers from "
                "words; write some there."
            )
        always = [spans[0], None] if self._reader.unanswerable else spans[:1]
        scores = {span: reading.log_probability(span) for span in [*spans, None]}
        least = max(scores.values()) + np.log(RIVAL)
        rivals = [one for one in scores if np.isfinite(scores[one]) and (scores[one] >= least or one in always)]
        rivals.sort(key=lambda one: -scores[one])
        self._reading = reading
        places = [None if one is None else (self._at, *one) for one in rivals]
        names = distinct(NO_ANSWER if one is None else context[slice(*one)] for one in rivals)
        kinds = [NO_ANSWER if one is None else ANSWER if one == spans[0] else OTHER for one in rivals]
        targets = [Target(name, GROUP, place, kind) for name, place, kind in zip(names, places, kinds, strict=True)]
        own = standing(targets, self._reader.chosen)
        self._spans, self.targets = tuple(rivals[at] for at in own), tuple(targets[at] for at in own)
        self.pinned = tuple(place for place in self._places() if place is not None)
        if len(self._reader.windows(question, context)) > 1:
            self.opaque = "it reads a context this long in several windows; shorten the context to look into one."

    def _parts(self, one: Input) -> tuple[str, str]:
        """Question and context."""
        return one.texts[1 - self._at], one.texts[self._at]

    def rivals(self, target: int | None = None) -> tuple[tuple[int, int], ...] | None:
        own = target or 0  # the likeliest comes first
        return tuple((own, at) for at in range(len(self.targets)) if at != own) or None

    def predict(self, texts: Sequence[Text]) -> Floats:
        return self.score([Input.of(text) for text in texts]).values

    def score(self, inputs: Sequence[Input]) -> Scores:
        table = np.empty((len(inputs), len(self.targets)))
        for rows, scores in self.batches(inputs):
            if len(rows):
                table[rows] = scores.values
        return Scores(table)

    def key(self, one: Input) -> Key:
        places = [None if place is None else one.at(place) for place in self._places()]
        return *super().key(one), *self.targets, str(places)

    def _places(self) -> list[Place | None]:
        return [None if one is None else (self._at, *one) for one in self._spans]

    def batches(self, inputs: Sequence[Text | Input]) -> Iterator[tuple[Indices, Scores]]:
        """Scores of the inputs that a batch of the model has finished; yields after each, whatever it has finished."""
        asked = [Input.of(one) for one in inputs]
        for read in self.readings(asked):
            if not read:
                yield NOTHING
                continue
            some = [asked[row] for row in read]
            logs = [self._logs(one, reading) for one, reading in zip(some, read.values(), strict=True)]
            yield np.array(list(read)), self.checked(np.exp(logs), some)

    def _logs(self, one: Input, reading: Reading) -> list[float]:
        now = [None if place is None else one.at(place) for place in self._places()]
        if any(place is not None and span is None for place, span in zip(self._places(), now, strict=True)):
            raise InputError(
                "a word of an answer was taken out, and what is gone cannot be pointed at. limelight takes out any "
                "other word; leave the answers' own where they are."
            )
        return [max(reading.log_probability(span), float(np.log(LEAST))) for span in now]

    def readings(self, inputs: Sequence[Input]) -> Iterator[dict[int, Reading]]:
        """Reads contexts; yields after every batch of the model, by row, those of which all windows are read."""
        waiting: dict[int, list[Span]] = {}
        for row, one in enumerate(inputs):
            waiting[row] = self._reader.windows(*self._parts(one))
            if len(waiting[row]) > 1:
                yield {}
            if row == len(inputs) - 1 or sum(map(len, waiting.values())) >= AT_ONCE:
                yield from self._read(inputs, waiting)
                waiting = {}

    def _read(self, inputs: Sequence[Input], waiting: dict[int, list[Span]]) -> Iterator[dict[int, Reading]]:
        reader = self._reader
        asked: dict[int, list[Input]] = {}
        pages: dict[tuple[str, ...], Floats] = {}
        unknown: dict[tuple[str, ...], Input] = {}
        for row, windows in waiting.items():
            question, context = self._parts(inputs[row])
            asked[row] = [reader.beside(question, context[slice(*window)]) for window in windows]
            for one in asked[row]:
                known = reader.cache.get(reader.key(one))
                if known is None:
                    unknown[one.texts] = one
                else:
                    pages[one.texts] = known[0]

        def over() -> dict[int, Reading]:
            done = [row for row, own in asked.items() if all(one.texts in pages for one in own)]
            return {row: Reading.joined(waiting[row], [pages[one.texts] for one in asked.pop(row)]) for row in done}

        if read := over():
            yield read
        wanted = list(unknown.values())
        for rows, scores in reader.batches(wanted):
            for row, values in zip(rows, scores.values, strict=True):
                page = values.reshape(-1, 4)
                pages[wanted[row].texts] = page = page[~np.isnan(page[:, 0])]
                reader.cache.put(reader.key(wanted[row]), page)
            yield over()

    def tokens(self, text: str) -> list[Span]:
        return self._reader.tokens(text)

    def internals(self, texts: Sequence[str]) -> Internals:
        if self.opaque:
            return super().internals(texts)
        reader = self._reader
        inner = reader.internals(reader.beside(*self._parts(Input(tuple(texts)))).texts)
        none = reader.none_of(inner.inputs["input_ids"][0].tolist(), inner.places)
        own = [at for at, place in enumerate(inner.places) if place is not None and place[0] == reader.context_at]
        allowed = own if none is None else [none, *own]
        tokens = [(-1, -1) if span is None else self._reading.tokens(span) for span in self._spans]
        # among those that are allowed: the one that says that there is none stands first
        firsts, lasts = ([at + len(allowed) - len(own) for at in edge] for edge in zip(*tokens, strict=True))

        def logs(output: Any) -> Any:
            each = inner.logits(output)[:, allowed].log_softmax(dim=1)
            return each[:, firsts, 0] + each[:, lasts, 1]

        # the model knows the two by their order
        fields = (1 - self._at, self._at) if reader.context_at else (self._at, 1 - self._at)
        places = tuple(None if place is None else (fields[place[0]], *place[1:]) for place in inner.places)
        return replace(inner, places=places, logits=logs, probabilities=lambda logits: logits.exp())
