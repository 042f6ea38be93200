"""A transformer seen from inside: its embeddings, to be differentiated, and its attention."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from limelight.errors import InputError
from limelight.text.spans import Span

HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks")


@dataclass(frozen=True)
class Inside:
    """One text in a transformers model, with all that gradients and attention need.

    Nothing here changes the model for good: whatever is set for the while is put back
    on every exit.

    Attributes:
        model: the module, on its own device.
        inputs: its inputs for the text, ``input_ids`` and the like, each ``(1, n)``.
        offsets: where each of the ``n`` tokens stands in the text; ``(0, 0)`` for special ones.
        blank: id of the token that stands for "nothing here".
        probabilities: of logits ``(n, k)``, in torch; None where the model answers values.
    """

    model: object
    inputs: dict[str, object]
    offsets: tuple[Span, ...]
    blank: int
    probabilities: object | None

    @property
    def embedding(self):
        """The module that turns ids into vectors."""
        return self.model.get_input_embeddings()

    @property
    def baseline(self):
        """Ids ``(1, n)`` with every token blank, special ones as they are."""
        ids = self.inputs["input_ids"].clone()
        for at, (start, stop) in enumerate(self.offsets):
            if stop > start:
                ids[0, at] = self.blank
        return ids

    def embedded(self, ids):
        """The vectors ``(1, n, h)`` of ids ``(1, n)``."""
        return self.embedding(ids).detach()

    @contextmanager
    def replaced(self, vectors) -> Iterator[None]:
        """The model with vectors ``(m, n, h)`` in place of those of its ids, for the while."""
        hook = self.embedding.register_forward_hook(lambda *_: vectors)
        try:
            yield
        finally:
            hook.remove()

    def scores(self, logits, scale: str):
        """Scores ``(n, k)`` of logits, differentiable, on one of ``limelight.scales``."""
        import torch

        if scale == "value":
            return logits
        probabilities = self.probabilities(logits)
        if scale == "probability":
            return probabilities
        exclusive = torch.allclose(probabilities.sum(-1), torch.ones(()).to(probabilities), atol=1e-4)
        if scale == "logit" and exclusive and logits.shape[-1] > 1:
            return logits - logits.mean(-1, keepdim=True)
        return torch.logit(probabilities, eps=1e-7)

    def attention(self) -> np.ndarray:
        """``(layers, heads, n, n)``: how much each token (row) takes from each (column).

        Raises:
            InputError: the model does not give its attention away.
        """
        import torch

        with as_it_was(self.model), _eager(self.model), torch.no_grad():
            found = getattr(self.model(**self.inputs, output_attentions=True), "attentions", None)
        if not found or found[0] is None:
            raise InputError(
                f"{type(self.model).__name__} gives no attention away. limelight reads that of transformers models "
                "with output_attentions; choose another method."
            )
        return np.stack([layer[0].float().cpu().numpy() for layer in found])

    def of_features(self, spans: tuple[Span, ...]) -> np.ndarray:
        """``bool[n, d]``: which tokens are part of which feature."""
        starts = np.array([start if stop > start else -1 for start, stop in self.offsets])[:, None]
        return np.array([(starts[:, 0] >= a) & (starts[:, 0] < b) for a, b in spans]).T


@contextmanager
def _eager(model) -> Iterator[None]:
    """The attention that shows its weights, for the while; fused kernels never form them."""
    before = getattr(model.config, "_attn_implementation", None)
    if before in (None, "eager"):
        yield
        return
    model.set_attn_implementation("eager")
    try:
        yield
    finally:
        model.set_attn_implementation(before)


@contextmanager
def as_it_was(model) -> Iterator[None]:
    """Hooks and plain attributes of all modules as they were, whatever is hooked in for the while.

    transformers itself hooks the modules whose outputs it is asked for, and marks the
    model as hooked.
    """
    before = [
        (module, {name: dict(getattr(module, name)) for name in HOOKS}, _plain(module)) for module in model.modules()
    ]
    try:
        yield
    finally:
        for module, hooks, plain in before:
            for name, held in hooks.items():
                getattr(module, name).clear()
                getattr(module, name).update(held)
            for name in _plain(module).keys() - plain.keys():
                delattr(module, name)
            vars(module).update(plain)


def _plain(module) -> dict[str, object]:
    return {name: value for name, value in vars(module).items() if isinstance(value, (bool, int, str, type(None)))}
