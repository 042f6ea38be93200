"""Any callable from texts, or tuples of texts, to a table of scores; a scikit-learn pipeline among them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from limelight.document.targets import distinct
from limelight.predictors.answers import Scores
from limelight.predictors.base import Predictor
from limelight.predictors.options import Loading
from limelight.predictors.turns import turns_of
from limelight.text.fields import MOST_FIELDS
from limelight.text.inputs import Input, Text

UNNAMED = "a function"  # what a reader is told of a model without a name


class FunctionPredictor(Predictor):
    """Asks a function ``list[str] -> (n, k)``; where the input has several fields, it is given tuples of str.

    Args:
        function: the callable, or an object with ``predict_proba``.
        class_names: names of the ``k`` columns; by default scikit-learn's
            ``classes_`` where the function belongs to an estimator, else
            ``class 0``, ``class 1``, ...
    """

    most_fields = MOST_FIELDS

    def __init__(self, function: Any, *, class_names: Sequence[str] | None = None) -> None:
        self._function: Callable[..., Any] = getattr(function, "predict_proba", function)
        owner = getattr(self._function, "__self__", None)
        self._turns = turns_of(self._function if owner is None else owner)
        if class_names is None:
            class_names = getattr(owner, "classes_", None)
        self.targets = () if class_names is None else distinct(list(class_names))
        own = getattr(function, "__name__", UNNAMED)
        self.name = type(owner).__name__ if owner is not None else UNNAMED if own == "<lambda>" else own
        # Which of the two scales it is shows in the answers; until one was seen,
        # the name decides.
        self._probability = True if "proba" in getattr(self._function, "__name__", "") else None

    @classmethod
    def accepts(cls, obj: object) -> bool:
        return callable(obj) or callable(getattr(obj, "predict_proba", None))

    @classmethod
    def of(cls, obj: Any, loading: Loading) -> FunctionPredictor:
        return cls(obj, class_names=loading.class_names)

    @property
    def scale(self) -> str:  # type: ignore[override]
        """``"value"`` once an answer has left the bounds of probabilities."""
        return "value" if self._probability is False else "probability"

    def predict(self, texts: Sequence[Text]) -> Any:
        return self._function(texts)

    def score(self, inputs: Sequence[Input]) -> Scores:
        scores = super().score(inputs)
        if not self.targets:
            self.targets = tuple(f"class {i}" for i in range(scores.values.shape[1]))
        if self._probability is None:
            self._probability = bool((scores.values >= 0).all() and (scores.values <= 1).all())
        return scores
