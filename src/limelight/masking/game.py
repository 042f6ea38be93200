"""From masks to scores: texts with some features removed, asked of the model once each."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np

from limelight.errors import InputError
from limelight.predictors import Predictor
from limelight.scales import SCALES
from limelight.text.spans import Span

# A masker makes one text from the pieces between the features (d + 1 of them),
# the features (d), and which of these to keep.
Masker = Callable[[Sequence[str], Sequence[str], np.ndarray, "str | None"], str]


def delete(gaps: Sequence[str], features: Sequence[str], kept: np.ndarray, mask_token: str | None) -> str:
    """Takes features out, and one of the two spaces that each would leave behind."""
    out = [gaps[0]]
    for feature, gap, keep in zip(features, gaps[1:], kept, strict=True):
        if keep:
            out.append(feature)
        elif gap[:1].isspace() and (not (before := "".join(out[-2:])) or before[-1].isspace()):
            gap = gap[1:]
        if gap:
            out.append(gap)
    return "".join(out)


def mask(gaps: Sequence[str], features: Sequence[str], kept: np.ndarray, mask_token: str | None) -> str:
    """Puts the tokenizer's own mask token where a feature was."""
    if mask_token is None:
        raise InputError(
            "masker='mask' was asked of a model that has no mask token. limelight never invents one; "
            "use masker='delete', which works with every model."
        )
    out = [gaps[0]]
    for feature, gap, keep in zip(features, gaps[1:], kept, strict=True):
        out += [feature if keep else mask_token, gap]
    return "".join(out)


MASKERS: dict[str, Masker] = {"delete": delete, "mask": mask}


class MaskedPredictor:
    """A model seen as ``bool[n, d] -> float[n, k]``, the only face that methods see.

    Every distinct text is asked once: repeated masks, and masks that give the same
    text, are looked up.

    Args:
        predictor: the model.
        text: the text, as far as the model reads it.
        spans: the ``d`` features, in code points of ``text``.
        masker: one of ``MASKERS``.
        scale: what scores are wanted in: one of ``SCALES``, or ``"value"`` for the
            model's answers as they come.

    Attributes:
        evaluations: distinct texts used so far, asked now or known from before.
        pair: the two targets whose difference is wanted, or None.
    """

    def __init__(
        self, predictor: Predictor, text: str, spans: Sequence[Span], masker: Masker, scale: str = "value"
    ) -> None:
        self._predictor, self._text, self._masker = predictor, text, masker
        self._scale = SCALES.get(scale, lambda answers: answers)
        edges = [0, *(edge for span in spans for edge in span), len(text)]
        pieces = [text[a:b] for a, b in pairwise(edges)]
        self._gaps, self._features = pieces[::2], pieces[1::2]
        self._known: dict[str, np.ndarray] = {}
        self.pair: tuple[int, int] | None = None

    @property
    def evaluations(self) -> int:
        return len(self._known)

    def texts(self, masks: np.ndarray) -> list[str]:
        """The perturbed texts of masks ``bool[n, d]``."""
        token = self._predictor.mask_token
        return [self._masker(self._gaps, self._features, kept, token) for kept in masks]

    def on(self, scale: str) -> MaskedPredictor:
        """The same model and evaluations on another scale."""
        other = copy.copy(self)
        other._scale = SCALES.get(scale, lambda answers: answers)
        return other

    def between(self, pair: tuple[int, int]) -> MaskedPredictor:
        """The same, with two targets: the first of a pair less the second, and the other way round."""
        other = copy.copy(self)
        other.pair = pair
        return other

    def targets_of(self, scores):
        """Scores of the model's ``(n, k)`` targets as scores of those that are explained; also of torch's tensors."""
        return scores if self.pair is None else scores[:, list(self.pair)] - scores[:, list(self.pair[::-1])]

    def inside(self):
        """The model opened on the whole text; see ``Predictor.inside``."""
        return self._predictor.inside(self._text)

    def evaluate(self, masks: np.ndarray) -> Iterator[int]:
        """Asks the model about masks, yielding ``evaluations`` after every batch.

        The scores are then had by calling; whoever stops iterating stops the work
        with nothing lost.
        """
        return self._ask(self.texts(masks))

    def known(self, masks: np.ndarray) -> np.ndarray:
        """``bool[n]``: which of these masks can be had without asking."""
        return np.array([text in self._known for text in self.texts(masks)], dtype=bool)

    def _ask(self, texts: list[str]) -> Iterator[int]:
        cache, missing, before = self._predictor.cache, [], self.evaluations
        for text in dict.fromkeys(texts):
            if text not in self._known:
                known = cache.get(text)
                if known is None:
                    missing.append(text)
                else:
                    self._known[text] = known
        if self.evaluations > before:
            yield self.evaluations
        for rows, answers in self._predictor.batches(missing):
            for row, answer in zip(rows, answers, strict=True):
                self._known[missing[row]] = answer
                cache.put(missing[row], answer)
            yield self.evaluations

    def __call__(self, masks: np.ndarray) -> np.ndarray:
        """Scores ``(n, k)`` of masks ``bool[n, d]``, asking for those not known yet."""
        texts = self.texts(masks)
        for _ in self._ask(texts):
            pass
        return self.targets_of(self._scale(np.array([self._known[text] for text in texts])))
