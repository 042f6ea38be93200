"""What it looks for: texts that a target wants ever more, one word changed at a time."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from limelight.arrays import Floats
from limelight.search.base import WHOLE, Bench, Change, meanwhile
from limelight.search.proposals import Proposal, Proposals, Reads

ROUND = 64  # single words that are tried in a round
TOGETHER = 16  # of the best of them, pairs that are tried as well
BEST = 8  # singles that are paired
JOINED = 40  # texts whose changes are joined with another's, where something reads
READ = 8  # texts that are read before it can be stopped
GAIN = 1e-6  # of a score, below which a round has found nothing
STALLED = 3  # rounds of other words without a gain, after which it ends where a slope foretells it
WEIGHTS = 8  # of how well a text reads, from .1 to 10, at which texts are gone on from
MOST_SHOWN = 24  # texts beside the first, where a front has more


@dataclass(frozen=True)
class Dream:
    """One text on the front: none that is known has as few words changed and a higher score, or reads as well and has.

    Attributes:
        text: the text.
        score: of the target, as the model answers it.
        changed: words that differ from where it began.
        fluency: how likely the text is to a language model for each of its words, against where it began; None where
            there is none to ask.
        evaluations: distinct texts asked about until then.
    """

    text: str
    score: float
    changed: int
    fluency: float | None
    evaluations: int


class Dreams(tuple[Dream, ...]):
    """The front: the text as it began, then for each number of words changed the best that was found.

    Where a language model says how well texts read: those of which none reads as well and has a higher score.

    Attributes:
        target: what is wanted.
        evaluations: distinct texts that the model was asked about.
        done: whether the search came to its end.
        probability: whether scores are probabilities.
    """

    target: str
    evaluations: int
    done: bool
    probability: bool

    @classmethod
    def of(cls, dreams: Sequence[Dream], **more: Any) -> Dreams:
        made = cls(dreams)
        vars(made).update(more)
        return made


def dreaming(
    text: str,
    bench_of: Callable[[str], Bench],
    proposals: Callable[[Bench, str], Proposals],
    column: int,
    budget: int,
    banned: Sequence[str],
    seed: int,
    reader: Reads | None,
) -> Iterator[Dreams]:
    """Yields the front as it grows, at least once a batch of the model.

    Where something says how well texts read, each round goes on from the text that stands best at another weight of
    that, as the population of EPO has them (Thompson et al., 2024); else from the one with the highest score.

    Args:
        text: where it begins.
        bench_of: sets a text up, its margin falling as the target rises.
        proposals: gives words to try in a text.
        column: of the target among the model's.
        budget: evaluations, at most.
        banned: words that are not used.
        seed: of which words are tried where nothing is known of them.
        reader: says how well texts read, or None.
    """
    found = _Found(text, bench_of, column, budget, reader)
    random, no = np.random.default_rng(seed), {word.casefold() for word in banned}
    weights = [0.0] if reader is None else [0.0, *np.logspace(-1, 1, WEIGHTS)]
    bench = found.bench(text)
    for _ in bench.ask([WHOLE]):
        yield found.told()
    found.take(bench, [WHOLE])
    offered: dict[str, list[Proposal]] = {}
    stalled, at = 0, 0
    blind = True  # nothing foretells which words are worth it: then all are tried before it ends
    while found.left and (stalled < STALLED * len(weights) or blind):
        weight = weights[at % len(weights)]
        at += 1
        best = found.best(weight)
        before, bench = found.worth(best, weight), found.bench(best)
        if len(bench.words) != len(found.words):  # it does not read back as the same words
            found.drop(best)
            continue
        if best not in offered:
            offered[best] = []
            for some in proposals(bench, best).all(range(len(bench.words))):
                offered[best] += [one for one in some if one.new.casefold() not in no and " " not in one.new]
                yield found.told()
        fresh = offered[best]
        falls = np.array([one.fall if np.isfinite(one.fall) else -np.inf for one in fresh])
        blind = bool(fresh) and not np.isfinite(falls).any()
        chance = random.random(len(fresh))
        order = np.lexsort((chance, -falls))[:ROUND]
        if reader is not None:
            # those that fit best beside those that promise most
            fits = np.array([-one.fits for one in fresh])
            order = np.unique([*order, *np.lexsort((chance, fits))[:ROUND]]).astype(int)
        singles = [frozenset([(fresh[one].at, fresh[one].new)]) for one in order]
        if reader is not None:
            # what it costs in reading is known before the model is asked
            reads = yield from meanwhile(found.told, found.read(bench, singles))
            hoped = np.nan_to_num(falls[order], neginf=0.0) + weight * reads
            singles = [singles[one] for one in np.argsort(-hoped, kind="stable")[:ROUND]]
        taken = set(singles)
        offered[best] = [one for one in fresh if frozenset([(one.at, one.new)]) not in taken]
        yield from (found.told() for _ in bench.ask(singles))
        known = found.take(bench, singles)
        worth = {change: found.worth(found.text(bench, change), weight) for change in known}
        known.sort(key=lambda change: -worth[change])
        if reader is None:
            pairs = {a | b: worth[a] + worth[b] for a, b in combinations(known[:BEST], 2) if not _touch(a, b)}
        else:
            bench, gains = found.bench(text), found.joined(best, weight)
            reads = yield from meanwhile(found.told, found.read(bench, list(gains)))
            pairs = {change: gains[change] + weight * read for change, read in zip(gains, reads, strict=True)}
        ahead = sorted(pairs, key=lambda pair: -pairs[pair])[:TOGETHER]
        yield from (found.told() for _ in bench.ask(ahead))
        found.take(bench, ahead)
        # with one of its changes undone each may be better than what was found with as few
        while parts := found.parts():
            yield from (found.told() for _ in found.bench(text).ask(parts))
            found.take(found.bench(text), parts)
        if found.worth(found.best(weight), weight) > before + GAIN:
            stalled = 0
            continue
        stalled += 1
        if not fresh and reader is None:
            break
        yield found.told()
    yield found.told(done=True)


class _Found:
    """The texts that are known, with their scores, and how well they read.

    Args:
        text: where it begins.
        bench_of, column, budget, reader: as ``dreaming`` has them.

    Attributes:
        words: where it begins.
    """

    def __init__(
        self, text: str, bench_of: Callable[[str], Bench], column: int, budget: int, reader: Reads | None
    ) -> None:
        self._begun, self._bench_of, self._column, self._budget, self._reader = text, bench_of, column, budget, reader
        self._benches: dict[str, Bench] = {}
        self._gains: dict[str, float] = {}  # by text, in nats or in the model's own unit
        self._reads: dict[str, float] = {}
        self._front: dict[int, Dream] = {}  # by words changed
        self._changes: dict[str, Change] = {}  # by text, of where it began
        self._undone: set[Change] = set()
        self._dreams: dict[str, Dream] = {}
        self.words = self.bench(text).words

    @property
    def spent(self) -> int:
        """Distinct texts that the model was asked about; the first of each later bench was known already."""
        return sum(bench.spent for bench in self._benches.values()) - max(0, len(self._benches) - 1)

    @property
    def left(self) -> int:
        """Evaluations that may still be made."""
        return max(0, self._budget - self.spent)

    def bench(self, text: str) -> Bench:
        """A text set up, once; with what of the budget is left."""
        if text not in self._benches:
            self._benches[text] = self._bench_of(text)
        bench = self._benches[text]
        bench.budget = bench.spent + self.left
        return bench

    def text(self, bench: Bench, change: Change) -> str:
        """What a change makes of a text."""
        (made,) = bench.inputs([change])
        return str(made.plain)

    def read(self, bench: Bench, changes: Sequence[Change]) -> Generator[None, None, Floats]:
        """Mean log-probability of the tokens of what changes make of a text; 0 where nobody can tell.

        Yields after some that were not read before.
        """
        texts = [self.text(bench, change) for change in changes]
        if self._reader is not None:
            missing = [text for text in dict.fromkeys(texts) if text not in self._reads]
            for at in range(0, len(missing), READ):
                some = missing[at : at + READ]
                self._reads.update(zip(some, self._reader.likelihoods(some).tolist(), strict=True))
                yield
        return np.array([self._reads.get(text, 0.0) for text in texts])

    def take(self, bench: Bench, changes: Sequence[Change]) -> list[Change]:
        """Takes over what the model said of changes; those of which it did."""
        known = [change for change in changes if change in bench.margins]
        for _ in self.read(bench, known):
            pass
        for change in known:
            text = self.text(bench, change)
            if text in self._changes:
                continue
            self._gains[text] = -bench.margins[change]
            words = [dict(change).get(at, word) for at, word in enumerate(bench.words)]
            own = frozenset(
                (at, new) for at, (new, old) in enumerate(zip(words, self.words, strict=True)) if new != old
            )
            self._changes[text], changed = own, len(own)
            score, fluency = float(bench.answers[change][self._column]), None
            if self._reader is not None:
                fluency = float(np.exp(self._reads[text] - self._reads[self._begun]))
            made = Dream(text, score, changed, fluency, self.spent)
            self._dreams[text] = made
            if changed not in self._front or score > self._front[changed].score + GAIN:
                self._front[changed] = made
        return known

    def parts(self) -> list[Change]:
        """What is left of those on show with one change undone each, as far as nobody has asked for that."""
        shown = self._front.values() if self._reader is None else self._by_reading()
        whole = [own for own in (self._changes[one.text] for one in shown) if len(own) > 1 and own not in self._undone]
        self._undone |= set(whole)
        parts = [own - {edit} for own in whole for edit in sorted(own)]
        return parts if self.left else []

    def joined(self, text: str, weight: float) -> dict[Change, float]:
        """Changes of two texts at once, this one and another, by the sum of both gains.

        Where both change a word, once with either's. Of where it began, and only those that nobody has asked about.
        """
        own, bench = dict(self._changes[text]), self.bench(self._begun)
        gain = self._gains[text] - self._gains[self._begun]
        ahead: dict[Change, float] = {}
        for other in sorted(self._gains, key=lambda one: -self.worth(one, weight))[:JOINED]:
            new = dict(self._changes[other])
            for both in (new | own, own | new):
                ahead.setdefault(frozenset(both.items()), self._gains[other] + gain)
        return {change: gains for change, gains in ahead.items() if self.text(bench, change) not in self._changes}

    def worth(self, text: str, weight: float) -> float:
        """What a text is worth where reading well has a weight."""
        return self._gains[text] + weight * self._reads.get(text, 0.0)

    def best(self, weight: float) -> str:
        """The text that is worth most."""
        return max(self._gains, key=lambda text: self.worth(text, weight))

    def drop(self, text: str) -> None:
        """Goes on from a text no more."""
        del self._gains[text]

    def told(self, done: bool = False) -> Dreams:
        """What there is to show."""
        rows = self._by_words() if self._reader is None else self._by_reading()
        first = self._benches[self._begun]
        names, value = first.decision.names, first.decision.value
        more = {"evaluations": self.spent, "done": done, "probability": not value}
        return Dreams.of(rows, target=str(names[self._column]), **more)

    def _by_words(self) -> list[Dream]:
        """For each number of words changed the best, as long as more words make it better."""
        shown: list[Dream] = []
        for changed in sorted(self._front):
            if not shown or self._front[changed].score > shown[-1].score + GAIN:
                shown.append(self._front[changed])
        return shown

    def _by_reading(self) -> list[Dream]:
        """The text as it began, and those of which none reads as well and has a higher score, best read first."""
        if not self._dreams:
            return []
        begun = self._dreams[self._begun]
        shown, highest = list[Dream](), begun.score
        for one in sorted(self._dreams.values(), key=lambda one: (-(one.fluency or 0.0), -one.score)):
            if one.score > highest + GAIN:
                shown.append(one)
                highest = one.score
        if len(shown) > MOST_SHOWN:
            shown = [shown[at] for at in np.linspace(0, len(shown) - 1, MOST_SHOWN).round().astype(int)]
        return [begun, *shown]


def _touch(one: Change, other: Change) -> bool:
    return bool({at for at, _ in one} & {at for at, _ in other})
