"""How weights look: one scale and one way of writing, for every picture that Python makes.

The rules are those that the page has in JavaScript; tests compare them. Colours are in ``theme``.
"""

from __future__ import annotations

import math
from typing import Any

from limelight.captions import English

Document = dict[str, Any]  # what ``Explanation.to_dict`` returns
Interval = list[float]

MOST_BARS = 8
MOST_PAIRS = 3
MOST_TARGETS = 12
FAINT = 0.02  # a share of the full colour below which a pair is not worth a line
LEAST_EXTENT = {"probability": 0.05}
LITTLE = 0.35  # below this share of the model's variation the weights say little of it
ENOUGH = 100  # with fewer evaluations R² is too uncertain to judge by


def extent(document: Document) -> float:
    """The weight that gets the full colour: the largest of any target."""
    most = max((abs(weight) for row in document["weights"] or () for weight in row), default=0.0)
    return max(most, LEAST_EXTENT.get(document["scale"], 0.0)) or 1.0


def decimals(most: float) -> int:
    """Decimals at which numbers up to ``most`` differ visibly: two digits of the largest."""
    return min(6, max(0, 1 - math.floor(math.log10(most))))


def number(value: float, digits: int = 2, signed: bool = False) -> str:
    """A number with a real minus sign; ``signed`` adds the plus."""
    text = f"{abs(value):.{digits}f}"
    sign = "" if float(text) == 0 else "−" if value < 0 else "+" if signed else ""
    return sign + text


def full_colour(most: float, say: English) -> str:
    """What the full colour stands for."""
    return say.full_colour(number(most, decimals(most)))


def marked(weight: float, most: float) -> bool:
    """Whether a word is marked: where weights go up to ``most``, its number reads other than 0."""
    return number(weight, decimals(most)) != number(0, decimals(most))


def doubtful(interval: Interval | None) -> bool:
    """Whether a weight cannot be told from zero."""
    return interval is not None and interval[0] <= 0 <= interval[1]


def margin(interval: Interval | None, digits: int) -> str:
    """How far a weight may be off, as it stands behind the weight; nothing where that is not known, or not at all."""
    wide = 0.0 if interval is None else (interval[1] - interval[0]) / 2
    # a small margin is still none of zero
    said = number(wide, digits if wide >= 0.5 * 10**-digits else digits + 2)
    return f" ± {said}" if float(said) else ""


def intervals(document: Document, target: int) -> list[Interval | None]:
    """The 95 % intervals of one target, None for each feature where there are none."""
    found = document["intervals"]
    return found[target] if found else [None] * len(document["features"])


def strongest(row: list[float], most: int) -> list[int]:
    """Features by absolute weight, strongest first; equal ones in text order."""
    return sorted(range(len(row)), key=lambda i: -abs(row[i]))[:most]


def sure_pairs(document: Document, target: int) -> list[tuple[str, str, float]]:
    """Pairs that surely count together, and enough to be seen, strongest first, by name and weight."""
    if not document["pair_weights"] or not document["pair_intervals"]:
        return []
    names, least = document["features"], FAINT * extent(document)
    rows = zip(document["pairs"], document["pair_weights"][target], document["pair_intervals"][target], strict=True)
    sure = [
        (names[a], names[b], weight)
        for (a, b), weight, interval in rows
        if not doubtful(interval) and abs(weight) >= least
    ]
    return sorted(sure, key=lambda pair: -abs(pair[2]))[:MOST_PAIRS]


def prediction(document: Document) -> list[float]:
    """What the model says of each target: probabilities where there are any, whatever the scale."""
    return document["probabilities"] or document["scores"]


def likely(document: Document) -> bool:
    """Whether ``prediction`` is shares of a whole, which can be drawn as such."""
    return document["probabilities"] is not None or document["scale"] == "probability"


def score(document: Document, target: int) -> str:
    """The prediction of one target; digits by size where it is no probability."""
    said = prediction(document)
    return number(said[target], 2 if likely(document) else decimals(max(1e-6, *map(abs, said))))


def shown_targets(document: Document, target: int) -> list[int]:
    """Targets that a picture has room for, the chosen one among them; the likeliest first unless all fit."""
    order, said = list(range(len(document["targets"]))), prediction(document)
    if len(order) > MOST_TARGETS:
        order.sort(key=lambda i: (i != target, -said[i]))
    return order[:MOST_TARGETS]


def more_targets(document: Document, say: English) -> str:
    """How many targets ``shown_targets`` leaves out; nothing where it leaves out none."""
    left = len(document["targets"]) - MOST_TARGETS
    return say.more_classes(f"{left:,}") if left > 0 else ""


def runs(document: Document) -> list[tuple[str, int | None, bool]]:
    """Cuts the text into stretches: ``(text, feature or None, unread)``; joined they are the text again."""
    text, at, found = document["text"], 0, []
    for feature, (start, stop) in enumerate(document["spans"]):
        found += [(text[at:start], None, False), (text[start:stop], feature, False)]
        at = stop
    end = max(at, document["read"])
    found += [(text[at:end], None, False), (text[end:], None, True)]
    return [run for run in found if run[0]]


def fidelity(document: Document, target: int, say: English) -> list[str]:
    """How the weights add up, and how far they follow the model; nothing of what is not known."""
    said = []
    digits = max(2, decimals(extent(document)))
    if document["weights"] and document["intercepts"]:
        row, base = document["weights"][target], document["intercepts"][target]
        # with every feature kept, each pair counts a quarter of its weight
        together = sum(document["pair_weights"][target]) / 4 if document["joint"] else 0.0
        terms = "pairs" if document["joint"] else "weights" if row else ""
        what = say.quantity(document["scale"], document["targets"][target])
        total, score = base + sum(row) + together, document["scores"][target]
        said.append(say.sum(what, number(base, digits), terms, number(total, digits), number(score, digits)))
    fit = document["fit"]
    if fit.get("convergence"):
        said.append(say.missed(number(fit["convergence"][target], digits)))
    elif fit.get("r2") and document["state"] != "draft":
        r2 = fit["r2"][target]
        little = r2 < LITTLE and document["evaluations"] >= ENOUGH
        known = f"R² {max(r2, 0):.2f}"
        said.append(say.little(known) if little else known)
    return said


def work(document: Document, say: English) -> list[str]:
    """What was done, how it ended, what it took, and with which model.

    Not how long it took: the same seed gives the same file.
    """
    # a method that asks what it needs and no more is not exact, only done
    done = document["state"] == "exact" and not document["intervals"]
    title = say.method(document["method"], document["title"] or document["method"])
    parts = [title, say.removal(document["unit"], document["masker"])]
    parts += ["" if done else say.ends.get(document["state"], ""), say.evaluations(document["evaluations"])]
    return [part for part in (*parts, document["model"]) if part]


def caption(document: Document, target: int, say: English) -> list[str]:
    """All that stands below a picture, in a few words each."""
    return [*fidelity(document, target, say), *work(document, say)]
