"""Which words in general, as a user has it: a job is begun, waited for, and shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from limelight.captions import check_language
from limelight.corpus.begin import begun
from limelight.corpus.options import Pooling
from limelight.corpus.run import Progress, out_of
from limelight.corpus.show import page, parted, pictured
from limelight.corpus.tables import Tables
from limelight.errors import InputError, shown
from limelight.options import names_of
from limelight.phrasebook import reject_unknown
from limelight.predictors import Model
from limelight.predictors.options import Loading
from limelight.predictors.prompting import Template
from limelight.render.files import cell, written
from limelight.widget.background import Background
from limelight.widget.jobs import Watched

if TYPE_CHECKING:
    from limelight.widget.words import WordsView

KEYWORDS = (*names_of(Pooling, Loading), "out", "wait", "progress")


class Corpus(Watched):
    """Which words a model goes by over many texts: what ``explain_corpus`` wrote into a folder.

    It needs no model to be read and shown. While the job runs, it shows what is known so far.

    Args:
        out: the folder.
        model: with what a text is explained that is chosen in the view; None for the bundled model, if it is of that.
        lang: of the captions: ``"en"``, ``"es"`` or ``"zh"``; empty for the browser's.

    Raises:
        InputError: there is no corpus, or one of a later limelight.
    """

    def __init__(self, out: str | Path, model: Model | None = None, *, lang: str = "") -> None:
        super().__init__(out, model, check_language(lang))
        self._view: WordsView | None = None

    def beside(self, other: Tables | Mapping[str, str], names: tuple[str, str] | None = None) -> Corpus:
        """The same corpus, shown with another beside it: of another model, of other texts, or of some of its own.

        Args:
            other: what stands beside; for some of its own texts values of the columns that were named by ``slices``,
                such as ``{"source": "film"}``.
            names: what the two are called; None for their models, folders or values.

        Raises:
            InputError: there is no such column or value.
        """
        found = type(self)(self.out, self.given, lang=self.lang)
        if isinstance(other, Tables):
            own = (self.model, other.model) if self.model != other.model else (self.out.name, other.out.name)
            found.compared = other, names or own
        else:
            found.compared = parted(self, other, self.lang, names)
        return found

    @property
    def view(self) -> WordsView:
        """The widget, made when it is first asked for."""
        from limelight.widget.words import WordsView

        if self._view is None:
            self._view = WordsView(self)
        return self._view

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self.view.box)

    def to_html(self, path: str | Path | None = None, *, lang: str | None = None) -> str:
        """One HTML file with all words inside: works offline, with search, and with texts of the strongest words.

        Args:
            path: where to write it; None to write nothing.
            lang: of the captions; None for the corpus's own.
        """
        return written(page(self, self.compared, self.lang if lang is None else check_language(lang)), path)

    def to_svg(self, path: str | Path | None = None, *, target: str | None = None, least: int = 5) -> str:
        """A picture of the strongest words of a target.

        Args:
            path: where to write it; None to write nothing.
            target: one of ``targets``; None for the first.
            least: number of texts that a word must stand in.
        """
        return written(pictured(self, target, least, self.lang), path)

    def to_csv(self, path: str | Path | None = None, *, least: int = 1) -> str:
        """All words as CSV; what a spreadsheet would take for a formula has an apostrophe before it.

        Args:
            path: where to write it; None to write nothing.
            least: number of texts that a word must stand in.
        """
        frame = self.words(least=least)
        for name in ("word", "target"):
            frame[name] = frame[name].map(cell)
        return written(str(frame.drop(columns=["most_for", "most_against"]).to_csv(index=False)), path)


def explain_corpus(
    texts: Any,
    model: Model | None = None,
    *,
    out: str | Path,
    wait: bool = True,
    progress: Callable[[Progress], object] | None = None,
    # generated from Pooling, Loading: signature
    masks: int = 8,
    unit: str = "word",
    masker: str = "delete",
    scale: str = "auto",
    labels: Sequence[str] | None = None,
    column: str | Sequence[str] | None = None,
    slices: Sequence[str] = (),
    engine: str = "local",
    workers: int | None = None,
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
) -> Corpus:
    """Finds which words a model goes by over many texts, and writes it as Parquet while it goes on.

    Each text is asked about under a few masks, and the answers of all are pooled. A job that was
    stopped or killed goes on where it was when it is started again, and ends with the same files.

    Args:
        texts: a list of str, a table of pandas, polars or Arrow, a dataset of Hugging Face or Ray, or the path of
            Parquet, CSV, JSON lines or plain lines, also as ``'folder/*.parquet'``.
        model: anything that ``as_predictor`` takes; None for the bundled sentiment BERT.
        out: the folder of the result.
        wait: whether to return when it is done; else it goes on in a thread, and the corpus shows how far it is.
        progress: called with how far it is, after each batch of the model.
        masks: how many thinned versions of each text are asked about, a power of two.
        unit: what a feature is: ``'word'``, ``'sentence'``, ``'token'`` (the model's own) or ``'character'``.
        masker: how a feature is taken out: ``'delete'``, or ``'mask'`` for the model's own mask token in its place.
        scale: what effects are measured in: ``'probability'``, ``'logit'``, ``'log-odds'``, ``'log-probability'``, or
            ``'auto'``: probability where the model answers it.
        labels: what a zero-shot model, one of entailment or a language model is to choose among; None for its own
            targets.
        column: the column that holds the texts, or several where an input has several fields; None for the only one of
            texts.
        slices: columns by which texts can be told apart afterwards.
        engine: where the work is done: ``'local'`` on this machine, ``'ray'`` on the cluster that Ray is connected to.
        workers: how many processes ask the model at once; None for one a core or GPU where the model is loaded by name,
            else none but this one.
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

    Returns:
        The corpus, see ``Corpus``.

    Raises:
        InputError: the texts cannot be read, or the folder is of another job.
        ModelError: the model cannot be had.
        LimelightError: a worker died again and again, or the disk takes no more.
        TypeError: an unknown keyword.

    Example:
        >>> explain_corpus("reviews/*.parquet", out="effects").words("negative")  # doctest: +SKIP
    """
    reject_unknown("explain_corpus", unknown, KEYWORDS)
    # generated from Pooling, Loading: collected
    pooling = Pooling(
        masks=masks,
        unit=unit,
        masker=masker,
        scale=scale,
        labels=labels,
        column=column,
        slices=slices,
        engine=engine,
        workers=workers,
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
    if progress is not None and not callable(progress):
        raise InputError(
            f"progress is {shown(progress)}. limelight takes a function that is told how far the job is, or None; "
            "leave it out to be told nothing."
        )
    steps = begun(texts, model, out_of(out), pooling, loading)
    if progress is not None:
        steps = _told(steps, progress)
    next(steps)  # the folder is its own from here on
    corpus = Corpus(out, model)
    if wait:
        for _ in steps:
            pass
    else:
        corpus.job = Background(steps)
    return corpus


def _told(steps: Iterator[Progress], progress: Callable[[Progress], object]) -> Iterator[Progress]:
    for step in steps:
        progress(step)
        yield step
