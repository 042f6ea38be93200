"""Any callable from texts to a table of scores, a scikit-learn pipeline among them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from limelight.predictors.base import Predictor, distinct
from limelight.predictors.turns import turns_of


class FunctionPredictor(Predictor):
    """Asks a function ``list[str] -> (n, k)``.

    Args:
        function: the callable, or an object with ``predict_proba``.
        class_names: names of the ``k`` columns; by default scikit-learn's
            ``classes_`` where the function belongs to an estimator, else
            ``class 0``, ``class 1``, ...
    """

    def __init__(self, function: Callable | object, *, class_names: Sequence[str] | None = None) -> None:
        self._function = getattr(function, "predict_proba", function)
        owner = getattr(self._function, "__self__", None)
        self._turns = turns_of(self._function if owner is None else owner)
        if class_names is None:
            class_names = getattr(owner, "classes_", None)
        self.targets = () if class_names is None else distinct(list(class_names))
        self.name = type(owner).__name__ if owner is not None else getattr(function, "__name__", "function")
        # Which of the two scales it is shows in the answers; until one was seen,
        # the name decides.
        self._probability = True if "proba" in getattr(self._function, "__name__", "") else None

    @classmethod
    def accepts(cls, obj: object) -> bool:
        return callable(obj) or callable(getattr(obj, "predict_proba", None))

    @classmethod
    def of(
        cls, obj: object, *, class_names=None, device="auto", dtype="auto", safetensors_only=True
    ) -> FunctionPredictor:
        return cls(obj, class_names=class_names)

    @property
    def scale(self) -> str:
        return "value" if self._probability is False else "probability"

    def predict(self, texts: list[str]) -> np.ndarray:
        table = self.checked(self._function(texts), texts)
        if not self.targets:
            self.targets = tuple(f"class {i}" for i in range(table.shape[1]))
        if self._probability is None:
            self._probability = bool((table >= 0).all() and (table <= 1).all())
        return table
