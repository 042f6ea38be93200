"""A language model as a classifier: which of the reader's labels it would say after a prompt."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from limelight.arrays import Floats, Indices
from limelight.document import Answer
from limelight.errors import InputError
from limelight.predictors.answers import Scores
from limelight.predictors.base import Predictor
from limelight.predictors.cache import Key
from limelight.predictors.prompting import Template
from limelight.predictors.tasks.classification import softmax
from limelight.predictors.turns import Turns
from limelight.text.fields import MOST_FIELDS, Field
from limelight.text.inputs import Input, Text
from limelight.text.spans import Span

Ids = tuple[int, ...]


class Writer(Protocol):
    """What a language model has to do for it, see ``Generation``."""

    name: str
    mask_token: str | None
    dtype: str
    warnings: tuple[str, ...]
    loaded: bool
    uncut: str
    manner: str

    @property
    def turns(self) -> Turns: ...
    def prompted(self, template: Template, generation: Mapping[str, Any] | None) -> Writer: ...
    def facing(self, fields: Sequence[Field]) -> Writer: ...
    def following(self, texts: tuple[str, ...], labels: Sequence[str]) -> list[Ids]: ...
    def likely(self, inputs: Sequence[Input], before: Ids, last: Sequence[int]) -> tuple[Floats, Floats]: ...
    def plan(self, texts: Sequence[Text]) -> list[Indices]: ...
    def tokens(self, text: str) -> list[Span]: ...
    def relieve(self) -> None: ...
    def forget(self) -> None: ...


class Labelled(Predictor):
    """Scores labels by how likely each is to follow a prompt, their probabilities made to add up to one.

    Labels that differ in their last token only are asked in one pass.

    Args:
        writer: the language model.
        labels: what is to be chosen among.
    """

    averages = False
    most_fields = MOST_FIELDS

    def __init__(self, writer: Writer, labels: Sequence[str]) -> None:
        self._writer, self.targets = writer, tuple(labels)
        self._groups: dict[Ids, list[tuple[int, int]]] = {}  # of what comes before: labels and their last tokens
        self.name, self.mask_token, self.dtype = writer.name, writer.mask_token, writer.dtype
        self.warnings, self.loaded, self.uncut = writer.warnings, writer.loaded, writer.uncut
        self.opaque = "what is explained are labels of several tokens. Choose a method that asks the model."
        self._turns = writer.turns

    def among(self, labels: Sequence[str] | None) -> Labelled:
        return self if labels is None else Labelled(self._writer, labels)

    def prompted(self, template: Template, generation: Mapping[str, Any] | None) -> Labelled:
        return Labelled(self._writer.prompted(template, generation), self.targets)

    def bind(self, fields: Sequence[Field], answer: Answer | None = None) -> Iterator[Predictor]:
        bound = copy.copy(self)
        bound._writer = self._writer.facing(fields)
        tokens = bound._writer.following(tuple(field.text for field in fields), self.targets)
        if empty := [label for label, ids in zip(self.targets, tokens, strict=True) if not ids]:
            raise InputError(f"the label {empty[0]!r} has no token of {self.name}. limelight takes words; write one.")
        bound._groups = {}
        for at, ids in enumerate(tokens):
            bound._groups.setdefault(ids[:-1], []).append((at, ids[-1]))
        bound.warnings = bound._writer.warnings
        bound.answer = None
        yield bound

    def key(self, one: Input) -> Key:
        return (*super().key(one), self._writer.manner, *self.targets)

    def forget(self) -> None:
        super().forget()
        self._writer.forget()

    def relieve(self) -> None:
        self._writer.relieve()

    def tokens(self, text: str) -> list[Span]:
        return self._writer.tokens(text)

    def plan(self, texts: Sequence[Text]) -> list[Indices]:
        return self._writer.plan(texts)

    def predict(self, texts: list[Any]) -> Floats:
        return self.score([Input.of(text) for text in texts]).values

    def score(self, inputs: Sequence[Input]) -> Scores:
        logs = np.empty((len(inputs), len(self.targets)))
        for before, last in self._groups.items():
            columns = [at for at, _ in last]
            own, there = self._writer.likely(inputs, before, [token for _, token in last])
            logs[:, columns] = own.sum(axis=1, keepdims=True) + there
        return self.checked(softmax(np.maximum(logs, -1e6)), inputs)
