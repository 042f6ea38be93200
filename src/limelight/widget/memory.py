"""What was explained before: a method that is chosen again shows its last answer with nothing done anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from limelight.api.options import Options
from limelight.explanation import Explanation
from limelight.text.fields import Field

MOST = 16  # explanations that are kept


class Memory:
    """Finished explanations of one model by what was asked; those found longest ago go first."""

    def __init__(self) -> None:
        self._known: list[tuple[tuple[Field, ...], Options, Explanation]] = []

    def add(self, fields: Sequence[Field], options: Options, explanation: Explanation) -> None:
        """Keeps an explanation in place of an older answer to the same."""
        self._known = [one for one in self._known if one[:2] != (tuple(fields), options)]
        self._known = [*self._known, (tuple(fields), options, explanation)][-MOST:]

    def find(self, fields: Sequence[Field], options: Options, examined: bool = False) -> Explanation | None:
        """The answer to the same question, or None; maybe without what an answer's earlier words do.

        Args:
            fields: the input.
            options: how it was explained.
            examined: only one that has its exam will do.
        """
        for known, asked, explanation in reversed(self._known):
            if (known, asked) == (tuple(fields), options) and (explanation.exam is not None or not examined):
                return explanation
        return self.find(fields, replace(options, earlier=False), examined) if options.earlier else None

    def clear(self) -> None:
        """Forgets all of it."""
        self._known.clear()
