"""The neurons of a transformer: what its feed-forward parts hold between their two linear maps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
import torch

from limelight.arrays import Floats
from limelight.errors import InputError
from limelight.predictors.hf.internals import Internals
from limelight.predictors.hf.maps import maps, one_a_layer

T = TypeVar("T")


@dataclass(frozen=True)
class Neuron:
    """One neuron, and what it does for a target on one input.

    Attributes:
        layer: from 1 on, as layers are called.
        index: in the layer, from 0 on.
        effect: its activation times the target's slope along it, over all tokens: what the target would lose, to first
            order, if it fell silent. In nats of log-odds, or in the target's own unit.
        activation: at the feature where its effect is largest; of an answer at the token.
        feature: the position of that.
        word: its text.
    """

    layer: int
    index: int
    effect: float
    activation: float
    feature: int
    word: str = ""


@dataclass(frozen=True)
class Fired(Internals):
    """A model seen from inside, that answers how strongly a neuron fires or a direction is taken, and beside it 0.

    Attributes:
        watched: the module that reads the layer's neurons, or the layer.
        made: whether what it makes is watched, rather than what it is given.
        read: what is asked of states ``(m, n, w)``, as ``(m, n)``.
        fired: the states in the last pass.
    """

    watched: Any = None
    made: bool = False
    read: Callable[[Any], Any] = lambda states: states[..., 0]
    fired: tuple[list[Any], ...] = ()

    def during(self, work: Callable[[], T]) -> T:
        def seen() -> T:
            with watching([self.watched], self.made) as states:
                self.fired[0][:] = [states]
                return work()

        return super().during(seen)

    def strongest(self, rows: int) -> Any:
        """``(m, 2)``: the most at any token that is not a special one, and 0."""
        own = [at for at, place in enumerate(self.places) if place is not None]
        (states,) = self.fired[0][0]
        most = self.read(states[:rows, own or slice(None)]).amax(dim=1)
        return torch.stack([most, torch.zeros_like(most)], dim=1)


@contextmanager
def watching(modules: Sequence[Any], made: bool = False) -> Iterator[list[Any]]:
    """What modules are given to read, or what they make, each in the last pass, for the while."""
    seen: list[Any] = [None] * len(modules)

    def keep(at: int) -> Callable[..., None]:
        def hook(_: Any, args: Any, *output: Any) -> None:
            (first,) = output or (args,)
            seen[at] = first[0] if isinstance(first, tuple) else first

        return hook

    handles = [
        module.register_forward_hook(keep(at)) if made else module.register_forward_pre_hook(keep(at))
        for at, module in enumerate(modules)
    ]
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()


def readers_of(model: Any) -> list[Any]:
    """Of each layer the map that reads its neurons: the last one into the layer's width, from more than that.

    Found by structure. A mixture of experts has none for all tokens.

    Raises:
        InputError: there is none.
    """
    width = int(model.config.get_text_config().hidden_size)
    found = one_a_layer(model, lambda layer: _reader(layer, width))
    if not found:
        raise InputError(
            f"{type(model).__name__} has no neurons that limelight knows how to find. It looks into transformers whose "
            "layers have one feed-forward part of two linear maps; give one of these."
        )
    return found


def layers_of(model: Any) -> list[Any]:
    """The layers that have such a map; see ``readers_of``."""
    width = int(model.config.get_text_config().hidden_size)
    return one_a_layer(model, lambda layer: None if _reader(layer, width) is None else layer)


def _reader(layer: Any, width: int) -> Any:
    found = [(given, module) for (given, made), module in maps(layer) if made == width and given > width]
    return max(found, key=lambda one: one[0])[1] if found else None


def neurons_of(internals: Internals, column: int, scale: str, members: np.ndarray, most: int) -> tuple[Neuron, ...]:
    """The neurons that carry a target: activation times slope, largest first.

    One pass forward and one back.

    Args:
        internals: the model, and one input.
        column: of the target.
        scale: one of ``limelight.scales``, on which its slope is taken.
        members: ``bool[n, d]``: which tokens are part of which feature.
        most: how many.
    """
    readers = readers_of(internals.model)
    vectors = internals.embedded(internals.inputs["input_ids"])

    def work() -> tuple[list[Any], list[Any]]:
        leaf = vectors.clone().requires_grad_()
        with watching(readers) as seen, internals.replaced(leaf):
            output = internals.model(**internals.inputs)
        score = internals.scores(output, scale)[0, column]
        slopes = torch.autograd.grad(score, seen)
        return [one.detach()[0].float() for one in seen], [one[0].float() for one in slopes]

    return _strongest(*internals.during(work), members, most)


def neurons_along(
    model: Any, prompt: Sequence[int], ids: Sequence[int], named: Callable[[Sequence[int]], str], most: int
) -> tuple[Neuron, ...]:
    """The neurons of a language model that carry an answer, by the sum of its tokens' log-probabilities.

    Args:
        model: of transformers, with dropout off, that is put back as it was.
        prompt: tokens.
        ids: the answer's.
        named: what tokens are called; a neuron's word is the token of prompt or answer where it does most.
        most: how many.

    Raises:
        InputError: they cannot be found.
    """
    readers, row = readers_of(model), torch.tensor([[*prompt, *ids]], device=model.device)
    with torch.no_grad():
        vectors = model.get_input_embeddings()(row)
    leaf = vectors.detach().clone().requires_grad_()
    handle = model.get_input_embeddings().register_forward_hook(lambda *_: leaf)
    try:
        with watching(readers) as seen:
            output = model(input_ids=row, use_cache=False)
    finally:
        handle.remove()
    logs = output.logits[0, len(prompt) - 1 : -1].float().log_softmax(-1)
    slopes = torch.autograd.grad(logs.gather(1, row[0, len(prompt) :, None]).sum(), seen)
    states = [one.detach()[0].float() for one in seen]
    found = _strongest(states, [one[0].float() for one in slopes], np.eye(row.shape[1], dtype=bool), most)
    return tuple(replace(one, word=named([int(row[0, one.feature])])) for one in found)


def _strongest(states: Sequence[Any], slopes: Sequence[Any], members: np.ndarray, most: int) -> tuple[Neuron, ...]:
    """The neurons of the largest effects, from activations and slopes ``(n, neurons)`` by layer."""
    effects: list[Floats] = [(a * b).cpu().double().numpy() for a, b in zip(states, slopes, strict=True)]
    sums = np.stack([one.sum(axis=0) for one in effects])
    order = np.argsort(-np.abs(sums), axis=None, kind="stable")[:most]
    found = []
    for layer, index in zip(*np.unravel_index(order, sums.shape), strict=True):
        by_feature = effects[layer][:, index] @ members
        feature = int(np.abs(by_feature).argmax()) if len(by_feature) else 0
        tokens = np.flatnonzero(members[:, feature])
        own = states[layer][tokens.tolist(), int(index)].cpu().numpy() if len(tokens) else np.zeros(1)
        activation = float(own[np.abs(own).argmax()])
        found.append(Neuron(int(layer) + 1, int(index), float(sums[layer, index]), activation, feature))
    return tuple(found)
