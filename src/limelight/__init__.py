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
    "Comparison": "limelight.api.compare",
    "Corpus": "limelight.widget.corpus",
    "Endpoint": "limelight.predictors.served.endpoint",
    "Explainer": "limelight.widget.explainer",
    "Explanation": "limelight.explanation",
    "Flip": "limelight.search.base",
    "Heads": "limelight.widget.heads",
    "InputError": "limelight.errors",
    "Layers": "limelight.widget.layers",
    "LimelightError": "limelight.errors",
    "Method": "limelight.methods",
    "ModelError": "limelight.errors",
    "PredictionError": "limelight.errors",
    "Predictor": "limelight.predictors",
    "Score": "limelight.evaluation.score",
    "Try": "limelight.widget.what_if",
    "as_predictor": "limelight.predictors",
    "compare": "limelight.api.compare",
    "dream": "limelight.widget.dreams",
    "evaluate": "limelight.api.evaluate",
    "explain": "limelight.api.explain",
    "explain_corpus": "limelight.widget.corpus",
    "flip": "limelight.api.flip",
    "heads": "limelight.widget.heads",
    "layers": "limelight.widget.layers",
    "load": "limelight.api.explain",
    "similarity": "limelight.predictors.tasks.similarity",
}

__all__ = [
    "Comparison",
    "Corpus",
    "Endpoint",
    "Explainer",
    "Explanation",
    "Flip",
    "Heads",
    "InputError",
    "Layers",
    "LimelightError",
    "Method",
    "ModelError",
    "PredictionError",
    "Predictor",
    "Score",
    "Try",
    "as_predictor",
    "compare",
    "dream",
    "evaluate",
    "explain",
    "explain_corpus",
    "flip",
    "heads",
    "layers",
    "load",
    "similarity",
]

if TYPE_CHECKING:
    from limelight.api.compare import Comparison, compare
    from limelight.api.evaluate import evaluate
    from limelight.api.explain import explain, load
    from limelight.api.flip import flip
    from limelight.errors import InputError, LimelightError, ModelError, PredictionError
    from limelight.evaluation.score import Score
    from limelight.explanation import Explanation
    from limelight.methods import Method
    from limelight.predictors import Predictor, as_predictor
    from limelight.predictors.served.endpoint import Endpoint
    from limelight.predictors.tasks.similarity import similarity
    from limelight.search.base import Flip
    from limelight.widget.corpus import Corpus, explain_corpus
    from limelight.widget.dreams import dream
    from limelight.widget.explainer import Explainer
    from limelight.widget.heads import Heads, heads
    from limelight.widget.layers import Layers, layers
    from limelight.widget.what_if import Try
else:  # unseen by type checkers, which would let any name pass

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            words = ""
            if not name.startswith("_"):
                from limelight.phrasebook import NAMES, hint

                words = hint(name, __all__, NAMES)
            raise AttributeError(f"module 'limelight' has no attribute {name!r}.{words}")
        return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
