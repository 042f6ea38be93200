"""limelight shows what a transformer does with a text.

    >>> from limelight import Explainer
    >>> Explainer("It is not a bad film.")  # doctest: +SKIP

The names below are imported when first used, so that ``import limelight`` costs
nothing: torch, transformers and anywidget come with the first explanation.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

__version__ = "0.1.0"

_HOMES = {
    "Comparison": "limelight.comparison",
    "Explainer": "limelight.widget",
    "Explanation": "limelight.explanation",
    "InputError": "limelight.errors",
    "LimelightError": "limelight.errors",
    "Method": "limelight.methods",
    "ModelError": "limelight.errors",
    "PredictionError": "limelight.errors",
    "Predictor": "limelight.predictors",
    "Score": "limelight.metrics",
    "Try": "limelight.tries",
    "as_predictor": "limelight.predictors",
    "compare": "limelight.comparison",
    "evaluate": "limelight.comparison",
    "explain": "limelight.api",
    "load": "limelight.api",
}

__all__ = [
    "Comparison",
    "Explainer",
    "Explanation",
    "InputError",
    "LimelightError",
    "Method",
    "ModelError",
    "PredictionError",
    "Predictor",
    "Score",
    "Try",
    "as_predictor",
    "compare",
    "evaluate",
    "explain",
    "load",
]

if TYPE_CHECKING:
    from limelight.api import explain, load
    from limelight.comparison import Comparison, compare, evaluate
    from limelight.errors import InputError, LimelightError, ModelError, PredictionError
    from limelight.explanation import Explanation
    from limelight.methods import Method
    from limelight.metrics import Score
    from limelight.predictors import Predictor, as_predictor
    from limelight.tries import Try
    from limelight.widget import Explainer


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f"module 'limelight' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
