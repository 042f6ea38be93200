"""From the answers of all shards to effects of words: passes over the files, in their order, with flat memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from limelight.arrays import Floats, Indices, Masks
from limelight.corpus import files
from limelight.corpus.pooling import (
    FOLDS,
    Effects,
    Extremes,
    General,
    Sheet,
    Totals,
    by_text,
    effects_of,
    estimates,
    general_of,
    likely,
)

MOST_EXAMPLES = 5  # texts where a word acts most, each way
NEEDED = ("id", "hash", "targets", "word", "masks", "answers", "error")
Chosen = Callable[[Any], Masks]  # which rows of a table of texts count


def everything(table: Any) -> Masks:
    """All rows of a table count."""
    return np.ones(table.num_rows, dtype=bool)


@dataclass
class Names:
    """What has been met, in the order in which it was.

    Attributes:
        at: the position of each name.
    """

    at: dict[str, int] = field(default_factory=dict)

    def of(self, names: Sequence[str]) -> Indices:
        """Positions of some names; new ones come last."""
        return np.array([self.at.setdefault(name, len(self.at)) for name in names], dtype=int)

    def __len__(self) -> int:
        return len(self.at)

    @property
    def all(self) -> list[str]:
        """The names."""
        return list(self.at)


class Answers:
    """The texts of a folder, each once however often it stands there, as sheets.

    Args:
        out: the folder.
        masks: how many a text was asked under.
        columns: what is read of the texts beside what every sheet needs.
        chosen: which rows count.
    """

    def __init__(
        self,
        out: Path,
        masks: int,
        columns: Sequence[str] = (),
        chosen: Chosen = everything,
    ) -> None:
        self.words, self.targets = Names(), Names()
        self._masks, self._columns, self._chosen = masks, columns, chosen
        self._paths = list(files.parts(out, files.TEXTS).values())
        self._repeated: dict[Path, Masks] = {}
        self.texts = 0
        seen: set[bytes] = set()
        for path in self._paths:
            table = files.read_table(path, [*NEEDED, *columns])
            rows = self._explained(table)
            first = np.zeros(len(rows), dtype=bool)
            for at, name in enumerate(table["hash"].take(rows).to_pylist()):
                first[at] = (key := bytes.fromhex(name)) not in seen
                seen.add(key)
            self._repeated[path] = ~first
            self.texts += int(first.sum())
            table = table.take(rows[first])
            self.words.of(table["word"].combine_chunks().flatten().unique().to_pylist())
            self.targets.of(table["targets"].combine_chunks().flatten().unique().to_pylist())

    def _explained(self, table: Any) -> Indices:
        chosen = self._chosen(table) & table["error"].is_null().to_numpy(zero_copy_only=False)
        return np.flatnonzero(chosen)

    def tables(self) -> Iterator[tuple[Path, Any, Sheet]]:
        """Of each shard its file, the rows that count, and their answers."""
        for path in self._paths:
            table = files.read_table(path, [*NEEDED, *self._columns])
            table = table.take(self._explained(table)[~self._repeated[path]]).combine_chunks()
            if table.num_rows:
                yield path, table, self._sheet(table)

    def __call__(self) -> Iterator[Sheet]:
        return (sheet for _, _, sheet in self.tables())

    def _sheet(self, table: Any) -> Sheet:
        words = _one(table["word"])
        sizes = np.diff(words.offsets.to_numpy())
        codes = words.flatten().dictionary_encode()
        known = self.words.of(codes.dictionary.to_pylist())
        vocabulary, inverse = np.unique(known, return_inverse=True)
        packed = [np.unpackbits(np.frombuffer(row, dtype=np.uint8)) for row in table["masks"].to_pylist()]
        m = self._masks
        kept = [bits[: m * d].reshape(m, d) for bits, d in zip(packed, sizes, strict=True)]
        ids = table["id"].to_numpy()
        return Sheet(
            ids=ids,
            # by the text: in whatever order texts come, each has its fold
            folds=np.array([int(name[:8], 16) % FOLDS for name in table["hash"].to_pylist()], dtype=int),
            owner=np.arange(len(ids)).repeat(sizes),
            vocabulary=vocabulary,
            words=inverse[codes.indices.to_numpy()],
            signs=2 * np.concatenate(kept, axis=1).T.astype(np.int8) - 1,
            answers=self._answers(table, len(ids)),
        )

    def _answers(self, table: Any, texts: int) -> Floats:
        targets, answers = _one(table["targets"]), _one(table["answers"])
        sizes = np.diff(targets.offsets.to_numpy())
        codes = targets.flatten().dictionary_encode()
        at = self.targets.of(codes.dictionary.to_pylist())[codes.indices.to_numpy()]
        values = np.full((texts, self._masks, len(self.targets)), np.nan)
        rows = np.arange(texts).repeat(sizes)
        begins = answers.offsets.to_numpy()[:-1] - answers.offsets.to_numpy()[0]
        within = np.arange(len(at)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        flat = answers.flatten().to_numpy()
        for mask in range(self._masks):
            values[rows, mask, at] = flat[begins[rows] + mask * sizes[rows] + within]
        return values


def _one(column: Any) -> Any:
    """A column in one piece."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


