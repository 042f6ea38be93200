"""An explanation: the document, and the forms in which it can be taken away."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Self

import numpy as np

from limelight.arrays import Floats
from limelight.captions import captions
from limelight.document import Choice, Document, Target
from limelight.document.checks import MOST_SIZE, check_count
from limelight.errors import InputError, choose, shown, visible
from limelight.options import is_whole
from limelight.phrasebook import ATTRIBUTES, hint
from limelight.render import across, display, grounds, html, latex, matrix, png, svg
from limelight.render.files import cell, read, written

if TYPE_CHECKING:
    import pandas

MOST_LETTERS = 30  # of a feature in a repr


@dataclass(frozen=True, eq=False, repr=False)
class Explanation(Document):
    """How much each feature of an input counts for each target of a model: see ``Document``."""

    def __repr__(self) -> str:
        if not self.targets:
            return "Explanation()"
        if (whole := self.chosen(None)[0]) is not self:
            return repr(whole)
        best = self.index()
        head = f"{_brief(self.targets[best])} {self.scores[best]:.2f}"
        if self.weights is None:
            return f"<Explanation {head}: prediction only>"
        strongest = ", ".join(f"{_brief(feature)} {weight:+.2f}" for feature, weight in self.top(3))
        guess = ", a first guess" if self.state == "draft" else ""
        return f"<Explanation {head}{guess}: {strongest}>"

    if not TYPE_CHECKING:  # type checkers would let any name pass

        def __getattr__(self, name: str) -> NoReturn:
            known = (one for one in {*dir(type(self)), *self.__dataclass_fields__} if not one.startswith("_"))
            words = "" if name.startswith("_") else hint(name, sorted(known), ATTRIBUTES)
            raise AttributeError(f"an Explanation has no {name!r}.{words}")

        def __getitem__(self, key: object) -> NoReturn:
            raise TypeError(
                "an Explanation has no items. Its parts have names: .top(5, target=...) lists the strongest features "
                "of a class, .weights has all, a row for each of .targets and a column for each of .features."
            )

    def over(self, start: int = 0, stop: int | None = None) -> Self:
        """The explanation of a stretch of the answer: one target, the sum of the words that it touches.

        Nothing is asked for it. Its intervals are true up to 400 evaluations; beyond, bounds: the sum of the words'.

        Args:
            start, stop: code points of ``answer.text``; by default all of it, with its end.

        Raises:
            InputError: there is no answer, or no word of it in there.
        """
        if not self.by_word:
            raise InputError(
                "this explanation is of no answer word by word. over takes one of a language model, which says "
                "explanation.answer; for a class, write explanation.top(target=...)."
            )
        return self._of(*self._words(start, stop))

    def _words(self, start: int = 0, stop: int | None = None) -> tuple[int, int]:
        """The targets that a stretch of the answer touches: the first, and the one after the last."""
        assert self.answer is not None
        text, spans = self.answer.text, self.answer.spans
        for edge in (start, stop):
            if edge is not None and not is_whole(edge, 0):
                raise InputError(
                    f"{shown(edge)} is no place in the answer. over takes code points, such as over(0, 5)."
                )
        last = len(text) if stop is None else stop
        touched = [at for at, (a, b) in enumerate(spans) if a < last and b > start]
        if stop is None and touched and len(self.targets) > len(spans):
            touched.append(len(spans))  # its end
        if not touched:
            raise InputError(
                f"({start}, {stop}) touches no word of the answer {text[:40]!r}, of {len(text)} characters. over "
                "takes a stretch with a word in it; see explanation.answer.spans."
            )
        return touched[0], touched[-1] + 1

    def earlier(self, n: int | None = 10, target: Choice | None = None) -> list[tuple[str, float]]:
        """The ``n`` words of the answer on which what comes after them rests most, strongest first.

        Each was taken out alone of what had been said before, with the whole prompt there; needs ``earlier=True``.

        Args:
            n: how many; None for all.
            target: a word of the answer by name or position, or a stretch ``(start, stop)`` of ``answer.text``: what
                comes after; None for all of it.

        Returns:
            ``[(word, effect), ...]``, in log-probability of what of the target comes after the word.

        Raises:
            InputError: nobody asked for it, or there is no such target.
        """
        check_count("earlier", n)
        if self.answer is None or self.answer.earlier is None or self.contrast is not None:
            raise InputError(
                "this explanation does not say what the answer's earlier words do. limelight finds out where it is "
                "asked to: explain(prompt, model, earlier=True), of a language model and without a contrast."
            )
        if target is None:
            at, until = 0, len(self.targets)
        elif isinstance(target, (tuple, list)):
            at, until = self._words(*target)
        else:
            at = self.index(target)
            until = at + 1
        rows, answer = self.answer.earlier[at:until], self.answer
        found = [sum(row[word] for row in rows if word < len(row)) for word in range(len(rows[-1]))]
        order = sorted(range(len(found)), key=lambda word: -abs(found[word]))[:n]
        return [(answer.text[slice(*answer.spans[word])], found[word]) for word in order]

    def _of(self, at: int, until: int) -> Self:
        """The explanation of some words of the answer, the end after them: the sum of their targets."""
        assert self.answer is not None
        text, spans = self.answer.text, self.answer.spans
        place = (spans[at][0], spans[min(until, len(spans)) - 1][1]) if at < len(spans) else None
        name = str(self.targets[at]) if place is None else text[slice(*place)]
        parts = slice(at, until)
        intervals = self.intervals
        # a document may hold numbers of any size, sums of which are too large for one
        with np.errstate(over="ignore", invalid="ignore"):
            sums: dict[str, Any] = {
                name: None if (values := getattr(self, name)) is None else _held(values[parts].sum(axis=0)[None])
                for name in ("scores", "weights", "intercepts", "term_weights", "removal_scores")
            }
            residuals, margins = (_between(own, at, until) for own in (self.residuals, self.removal_margins))
            if (doubts := self.term_intervals) is not None:  # at most, and no more is known
                sums["term_intervals"] = _held(doubts[parts].sum(axis=0)[None])
            if intervals is not None:
                wide = (intervals[parts, :, 1] - intervals[parts, :, 0]).sum(axis=0) / 2
                if residuals is not None and self.leverages is not None:
                    wide = np.sqrt(residuals[:, 1] ** 2 @ self.leverages)
                intervals = _held(np.stack([sums["weights"] - wide, sums["weights"] + wide], axis=-1))
        return replace(
            self,
            **sums,
            targets=(Target(name, "answer", place),),
            probabilities=None if self.probabilities is None else self.probabilities[parts].prod(keepdims=True),
            intervals=intervals,
            residuals=residuals,
            removal_margins=margins,
            fit={},
            joint_weights=None,
            joint_intercepts=None,
            joint_intervals=None,
            exam=None,
        )

    def interactions(
        self, n: int | None = 10, target: Choice | None = None
    ) -> list[tuple[tuple[str, ...], float, str]]:
        """The ``n`` sets of features that surely count together, those with the largest absolute weight first.

        Args:
            n: how many; None for all.
            target: name or position; None as in ``index``.

        Returns:
            ``[(features, weight, relation), ...]``: features by their text; the weight of their term, see
            ``Document``; and what they are to each other in this text: ``"need"`` (each needs the others),
            ``"either"`` (any of them is enough), ``"turns"`` (the first turns the second), ``"more"`` or
            ``"less"`` (they count more or less together than each alone lets expect).
        """
        self.estimated()
        check_count("interactions", n)
        terms = display.sure_terms(self, self.index(target), n)
        return [(tuple(self.features[at] for at in term.features), term.weight, term.relation) for term in terms]

    def across(self, n: int | None = 10, target: Choice | None = None) -> list[tuple[str, str, float]]:
        """The ``n`` pairs of a word of one field and a word of the other that surely count together, strongest first.

        Args:
            n: how many; None for all.
            target: name or position; None as in ``index``.

        Returns:
            ``[(word of the first field, word of the second, weight), ...]``: with every other word there, what goes
            with the two is by the weight more than what goes with each; the sum of the sure terms that have both.

        Raises:
            InputError: features stand in one field only, or in more than two; or there are no weights.
        """
        self.estimated()
        check_count("across", n)
        if across.opposite(self) is None:
            count = len({field for field, _, _ in self.places})
            raise InputError(
                f"the features stand in {count} {'field' if count == 1 else 'fields'}. across sets the words of two "
                "fields against each other; explain a pair of texts, or choose two with explained=(...)."
            )
        found = across.cells(self, self.index(target))[:n]
        return [(self.features[cell.row], self.features[cell.column], cell.weight) for cell in found]

    def to_json(self, path: str | Path | None = None) -> str:
        """The document as JSON text, also written to ``path`` if one is given."""
        return written(json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False), path)

    def save(self, path: str | Path) -> None:
        """Writes the document to a file that ``limelight.load`` reads back unchanged."""
        self.to_json(path)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Reads a file that ``save`` wrote.

        Raises:
            InputError: the file cannot be read, or holds something else.
        """
        if isinstance(path, Mapping):
            raise InputError(
                f"a {type(path).__name__} was given. limelight loads a file, by its path; a document in hand becomes "
                "an explanation by Explanation.from_dict(document)."
            )
        text = read(path)
        try:
            document = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InputError(
                f"{str(path)!r} holds no JSON that can be read ({error}). limelight loads the files that "
                "Explanation.save writes; give the path of one."
            ) from error
        return cls.from_dict(document)

    def to_frame(self) -> pandas.DataFrame:
        """A pandas DataFrame: a row a feature, with its place and a column of weights per target."""
        try:
            import pandas
        except ImportError as error:
            raise ImportError("to_frame needs pandas, which is not installed; pip install pandas.") from error
        places = pandas.DataFrame([self._place(at) for at in range(len(self.places))], columns=self._columns())
        weights = pandas.DataFrame(self.estimated().T, columns=list(self.targets))
        return pandas.concat([places, weights], axis=1)

    def sources(self, lang: str = "") -> pandas.DataFrame:
        """On which sources each sentence of the answer rests: a pandas DataFrame, a row a sentence and source.

        Its columns are ``sentence`` and ``source``, both from 1, as sources are numbered in the prompt; ``effect``,
        ``low`` and ``high``, by how much the source raises the sentence's log-probability on average over what else is
        there, with its interval; and ``verdict``, without what the sentence was hardly said any more. Where a server
        tells only new answers effects are on how much of it comes again, without verdict: ``frame.attrs["criterion"]``.

        Args:
            lang: of the verdicts: ``"en"``, ``"es"`` or ``"zh"``; empty for English.

        Raises:
            ImportError: pandas is not installed.
            InputError: it is of no answer, or its features are words.
        """
        return grounds.frame(self, lambda words: self._of(*words), captions(lang))

    def to_html(self, path: str | Path | None = None, *, target: Choice | None = None, lang: str = "") -> str:
        """One page that works offline and from ``file://``, with clickable class switches.

        Args:
            path: also write the page there.
            target: the class that is switched on first; None for the highest score.
            lang: of the captions: ``"en"``, ``"es"`` or ``"zh"``; empty for the browser's.
        """
        return written(html.page(self, target, *self.chosen(target), lang), path)

    def to_svg(
        self,
        path: str | Path | None = None,
        *,
        target: Choice | None = None,
        width: float = svg.WIDTH,
        dark: bool = False,
        lang: str = "",
        view: str = "text",
    ) -> str:
        """A picture as on screen, for papers and slides; needs no browser and no font of its own.

        Args:
            path: also write the picture there.
            target: the class to show; None for the highest score.
            width: in pixels, at least 240; the height follows.
            dark: on a dark ground.
            lang: of the captions: ``"en"``, ``"es"`` or ``"zh"``; empty for English.
            view: ``"text"``, or ``"table"`` for the words of a language model's answer against those of the prompt,
                as large as these need.

        Raises:
            InputError: there is no such view of this explanation, or one of the others makes no sense.
        """
        choose("view", view, {"text": "", "table": ""})
        if view == "table":
            return written(matrix.draw(self, dark, lang), path)
        return written(svg.draw(*self.chosen(target), width, dark, lang, self), path)

    def to_png(
        self,
        path: str | Path | None = None,
        *,
        target: Choice | None = None,
        width: float = svg.WIDTH,
        scale: float = 2,
        dark: bool = False,
        lang: str = "",
        view: str = "text",
    ) -> bytes:
        """``to_svg``'s picture in pixels, ``scale`` of them for each of the width's; needs resvg-py.

        Raises:
            ImportError: resvg-py is not installed.
            InputError: the picture would be too large, or this machine has no fonts.
        """
        return written(
            png.render(self.to_svg(target=target, width=width, dark=dark, lang=lang, view=view), scale), path
        )

    def to_latex(self, path: str | Path | None = None, *, target: Choice | None = None, lang: str = "") -> str:
        """A snippet for papers: the words in coloured boxes, and a caption. It says what it needs.

        Args:
            path: also write the snippet there.
            target: the class to show; None for the highest score.
            lang: of the captions: ``"en"``, ``"es"`` or ``"zh"``; empty for English.
        """
        return written(latex.snippet(*self.chosen(target), lang, self), path)

    def to_csv(self, path: str | Path | None = None) -> str:
        """A table for spreadsheets: a row a feature, with its place and a column of weights per target.

        Text that a spreadsheet would take for a formula has an apostrophe before it, see
        ``limelight.render.files.cell``; ``to_frame`` and ``to_json`` hold it as it is.
        """
        table = io.StringIO()
        rows = csv.writer(table)
        rows.writerow([*self._columns(), *map(cell, self.targets)])
        for at, weights in enumerate(self.estimated().T.tolist()):
            rows.writerow([*(cell(one) if isinstance(one, str) else one for one in self._place(at)), *weights])
        return written(table.getvalue(), path)

    def _repr_html_(self) -> str:
        return html.picture(*self.chosen(None), whole=self)

    def _repr_latex_(self) -> str:
        return self.to_latex()  # for nbconvert's PDFs; wherever HTML can be shown it comes first

    def chosen(self, target: Choice | None) -> tuple[Self, int | None]:
        """The explanation that a picture of a target is of, and the target's position in it.

        Of an answer, word by word, that is the explanation of one word, of a stretch ``(start, stop)``, or of all.

        Raises:
            InputError: there is no such target.
        """
        if len(self.targets) < 2 or not self.by_word or self.answer is None or not self.answer.spans:
            # an explanation without targets can be shown, too, as long as none is asked for
            return self, None if target is None else self.index(target)
        if target is None or isinstance(target, (tuple, list)):
            return self.over(*(target or ())), 0
        at = self.index(target)
        return self._of(at, at + 1), 0

    def _columns(self) -> list[str]:
        return ["feature", *(["field"] if len(self.fields) > 1 else []), "start", "stop"]

    def _place(self, at: int) -> list[str | int]:
        field, start, stop = self.places[at]
        name = [self.fields[field].name] if len(self.fields) > 1 else []
        return [self.features[at], *name, start, stop]


def _brief(text: str) -> str:
    """A feature within a line, which may be a paragraph."""
    return visible(text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 1]}…")


def _between(cumulated: Floats | None, at: int, until: int) -> Floats | None:
    """What a stretch adds to what is cumulated over targets, cumulated again."""
    return None if cumulated is None else _held(cumulated[:, [at, until]] - cumulated[:, [at]])


def _held(values: Floats) -> Floats:
    """Numbers as a document holds them: what is too large, or not known for its size, is the largest."""
    held: Floats = np.clip(np.nan_to_num(values, nan=MOST_SIZE), -MOST_SIZE, MOST_SIZE)
    return held
