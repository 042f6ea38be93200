"""On what each sentence of an answer rests: sets of sources are taken out until it would hardly have been said.

What a sentence cannot do without is no estimate: the model is asked. The weights only say where to look first.
Removing sources from the whole is the sufficiency of their rest, and the sets are minimal ones without which it
fails (Ignatiev, Narodytska & Marques-Silva, AAAI 2019), found by halving and by taking back.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace

import numpy as np

from limelight.arrays import Floats
from limelight.explanation import Explanation
from limelight.masking.game import Game
from limelight.render.grounds import GROUNDED

FIRST = 2  # sources that are left out one by one before the others go at once
Set = tuple[int, ...]
# Asks for sets, is told by how much the sentence's log-probability falls without each, or None where it is not known.
Search = Generator[list[Set], list["float | None"], None]


def removals(explanation: Explanation, game: Game, most: int) -> Generator[None, None, Explanation]:
    """The explanation, with the model's answers to removals that tell on what its sentences rest.

    Args:
        explanation: of an answer word by word.
        game: what it is of.
        most: evaluations, those before among them.

    Yields:
        None: after every batch of the model.
    """
    assert explanation.answer is not None
    weights, whole, d = explanation.estimated(), explanation.scores, len(explanation.places)
    known: dict[Set, Floats] = {}
    sentences = [slice(*words) for words in explanation.answer.sentences]
    searches = [_search(weights[words].sum(axis=0)) for words in sentences]
    wanted: dict[int, list[Set]] = {at: next(search) for at, search in enumerate(searches)}
    while wanted:
        yield from _asked(list(dict.fromkeys(one for some in wanted.values() for one in some)), known, game, d, most)
        for at, sets in list(wanted.items()):
            lost = [float((whole - known[one])[sentences[at]].sum()) if one in known else None for one in sets]
            try:
                wanted[at] = searches[at].send(lost)
            except StopIteration:
                del wanted[at]
    # the smaller first: that is the order in which the rule of what a stretch rests on looks at them
    sets = sorted(known, key=lambda one: (len(one), one))
    scores = np.array([known[one] for one in sets]).reshape(len(sets), len(whole)).T
    return replace(
        explanation,
        removals=tuple(sets),
        removal_scores=scores,
        removal_margins=game.predictor.margins(game.inputs(np.zeros((1, d), dtype=bool))[0]) if sets else None,
        evaluations=game.evaluations,
    )


def _asked(sets: Sequence[Set], known: dict[Set, Floats], game: Game, d: int, most: int) -> Iterator[None]:
    """Asks about sets that are not known yet, as many as may be."""
    new = [one for one in sets if one not in known]
    masks = np.ones((len(new), d), dtype=bool)
    for mask, one in zip(masks, new, strict=True):
        mask[list(one)] = False
    if not new:
        return
    free = game.known(masks)
    within = free | (np.cumsum(~free) <= most - game.evaluations)
    for _ in game.evaluate(masks[within]):
        yield
    if within.any():
        known.update(zip([one for one, may in zip(new, within, strict=True) if may], game(masks[within]), strict=True))


def _search(weights: Floats) -> Search:
    """Looks for what one sentence rests on; the sources with the largest weights first."""
    order = [int(at) for at in np.argsort(-weights, kind="stable")]
    (lost,) = yield [_set(order)]
    if not _breaks(lost):
        return
    first = order[:FIRST]
    told = yield [(at,) for at in first]
    needed = [at for at, lost in zip(first, told, strict=True) if _breaks(lost)]
    others = [at for at in order if at not in needed]
    if needed and not (yield from _fails(others)):
        yield [_set(needed)]
        return
    rest = [at for at in others if at not in first]
    if rest and (yield from _fails(rest)) and (more := (yield from _within(rest))):
        needed += more
        others = [at for at in others if at not in more]
        yield [_set(needed)]
        if not (yield from _fails(others)):
            return
    yield from _least(others)


def _fails(some: list[int]) -> Generator[list[Set], list[float | None], bool]:
    """Whether it is hardly said without some sources."""
    if not some:
        return False
    (lost,) = yield [_set(some)]
    return _breaks(lost)


def _within(among: list[int]) -> Generator[list[Set], list[float | None], list[int]]:
    """Those of some sources, without which all together it fails, without which alone it does; by halving."""
    if len(among) == 1:
        return among
    halves = [among[: len(among) // 2], among[len(among) // 2 :]]
    told = yield [_set(half) for half in halves]
    found: list[int] = []
    for half, lost in zip(halves, told, strict=True):
        if _breaks(lost):
            found += yield from _within(half)
    return found


def _least(among: list[int]) -> Search:
    """The smallest of the sets that begin the order without which it fails, and of that what it takes."""
    size = min(2, len(among))
    while not (yield from _fails(among[:size])):
        if size == len(among):
            return
        size = min(2 * size, len(among))
    left = among[:size]
    for one in reversed(among[:size]):
        if len(left) > 2:
            fewer = [at for at in left if at != one]
            left = fewer if (yield from _fails(fewer)) else left


def _set(some: Sequence[int]) -> Set:
    return tuple(sorted(some))


def _breaks(lost: float | None) -> bool:
    return lost is not None and lost >= GROUNDED