@dataclass(frozen=True)
class Pooled:
    """What all answers together say.

    Attributes:
        words: their names.
        targets: their names.
        texts: how many there were.
        effects: of words.
        general: what the estimates in single texts take as given; see ``General``.
    """

    words: list[str]
    targets: list[str]
    texts: int
    effects: Effects
    general: General


def pooled(answers: Answers) -> Iterator[Pooled | None]:
    """Pools the answers; yields None between passes, and the result last."""
    words, targets = len(answers.words), len(answers.targets)
    yield None
    general = general_of(answers, words, targets)
    yield None
    totals = Totals.empty(words, targets)
    for sheet in answers():
        totals.add(sheet, *estimates(sheet, general))
    yield Pooled(answers.words.all, answers.targets.all, answers.texts, effects_of(totals), general)


def in_texts(answers: Answers, found: Pooled, out: Path | None) -> Iterator[tuple[Floats, Extremes, Extremes] | None]:
    """What words do text by text, and in which they act most; writes the effects of each shard.

    Args:
        answers: as they were pooled.
        found: what they gave.
        out: the folder for the effects, or None to write none.

    Yields:
        None after each shard, and last the share ``(V, k)`` of texts in which each word raises, and where it acts most
        for a target and against it.
    """
    shape = len(found.words), len(found.targets)
    raises = np.zeros(shape)
    most_for, most_against = (Extremes.empty(*shape, MOST_EXAMPLES) for _ in range(2))
    for path, table, sheet in answers.tables():
        effects, variances = estimates(sheet, found.general)
        if out is not None:
            number = int(path.stem.removeprefix("part-"))
            files.write_table(
                _rows(table, sheet, found.targets, effects, variances), files.part(out, files.EFFECTS, number)
            )
        owner, words, means, noise = by_text(sheet, effects, variances)
        at, there = sheet.vocabulary[words], sheet.present[owner] > 0
        middle, share = likely(found.effects, at, means, noise)
        np.add.at(raises, at, np.where(there, share, 0))
        most_for.add(at, sheet.ids[owner], np.where(there & (middle > 0), middle, -np.inf))
        most_against.add(at, sheet.ids[owner], np.where(there & (middle < 0), -middle, -np.inf))
        yield None
    yield raises / np.maximum(found.effects.texts, 1), most_for, most_against


def _rows(table: Any, sheet: Sheet, targets: Sequence[str], effects: Floats, variances: Floats) -> Any:
    """The table of effects of a shard."""
    pa = files.arrow()
    features, target = np.nonzero(sheet.present[sheet.owner])
    named = {name: _one(table[name]).flatten().take(pa.array(features)) for name in ("field", "start", "stop", "word")}
    return pa.table(
        {
            "id": sheet.ids[sheet.owner[features]],
            **named,
            "target": pa.array(list(targets)).take(pa.array(target)),
            "effect": effects[features, target].astype(np.float32),
            "se": np.sqrt(variances[features, target]).astype(np.float32),
        },
        files.effects_schema(),
    )


def words_table(found: Pooled, raises: Floats, most_for: Extremes, most_against: Extremes) -> Any:
    """The table of words, by target, first those that are surely strong: by how far their intervals stay from 0."""
    pa = files.arrow()
    effects = found.effects
    words, targets = np.nonzero(effects.texts)
    names = np.array(found.words, dtype=object)
    rank = np.empty(len(names), dtype=int)
    rank[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
    size, reach = np.abs(effects.means), effects.reach * effects.errors
    # by size alone those of few texts would come first, which err most
    sure = np.maximum(size - reach, 0)
    order = np.lexsort((rank[words], -size[words, targets], -sure[words, targets], targets))
    at = words[order], targets[order]
    half = reach[at]
    return pa.table(
        {
            "word": names[at[0]],
            "target": np.array(found.targets, dtype=object)[at[1]],
            "effect": effects.means[at],
            "se": effects.errors[at],
            "low": effects.means[at] - half,
            "high": effects.means[at] + half,
            "texts": effects.texts[at].astype(np.int64),
            "share_raises": raises[at],
            "context": effects.context[at],
            "most_for": [row[row >= 0] for row in most_for.ids[at]],
            "most_against": [row[row >= 0] for row in most_against.ids[at]],
        },
        files.words_schema(),
    )


def write_total(out: Path, masks: int, whole: bool) -> Iterator[int]:
    """Writes what all shards that are there say: ``words.parquet``, and where they are whole the effects.

    Yields:
        the texts that count, between passes.
    """
    answers = Answers(out, masks, ("field", "start", "stop") if whole else ())
    if not answers.texts:
        return
    found = last = None
    for step in pooled(answers):
        found = step or found
        yield answers.texts
    assert found is not None
    for ended in in_texts(answers, found, out if whole else None):
        last = ended or last
        yield answers.texts
    assert last is not None
    files.write_table(words_table(found, *last), out / files.WORDS)
