"""Targets that stand in the text, such as entities: each is drawn as a box, so that two of one name are told apart."""

from __future__ import annotations

from typing import NamedTuple

from limelight.document import Document
from limelight.text.fields import Place, touches


class Box(NamedTuple):
    """A target where it stands, or what stays in the text and is no target, as the place of a masked word.

    Attributes:
        target: its position among the targets, or None.
        tag: what it is called beside its own words.
        place: where it stands; of a part of what the model said, in the text after the last field.
        faint: whether it is called by its own words, as a stretch that answers a question is, and another such is
            likelier.
    """

    target: int | None
    tag: str
    place: Place
    faint: bool = False


def boxes(document: Document) -> list[Box]:
    """The targets that stand in the fields, in order; one that lies on a feature or another box gives way to it.

    After them comes what else stays, and the part of an answer that is explained, where it is one target and not all
    that was said.
    """
    standing = [] if document.contrast is not None else _standing(document)
    taken = [*document.places, *(box.place for box in standing)]
    stays = [Box(None, "", place) for place in document.pinned if not touches(place, taken)]
    return standing + stays + ([] if document.contrast is not None else _asked(document))


def _standing(document: Document) -> list[Box]:
    every = sorted(
        (span, at)
        for at, target in enumerate(document.targets)
        if (span := getattr(target, "span", None)) is not None and getattr(target, "group", "") != "answer"
    )
    apart = [
        (span, at)
        for n, (span, at) in enumerate(every)
        if n == 0 or every[n - 1][0][0] < span[0] or every[n - 1][0][2] <= span[1]
    ]
    texts = {at: document.fields[field].text[start:stop] for (field, start, stop), at in apart}
    rivals = [at for at, text in texts.items() if document.targets[at].startswith(text)]
    likeliest = max(rivals, key=lambda at: float(document.scores[at]), default=None)
    return [
        Box(at, _tag(document.targets[at], texts[at]), span, at in rivals and at != likeliest)
        for span, at in apart
        if not touches(span, document.places)
    ]


def _asked(document: Document) -> list[Box]:
    span = getattr(document.targets[0], "span", None) if len(document.targets) == 1 else None
    if document.answer is None or not document.answer.spans or span is None or len(span) != 2:
        return []
    whole = document.answer.spans[0][0], document.answer.spans[-1][1]
    return [] if span == whole else [Box(0, "", (len(document.fields), *span))]


def _tag(name: str, text: str) -> str:
    return " ".join((name[len(text) :] if name.startswith(text) else name.replace(f'"{text}"', "", 1)).split())
