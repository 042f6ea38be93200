"""A process on what a draft does not foresee: the answers of a cheaper model, of which a share is taken as known.

``model = ratio * draft + error``: the draft is a function that can be asked anywhere for nothing, and only its error is
left to a process of its own (Kennedy & O'Hagan, Biometrika 2000: autoregressive co-kriging, here with a draft whose own
process is taken for what it says). All that an explanation reads of a process is linear in it, so that
the two add up; its errors are those of the second, whose residuals are the model's own.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from limelight.arrays import Floats, Masks
from limelight.surrogate.kernel import WORTH, Kernel
from limelight.surrogate.process import STEPS, Surrogate
from limelight.surrogate.projection import Projection
from limelight.surrogate.spectrum import Term

MANY = 150  # masks, with which each step of a search takes long
FURTHER_STEPS = 8  # with so many, after the first process: .2 % are lost, and a third of the time is saved


class Draft(Surrogate):
    """A process that stands for a cheaper model: taken for what it says, also where that model said something else."""

    def __init__(self, masks: Masks, scores: Floats, start: Kernel, **more: Any) -> None:
        super().__init__(masks, scores, start, **more)
        kept = masks.sum(axis=1)
        self._ends = self.predict(masks[[kept.argmax(), kept.argmin()]])

    def _seen(self, projection: Projection) -> Floats:
        return np.zeros(len(self.masks))


class Drafted(Surrogate):
    """The process of what a model said on some masks, beside a draft.

    Args:
        masks, scores, start: as ``Surrogate`` has them.
        draft: of the same targets.
        plain: the kernel of the process without the draft, for the next that is made so; None for ``start``.
        more: as ``Surrogate`` has it.

    Attributes:
        draft, plain: as given.
        ratio: by what the draft is multiplied: the least squares of what was said on what it foresaw.
    """

    def __init__(
        self, masks: Masks, scores: Floats, start: Kernel, draft: Draft, plain: Kernel | None = None, **more: Any
    ) -> None:
        foreseen = draft.predict(masks)
        off, said = foreseen - foreseen.mean(axis=0), scores - scores.mean(axis=0)
        self.draft, self.plain = draft, plain or start
        self.ratio = float((off * said).sum() / max(float((off**2).sum()), 1e-300))
        super().__init__(masks, scores - self.ratio * foreseen, start, **more)
        self.scores = scores

    def predict(self, masks: Masks) -> Floats:
        said: Floats = super().predict(masks) + self.ratio * self.draft.predict(masks)
        return said

    def without(self, masks: Masks) -> Floats:
        said: Floats = super().without(masks) + self.ratio * self.draft.without(masks)
        return said

    def project(self, projection: Projection) -> tuple[Floats, Floats]:
        own, drafted = super().project(projection), self.draft.project(projection)
        return own[0] + self.ratio * drafted[0], own[1] + self.ratio * drafted[1]

    def held_out(self, projection: Projection) -> Floats:
        weights, intercepts = self.draft.project(projection)
        said: Floats = super().held_out(projection) + self.ratio * (self.masks @ weights.T + intercepts)
        return said

    def beyond(self, projection: Projection, masks: Masks) -> Floats:
        """As ``Surrogate.beyond``, the draft's basis functions behind its own."""
        return np.concatenate([super().beyond(projection, masks), self.draft.beyond(projection, masks)], axis=1)

    def read(self, functionals: Floats) -> Floats:
        own, drafted = self._parted(functionals)
        said: Floats = super().read(own) + self.ratio * self.draft.read(drafted)
        return said

    def doubt(self, functionals: Floats, projection: Projection) -> Floats:
        return super().doubt(self._parted(functionals)[0], projection)

    def left_out(self, functionals: Floats, columns: Floats) -> Floats:
        own, drafted = self._parted(functionals)
        said: Floats = super().left_out(own, columns) + self.ratio * columns @ self.draft.read(drafted).T
        return said

    def candidates(self, sums: Floats) -> list[Term]:
        return list(dict.fromkeys([*super().candidates(sums), *self.draft.candidates(self.ratio * sums)]))

    def _parted(self, functionals: Floats) -> tuple[Floats, Floats]:
        """Functionals of its own basis functions, and of the draft's."""
        return functionals[:, : len(self.masks)], functionals[:, len(self.masks) :]


def process_of(
    masks: Masks,
    scores: Floats,
    before: Surrogate | None,
    draft: Draft | None,
    *,
    search: bool,
    random: np.random.Generator,
    noise: Floats | None = None,
) -> Surrogate:
    """The process of what a model said, with a draft where that foresees something.

    Args:
        masks, scores, search, random, noise: as ``Surrogate`` has them.
        before: that of fewer masks, whose kernel is gone on with; None for the first.
        draft: of a cheaper model, or None. Whenever the kernel is searched, it is left out unless masks are foreseen
            better with it, each from all others, by more than chance.
    """
    latest = before if isinstance(before, Drafted) else None
    start = latest.plain if latest else before.kernel if before else Kernel.start(masks.shape[1])
    steps = FURTHER_STEPS if before and len(masks) > MANY else STEPS
    more: dict[str, Any] = {"search": search, "noise": noise, "steps": steps}
    if latest and not search:
        return Drafted(masks, scores, latest.kernel, latest.draft, start, random=random, **more)
    plain = Surrogate(masks, scores, start, random=random, **more)
    if draft is None or (before and not search):
        return plain
    # chance of its own: masks are drawn by the other, so that one that is left out leaves no trace
    own, chance = latest.kernel if latest else start, random.spawn(1)[0]
    drafted = Drafted(masks, scores, own, draft, plain.kernel, random=chance, **more)
    return drafted if WORTH * _wrong(drafted) < _wrong(plain) else plain


def _wrong(process: Surrogate) -> float:
    return float((process.residuals**2).sum())


def share_of(process: Surrogate) -> float:
    """Share of the variance of what the model said that its draft foresees; 0 where that was left out."""
    spread, rest = (float(((one - one.mean(axis=0)) ** 2).sum()) for one in (process.scores, process.wanted))
    return max(0.0, 1 - rest / spread) if spread else 0.0
