"""An answer's tokens, and the words that they make up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from limelight.text.spans import Span
from limelight.text.units import words


@dataclass(frozen=True)
class Part:
    """A word of an answer, or a row of signs between words: where it stands, and which tokens make it up."""

    span: Span
    tokens: tuple[int, int]


def edges_of(decode: Callable[[Sequence[int]], str], ids: Sequence[int]) -> tuple[str, list[int]]:
    """The text of some tokens, and where in it each of them begins: ``len(ids) + 1`` places.

    A token that is a part of a character only begins and ends where the character does.
    """
    text = decode(ids)
    edges = [0]
    for count in range(1, len(ids)):
        before, at = decode(ids[:count]), edges[-1]
        # what is half a character yet is another one in the whole text
        while at < len(before) and at < len(text) and before[at] == text[at]:
            at += 1
        edges.append(at)
    return text, [*edges, len(text)]


def parts_of(text: str, edges: Sequence[int]) -> list[Part]:
    """Cuts an answer into words and signs of whole tokens: each token belongs to one part.

    A token that reaches over two joins them; blanks and halves of characters go with what follows.

    Args:
        text: the answer.
        edges: as ``edges_of`` gives them.
    """
    owner = [-1] * len(text)  # the word or row of signs that each character belongs to; -1 for blanks
    for at, (start, stop) in enumerate(words(text)):
        owner[start:stop] = [at] * (stop - start)
    count, before = len(text), -1
    for at, sign in enumerate(text):
        if owner[at] < 0 and not sign.isspace():
            count += before < 0
            owner[at] = before = count
        else:
            before = -1
    groups: list[list[int]] = []
    waiting: list[int] = []  # tokens of nothing but blanks, or of half a character
    latest = -1
    for token in range(len(edges) - 1):
        own = [owner[at] for at in range(edges[token], edges[token + 1]) if owner[at] >= 0]
        waiting.append(token)
        if not own:
            continue
        if groups and own[0] == latest:
            groups[-1] += waiting
        else:
            groups.append(waiting)
        waiting, latest = [], own[-1]
    if waiting and groups:
        groups[-1] += waiting
    elif waiting:
        groups.append(waiting)
    return [Part(_shown(text, edges[own[0]], edges[own[-1] + 1]), (own[0], own[-1] + 1)) for own in groups]


def _shown(text: str, start: int, stop: int) -> Span:
    """A stretch without the blanks around it; of nothing but blanks all of it."""
    piece = text[start:stop]
    if not piece.strip():
        return start, stop
    return start + len(piece) - len(piece.lstrip()), stop - len(piece) + len(piece.rstrip())
