"""How true an explanation is to the model: measured by taking words out and asking the model again."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from limelight.arrays import Masks
from limelight.captions import captions
from limelight.errors import visible
from limelight.evaluation.curves import area, asked, curves, orders
from limelight.explanation import Explanation
from limelight.masking.designs import draw_masks, even_sizes
from limelight.masking.game import Game
from limelight.masking.orders import WIDTH, one_less, removals, search
from limelight.render.numbers import number
from limelight.surrogate.fit import fit_of

BINS = (0.05, 0.1, 0.2, 0.5)  # shares of the words, for comprehensiveness and sufficiency
FRESH = 100  # masks that no method has seen


@dataclass(frozen=True, repr=False)
class Score:
    """What one explanation is worth for one target, under one way to remove words.

    All are differences of the model's own score (its probability, where it has one).

    Attributes:
        target, masker: which target, and how words were removed.
        srg: removal gap: the area between the removal curves, least influential words
            first minus most influential first (Blücher, Vielhaben & Strodthoff, 2024);
            0 for a random order.
        comprehensiveness: mean fall when the top 5, 10, 20 and 50 % are taken out
            (DeYoung et al., ACL 2020).
        sufficiency: mean fall when only these are left: smaller is better.
        r2, rank: share of variation and rank correlation of what the explanation
            predicts with what the model says, on fresh masks; None where it predicts nothing.
        reachable: the removal gap of the best orders that a beam search finds, or None.
        share: ``srg / reachable``, or None.
    """

    target: str
    masker: str
    srg: float
    comprehensiveness: float
    sufficiency: float
    r2: float | None
    rank: float | None
    reachable: float | None = None

    @property
    def share(self) -> float | None:
        return None if not self.reachable or self.reachable <= 0 else self.srg / self.reachable

    def __repr__(self) -> str:
        told = ", ".join(f"{title} {number(value, 2)}" for title, value in _told(self).items())
        return f"<Score of {visible(self.target)}, {_removed(self)}: {told}>"


class Scores(tuple[Score, ...]):
    """The scores of one explanation, one for each way to remove words, which show as a table."""

    def __repr__(self) -> str:
        return "\n".join(map(repr, self)) if self else "()"

    def _repr_html_(self) -> str:
        rows = [[_removed(one), *(number(value, 2) for value in _told(one).values())] for one in self]
        head = ["", *(_told(self[0]) if self else ())]
        cells = [f"<tr>{''.join(f'<th>{escape(name)}</th>' for name in head)}</tr>"]
        cells += [f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows]
        targets = ", ".join(dict.fromkeys(visible(one.target) for one in self))
        return f"<table><caption>{escape(targets)}</caption>{''.join(cells)}</table>"


def _removed(one: Score) -> str:
    """How words were removed, as a reader calls it."""
    return captions().of("masker", one.masker)


def _told(one: Score) -> dict[str, float]:
    """What there is to say of a score, as a reader calls it."""
    values = {
        "removal gap": one.srg,
        "share of the best that a search finds": one.share,
        "comprehensiveness": one.comprehensiveness,
        "sufficiency": one.sufficiency,
        "R²": one.r2,
        "rank correlation": one.rank,
    }
    return {title: value for title, value in values.items() if value is not None}


def score(
    explanation: Explanation,
    target: int,
    game: Game,
    own: Game,
    *,
    masker: str,
    beam: bool,
    seed: int,
) -> Generator[None, None, Score]:
    """Examines one target.

    Args:
        explanation: with weights.
        target: its position.
        game: the model on its own scale, for curves.
        own: the model on the explanation's scale, for what it predicts.
        masker: how words are removed in both.
        beam: also look for the best orders.
        seed: of the fresh masks.

    Yields:
        None: after every batch of the model.

    Returns:
        What the explanation is worth for it.
    """
    d = len(explanation.features)
    points = np.arange(d + 1)
    both = orders(explanation, target)
    first, last = yield from curves(both, target, game, points)
    tops = np.maximum(1, np.rint(np.array(BINS) * d)).astype(int)
    out = removals(both[0], tops)
    scores = yield from asked(game, np.concatenate([np.ones((1, d), dtype=bool), out, ~out]))
    whole, without, only = np.split(scores[:, target], [1, 1 + len(out)])
    fit = None
    if explanation.intercepts is not None:
        fresh = fresh_masks(d, seed)
        answers = yield from asked(own, fresh)
        fit = fit_of(answers[:, [target]], explanation.predict(fresh)[:, [target]])
    reachable = None
    if beam:
        reachable = optimum(game, d, target)
    return Score(
        explanation.targets[target],
        masker,
        area(last, points) - area(first, points),
        float(np.mean(whole - without)),
        float(np.mean(whole - only)),
        None if fit is None else fit["r2"][0],
        None if fit is None else fit["rank"][0],
        reachable,
    )


def best(gaps: Sequence[Sequence[float]]) -> int | None:
    """Which of several explanations did best on the exam: the rule wherever one is called so.

    Args:
        gaps: of each its removal gaps for one target, one for each way to remove words.

    Returns:
        The position of the largest gap on average; None where another reads the same, there is none, or one was
        not examined.
    """
    if not gaps or not all(gaps):
        return None
    means = [float(np.mean(each)) for each in gaps]
    first = int(np.argmax(means))
    told = list(map(number, means))
    # nobody has won by what nobody can see
    return first if told.count(told[first]) == 1 else None


def fresh_masks(features: int, seed: int, rows: int = FRESH) -> Masks:
    """Masks with any number of features removed alike, from a seed of their own."""
    sizes = even_sizes(features)
    return draw_masks(sizes / sizes.sum(), rows, np.random.default_rng([seed, 0xE7A]))


def optimum(game: Game, features: int, target: int, width: int = WIDTH) -> float:
    """The removal gap of the best orders that a beam search finds: about ``width * d**2`` evaluations."""
    points, ahead = np.arange(features + 1), one_less(lambda masks: game(masks)[:, target])
    best = tuple(search(ahead, features, sign, width) for sign in (-1, 1))
    first, last = (game(removals(one, points))[:, target] for one in best)
    return area(last, points) - area(first, points)
