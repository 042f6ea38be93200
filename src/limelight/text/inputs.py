"""An input as a model sees it: the fields' texts, with some places taken out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from limelight.text.fields import Place
from limelight.text.spans import Span

Text = str | tuple[str, ...]  # what a plain model takes: a str, or with several fields a tuple of them
# Of one field, each piece that is left: where it began, where it begins now, and how long it is.
Piece = tuple[int, int, int]


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

    def at(self, place: Place) -> Span | None:
        """Where a place of the original stands now, or None when any of it was taken out.

        It is whole if it stands in one piece, or in pieces that follow each other both
        then and now.
        """
        field, start, stop = place
        if self.pieces is None:
            return start, stop
        now: int | None = None
        at = start
        for was, begins, size in self.pieces()[field]:
            if was <= at < was + size:
                shift = begins - was
                if now is None:
                    now = at + shift
                elif at + shift != now + at - start:
                    return None
                at = min(stop, was + size)
                if at == stop:
                    return now, now + stop - start
        return None
