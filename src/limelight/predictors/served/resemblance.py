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
from limelight.predictors.served.refusals import Malformed
from limelight.predictors.served.servers import Server, said_in
from limelight.text.fields import Field
from limelight.text.inputs import Input
from limelight.text.units import sentences, words

NEW = 3  # answers to the whole prompt, besides: evidence, and how much they differ
MOST_TOLD = 200  # letters of an answer in a note
LEAST_WORDS = 2  # of a sentence


class Resemblance(Asked):
    """Scores how much of each sentence of an answer comes again in a new one.

    By the recall of ROUGE-L (Lin 2004): the longest common subsequence of words, as a share of the sentence's, to which
    the same in other words counts for nothing. Where the endpoint has a model that embeds texts: by the largest cosine
    with a sentence of the new answer. How likely the answer is remains unknown.

    Args:
        endpoint: whom to ask.
    """

    scale = "value"
    measured = ""
    additive = False

    def __init__(self, endpoint: Asked) -> None:
        vars(self).update(vars(endpoint))
        self._cut: list[list[str]] = []  # words of each sentence
        self._vectors: Floats = np.zeros((0, 0))  # and its embedding
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
        if self.embedding:
            bound._vectors = self._contact.client.ask(partial(bound._embedded, list(bound.targets)))
        alike = self._contact.client.run([partial(bound._alike, text) for text, _ in again])
        rows = np.array([row for _, row in sorted(alike, key=lambda one: one[0])])
        own = rows.var(axis=0, ddof=1)
        # three are few: what seems to stand still moves as the others do
        bound._spread = np.maximum(own, own.mean())
        bound._digest = repr((known, said, self.embedding))
        host = self._contact.address.host
        told = " · ".join(f"«{text[:MOST_TOLD]}{'…' if len(text) > MOST_TOLD else ''}»" for text, _ in again)
        bound.warnings += (
            note("resembles", host=host, measure=f"cosine, {self.embedding}" if self.embedding else "ROUGE-L"),
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

    async def _alike(self, said: str, ask: Ask) -> Floats:
        """How much of each sentence stands in another answer, by words or by what they mean."""
        if not self.embedding:
            return self._shares(said)
        others = [text for span in sentences(said) if (text := " ".join(said[slice(*span)].split()))]
        if not others:
            return np.zeros(len(self._cut))
        cosines = self._vectors @ (await self._embedded(others, ask)).T
        best: Floats = np.clip(cosines.max(axis=1), 0.0, 1.0)
        return best

    async def _embedded(self, texts: list[str], ask: Ask) -> Floats:
        """Directions of texts, ``(n, size)``, each of length 1."""
        answer = await ask("/embeddings", {"model": self.embedding, "input": texts}, 0)
        try:
            rows = sorted((int(one["index"]), one["embedding"]) for one in answer["data"])
            table = np.array([row for _, row in rows], dtype=float)
        except (KeyError, TypeError, ValueError):
            raise Malformed("gave no embeddings") from None
        sizes = np.linalg.norm(table, axis=1) if table.ndim == 2 else np.zeros(1)
        if len(table) != len(texts) or not np.isfinite(sizes).all() or not sizes.all():
            raise Malformed("gave other embeddings than were asked for")
        if len(self._vectors) and table.shape[1] != self._vectors.shape[1]:
            raise Malformed("gave embeddings of another size")
        directions: Floats = table / sizes[:, None]
        return directions

    async def _heard(self, server: Server, texts: tuple[str, ...], ask: Ask) -> Floats:
        """How much of each sentence stands in a new answer to a prompt."""
        said, _ = await self._said(server, texts, ask)
        return await self._alike(said, ask)

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
        jobs = [partial(self._heard, server, one.texts) for one in inputs]
        for at, row in self._contact.client.run(jobs):
            values[at] = row
            self.cache.put(self.key(inputs[at]), values[at], variances[at])  # whoever stops asks nothing of it again
        return Scores(values, variances)

    def _expected(self, server: Server, sizes: Sequence[float], rate: float, answer: str | None) -> tuple[int, float]:
        sizes = sizes[: len(sizes) - server.repeats + 1]
        said = self._most if answer is None else tokens_of(answer, rate)
        calls = len(sizes) + NEW + (answer is None)
        tokens = sum(sizes) + sizes[0] * (calls - len(sizes)) + said * calls
        # each answer is embedded, and once the sentences that it is compared with
        return (
            (calls + len(sizes) + NEW + 1, tokens + said * (len(sizes) + NEW + 1))
            if self.embedding
            else (calls, tokens)
        )


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
