"""What every model looks like to limelight: inputs in, scores of its targets out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from limelight.arrays import Floats, Indices
from limelight.document import Answer, Document, position
from limelight.document.parts import Earlier
from limelight.errors import InputError, LimelightError, ModelError, PredictionError, listing, quoted, shown
from limelight.options import is_whole
from limelight.predictors.answers import NOTHING, Scores, batches_of, begun, counted, out_of_memory, table_of
from limelight.predictors.cache import Cache, Key
from limelight.predictors.turns import Turns
from limelight.text.fields import Field, Place
from limelight.text.inputs import Input, Text
from limelight.text.spans import Span

if TYPE_CHECKING:
    from limelight.predictors.hf.internals import Internals
    from limelight.predictors.hf.layered import Fitted, Lens
    from limelight.predictors.hf.lexicon import Lexicon
    from limelight.predictors.hf.reader import Reader
    from limelight.predictors.options import Loading


class Predictor(ABC):
    """Maps a batch of inputs to scores and names its targets.

    A subclass implements ``predict``; it may override ``plan`` to choose better batches, and set optional attributes
    where its model has them. A task whose scores depend on more than the texts overrides ``score``, ``key``, ``bind``.

    Attributes:
        name: shown to the reader.
        targets: names of the ``k`` targets, distinct; known at the latest after the first prediction.
        scale: what a score is: ``"probability"`` or ``"value"``.
        measured: the scale that weights are best told in, or ``""`` for the method's own.
        additive: whether the targets are parts of one whole, whose score on ``measured`` is their sum.
        answer: what the model said, of one that says something before there is anything to explain.
        pinned: places that must stay in the text, since what is explained is said of them.
        labels_words: whether it says something of each word: any stretch can be asked about, and a mask labelled.
        masker: the only way to take features out under which all targets are defined, or ``""`` for any.
        averages: whether the answers to parts of a text can be averaged.
        unbounded: whether it reads a text of any length, in windows of its own where need be.
        most_fields: how many fields an input may have; with several, texts are tuples.
        mask_token: what the model reads as "a word was here", or None.
        warnings: sentences about the model that every reader must see.
        dtype: what the model computes in, or ``""`` where it is not known.
        opaque, uncut: sentences that say why nobody can look inside, and why it does not tell its tokens, or ``""``.
        loaded: whether limelight loaded the model, which nobody else holds then.
        written: whether its answer is complete, though nothing of it is scored yet.
        costly: whether each evaluation is a call to a server, so that they are few, and none for an exam.
    """

    name: str = "model"
    targets: tuple[str, ...] = ()
    scale: str = "probability"
    measured: str = ""
    additive: bool = False
    answer: Answer | None = None
    pinned: tuple[Place, ...] = ()
    labels_words: bool = False
    masker: str = ""
    averages: bool = True
    unbounded: bool = False
    most_fields: int = 1
    mask_token: str | None = None
    warnings: tuple[str, ...] = ()
    dtype: str = ""
    opaque: str = (
        "limelight sees only the answers of this model, not its gradients or attention. "
        "Give it as (model, tokenizer) of transformers, or by name."
    )
    loaded: bool = False
    written: bool = False
    costly: bool = False
    uncut: str = "limelight sees only the answers of this model, not how it cuts a text into tokens."
    batch_size: int = 64

    @property
    def cache(self) -> Cache:
        """What the model has answered so far; made when first asked for, so that a subclass need not."""
        cache: Cache = self.__dict__.setdefault("_cache", Cache())
        return cache

    def forget(self) -> None:
        """Asks anew from now on; what is being answered just now goes with the old answers."""
        self.__dict__["_cache"] = Cache()

    @classmethod
    def accepts(cls, obj: object) -> bool:
        """Whether this backend can serve what the user calls a model."""
        return False

    @classmethod
    def of(cls, obj: Any, loading: Loading) -> Predictor:
        """Builds a predictor from what ``accepts`` accepts."""
        raise NotImplementedError

    def among(self, labels: Sequence[str] | None) -> Predictor:
        """The same model with labels of the reader's to choose among; itself for None.

        Raises:
            InputError: it has classes of its own.
        """
        if labels is None:
            return self
        raise InputError(
            f"labels is {shown(labels)}, and {self.name} has targets of its own. limelight takes labels for a "
            "zero-shot pipeline, a language model, or one with a class 'entailment'. Leave labels out: all targets are "
            "explained, target shows one."
        )

    def about(self, places: Sequence[Place]) -> Predictor:
        """The same model, asked about some stretches of its input, too; itself for none.

        Raises:
            InputError: it says nothing of single words.
        """
        if not places:
            return self
        raise InputError(
            f"about is {shown(list(places))}, and {self.name} says nothing of single words. limelight asks about "
            "stretches of a text with models that label its words; leave about out."
        )

    def only(self, places: Sequence[Place]) -> Predictor:
        """The same model, of whose targets those in some places alone are explained; itself for none.

        Raises:
            InputError: its targets stand nowhere in its input.
        """
        if not places:
            return self
        raise InputError(
            f"only is {shown(list(places))}, and targets of {self.name} stand nowhere in its input. limelight chooses "
            "among entities and answers by their places; leave only out: all targets are explained."
        )

    def asked_as(self, explanation: Document) -> Predictor:
        """The same model, asked as it was for an explanation."""
        return self.among(explanation.labels or None).about(explanation.about).only(explanation.only)

    def prompted(self, template: Any, generation: Mapping[str, Any] | None) -> Predictor:
        """The same model with prompts that are made so, and answers that are written so.

        Raises:
            InputError: it takes no prompt.
        """
        raise InputError(
            f"template or generation was given, and {self.name} reads texts as they are and writes none. limelight "
            "takes these with language models; leave them out."
        )

    def earlier(self) -> Iterator[Earlier | None]:
        """Yields None after each batch, and last what each word of the answer does to what comes after it.

        Raises:
            InputError: it writes no answer, or cannot be asked about parts of one.
        """
        raise InputError(
            f"earlier is True, and {self.name} cannot be asked about an answer without some of its words. limelight "
            "asks so of language models on this machine; leave earlier out."
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all that has a score: the targets first, then what these can be set against."""
        return self.targets

    def pair(self, contrast: tuple[Any, Any]) -> tuple[int, int]:
        """The two columns whose difference is wanted.

        Raises:
            InputError: there is no such target.
        """
        first, second = contrast
        return position(self.targets, first), position(self.targets, second)

    def rivals(self, target: int | None = None) -> tuple[tuple[int, int], ...] | None:
        """Columns of what is predicted, each beside one that is set against it, of one target or of all that is.

        The prediction is another where the second of any two has the higher score. None where that is plain from the
        scores: targets exclude each other, or each stands by itself.
        """
        return None

    def bind(self, fields: Sequence[Field], answer: Answer | None = None) -> Iterator[Predictor]:
        """Settles what there is to explain of an input, for models that say it only when they see one.

        Args:
            fields: the input.
            answer: what the model said before, where it is known.

        Yields:
            Predictors; of the last the targets are settled. A classifier yields itself.

        Raises:
            InputError: the model takes no such input.
        """
        if len(fields) > self.most_fields:
            takes = "one text" if self.most_fields == 1 else f"one text, or {self.most_fields} fields at most"
            raise InputError(
                f"the input has {len(fields)} fields ({listing(field.name for field in fields)}). {self.name} takes "
                f"{takes}; give it that, or a model of pairs."
            )
        yield self

    @abstractmethod
    def predict(self, texts: list[Any]) -> Any:
        """Scores of one batch, ``(n, k)``; of texts a str each, of inputs with several fields a tuple of str each."""

    def score(self, inputs: Sequence[Input]) -> Scores:
        """Scores of one batch, checked."""
        return self.checked(self.predict([one.plain for one in inputs]), inputs)

    def checked(self, answer: object, inputs: Sequence[Input]) -> Scores:
        """Scores of what the model answered; raises PredictionError where that is no finite ``(n, k)`` table."""
        return Scores(table_of(answer, [one.plain for one in inputs], len(self.columns)))

    def margins(self, thinned: Input) -> Floats | None:
        """What a document has as ``removal_margins``; asks about a thinned input again. None without any noise."""
        return None

    def remarks(self) -> tuple[str, ...]:
        """What a reader must know that only the asking told."""
        return ()

    def key(self, one: Input) -> Key:
        """By what the answer to an input is known again."""
        return self.dtype, *one.texts

    def plan(self, texts: Sequence[Text]) -> list[Indices]:
        """Rows of each batch, in the order in which they are to run."""
        rows, size = np.arange(len(texts)), self.batch_size
        if not is_whole(size, 1):
            raise ModelError(f"batch_size of {self.name} is {shown(size)}. limelight takes 1 or more; correct it.")
        return [rows[i : i + size] for i in range(0, len(texts), size)]

    def reads(self, text: str) -> int:
        """How many code points of ``text`` the model reads before its window ends."""
        return len(text)

    def reach(self, texts: Sequence[str]) -> tuple[int, ...]:
        """How many code points of each field the model reads."""
        if len(texts) > 1:
            return tuple(map(len, texts))
        try:
            return (self.reads(texts[0]),)
        except Exception as error:
            raise PredictionError(
                f"reads() of {self.name} raised {quoted(error)} on {begun(texts[0])}. It takes any text and says how "
                "many of its characters the model reads; try it on that text alone."
            ) from error

    def tokens(self, text: str) -> list[Span]:
        """The model's own pieces of a text, as spans; an InputError where it does not tell."""
        raise InputError(
            f"{self.name} does not tell how it cuts a text into tokens, so unit='token' cannot be served. "
            "unit='word' and unit='character' work with every model."
        )

    def unread(self, text: str) -> list[Span]:
        """Pieces of a text of which the model sees no more than that something is there."""
        return []

    def lexicon(self) -> Lexicon | None:
        """The words that the model knows, by their vectors; None where it does not tell."""
        return None

    def reader(self) -> Reader | None:
        """The model as one that says how well a text reads; None where it is no language model."""
        return None

    def lens(self, fitted: Fitted | None = None, neurons: int = 0) -> Lens | None:
        """What each layer would say along the answer that it is bound to; None where it writes none."""
        return None

    def internals(self, texts: Sequence[str]) -> Internals:
        """The model seen from inside on one input, for methods along gradients or attention.

        Raises:
            InputError: the model cannot be looked into.
        """
        raise InputError(f"{self.name} cannot be looked into: {self.opaque}")

    def batches(self, inputs: Sequence[Text | Input]) -> Iterator[tuple[Indices, Scores]]:
        """Predicts batch by batch, so that a caller can stop in between.

        Yields:
            ``(rows, scores)``: positions in ``inputs`` and their scores; with no row where a batch finished no input.

        Raises:
            PredictionError: the model raised, or answered anything but a finite ``(n, k)`` table.
        """
        asked = [Input.of(one) for one in inputs]
        # the empty text is everybody's: asked alone it has the same answer to the bit whatever else is asked
        empty = [row for row, one in enumerate(asked) if not any(one.texts)]
        others = np.array([row for row, one in enumerate(asked) if any(one.texts)], dtype=int)
        texts = [asked[row].plain for row in others]
        plan = batches_of(self.plan(texts), len(texts), self.name) if texts else []
        for rows in [*(others[rows] for rows in plan), *(np.array([row]) for row in empty)]:
            yield rows, self._ask([asked[row] for row in rows])

    def remembered(self, inputs: Iterable[Input]) -> Generator[tuple[Indices, Scores], None, dict[Key, Floats]]:
        """Asks about inputs, each once, and about none whose answer is known.

        Yields:
            ``NOTHING`` after every batch.

        Returns:
            Their scores by ``key``.
        """
        known: dict[Key, Floats] = {}
        unknown: dict[Key, Input] = {}
        for key, one in {self.key(one): one for one in inputs}.items():
            if (row := self.cache.get(key)) is None:
                unknown[key] = one
            else:
                known[key] = row[0]
        keys = list(unknown)
        for rows, scores in self.batches(list(unknown.values())):
            for row, values in zip(rows, scores.values, strict=True):
                known[keys[row]] = values
                self.cache.put(keys[row], values)
            yield NOTHING
        return known

    def relieve(self) -> None:
        """Called after a batch did not fit in memory: make the coming ones smaller."""
        self.batch_size = max(1, self.batch_size // 2)

    @property
    def turns(self) -> Turns:
        """In which threads ask the model one batch at a time, in order of asking."""
        turns: Turns = self.__dict__.setdefault("_turns", Turns())
        return turns

    def _ask(self, batch: list[Input]) -> Scores:
        try:
            with self.turns.turn():
                # checked within the turn: a model may answer the next caller in the same memory
                return self.score(batch)
        except LimelightError:
            raise
        except Exception as error:
            if len(batch) == 1 or not out_of_memory(error):
                raise self._refusal(error, batch) from error
        self.relieve()  # outside the handler, so that what the failed batch held is free again
        half = len(batch) // 2
        return Scores.joined([self._ask(batch[:half]), self._ask(batch[half:])])

    def _refusal(self, error: Exception, batch: list[Input]) -> PredictionError:
        """What to say of a batch on which the model raised: first the text that it was, where it is one of them."""
        first = batch[0].plain
        kind = "str" if isinstance(first, str) else f"tuples of {len(first)} str, a field each"
        accepted = f"A model takes a list of {kind}, the empty one among them"
        if (one := self._failing(batch)) is not None:
            return PredictionError(
                f"{begun(one.plain)}: the model raised {quoted(error)} on this text. {accepted}; try it on a list "
                "of that text alone."
            )
        return PredictionError(
            f"the model raised {quoted(error)} on {counted(batch)} at once (the first: {begun(first)}), and on none of "
            f"them alone. {accepted}; try it on as many, or give it a smaller batch_size."
        )

    def _failing(self, batch: list[Input]) -> Input | None:
        """The input on which the model raises alone, too, or None; asks it about as many as there are once more."""
        if len(batch) == 1:
            return batch[0]
        while len(batch) > 1:
            half = batch[: len(batch) // 2]
            batch = half if self._raises(half) else batch[len(half) :]
        return batch[0] if self._raises(batch) else None

    def _raises(self, batch: list[Input]) -> bool:
        try:
            with self.turns.turn():
                self.score(batch)
        except Exception:
            return True
        return False

    def __call__(self, texts: Sequence[Text]) -> Floats:
        """Scores of any number of texts, ``(n, k)``."""
        texts = list(texts)
        table: Floats | None = None
        for rows, scores in self.batches(texts):
            if not len(rows):
                continue
            if table is None:
                table = np.empty((len(texts), scores.values.shape[1]))
            table[rows] = scores.values
        return np.empty((0, len(self.targets))) if table is None else table
