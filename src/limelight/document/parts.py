"""Parts of a document that have a form of their own, and what each must be."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypedDict, cast

import numpy as np

from limelight.document import checks
from limelight.document.targets import Target
from limelight.text.checks import MOST_CHARACTERS, check_characters
from limelight.text.fields import MOST_FIELDS, Field, Place
from limelight.text.spans import Span
from limelight.text.units import UNITS

MOST_ATTENTION = 20_000_000  # bytes
MOST_EXAMINED = 20  # targets
MOST_ALTERNATIVES = 20  # to a word
MOST_REMOVALS = 2000
MOST_WARNINGS, MOST_SAID = 100, 100_000  # and characters of all of them


class Fit(TypedDict, total=False):
    """How well weights follow the model, a number a target."""

    r2: list[float]
    rank: list[float]
    convergence: list[float]
    together: list[float]


class Attention(TypedDict):
    """Shares of attention between features, ``(layers, heads, d, d)`` bytes of 255ths in base64."""

    layers: int
    heads: int
    data: str


class Exam(TypedDict):
    """Removal curves of some targets: a list each a target, a number a share of the features removed."""

    targets: list[int]
    shares: list[float]
    first: list[list[float]]
    last: list[list[float]]
    random: list[list[float]]
    srg: list[float]
    evaluations: int


Earlier = tuple[tuple[float, ...], ...]  # a row a target, a number for each word of the answer before it


@dataclass(frozen=True)
class Alternative:
    """What the model could have said in place of a token: its text, id and probability."""

    text: str
    id: int
    probability: float


@dataclass(frozen=True)
class Answer:
    """What a model said, frozen: what is explained is its score of these very tokens.

    Attributes:
        text: the answer.
        ids: of its tokens.
        spans: of its words, in code points of ``text``.
        probabilities: of each word, the product of its tokens'.
        alternatives: at each word, what else was likely.
        end: the name of the target "it ends here", or ``""``.
        earlier: a row a target, with a number for each word of the answer before it: by how much that word raises
            the target's log-probability, taken out alone; None where nobody asked.
        route: how it was scored.
        seed: of a sample; None where it was greedy, or given.
    """

    text: str
    ids: tuple[int, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()
    probabilities: tuple[float, ...] = ()
    alternatives: tuple[tuple[Alternative, ...], ...] = ()
    end: str = ""
    route: str = ""
    seed: int | None = None
    earlier: Earlier | None = None

    @property
    def sentences(self) -> tuple[tuple[int, int], ...]:
        """The words of each sentence: the first, and the one after the last."""
        said = UNITS["sentence"](self.text)
        owner = [max(0, bisect_right(said, (start, len(self.text))) - 1) for start, _ in self.spans]
        first = [at for at, own in enumerate(owner) if at == 0 or own != owner[at - 1]]
        return tuple(pairwise([*first, len(owner)])) if owner else ()


def checked_fields(given: object) -> tuple[Field, ...]:
    """One or more fields, distinct by name, whose texts a page can show."""
    fields = checks.items("fields", given, MOST_FIELDS)
    if not fields or not all(isinstance(field, Field) for field in fields):
        raise checks.refused("fields", given, "at least one field, each with a name and a text")
    for field in fields:
        check_characters(field.text)
        for name in ("name", "group", "role", "title"):
            checks.string(f"field's {name}", getattr(field, name))
    names = {field.name for field in fields}
    if len(names) < len(fields) or not all(name.strip() for name in names):
        raise checks.refused("fields", [field.name for field in fields], "a name of its own for each")
    checked_length("fields", *(field.text for field in fields))
    return tuple(fields)


def checked_length(name: str, *texts: str) -> None:
    """Texts that are not longer than a page can show."""
    if (size := sum(map(len, texts))) > MOST_CHARACTERS:
        raise checks.unfit(f"{name} has {size:,} characters", f"up to {MOST_CHARACTERS:,}")


def checked_warnings(given: object) -> tuple[str, ...]:
    """Sentences that a reader must know."""
    warnings = tuple(
        checks.string("warnings", one, MOST_SAID) for one in checks.items("warnings", given, MOST_WARNINGS)
    )
    if (size := sum(map(len, warnings))) > MOST_SAID:
        raise checks.unfit(f"warnings have {size:,} characters", f"up to {MOST_SAID:,}")
    return warnings


def checked_unit(given: object) -> str | dict[str, str]:
    """One unit, or one by the name of each field."""
    if not isinstance(given, Mapping):
        return checks.string("unit", given)
    checks.items("unit", list(given), MOST_FIELDS)
    return {checks.string("unit", name): checks.string("unit", value) for name, value in given.items()}


def checked_target(given: object, fields: Sequence[Field], answer: Answer | None = None) -> Target:
    """A target whose name can be shown, and whose place is within the input, or within the answer."""
    name, span = checks.string("targets", given), getattr(given, "span", None)
    place: Place | Span | None = None
    if span is not None and len(span) == 2 and answer is not None:
        place = checks.places("targets", [(0, *span)], [Field("answer", answer.text)])[0][1:]
    elif span is not None:
        place = checks.places("targets", [span], fields)[0]
    return Target(str(name), checks.string("target's group", getattr(given, "group", "")), place)


def checked_terms(given: object, known: int) -> tuple[tuple[int, ...], ...]:
    """Terms of two or more features each, ascending."""
    terms = tuple(checks.positions("terms", term, known) for term in checks.items("terms", given, checks.MOST_TERMS))
    for term in terms:
        if not 2 <= len(term) <= checks.MOST_TOGETHER or list(term) != sorted(set(term)):
            raise checks.refused("terms", term, f"2 to {checks.MOST_TOGETHER} ascending positions of features a term")
    return terms


def checked_removals(given: object, known: int) -> tuple[tuple[int, ...], ...]:
    """Sets of one feature or more, each ascending."""
    sets = tuple(checks.positions("removals", one, known) for one in checks.items("removals", given, MOST_REMOVALS))
    for one in sets:
        if not one or list(one) != sorted(set(one)):
            raise checks.refused("removals", one, "ascending positions of features, one or more a set")
    return sets


def checked_fit(given: object, known: int) -> Fit:
    """How well weights follow, a number a target."""
    if not isinstance(given, Mapping):
        raise checks.refused("fit", given, "a dict")
    lists = {
        name: checks.numbers(f"fit's {name}", given[name], (known,)).tolist()
        for name in ("r2", "rank", "convergence", "together")
        if given.get(name) is not None
    }
    return cast(Fit, lists)


def checked_attention(given: object, known: int) -> Attention | None:
    """As many bytes as its layers, heads and features make."""
    if given is None:
        return None
    if not isinstance(given, Mapping):
        raise checks.refused("attention", given, "a dict")
    layers, heads = (checks.whole(f"attention's {name}", given.get(name), 1, 10_000) for name in ("layers", "heads"))
    size = len(checks.bytes_of("attention's data", given.get("data"), MOST_ATTENTION))
    if size != layers * heads * known**2:
        wanted = f"{layers * heads * known**2:,}: layers x heads x features x features"
        raise checks.unfit(f"attention has {size:,} bytes", wanted)
    return {"layers": layers, "heads": heads, "data": given["data"]}


def checked_exam(given: object, known: int) -> Exam | None:
    """Curves of some targets, as many points each as there are shares."""
    if given is None:
        return None
    if not isinstance(given, Mapping):
        raise checks.refused("exam", given, "a dict")
    targets = checks.positions("exam's targets", given.get("targets"), known, MOST_EXAMINED)
    shares = checks.numbers("exam's shares", given.get("shares"), (None,))
    checks.items("exam's shares", shares.tolist(), checks.MOST_FEATURES)
    if not len(shares) or shares.min() < 0 or shares.max() > 1 or (np.diff(shares) < 0).any():
        raise checks.refused("exam's shares", given.get("shares"), "ascending numbers from 0 to 1")
    table = (len(targets), len(shares))
    first, last, random = (
        checks.numbers(f"exam's {name}", given.get(name), table).tolist() for name in ("first", "last", "random")
    )
    return {
        "targets": list(targets),
        "shares": shares.tolist(),
        "first": first,
        "last": last,
        "random": random,
        "srg": checks.numbers("exam's srg", given.get("srg"), (len(targets),)).tolist(),
        "evaluations": checks.whole("exam's evaluations", given.get("evaluations")),
    }


def checked_answer(given: object) -> Answer | None:
    """An answer whose words stand in it one after the other, each with what belongs to it."""
    if given is None:
        return None
    if not isinstance(given, Answer):
        raise checks.refused("answer", given, "an Answer")
    text = check_characters(given.text)
    checked_length("answer", text)
    words = checks.items("answer's spans", given.spans, checks.MOST_FEATURES)
    placed = [(0, *checks.items("answer's spans", span, 2)) for span in words]
    places = checks.places("answer's spans", placed, [Field("answer", text)])
    spans = tuple((start, stop) for _, start, stop in places)
    known = len(spans) if given.probabilities else 0
    probabilities = checks.numbers("answer's probabilities", given.probabilities, (known,))
    alternatives = checks.items("answer's alternatives", given.alternatives, len(spans))
    return Answer(
        text,
        checks.positions("answer's ids", given.ids, 2**31, checks.MOST_FEATURES),
        spans,
        tuple(probabilities.tolist()),
        tuple(
            tuple(_alternative(one) for one in checks.items("alternatives", some, MOST_ALTERNATIVES))
            for some in alternatives
        ),
        checks.string("answer's end", given.end),
        checks.string("answer's route", given.route),
        given.seed if given.seed is None else checks.whole("answer's seed", given.seed),
        _earlier(given.earlier, len(spans), bool(given.end)),
    )


def _earlier(given: object, words: int, ends: bool) -> Earlier | None:
    """A triangle of numbers: a row a target, as many in it as there are words before."""
    if given is None:
        return None
    rows = checks.items("answer's earlier", given, words + ends)
    if len(rows) != words + ends:
        raise checks.refused("answer's earlier", given, f"{words + ends} rows, one for each target")
    return tuple(
        tuple(checks.numbers("answer's earlier", row, (min(at, words),)).tolist()) for at, row in enumerate(rows)
    )


def _alternative(given: object) -> Alternative:
    if not isinstance(given, Alternative):
        raise checks.refused("answer's alternatives", given, "an Alternative")
    probability = checks.number("probability", given.probability)
    return Alternative(checks.string("alternative", given.text), checks.whole("id", given.id), probability)
