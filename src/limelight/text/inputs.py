"""An input as a model sees it: the fields' texts, with some places taken out."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter

from limelight.text.fields import Place
from limelight.text.spans import Span

Text = str | tuple[str, ...]  # what a plain model takes: a str, or with several fields a tuple of them
# Of one field, each piece that is left: where it began, where it begins now, how long it is, and 0; where something
# else stands in the place of a piece, such as a mask, how long that was.
Piece = tuple[int, int, int, int]


@dataclass(frozen=True)
class Input:
    """One input of a model.

    Attributes:
        texts: of each field, as the model reads it.
        pieces: gives, of each field, the pieces of the original that are left in it; None
            where nothing was taken out.
    """

    texts: tuple[str, ...]
    pieces: Callable[[], Sequence[Sequence[Piece]]] | None = None

    @classmethod
    def of(cls, text: Text | Input) -> Input:
        """The input of a text, or of several, with nothing taken out."""
        if isinstance(text, Input):
            return text
        return cls((text,) if isinstance(text, str) else tuple(text))

    @property
    def plain(self) -> Text:
        """The text of the only field, or a tuple of those of several."""
        return self.texts[0] if len(self.texts) == 1 else self.texts

    @cached_property
    def _left(self) -> Sequence[Sequence[Piece]] | None:
        return None if self.pieces is None else self.pieces()

    def at(self, place: Place, masked: bool = False) -> Span | None:
        """Where a place of the original stands now, or None when any of it was taken out.

        It is whole if it stands in one piece, or in pieces that follow each other both
        then and now.

        Args:
            place: in the original.
            masked: whether what stands in the place of some of it will do.
        """
        field, start, stop = place
        if self._left is None:
            return start, stop
        left = self._left[field]
        now: int | None = None
        at = end = start
        for was, begins, size, instead in left[max(0, bisect_right(left, start, key=itemgetter(0)) - 1) :]:
            long = instead or size
            if not was <= at < was + long or (now is not None and begins != end) or (instead and not masked):
                return None
            if now is None:
                now = begins if instead else begins + at - was
            at = min(stop, was + long)
            end = begins + size if instead else begins + at - was
            if at == stop:
                return now, end
        return None
