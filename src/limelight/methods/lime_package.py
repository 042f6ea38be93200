"""LIME as its authors' package computes it (lime 0.2, LimeTextExplainer), for comparison at equal evaluations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from limelight.captions import note
from limelight.errors import InputError, listing
from limelight.explanation import Explanation
from limelight.methods.base import Budget, Method, Problem
from limelight.methods.lime import SAMPLES
from limelight.text.fields import Place
from limelight.text.inputs import Input
from limelight.text.spans import Span

PIECE = re.compile(r"\w+|\W+")
MOST_WORDS = 2000
MOST_SIGNS = 100_000_000  # in lime's table of pieces, of four bytes each
OWN = note("lime-package")


class LimePackage(Method):
    """What a user of the lime package would have got, by its own code and draws.

    Its defaults are kept: words are what ``\\W+`` leaves, all occurrences of a word are one feature and go together,
    the kernel has width 25 and the ridge a penalty of 1. Only all features and all classes are asked for. It draws
    as many texts as the budget has evaluations; ``budget="auto"`` is lime's own 5,000 or what an explanation may take
    by itself, whichever is less.

    Each occurrence shows its share of the word's weight, the weight divided by the number of occurrences, so that
    weights add up to lime's. A word that lime cuts otherwise gives its share to the features that it overlaps, in
    proportion. ``fit["r2"]`` is lime's own score, on the texts that were fitted. There are no intervals.

    Example:
        >>> explain("Not a bad film.", method="lime-package").top(1)  # doctest: +SKIP
    """

    name = "lime-package"
    title = "LIME, the package"
    asks = "some thousands of evaluations"

    def steps(self, problem: Problem, budget: Budget, seed: int) -> Iterator[Explanation]:
        text, game = _only(problem), problem.game
        samples = min(SAMPLES, budget.most) if budget.settle else budget.most
        latest = replace(
            problem.prediction, budget=samples, masker="delete", warnings=(*problem.prediction.warnings, OWN)
        )
        draws = drawn(text, samples, seed)
        inputs = [Input.of(one) for one in draws.texts]
        for evaluations in game.ask(inputs):
            latest = replace(latest, evaluations=evaluations)
            yield latest
        scores = game.scores(inputs)
        share, inside = shares(draws.words, latest.places)
        found = []
        for target in range(problem.targets):
            found.append(draws.fitted(scores, target))
            yield latest
        own = np.array([weights for weights, _, _ in found])
        if outside := int((~inside).sum()):
            told = note("outside", count=outside, all=len(inside))
            latest = replace(latest, warnings=(*latest.warnings, told))
        weights = own @ share
        yield replace(
            latest,
            weights=weights,
            intercepts=np.array([intercept for _, intercept, _ in found]) + own.sum(axis=1) - weights.sum(axis=1),
            fit={"r2": [score for _, _, score in found]},
            state="spent",
            evaluations=game.evaluations,
        )


def _only(problem: Problem) -> str:
    """The text, of which lime takes one."""
    fields, texts = problem.prediction.fields, problem.game.texts
    if len(fields) > 1:
        raise InputError(
            f"the input has {len(fields)} fields ({listing(one.name for one in fields)}). {LimePackage.title} explains "
            "one text; use method='lime', which explains several."
        )
    return texts[0]


@dataclass
class Draws:
    """What lime drew of a text.

    Stands in the place of lime's regression while it draws: lime draws, asks and fits in one call, and what it asks
    takes long.

    Attributes:
        base: lime's regression.
        selection: how lime selects features.
        words: the occurrences of each, as spans.
        texts: thinned texts, the whole one first.
        masks: ``(n, w)``, 1 where a word is kept.
        distances: ``(n,)`` from the whole text.
    """

    base: Any
    selection: str
    words: list[list[Span]]
    texts: list[str] = field(default_factory=list)
    masks: Any = None
    distances: Any = None

    def explain_instance_with_data(self, masks: Any, _: Any, distances: Any, *rest: Any, **more: Any) -> Any:
        """Keeps what lime would fit."""
        self.masks, self.distances = masks, distances
        return 0.0, [], 0.0, 0.0

    def asked(self, texts: list[str]) -> np.ndarray:
        """Keeps what lime would ask."""
        self.texts = texts
        return np.zeros((len(texts), 1))

    def fitted(self, scores: np.ndarray, target: int) -> tuple[np.ndarray, float, float]:
        """lime's own weights ``(w,)``, intercept and score for one column of scores ``(n, k)``."""
        intercept, pairs, score, _ = self.base.explain_instance_with_data(
            self.masks, scores, self.distances, target, len(self.words), feature_selection=self.selection
        )
        weights = np.zeros(len(self.words))
        for word, weight in pairs:
            weights[word] = weight
        return weights, float(intercept), float(score)


def drawn(text: str, samples: int, seed: int) -> Draws:
    """Has lime draw thinned texts.

    Args:
        text: the whole one.
        samples: number of texts, the whole one among them; some may be alike.
        seed: lime's ``random_state``.

    Raises:
        InputError: lime sees no word in the text.
    """
    from lime.lime_text import LimeTextExplainer

    explainer = LimeTextExplainer(random_state=seed)
    draws = Draws(explainer.base, explainer.feature_selection, words_of(text))
    explainer.base = draws
    explainer.explain_instance(text, draws.asked, labels=(0,), num_samples=samples)
    return draws


def words_of(text: str) -> list[list[Span]]:
    """The words that lime sees, in its order, and where each occurs.

    Raises:
        InputError: there is none, or there are more than lime can hold in memory.
    """
    from lime.lime_text import IndexedString

    pieces = PIECE.findall(text)
    words, longest = set(re.findall(r"\w+", text)), max(map(len, pieces), default=0)
    # lime puts all pieces into one table, each as wide as the longest
    if len(words) > MOST_WORDS or len(pieces) * longest > MOST_SIGNS:
        raise InputError(
            f"the text has {len(words):,} different words, and {longest:,} characters without a break. "
            f"{LimePackage.title} takes up to {MOST_WORDS:,} words, none of them very long; use method='lime', "
            "or shorten the text."
        )
    strings = IndexedString(text)
    if not strings.num_words():
        raise InputError(
            f"the text {text[:40]!r} has no word for {LimePackage.title}, to which words are letters, digits and "
            "underscores; use method='lime', which takes other signs too."
        )
    edges = np.cumsum([0, *map(len, strings.as_list)]).tolist()
    return [[(edges[at], edges[at + 1]) for at in positions] for positions in strings.positions]


def shares(words: Sequence[Sequence[Span]], places: Sequence[Place]) -> tuple[np.ndarray, np.ndarray]:
    """How much of each word's weight each feature has.

    Args:
        words: the occurrences of each, as spans.
        places: of the ``d`` features, ascending.

    Returns:
        ``(w, d)``, rows of which add up to 1 but for what stands in no feature; and ``bool[w]``, whether all of a
        word's occurrences stand in one.
    """
    starts, stops = (np.array([place[at] for place in places]) for at in (1, 2))
    share, inside = np.zeros((len(words), len(places))), np.ones(len(words), dtype=bool)
    for word, spans in enumerate(words):
        for start, stop in spans:
            overlap = np.maximum(0, np.minimum(stop, stops) - np.maximum(start, starts))
            if total := overlap.sum():
                share[word] += overlap / total / len(spans)
            else:
                inside[word] = False
    return share, inside
