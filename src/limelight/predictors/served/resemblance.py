"""A model of which nobody tells how likely a given answer is: how much of the answer comes again in new ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from limelight.arrays import Floats
from limelight.captions import note
from limelight.document import Answer
from limelight.errors import InputError
from limelight.predictors.answers import Scores
from limelight.predictors.base import Predictor
from limelight.predictors.cache import Key
from limelight.predictors.served.asked import Asked, tokens_of
from limelight.predictors.served.client import Ask
from limelight.predictors.served.servers import Server, said_in
from limelight.text.fields import Field
from limelight.text.inputs import Input
from limelight.text.units import sentences, words

NEW = 3  # answers to the whole prompt, besides: evidence, and how much they differ
MOST_TOLD = 200  # letters of an answer in a note
LEAST_WORDS = 2  # of a sentence


class Resemblance(Asked):
    """Scores how much of each sentence of an answer comes again in a new one: the share of its words, in their order.

    This is the recall of ROUGE-L (Lin 2004): the longest common subsequence of words, as a share of the sentence's. How
    likely the answer is remains unknown: a new answer may say the same in other words.

    Args:
        endpoint: whom to ask.
    """

    scale = "value"
    measured = ""
    additive = False

    def __init__(self, endpoint: Asked) -> None:
        vars(self).update(vars(endpoint))
        self._cut: list[list[str]] = []  # words of each sentence
        self._spread: Floats = np.zeros(0)
        self._digest = ""

    def among(self, labels: Sequence[str] | None) -> Predictor:
        return self

    def bind(self, fields: Sequence[Field], answer: Answer | None = None) -> Iterator[Predictor]:
        bound = self._facing(fields)
        server, texts = self._contact.server, tuple(field.text for field in fields)
        known = repr((bound.manner, texts, sorted(self._options.items())))
        given = answer.text if answer is not None else " ".join(self._frozen)
        heard = self._again.setdefault(known, [])
        jobs = [partial(bound._said, server, texts)] * (NEW + (not given) - len(heard))
        heard += [one for _, one in self._contact.client.run(jobs)]
        again, (said, cut) = heard[:NEW], (given, False) if given else heard[NEW]
        bound._settle(said)
        rows = np.array([bound._shares(text) for text, _ in again])
        own = rows.var(axis=0, ddof=1)
        # three are few: what seems to stand still moves as the others do
        bound._spread = np.maximum(own, own.mean())
        bound._digest = known + said
        host = self._contact.address.host
        told = " · ".join(f"«{text[:MOST_TOLD]}{'…' if len(text) > MOST_TOLD else ''}»" for text, _ in again)
        bound.warnings += (
            note("resembles", host=host),
            note("said-again", count=NEW, answers=told, share=f"{rows.mean():.2f}"),
        )
        if cut:
            bound.warnings += (note("cut-off", count=self._most),)
        yield bound

    def _settle(self, said: str) -> None:
        """Makes targets of an answer's sentences.

        Raises:
            InputError: it has no word.
        """
        long = {said[slice(*span)]: span for span in sentences(said) if len(_words(said[slice(*span)])) >= LEAST_WORDS}
        spans = list(long.values()) or [(0, len(said))]  # what is said twice is one
        self._cut = [_words(said[slice(*span)]) for span in spans]
        if not self._cut[0]:
            raise InputError(
                f"{self.name} said nothing, or no word. limelight explains an answer of one word or more; ask for "
                "something, or give answer='...'."
            )
        self.targets = tuple(" ".join(said[slice(*span)].split()) for span in spans)
        self.answer = Answer(said)

    def _shares(self, said: str) -> Floats:
        """How much of each sentence stands in another answer."""
        other = _words(said)
        return np.array([_common(own, other) / len(own) for own in self._cut])

    async def _said(self, server: Server, texts: tuple[str, ...], ask: Ask) -> tuple[str, bool]:
        """What it says to a prompt, and whether that is cut off."""
        body = server.wanted({name: value for name, value in self._options.items() if name != "seed"})
        (choice, *_) = await server.chat(ask, self._made(texts), body, self._most)
        return said_in(choice) or "", choice.get("finish_reason") == "length"

    def key(self, one: Input) -> Key:
        return *super().key(one), self._digest

    def score(self, inputs: Sequence[Input]) -> Scores:
        server = self._contact.server
        values = np.empty((len(inputs), len(self.targets)))
        variances = np.broadcast_to(self._spread, values.shape).copy()
        jobs = [partial(self._said, server, one.texts) for one in inputs]
        for at, (text, _) in self._contact.client.run(jobs):
            values[at] = self._shares(text)
            self.cache.put(self.key(inputs[at]), values[at], variances[at])  # whoever stops asks nothing of it again
        return Scores(values, variances)

    def _expected(self, server: Server, sizes: Sequence[float], rate: float, answer: str | None) -> tuple[int, float]:
        sizes = sizes[: len(sizes) - server.repeats + 1]
        said = self._most if answer is None else tokens_of(answer, rate)
        calls = len(sizes) + NEW + (answer is None)
        return calls, sum(sizes) + sizes[0] * (calls - len(sizes)) + said * calls


def _words(text: str) -> list[str]:
    return [text[start:stop].casefold() for start, stop in words(text)]


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words the longest sequence has that stands in both, in this order."""
    row = [0] * (len(other) + 1)
    for word in one:
        before = 0
        for at, another in enumerate(other, 1):
            before, row[at] = row[at], before + 1 if word == another else max(row[at], row[at - 1])
    return row[-1]
