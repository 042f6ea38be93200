"""Explanations side by side, and how true each is to its model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from limelight.api.explain import explain, targets_of
from limelight.captions import captions
from limelight.errors import InputError, LimelightError, choose, listing, reject_unknown, visible
from limelight.evaluation.exam import Score, score
from limelight.explanation import Explanation
from limelight.masking.game import MASKERS, MaskedPredictor
from limelight.methods import Method, as_method
from limelight.predictors import Predictor, as_predictor, bundled
from limelight.predictors.base import distinct
from limelight.render import html
from limelight.text.checks import check_characters

TOP = 5
SAME = 0.02  # of a probability: more than a precision, a device or a library moves it
DEFAULT = ("surrogate", "lime", "occlusion", "integrated_gradients")


def evaluate(
    explanation: Explanation,
    model: object = None,
    *,
    target: str | int | None = None,
    maskers: Sequence[str] | None = None,
    beam: bool = False,
    seed: int = 0,
    **loading,
) -> tuple[Score, ...]:
    """Measures how true an explanation is to the model, by taking words out and asking again.

    The model must be the one that was explained. It is taken for it if its targets have the same
    names, though it may have been trained since; under other names (``class_names``) if it has as
    many and answers the same on the whole text, to within .02 of a probability, or 2 % of a value.

    Args:
        explanation: what to examine, of any method.
        model: the model that was explained, anything that ``as_predictor`` takes; None only where
            that is the bundled sentiment BERT.
        target: name or position; None for the one with the highest score.
        maskers: ways to remove words; None for all that the model allows.
        beam: also look for the best orders there are, which takes some ``4 d**2`` evaluations.
        seed: of the fresh masks.
        **loading: ``class_names``, ``device``, ``dtype``, ``safetensors_only``, ``windows`` of ``as_predictor``.

    Returns:
        A score for each masker.

    Raises:
        InputError: there is no such target, the explanation has no weights, or the model is another one.

    Example:
        >>> evaluate(explain("Not a bad film."))[0].srg  # doctest: +SKIP
    """
    if model is None and explanation.model != bundled.NAME:
        raise InputError(
            f"the explanation is of the model {explanation.model!r}, and no model was given. Without one, limelight "
            "examines explanations of its own model only; give the model that was explained: evaluate(explanation, "
            "model)."
        )
    predictor = as_predictor(model, **loading)
    position = explanation.index(target)
    explanation.top(1)  # says what is wrong where there are no weights
    if maskers is None:
        maskers = [name for name in MASKERS if name != "mask" or predictor.mask_token is not None]
    text, found = explanation.text[: explanation.read], []
    for name in maskers:
        masked = MaskedPredictor(predictor, text, explanation.spans, choose("masker", name, MASKERS), predictor.scale)
        if not found:
            _check_model(explanation, predictor, masked)
        if explanation.contrast is not None:
            masked = masked.on(explanation.scale).between(explanation.contrast)
        own = masked.on(explanation.scale)
        found.append(score(explanation, position, masked, own, masker=name, beam=beam, seed=seed))
    return tuple(found)


def _check_model(explanation: Explanation, predictor: Predictor, masked: MaskedPredictor) -> None:
    """Raises InputError where a model is not the one that was explained, see ``evaluate``."""
    advice = "An explanation is examined on the model that it explains; give that one."
    whole = np.ones((1, len(explanation.features)), dtype=bool)
    (answer,) = masked(whole)
    pair = explanation.contrast
    wanted = len(explanation.targets) if pair is None else max(pair) + 1
    if len(answer) < wanted or (pair is None and len(answer) > wanted):
        more = "" if pair is None else " or more"
        raise InputError(f"the explanation has {wanted} targets{more}, the model {len(answer)}. {advice}")
    if targets_of(predictor, pair) == explanation.targets:
        return
    if pair is not None:  # the probability of the one among the two, before and now
        answers = masked.on(explanation.scale).between(pair)(whole)[0]
        before, now = (1 / (1 + np.exp(-np.clip(scores, -700, 700))) for scores in (explanation.scores, answers))
    elif explanation.probabilities is not None:
        before, now = explanation.probabilities, answer
    else:
        size = max(np.abs(explanation.scores).max(), np.abs(answer).max()) or 1.0
        before, now = explanation.scores / size, answer / size
    if np.abs(before - now).max() > SAME:
        raise InputError(
            f"the explanation is of the targets {listing(explanation.targets)}; the model has "
            f"{listing(targets_of(predictor, pair))}, and answers otherwise on this text. {advice}"
        )


@dataclass(frozen=True)
class Comparison:
    """Several explanations of one text, of one model, or of one method.

    Attributes:
        labels: what each is called.
        explanations: in the same order; those that failed are left out.
        scores: of each, on its predicted target and for each way to remove words; a
            comparison over models or texts is no contest, yet each is examined.
        agreement: ``(m, m)`` rank correlation of the weights of each two, NaN across texts.
        shared: ``(m, m)`` share of common words among the first five of each two (Jaccard).
        failures: the sentence for each that failed.
    """

    labels: tuple[str, ...]
    explanations: tuple[Explanation, ...]
    scores: tuple[tuple[Score, ...], ...]
    agreement: np.ndarray
    shared: np.ndarray
    failures: dict[str, str]

    @property
    def best(self) -> str | None:
        """The label that did best on the exam: the largest removal gap, on average over ways to remove words."""
        gaps = [np.mean([s.srg for s in scores]) for scores in self.scores]
        return self.labels[int(np.argmax(gaps))] if gaps else None

    def to_frame(self):
        """A pandas DataFrame: a row for each explanation and way to remove words."""
        import pandas

        rows = [
            {"label": label, **{name: getattr(s, name) for name in (*s.__dataclass_fields__, "share")}}
            for label, scores in zip(self.labels, self.scores, strict=True)
            for s in scores
        ]
        return pandas.DataFrame(rows)

    def __repr__(self) -> str:
        lines = [
            f"{label}: " + ", ".join(f"gap {s.srg:.3f} ({s.masker})" for s in scores)
            for label, scores in zip(self.labels, self.scores, strict=True)
        ]
        lines += [f"{label}: failed, {problem}" for label, problem in self.failures.items()]
        return visible("\n".join(["<Comparison", *lines]) + ">")

    def _repr_html_(self) -> str:
        blocks = [
            f"<h4>{escape(label)}{' · best on the exam' if label == self.best and len(self.labels) > 1 else ''}</h4>"
            f"<p>{escape(_told(found.unit, scores))}</p>{html.picture(found.to_dict(), found.index())}"
            for label, found, scores in zip(self.labels, self.explanations, self.scores, strict=True)
        ]
        blocks += [f"<h4>{escape(label)}</h4><p>{escape(problem)}</p>" for label, problem in self.failures.items()]
        if len(self.labels) > 1 and np.isfinite(self.agreement[0, 1]):
            head = "".join(f"<th>{escape(label)}</th>" for label in self.labels)
            rows = "".join(
                f"<tr><th>{escape(label)}</th>" + "".join(f"<td>{a:.2f} · {s:.2f}</td>" for a, s in pairs) + "</tr>"
                for label, pairs in zip(
                    self.labels,
                    [zip(a, s, strict=True) for a, s in zip(self.agreement, self.shared, strict=True)],
                    strict=True,
                )
            )
            blocks.append(
                "<p>Agreement: rank correlation of the weights · share of common words among the first five</p>"
                f"<table><tr><th></th>{head}</tr>{rows}</table>"
            )
        return f"<div>{''.join(blocks)}</div>"


def _told(unit: str, scores: Sequence[Score]) -> str:
    parts = []
    for found in scores:
        part = f"{captions().removal(unit, found.masker)}: removal gap {found.srg:.3f}"
        if found.share is not None:
            part += f" ({found.share:.0%} of what a search can reach)"
        if found.r2 is not None:
            part += f", R² on fresh texts {max(found.r2, 0):.2f}"
        parts.append(part)
    return "; ".join(parts)


def compare(
    text: str | Sequence[str],
    model: object = None,
    *,
    methods: Sequence[str | Method] = DEFAULT,
    beam: bool = False,
    seed: int = 0,
    **options,
) -> Comparison:
    """Explains with several methods, and examines each.

    Args:
        text: one text, or a list of texts to put side by side.
        model: one model, or a list of models.
        methods: names or instances; with several texts or models the first is used.
        beam: also find what share of the reachable each gets, see ``evaluate``.
        seed: of every random choice.
        **options: further keywords of ``explain``.

    Raises:
        InputError: more than one of text, model and methods is to be compared, or there is nothing to explain.

    Example:
        >>> compare("It is not a bad film.", methods=["surrogate", "lime"]).best  # doctest: +SKIP
    """
    accepted = set(explain.__kwdefaults__) - {"method", "seed"}
    reject_unknown("compare", options, [*accepted, "methods", "beam", "seed"])
    methods, texts = (_listed(given) for given in (methods, text))
    for each in texts:
        check_characters(each)
    models = model if isinstance(model, list) else [model]
    several = len(texts) > 1 or len(models) > 1
    if not texts or not models or not methods or (len(texts) > 1 and len(models) > 1):
        raise InputError(
            f"{len(texts)} texts, {len(models)} models and {len(methods)} methods were given. compare takes several of "
            "one of them; keep the others to one."
        )
    loading = {
        k: options.pop(k) for k in ("class_names", "device", "dtype", "safetensors_only", "windows") if k in options
    }
    chosen = [as_method(method) for method in (methods[:1] if several else methods)]
    predictors = [as_predictor(each, **loading) for each in models]
    asked = [(t, p, m) for t in texts for p in predictors for m in chosen]
    names = texts if len(texts) > 1 else [p.name for p in predictors] if several else [m.title for m in chosen]
    labels, found, scores, failures = [], [], [], {}
    for label, (one, predictor, method) in zip(distinct(names), asked, strict=True):
        try:
            explanation = explain(one, predictor, method=method, seed=seed, **options)
            examined = evaluate(explanation, predictor, beam=beam, seed=seed)
        except LimelightError as problem:
            failures[label] = str(problem)
            continue
        labels.append(label)
        found.append(explanation)
        scores.append(examined)
    agreement, shared = _agreement(found)
    return Comparison(tuple(labels), tuple(found), tuple(scores), agreement, shared, failures)


def _listed(given: object) -> list:
    """Several as a list; what is one thing, or none that can be gone through, alone."""
    return list(given) if isinstance(given, Iterable) and not isinstance(given, (str, bytes, Mapping)) else [given]


def _agreement(found: Sequence[Explanation]) -> tuple[np.ndarray, np.ndarray]:
    from scipy.stats import spearmanr

    m = len(found)
    agreement, shared = np.full((m, m), np.nan), np.full((m, m), np.nan)
    for i, one in enumerate(found):
        for j, other in enumerate(found):
            if one.spans != other.spans or one.text != other.text or one.targets != other.targets:
                continue
            mine, theirs = one.weights[one.index()], other.weights[one.index()]
            flat = np.ptp(mine) == 0 or np.ptp(theirs) == 0
            agreement[i, j] = 1.0 if i == j else 0.0 if flat else spearmanr(mine, theirs)[0]
            first, second = ({*np.argsort(-np.abs(row), kind="stable")[:TOP].tolist()} for row in (mine, theirs))
            shared[i, j] = len(first & second) / len(first | second)
    return agreement, shared
