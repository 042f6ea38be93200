"""Texts from wherever a user has them, in order, a thousand at a time."""

from __future__ import annotations

import csv
import glob
import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from limelight.corpus.options import Pooling
from limelight.errors import InputError, closest, listing, quoted, shown

SHARD = 1000  # texts: a file of the result each, lost at most when a worker dies
READ = 1000  # rows that are read at once
Value = object
Values = Mapping[str, Value]
FORMS = (
    "limelight takes a list of str, a table of pandas, polars or Arrow, a dataset of Hugging Face or Ray, or the path "
    "of .parquet, .csv, .tsv, .jsonl or .txt files, also as 'folder/*.parquet'"
)


@dataclass(frozen=True)
class NoText:
    """What stood where a text was expected: its type."""

    kind: str


@dataclass(frozen=True)
class Row:
    """One text as it came.

    Attributes:
        values: of each field what stood there: a str, None, or what says that it was something else.
        slices: of each column by which texts are told apart, as a str; None where there is nothing.
    """

    values: tuple[str | NoText | None, ...]
    slices: tuple[str | None, ...] = ()


@dataclass(frozen=True)
class Shard:
    """A thousand rows.

    Attributes:
        number: from 0 on.
        first: the id of its first row: where that stands in the input.
        rows: the rows.
    """

    number: int
    first: int
    rows: tuple[Row, ...]

    @property
    def digest(self) -> str:
        """By what the same rows are known again."""
        digest = hashlib.blake2b(digest_size=16)
        for row in self.rows:
            digest.update(repr((row.values, row.slices)).encode("utf-8", "surrogatepass"))
        return digest.hexdigest()


@dataclass(frozen=True)
class Source:
    """An input that can be read as often as is needed, in the same order.

    Attributes:
        fields: names of the fields of each text.
        rows: reads it.
        size: number of rows, where it is known.
    """

    fields: tuple[str, ...]
    rows: Callable[[], Iterator[Row]]
    size: int | None = None

    def shards(self) -> Iterator[Shard]:
        """The rows, a thousand at a time."""
        rows, number = self.rows(), 0
        while some := tuple(islice(rows, SHARD)):
            yield Shard(number, number * SHARD, some)
            number += 1


def source_of(texts: Any, pooling: Pooling) -> Source:
    """What a user calls texts.

    Raises:
        InputError: it is nothing that can be read, or a column is not there.
    """
    if isinstance(texts, (str, os.PathLike)):
        return _files(str(texts), pooling)
    if isinstance(texts, Mapping):
        raise InputError(f"texts is a dict. {FORMS}; for one text with several fields, write [text].")
    if hasattr(texts, "iter_batches") and hasattr(texts, "schema"):  # of Ray
        return _table(list(texts.schema().names), lambda: _batches(_ray(texts)), pooling, None)
    if hasattr(texts, "column_names") and hasattr(texts, "__getitem__") and not _is_arrow(texts):  # of Hugging Face
        return _table(list(texts.column_names), lambda: iter(texts), pooling, len(texts))
    if hasattr(texts, "__arrow_c_stream__") and _is_table(texts):
        size = getattr(texts, "num_rows", None) or (len(texts) if hasattr(texts, "__len__") else None)
        own = [*(pooling.columns or ()), *pooling.slices]
        if pooling.columns and not _is_arrow(texts) and set(own) <= set(texts.columns):
            texts = texts[list(dict.fromkeys(own))]  # what stands in other columns may be of no one type
        names = list(_reader(texts).schema.names)
        return _table(names, lambda: _batches(_reader(texts)), pooling, size)
    if not hasattr(texts, "__len__") or not hasattr(texts, "__getitem__"):
        raise InputError(
            f"texts is of type {type(texts).__name__}. {FORMS}; what can be read only once is first made a list."
        )
    values = texts.tolist() if hasattr(texts, "tolist") else texts
    first = next((value for value in values if value is not None), None)
    if isinstance(first, Mapping):
        return _table(list(first), lambda: iter(values), pooling, len(values))
    _no_columns(pooling, f"a {type(texts).__name__} of single texts")
    return Source(("text",), lambda: (Row((_value(value),)) for value in values), len(values))


