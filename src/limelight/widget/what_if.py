"""What if: the model's answer with some words out of a text, and the list of what was tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from limelight.explanation import Explanation
from limelight.masking.game import MASKERS, MaskedPredictor
from limelight.predictors import Predictor

MOST = 200  # tries that are kept


@dataclass(frozen=True)
class Try:
    """One text that was tried, and what the model said of it.

    Attributes:
        text: the text before anything was hidden.
        hidden: the features that were out, as spans ``(start, stop)`` of ``text``.
        words: these features as they stand in the text.
        prediction: the model's score of each target.
        change: of each score, against the same text with nothing hidden; where nothing
            is hidden, against the text before.
    """

    text: str
    hidden: tuple[tuple[int, int], ...]
    words: tuple[str, ...]
    prediction: dict[str, float]
    change: dict[str, float]

    def to_dict(self) -> dict:
        """As plain JSON types."""
        plain = asdict(self)
        return {**plain, "hidden": [list(span) for span in self.hidden], "words": list(self.words)}

    @property
    def key(self) -> tuple:
        return self.text, self.hidden


def hide(explanation: Explanation, predictor: Predictor, hidden: Sequence[int], before: Try | None = None) -> Try:
    """Asks the model about the explained text without some features, removed as the explanation removes them.

    Args:
        explanation: of the text.
        predictor: the model; what it has answered already is not asked again.
        hidden: positions of features.
        before: the try that an unhidden text is set against.

    Raises:
        PredictionError: the model failed on that text.
    """
    masks = np.ones((2, len(explanation.features)), dtype=bool)
    masks[1, list(hidden)] = False
    # methods along gradients remove nothing: there words are deleted
    masker = MASKERS[explanation.masker or "delete"]
    masked = MaskedPredictor(predictor, explanation.text[: explanation.read], explanation.spans, masker)
    whole, without = masked(masks)
    targets = predictor.targets
    base = whole
    if not len(hidden):
        base = (
            [before.prediction.get(name, score) for name, score in zip(targets, whole, strict=True)]
            if before
            else whole
        )
    return Try(
        text=explanation.text,
        hidden=tuple(explanation.spans[i] for i in sorted(hidden)),
        words=tuple(explanation.features[i] for i in sorted(hidden)),
        prediction=dict(zip(targets, map(float, without), strict=True)),
        change={name: float(a - b) for name, a, b in zip(targets, without, base, strict=True)},
    )


def added(tries: Sequence[Try], new: Try) -> tuple[tuple[Try, ...], int]:
    """The tries with a new one, and where it stands: one that was there before is not repeated."""
    kept = list(tries)
    for at, old in enumerate(kept):
        if old.key == new.key:
            # what the model says may have changed, and what it is set against stays
            if old.prediction != new.prediction:
                kept[at] = new
            return tuple(kept), at
    kept.append(new)
    # the first, from which all started, stays
    return tuple(kept[:1] + kept[1:][-(MOST - 1) :]), min(len(kept), MOST) - 1
