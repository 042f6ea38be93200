"""How weights look: one scale and one way of writing, for every picture that Python makes.

The rules are those that the page has in JavaScript; tests compare them. Thresholds are in
``showing.json``, colours in ``theme``, and how a number is written in ``numbers``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self, cast

import numpy as np

from limelight.arrays import Floats
from limelight.captions import Captions
from limelight.document import Document
from limelight.render.numbers import decimals, number
from limelight.render.showing import SHOWING
from limelight.render.standing import Box, boxes

LEAST_EXTENT: dict[str, float] = SHOWING["leastExtent"]
MOST_BARS, MOST_TERMS, MOST_TARGETS = (int(SHOWING[most]) for most in ("mostBars", "mostTerms", "mostTargets"))
FAINT, LITTLE, ENOUGH, NEARLY_ALL, HARDLY = (
    float(SHOWING[share]) for share in ("faint", "little", "enough", "nearlyAll", "hardly")
)


def extent(document: Document) -> float:
    """The weight that gets the full colour: the largest of any target."""
    weights = document.weights
    most = float(np.abs(weights).max()) if weights is not None and weights.size else 0.0
    return max(most, LEAST_EXTENT.get(document.scale, 0.0)) or 1.0


# Weights


class Term(NamedTuple):
    """Features that count together: by how much, as what, see ``relation``, and in the order to name them in."""

    weight: float
    relation: str
    features: tuple[int, ...]


@dataclass(frozen=True)
class Weights:
    """The weights of one target as every picture shows them, on the scale of all targets.

    Attributes:
        row: a weight a feature.
        intervals: of 95 %, one a feature; empty where there are none.
        most: the weight that gets the full colour.
        digits: decimals of what is written.
        terms: those that surely count, and enough to be seen, strongest first.
    """

    row: list[float]
    intervals: list[list[float]]
    most: float
    digits: int
    terms: list[Term]
    draft: bool  # of a first guess nothing is sure

    @classmethod
    def of(cls, document: Document, target: int | None) -> Self | None:
        """Those of a target; None where there is no target, or no weight has been estimated."""
        if target is None or document.weights is None:
            return None
        most = extent(document)
        return cls(
            row=document.weights[target].tolist(),
            intervals=document.intervals[target].tolist() if document.intervals is not None else [],
            most=most,
            digits=decimals(most),
            terms=sure_terms(document, target, MOST_TERMS, FAINT * most),
            draft=document.state == "draft",
        )

    def share(self, feature: int) -> float:
        """How much of the full colour a feature gets, with its sign."""
        return self.row[feature] / self.most

    def said(self, weight: float) -> str:
        """A weight as it is written."""
        return number(weight, self.digits, True)

    def marked(self, feature: int) -> bool:
        """Whether a feature is marked: its number reads other than 0."""
        return number(self.row[feature], self.digits) != number(0, self.digits)

    def doubtful(self, feature: int) -> bool:
        """Whether a weight cannot be told from zero."""
        return self.draft or (bool(self.intervals) and _doubtful(self.intervals[feature]))

    def margin(self, feature: int) -> str:
        """How far a weight may be off, as it stands behind it; nothing where that is not known, or not at all."""
        if not self.intervals:
            return ""
        low, high = self.intervals[feature]
        wide = (high - low) / 2
        said = number(wide, self.digits if wide >= 0.5 * 10**-self.digits else self.digits + 2)
        return f" ± {said}" if float(said) else ""

    def strongest(self) -> list[int]:
        """Features by absolute weight, as many as there are bars, strongest first; equal ones in text order."""
        return sorted(range(len(self.row)), key=lambda i: -abs(self.row[i]))[:MOST_BARS]

    def full_colour(self, say: Captions) -> str:
        """What the full colour stands for."""
        return say("fullColour", most=number(self.most, self.digits))


def _doubtful(interval: list[float]) -> bool:
    return interval[0] <= 0 <= interval[1]


# What counts together


def sure_terms(document: Document, target: int, most: int | None, least: float = 0.0) -> list[Term]:
    """Terms that surely count, and by ``least`` or more, strongest first; ``most`` of them, None for all."""
    if document.term_weights is None or document.term_intervals is None:
        return []
    rows = zip(document.term_weights[target].tolist(), document.term_intervals[target].tolist(), strict=True)
    sure = [
        (at, weight) for at, (weight, interval) in enumerate(rows) if not _doubtful(interval) and abs(weight) >= least
    ]
    strongest = sorted(sure, key=lambda one: -abs(one[1]))[:most]
    return [Term(weight, *relation(document, target, at)) for at, weight in strongest]


def relation(document: Document, target: int, at: int) -> tuple[str, tuple[int, ...]]:
    """What the features of a term are to each other, by what goes with them on average over what else is left.

    - ``"either"``: any is enough: with all but one out hardly anything goes;
    - ``"turns"``: the first of two turns the second, whose sign is another with the first than without it;
    - ``"need"``: with any of them out nearly all goes that goes with all of them;
    - ``"more"``: together they do more than each alone lets expect;
    - ``"less"``: they do less.

    On average, and not in the text as it stands, as the weight holds for every text: where others have
    decided already, nothing goes with these. The first three are said only where the weight has the sign that
    such a relation gives it, and what goes is no trifle beside it: no sentence may contradict its number.

    Returns:
        the relation, and the features in the order in which a sentence names them.
    """
    features, weight = document.terms[at], float(cast(Floats, document.term_weights)[target, at])
    every = lost(document, target, features, features)
    each = [lost(document, target, (one,), features) for one in features]
    if all(abs(part) < HARDLY * abs(weight) for part in (every, *each)):
        return "less", features
    # a weight beyond twice that: what each does alone comes to more, with the other sign
    alike = weight * every > 0
    plainly = "more" if alike and abs(weight) <= 2 * abs(every) else "less"
    if document.removals:
        # the model's verdict on which of them it takes stands beside: no estimate may say otherwise
        return plainly, features
    # of n features of which any is enough the highest term is raised by an odd n and lowered by an even one
    if (weight if len(features) % 2 else -weight) * every > 0:
        others = [lost(document, target, [other for other in features if other != one], features) for one in features]
        if all(abs(part) <= HARDLY * abs(every) for part in others):
            return "either", features
    if len(features) == 2 and (turned := _turned(features, weight, every, each)):
        return "turns", turned
    if alike and all(part * every > 0 and abs(part) >= NEARLY_ALL * abs(every) for part in each):
        return "need", features
    return plainly, features


def _turned(features: tuple[int, ...], weight: float, every: float, each: list[float]) -> tuple[int, ...]:
    """The two features, the one that turns the other first; none where none does.

    If each turns the other, the one that says less alone does it: "not" says little, "bad" much.
    """
    found = []
    for first, second in ((0, 1), (1, 0)):
        beside, without = each[second], every - each[first]  # what the second does
        if beside * without < 0 and beside * weight > 0 and _comparable(beside, without):
            found.append((abs(every - each[second]), first, (features[first], features[second])))
    return min(found)[2] if found else ()


def _comparable(one: float, other: float) -> bool:
    return abs(one) >= HARDLY * abs(other) and abs(other) >= HARDLY * abs(one)


def lost(document: Document, target: int, out: Sequence[int], kept: Sequence[int]) -> float:
    """How much a target's score falls with some features out, as far as weights and terms foresee it.

    The features in ``kept`` are there else, and each of the others half of the time.

    Terms count here whether they are part of the explanation or an aside: with them it foresees better.
    Added up one by one, in JavaScript's order, since a bit may decide what is said.
    """
    assert document.weights is not None and document.term_weights is not None
    total = 0.0
    for feature in out:
        total += float(document.weights[target, feature])
    gone = set(out)
    for features, weight in zip(document.terms, document.term_weights[target].tolist(), strict=True):
        if not gone.isdisjoint(features):
            others = len(set(features).difference(kept))
            total += weight * (1 / 2**others - len(gone.intersection(features)) / 2 ** (len(features) - 1))
    return total


def sentence(term: Term, names: list[str], say: Captions) -> list[tuple[str, bool]]:
    """What a term's features are to each other, in stretches: what is said, and whether it is a name."""
    words = [(say.of("joins", term.relation), False)] * (2 * len(term.features) - 1)
    words[::2] = [(names[feature], True) for feature in term.features]
    said = []
    for text, place in say.parts(f"relation.{term.relation}.{'two' if len(term.features) == 2 else 'many'}"):
        said += words if place else [(text, False)]
    return said


