"""A corpus that was explained, or is being: what stands in its folder, as tables."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from limelight.arrays import Masks
from limelight.corpus import files
from limelight.corpus.run import Progress, out_of
from limelight.corpus.source import slice_of
from limelight.corpus.total import Answers, in_texts, pooled, words_table
from limelight.errors import InputError, closest, listing, shown

if TYPE_CHECKING:
    import pandas

    from limelight.explanation import Explanation


class Tables:
    """Which words a model goes by over many texts: what ``explain_corpus`` wrote into a folder.

    It needs no model. While the job runs, it shows what is known so far.

    Args:
        out: the folder.

    Raises:
        InputError: there is no corpus, or one of a later limelight.
    """

    def __init__(self, out: str | Path) -> None:
        self.out = out_of(out)
        manifest = files.read_manifest(self.out)
        if manifest is None:
            raise InputError(
                f"there is no corpus in {str(self.out)!r}. limelight reads the folder that "
                "explain_corpus(texts, out=...) wrote; give its path."
            )
        self._manifest = manifest

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the fields of a text."""
        return tuple(self._manifest["fields"])

    @property
    def slices(self) -> tuple[str, ...]:
        """Names of the columns by which texts can be told apart."""
        return tuple(self._manifest["asked"]["slices"])

    def values(self) -> dict[str, list[str]]:
        """What stands in the columns by which texts can be told apart, the most frequent first."""
        compute = files.arrow().compute
        found: dict[str, list[str]] = {}
        for name in self.slices:
            counts: Counter[str] = Counter()
            for path in files.parts(self.out, files.TEXTS).values():
                column = files.read_table(path, [files.SLICE + name])[files.SLICE + name]
                pairs = compute.value_counts(column.drop_null()).to_pylist()
                counts.update({pair["values"]: pair["counts"] for pair in pairs})
            found[name] = [value for value, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))]
        return found

    def part(self, where: Mapping[str, str]) -> Part:
        """A part of the texts, whose words can stand beside those of all.

        Args:
            where: values of the columns that were named by ``slices``.

        Raises:
            InputError: there is no such column or value.
        """
        return Part(self, where)

    @property
    def masks(self) -> int:
        """Under how many masks each text was asked about."""
        return int(self._manifest["asked"]["masks"])

    @property
    def model(self) -> str:
        """What the model is called."""
        return str(self._manifest["model"])

    @property
    def scale(self) -> str:
        """What effects are measured in."""
        return str(self._manifest["scale"])

    @property
    def progress(self) -> Progress:
        """How far the job is."""
        return Progress(**files.read_progress(self.out))

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of the targets."""
        known = list(self._manifest["targets"])
        return tuple(dict.fromkeys([*known, *self._words["target"].unique().to_pylist()]))

    @property
    def _words(self) -> Any:
        path = self.out / files.WORDS
        if not path.is_file():
            return files.words_schema().empty_table()
        return files.read_table(path)

    def words(
        self, target: str | None = None, *, least: int = 1, where: Mapping[str, str] | None = None
    ) -> pandas.DataFrame:
        """What words do in general, first those whose intervals stay furthest from 0.

        Args:
            target: one of ``targets``; None for all of them.
            least: number of texts that a word must stand in.
            where: only texts with these values in the columns that were named by ``slices``.

        Returns:
            A frame with the columns ``word``, case-folded; ``target``; ``effect``, the mean over texts; its standard
            error ``se``, clustered by text, and the 95 % interval from ``low`` to ``high``; ``texts``, how many;
            ``share_raises``, in what share of them it raises the score; ``context``, the standard deviation of its
            effect between texts beyond noise; ``most_for`` and ``most_against``, ids of texts in which it acts most.

        Raises:
            InputError: there is no such target or column.
        """
        table = self._words if where is None else self._sliced(where)
        frame = table.to_pandas()
        if target is not None:
            frame = frame[frame["target"] == self._target(target)]
        return frame[frame["texts"] >= least].reset_index(drop=True)

    def texts(
        self, word: str | None = None, target: str | None = None, *, most: int = 10, ids: Sequence[int] | None = None
    ) -> pandas.DataFrame:
        """Texts in which a word acts most; all that came, or those of some ids, where no word is named.

        Args:
            word: as it stands in ``words``; its case does not count.
            target: one of ``targets``; None for the first.
            most: how many, of those where it raises and of those where it lowers.
            ids: of the texts that are wanted.

        Returns:
            A frame of texts; where a word is named with its ``effect`` in each, the standard error ``se`` of that, and
            what is ``likely``: the effect, drawn to the word's mean as far as it is noise.

        Raises:
            InputError: there is no such word or target.
        """
        if word is None:
            return self._texts_of(ids).to_pandas()
        name = self._target(self.targets[0] if target is None else target)
        word = word.casefold()
        kept = [self._effects_of(word, name, path) for path in files.parts(self.out, files.TEXTS).values()]
        frame = files.arrow().concat_tables(kept).to_pandas() if kept else None
        if frame is None or frame.empty:
            known = self._words["word"].unique().to_pylist()
            raise InputError(
                f"the word {shown(word)} stands in none of the texts that are done. limelight knows those of words(); "
                f"name one of them.{closest(word, known)}"
            )
        own = frame.groupby("id", as_index=False).agg({"effect": "mean", "se": "mean"})
        # what is noise is drawn to the mean, so that it is not what is shown first
        general = self._words.filter(self._is(word, name)).to_pylist()[0]
        own["likely"] = general["effect"] + (own["effect"] - general["effect"]) * (
            general["context"] ** 2 / (general["context"] ** 2 + own["se"] ** 2).clip(lower=1e-300)
        )
        own = own.sort_values(["likely", "effect", "id"], ascending=[False, False, True])
        chosen = own if len(own) <= 2 * most else own.iloc[[*range(most), *range(len(own) - most, len(own))]]
        texts = self._texts_of(chosen["id"].tolist()).to_pandas()
        return chosen.merge(texts[["id", *self.fields, "prediction"]], on="id")

    def effects(self, ids: Sequence[int], target: str | None = None) -> pandas.DataFrame:
        """What each place in some texts does, as ``effects/*.parquet`` has it.

        Args:
            ids: of the texts.
            target: one of ``targets``; None for all of them.
        """
        pa = files.arrow()
        tables = [files.effects_schema().empty_table()]
        for path in files.parts(self.out, files.EFFECTS).values():
            own = [int(id) for id in ids if _holds(self.out / files.TEXTS / path.name, id)]
            if own:
                where = [("id", "in", own), *([] if target is None else [("target", "=", self._target(target))])]
                found = pa.parquet.read_table(path, filters=where, partitioning=None)
                tables.append(found.replace_schema_metadata(None))
        return pa.concat_tables(tables).to_pandas()

    def failures(self) -> pandas.DataFrame:
        """The rows that could not be explained, and why."""
        frame = self._texts_of(None).to_pandas()
        return frame.loc[frame["error"].notna(), ["id", *self.fields, "error"]].reset_index(drop=True)

    def explain(self, id: int, model: Any = None, **options: Any) -> Explanation:
        """Explains one text of the corpus by itself, as ``limelight.explain`` does.

        Args:
            id: of the text.
            model: anything that ``as_predictor`` takes.
            **options: as ``limelight.explain`` takes them.
        """
        from limelight.api.explain import explain

        return explain(self.text(id), model, **options)

    def text(self, id: int) -> Any:
        """A text as ``explain`` takes it: a str, or a dict of its fields.

        Raises:
            InputError: there is no text of this id.
        """
        rows = self._texts_of([id]).to_pylist()
        if not rows:
            raise InputError(f"there is no text {shown(id)}. limelight counts rows from 0 on; give the id of one.")
        values = {name: rows[0][name] or "" for name in self.fields}
        return values["text"] if self.fields == ("text",) else values

    def _target(self, name: str) -> str:
        if name not in self.targets:
            raise InputError(
                f"unknown target {shown(name)}. Accepted: {listing(self.targets)}.{closest(name, self.targets)}"
            )
        return name

    def _texts_of(self, ids: Sequence[int] | None) -> Any:
        """Rows of texts, in the order of their ids; what only the regression needs is left out."""
        pa = files.arrow()
        told = ["id", "copies", *self.fields, *(files.SLICE + name for name in self.slices), "targets", "prediction"]
        tables = []
        for path in files.parts(self.out, files.TEXTS).values():
            own = None if ids is None else [at for at in ids if _holds(path, at)]
            if own or own is None:
                table = files.read_table(path, [*told, "error"])
                wanted = None if own is None else pa.compute.is_in(table["id"], pa.array(own, pa.int64()))
                tables.append(table if wanted is None else table.filter(wanted))
        if not tables:
            empty = files.texts_schema(self.fields, self.slices).empty_table()
            return empty.select([*told, "error"])
        return pa.concat_tables(tables)

    def _effects_of(self, word: str, target: str, path: Path) -> Any:
        """What a word does in the texts of a shard."""
        pa = files.arrow()
        beside = self.out / files.EFFECTS / path.name
        if not beside.is_file():
            return files.effects_schema().empty_table().select(["id", "effect", "se"])
        found = pa.parquet.read_table(
            beside,
            columns=["id", "effect", "se"],
            filters=[("word", "=", word), ("target", "=", target)],
            partitioning=None,
        )
        return found.replace_schema_metadata(None)

    def _is(self, word: str, target: str) -> Any:
        compute = files.arrow().compute
        return (compute.field("word") == word) & (compute.field("target") == target)

    def _sliced(self, where: Mapping[str, str]) -> Any:
        """The table of words over a part of the texts."""
        answers = Answers(self.out, self.masks, [files.SLICE + name for name in self.slices], self._chosen(where))
        if not answers.texts:
            known = self.values()
            there = [f"{name}: {listing(known[name])}.{closest(str(where[name]), known[name])}" for name in where]
            raise InputError(
                f"where is {shown(dict(where))}, and no text is so. These values stand there: {' '.join(there)}"
            )
        found = _last(pooled(answers))
        return words_table(found, *_last(in_texts(answers, found, None)))

    def _chosen(self, where: Mapping[str, object]) -> Any:
        if not isinstance(where, Mapping):
            raise InputError(
                f"where is {shown(where)}. limelight takes values by the name of their column, such as "
                "{'source': 'film'}, or another Corpus; give one of these."
            )
        for name in where:
            if name not in self.slices:
                raise InputError(
                    f"where names {shown(name)}. Texts can be told apart by {listing(self.slices) or 'nothing'}: what "
                    "was named by slices= when they were explained."
                )

        def chosen(table: Any) -> Masks:
            kept = np.ones(table.num_rows, dtype=bool)
            for name, value in where.items():
                kept &= np.array([one == slice_of(value) for one in table[files.SLICE + name].to_pylist()], dtype=bool)
            return kept

        return chosen

    def __repr__(self) -> str:
        progress = self.progress
        size = "" if progress.size is None or progress.state == "done" else f" of {progress.size:,}"
        name, texts = type(self).__name__, f"{progress.texts:,}{size} texts"
        return f"<{name} of {texts}, {self.model}, {progress.state}, in {str(self.out)!r}>"


class Part:
    """Some texts of a corpus: their words, pooled once.

    Attributes:
        name: what they have in common.
    """

    def __init__(self, tables: Tables, where: Mapping[str, str]) -> None:
        self._found = tables.words(where=where)
        self.name = ", ".join(f"{column}: {value}" for column, value in where.items())

    def words(self) -> pandas.DataFrame:
        """As ``Tables.words`` has them."""
        return self._found


def _holds(path: Path, id: int) -> bool:
    """Whether the file of a shard is that of a row."""
    told = files.told_by(path)
    return bool(told) and int(told["first"]) <= id < int(told["first"]) + int(told["count"])


def _last(steps: Iterator[Any]) -> Any:
    return deque(steps, maxlen=1)[0]
