"""Words to try in a text: near ones of an embedding, those along the slope of the model, those a reader expects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from limelight.arrays import Floats
from limelight.errors import InputError, quoted, shown
from limelight.search.base import Bench
from limelight.text.fields import Field

if TYPE_CHECKING:
    from limelight.predictors.hf.internals import Internals
    from limelight.predictors.hf.lexicon import Lexicon

# Words for a place, given what stands before it, in it ("" between two words) and after it.
Function = Callable[[str, str, str], Sequence[str]]

NEAR = 120  # words around one: of a kind with it, mostly, its opposites among them
EACH = 6  # of these, those that lower the margin most, and as many of the nearest
STRONG = 2  # words of any kind that lower it most
EXPECTED = 24  # words of a reader, of which again some are taken
FREQUENT, GRAMMAR = 100, 0.1  # the first words of a vocabulary, and how well another fits in the place of one
BETWEEN = 3  # words in between
DENIALS = ("not", "never", "no")  # where a lexicon has them
MOST_PLACES = 48  # features, those that count most, for which words are looked for


class Reads(Protocol):
    """What says how well texts read, and which words it expects in a place."""

    def expected(self, before: str, after: str, count: int) -> list[str]: ...
    def likelihoods(self, texts: Sequence[str]) -> Floats: ...


@dataclass(frozen=True)
class Proposal:
    """One word to try.

    Attributes:
        at: the feature.
        new: what stands in its place then.
        fall: by how much the margin is expected to fall; NaN where nothing is known.
        fits: how well it fits there, from -1 to 1: a cosine, or 1 where a reader expects it.
    """

    at: int
    new: str
    fall: float
    fits: float


class Proposals:
    """Where words for a text come from.

    Args:
        bench: the text.
        fields: as they stand.
        lexicon: words with vectors, or None.
        slopes: of the margin along the vector of each feature, ``(d, h)``, and what it has of that now ``(d,)``; None
            where the model cannot be looked into.
        reader: a language model, or None.
        function: a user's own, or None: then it alone proposes.
        strong: how many words of any kind are taken for a place.
    """

    def __init__(
        self,
        bench: Bench,
        fields: Sequence[Field],
        lexicon: Lexicon | None,
        slopes: tuple[Floats, Floats] | None,
        reader: Reads | None,
        function: Function | None,
        strong: int = STRONG,
    ) -> None:
        self._strong = strong
        self._bench, self._fields, self._function = bench, fields, function
        self._lexicon, self._slopes, self._reader = lexicon, slopes, reader
        self._grammar = frozenset() if lexicon is None else lexicon.frequent(FREQUENT)

    def all(self, order: Sequence[int]) -> Iterator[list[Proposal]]:
        """Yields the proposals of one feature after the other, as they are ordered."""
        places = list(order)[:MOST_PLACES]
        near: list[list[tuple[int, float]]] = [[] for _ in places]
        if self._lexicon is not None and self._function is None:
            near = self._lexicon.near([self._bench.words[at] for at in places], NEAR)
        for at, around in zip(places, near, strict=True):
            falls = self._falls(at)
            found = [*self._in_place(at, around, falls), *self._between(at, falls)]
            by_text: dict[str, Proposal] = {}
            for one in found:
                by_text.setdefault(one.new, one)
            yield list(by_text.values())

    def _around(self, at: int) -> tuple[str, str, str]:
        field, start, stop = self._bench.places[at]
        text = self._fields[field].text
        return text[:start], text[start:stop], text[stop:]

    def _falls(self, at: int) -> Floats | None:
        """By how much the margin is expected to fall with each word of the lexicon in a place."""
        if self._slopes is None or self._lexicon is None:
            return None
        slopes, now = self._slopes
        falls: Floats = now[at] - self._lexicon.along(slopes[[at]])[0]
        return falls

    def _in_place(self, at: int, near: Sequence[tuple[int, float]], falls: Floats | None) -> list[Proposal]:
        before, word, after = self._around(at)
        if self._function is not None:
            own = [Proposal(at, new, np.nan, 1.0) for new in _called(self._function, before, word, after)]
            return [one for one in own if one.new != word]
        found: list[tuple[str, float]] = []
        lexicon = self._lexicon
        if self._reader is not None:
            expected = self._reader.expected(before, after, EXPECTED)
            found += [(one, 1.0) for one in [*self._strongest(expected, falls, EACH), *expected[:EACH]]]
        if lexicon is not None:
            # hardly any other word of grammar reads well where one stands, however near it lies
            share = GRAMMAR if {word, word.lower()} & self._grammar else 1.0
            fits = {lexicon.words[one]: share * cosine for one, cosine in near}
            found += [(one, fits[one]) for one in [*self._strongest(list(fits), falls, EACH), *list(fits)[: EACH + 1]]]
            if falls is not None:
                found += [
                    (lexicon.words[one], -1.0) for one in np.argsort(-falls, kind="stable")[: self._strong].tolist()
                ]
        return [
            Proposal(at, _like(new, word), self._fall(new, falls), fit)
            for new, fit in dict(reversed(found)).items()
            if new.casefold() != word.casefold()
        ]

    def _between(self, at: int, falls: Floats | None) -> list[Proposal]:
        """Words that come before a feature."""
        before, word, after = self._around(at)
        if self._function is not None:
            words, fit = _called(self._function, before, "", word + after), 1.0
        elif self._reader is not None:
            expected = self._reader.expected(before, word + after, EXPECTED)
            words, fit = self._strongest(expected, falls, BETWEEN) or expected[:BETWEEN], 1.0
        else:
            known = self._lexicon.position if self._lexicon is not None else lambda word: None
            words, fit = [one for one in DENIALS if known(one) is not None], 0.0
        return [Proposal(at, self._joined(new, at), np.nan, fit) for new in words]

    def _joined(self, new: str, at: int) -> str:
        """A word in front of a feature, with a blank between where the text has such."""
        before, word, _ = self._around(at)
        blank = "" if ord(word[0]) > 0x2E80 else " "
        first = not before.strip() and word[:1].isupper() and not word[1:2].isupper()
        return f"{new[:1].upper() + new[1:] if first else new}{blank}{word}"

    def _strongest(self, words: Sequence[str], falls: Floats | None, count: int) -> list[str]:
        """Of some words those that lower the margin most, as far as the slope says."""
        known = [(self._fall(word, falls), word) for word in words]
        return [word for fall, word in sorted(known, key=lambda one: -one[0]) if not np.isnan(fall)][:count]

    def _fall(self, word: str, falls: Floats | None) -> float:
        position = None if falls is None or self._lexicon is None else self._lexicon.position(word)
        return np.nan if position is None or falls is None else float(falls[position])


def slopes_of(bench: Bench, internals: Internals) -> tuple[Floats, Floats]:
    """The slope of the margin along each feature's vector, ``(d, h)``, and its part of the margin now, ``(d,)``.

    One pass forward and one back (Ebrahimi et al., ACL 2018: HotFlip). Of a feature of several tokens the mean.
    """
    ids = internals.inputs["input_ids"]
    others = {name: value for name, value in internals.inputs.items() if name != "input_ids"}
    vectors = internals.embedded(ids)

    def work() -> Any:
        leaf = vectors.clone().requires_grad_()
        with internals.replaced(leaf):
            output = internals.model(input_ids=ids, **others)
        margin = bench.decision.slope(internals.scores(output, bench.decision.scale))
        import torch

        return torch.autograd.grad(margin, leaf)[0][0]

    slope = internals.during(work).float().cpu().numpy().astype(float)
    own = vectors[0].float().cpu().numpy().astype(float)
    members = internals.of_features(bench.places).astype(float)
    now = members.T @ (slope * own).sum(axis=1)
    return members.T @ slope / np.maximum(members.sum(axis=0)[:, None], 1), now


def _like(new: str, old: str) -> str:
    """A word with a capital letter where the one that it stands for has one."""
    return new[:1].upper() + new[1:] if old[:1].isupper() and not old[1:2].isupper() else new


def _called(function: Function, before: str, word: str, after: str) -> list[str]:
    try:
        found = function(before, word, after)
    except Exception as error:
        raise InputError(
            f"proposer raised {quoted(error)} for {shown(word)}. limelight calls it with what stands before a place, "
            "in it and after it, and takes a list of str; try it on these."
        ) from error
    if isinstance(found, str) or not all(isinstance(one, str) for one in found):
        raise InputError(
            f"proposer answered {shown(found)}. limelight takes a list of str, words for the place; return those."
        )
    return [one for one in found if one.strip()]
