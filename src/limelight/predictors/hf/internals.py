"""A transformer seen from inside: its embeddings, to be differentiated, and its attention."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from limelight.errors import InputError
from limelight.predictors.hf.restoring import as_it_was, eager, evaluating
from limelight.predictors.turns import Turns
from limelight.text.fields import Place

T = TypeVar("T")


@dataclass(frozen=True)
class Internals:
    """One input in a transformers model, with all that gradients and attention need.

    Nothing here changes the model for good: whatever is set for the while is put back
    on every exit.

    Attributes:
        model: the module, on its own device.
        inputs: its inputs, ``input_ids`` and the like, each ``(1, n)``.
        places: where each of the ``n`` tokens stands; None for special ones.
        blank: id of the token that stands for "nothing here".
        logits: of the model's output, ``(n, k)`` in torch.
        probabilities: of these; None where the model answers values.
        turns: at the model, which it is asked in.
    """

    model: Any
    inputs: dict[str, Any]
    places: tuple[Place | None, ...]
    blank: int
    logits: Callable[[Any], Any]
    probabilities: Callable[[Any], Any] | None
    turns: Turns

    def during(self, work: Callable[[], T]) -> T:
        """What ``work`` gives, which asks the model: in its turn, in evaluation mode, with nothing left behind.

        A batch long, so that others wait for no more than that.
        """
        with self.turns.turn():
            return evaluating(self.model, lambda: as_it_was(self.model, work))

    @property
    def embedding(self) -> Any:
        """The module that turns ids into vectors."""
        return self.model.get_input_embeddings()

    @property
    def baseline(self) -> Any:
        """Ids ``(1, n)`` with every token blank, special ones as they are."""
        ids = self.inputs["input_ids"].clone()
        for at, place in enumerate(self.places):
            if place is not None and place[2] > place[1]:
                ids[0, at] = self.blank
        return ids

    def embedded(self, ids: Any) -> Any:
        """The vectors ``(1, n, h)`` of ids ``(1, n)``."""
        # in a turn: meanwhile another thread may have put vectors of its own in their place
        return self.during(lambda: self.embedding(ids).detach())

    @contextmanager
    def replaced(self, vectors: Any) -> Iterator[None]:
        """The model with vectors ``(m, n, h)`` in place of those of its ids, for the while."""
        hook = self.embedding.register_forward_hook(lambda *_: vectors)
        try:
            yield
        finally:
            hook.remove()

    def scores(self, output: Any, scale: str) -> Any:
        """Scores ``(n, k)`` of the model's output, differentiable, on one of ``limelight.scales``."""
        import torch

        logits = self.logits(output)
        if scale == "value":
            return logits
        assert self.probabilities is not None  # a model of values has no other scale
        probabilities = self.probabilities(logits)
        if scale == "probability":
            return probabilities
        if scale == "log-probability":
            return torch.log(probabilities.clamp_min(torch.finfo(probabilities.dtype).tiny))
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

        def attend() -> Any:
            with torch.no_grad():
                return getattr(self.model(**self.inputs, output_attentions=True), "attentions", None)

        found = self.during(lambda: eager(self.model, attend))
        if not found or found[0] is None:
            raise InputError(
                f"{type(self.model).__name__} gives no attention away. limelight reads that of transformers models "
                "with output_attentions; choose another method."
            )
        return np.stack([layer[0].float().cpu().numpy() for layer in found])

    def of_features(self, places: Sequence[Place]) -> np.ndarray:
        """``bool[n, d]``: which tokens are part of which feature."""
        begins = [place[:2] if place is not None and place[2] > place[1] else (-1, -1) for place in self.places]
        return np.array([[field == a and start <= b < stop for a, b in begins] for field, start, stop in places]).T
