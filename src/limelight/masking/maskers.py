"""How features are taken out of a text: each way gives the pieces that are left."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from limelight.arrays import Masks
from limelight.errors import InputError
from limelight.text.inputs import Piece
from limelight.text.spans import Span

# What is left, in order: what stands there now, where that began in the original, and how long it was where something
# stands in its place, else 0.
Left = list[tuple[str, int, int]]
Masker = Callable[["Stencil", Masks, "str | None"], Left]


class Stencil:
    """One field's text, cut at its features.

    Args:
        text: the text, as far as the model reads it.
        spans: its features, ascending.

    Attributes:
        gaps: ``(text, start, 0)`` before, between and after the features.
        features: the same of each.
    """

    def __init__(self, text: str, spans: Sequence[Span]) -> None:
        edges = [0, *(edge for span in spans for edge in span), len(text)]
        pieces = [(text[start:stop], start, 0) for start, stop in pairwise(edges)]
        self.gaps, self.features = pieces[::2], pieces[1::2]

    def rewritten(self, words: Mapping[int, str]) -> Stencil:
        """The same with other words in the place of some features, by their positions."""
        other = copy.copy(self)
        other.features = list(self.features)
        for at, word in words.items():
            old, start, _ = self.features[at]
            other.features[at] = word, start, len(old)
        return other


def delete(stencil: Stencil, kept: Masks, mask_token: str | None) -> Left:
    """Takes features out, and one of the two spaces that each would leave behind."""
    left: Left = [stencil.gaps[0]]
    before = stencil.gaps[0][0]  # the last piece that is not empty
    for feature, gap, keep in zip(stencil.features, stencil.gaps[1:], kept, strict=True):
        piece, start, _ = gap
        if keep:
            left.append(feature)
            before = feature[0]
        elif piece[:1].isspace() and (not before or before[-1].isspace()):
            piece, start = piece[1:], start + 1
        if piece:
            left.append((piece, start, 0))
            before = piece
    return left


def mask(stencil: Stencil, kept: Masks, mask_token: str | None) -> Left:
    """Puts the tokenizer's own mask token where a feature was.

    Raises:
        InputError: the model has none.
    """
    if mask_token is None:
        raise InputError(
            "masker='mask' was asked of a model that has no mask token. limelight never invents one; "
            "use masker='delete', which works with every model."
        )
    left: Left = [stencil.gaps[0]]
    for feature, gap, keep in zip(stencil.features, stencil.gaps[1:], kept, strict=True):
        left += [feature if keep else (mask_token, feature[1], len(feature[0])), gap]
    return left


MASKERS: dict[str, Masker] = {"delete": delete, "mask": mask}


def joined(left: Left) -> str:
    """The text that is left."""
    return "".join([piece for piece, *_ in left])


def pieces_of(left: Left) -> list[Piece]:
    """What is left as pieces: where each began, where it begins now, how long it is, and what it stands for."""
    pieces, at = [], 0
    for piece, start, instead in left:
        if piece:
            pieces.append((start, at, len(piece), instead))
        at += len(piece)
    return pieces
