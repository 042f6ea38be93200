"""On what a stretch of an answer rests, in words: one rule for Python and the page, see ``js/src/model/grounds.js``."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from limelight.captions import Captions, Note
from limelight.document import Document
from limelight.errors import InputError
from limelight.render.showing import SHOWING
from limelight.text.fields import sources_of

if TYPE_CHECKING:
    import pandas

TIMES = int(SHOWING["grounded"])
GROUNDED: float = SHOWING["groundedLog"]  # the same in log-probability, as both languages have it
MOST_NAMED = int(SHOWING["mostNamed"])


class Grounds(NamedTuple):
    """On what a stretch rests.

    Attributes:
        kind: ``"memory"`` (without any source it is hardly less likely), ``"one"`` (grounded in a source), ``"all"``
            (needs several), ``"any"`` (one of several is enough), ``"mixed"`` (needs some, and one of others),
            ``"more"`` (needs some, and some of the others, which was not found out),
            ``"several"`` (of many, of which none is needed), ``"doubt"`` (the model's answers waver too much to
            tell), or ``""`` (nobody asked).
        needed: features without each of which it is hardly said.
        others: features of which one is enough.
        lost: by how much its log-probability falls without all of them; without all features where it rests on none.
    """

    kind: str
    needed: tuple[int, ...] = ()
    others: tuple[int, ...] = ()
    lost: float = 0.0


def is_of_sources(document: Document) -> bool:
    """Whether it is of an answer, and its features are passages rather than words."""
    return document.by_word and _are_passages(document)


def _are_passages(document: Document) -> bool:
    units = [document.unit] if isinstance(document.unit, str) else document.unit.values()
    return not any(name in SHOWING["small"] for name in units)


def _resembles(document: Document) -> Note | None:
    """What is measured of sentences of an answer, where nobody tells how likely they are; None for all others."""
    notes = [one for one in document.warnings if isinstance(one, Note) and one.code == "resembles"]
    return notes[0] if notes and _are_passages(document) else None


def grounds(document: Document, first: int, until: int) -> Grounds:
    """On what a stretch of the answer rests, from what the model said without some sources.

    Where its answers waver, only what comes out alike wherever within its 95 % interval each fall lies: where as many
    sets as can be are taken to fail and as many not to, and where as few are.

    Args:
        document: the explanation.
        first, until: of its words, the first and the one after the last.
    """
    if document.removal_scores is None or not document.removals:
        return Grounds("")
    whole = float(document.scores[first:until].sum())
    scores = document.removal_scores[first:until].sum(axis=0).tolist()
    lost = {one: whole - score for one, score in zip(document.removals, scores, strict=True)}
    everything = lost.get(tuple(range(len(document.places))))
    if everything is None:
        return Grounds("")
    margin = _margin(document, first, until)
    off = (0.0, margin, -margin)
    found, most, least = (_rule(lost, everything, GROUNDED - one, GROUNDED + one) for one in off)
    return found if most[:3] == least[:3] else Grounds("doubt", lost=everything)


def _margin(document: Document, first: int, until: int) -> float:
    """By how much the fall of a stretch's log-probability may be off."""
    if document.removal_margins is None:
        return 0.0
    moved = document.removal_margins[:, until] - document.removal_margins[:, first]
    return math.sqrt(float(moved @ moved))


def _rule(lost: Mapping[tuple[int, ...], float], everything: float, fails: float, stays: float) -> Grounds:
    """On what a stretch rests, by how much its log-probability falls without each set, the smaller sets first.

    Without a set it fails from a fall of ``fails``, and stays below one of ``stays``.
    """
    if everything < fails:
        return Grounds("memory", lost=everything)
    needed = tuple(sorted(one[0] for one, fall in lost.items() if len(one) == 1 and fall >= fails))
    intact = [set(one) for one, fall in lost.items() if fall < stays]

    def least(one: tuple[int, ...]) -> bool:
        """Whether it stays as soon as any of them is back: the search may have ended before that was known."""
        return all(any(set(one) - {each} <= whole for whole in intact) for each in one)

    sets = [one for one, fall in lost.items() if len(one) > 1 and fall >= fails and not set(one) & set(needed)]
    others = next(filter(least, sets), ())
    if len(others) > MOST_NAMED:
        others = ()
    fall = lost.get(tuple(sorted((*needed, *others))), everything)
    if needed and others:
        return Grounds("mixed", needed, others, fall)
    if needed:
        return Grounds("more" if sets else "one" if len(needed) == 1 else "all", needed, (), fall)
    return Grounds("any", (), others, fall) if others else Grounds("several", lost=everything)


