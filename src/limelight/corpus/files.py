"""The folder of a corpus: what stands in it, how it is written and read.

| file | a row is | columns |
|---|---|---|
| `texts/part-*.parquet` | a text, once within its thousand | `id`, `hash`, `copies`, a column a field, a column a slice as `slice:NAME`, `targets`, `prediction`, `field`, `start`, `stop`, `word`, `masks`, `answers`, `error` |
| `effects/part-*.parquet` | a place in a text and a target | `id`, `field`, `start`, `stop`, `word`, `target`, `effect`, `se` |
| `words.parquet` | a word and a target | `word`, `target`, `effect`, `se`, `low`, `high`, `texts`, `share_raises`, `context`, `most_for`, `most_against` |
| `corpus.json` | | what was asked of which model |
| `progress.json` | | how far it is |
"""  # noqa: E501

from __future__ import annotations

import errno
import json
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from limelight.errors import InputError, LimelightError, shown
from limelight.render.files import written

SCHEMA = "limelight.corpus/1"
MANIFEST, PROGRESS, WORDS = "corpus.json", "progress.json", "words.parquet"
TEXTS, EFFECTS = "texts", "effects"
SLICE = "slice:"  # before the name of a column by which texts are told apart
TOLD = b"limelight"  # where a file of Parquet says what it was made of
MISSING = (
    "corpora are written as Parquet by pyarrow, which is not installed. limelight needs it for many texts; "
    "pip install 'limelight[corpus]'."
)


def arrow() -> Any:
    """pyarrow, with its parquet.

    Raises:
        InputError: it is not installed.
    """
    try:
        import pyarrow
        import pyarrow.compute
        import pyarrow.parquet
    except ImportError as error:
        raise InputError(MISSING) from error
    return pyarrow


def texts_schema(fields: Sequence[str], slices: Sequence[str]) -> Any:
    """Of a file of texts: see the module."""
    pa = arrow()
    return pa.schema(
        [
            ("id", pa.int64()),
            ("hash", pa.string()),
            ("copies", pa.int64()),
            *((name, pa.string()) for name in fields),
            *((SLICE + name, pa.string()) for name in slices),
            ("targets", pa.list_(pa.string())),
            ("prediction", pa.list_(pa.float64())),
            ("field", pa.list_(pa.int32())),
            ("start", pa.list_(pa.int32())),
            ("stop", pa.list_(pa.int32())),
            ("word", pa.list_(pa.string())),
            ("masks", pa.binary()),
            ("answers", pa.list_(pa.float64())),
            ("error", pa.string()),
        ]
    )


def effects_schema() -> Any:
    """Of a file of effects: see the module."""
    pa = arrow()
    numbers = [("field", pa.int32()), ("start", pa.int32()), ("stop", pa.int32())]
    names = [("word", pa.string()), ("target", pa.string())]
    return pa.schema([("id", pa.int64()), *numbers, *names, ("effect", pa.float32()), ("se", pa.float32())])


def words_schema() -> Any:
    """Of the table of words: see the module."""
    pa = arrow()
    numbers = [(name, pa.float64()) for name in ("effect", "se", "low", "high")]
    more = [("texts", pa.int64()), ("share_raises", pa.float64()), ("context", pa.float64())]
    ids = [(name, pa.list_(pa.int64())) for name in ("most_for", "most_against")]
    return pa.schema([("word", pa.string()), ("target", pa.string()), *numbers, *more, *ids])


def write_table(table: Any, path: Path, told: dict[str, Any] | None = None) -> None:
    """Writes a table as Parquet, whole or not at all; the same table gives the same bytes.

    Raises:
        LimelightError: the disk does not take it; what was written before is as it was.
    """
    pa = arrow()
    if told is not None:
        table = table.replace_schema_metadata({TOLD: json.dumps(told, sort_keys=True)})
    with _whole(path) as beside:
        pa.parquet.write_table(table, beside, compression="zstd")


def write_json(content: dict[str, Any], path: Path) -> None:
    """Writes a file of JSON, whole or not at all."""
    with disk(path):
        written(json.dumps(content, indent=1, ensure_ascii=False) + "\n", path)


@contextmanager
def disk(path: Path) -> Iterator[None]:
    """What a disk does not take becomes an error that says what is left.

    Raises:
        LimelightError: it took no more.
    """
    try:
        yield
    except (OSError, InputError) as error:
        reason = getattr(error, "strerror", None) or error
        full = "make room there" if getattr(error, "errno", None) == errno.ENOSPC else "see to it"
        raise LimelightError(
            f"cannot write {str(path)!r} ({reason}). What was written before is whole, and the job goes on from "
            f"there; {full}, and start it again."
        ) from error


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A path beside another, which takes its place when the block has ended well."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with disk(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            yield beside
            os.replace(beside, path)
        except BaseException:
            with suppress(OSError):
                beside.unlink()
            raise


def part(out: Path, kind: str, number: int) -> Path:
    """The file of a shard."""
    return out / kind / f"part-{number:06d}.parquet"


def parts(out: Path, kind: str) -> dict[int, Path]:
    """The files of the shards that are there, in their order."""
    found = {int(path.stem.removeprefix("part-")): path for path in (out / kind).glob("part-*.parquet")}
    return dict(sorted(found.items()))


def told_by(path: Path) -> dict[str, Any]:
    """What a file of Parquet was made of; nothing where it cannot be read."""
    try:
        told: dict[str, Any] = json.loads(arrow().parquet.read_schema(path).metadata[TOLD])
    except InputError:
        raise
    except Exception:  # cut short by a disk or a copy: it is made anew
        return {}
    return told


def read_table(path: Path, columns: Sequence[str] | None = None) -> Any:
    """A table of a file.

    Raises:
        InputError: it cannot be read.
    """
    try:
        return arrow().parquet.read_table(path, columns=columns, partitioning=None)
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            f"cannot read {str(path)!r} ({error}). limelight reads what a corpus wrote; remove the file, and start the "
            "job again: it makes what is missing."
        ) from error


def read_manifest(out: Path) -> dict[str, Any] | None:
    """What was asked of which model; None where nothing was.

    Raises:
        InputError: the folder is of something else, or of a later version.
    """
    path = out / MANIFEST
    if not path.is_file():
        return None
    try:
        manifest = json.loads(path.read_text("utf-8"))
        schema = str(manifest["schema"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"cannot read {str(path)!r} ({error}). limelight reads what a corpus wrote; give another folder."
        ) from error
    if schema != SCHEMA:
        raise InputError(
            f"{str(path)!r} is of the schema {shown(schema)}. This limelight reads {SCHEMA!r}; read it with the "
            "limelight that wrote it, or a later one."
        )
    checked: dict[str, Any] = manifest
    return checked


def read_progress(out: Path) -> dict[str, Any]:
    """How far a job is; nothing where it does not say."""
    try:
        progress: dict[str, Any] = json.loads((out / PROGRESS).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return progress
