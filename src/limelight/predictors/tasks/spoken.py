"""An answer of a language model, frozen: its words, what else it could have said, and a table of how likely all are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, NoReturn

import numpy as np

from limelight.arrays import Floats, Indices
from limelight.document import Alternative, Answer
from limelight.document.targets import Target, distinct, position
from limelight.errors import InputError, listing, shown
from limelight.text.tokens import edges_of, parts_of

GROUP = "answer"
END = "(end)"
OTHERS = 5  # at each token, what else was likeliest
BLANK = "↵"  # the name of a word that is nothing but blanks


class Unsaid:
    """Stands for what is settled when a model sees an input: until then all that is asked of it is refused."""

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)  # whoever copies it or looks at it asks for these
        self()

    def __call__(self, *_: object) -> NoReturn:
        raise InputError(
            "a model that writes was asked to score texts before it had an answer or a prompt. limelight scores the "
            "words of one answer, or labels after one prompt; call explain(prompt, model)."
        )


UNSAID: Any = Unsaid()


class Spoken:
    """What was said, and what else was likely in its place.

    A row of the table has the probability of each target, then of each token, then of each
    other token in its place; every column has a name.

    Args:
        decode: the text of some tokens.
        ids: ``T`` tokens.
        others: ``(T, a)``, what else was likeliest at each of them.
        logs: of the whole prompt, the log-probabilities of the tokens, of the end where it is a target, and of the
            others.
        ended: whether its end is a target.

    Attributes:
        text: the answer.
        parts: its words, each of whole tokens.
        targets: their names, and the end's.
        columns: names of all columns.
    """

    def __init__(
        self, decode: Callable[[Sequence[int]], str], ids: tuple[int, ...], others: Indices, logs: Floats, ended: bool
    ) -> None:
        self._decode, self.ids, self.others, self._ended = decode, ids, others, ended
        self.text, edges = edges_of(decode, ids)
        self.parts = tuple(parts_of(self.text, edges))
        self.row = self.table(logs[None])[0]
        words = distinct(self.text[slice(*part.span)].strip() or BLANK for part in self.parts)
        targets = [Target(name, GROUP, part.span) for name, part in zip(words, self.parts, strict=True)]
        end = END
        while end in words:
            end = f"({end})"
        self.end = end if ended else ""
        self.targets = (*targets, *([Target(end, GROUP)] if ended else []))
        self._rivals = [rival for at in range(len(self.parts)) for rival in self._rivals_of(at)]

    def table(self, logs: Floats) -> Floats:
        """Probabilities ``(n, columns)`` of log-probabilities of tokens, end and others."""
        size, ends = len(self.ids), int(self._ended)
        starts = [part.tokens[0] for part in self.parts]
        words = np.add.reduceat(logs[:, :size], starts, axis=1)
        shares: Floats = np.exp(
            np.concatenate([words, logs[:, size : size + ends], logs[:, :size], logs[:, size + ends :]], axis=1)
        )
        return shares

    @cached_property
    def columns(self) -> tuple[str, ...]:
        said = [Target(self._decode([one]).strip(), GROUP) for one in self.ids]
        rest = [Target(self._decode([int(one)]).strip(), GROUP) for one in self.others.reshape(-1)]
        for _, column, name, _, _ in self._rivals:
            rest[column - len(self.targets) - len(said)] = Target(name, GROUP)
        return (*self.targets, *said, *rest)

    def _rivals_of(self, part: int) -> list[tuple[int, int, str, int, float]]:
        """What could have been said in place of a word, likeliest first: part, column, text, token, probability.

        It differs in one token, and begins as the word does up to there.
        """
        first, last = self.parts[part].tokens
        found: dict[str, tuple[int, int, str, int, float]] = {}
        own = self._decode(self.ids[first:last]).strip()
        before, base = 1.0, len(self.targets) + len(self.ids)
        for token in range(first, last):
            for rank, other in enumerate(self.others[token].tolist()):
                column = base + token * self.others.shape[1] + rank
                name = self._decode([*self.ids[first:token], other]).strip() or BLANK
                probability = before * float(self.row[column])
                if name != own and (name not in found or found[name][4] < probability):
                    found[name] = (part, column, name, other, probability)
            before *= float(self.row[len(self.targets) + token])
        return sorted(found.values(), key=lambda one: -one[4])[:OTHERS]

    def named(self, ids: Sequence[int]) -> str:
        """Some tokens as a reader is told of them."""
        return self._decode(ids).strip() or BLANK

    def answer(self, route: str, seed: int | None = None) -> Answer:
        """The answer as a document holds it."""
        return Answer(
            self.text,
            self.ids,
            tuple(part.span for part in self.parts),
            tuple(self.row[: len(self.parts)].tolist()),
            tuple(
                tuple(Alternative(name, token, share) for of, _, name, token, share in self._rivals if of == at)
                for at in range(len(self.parts))
            ),
            self.end,
            route,
            seed,
        )

    def rivals(self, target: int | None = None) -> tuple[tuple[int, int], ...]:
        """Each word's own token beside each that could have stood in its place; of one target, or of the answer."""
        found = []
        for part, column, *_ in self._rivals:
            if target in (None, part):
                own = len(self.targets) + (column - len(self.targets) - len(self.ids)) // self.others.shape[1]
                found.append((own, column))
        return tuple(found)

    def pair(self, first: object, second: object) -> tuple[int, int]:
        """The two columns of a contrast: two targets, or a target and what could have been said in its place.

        A rival is set against the word's own token where the two begin to differ.

        Raises:
            InputError: there is no such target, or nothing of that name was likely there.
        """
        at = position(self.targets, first)
        rivals = {name: column for of, column, name, _, _ in self._rivals if of == at}
        if isinstance(second, str) and second.strip() in rivals:
            column = rivals[second.strip()]
            token = (column - len(self.targets) - len(self.ids)) // self.others.shape[1]
            own = len(self.targets) + token
            one = self.parts[at].tokens
            return (at if one[1] - one[0] == 1 else own), column
        try:
            return at, position(self.targets, second)
        except InputError as error:
            raise InputError(
                f"the model could hardly have said {shown(second)} in place of {str(self.targets[at])!r}. limelight "
                f"sets a word against what else was likely there ({listing(rivals) or 'nothing'}), or against another "
                "word of the answer; choose one of these."
            ) from error
