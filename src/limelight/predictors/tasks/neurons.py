"""How strongly one neuron of a model fires on a text, as scores."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from limelight.arrays import Floats
from limelight.errors import InputError, shown
from limelight.options import is_whole
from limelight.predictors.base import Predictor
from limelight.predictors.cache import Key
from limelight.text.inputs import Input

if TYPE_CHECKING:
    from limelight.predictors.hf.internals import Internals
    from limelight.predictors.hf.lexicon import Lexicon

REST = "silence"  # beside the neuron: 0
TOKENS = 4096  # of a batch


class Firing(Predictor):
    """Scores texts by the most that a neuron fires at any of their tokens.

    Args:
        model: that has it.
        layer: from 1 on.
        index: in the layer, from 0 on.

    Raises:
        InputError: there is no such neuron, or the model cannot be looked into.
    """

    scale = "value"

    def __init__(self, model: Predictor, layer: int, index: int) -> None:
        from limelight.predictors.hf.maps import shape_of
        from limelight.predictors.hf.neurons import readers_of

        readers = readers_of(model.internals(("a",)).model)
        size, _ = shape_of(readers[0])
        if not (is_whole(layer, 1) and layer <= len(readers) and is_whole(index, 0) and index < size):
            raise InputError(
                f"there is no neuron {shown((layer, index))}. {model.name} has the layers 1 to {len(readers)} with the "
                f"neurons 0 to {size - 1} each; give (layer, index) within these."
            )
        self._model, self._reader, self._at = model, readers[layer - 1], (int(layer), int(index))
        self.targets = (f"layer {layer}, neuron {index}", REST)
        self.name, self.dtype, self.mask_token = model.name, model.dtype, model.mask_token
        self.warnings, self.loaded, self.uncut, self.opaque = model.warnings, model.loaded, model.uncut, ""
        self._turns = model.turns

    def key(self, one: Input) -> Key:
        return *super().key(one), *map(str, self._at)

    def lexicon(self) -> Lexicon | None:
        return self._model.lexicon()

    def reach(self, texts: Sequence[str]) -> tuple[int, ...]:
        return self._model.reach(texts)

    def internals(self, texts: Sequence[str]) -> Internals:
        from limelight.predictors.hf.neurons import Fired

        own = copy.copy(vars(self._model.internals(texts)))
        made: Fired = Fired(**{**own, "probabilities": None}, reader=self._reader, index=self._at[1], fired=([],))
        object.__setattr__(made, "logits", lambda output: made.strongest(1))
        return made

    def predict(self, texts: list[Any]) -> Floats:
        import torch

        known = [self.internals((text,)) for text in texts]
        scores: Floats = np.empty((len(texts), 2))
        by_size: dict[int, list[int]] = {}
        for at, one in enumerate(known):
            by_size.setdefault(one.inputs["input_ids"].shape[1], []).append(at)
        for size, rows in by_size.items():
            step = max(1, TOKENS // size)
            for start in range(0, len(rows), step):
                some = rows[start : start + step]
                first = known[some[0]]
                inputs = {name: torch.cat([known[at].inputs[name] for at in some]) for name in first.inputs}

                def work(first: Any = first, inputs: dict[str, Any] = inputs, count: int = len(some)) -> Any:
                    with torch.no_grad():
                        first.model(**inputs)
                        return first.strongest(count)

                scores[some] = first.during(work).float().cpu().numpy()
        return scores
