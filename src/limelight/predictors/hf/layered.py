"""What a model's head would say of each layer's state: one pass, and the head alone once more for each layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import torch

from limelight.arrays import Floats
from limelight.errors import InputError
from limelight.predictors.hf.internals import Internals
from limelight.predictors.hf.restoring import afterwards

T = TypeVar("T")


def by_layer(internals: Internals, scale: str, words: bool) -> tuple[Floats, Floats | None]:
    """Scores of every layer's state, from the words' own vectors to the last layer.

    Args:
        internals: the model, and one input.
        scale: of the scores: ``"probability"`` or ``"value"``.
        words: whether to read the state of each token, too, as if it were that of the whole text.

    Returns:
        ``(layers, k)`` of the whole text, and ``(layers, n, k)`` of each token, or None.

    Raises:
        InputError: the model does not give its states away, or has no head on top of them.
    """
    model = internals.model
    base = getattr(model, "base_model", model)
    if base is model:
        raise refused(model, "has no head on top of its layers")

    def work() -> tuple[Any, Any]:
        with torch.no_grad():
            states, kind = _states(model, base, internals.inputs)
            ids = internals.inputs["input_ids"]
            whole = [_read(internals, base, kind, state, internals.inputs, scale) for state in states]
            if not words:
                return torch.cat(whole), None
            # each token by itself, in the place of all
            alone = {name: value.reshape(-1, 1) for name, value in internals.inputs.items() if value.shape == ids.shape}
            each = [_read(internals, base, kind, state[0][:, None], alone, scale) for state in states]
            return torch.cat(whole), torch.stack(each)

    whole, each = internals.during(work)
    return _plain(whole), None if each is None else _plain(each)


def refused(model: Any, why: str) -> InputError:
    """What to say of a model whose layers cannot be read."""
    return InputError(
        f"{type(model).__name__} {why}, so that its layers cannot be read. limelight reads the layers of transformers "
        "that tell their hidden states and have a head on the last of them; give one of these."
    )


def _states(model: Any, base: Any, inputs: dict[str, Any]) -> tuple[list[Any], Any]:
    """The states ``(1, n, h)`` of each layer as the head takes them, and the kind of output that it takes them from.

    Through the last norm, where there is one beside the layers.
    """
    said: list[Any] = []
    handle = base.register_forward_hook(lambda _, args, output: said.append(output))
    try:
        output = model(**inputs, output_hidden_states=True)
    finally:
        handle.remove()
    states = getattr(output, "hidden_states", None)
    last = getattr(said[0], "last_hidden_state", None) if said else None
    if not states or last is None or last.ndim != 3 or states[0].shape != last.shape:
        raise refused(model, "does not tell the states of its layers")
    norm = _last_norm(base)
    return [*(state if norm is None else norm(state) for state in states[:-1]), last], type(said[0])


def _last_norm(base: Any) -> Any:
    """The norm that stands beside the layers, between the last of them and the head; None where there is none."""
    beside = [module for name, module in base.named_children() if "Norm" in type(module).__name__ and "emb" not in name]
    return beside[-1] if beside else None


def _read(internals: Internals, base: Any, kind: Any, state: Any, inputs: dict[str, Any], scale: str) -> Any:
    """Scores ``(m, k)`` that the head gives to states ``(m, n, h)`` in the place of the last one."""
    pooler = getattr(base, "pooler", None)
    pooled = {"pooler_output": pooler(state)} if callable(pooler) else {}
    answer = kind(last_hidden_state=state, **pooled)
    output = _instead(base, lambda *args, **given: answer, lambda: internals.model(**inputs))
    return internals.scores(output, scale)


def _instead(module: Any, forward: Callable[..., Any], work: Callable[[], T]) -> T:
    """Work with another forward of a module."""
    known = vars(module).get("forward")

    def restore() -> None:
        vars(module).pop("forward", None)
        if known is not None:
            module.forward = known

    def replaced() -> T:
        module.forward = forward
        return work()

    return afterwards(restore, replaced)


def _plain(scores: Any) -> Floats:
    found: np.ndarray = scores.float().cpu().numpy().astype(float)
    return found
