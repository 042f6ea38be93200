"""Classes of a whole input: what a model's head makes of one text or of a pair."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from limelight.arrays import Floats
from limelight.document import Answer
from limelight.document.targets import distinct
from limelight.errors import ModelError, listing
from limelight.predictors.answers import Scores
from limelight.predictors.base import Predictor
from limelight.predictors.hf.folders import Folder
from limelight.predictors.hf.given import is_pair
from limelight.predictors.hf.transformer import Tensors, Transformer
from limelight.predictors.tasks.zero_shot import TEMPLATE, ZeroShot, entailment_of, no_labels
from limelight.text.fields import Field, Place
from limelight.text.inputs import Input


def softmax(logits: Floats) -> Floats:
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: Floats = shifted / shifted.sum(axis=-1, keepdims=True)
    return shares


def sigmoid(logits: Floats) -> Floats:
    return 0.5 * (1 + np.tanh(0.5 * logits))


def identity(logits: Floats) -> Floats:
    return logits


@dataclass(frozen=True)
class Head:
    """What a head's outputs mean.

    Attributes:
        scores: maps logits ``(n, k)`` to scores ``(n, k)``.
        scale: what a score is: ``"probability"`` or ``"value"``.
        probabilities: the same as ``scores`` on torch's tensors, or None where scores are values.
    """

    scores: Callable[[Floats], Floats]
    scale: str
    probabilities: Callable[[Any], Any] | None = None


# The keys are transformers' own names for `config.problem_type`.
HEADS = {
    "single_label_classification": Head(softmax, "probability", lambda logits: logits.softmax(-1)),
    "multi_label_classification": Head(sigmoid, "probability", lambda logits: logits.sigmoid()),
    "regression": Head(identity, "value"),
}


def head_of(problem_type: str | None, outputs: int) -> Head:
    """Chooses the head as transformers' own loss does.

    An unset ``problem_type`` means regression for one output (its loss is then
    the squared error) and one label out of k otherwise.

    Raises:
        ModelError: the problem type is none that transformers defines.
    """
    if problem_type is None:
        problem_type = "regression" if outputs == 1 else "single_label_classification"
    if not isinstance(problem_type, str) or problem_type not in HEADS:
        raise ModelError(
            f"the model's config has problem_type {problem_type!r}. limelight knows {listing(HEADS)}; "
            "set config.problem_type to the one the model was trained for."
        )
    return HEADS[problem_type]


ZERO_SHOT = "zero-shot-classification"  # transformers' name of that pipeline


class Classification(Transformer):
    """Asks for the scores of all classes, of one text or of a pair.

    What has none of the heads that limelight knows is taken for a classifier, too: a folder without
    a head gets one that says that it is not trained, and a model of one's own need only give ``logits``.

    Args:
        model, tokenizer, name, missing: as ``Transformer`` has them.
        head: how logits become scores; by default ``config.problem_type`` decides.
    """

    most_fields = 2
    # of a zero-shot pipeline, which has no classes but the labels that it is given
    chooses = False
    template, several = TEMPLATE, False
    heads = ("ForSequenceClassification",)
    pipelines = ("text-classification", "sentiment-analysis", ZERO_SHOT)
    auto = "AutoModelForSequenceClassification"
    kind = "sequence classifier"

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        *,
        name: str | None = None,
        missing: Iterable[str] | None = None,
        head: Head | None = None,
    ) -> None:
        super().__init__(model, tokenizer, name=name, missing=missing)
        self.targets = distinct(self.labels)
        self._head = head or head_of(getattr(model.config, "problem_type", None), len(self.targets))
        self.scale = self._head.scale

    @classmethod
    def accepts(cls, obj: object) -> bool:
        return super().accepts(obj) or isinstance(obj, Folder) or is_pair(obj)

    @classmethod
    def of_pipeline(cls, pipeline: Any) -> Self:
        made = cls(pipeline.model, pipeline.tokenizer, head=_pipeline_head(pipeline))
        if pipeline.task == ZERO_SHOT:
            asked, told = (
                getattr(pipeline, name, None) or {} for name in ("_preprocess_params", "_postprocess_params")
            )
            made.chooses, made.targets = True, ()
            made.template, made.several = asked.get("hypothesis_template", TEMPLATE), told.get("multi_label", False)
        return made

    def among(self, labels: Sequence[str] | None) -> Predictor:
        if labels is None or not (self.chooses or entailment_of(self.labels) is not None):
            return super().among(labels)
        return ZeroShot(self._judge(), self.labels, labels, self.template, self.several)

    def _judge(self) -> Classification:
        """The same model with its logits for scores, and what it has answered as such."""
        judge: Classification | None = self.__dict__.get("_judging")
        if judge is None:
            self._judging = judge = copy.copy(self)
            judge.targets, judge._head, judge.scale = distinct(self.labels), HEADS["regression"], "value"
            judge.forget()
        return judge

    def forget(self) -> None:
        super().forget()
        self.__dict__.pop("_judging", None)

    def bind(self, fields: Sequence[Field], answer: Answer | None = None) -> Iterator[Predictor]:
        if self.chooses:
            raise no_labels(self.name)
        yield from super().bind(fields, answer)

    def renamed(self, class_names: Sequence[str]) -> Self:
        other = super().renamed(class_names)
        other.targets = distinct(class_names)
        return other

    def read(self, output: Any, tensors: dict[str, Any]) -> Any:
        return output.logits

    def score(self, inputs: Sequence[Input]) -> Scores:
        return self.checked(self._head.scores(np.array(self.answers([one.plain for one in inputs]))), inputs)

    def differentiable(self, places: Sequence[Place | None]) -> tuple[Tensors, Tensors | None]:
        return lambda output: output.logits.float(), self._head.probabilities


def _pipeline_head(pipeline: Any) -> Head | None:
    """The head that a pipeline was told to use, or None to go by the config."""
    asked = (getattr(pipeline, "_postprocess_params", None) or {}).get("function_to_apply")
    kinds = {"softmax": "single_label_classification", "sigmoid": "multi_label_classification", "none": "regression"}
    kind = kinds.get(str(getattr(asked, "value", asked)).lower()) if asked is not None else None
    return HEADS[kind] if kind else None
