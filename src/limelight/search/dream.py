"""What it looks for: texts that a target wants ever more, one word changed at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from limelight.search.base import WHOLE, Bench, Change
from limelight.search.proposals import Proposal, Proposals

if TYPE_CHECKING:
    from limelight.predictors.hf.reader import Reader

ROUND = 64  # single words that are tried in a round
TOGETHER = 16  # of the best of them, pairs that are tried as well
BEST = 8  # singles that are paired
GAIN = 1e-6  # of a score, below which a round has found nothing
STALLED = 3  # rounds of other words without a gain, after which it ends where a slope foretells it


@dataclass(frozen=True)
class Dream:
    """One text on the front: none that is known has as few words changed and a higher score.

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
    reader: Reader | None,
) -> Iterator[Dreams]:
    """Yields the front as it grows, at least once a batch of the model.

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
    random, no = np.random.default_rng(seed), {word.casefold() for word in banned}
    spent, stalled, tried = 0, 0, set[tuple[str, str]]()
    bench = bench_of(text)
    own, where = bench.words, bench.decision.names[column]
    front: dict[int, Dream] = {}
    begun = None if reader is None else float(reader.likelihoods([text])[0])

    def told(done: bool = False) -> Dreams:
        shown: list[Dream] = []
        for changed in sorted(front):
            if not shown or front[changed].score > shown[-1].score + GAIN:
                shown.append(front[changed])
        more = {"evaluations": spent + bench.spent, "done": done, "probability": not bench.decision.value}
        return Dreams.of(shown, target=str(where), **more)

    def keep(one: Bench, change: Change) -> None:
        (made,) = one.inputs([change])
        words = [dict(change).get(at, word) for at, word in enumerate(one.words)]
        changed = sum(a != b for a, b in zip(words, own, strict=True))
        score = float(one.answers[change][column])
        if changed not in front or score > front[changed].score + GAIN:
            fluency = None
            if reader is not None and begun is not None:
                fluency = float(np.exp(reader.likelihoods([str(made.plain)])[0] - begun))
            front[changed] = Dream(str(made.plain), score, changed, fluency, spent + one.spent)

    for _ in bench.ask([WHOLE]):
        yield told()
    keep(bench, WHOLE)
    blind = True  # nothing foretells which words are worth it: then all are tried before it ends
    while spent + bench.spent < budget and (stalled < STALLED or blind):
        bench.budget = budget - spent
        offered: list[Proposal] = []
        for some in proposals(bench, text).all(range(len(bench.words))):
            offered += [one for one in some if one.new.casefold() not in no and " " not in one.new]
            yield told()
        fresh = [one for one in offered if (text, f"{one.at} {one.new}") not in tried]
        falls = np.array([one.fall if np.isfinite(one.fall) else -np.inf for one in fresh])
        blind = not np.isfinite(falls).any()
        order = np.lexsort((random.random(len(fresh)), -falls))[:ROUND]
        singles = [frozenset([(fresh[at].at, fresh[at].new)]) for at in order]
        tried |= {(text, f"{fresh[at].at} {fresh[at].new}") for at in order}
        yield from (told() for _ in bench.ask(singles))
        known = sorted((one for one in singles if one in bench.margins), key=bench.margins.__getitem__)
        pairs = {a | b for at, a in enumerate(known[:BEST]) for b in known[:at] if not _touch(a, b)}
        ahead = sorted(pairs, key=lambda pair: sum(bench.margins[frozenset([edit])] for edit in pair))
        yield from (told() for _ in bench.ask(ahead[:TOGETHER]))
        known += [one for one in ahead[:TOGETHER] if one in bench.margins]
        best = min(known, key=bench.margins.__getitem__, default=WHOLE)
        for one in known:
            if bench.margins[one] < bench.margins[WHOLE]:
                keep(bench, one)
        if not known or bench.margins[best] >= bench.margins[WHOLE] - GAIN:
            stalled += 1
            if not fresh:
                break
            yield told()
            continue
        stalled = 0
        (made,) = bench.inputs([best])
        spent += bench.spent - 1  # the new one is known already
        text = str(made.plain)
        after = bench_of(text)
        if len(after.words) != len(own):  # it does not read back as the same words
            spent += 1
            break
        bench = after
        yield from (told() for _ in bench.ask([WHOLE]))
    yield told(done=True)


def _touch(one: Change, other: Change) -> bool:
    return bool({at for at, _ in one} & {at for at, _ in other})
