"""The answer: one immutable document, the same in memory, on the wire and on disk."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from limelight.errors import InputError, closest, listing, visible
from limelight.protocol import SCHEMA
from limelight.render import html, latex, png, svg
from limelight.render.files import cell, read, written
from limelight.scales import exclusive, probabilities

_ARRAYS = ("scores", "probabilities", "weights", "intercepts", "intervals", "pair_weights", "pair_intervals")


def position(targets: tuple[str, ...], target: str | int) -> int:
    """Where a target stands, by name or position.

    Raises:
        InputError: there is no such target.
    """
    if isinstance(target, str):
        if target in targets:
            return targets.index(target)
    elif isinstance(target, (int, np.integer)) and -len(targets) <= target < len(targets):
        return int(target) % len(targets)
    raise InputError(
        f"unknown target {target!r}. Accepted: {listing(targets)}, or a position." + closest(target, targets)
    )


@dataclass(frozen=True, eq=False)
class Explanation:
    """How much each feature of a text counts for each target of a model.

    For target ``t`` the explanation reads ``intercepts[t] + weights[t] @ kept``,
    where ``kept`` is 1 for every feature left in the text: with all of them kept
    it approximates ``scores[t]``, with none of them the empty text.

    Attributes:
        text: the original text, byte for byte.
        features: the ``d`` features, as they stand in the text.
        spans: ``d`` pairs ``(start, stop)`` in code points of ``text``.
        targets: the names of the ``k`` targets.
        scores: ``(k,)`` the model's own answer on the whole text.
        weights: ``(k, d)``, or None while only the scores are known: a number
            that was not estimated is never shown as if it was.
        intercepts: ``(k,)`` base values; None without ``weights``, and where these add up to nothing.
        intervals: ``(k, d, 2)`` 95 % intervals, or None where there are none, as in a draft.
        fit: how well the weights follow the model, a list of ``k`` each: ``"r2"``, the
            share of its variation that they explain, and ``"rank"``, Spearman's rank
            correlation; on texts that were not fitted, except in an exact explanation.
        pairs: ``p`` pairs of features that count together beyond what each counts alone.
        pair_weights: ``(k, p)`` by how much: f(both) - f(first) - f(second) + f(neither),
            on average over what else is left in the text.
        pair_intervals: ``(k, p, 2)`` 95 % intervals.
        joint: whether pairs are part of the explanation, ``pair_weights @ ((kept - 1/2) of both)``
            on top of the weights, rather than an aside.
        state: ``"prediction"`` (no weights yet), ``"draft"`` (first guess, no intervals),
            ``"partial"`` (better ones were to come), ``"settled"`` (more evaluations would
            hardly change it), ``"spent"`` (the budget ended it), or ``"exact"`` (every
            text that the method needs was asked: no sampling error).
        method, unit, masker: names of what was done; ``title`` is the method's for readers.
        contrast: positions of the two classes whose difference is explained, among the
            model's own; or None. Scores are then differences of logits.
        scale: what scores and weights are measured in: ``"probability"``, ``"logit"``,
            ``"log-odds"`` (against all other targets), or ``"value"``; ``"attention"`` where
            weights are shares of attention, and add up to no score.
        probabilities: ``(k,)`` the prediction itself, whatever the scale; None for values.
        seed: of every random choice.
        evaluations: texts that the model was asked about.
        budget: evaluations that were allowed.
        model: name of the model.
        dtype: what the model computed in, or ``""`` where it is not known.
        attention: ``layers``, ``heads`` and ``data``: shares of attention between features,
            ``(layers, heads, d, d)``, as bytes of 255ths in base64; None where it was not looked at.
        exam: removal curves of the likeliest targets, as ``limelight.evaluation.exam.exam`` makes
            them, or None.
        read: code points of ``text`` that the model reads; fewer than ``len(text)``
            where its window ends before the text does.
        warnings: sentences a reader must know before believing the numbers.
        seconds: wall time; not part of equality.
    """

    text: str
    features: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    targets: tuple[str, ...]
    scores: np.ndarray
    weights: np.ndarray | None
    intercepts: np.ndarray | None
    intervals: np.ndarray | None = None
    fit: dict[str, Any] = field(default_factory=dict)
    method: str = ""
    title: str = ""
    contrast: tuple[int, int] | None = None
    unit: str = "word"
    masker: str = "delete"
    scale: str = "probability"
    probabilities: np.ndarray | None = None
    pairs: tuple[tuple[int, int], ...] = ()
    pair_weights: np.ndarray | None = None
    pair_intervals: np.ndarray | None = None
    joint: bool = False
    state: str = "prediction"
    seed: int = 0
    evaluations: int = 0
    budget: int = 0
    model: str = ""
    dtype: str = ""
    attention: dict[str, Any] | None = None
    exam: dict[str, Any] | None = None
    read: int | None = None
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0

    def __post_init__(self) -> None:
        for name in _ARRAYS:
            value = getattr(self, name)
            if value is not None:
                value = np.array(value, dtype=float)
                value.flags.writeable = False
                object.__setattr__(self, name, value)
        for name in ("features", "targets", "warnings"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if self.contrast is not None:
            object.__setattr__(self, "contrast", tuple(self.contrast))
        for name in ("spans", "pairs"):
            object.__setattr__(self, name, tuple((int(a), int(b)) for a, b in getattr(self, name)))
        if self.read is None:
            object.__setattr__(self, "read", len(self.text))
        k, d, p = len(self.targets), len(self.features), len(self.pairs)
        expected = {"scores": (k,), "probabilities": (k,), "weights": (k, d), "intercepts": (k,)}
        expected |= {"intervals": (k, d, 2), "pair_weights": (k, p), "pair_intervals": (k, p, 2)}
        for name, shape in expected.items():
            value = getattr(self, name)
            # JSON has no shape for a table without columns
            if value is not None and value.shape != shape:
                if value.size or 0 not in shape:
                    raise InputError(
                        f"{name} has shape {value.shape}. With {k} targets and {d} features an Explanation "
                        f"takes {shape}; build it from one document, or with dataclasses.replace."
                    )
                object.__setattr__(self, name, value.reshape(shape))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Explanation):
            return NotImplemented
        mine, theirs = self.to_dict(), other.to_dict()
        return all(mine[name] == theirs[name] for name in mine if name != "seconds")

    __hash__ = None

    def __repr__(self) -> str:
        if not self.targets:
            return "Explanation()"
        best = self.index()
        head = f"{self.targets[best]} {self.scores[best]:.2f}"
        if self.weights is None:
            return visible(f"<Explanation {head}: prediction only>")
        strongest = ", ".join(f"{feature} {weight:+.2f}" for feature, weight in self.top(3))
        return visible(f"<Explanation {head}: {strongest}>")

    def index(self, target: str | int | None = None) -> int:
        """Position of a target; None means the one with the highest score.

        Raises:
            InputError: there is no such target.
        """
        return int(np.argmax(self.scores)) if target is None else position(self.targets, target)

    def top(self, n: int | None = 10, *, target: str | int | None = None) -> list[tuple[str, float]]:
        """The ``n`` features with the largest absolute weight, strongest first.

        Args:
            n: how many; None for all.
            target: name or position; None for the target with the highest score.

        Returns:
            ``[(feature, weight), ...]``; an occurrence is a feature of its own, so
            a repeated word can appear twice.
        """
        row = self._estimated()[self.index(target)]
        order = np.argsort(-np.abs(row), kind="stable")[:n]
        return [(self.features[i], float(row[i])) for i in order]

    def predict(self, masks: np.ndarray) -> np.ndarray:
        """What the explanation says that the model says of thinned texts.

        Args:
            masks: ``bool[n, d]``, True where a feature is kept.

        Returns:
            ``(n, k)``, on ``scale``.

        Raises:
            InputError: the weights add up to no score, or there are none.
        """
        weights = self._estimated()
        if self.intercepts is None:
            raise InputError(f"the weights of {self.method!r} add up to no score, so they predict nothing.")
        masks = np.asarray(masks, dtype=float)
        said = masks @ weights.T + self.intercepts
        if self.joint:
            first, second = np.array(self.pairs).T
            said = said + ((masks[:, first] - 0.5) * (masks[:, second] - 0.5)) @ self.pair_weights.T
        return said

    def without(self, masks: np.ndarray) -> np.ndarray:
        """What ``predict`` says once each feature is out, too: ``bool[n, d] -> (n, d, k)``.

        At the price of one prediction, not of d. Of a feature that was out before it says nothing.
        """
        said = self.predict(masks)[:, None] - self.weights.T
        if self.joint:
            both = np.zeros((*self.weights.shape, self.weights.shape[1]))
            first, second = np.array(self.pairs).T
            both[:, first, second] = both[:, second, first] = self.pair_weights
            said = said - ((masks - 0.5) @ both).transpose(1, 2, 0)
        return said

    def answers(self, scores: np.ndarray) -> np.ndarray:
        """Scores ``(..., k)`` on ``scale`` as the model itself gives them: probabilities, unless it has none."""
        if self.probabilities is None or self.contrast is not None:
            return scores
        return probabilities(scores, self.scale, exclusive(self.probabilities[None]))

    def to_dict(self) -> dict[str, Any]:
        """The document as plain JSON types. ``from_dict`` is its inverse."""
        document: dict[str, Any] = {"schema": SCHEMA}
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, np.ndarray):
                value = value.tolist()
            elif isinstance(value, tuple):
                value = [list(v) if isinstance(v, tuple) else v for v in value]
            elif isinstance(value, dict):
                value = {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in value.items()}
            document[item.name] = value
        return document

    @classmethod
    def from_dict(cls, document: dict[str, Any]) -> Explanation:
        """Builds an explanation from ``to_dict``'s document.

        Raises:
            InputError: the document has another schema, or a field is missing.
        """
        if not isinstance(document, dict) or document.get("schema") != SCHEMA:
            given = document.get("schema") if isinstance(document, dict) else type(document).__name__
            raise InputError(
                f"the document has schema {given!r}. This limelight reads {SCHEMA!r}; "
                "write it again with Explanation.save, or install the limelight that wrote it."
            )
        known = {item.name for item in fields(cls)}
        try:
            return cls(**{name: value for name, value in document.items() if name in known})
        except TypeError as error:
            raise InputError(
                f"the document is not complete ({error}). limelight reads what Explanation.to_dict wrote; "
                "save the explanation again."
            ) from error

    def to_json(self, path: str | Path | None = None) -> str:
        """The document as JSON text, also written to ``path`` if one is given."""
        return written(json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False), path)

    def save(self, path: str | Path) -> None:
        """Writes the document to a file that ``limelight.load`` reads back unchanged."""
        self.to_json(path)

    @classmethod
    def load(cls, path: str | Path) -> Explanation:
        """Reads a file that ``save`` wrote.

        Raises:
            InputError: the file cannot be read, or holds something else.
        """
        text = read(path)
        try:
            document = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InputError(
                f"{str(path)!r} holds no JSON that can be read ({error}). limelight loads the files that "
                "Explanation.save writes; give the path of one."
            ) from error
        return cls.from_dict(document)

    def to_frame(self):
        """A pandas DataFrame: a row a feature, with its span and a column of weights per target."""
        try:
            import pandas
        except ImportError as error:
            raise ImportError("to_frame needs pandas, which is not installed; pip install pandas.") from error
        starts, stops = zip(*self.spans, strict=True) if self.spans else ((), ())
        frame = pandas.DataFrame({"feature": self.features, "start": starts, "stop": stops})
        weights = pandas.DataFrame(self._estimated().T, columns=list(self.targets))
        return pandas.concat([frame, weights], axis=1)

    def to_html(self, path: str | Path | None = None, *, target: str | int | None = None, lang: str = "") -> str:
        """One page that works offline and from ``file://``, with clickable class switches.

        Args:
            path: also write the page there.
            target: the class that is switched on first; None for the highest score.
            lang: of the captions: ``"en"`` or ``"zh"``; empty for the browser's.
        """
        return written(html.page(self.to_dict(), self.targets[self.index(target)], lang), path)

    def to_svg(
        self,
        path: str | Path | None = None,
        *,
        target: str | int | None = None,
        width: float = svg.WIDTH,
        dark: bool = False,
        lang: str = "",
    ) -> str:
        """A picture as on screen, for papers and slides; needs no browser and no font of its own.

        Args:
            path: also write the picture there.
            target: the class to show; None for the highest score.
            width: in pixels, at least 240; the height follows.
            dark: on a dark ground.
            lang: of the captions: ``"en"`` or ``"zh"``; empty for English.
        """
        return written(svg.draw(self.to_dict(), self.index(target), width, dark, lang), path)

    def to_png(
        self,
        path: str | Path | None = None,
        *,
        target: str | int | None = None,
        width: float = svg.WIDTH,
        scale: float = 2,
        dark: bool = False,
        lang: str = "",
    ) -> bytes:
        """``to_svg``'s picture in pixels, ``scale`` of them for each of the width's; needs resvg-py.

        Raises:
            ImportError: resvg-py is not installed.
            InputError: the picture would be too large, or this machine has no fonts.
        """
        return written(png.render(self.to_svg(target=target, width=width, dark=dark, lang=lang), scale), path)

    def to_latex(self, path: str | Path | None = None, *, target: str | int | None = None, lang: str = "") -> str:
        """A snippet for papers: the words in coloured boxes, and a caption. It says what it needs.

        Args:
            path: also write the snippet there.
            target: the class to show; None for the highest score.
            lang: of the captions: ``"en"`` or ``"zh"``; empty for English.
        """
        return written(latex.snippet(self.to_dict(), self.index(target), lang), path)

    def to_csv(self, path: str | Path | None = None) -> str:
        """A table for spreadsheets: a row a feature, with its span and a column of weights per target.

        Text that a spreadsheet would take for a formula has an apostrophe before it, see
        ``limelight.render.files.cell``; ``to_frame`` and ``to_json`` hold it as it is.
        """
        table = io.StringIO()
        rows = csv.writer(table)
        rows.writerow(["feature", "start", "stop", *map(cell, self.targets)])
        for feature, span, weights in zip(self.features, self.spans, self._estimated().T.tolist(), strict=True):
            rows.writerow([cell(feature), *span, *weights])
        return written(table.getvalue(), path)

    def _repr_html_(self) -> str:
        return html.picture(self.to_dict(), self.index())

    def _repr_latex_(self) -> str:
        # for nbconvert's PDFs; wherever HTML can be shown it comes first
        return self.to_latex()

    def _estimated(self) -> np.ndarray:
        if self.weights is None:
            raise InputError(
                "this explanation holds only the prediction: it was stopped before any weight was estimated. "
                "Run it again, or give it more time."
            )
        return self.weights