def together(weights: Weights, names: list[str], say: Captions) -> str:
    """What surely counts together, each term as a sentence with its weight; nothing where nothing does."""
    terms = [
        f"{''.join(part for part, _ in sentence(term, names, say))} {weights.said(term.weight)}"
        for term in weights.terms
    ]
    return say("togetherAre", terms=" · ".join(terms)) if terms else ""


# Targets


def prediction(document: Document) -> np.ndarray:
    """What the model says of each target: probabilities where there are any, whatever the scale."""
    return document.scores if document.probabilities is None else document.probabilities


def likely(document: Document) -> bool:
    """Whether ``prediction`` is shares of a whole, which can be drawn as such."""
    return document.probabilities is not None or document.scale == "probability"


def score(document: Document, target: int) -> str:
    """The prediction of one target; digits by size where it is no probability."""
    scores = prediction(document)
    digits = 2 if likely(document) else decimals(max(1e-6, float(np.abs(scores).max())))
    return number(float(scores[target]), digits)


def chosen(document: Document, target: int | None) -> int | None:
    """The target that a picture is of, see ``Document.index``; None where there is none at all."""
    return document.index(target) if document.targets else None


def shown_targets(document: Document, target: int | None) -> list[int]:
    """Targets that a picture has room for, the chosen one among them; the likeliest first unless all fit."""
    order, scores = list(range(len(document.targets))), prediction(document).tolist()
    if len(order) > MOST_TARGETS:
        order.sort(key=lambda i: (i != target, -scores[i]))
    return order[:MOST_TARGETS]


def more_targets(document: Document, say: Captions) -> str:
    """How many targets ``shown_targets`` leaves out; nothing where it leaves out none."""
    left = len(document.targets) - MOST_TARGETS
    return say("moreClasses", count=left) if left > 0 else ""


