"""A model of an encoder and a decoder: asked to write, and how likely it finds an answer to each of some sources."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch

from limelight.predictors.hf.causal import cache_name


def start_of(model: Any) -> list[int]:
    """What the decoder begins with: its start, and a token that is forced upon it, as of the language."""
    config, told = model.config, getattr(model, "generation_config", None)

    def said(name: str) -> int | None:
        one = getattr(told, name, None)
        return getattr(config, name, None) if one is None else one

    begins = (said("decoder_start_token_id"), said("bos_token_id"), said("pad_token_id"), 0)
    start = next(one for one in begins if one is not None)
    forced = said("forced_bos_token_id")
    return [start] if forced is None else [start, forced]


def never_of(model: Any) -> list[int]:
    """Tokens that it never writes, as padding."""
    told = getattr(model, "generation_config", None)
    words = [one[0] for one in getattr(told, "bad_words_ids", None) or [] if len(one) == 1]
    return [*words, *(getattr(told, "suppress_tokens", None) or [])]


def encoded(model: Any, sources: Sequence[Sequence[int]], size: int) -> dict[str, Any]:
    """Sources as tensors of ``size`` tokens, with what is no token of theirs masked: an encoder sees both ways."""
    fill = next((one for one in (model.config.pad_token_id, 0) if one is not None), 0)
    rows = torch.tensor([[*source, *[fill] * (size - len(source))] for source in sources], device=model.device)
    mask = torch.tensor([[1] * len(source) + [0] * (size - len(source)) for source in sources], device=model.device)
    return {"input_ids": rows, "attention_mask": mask}


def logits_of(
    model: Any, sources: Sequence[Sequence[int]], answers: Sequence[Sequence[int]], size: int
) -> Iterator[Any]:
    """Logits ``(T + 1, vocabulary)`` of each source's answer of ``T`` tokens, and of what comes after it.

    Sources that are one and the same are encoded once. What fills a shorter answer up comes after it, where a decoder
    does not look.
    """
    start, longest = start_of(model), max(map(len, answers))
    rows = [[*start, *answer, *[start[-1]] * (longest - len(answer))] for answer in answers]
    decoder = torch.tensor(rows, device=model.device)
    if len(sources) > 1 and len(set(map(tuple, sources))) == 1:
        inputs = encoded(model, sources[:1], size)
        (state, *_) = model.get_encoder()(**inputs, return_dict=False)
        inputs = {
            "encoder_outputs": (state.expand(len(rows), -1, -1),),
            "attention_mask": inputs["attention_mask"].expand(len(rows), -1),
        }
    else:
        inputs = encoded(model, sources, size)
    output = model(**inputs, decoder_input_ids=decoder, use_cache=False)
    for at, answer in enumerate(answers):
        yield output.logits[at, len(start) - 1 : len(start) + len(answer)]


class Writer:
    """Writes an answer to a source, a token at a time; the source is read once.

    Args:
        model: the model; in evaluation mode whenever it is asked.
        source: ids.
        choose: a token of logits ``(1, vocabulary)``, given all ids so far ``(1, n)``.
    """

    def __init__(self, model: Any, source: Sequence[int], choose: Callable[[Any, Any], int]) -> None:
        self._model, self._choose, self._never = model, choose, never_of(model)
        self._inputs = encoded(model, [source], len(source))
        self._encoding: Any = None
        self._cache: Any = None
        self._ids = start_of(model)
        self._new = list(self._ids)

    def __call__(self) -> int:
        """The next token."""
        model = self._model
        with torch.inference_mode():
            if self._encoding is None:
                self._encoding = model.get_encoder()(**self._inputs)
            held = {} if self._cache is None else {cache_name(model): self._cache}
            output = model(
                encoder_outputs=self._encoding,
                attention_mask=self._inputs["attention_mask"],
                decoder_input_ids=torch.tensor([self._new], device=model.device),
                use_cache=True,
                **held,
            )
            self._cache = getattr(output, cache_name(model), None)
            logits = output.logits[:, -1].float().cpu()
            logits[:, self._never] = -torch.inf
            token = self._choose(torch.tensor([self._ids]), logits)
        self._ids.append(token)
        # a model without a cache reads all of it again
        self._new = [token] if self._cache is not None else self._ids
        return token