def _is_arrow(texts: Any) -> bool:
    return type(texts).__module__.startswith("pyarrow")


def _is_table(texts: Any) -> bool:
    return hasattr(texts, "columns") or hasattr(texts, "schema")


def _no_columns(pooling: Pooling, what: str) -> None:
    """Refuses columns where there are none."""
    if pooling.column is not None or pooling.slices:
        name = "column" if pooling.column is not None else "slices"
        raise InputError(
            f"{name} is {shown(getattr(pooling, name))}, and texts is {what}. limelight looks columns up in tables, "
            f"and in lists of dicts; leave {name} out, or give a table."
        )


def _reader(table: Any) -> Any:
    """A table of any library as batches of Arrow.

    Raises:
        InputError: a column holds values of several types.
    """
    import pyarrow

    try:
        return pyarrow.RecordBatchReader.from_stream(table)
    except (pyarrow.ArrowInvalid, pyarrow.ArrowTypeError) as error:
        raise InputError(
            f"the table cannot be read ({quoted(error)}). limelight reads columns of one type each; give that column "
            "as texts, such as table['name'].astype(str)."
        ) from error


def _ray(dataset: Any) -> Iterator[Any]:
    """Batches of a Ray Dataset, in the order of its rows."""
    dataset.context.execution_options.preserve_order = True
    yield from dataset.iter_batches(batch_size=READ, batch_format="pyarrow")


def _batches(batches: Iterable[Any]) -> Iterator[Values]:
    """Rows of batches of Arrow."""
    for batch in batches:
        for begin in range(0, batch.num_rows, READ):
            yield from batch.slice(begin, READ).to_pylist()


def _table(names: Sequence[str], read: Callable[[], Iterator[Any]], pooling: Pooling, size: int | None) -> Source:
    """A table of named columns."""
    columns = pooling.columns
    if columns is None:
        columns = ("text",) if "text" in names or len(names) != 1 else (names[0],)
    for name in (*columns, *pooling.slices):
        if name not in names:
            asked = "column" if name in columns else "slices"
            raise InputError(
                f"there is no column {name!r}. The table has {listing(names)}; name one of these by {asked}=."
                f"{closest(name, names)}"
            )

    def rows() -> Iterator[Row]:
        for row in read():
            found = row if isinstance(row, Mapping) else {}
            values = tuple(_value(found.get(name)) for name in columns)
            yield Row(values, tuple(slice_of(found.get(name)) for name in pooling.slices))

    return Source(columns if len(columns) > 1 else ("text",), rows, size)


def _value(value: object) -> str | NoText | None:
    if isinstance(value, str):
        return str(value)
    return None if value is None or value != value else NoText(type(value).__name__)


def slice_of(value: object) -> str | None:
    """By what texts are told apart, as a str; None where there is nothing."""
    if value is None or value != value:
        return None
    # whole numbers beside a gap are no whole numbers in a table of pandas
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _files(path: str, pooling: Pooling) -> Source:
    """Files of one kind, in the order of their names."""
    paths = [path] if os.path.exists(path) else sorted(glob.glob(path, recursive=True))
    if len(paths) == 1 and os.path.isdir(paths[0]):
        folder = Path(paths[0])
        if (folder / "state.json").is_file():
            paths = [str(folder / item["filename"]) for item in _json(folder / "state.json")["_data_files"]]
        else:
            kinds = {one.suffix for one in folder.iterdir()} & _KINDS.keys()
            paths = sorted(str(one) for one in folder.iterdir() if one.suffix in kinds)
    if not paths:
        raise InputError(f"texts is {path!r}, where there is no file that limelight reads. {FORMS}; correct the path.")
    kind = Path(paths[0]).suffix.lower()
    others = [one for one in paths if Path(one).suffix.lower() != kind]
    if kind not in _KINDS or others:
        which = others[0] if others and kind in _KINDS else paths[0]
        raise InputError(f"texts is {path!r}, with the file {which!r}. {FORMS}, all of one kind; give such a path.")
    names, read, count = _KINDS[kind]
    first = _told(paths[0], lambda: names(paths[0]))
    size = sum(_told(one, partial(count, one)) for one in paths) if count else None
    if not first:
        _no_columns(pooling, f"the file {paths[0]!r} of a text a line")
        return Source(("text",), lambda: (Row((_value(line),)) for one in paths for line in _tried(one, read)), size)
    return _table(first, lambda: (row for one in paths for row in _tried(one, read)), pooling, size)


