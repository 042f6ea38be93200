"""The fewest words replaced or put in between that flip a prediction: a beam over what single edits do."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from limelight.search.base import WHOLE, Bench, Change
from limelight.search.proposals import Proposal, Proposals

SINGLES = 96  # edits that are asked about one by one
ROUND = 24  # changes that are asked about at once
BEAM = 6  # changes that are gone on from
WITH = 40  # single edits by which they are
MOST = 12  # edits


def replacements(bench: Bench, proposals: Proposals, most: int) -> Iterator[tuple[Change, bool] | None]:
    """Yields ever smaller changes by other words that flip, and whether each is proven minimal; None while at work."""
    end = bench.spent + min(most, bench.left)
    offered: list[Proposal] = []
    for some in proposals.all(order(bench)):
        offered += some
        yield None
    fits = {frozenset([(one.at, one.new)]): one.fits for one in offered}
    known: list[Change] = []
    # what does not fit is tried where nothing else is enough
    for kind, most_singles in ((True, SINGLES), (False, ROUND)):
        some = [one for one in offered if (one.fits >= 0) == kind]
        singles = [frozenset([(one.at, one.new)]) for one in chosen(some, min(most_singles, (end - bench.spent) // 2))]
        for at in range(0, len(singles), ROUND):
            yield from bench.ask(singles[at : at + ROUND])
        known += [change for change in singles if change in bench.margins]
        found = [change for change in known if bench.flips(change)]
        if found:
            yield max(found, key=lambda change: (fits[change], -bench.margins[change])), True  # one edit has no parts
            return
    if not known:
        return
    whole = bench.margins[WHOLE]
    falls = {change: whole - bench.margins[change] for change in known}
    best = sorted(known, key=lambda change: -falls[change])[:WITH]
    beam = best[:BEAM]
    while beam and len(beam[0]) < MOST and bench.spent < end:
        touched = [{at for at, _ in change} for change in beam]
        further = {
            change | single: bench.margins[change] - falls[single]
            for change, places in zip(beam, touched, strict=True)
            for single in best
            if not places & {at for at, _ in single}
        }
        ahead = sorted(further, key=further.__getitem__)[: min(ROUND, end - bench.spent)]
        yield from bench.ask(ahead)
        asked = [change for change in ahead if change in bench.margins]
        flipping = [change for change in asked if bench.flips(change)]
        if flipping:
            fitting = {change: min(fits[frozenset([edit])] for edit in change) for change in flipping}
            best_of = max(flipping, key=lambda change: (fitting[change], -bench.margins[change]))
            yield (yield from bench.least(best_of))
            return
        beam = sorted(asked, key=bench.margins.__getitem__)[:BEAM]


def order(bench: Bench) -> list[int]:
    """Features by how much the prediction rests on each, as far as leaving it out alone has told."""
    whole = bench.margins[WHOLE]
    falls = [whole - bench.margins.get(frozenset([(at, "")]), np.inf) for at in range(len(bench.words))]
    return sorted(range(len(falls)), key=lambda at: -falls[at])


def chosen(offered: list[Proposal], count: int) -> list[Proposal]:
    """Which to ask about: half by the fall that is expected, half from all features in turn."""
    strongest = sorted((one for one in offered if not np.isnan(one.fall)), key=lambda one: -one.fall)
    taken = dict.fromkeys(strongest[: count // 2])
    by_place: dict[int, list[Proposal]] = {}
    for one in offered:
        by_place.setdefault(one.at, []).append(one)
    queues = list(by_place.values())
    for rank in range(max(map(len, queues), default=0)):
        for queue in queues:
            if rank < len(queue) and len(taken) < count:
                taken.setdefault(queue[rank])
    return list(taken)
