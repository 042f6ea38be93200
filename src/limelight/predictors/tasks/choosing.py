"""Multiple choice: which of several texts follows, each asked about beside the one that they answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

import numpy as np

from limelight.arrays import Floats, Indices
from limelight.document import Answer
from limelight.document.targets import distinct
from limelight.errors import InputError, listing, shown
from limelight.predictors.answers import Scores
from limelight.predictors.base import Predictor
from limelight.predictors.hf.transformer import Tensors, Transformer
from limelight.predictors.tasks.classification import sigmoid, softmax
from limelight.text.fields import MOST_FIELDS, Field, Place
from limelight.text.inputs import Input, Text

GROUP = "choices"  # of the fields that are chosen among, as {"question": "...", "choices": ["...", "..."]} has them
MOST_NAME = 60  # characters of a choice that name it


class Choosing(Transformer):
    """Asks how well each choice goes with the text before it; each is a target, and they share a probability of one."""

    most_fields = MOST_FIELDS
    heads = ("ForMultipleChoice",)
    auto = "AutoModelForMultipleChoice"
    kind = "model of multiple choice"
    averages = False

    def __init__(self, model: Any, tokenizer: Any, **more: Any) -> None:
        super().__init__(model, tokenizer, **more)
        self.opaque = (
            "it is asked about each choice by itself, and has no one input to follow gradients or attention through. "
            "Choose a method that asks the model."
        )

    def renamed(self, class_names: Sequence[str]) -> Self:
        raise InputError(
            f"class_names is {shown(class_names)}, and {self.name} chooses among the texts that it is given. Leave "
            "class_names out."
        )

    def bind(self, fields: Sequence[Field], answer: Answer | None = None) -> Iterator[Predictor]:
        choices = [field for field in fields if field.group == GROUP]
        if len(choices) < 2 or len(fields) != len(choices) + 1 or fields[0] in choices:
            raise InputError(
                f"the input has the fields {listing(field.name for field in fields)}. {self.name} chooses among "
                "several texts that follow one; give it both, such as {'question': '...', 'choices': ['...', '...']}."
            )
        bound = self.copied()
        bound.forget()
        bound.targets = distinct(" ".join(field.text.split())[:MOST_NAME] or field.name for field in choices)
        bound._tokens_per_batch = max(1, self._tokens_per_batch // len(choices))
        yield bound

    def plan(self, texts: Sequence[Text]) -> list[Indices]:
        return super().plan([(text[0], max(text[1:], key=len)) for text in texts])

    def reach(self, texts: Sequence[str]) -> tuple[int, ...]:
        first, *choices = texts
        reads = [super(Choosing, self).reach((first, choice)) for choice in choices]
        # beside the longest choice there is least room
        return min(one for one, _ in reads), *(own for _, own in reads)

    def _forward(self, rows: Mapping[str, Sequence[Any]]) -> Floats:
        # a model takes several choices at once; here each is the only one, so that those of all inputs are one batch
        return super()._forward({key: [[ids] for ids in values] for key, values in rows.items()})

    def read(self, output: Any, tensors: dict[str, Any]) -> Any:
        return output.logits

    def score(self, inputs: Sequence[Input]) -> Scores:
        asked = [(one.texts[0], choice) for one in inputs for choice in one.texts[1:]]
        return self.checked(softmax(np.reshape(self.answers(asked), (len(inputs), -1))), inputs)

    def probed(self, texts: list[str]) -> Floats:
        return sigmoid(np.array(self.answers([(text, text) for text in texts])))

    def differentiable(self, places: Sequence[Place | None]) -> tuple[Tensors, Tensors | None]:
        raise InputError(f"{self.name} cannot be looked into: {self.opaque}")
