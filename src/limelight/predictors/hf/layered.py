"""What a model's head would say of each layer's state: one pass, and the head alone once more for each layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import torch

from limelight.arrays import Floats
from limelight.errors import InputError, quoted, shown
from limelight.predictors.hf.internals import Internals
from limelight.predictors.hf.neurons import Neuron
from limelight.predictors.hf.restoring import afterwards, as_it_was, eager

T = TypeVar("T")
OTHERS = 5  # likeliest tokens that are told of each layer
Others = tuple[tuple[str, float], ...]  # what could be said in a place, likeliest first, with probabilities
# From states (..., n, h) of a layer, counted from 0 at the words' own vectors, to those that the head was trained for.
Fitted = Callable[[Any, int], Any]


@dataclass(frozen=True)
class Lens:
    """What each layer of a language model would say along an answer.

    Attributes:
        whole: ``(layers, k)`` probabilities of the answer's words, and of its end where that is a target.
        likeliest: ``(layers, k)``: whether a layer would say that word itself.
        others: by layer, then by word: what it finds likeliest where the word begins.
        neurons: that carry the answer.
    """

    whole: Floats
    likeliest: np.ndarray
    others: tuple[tuple[Others, ...], ...]
    neurons: tuple[Neuron, ...] = ()


def by_layer(
    internals: Internals, scale: str, words: bool, fitted: Fitted | None = None
) -> tuple[Floats, Floats | None, Floats | None]:
    """Scores of every layer's state, from the words' own vectors to the last layer.

    Args:
        internals: the model, and one input.
        scale: of the scores: ``"probability"`` or ``"value"``.
        words: whether to read the state of each token, too, as if it were that of the whole text.
        fitted: what a lens was fitted to make of the states before the last.

    Returns:
        ``(layers, k)`` of the whole text, ``(layers, n, k)`` of each token, or None, and where it gives that away
        attention ``(layers - 1, n, n)``, the mean of the heads.

    Raises:
        InputError: the model does not give its states away, or has no head on top of them.
    """
    model = internals.model
    base = getattr(model, "base_model", model)
    if base is model:
        raise refused(model, "has no head on top of its layers")

    def work() -> tuple[Any, Any, Any]:
        with torch.no_grad():
            states, kind, attention = _states(model, base, internals.inputs, model, fitted)
            ids = internals.inputs["input_ids"]
            if not words:
                whole = [_read(internals, base, kind, state, internals.inputs, scale) for state in states]
                return torch.cat(whole), None, attention
            # all layers at once; then each token by itself, in the place of all
            size = len(states)
            inputs = {name: value.expand(size, *value.shape[1:]) for name, value in internals.inputs.items()}
            tokens = {name: value.reshape(-1, 1) for name, value in inputs.items() if value.shape[1:] == ids.shape[1:]}
            whole = _read(internals, base, kind, torch.cat(states), inputs, scale)
            each = _read(internals, base, kind, torch.cat([state[0] for state in states])[:, None], tokens, scale)
            return whole, each.reshape(size, ids.shape[1], -1), attention

    # in the same pass: with the attention that shows its weights
    whole, each, attention = (
        None if one is None else _plain(one) for one in internals.during(lambda: eager(model, work))
    )
    assert whole is not None
    return whole, each, attention


def lens_of(model: Any, prompt: Sequence[int], spoken: Any, ends: Sequence[int], fitted: Fitted | None = None) -> Lens:
    """What each layer would say along an answer that was spoken; see ``along``."""
    logs, best, likeliest = as_it_was(model, lambda: along(model, prompt, spoken.ids, ends, OTHERS, fitted))
    first, rows = likeliest[:, :, 0], range(len(logs))
    parts = [part.tokens for part in spoken.parts]
    own = [np.array([*(spoken.ids[at] for at in range(*part))]) for part in parts]
    whole = [logs[:, start:stop].sum(axis=1) for start, stop in parts]
    said = [(first[:, start:stop] == ids).all(axis=1) for (start, stop), ids in zip(parts, own, strict=True)]
    starts = [start for start, _ in parts]
    if len(spoken.targets) > len(parts):
        whole, starts = [*whole, logs[:, -1]], [*starts, len(spoken.ids)]
        said.append(np.isin(first[:, -1], list(ends)))
    others = tuple(
        tuple(
            tuple(
                (spoken.named([int(one)]), float(np.exp(log)))
                for one, log in zip(likeliest[row, at], best[row, at], strict=True)
            )
            for at in starts
        )
        for row in rows
    )
    return Lens(np.exp(np.stack(whole, axis=1)), np.stack(said, axis=1), others)


def along(
    model: Any, prompt: Sequence[int], ids: Sequence[int], ends: Sequence[int], most: int, fitted: Fitted | None = None
) -> tuple[Floats, Floats, np.ndarray]:
    """What each layer of a language model would say in the place of each token of an answer.

    The logit lens (nostalgebraist, 2020): one pass, and the head at the answer's places alone for each layer.

    Args:
        model: of transformers, with dropout off.
        prompt: tokens.
        ids: ``T`` tokens after it.
        ends: of which any would end the answer.
        most: how many likeliest tokens to tell.
        fitted: what a lens was fitted to make of the states before the last.

    Returns:
        Log-probabilities ``(layers, T + 1)`` of the tokens, then of the end; and ``(layers, T + 1, most)``
        log-probabilities and ids of the likeliest.

    Raises:
        InputError: it has no layers with one head, as a model that reads and writes in two halves has not.
    """
    base = getattr(model, "base_model", model)
    if base is model or getattr(model.config, "is_encoder_decoder", False):
        raise refused(model, "has no head of its own on top of all its layers")
    row = torch.tensor([[*prompt, *ids]], device=model.device)
    wanted, rows, best = torch.tensor([*ids, 0], device=model.device)[:, None], list[Any](), list[Any]()
    with torch.no_grad():
        states, kind, _ = _states(model, base, {"input_ids": row, "use_cache": False}, base, fitted)
        for state in states:
            shown = kind(last_hidden_state=state[:, len(prompt) - 1 :])
            output = _instead(base, lambda *args, found=shown, **given: found, lambda: model(input_ids=row))
            logs = output.logits[0].float().log_softmax(-1)
            own = logs.gather(1, wanted)[:, 0]
            own[-1] = logs[-1, list(ends)].logsumexp(-1) if len(ends) else -torch.inf
            rows.append(own)
            best.append(logs.topk(min(most, logs.shape[1])))
    ids_of = torch.stack([one.indices for one in best]).cpu().numpy()
    return _plain(torch.stack(rows)), _plain(torch.stack([one.values for one in best])), ids_of


def refused(model: Any, why: str) -> InputError:
    """What to say of a model whose layers cannot be read."""
    return InputError(
        f"{type(model).__name__} {why}, so that its layers cannot be read. limelight reads the layers of transformers "
        "that tell their hidden states and have a head on the last of them; give one of these."
    )


def _states(
    model: Any, base: Any, inputs: dict[str, Any], asked: Any, fitted: Fitted | None
) -> tuple[list[Any], Any, Any]:
    """The states ``(1, n, h)`` of each layer as the head takes them, and the kind of output that it takes them from.

    Through what was fitted, and the last norm, where there is one beside the layers. With the mean of each layer's
    heads ``(layers - 1, n, n)``, where the model itself is asked and tells.
    """
    said: list[Any] = []
    handle = base.register_forward_hook(lambda _, args, output: said.append(output))
    try:
        output = asked(**inputs, output_hidden_states=True, output_attentions=asked is model)
    finally:
        handle.remove()
    states = getattr(output, "hidden_states", None)
    last = getattr(said[0], "last_hidden_state", None) if said else None
    if not states or last is None or last.ndim != 3 or states[0].shape != last.shape:
        raise refused(model, "does not tell the states of its layers")
    norm = _last_norm(base)
    if fitted is not None:
        states = [*(_through(fitted, state, at) for at, state in enumerate(states[:-1])), states[-1]]
    weights = getattr(output, "attentions", None) or ()
    told = len(weights) == len(states) - 1 and all(one is not None and one.ndim == 4 for one in weights)
    attention = torch.stack([one[0].mean(dim=0) for one in weights]) if told else None
    return [*(state if norm is None else norm(state) for state in states[:-1]), last], type(said[0]), attention


def _through(fitted: Fitted, state: Any, at: int) -> Any:
    """What a lens makes of a layer's states."""
    try:
        made = fitted(state, at)
    except Exception as error:
        raise InputError(
            f"the lens raised {quoted(error)} on the states of layer {at}. limelight calls it with states (1, n, h) "
            "and the layer, from 0 for the words' own vectors, and takes states of the same shape; try it on these."
        ) from error
    if getattr(made, "shape", None) != state.shape:
        raise InputError(
            f"the lens made {shown(getattr(made, 'shape', made))} of the states {tuple(state.shape)} of layer {at}. "
            "limelight takes states of the same shape; correct it."
        )
    return made


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
