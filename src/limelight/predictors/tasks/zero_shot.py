"""Zero-shot classification: a model of entailment asked whether a text says what each label says."""

from __future__ import annotations

import string
from collections.abc import Iterator, Sequence
from contextlib import suppress

import numpy as np

from limelight.arrays import Floats, Indices
from limelight.document import Answer
from limelight.errors import InputError, ModelError, listing, shown
from limelight.predictors.answers import Scores
from limelight.predictors.base import Predictor
from limelight.predictors.cache import Key
from limelight.text.fields import Field
from limelight.text.inputs import Input, Text
from limelight.text.spans import Span

TEMPLATE = "This example is {}."  # of transformers' pipeline


class ZeroShot(Predictor):
    """Scores labels of the reader's, each by whether the text entails the sentence that is made of it.

    As transformers' pipeline: of one label among several the softmax of the logits of
    entailment; where several can hold, or there is only one, of each by itself the logit of
    entailment against that of contradiction. Pairs that were asked before, with other
    labels, are not asked again.

    Args:
        judge: a model of pairs, whose scores are the logits of its classes.
        classes: their names, one of which begins with "entail".
        labels: what is to be chosen among; none until a reader says.
        template: the sentence that is made of a label, in the place of ``{}``.
        several: whether several labels can hold at once.
    """

    opaque = (
        "it is asked about the text once for each label, and has no one input to follow gradients or attention "
        "through. Choose a method that asks the model."
    )

    def __init__(
        self,
        judge: Predictor,
        classes: Sequence[str],
        labels: Sequence[str] = (),
        template: str = TEMPLATE,
        several: bool = False,
    ) -> None:
        self._judge, self._classes, self._template, self._several = judge, tuple(classes), template, several
        self._entailed = entailment_of(classes)
        if self._entailed is None:
            raise ModelError(
                f"the model's classes are {listing(classes)}. A zero-shot model is one of entailment; name the class "
                "that says so 'entailment' in config.id2label, or take a model of that kind."
            )
        self._contradicted = _contradiction_of(classes, self._entailed)
        check_template(template)
        self.targets = tuple(labels)
        self.name, self.mask_token, self.dtype = judge.name, judge.mask_token, judge.dtype
        self.warnings, self.uncut, self.loaded = judge.warnings, judge.uncut, judge.loaded
        self._turns = judge.turns

    def among(self, labels: Sequence[str] | None) -> ZeroShot:
        """The same model with these labels to choose among; None for those that it has."""
        if labels is None:
            return self
        return ZeroShot(self._judge, self._classes, labels, self._template, self._several)

    def bind(self, fields: Sequence[Field], answer: Answer | None = None) -> Iterator[Predictor]:
        if not self.targets:
            raise no_labels(self.name)
        yield from super().bind(fields, answer)

    def key(self, one: Input) -> Key:
        return (*super().key(one), *self.targets)

    def forget(self) -> None:
        super().forget()
        self._judge.forget()

    def relieve(self) -> None:
        super().relieve()
        self._judge.relieve()

    def tokens(self, text: str) -> list[Span]:
        return self._judge.tokens(text)

    def reach(self, texts: Sequence[str]) -> tuple[int, ...]:
        # beside the longest sentence there is least room
        return self._judge.reach((texts[0], max(self._sentences(), key=len)))[:1]

    def _sentences(self) -> list[str]:
        return [self._template.format(label) for label in self.targets]

    def predict(self, texts: list[str]) -> Floats:
        return self(texts)

    def batches(self, inputs: Sequence[Text | Input]) -> Iterator[tuple[Indices, Scores]]:
        """Scores of some texts at a time; yields in between, after every batch of the model."""
        texts, sentences = [Input.of(one).texts[0] for one in inputs], self._sentences()
        for start in range(0, len(texts), self.batch_size):
            some = texts[start : start + self.batch_size]
            pairs = [Input((text, sentence)) for text in some for sentence in sentences]
            known = yield from self._judge.remembered(pairs)
            logits = np.array([known[self._judge.key(pair)] for pair in pairs])
            yield (
                np.arange(start, start + len(some)),
                Scores(self._probabilities(logits.reshape(len(some), len(sentences), -1))),
            )

    def _probabilities(self, logits: Floats) -> Floats:
        """Of logits ``(n, labels, classes)``, ``(n, labels)``."""
        from scipy.special import expit, softmax

        entailed = logits[..., self._entailed]
        if self._several or logits.shape[1] == 1:
            return np.asarray(expit(entailed - logits[..., self._contradicted]), dtype=float)
        return np.asarray(softmax(entailed, axis=1), dtype=float)


def no_labels(name: str) -> InputError:
    """What to say where a model that chooses among labels was given none."""
    return InputError(
        f"{name} chooses among labels, and none were given. limelight takes a list of names; write "
        "labels=['sport', 'politics']."
    )


def entailment_of(classes: Sequence[str]) -> int | None:
    """The class that says that the second text follows, if there is one."""
    return next((at for at, name in enumerate(classes) if name.lower().startswith("entail")), None)


def _contradiction_of(classes: Sequence[str], entailed: int) -> int:
    """The class that says the opposite; where none is called so, the one that transformers takes for it."""
    named = (at for at, name in enumerate(classes) if name.lower().startswith("contra"))
    return next(named, len(classes) - 1 if entailed == 0 else 0)


def check_template(template: object) -> None:
    """Refuses what makes no sentence of a label.

    Raises:
        InputError: it has no one place for the label.
    """
    places: list[str] = []
    with suppress(ValueError):  # of a lone brace
        places = [name for _, name, _, _ in string.Formatter().parse(str(template)) if name is not None]
    if not isinstance(template, str) or len(places) != 1 or places[0] not in ("", "0"):
        raise InputError(
            f"the hypothesis template is {shown(template)}. limelight takes a sentence with {{}} where the label "
            f"goes, such as {TEMPLATE!r}; write that."
        )
