"""What has to change for a prediction to be another one, as numbers that are above 0 as long as it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from limelight.arrays import Floats
from limelight.document import Choice, position
from limelight.errors import InputError, listing, shown
from limelight.predictors import Predictor
from limelight.scales import FLOOR, LEAST, exclusive

HALF = 0.5  # where a target that stands by itself begins to be predicted
NOWHERE = 50.0  # a gap that is not defined: as far as any can be


@dataclass(frozen=True)
class Decision:
    """The gaps between what is predicted and what could be.

    A prediction stands as long as its margin, the least of them, is not below 0; where a certain
    target is wanted it is the largest, since that one has to overtake all others.

    Attributes:
        source: the name of what is predicted.
        pairs: columns of what is predicted and of what is set against it.
        levels: columns that stand by themselves: on which side of which probability each is now, 1 above and -1 below.
        names: of all columns.
        every: whether all gaps have to turn, rather than any.
        value: whether scores are plain values; else they are probabilities.
    """

    source: str
    pairs: tuple[tuple[int, int], ...]
    levels: tuple[tuple[int, int, float], ...]
    names: tuple[str, ...]
    every: bool = False
    value: bool = False

    @property
    def scale(self) -> str:
        """What the gaps are measured in, as one of ``limelight.scales``."""
        return "value" if self.value else "log-odds" if self.levels else "log-probability"

    def gaps(self, answers: Floats) -> Floats:
        """Gaps ``(n, g)`` of the model's answers ``(n, columns)``, in nats or in its own unit."""
        if self.levels:
            columns, signs, levels = (np.array(each) for each in zip(*self.levels, strict=True))
            inside = np.clip(answers[:, columns], FLOOR, 1 - FLOOR)
            odds = np.log(inside) - np.log1p(-inside)
            gaps: Floats = signs * (odds - np.log(levels / (1 - levels)))
        else:
            scores = answers if self.value else np.log(np.maximum(answers, LEAST))
            own, rivals = (np.array(each) for each in zip(*self.pairs, strict=True))
            gaps = scores[:, own] - scores[:, rivals]
        return np.where(np.isnan(gaps), NOWHERE, gaps)

    def slope(self, scores: Any) -> Any:
        """The margin of torch's scores ``(1, k)`` on ``scale``, differentiable."""
        columns = [signs * scores[0, at] for at, signs, _ in self.levels]
        columns += [scores[0, own] - scores[0, rival] for own, rival in self.pairs]
        values = [float(one.detach()) for one in columns]
        return columns[int(np.argmax(values) if self.every else np.argmin(values))]

    def margins(self, gaps: Floats) -> Floats:
        """Margins ``(...)`` of gaps ``(..., g)``."""
        least: Floats = gaps.max(axis=-1) if self.every else gaps.min(axis=-1)
        return least

    def turned(self, answers: Floats) -> tuple[int, int]:
        """Of a row ``(columns,)`` under which the prediction does not stand: what was predicted, and what is now.

        Columns, of what stands by itself twice the same.
        """
        at = int(self.gaps(answers[None])[0].argmin())
        if self.levels:
            return self.levels[at][0], self.levels[at][0]
        if self.every:
            return list(self.names).index(self.source), self.pairs[0][1]
        own = self.pairs[at][0]
        return own, max((rival for one, rival in self.pairs if one == own), key=lambda rival: float(answers[rival]))


def decision_of(predictor: Predictor, answers: Floats, target: Choice | None, into: Choice | None) -> Decision:
    """What is to be turned, and into what.

    Args:
        predictor: bound to the input.
        answers: ``(columns,)`` to the whole input.
        target: what is predicted, where there is more than one such thing; None for the likeliest, of an answer in
            words for any of them.
        into: what is wanted instead; None for anything else.

    Raises:
        InputError: there is no such target, ``into`` is predicted already, or the model decides nothing.
    """
    targets, names = predictor.targets, predictor.columns
    own = answers[: len(targets)]
    best = int(np.nanargmax(own))
    known = predictor.rivals(None if target is None else position(targets, target))
    if known is not None:
        return _set_against(predictor, known, target, into)
    value = predictor.scale == "value"
    if value and len(targets) == 1:
        raise InputError(
            f"{predictor.name} answers one number, {targets[0]!r}, and decides nothing. limelight looks for what would "
            "flip a class, a label, an entity or an answer; give a model that answers probabilities."
        )
    if value or exclusive(own[None]):
        chosen = best if target is None else position(targets, target)
        if chosen != best:
            raise InputError(
                f"target is {str(targets[chosen])!r}, and what is predicted is {str(targets[best])!r}. limelight flips "
                f"what is predicted; leave target out, or write into={str(targets[chosen])!r}."
            )
        rivals = [at for at in range(len(targets)) if at != best]
        wanted = None if into is None else position(targets, into)
        if wanted == best:
            raise _already(targets[best])
        if wanted is None:
            return Decision(targets[best], tuple((best, at) for at in rivals), (), names, value=value)
        pairs = tuple((at, wanted) for at in range(len(targets)) if at != wanted)
        return Decision(targets[best], pairs, (), names, every=True, value=value)
    return _by_itself(targets, own, best, target, into)


def _by_itself(
    targets: tuple[str, ...], own: Floats, best: int, target: Choice | None, into: Choice | None
) -> Decision:
    """Of targets that do not exclude each other: one that is predicted no more, or one that is."""
    if into is not None:
        wanted = position(targets, into)
        if own[wanted] >= HALF:
            raise _already(targets[wanted])
        return Decision(targets[best], (), ((wanted, -1, HALF),), targets)
    if target is None and own[best] < HALF and len(targets) > 1:  # nothing is predicted: anything would be a change
        return Decision(targets[best], (), tuple((at, -1, HALF) for at in range(len(targets))), targets)
    chosen = best if target is None else position(targets, target)
    if own[chosen] >= HALF or len(targets) == 1 or getattr(targets[chosen], "span", None):
        # what stands in the text was told though it is less likely than not: half as likely is another answer
        level = HALF if own[chosen] >= HALF else float(own[chosen]) / 2
        if len(targets) == 1 and own[chosen] < HALF and not getattr(targets[chosen], "span", None):
            return Decision(targets[chosen], (), ((chosen, -1, HALF),), targets)
        return Decision(targets[chosen], (), ((chosen, 1, level),), targets)
    return Decision(targets[chosen], (), ((chosen, -1, HALF),), targets)


def _set_against(
    predictor: Predictor, known: tuple[tuple[int, int], ...], target: Choice | None, into: Choice | None
) -> Decision:
    """Of what says itself what its targets are set against."""
    targets, names = predictor.targets, predictor.columns
    source = predictor.answer.text if predictor.answer is not None and target is None else None
    source = source or targets[0 if target is None else position(targets, target)]
    if into is None:
        return Decision(source, known, (), names)
    wanted = [pair for pair in known if into in (names[pair[1]], pair[1])]
    if not wanted:
        raise InputError(
            f"into is {shown(into)}. limelight turns {source[:60]!r} into what is likely in its place: "
            f"{listing(dict.fromkeys(names[rival] for _, rival in known))}; choose one of these."
        )
    return Decision(source, tuple(wanted), (), names)


def _already(name: str) -> InputError:
    return InputError(
        f"into is {str(name)!r}, which is predicted already. limelight looks for what would change the prediction; "
        "name another target, or leave into out."
    )
