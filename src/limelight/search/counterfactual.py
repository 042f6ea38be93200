"""What would flip it: few edits under which the prediction is another one, in ways that differ."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from limelight.captions import note
from limelight.search.base import WHOLE, Bench, Change, Flip, Flips, meanwhile
from limelight.search.deletion import deletions
from limelight.search.proposals import Proposals
from limelight.search.replacement import replacements
from limelight.text.fields import Field, given_of

if TYPE_CHECKING:
    from limelight.predictors.hf.reader import Reader

DELETING = 0.4  # of the budget, at most, for what only deletes
EVERY = 0.65  # of the budget, at most, where it is enough for every set of words: 400 for eight words
READ = 12  # changes that flip whose text a reader reads, at most


def flipping(
    bench: Bench,
    fields: Sequence[Field],
    proposals: Callable[[], Proposals],
    reader: Callable[[], Reader | None],
    seed: int,
) -> Iterator[Flips]:
    """Yields what has been found, at least once a batch of the model; the last is the answer.

    Args:
        bench: the input.
        fields: as they stand.
        proposals: gives words to try, when deletion is over.
        reader: gives what says how well a text reads, or None.
        seed: of random choices.
    """
    found: dict[str, tuple[Flip, Change]] = {}
    made = partial(_made, bench, fields)

    def told(done: bool = False) -> Flips:
        said = [note("no-flip", count=bench.spent)] if done and not found else []
        return Flips.of(
            [flip for flip, _ in found.values()],
            source=str(bench.decision.source),
            targets=tuple(map(str, bench.game.predictor.targets)),
            evaluations=bench.spent,
            budget=bench.budget,
            proofs=bench.proofs,
            done=done,
            said=tuple(said),
        )

    for _ in bench.ask([WHOLE]):
        yield told()
    share = EVERY if 2 ** len(bench.words) <= EVERY * bench.budget else DELETING
    for step in deletions(bench, int(bench.budget * share), seed):
        if step is not None:
            found["deleted"] = (yield from meanwhile(told, made(*step, "deleted"))), step[0]
        yield told()
    words = proposals()
    yield told()
    for step in replacements(bench, words, bench.left):
        if step is not None:
            found["edited"] = (yield from meanwhile(told, made(*step, "edited"))), step[0]
        yield told()
    judge = reader()
    flips = another(bench, [change for _, change in found.values()], judge is not None)
    if judge is not None and found:
        scores = {}
        own = _plain(bench, WHOLE)
        for change in dict.fromkeys([*(change for _, change in found.values()), *flips[:READ]]):
            scores[change] = float(np.exp(judge.likelihoods([_plain(bench, change)])[0] - judge.likelihoods([own])[0]))
            yield told()
        for kind, (flip, change) in list(found.items()):
            found[kind] = replace(flip, fluency=scores[change]), change
        best = max(scores, key=scores.__getitem__)
        flips = [] if best in [change for _, change in found.values()] else [best]
    for change in flips[:1]:
        kind = "other" if judge is None else "reads"
        least, proven = yield from meanwhile(told, bench.least(change))
        flip = yield from meanwhile(told, made(least, proven, kind))
        if judge is not None:
            flip = replace(flip, fluency=scores.get(least))
        found[kind] = flip, least
    yield told(done=True)


def another(bench: Bench, found: Sequence[Change], read: bool) -> list[Change]:
    """Changes by other words that flip and are known, in the order in which they are worth showing.

    Without a reader those that touch other words than what was found.
    """
    touched = {at for change in found if any(new for _, new in change) for at, _ in change}
    flips = [
        change
        for change, margin in bench.margins.items()
        if margin < 0 and change not in found and any(new for _, new in change)
    ]
    if not read:
        flips = [change for change in flips if not touched & {at for at, _ in change}]
    return sorted(flips, key=lambda change: (len(change), bench.margins[change]))


def _made(
    bench: Bench, fields: Sequence[Field], change: Change, proven: bool, kind: str
) -> Generator[None, None, Flip]:
    """A change that flips as what is told of it."""
    spent = bench.spent
    steps = yield from bench.way(change)
    edits = {edit: bench.edit(*edit) for edit in change}
    places = sorted(change, key=lambda edit: (edits[edit].place, edit))
    order = [next(iter(after - before)) for before, after in zip(steps, steps[1:], strict=False)]
    (texts,) = (one.texts for one in bench.inputs([change]))
    rest = [field.text[len(text) :] for field, text in zip(fields, bench.game.texts, strict=True)]
    changed = [replace(field, text=text + beyond) for field, text, beyond in zip(fields, texts, rest, strict=True)]
    own, now = bench.decision.turned(bench.answers[change])
    k = len(bench.game.predictor.targets)
    return Flip(
        text=given_of(changed),
        edits=tuple(edits[edit] for edit in places),
        scores=np.array([bench.answers[step][:k] for step in steps]),
        path=tuple(float(bench.answers[step][own]) for step in steps),
        target=str(bench.decision.names[now]),
        score=float(bench.answers[change][now]),
        kind=kind,
        minimal=proven,
        fluency=None,
        evaluations=spent,
        order=tuple(places.index(edit) for edit in order),
    )


def _plain(bench: Bench, change: Change) -> str:
    return "\n".join(bench.inputs([change])[0].texts)