def _tried(path: str, read: Callable[[str], Iterator[Any]]) -> Iterator[Any]:
    """The rows of a file; what is wrong with it names it."""
    rows = read(path)
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except Exception as error:
            raise _unreadable(path, error) from error
        yield row


def _told(path: str, work: Callable[[], Any]) -> Any:
    try:
        return work()
    except Exception as error:
        raise _unreadable(path, error) from error


def _unreadable(path: str, error: Exception) -> InputError:
    return InputError(f"cannot read {path!r} ({quoted(error)}). {FORMS}; mend the file, or leave it out.")


def _json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _parquet_names(path: str) -> list[str]:
    import pyarrow.parquet as parquet

    return list(parquet.read_schema(path).names)


def _parquet_size(path: str) -> int:
    import pyarrow.parquet as parquet

    rows: int = parquet.read_metadata(path).num_rows
    return rows


def _parquet_rows(path: str) -> Iterator[Values]:
    import pyarrow.parquet as parquet

    with parquet.ParquetFile(path) as file:
        yield from _batches(file.iter_batches(READ))


def _arrow_names(path: str) -> list[str]:
    import pyarrow

    with pyarrow.memory_map(path) as file, pyarrow.ipc.open_stream(file) as reader:
        return list(reader.schema.names)


def _arrow_rows(path: str) -> Iterator[Values]:
    import pyarrow

    with pyarrow.memory_map(path) as file, pyarrow.ipc.open_stream(file) as reader:
        yield from _batches(reader)


def _csv_names(path: str) -> list[str]:
    with open(path, newline="", encoding="utf-8-sig") as file:
        return next(csv.reader(file, delimiter=_delimiter(path)), [])


def _csv_rows(path: str) -> Iterator[Values]:
    csv.field_size_limit(sys.maxsize)  # a text of a megabyte costs its row, not the file
    with open(path, newline="", encoding="utf-8-sig") as file:
        yield from csv.DictReader(file, delimiter=_delimiter(path))


def _delimiter(path: str) -> str:
    return "\t" if path.lower().endswith(".tsv") else ","


def _jsonl_names(path: str) -> list[str]:
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.strip() and isinstance(row := _line(line), dict):
                return list(row)
    return []


def _jsonl_rows(path: str) -> Iterator[Any]:
    with open(path, encoding="utf-8") as file:
        yield from (_line(line) for line in file if line.strip())


def _line(line: str) -> Any:
    """A row of JSON; one that is none is no reason to lose the others."""
    try:
        return json.loads(line)
    except ValueError:
        return None


def _lines(path: str) -> Iterator[str]:
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        yield from (line.rstrip("\n") for line in file)


def _no_names(path: str) -> list[str]:
    return []


# By suffix: what reads the names of columns, what reads the rows, and what counts these at once.
Kind = tuple[Callable[[str], list[str]], Callable[[str], Iterator[Any]], Callable[[str], int] | None]
_KINDS: dict[str, Kind] = {
    ".parquet": (_parquet_names, _parquet_rows, _parquet_size),
    ".arrow": (_arrow_names, _arrow_rows, None),
    ".csv": (_csv_names, _csv_rows, None),
    ".tsv": (_csv_names, _csv_rows, None),
    ".jsonl": (_jsonl_names, _jsonl_rows, None),
    ".ndjson": (_jsonl_names, _jsonl_rows, None),
    ".txt": (_no_names, _lines, None),
}