# Text


class Run(NamedTuple):
    """A stretch of a text: of a feature, of a target that stands there, or of none; ``unread``: not by the model."""

    text: str
    feature: int | None = None
    unread: bool = False
    box: Box | None = None


def runs(document: Document) -> list[list[Run]]:
    """Cuts the text of each field into stretches, then that of an answer; joined they are the text again."""
    answer = () if document.answer is None else (document.answer.text,)
    texts, reads = (*document.texts, *answer), (*(document.reads or ()), *map(len, answer))
    parts: list[list[tuple[int, int, int | None, Box | None]]] = [[] for _ in texts]
    for feature, (field, start, stop) in enumerate(document.places):
        parts[field].append((start, stop, feature, None))
    for box in boxes(document):
        parts[box.place[0]].append((*box.place[1:], None, box))
    return [_runs(*of_text) for of_text in zip(texts, parts, reads, strict=True)]


def _runs(text: str, parts: list[tuple[int, int, int | None, Box | None]], read: int) -> list[Run]:
    at, out = 0, []
    for start, stop, feature, box in sorted(parts, key=lambda part: part[:2]):
        out += [Run(text[at:start]), Run(text[start:stop], feature, box=box)]
        at = stop
    out += [Run(text[at : max(at, read)]), Run(text[max(at, read) :], unread=True)]
    return [run for run in out if run.text]


def headings(document: Document, say: Captions) -> list[str]:
    """What stands above each text: a role, or a name and a title; nothing above the only field."""
    answer = [] if document.answer is None else [say("answer")]
    if len(document.fields) == 1:
        return ["", *answer]
    said = ((one_line(field.role or field.name), one_line(field.title)) for field in document.fields)
    return [*(" · ".join(filter(None, parts)) for parts in said), *answer]


def names(document: Document, say: Captions) -> list[str]:
    """What each feature is called away from the text: its word, with the field where several have the word."""
    words = [one_line(feature) for feature in document.features]
    having = defaultdict(set)
    for word, (field, _, _) in zip(words, document.places, strict=True):
        having[word].add(field)
    return [
        word if len(having[word]) == 1 else say("within", word=word, field=one_line(document.fields[field].name))
        for word, (field, _, _) in zip(words, document.places, strict=True)
    ]


def one_line(text: str) -> str:
    """A name on one line, whatever it holds."""
    return " ".join(text.split())


# Captions


def fidelity(document: Document, target: int | None, say: Captions) -> list[str]:
    """How the weights add up, and how far they follow the model; nothing of what is not known."""
    if target is None:
        return []
    lines, digits = [], max(2, decimals(extent(document)))
    if document.weights is not None and document.intercepts is not None:
        base, total = document.intercepts[target], _total(document, target)
        what = say.quantity(document.scale, document.targets[target])
        lines.append(
            say(
                f"sum.{_summands(document)}",
                what=what,
                base=number(base, digits),
                total=number(total, digits),
                score=number(document.scores[target], digits),
            )
        )
    fit = document.fit
    if fit.get("convergence"):
        lines.append(say("missed", much=number(fit["convergence"][target], digits)))
    elif fit.get("r2") and document.state != "draft":
        r2 = fit["r2"][target]
        little = r2 < LITTLE and document.evaluations >= ENOUGH
        known = say("r2", value=number(max(r2, 0)))
        lines.append(say("little", fit=known) if little else known)
    return lines


def _total(document: Document, target: int) -> float:
    """What base, weights and terms come to with every feature kept.

    It is what ``predict`` says, added up one by one in JavaScript's order, since a bit may decide a digit.
    """
    assert document.weights is not None and document.intercepts is not None
    total = 0.0
    if document.joint and document.term_weights is not None:
        for features, weight in zip(document.terms, document.term_weights[target].tolist(), strict=True):
            size = len(features)
            total += weight * (1 - size / 2 ** (size - 1) + (size - 1) / 2**size)
    total += float(document.intercepts[target])
    for weight in document.weights[target].tolist():
        total += weight
    return total


def _summands(document: Document) -> str:
    """What is added up, as captions call it."""
    if document.joint and document.terms:
        return "pairs" if all(len(term) == 2 for term in document.terms) else "terms"
    return "weights" if document.places else "none"


def work(document: Document, say: Captions) -> list[str]:
    """What was done, how it ended, what it took, and with which model.

    Not how long it took: the same seed gives the same file.
    """
    # a method that asks what it needs and no more is not exact, only done
    done = document.state == "exact" and document.intervals is None
    title = say.of("method", document.method, document.title or document.method)
    units = [document.unit] if isinstance(document.unit, str) else document.unit.values()
    parts = [title, say.removal(units, document.masker)]
    parts += ["" if done else say.of("end", document.state, ""), say("evaluations", count=document.evaluations)]
    return [part for part in (*parts, document.model) if part]


def caption(document: Document, target: int | None, say: Captions) -> list[str]:
    """All that stands below a picture, in a few words each."""
    return [*fidelity(document, target, say), *work(document, say)]