def numbers(document: Document) -> list[int]:
    """The number of each feature, from 1: that of its field in the prompt where each is one, else its place."""
    parts = sources_of(document.fields)
    owners = [field for field, _, _ in document.places]
    if len(set(owners)) == len(owners) and set(owners) <= set(parts):
        return [parts.index(field) + 1 for field in owners]
    return [at + 1 for at in range(len(owners))]


def verdict(found: Grounds, numbers: Sequence[int], say: Captions) -> str:
    """A sentence for it; nothing where nobody asked."""
    if not found.kind:
        return ""
    count = "two" if len(found.needed or found.others) == 2 else "many"
    kind = f"{found.kind}.{count}" if found.kind in ("all", "any") else found.kind
    sources = _joined(found.needed or found.others, numbers, say, "or" if found.kind == "any" else "and")
    return say(f"verdict.{kind}", sources=sources, others=_joined(found.others, numbers, say, "or"))


def criterion(say: Captions) -> str:
    """What is meant by these verdicts."""
    return say("grounds.criterion", times=TIMES)


def rests(whole: Document, part: Document, say: Captions) -> list[tuple[str, str]]:
    """On what each sentence of a stretch rests, for pictures: what stands in it of the sentence, and its verdict.

    Args:
        whole: the explanation of the answer, word by word.
        part: of the stretch that is shown, or the same.
        say: the captions.
    """
    span = getattr(part.targets[0], "span", None) if len(part.targets) == 1 else None
    if whole.answer is None or span is None or not is_of_sources(whole):
        return []
    said, spans, named = whole.answer.text, whole.answer.spans, numbers(whole)
    found = []
    for first, until in whole.answer.sentences:
        inside = [at for at in range(first, until) if spans[at][0] < span[1] and spans[at][1] > span[0]]
        told = verdict(grounds(whole, inside[0], inside[-1] + 1), named, say) if inside else ""
        if told:
            # a whole sentence has the sign that ends it
            last = spans[until][0] if until < len(spans) else len(said)
            stop = last if len(inside) == until - first else spans[inside[-1]][1]
            found.append((" ".join(said[spans[inside[0]][0] : stop].split()), told))
    return found


def numbered(names: Sequence[str], whole: Document) -> list[str]:
    """What features are called beside verdicts, which name them by their numbers."""
    return [f"[{number}] {name}" for number, name in zip(numbers(whole), names, strict=True)]


def frame(document: Document, over: Callable[[tuple[int, int]], Document], say: Captions) -> pandas.DataFrame:
    """See ``Explanation.sources``; ``over`` gives the explanation of some words of the answer."""
    resembling = _resembles(document)
    if not resembling and not is_of_sources(document):
        raise InputError(
            "this explanation is not of an answer and its sources. sources takes one of a language model whose "
            "features are passages: explain({'question': ..., 'sources': [...]}, model, unit='source')."
        )
    document.estimated()
    try:
        import pandas
    except ImportError as error:
        raise ImportError("sources needs pandas, which is not installed; pip install pandas.") from error
    named, rows = numbers(document), []
    # of one that resembles each target is a sentence
    sentences = document.answer.sentences if document.answer else [(at, at) for at in range(len(document.targets))]
    for sentence, words in enumerate(sentences, 1):
        part, at = (document, words[0]) if resembling else (over(words), 0)
        said = "" if resembling else verdict(grounds(document, *words), named, say)
        bounds = part.intervals[at].tolist() if part.intervals is not None else [[math.nan, math.nan]] * len(named)
        rows += [
            (sentence, number, weight, low, high, said)
            for number, weight, (low, high) in zip(named, part.estimated()[at].tolist(), bounds, strict=True)
        ]
    made = pandas.DataFrame(rows, columns=["sentence", "source", "effect", "low", "high", "verdict"])
    made.attrs["criterion"] = say.told(resembling) if resembling else criterion(say)
    return made


def _joined(features: Sequence[int], numbers: Sequence[int], say: Captions, word: str) -> str:
    named = [f"[{numbers[at]}]" for at in features]
    if len(named) < 2:
        return "".join(named)
    return say("listed").join(named[:-1]) + (say("grounds.or") if word == "or" else say("grounds.and")) + named[-1]
