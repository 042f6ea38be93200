"""What searches share: an input with words changed, what the model says of it, and what was found."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import combinations
from typing import Any, TypeVar

from limelight.arrays import Floats
from limelight.errors import visible
from limelight.masking.game import Game
from limelight.render.numbers import number
from limelight.search.decision import Decision
from limelight.text.fields import Place
from limelight.text.inputs import Input

Shown = TypeVar("Shown")
Made = TypeVar("Made")

Change = frozenset[tuple[int, str]]  # positions of features, and what stands in their places; "" where one is gone
WHOLE: Change = frozenset()
PROVEN = 6  # edits whose strict subsets are all tested: 62 of them


@dataclass(frozen=True)
class Edit:
    """One change of a text.

    Attributes:
        place: what it takes the place of: a field's position and a span; empty where words come in between.
        text: what stands there then; ``""`` where words go.
    """

    place: Place
    text: str

    @property
    def kind(self) -> str:
        """``"deleted"``, ``"inserted"`` or ``"replaced"``."""
        return "deleted" if not self.text else "inserted" if self.place[1] == self.place[2] else "replaced"


@dataclass(frozen=True)
class Flip:
    """Edits under which a prediction is another one; the model has said so.

    Attributes:
        text: the text with them, in the form in which it was given.
        edits: in the order of their places.
        order: positions of ``edits`` as ``scores`` has them, those that do most first.
        scores: ``(m + 1, k)``, of the text as it was and after each of the ``m`` edits in turn.
        path: the score of what was predicted, at each of these steps; of an answer that of the word that changes.
        target: what is predicted then.
        score: of that.
        kind: ``"deleted"`` for fewest words deleted, ``"edited"`` for fewest words changed in any way, ``"reads"`` for
            what reads best, ``"other"`` for another way.
        minimal: whether no part of the edits is enough, which was tested for each; else for each single edit it was
            tested that it cannot be undone.
        fluency: how likely the text is to a language model for each of its words, against the text as it was: 1 reads
            as well; None where there is none to ask.
        evaluations: distinct texts that the model was asked about until then, without those that prove it minimal.
    """

    text: Any
    edits: tuple[Edit, ...]
    scores: Floats
    path: tuple[float, ...]
    target: str
    score: float
    kind: str
    minimal: bool
    fluency: float | None
    evaluations: int
    order: tuple[int, ...] = ()

    def __repr__(self) -> str:
        parts = [f"{self.target}: {len(self.edits)} {'edit' if len(self.edits) == 1 else 'edits'}"]
        if self.fluency is not None:
            parts.append(f"reads {number(self.fluency, 2)} as well")
        return visible(f"<Flip into {', '.join(parts)}: {self._excerpt()!r}>")

    def _excerpt(self) -> str:
        """The text, of a long one from shortly before the first edit."""
        text = str(self.text)
        first = self.edits[0].place[1] if isinstance(self.text, str) and self.edits else 0
        start = max(0, min(first - 60, len(text) - 200))
        return f"{'…' if start else ''}{text[start : start + 200]}{'…' if start + 200 < len(text) else ''}"


class Flips(tuple[Flip, ...]):
    """The ways that were found to flip a prediction, best known of each kind; shown as a table.

    Attributes:
        source: what was predicted.
        targets: names of what ``scores`` are of.
        evaluations: distinct texts that the model was asked about, without those that prove what is minimal.
        budget: how many these may be.
        proofs: texts asked about for proofs alone.
        done: whether the search came to its end.
        said: what a reader must know, such as that nothing was found.
    """

    source: str
    targets: tuple[str, ...]
    evaluations: int
    budget: int
    proofs: int
    done: bool
    said: tuple[str, ...]

    @classmethod
    def of(cls, flips: Sequence[Flip], **more: Any) -> Flips:
        made = cls(flips)
        vars(made).update(more)
        return made

    def __repr__(self) -> str:
        return "\n".join([*map(repr, self), *map(visible, self.said)]) or "()"

    def _repr_html_(self) -> str:
        rows = [
            f"<tr><td>{escape(one.kind)}</td><td>{escape(visible(str(one.text)))}</td>"
            f"<td>{escape(visible(one.target))} {number(one.score)}</td>"
            f"<td>{' → '.join(number(step) for step in one.path)}</td></tr>"
            for one in self
        ]
        notes = "".join(f"<p>{escape(visible(one))}</p>" for one in self.said)
        head = f"<tr><th></th><th></th><th></th><th>{escape(visible(self.source))}</th></tr>"
        return f"<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>{notes}"


@dataclass
class Bench:
    """One input whose words are changed, and what the model says of that.

    Attributes:
        game: the model, and the features of the input.
        decision: what is to be turned.
        words: the features' own texts.
        places: where they stand.
        budget: evaluations, at most.
        answers: what the model said of each change, ``(columns,)``.
        margins: how far the prediction stands under each; below 0 it is another.
        proofs: evaluations that only prove something.
    """

    game: Game
    decision: Decision
    words: tuple[str, ...]
    places: tuple[Place, ...]
    budget: int
    answers: dict[Change, Floats] = field(default_factory=dict)
    margins: dict[Change, float] = field(default_factory=dict)
    proofs: int = 0

    @property
    def spent(self) -> int:
        """Evaluations that count."""
        return self.game.evaluations - self.proofs

    @property
    def left(self) -> int:
        """Evaluations that may still be made."""
        return max(0, self.budget - self.spent)

    def inputs(self, changes: Sequence[Change]) -> list[Input]:
        """The inputs of some changes."""
        return [self.game.rewritten(dict(change)) for change in changes]

    def ask(self, changes: Sequence[Change], proof: bool = False) -> Iterator[None]:
        """Asks the model about changes, as far as the budget goes; yields after every batch."""
        missing = [change for change in dict.fromkeys(changes) if change not in self.answers]
        if not proof:
            missing = missing[: self.left]
        if not missing:
            return
        inputs, before = self.inputs(missing), self.game.evaluations
        for _ in self.game.ask(inputs):
            yield
        if proof:
            self.proofs += self.game.evaluations - before
        answers = self.game.answers(inputs)
        margins = self.decision.margins(self.decision.gaps(answers))
        for change, row, margin in zip(missing, answers, margins.tolist(), strict=True):
            self.answers[change], self.margins[change] = row, margin

    def flips(self, change: Change) -> bool:
        """Whether the prediction is known to be another one under a change."""
        return self.margins.get(change, 0.0) < 0

    def least(self, change: Change) -> Generator[None, None, tuple[Change, bool]]:
        """The smallest part of a change that flips, as far as can be proven, and whether it is: outside the budget.

        Of up to ``PROVEN`` edits every part is tested; of more each single one is undone, one after the other.
        """
        while len(change) > PROVEN:
            without = [change - {edit} for edit in sorted(change)]
            yield from self.ask(without, proof=True)
            better = min(without, key=self.margins.__getitem__)
            if not self.flips(better):
                return change, False
            change = better
        parts = [
            frozenset(part) for size in range(1, len(change)) for part in combinations(sorted(change), size)
        ]  # the smallest first
        yield from self.ask(parts, proof=True)
        enough = [part for part in parts if self.flips(part)]
        fewest = [part for part in enough if len(part) == len(enough[0])]
        return (min(fewest, key=self.margins.__getitem__) if fewest else change), True

    def way(self, change: Change) -> Generator[None, None, list[Change]]:
        """The change edit by edit, what does most first; outside the budget.

        Of more than ``PROVEN`` edits by what each does alone.
        """
        steps = [WHOLE]
        alone = [frozenset([edit]) for edit in change]
        if len(change) > PROVEN:
            yield from self.ask(alone, proof=True)
            for one in sorted(alone, key=self.margins.__getitem__):
                steps.append(steps[-1] | one)
            yield from self.ask(steps, proof=True)
            return steps
        while len(steps[-1]) < len(change):
            further = [steps[-1] | {edit} for edit in sorted(change - steps[-1])]
            yield from self.ask(further, proof=True)
            steps.append(min(further, key=self.margins.__getitem__))
        return steps

    def edit(self, at: int, new: str) -> Edit:
        """A change of one feature as an edit of the text."""
        field, start, stop = self.places[at]
        old = self.words[at]
        if new.endswith(old) and len(new) > len(old):
            return Edit((field, start, start), new[: -len(old)])
        return Edit((field, start, stop), new)


def meanwhile(told: Callable[[], Shown], work: Generator[object, None, Made]) -> Generator[Shown, None, Made]:
    """Work that yields nothing to show, with what there is to show meanwhile."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            made: Made = end.value
            return made
        yield told()
