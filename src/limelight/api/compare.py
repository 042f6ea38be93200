"""Explanations side by side, and how true each is to its model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from html import escape
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from limelight.api.evaluate import examined
from limelight.api.explain import KEYWORDS
from limelight.api.options import Options
from limelight.api.steps import steps
from limelight.arrays import Floats
from limelight.captions import captions
from limelight.document.targets import distinct
from limelight.errors import InputError, LimelightError, visible
from limelight.evaluation.score import Score, Scores, best
from limelight.explanation import Explanation
from limelight.methods import Method, as_method
from limelight.phrasebook import reject_unknown
from limelight.predictors import Model, Predictor, load_predictor
from limelight.predictors.options import Loading
from limelight.predictors.prompting import Template
from limelight.render import html
from limelight.text.fields import Field, Given, Spot, check_fields, fields_of, is_chat
from limelight.text.spans import Splitter

if TYPE_CHECKING:
    import pandas

TOP = 5
DEFAULT = ("interactions", "lime", "occlusion", "integrated_gradients")


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

    labels: tuple[str, ...] = ()
    explanations: tuple[Explanation, ...] = ()
    scores: tuple[Scores, ...] = ()
    agreement: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    shared: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    failures: dict[str, str] = field(default_factory=dict)

    @property
    def best(self) -> str | None:
        """The label that did best on the exam: the largest removal gap, on average over ways to remove words.

        None where another reads the same with two digits.
        """
        at = best([[score.srg for score in scores] for scores in self.scores])
        return None if at is None else self.labels[at]

    def to_dict(self) -> dict[str, Any]:
        """The comparison as plain JSON types; an agreement that is not defined is None."""
        return {
            "labels": list(self.labels),
            "explanations": [one.to_dict() for one in self.explanations],
            "scores": [[{**asdict(score), "share": score.share} for score in scores] for scores in self.scores],
            "agreement": _plain(self.agreement),
            "shared": _plain(self.shared),
            "best": self.best,
            "failures": dict(self.failures),
        }

    def to_frame(self) -> pandas.DataFrame:
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
            f"<p>{escape(_told(found.unit, scores))}</p>{html.picture(*found.chosen(None), whole=found)}"
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


def _told(unit: str | Mapping[str, str], scores: Sequence[Score]) -> str:
    parts = []
    for found in scores:
        part = (
            f"{captions().removal([unit] if isinstance(unit, str) else [], found.masker)}: removal gap {found.srg:.3f}"
        )
        if found.share is not None:
            part += f" ({found.share:.0%} of what a search can reach)"
        if found.r2 is not None:
            part += f", R² on fresh texts {max(found.r2, 0):.2f}"
        parts.append(part)
    return "; ".join(parts)


def compare(
    text: Given | Iterable[Given],
    model: Model | list[Any] | None = None,
    *,
    methods: str | Method | Sequence[str | Method] = DEFAULT,
    beam: bool = False,
    # generated from Options, Loading: signature without method
    unit: str | Splitter | Mapping[str, str | Splitter] = "word",
    masker: str = "delete",
    scale: str = "auto",
    budget: int | str = "auto",
    time_budget: float | None = None,
    contrast: tuple[str | int, str | int] | None = None,
    labels: Sequence[str] | None = None,
    about: Sequence[Spot] = (),
    only: Sequence[Spot] = (),
    answer: str | None = None,
    earlier: bool = False,
    draft: Model | None = None,
    explained: Sequence[str] | None = None,
    phrases: Sequence[Spot] = (),
    opened: Sequence[Spot] = (),
    seed: int = 0,
    class_names: Sequence[str] | None = None,
    device: str = "auto",
    dtype: str = "auto",
    safetensors_only: bool = True,
    windows: bool = False,
    template: Template = "auto",
    generation: Mapping[str, Any] | None = None,
    # end of generated
    **unknown: NoReturn,
) -> Comparison:
    """Explains with several methods, and examines each.

    Args:
        text: one text as ``explain`` takes it, or a list of texts to put side by side.
        model: one model, or a list of models.
        methods: names or instances; with several texts or models the first is used.
        beam: also find what share of the reachable each gets, see ``evaluate``.
        unit: what a feature is: ``'word'``, ``'sentence'``, ``'paragraph'``, ``'source'`` (a part of a list),
            ``'token'`` (the model's), ``'character'``, a function to spans ``[(start, stop), ...]``, or a dict by
            field.
        masker: how a feature is taken out: ``'delete'``, or ``'mask'`` for the model's own mask token in its place.
        scale: what weights are measured in: ``'probability'``, ``'logit'``, ``'log-odds'`` (each class against the
            rest), ``'log-probability'``, or ``'auto'``: the method's own, and the plain value where the model answers
            no probabilities.
        budget: ``'auto'`` to stop when the answer is settled (after 2,000 evaluations at the latest), or the number of
            model evaluations to spend.
        time_budget: seconds after which the answer so far is given; None for no limit.
        contrast: two classes, by name or position: why the first rather than the second, on the difference of their
            logits.
        labels: what a zero-shot model, one of entailment or a language model is to choose among; None for its own
            targets.
        about: spans to ask about, too, of a model that labels words: why is there no entity? They stay in the text.
        only: spans of targets, of a model whose targets stand in its input: these alone are explained, and words of the
            others can be taken out as any.
        answer: what a language model is taken to have said, to be explained; None for what it writes itself.
        earlier: whether to find out, too, what the earlier words of a language model's answer do to its later ones:
            each is taken out of what was said before.
        draft: a smaller model on this machine, as ``model``, that is asked first: its guess is shown at once, and what
            the model says corrects it; None for none.
        explained: names of the fields that are cut into features, of an input with several; None for all.
        phrases: spans of the text, with several fields ``(field, start, stop)``: features that one touches count as
            one.
        opened: spans: features that one touches are cut finer, a sentence into words, a word into characters.
        seed: of every random choice: the same seed gives the same answer.
        class_names: names of the ``k`` classes, in their order; None for the model's own.
        device: where a model that limelight loads is put: ``'auto'`` (an accelerator if there is one), ``'cpu'``,
            ``'cuda:1'``.
        dtype: what a model that limelight loads computes in: ``'float32'``, ``'bfloat16'``, or ``'auto'``: bfloat16
            where the hardware is faster in it and it moves no probability by more than .005 on a dozen texts that are
            asked first.
        safetensors_only: refuse weights stored as pickles, which can run code.
        windows: read a text beyond the model's window in windows that overlap, and average their answers; else the
            model stops reading where its window ends.
        template: how an input becomes the prompt of a language model: ``'auto'`` for its own chat template where it has
            one, a format string with the fields' names, a function from a dict of texts to a str or a chat, or None for
            the text as it is.
        generation: how a language model writes its answer, as transformers' generate calls it: ``{'max_new_tokens':
            30}``; None for the likeliest token each time, at most 64.

    Raises:
        InputError: more than one of text, model and methods is to be compared, or there is nothing to explain.

    Example:
        >>> compare("It is not a bad film.", methods=["interactions", "lime"]).best  # doctest: +SKIP
    """
    reject_unknown("compare", unknown, [*(name for name in KEYWORDS if name != "method"), "methods", "beam"])
    # generated from Options, Loading: collected without method
    options = Options(
        unit=unit,
        masker=masker,
        scale=scale,
        budget=budget,
        time_budget=time_budget,
        contrast=contrast,
        labels=labels,
        about=about,
        only=only,
        answer=answer,
        earlier=earlier,
        draft=draft,
        explained=explained,
        phrases=phrases,
        opened=opened,
        seed=seed,
    )
    loading = Loading(
        class_names=class_names,
        device=device,
        dtype=dtype,
        safetensors_only=safetensors_only,
        windows=windows,
        template=template,
        generation=generation,
    )
    # end of generated
    texts = [text] if is_chat(text) else _listed(text)
    contestants = asked(texts, model if isinstance(model, list) else [model], _listed(methods), loading)
    comparison = Comparison()
    for step in comparing(contestants, options, beam):
        if isinstance(step, Comparison):
            comparison = step
    return comparison


@dataclass(frozen=True)
class Contestant:
    """One of those that are compared.

    Attributes:
        label: what it is called.
        fields: the input.
        predictor: the model.
        method: the way to explain.
    """

    label: str
    fields: tuple[Field, ...]
    predictor: Predictor
    method: Method


def asked(
    texts: Sequence[Given], models: Sequence[Any], methods: Sequence[str | Method], loading: Loading
) -> list[Contestant]:
    """Those that are to be compared: several texts, several models, or several methods.

    Raises:
        InputError: several texts and several models, nothing at all, or something that cannot be explained.
    """
    inputs = [fields_of(one) for one in texts]
    for fields in inputs:
        check_fields(fields)
    for name, what in (("text", texts), ("model", models), ("methods", methods)):
        if not what:
            raise InputError(
                f"{name} is empty. compare takes one {name.removesuffix('s')} or a list of some; give one."
            )
    if len(texts) > 1 and len(models) > 1:
        raise InputError(
            f"{len(texts)} texts and {len(models)} models were given. compare takes several of one of them; keep the "
            "other to one."
        )
    several = len(texts) > 1 or len(models) > 1
    chosen = [as_method(method) for method in (methods[:1] if several else methods)]
    predictors = [load_predictor(each, loading) for each in models]
    names = [str(one) for one in texts] if len(texts) > 1 else [one.name for one in predictors]
    if not several:
        names = [method.title for method in chosen]
    each = [(fields, predictor, method) for fields in inputs for predictor in predictors for method in chosen]
    return [Contestant(label, *one) for label, one in zip(distinct(names), each, strict=True)]


def comparing(
    contestants: Sequence[Contestant], options: Options, beam: bool = False
) -> Iterator[Comparison | Explanation | None]:
    """Yields the comparison as it grows, one contestant more each time; in between what one has found, or None."""
    comparison = Comparison()
    for one in contestants:
        draft = options.draft if one.method.takes_draft else None
        own, explanation = replace(options, method=one.method, draft=draft), None
        try:
            for step in steps(one.fields, one.predictor, own, watched=options.time_budget is not None):
                explanation = step or explanation
                yield step
            assert explanation is not None  # the prediction at least
            scores: list[Score] = []
            for score in examined(explanation, one.predictor, beam=beam, seed=options.seed):
                scores += [] if score is None else [score]
                yield None
        except LimelightError as problem:
            comparison = replace(comparison, failures={**comparison.failures, one.label: str(problem)})
        else:
            explanations = (*comparison.explanations, explanation)
            agreement, shared = _grown(comparison, explanation)
            comparison = replace(
                comparison,
                labels=(*comparison.labels, one.label),
                explanations=explanations,
                scores=(*comparison.scores, Scores(scores)),
                agreement=agreement,
                shared=shared,
            )
        yield comparison


def _plain(table: Floats) -> list[list[float | None]]:
    return [[None if np.isnan(value) else float(value) for value in row] for row in table]


def _listed(given: object) -> list[Any]:
    """Several as a list; what is one thing, or none that can be gone through, alone."""
    return list(given) if isinstance(given, Iterable) and not isinstance(given, (str, bytes, Mapping)) else [given]


def _grown(comparison: Comparison, new: Explanation) -> tuple[Floats, Floats]:
    """The tables of agreement with one explanation more: only what is new is worked out."""
    m = len(comparison.explanations)
    tables = np.full((2, m + 1, m + 1), np.nan)
    tables[:, :m, :m] = comparison.agreement, comparison.shared
    tables[:, m, m] = _agreement(new, new)
    for at, old in enumerate(comparison.explanations):
        tables[:, at, m], tables[:, m, at] = _agreement(old, new), _agreement(new, old)
    return tables[0], tables[1]


def _agreement(one: Explanation, other: Explanation) -> tuple[float, float]:
    """Rank correlation of the weights, and share of common words among the first, for what the one predicts."""
    from scipy.stats import spearmanr

    if one.places != other.places or one.fields != other.fields or one.targets != other.targets:
        return np.nan, np.nan
    mine, theirs = one.estimated()[one.index()], other.estimated()[one.index()]
    flat = np.ptp(mine) == 0 or np.ptp(theirs) == 0
    rank = 1.0 if one is other else 0.0 if flat else float(spearmanr(mine, theirs)[0])
    first, second = ({*np.argsort(-np.abs(row), kind="stable")[:TOP].tolist()} for row in (mine, theirs))
    return rank, len(first & second) / len(first | second)
