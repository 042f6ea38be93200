"""How strongly one neuron of a model fires on a text, or a direction of its states is taken, as scores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from limelight.arrays import Floats
from limelight.errors import InputError, shown
from limelight.options import is_whole
from limelight.predictors.base import Predictor
from limelight.predictors.cache import Key
from limelight.predictors.hf.transformer import Transformer
from limelight.text.inputs import Input

if TYPE_CHECKING:
    from limelight.predictors.hf.internals import Internals
    from limelight.predictors.hf.lexicon import Lexicon

REST = "silence"  # beside the neuron: 0
TOKENS = 4096  # of a batch


class Firing(Predictor):
    """Scores texts by the most that a neuron fires, or a direction is taken, at any of their tokens.

    Args:
        model: that has it.
        layer: from 1 on.
        index: of a neuron in the layer, from 0 on; or a direction, as many numbers as the layer's states have.

    Raises:
        InputError: there is no such neuron or direction, or the model cannot be looked into.
    """

    scale = "value"

    def __init__(self, model: Predictor, layer: int, index: object) -> None:
        from limelight.predictors.hf.maps import shape_of
        from limelight.predictors.hf.neurons import layers_of, readers_of

        self._model = model
        inner = self._inside(("a",)).model
        readers = readers_of(inner)
        size, width = shape_of(readers[0])
        along = None if is_whole(index, 0) or isinstance(index, str | bytes) else _direction(index, width)
        known = along is not None or (is_whole(index, 0) and int(cast(int, index)) < size)
        if not (is_whole(layer, 1) and layer <= len(readers) and known):
            raise InputError(
                f"there is no neuron {shown((layer, index))}. {model.name} has the layers 1 to {len(readers)} with the "
                f"neurons 0 to {size - 1} each, and directions of {width} numbers, not all 0; give (layer, index) "
                "within these."
            )
        self._watched = (readers if along is None else layers_of(inner))[layer - 1]
        self._along = along
        self._at = -1 if along is not None else int(cast(int, index))
        called = f"layer {layer}, direction" if along is not None else f"layer {layer}, neuron {self._at}"
        self._mark = called if along is None else f"{called} {along.tobytes().hex()}"
        self.targets = (called, REST)
        self.name, self.dtype, self.mask_token = model.name, model.dtype, model.mask_token
        self.warnings, self.loaded, self.uncut, self.opaque = model.warnings, model.loaded, model.uncut, ""
        self._turns = model.turns

    def _inside(self, texts: Sequence[str]) -> Internals:
        """The model on a text, also one that is asked for something that has no slope: that is not read here."""
        if self._model.opaque and isinstance(self._model, Transformer) and not self._model.uncut:
            return self._model.inside(texts)
        return self._model.internals(texts)

    def key(self, one: Input) -> Key:
        return *super().key(one), self._mark

    def lexicon(self) -> Lexicon | None:
        return self._model.lexicon()

    def reach(self, texts: Sequence[str]) -> tuple[int, ...]:
        return self._model.reach(texts)

    def internals(self, texts: Sequence[str]) -> Internals:
        from limelight.predictors.hf.neurons import Fired

        own = {**vars(self._inside(texts)), "probabilities": None}
        made = Fired(**own, watched=self._watched, made=self._along is not None, read=self._read, fired=([],))
        object.__setattr__(made, "logits", lambda output: made.strongest(1))
        return made

    def _read(self, states: Any) -> Any:
        import torch

        if self._along is None:
            return states[..., self._at]
        return states @ torch.as_tensor(self._along, device=states.device).to(states.dtype)

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


def _direction(given: object, width: int) -> np.ndarray | None:
    """A direction as numbers of length 1 in all; None where it is none of so many."""
    given = given.detach().float().cpu() if hasattr(given, "detach") else given
    try:
        values = np.asarray(given, dtype=np.float32)
    except (TypeError, ValueError):
        return None
    length = float(np.linalg.norm(values)) if values.shape == (width,) else 0.0
    return values / np.float32(length) if 0 < length < np.inf else None
