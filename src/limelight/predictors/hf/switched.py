"""A transformer with attention heads switched off: what-ifs that leave it as it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch

from limelight.arrays import Floats
from limelight.errors import InputError, shown
from limelight.options import is_whole
from limelight.predictors.hf.internals import Internals
from limelight.predictors.hf.maps import maps, one_a_layer

Head = tuple[int, int]  # a layer, from 1 on, and a head in it, from 1 on
TOKENS = 4096  # of a batch


def mixers_of(model: Any) -> tuple[list[Any], int]:
    """Of each layer the map that mixes what its heads bring, and how many heads there are.

    Found by structure: the last map of a layer from the width of all heads to the layer's own, as which the
    feed-forward part has none.

    Raises:
        InputError: there is none.
    """
    config = model.config.get_text_config()
    width, heads = int(config.hidden_size), int(getattr(config, "num_attention_heads", 0) or 0)
    size = int(getattr(config, "head_dim", None) or (width // heads if heads else 0)) * heads
    found = one_a_layer(model, lambda layer: _mixer(layer, (size, width)))
    if not found:
        raise InputError(
            f"{type(model).__name__} has no attention heads that limelight knows how to switch off. It looks into "
            "transformers whose layers mix their heads by one linear map; give one of these."
        )
    return found, heads


def _mixer(layer: Any, wanted: tuple[int, int]) -> Any:
    found = [module for shape, module in maps(layer) if shape == wanted]
    return found[-1] if found else None


def checked(off: object, layers: int, heads: int) -> tuple[Head, ...]:
    """Heads that a user names.

    Raises:
        InputError: there is no such head.
    """
    rows: list[Any] = list(off) if isinstance(off, Sequence) and not isinstance(off, str) else [off]
    for one in rows:
        pair = one if isinstance(one, tuple) and len(one) == 2 else (0, 0)
        if not all(is_whole(at, 1) for at in pair) or pair[0] > layers or pair[1] > heads:
            raise InputError(
                f"there is no head {shown(one)}. The model has the layers 1 to {layers} with the heads 1 to {heads} "
                "each; give a list of (layer, head) within these."
            )
    return tuple((int(layer), int(head)) for layer, head in rows)


def without(internals: Internals, sets: Sequence[Sequence[Head]], scale: str) -> Iterator[Floats]:
    """Yields scores ``(m, k)`` of the model with each of some sets of heads switched off, a batch at a time.

    What a head brings to the mixing of its layer is 0 then. Nothing of the model is changed: what goes into these maps
    is, for the while, row by row.
    """
    mixers, heads = mixers_of(internals.model)
    size = internals.inputs["input_ids"].shape[1]
    step = max(1, TOKENS // size)
    for start in range(0, len(sets), step):
        some = sets[start : start + step]

        def work(some: Sequence[Sequence[Head]] = some) -> Any:
            inputs = {name: value.expand(len(some), *value.shape[1:]) for name, value in internals.inputs.items()}
            handles = [
                mixer.register_forward_pre_hook(_silence([[h for at, h in one if at == layer] for one in some], heads))
                for layer, mixer in enumerate(mixers, 1)
                if any(at == layer for one in some for at, _ in one)
            ]
            try:
                with torch.no_grad():
                    return internals.scores(internals.model(**inputs), scale)
            finally:
                for handle in handles:
                    handle.remove()

        yield internals.during(work).float().cpu().numpy().astype(float)


def _silence(rows: Sequence[Sequence[int]], heads: int) -> Any:
    """A hook that has heads bring 0, of each row its own."""
    kept = np.ones((len(rows), heads), dtype=bool)
    for row, own in enumerate(rows):
        kept[row, [head - 1 for head in own]] = False

    def hook(_: Any, args: Any) -> Any:
        states = args[0]
        mask = (
            torch.as_tensor(kept, device=states.device).to(states.dtype).repeat_interleave(states.shape[-1] // heads, 1)
        )
        # some layers have their tokens flat, row by row
        shaped = states.reshape(len(rows), -1, states.shape[-1]) * mask[:, None]
        return (shaped.reshape(states.shape), *args[1:])

    return hook
