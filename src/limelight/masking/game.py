"""From masks to scores: inputs with some features taken out, asked of the model once each."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from limelight.arrays import Floats, Masks
from limelight.captions import note
from limelight.masking.maskers import Masker, Stencil, joined, pieces_of
from limelight.predictors import Predictor
from limelight.predictors.cache import Key, Row
from limelight.scales import SCALES, clear_of, noise
from limelight.text.fields import Place
from limelight.text.inputs import Input, Piece

if TYPE_CHECKING:
    from limelight.predictors.hf.internals import Internals


class Game:
    """A model seen as ``bool[n, d] -> float[n, k]``, the only face that methods see.

    The players are the features: a mask says which are in the text. Every distinct input
    is asked once: repeated masks, and masks that give the same texts, are looked up.

    Args:
        predictor: the model, bound to what is explained.
        texts: of each field, as far as the model reads it.
        places: the ``d`` features, ascending.
        masker: one of ``MASKERS``.
        scale: what scores are wanted in: one of ``SCALES``, or ``"value"`` for the
            model's answers as they come.

    Attributes:
        texts: of each field, as above.
        evaluations: distinct inputs used so far, asked now or known from before.
        pair: the two columns of the model's scores whose difference is wanted, or None.
        scale: what scores are in.
    """

    def __init__(
        self,
        predictor: Predictor,
        texts: Sequence[str],
        places: Sequence[Place],
        masker: Masker,
        scale: str = "value",
    ) -> None:
        self.predictor, self.texts, self._masker = predictor, tuple(texts), masker
        self.scale, self._scale = scale, SCALES.get(scale, _as_it_is)
        fields = np.array([field for field, _, _ in places], dtype=int)
        self._owned = [fields == at for at in range(len(texts))]  # which features are each field's
        self._stencils = [
            Stencil(text, [(start, stop) for field, start, stop in places if field == at])
            for at, text in enumerate(texts)
        ]
        self._known: dict[Key, Row] = {}
        self._blurred: set[Key] = set()  # what has a probability nearer to 0 or 1 than its noise
        self.pair: tuple[int, int] | None = None

    @property
    def additive(self) -> bool:
        """Whether the targets are parts of one whole, whose score is their sum."""
        return self.pair is None and self.predictor.additive and self.scale == self.predictor.measured

    @property
    def evaluations(self) -> int:
        """How many distinct inputs have been used."""
        return len(self._known)

    def remarks(self) -> tuple[str, ...]:
        """What a reader must know that only the asking told."""
        blurred = [note("blurred", count=len(self._blurred))] if self._blurred else []
        return *blurred, *self.predictor.remarks()

    def inputs(self, masks: Masks) -> list[Input]:
        """The inputs of masks ``bool[n, d]``."""
        return [self._input(kept) for kept in np.asarray(masks, dtype=bool)]

    def _input(self, kept: Masks) -> Input:
        texts = tuple(
            text if kept[own].all() else joined(self._masker(stencil, kept[own], self.predictor.mask_token))
            for text, stencil, own in zip(self.texts, self._stencils, self._owned, strict=True)
        )
        return Input(texts, partial(self._pieces, kept))

    def rewritten(self, words: Mapping[int, str]) -> Input:
        """The input with other words in the place of some features, by their positions; ``""`` takes one out."""
        token, left = self.predictor.mask_token, []
        for stencil, own in zip(self._stencils, self._owned, strict=True):
            at = {feature: position for position, feature in enumerate(np.flatnonzero(own).tolist())}
            new = {at[feature]: word for feature, word in words.items() if feature in at}
            kept = np.array([new.get(position, "kept") != "" for position in range(len(at))], dtype=bool)
            left.append(self._masker(stencil.rewritten({a: b for a, b in new.items() if b}), kept, token))
        return Input(tuple(map(joined, left)), lambda: [pieces_of(one) for one in left])

    def answers(self, inputs: Sequence[Input]) -> Floats:
        """All that the model answers to inputs, ``(n, columns)``, asking for those not known yet."""
        return self._rows(inputs, slice(None))[0]

    def _pieces(self, kept: Masks) -> list[list[Piece]]:
        token = self.predictor.mask_token
        return [
            pieces_of(self._masker(stencil, kept[own], token))
            for stencil, own in zip(self._stencils, self._owned, strict=True)
        ]

    def on(self, scale: str) -> Game:
        """The same model and evaluations on another scale."""
        other = copy.copy(self)
        other.scale, other._scale = scale, SCALES.get(scale, _as_it_is)
        return other

    def between(self, pair: tuple[int, int]) -> Game:
        """The same, with two targets: the first of a pair less the second, and the other way round."""
        other = copy.copy(self)
        other.pair = pair
        return other

    def targets_of(self, scores: Any) -> Any:
        """Scores of the model's ``(n, k)`` targets as scores of those that are explained; also of torch's tensors."""
        return scores if self.pair is None else scores[:, list(self.pair)] - scores[:, list(self.pair[::-1])]

    def internals(self) -> Internals:
        """The model seen from inside on the whole input; see ``Predictor.internals``."""
        return self.predictor.internals(self.texts)

    def evaluate(self, masks: Masks) -> Iterator[int]:
        """Asks the model about masks, yielding ``evaluations`` after every batch.

        The scores are then had by calling; whoever stops iterating stops the work
        with nothing lost.
        """
        return self.ask(self.inputs(masks))

    def known(self, masks: Masks) -> np.ndarray:
        """``bool[n]``: which of these masks can be had without asking."""
        return np.array([self.predictor.key(one) in self._known for one in self.inputs(masks)], dtype=bool)

    def ask(self, inputs: Sequence[Input]) -> Iterator[int]:
        """Asks the model about inputs, those of masks or others; see ``evaluate``."""
        # held: whoever has the model forget what it said does so for others, not within one explanation
        cache, missing, before = self.predictor.cache, [], self.evaluations
        for key, one in {self.predictor.key(one): one for one in inputs}.items():
            if key not in self._known:
                row = cache.get(key)
                if row is None:
                    missing.append(one)
                else:
                    self._known[key] = row
        if self.evaluations > before:
            yield self.evaluations
        for rows, scores in self.predictor.batches(missing):
            for at, row in enumerate(rows):
                key = self.predictor.key(missing[row])
                variance = None if scores.variance is None else scores.variance[at]
                self._known[key] = scores.values[at], variance
                cache.put(key, scores.values[at], variance)
            yield self.evaluations

    def __call__(self, masks: Masks) -> Floats:
        """Scores ``(n, k)`` of masks ``bool[n, d]``, asking for those not known yet."""
        return self.scores(self.inputs(masks))

    def scores(self, inputs: Sequence[Input]) -> np.ndarray:
        """Scores ``(n, k)`` of inputs, asking for those not known yet."""
        values, variance = self._rows(inputs)
        if variance is not None and self.scale not in ("value", "probability"):
            clear = clear_of(values, variance, self.scale)
            near = (clear != values) & ~np.isnan(values)
            self._blurred.update(self.predictor.key(inputs[row]) for row in np.flatnonzero(near.any(axis=1)).tolist())
            values = clear
        scores: Floats = self.targets_of(self._scale(values))
        return scores

    def noise(self, masks: Masks) -> Floats | None:
        """Variances ``(n, k)`` of the noise known in the scores of masks that were asked; None if there is none."""
        if all(known is None for _, known in self._known.values()):
            return None  # the usual case: to make the texts again only to look them up takes longer than a search
        values, variance = self._rows(self.inputs(masks))
        if variance is None or not variance.any():
            return None
        variance = noise(variance, values, self.scale)
        if self.pair is None:
            return variance
        # at most: their errors may go against each other
        both: Floats = np.sqrt(variance[:, list(self.pair)]).sum(axis=1, keepdims=True) ** 2
        return both.repeat(2, axis=1)

    def _rows(self, inputs: Sequence[Input], wanted: slice | None = None) -> tuple[Floats, Floats | None]:
        """The model's answers to inputs and their variances, asking for those not known yet."""
        for _ in self.ask(inputs):
            pass
        rows = [self._known[self.predictor.key(one)] for one in inputs]
        if wanted is None:
            wanted = slice(None) if self.pair else slice(len(self.predictor.targets) or None)
        values = np.array([row[0] for row in rows])[:, wanted]
        if any(row[1] is None for row in rows):
            return values, None
        return values, np.array([row[1] for row in rows])[:, wanted]


def _as_it_is(values: Floats) -> Floats:
    return values
