"""The answer as a value: one immutable document, the same in memory, on the wire and on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, Self

import numpy as np

from limelight.arrays import Floats, Masks
from limelight.document import checks
from limelight.document.kept import checked
from limelight.document.parts import Answer, Attention, Exam, Fit
from limelight.document.schema import decoded, encoded
from limelight.document.targets import Choice, position
from limelight.errors import InputError
from limelight.scales import exclusive, probabilities
from limelight.surrogate.spectrum import by_size, columns
from limelight.text.fields import Field, Place, Spot, spot_of


@dataclass(frozen=True, eq=False)
class Document:
    """How much each feature of an input counts for each target of a model.

    For target ``t`` the explanation reads ``intercepts[t] + weights[t] @ kept``,
    where ``kept`` is 1 for every feature left in the text: with all of them kept
    it approximates ``scores[t]``, with none of them the empty text.

    Attributes:
        fields: the input, each text byte for byte under its name.
        places: where the ``d`` features stand: ``(field, start, stop)``, the field by position, in
            code points of its text. ``spans`` is the same as a user writes it.
        targets: the ``k`` targets.
        scores: ``(k,)`` the model's own answer on the whole input.
        weights: ``(k, d)``, or None while only the scores are known: a number
            that was not estimated is never shown as if it was.
        intercepts: ``(k,)`` base values; None without ``weights``, and where these add up to nothing.
        intervals: ``(k, d, 2)`` 95 % intervals, or None where there are none, as in a draft.
        terms: features, two or more each, that count together beyond what each counts alone.
        term_weights: ``(k, t)`` by how much: the coefficient of each term in ``predict``. Of a pair that is
            part of no larger term it is f(both) - f(first) - f(second) + f(neither), whatever else is left.
        term_intervals: ``(k, t, 2)`` 95 % intervals.
        joint: whether terms are part of the explanation, see ``predict``, rather than an aside.
        joint_weights, joint_intercepts, joint_intervals: where terms are an aside, what stands in place
            of ``weights``, ``intercepts`` and ``intervals`` once they are part of it, see ``with_terms``.
        fit: how well the weights follow the model, a list of ``k`` each: ``"r2"``, the
            share of its variation that they explain, and ``"rank"``, Spearman's rank
            correlation; on texts that were not fitted, except in an exact explanation.
        explained: positions of the fields that are cut into features.
        pinned: places that were never taken out.
        reads: code points of each field that the model reads; fewer than it has
            where the model's window ends before the text does.
        state: ``"prediction"`` (no weights yet), ``"answering"`` (the answer is being written),
            ``"draft"`` (first guess, no intervals), ``"partial"`` (better ones were to come),
            ``"settled"`` (more evaluations would hardly change it), ``"spent"`` (the budget
            ended it), or ``"exact"`` (every text that the method needs was asked: no sampling error).
        method, unit, masker: names of what was done; ``title`` is the method's for readers;
            ``unit`` may be a name for each field.
        contrast: positions of the two classes whose difference is explained, among the
            model's own; or None. Scores are then differences of logits. ``labels``: targets that a reader gave.
        about: places that a reader asked about, besides what the model found itself.
        only: places of the targets that alone are explained; none where all are.
        scale: what scores and weights are measured in: ``"probability"``, ``"logit"``,
            ``"log-odds"`` (against all other targets), ``"log-probability"`` (of an answer) or
            ``"value"``; ``"attention"`` where weights are shares of attention, and add up to no score.
        probabilities: ``(k,)`` the prediction itself, whatever the scale; None for values.
        seed: of every random choice.
        evaluations: texts that the model was asked about.
        budget: evaluations that were allowed.
        model: name of the model.
        dtype: what the model computed in, or ``""`` where it is not known.
        attention: shares of attention between features, or None where it was not looked at.
        exam: removal curves of the likeliest targets, or None.
        answer: what a generating model said, or None.
        removals: sets of features that were taken out together, each of the whole input.
        removal_scores: ``(k, m)`` the model's own answers without them.
        removal_margins: ``(m, k + 1)``, cumulated over targets: the root of the sum of squares of what a stretch adds
            is half the 95 % interval of what goes without some sources; None where answers hold no noise.
        residuals, leverages: ``(n, t + 1)`` and ``(n, d)``, from which the interval of any stretch
            of an answer is worked out; or None.
        warnings: sentences a reader must know before believing the numbers.
        seconds: wall time; not part of equality.
    """

    fields: tuple[Field, ...]
    places: tuple[Place, ...]
    targets: tuple[str, ...]
    scores: Floats
    weights: Floats | None = None
    intercepts: Floats | None = None
    intervals: Floats | None = None
    terms: tuple[tuple[int, ...], ...] = ()
    term_weights: Floats | None = None
    term_intervals: Floats | None = None
    joint: bool = False
    joint_weights: Floats | None = None
    joint_intercepts: Floats | None = None
    joint_intervals: Floats | None = None
    fit: Fit = field(default_factory=Fit)
    explained: tuple[int, ...] | None = None
    pinned: tuple[Place, ...] = ()
    reads: tuple[int, ...] | None = None
    state: str = "prediction"
    method: str = ""
    title: str = ""
    unit: str | Mapping[str, str] = "word"
    masker: str = "delete"
    contrast: tuple[int, int] | None = None
    labels: tuple[str, ...] = ()
    about: tuple[Place, ...] = ()
    only: tuple[Place, ...] = ()
    scale: str = "probability"
    probabilities: Floats | None = None
    seed: int = 0
    evaluations: int = 0
    budget: int = 0
    model: str = ""
    dtype: str = ""
    attention: Attention | None = None
    exam: Exam | None = None
    answer: Answer | None = None
    removals: tuple[tuple[int, ...], ...] = ()
    removal_scores: Floats | None = None
    removal_margins: Floats | None = None
    residuals: Floats | None = None
    leverages: Floats | None = None
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0

    def __post_init__(self) -> None:
        for name, value in checked(self).items():
            object.__setattr__(self, name, value)

    @property
    def text(self) -> str:
        """The text, where there is only one.

        Raises:
            InputError: there are several fields.
        """
        if len(self.fields) > 1:
            names = ", ".join(repr(one.name) for one in self.fields)
            raise InputError(f"the input has the fields {names}, and no one text. Take their texts from .fields.")
        return self.fields[0].text

    @property
    def texts(self) -> tuple[str, ...]:
        """The text of each field."""
        return tuple(one.text for one in self.fields)

    @cached_property
    def features(self) -> tuple[str, ...]:
        """The features as they stand in the input."""
        return tuple(self.fields[at].text[start:stop] for at, start, stop in self.places)

    @cached_property
    def spans(self) -> tuple[Spot, ...]:
        """Where the features stand: ``(start, stop)`` with one field, ``(field name, start, stop)`` with several."""
        return tuple(spot_of(place, self.fields) for place in self.places)

    @property
    def by_word(self) -> bool:
        """Whether it is of an answer, each word of which is a target."""
        return self.answer is not None and self.contrast is None and len(self.targets) >= len(self.answer.spans)

    @property
    def read(self) -> int:
        """Code points that the model reads, of all fields together."""
        return sum(self.reads or ())

    def index(self, target: Choice | None = None) -> int:
        """Position of a target, given by name, position or place.

        None means the one with the highest score; of a contrast the side that was asked for.

        Raises:
            InputError: there is no such target, or none at all.
        """
        if target is not None:
            return position(self.targets, target)
        if not self.targets:
            raise InputError(
                "the explanation has no targets. limelight explains what a model gives a score to; "
                "wait until it has said what there is, or show the text alone."
            )
        return 0 if self.contrast is not None else int(np.argmax(self.scores))

    def top(self, n: int | None = 10, target: Choice | None = None) -> list[tuple[str, float]]:
        """The ``n`` features with the largest absolute weight, strongest first.

        Args:
            n: how many; None for all.
            target: name or position; None as in ``index``.

        Returns:
            ``[(feature, weight), ...]``; an occurrence is a feature of its own, so
            a repeated word can appear twice.

        Raises:
            InputError: there is no such target, or ``n`` is no whole number from 0 up.
        """
        checks.check_count("top", n)
        row, features = self.estimated()[self.index(target)], self.features
        order = np.argsort(-np.abs(row), kind="stable")[:n]
        return [(features[i], float(row[i])) for i in order]

    def predict(self, masks: Masks | Floats) -> Floats:
        """What the explanation says that the model says of thinned texts.

        A term of ``s`` features counts, on top of the weights, as much as keeping all of them
        differs from what the mean over masks and the features alone let expect:
        ``prod kept - sum kept / 2^(s-1) + (s-1) / 2^s``; of a pair, (kept - 1/2) of both, multiplied.

        Args:
            masks: ``bool[n, d]``, True where a feature is kept.

        Returns:
            ``(n, k)``, on ``scale``.

        Raises:
            InputError: the weights add up to no score, or there are none, or a mask is not one of these features.
        """
        weights = self.estimated()
        if self.intercepts is None:
            raise InputError(f"the weights of {self.method!r} add up to no score, so they predict nothing.")
        kept = checks.masks(masks, weights.shape[1])
        answers: Floats = kept @ weights.T + self.intercepts
        if self.joint and self.term_weights is not None:
            answers = answers + columns(kept, self.terms) @ self.term_weights.T
        return answers

    def with_terms(self) -> Self:
        """The explanation whose terms are part of it: more of the model, from the same evaluations.

        A line through an uneven model is one thing, and a line beside terms another, so the weights
        differ. ``fit["r2"]`` becomes ``fit["together"]``. What was examined is the order of the weights as
        they were, and stays behind.

        Raises:
            InputError: there are no terms, or they are part of it already.
        """
        if self.joint_weights is None:
            why = "has its terms as part of it already" if self.joint else "has no terms beside its weights"
            raise InputError(f"this explanation by {self.method!r} {why}. with_terms takes one of lime or shapley.")
        fit = self.fit | {"r2": self.fit["together"]} if "together" in self.fit else self.fit
        return replace(
            self,
            weights=self.joint_weights,
            intercepts=self.joint_intercepts,
            intervals=self.joint_intervals,
            joint=True,
            joint_weights=None,
            joint_intercepts=None,
            joint_intervals=None,
            fit=fit,
            exam=None,
        )

    def without(self, masks: Masks | Floats) -> Floats:
        """What ``predict`` says once each feature is out, too: ``bool[n, d] -> (n, d, k)``.

        At the price of one prediction, not of d. Of a feature that was out before it says nothing.
        """
        weights = self.estimated()
        answers: Floats = self.predict(masks)[:, None] - weights.T
        if self.joint and self.term_weights is not None:
            masks = np.asarray(masks, dtype=float)
            for terms, rows in by_size(self.terms):
                kept, share, own = masks[:, terms], 2.0 ** (1 - terms.shape[1]), self.term_weights[:, rows]
                for at in range(terms.shape[1]):
                    others = np.delete(kept, at, axis=2).prod(axis=2) - share
                    place = np.eye(weights.shape[1])[terms[:, at]]
                    answers -= np.einsum("nt,kt,td->ndk", others, own, place, optimize=True)
        return answers

    def answers(self, scores: Floats) -> Floats:
        """Scores ``(..., k)`` on ``scale`` as the model itself gives them: probabilities, unless it has none."""
        if self.probabilities is None or self.contrast is not None:
            return scores
        return probabilities(scores, self.scale, exclusive(self.probabilities[None]))

    def estimated(self) -> Floats:
        """The weights.

        Raises:
            InputError: there are none yet.
        """
        if self.weights is None:
            raise InputError(
                "this explanation holds only the prediction: it was stopped before any weight was estimated. "
                "Run it again, or give it more time."
            )
        return self.weights

    @cached_property
    def wire(self) -> dict[str, Any]:
        """``to_dict``, worked out once, for whoever only reads it."""
        return self.to_dict()

    def to_dict(self) -> dict[str, Any]:
        """The document as plain JSON types. ``from_dict`` is its inverse."""
        return encoded({one.name: getattr(self, one.name) for one in fields(self)} | {"features": self.features})

    @classmethod
    def from_dict(cls, document: object) -> Self:
        """Builds an explanation from ``to_dict``'s document, of this schema or of the one before.

        Raises:
            InputError: the document has another schema, or something in it could not be drawn.
        """
        known = {one.name for one in fields(cls)}
        return cls(**{name: value for name, value in decoded(document).items() if name in known})

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Document):
            return NotImplemented
        return self is other or all(
            _same(getattr(self, one.name), getattr(other, one.name)) for one in fields(self) if one.name != "seconds"
        )

    __hash__ = None  # type: ignore[assignment]


def _same(one: object, other: object) -> bool:
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return np.array_equal(one, other)
    return type(one) is type(other) and one == other
