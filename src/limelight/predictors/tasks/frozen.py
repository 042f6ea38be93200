"""An answer that is frozen, and what its earlier words do to its later ones: each is taken out of what was said."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from limelight.arrays import Floats
from limelight.document.parts import Earlier
from limelight.errors import InputError
from limelight.predictors.hf.prompts import Prompts
from limelight.predictors.hf.restoring import as_it_was, evaluating
from limelight.predictors.hf.threads import padded
from limelight.predictors.hf.transformer import Transformer
from limelight.predictors.tasks.spoken import UNSAID, Spoken

if TYPE_CHECKING:
    from limelight.predictors.hf.layered import Fitted, Lens

Ids = tuple[int, ...]
Many = Sequence[Sequence[int]]
Cut = tuple[Ids, Ids]  # tokens before a word of the answer, and those after it

MOST_KNOWN = 16  # answers that are remembered
DIGITS = 5  # of a nat: more than single precision holds


class Frozen(Transformer):
    """A model that writes, asked along an answer that stays as it is."""

    _prompts: Prompts = UNSAID
    _spoken: Spoken = UNSAID
    _forced: Any  # what is asked after every prompt
    _longest = 1  # tokens after a prompt
    _before: dict[tuple[Ids, Ids], Earlier]  # by prompt and answer

    @abstractmethod
    def _logits(self, prompts: Many, answers: Many, size: int, head: Any) -> Iterator[Any]:
        """Logits ``(T + 1, vocabulary)`` from each prompt on, along its answer; in rows of so many tokens."""

    def forget(self) -> None:
        super().forget()
        self._before = {}

    def earlier(self) -> Iterator[Earlier | None]:
        cuts, logs = cuts_of(self._spoken), list[Floats]()
        with self.turns.turn():
            (prompt,) = self._prompts([tuple(field.text for field in self._prompts.fields)])
        known = tuple(prompt), self._spoken.ids
        if known not in self._before:
            size = padded(len(prompt) + self._longest, self.window)
            rows = max(1, self._tokens_per_batch // size)
            for at in range(0, len(cuts), rows):
                work = partial(self._along, prompt, cuts[at : at + rows], size)
                with self.turns.turn():
                    logs += evaluating(self._asked, work)
                yield None
            keep(self._before, known, effects_of(self._spoken, logs))
        yield self._before[known]

    def lens(self, fitted: Fitted | None = None, neurons: int = 0) -> Lens:
        from limelight.predictors.hf.layered import lens_of
        from limelight.predictors.hf.neurons import neurons_along

        model, spoken = self._asked, self._spoken
        with self.turns.turn():
            (prompt,) = self._prompts([tuple(field.text for field in self._prompts.fields)])
            found = evaluating(model, partial(lens_of, model, prompt, spoken, self._forced.ends, fitted))
            if not neurons:
                return found
            work = partial(neurons_along, model, prompt, spoken.ids, spoken.named, neurons)
            with suppress(InputError):  # found by structure: what is built otherwise still has layers to be read
                found = replace(found, neurons=evaluating(model, partial(as_it_was, model, work)))
            return found

    def _along(self, prompt: list[int], cuts: Sequence[Cut], size: int) -> list[Floats]:
        """Log-probabilities of what comes after each cut, and of the end, with what was said before."""
        import torch

        from limelight.predictors.hf.causal import Forced, in_single, logs_of

        answers = [after for _, after in cuts]
        forced = [Forced(after, np.empty((len(after), 0), dtype=int), self._forced.ends) for after in answers]

        def work() -> list[Floats]:
            with torch.inference_mode():
                found = self._said(prompt, cuts, size)
                return [logs_of(one, own).cpu().numpy().astype(float) for one, own in zip(found, forced, strict=True)]

        return in_single(self._asked, work)

    def _said(self, prompt: list[int], cuts: Sequence[Cut], size: int) -> Iterator[Any]:
        """Logits along what comes after each cut, from the token before it on."""
        from limelight.predictors.hf.causal import head_of

        prompts = [[*prompt, *before] for before, _ in cuts]
        # what they begin with, the prompt itself, is read once
        return self._logits(prompts, [after for _, after in cuts], size, head_of(self._asked, prompts))


def cuts_of(spoken: Spoken) -> list[Cut]:
    """The answer as it is, then without each word that something comes after."""
    ids = spoken.ids
    whole: Cut = ((), ids)
    words = spoken.parts if spoken.end else spoken.parts[:-1]
    return [whole, *((ids[: part.tokens[0]], ids[part.tokens[1] :]) for part in words)]


def effects_of(spoken: Spoken, logs: Sequence[Floats]) -> Earlier:
    """How much each earlier word raises the log-probability of each target, by what is lost once it is out.

    Args:
        spoken: the answer, of ``w`` words and ``k`` targets.
        logs: of each of ``cuts_of``: log-probabilities of the tokens after the word, and of the end where it is a
            target.

    Returns:
        ``k`` rows; the one of target ``t`` has a number for each of the ``min(t, w)`` words before it.
    """
    starts = np.array([*(part.tokens[0] for part in spoken.parts), len(spoken.ids)][: len(spoken.targets)])

    def by_target(row: Floats, first: int) -> Floats:
        """Sums of a row that begins with the tokens of a target."""
        return np.add.reduceat(row, starts[first:] - starts[first])

    whole = by_target(logs[0], 0)
    table = np.zeros((len(starts), len(spoken.parts)))
    for word, row in enumerate(logs[1:]):
        table[word + 1 :, word] = whole[word + 1 :] - by_target(row, word + 1)
    return tuple(tuple(np.round(table[at, :at], DIGITS).tolist()) for at in range(len(starts)))


def keep(known: dict[Any, Any], key: object, value: object, most: int = MOST_KNOWN) -> None:
    """Keeps a value; where there are as many as that, the oldest goes."""
    while len(known) >= most:
        known.pop(next(iter(known)))
    known[key] = value
