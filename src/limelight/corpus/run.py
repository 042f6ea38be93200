"""A job from its beginning, or from where it was, to its end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from limelight.corpus import files
from limelight.corpus.job import Job
from limelight.corpus.local import Here, News, Processes, workers_of
from limelight.corpus.source import Row, Shard, Source
from limelight.corpus.total import write_total
from limelight.errors import InputError, shown

PAUSE = 5.0  # seconds at least between two looks at what is known so far
SHARE = 10  # times as long as that takes, until it is looked at again
TOLD = 1.0  # seconds between two notes of how far it is
NEAR = 1e-3  # by which answers of the same model on two machines may differ


class Engine(Protocol):
    """Whoever does the work."""

    def describe(self, rows: tuple[Row, ...]) -> dict[str, Any]:
        """By what the model is known again."""

    def explain(self, shards: Iterator[Shard]) -> Iterator[News]:
        """Writes the files of shards; yields what happens."""

    def close(self) -> None:
        """Ends whatever it does."""


@dataclass(frozen=True)
class Progress:
    """How far a job is.

    Attributes:
        state: ``"running"``, ``"pooling"`` when all texts are answered, ``"done"`` or ``"stopped"``.
        texts: rows that are done.
        size: rows that there are; None where that is not known yet.
        evaluations: texts that the model was asked about.
        failed: rows that could not be explained.
        seconds: since it was started; of one that goes on where it was, since then.
        speed: rows a second, since then.
    """

    state: str = "running"
    texts: int = 0
    size: int | None = None
    evaluations: int = 0
    failed: int = 0
    seconds: float = 0.0
    speed: float = 0.0

    @property
    def left(self) -> float | None:
        """Seconds that are left, where they can be told."""
        return None if self.size is None or not self.speed else (self.size - self.texts) / self.speed


def engine_of(job: Job) -> Engine:
    """The engine that was asked for."""
    if job.pooling.engine == "ray":
        from limelight.corpus.cluster import Cluster

        return Cluster(job)
    workers = workers_of(job)
    return Processes(job, workers) if workers else Here(job)


def run(source: Source, job: Job) -> Iterator[Progress]:
    """Does a job; yields how far it is, at least once a batch of the model. Whoever stops iterating has stopped it.

    Raises:
        InputError: the folder is of another job, or the input cannot be read.
        LimelightError: the model cannot be had or asked, or the disk takes no more.
    """
    files.arrow()
    done = _done(source, job)
    engine: Engine | None = None
    try:
        first = next(source.shards(), None)
        if first is None:
            raise InputError("there is no text. limelight takes one at least; give it some.")
        engine = engine_of(job)
        _claim(job, source, engine.describe(first.rows))
        yield from _explained(source, job, engine, done)
    finally:
        if engine is not None:
            engine.close()


def _claim(job: Job, source: Source, described: dict[str, Any]) -> None:
    """Writes whose folder it is, or refuses it.

    Raises:
        InputError: it is another's.
    """
    wanted = {"schema": files.SCHEMA, "fields": list(source.fields), "asked": job.pooling.identity(), **described}
    known = files.read_manifest(job.out)
    if known is None:
        with files.disk(job.out):
            job.out.mkdir(parents=True, exist_ok=True)
        files.write_json(wanted, job.out / files.MANIFEST)
        return
    for name, value in wanted.items():
        before = known.get(name)
        if name == "answer":
            same = len(before or ()) == len(value) and all(
                abs(a - b) <= NEAR * max(1.0, abs(a)) for a, b in zip(before or (), value, strict=True)
            )
        else:
            same = before == value
        if not same:
            if name == "asked" and isinstance(before, dict):
                name = next(one for one in value if before.get(one) != value[one])
                before, value = before.get(name), value[name]
            raise InputError(
                f"out is {str(job.out)!r}, which is of another job: its {name} is {shown(before)}, and now "
                f"{shown(value)} is asked for. limelight goes on with the same job only, and overwrites nothing; give "
                "another folder."
            )


def _done(source: Source, job: Job) -> dict[int, dict[str, Any]]:
    """What the files that are there say, by shard.

    Raises:
        InputError: one was made of other texts.
    """
    if files.read_manifest(job.out) is None:
        if job.out.exists() and (not job.out.is_dir() or any(job.out.iterdir())):
            raise InputError(
                f"out is {str(job.out)!r}, where there is something else. limelight writes into an empty folder, or "
                "goes on with a job of its own; give another folder."
            )
        return {}
    found = {number: files.told_by(path) for number, path in files.parts(job.out, files.TEXTS).items()}
    found = {number: told for number, told in found.items() if told}
    strange = set(found)
    for shard in source.shards() if found else ():
        told = found.get(shard.number)
        if not told or (told["rows"], told["count"]) == (shard.digest, len(shard.rows)):
            strange.discard(shard.number)
    if strange:
        told = found[min(strange)]
        raise InputError(
            f"out is {str(job.out)!r}, which is of other texts: those from {told['first']:,} on are not "
            "those that were explained there. limelight goes on with the same texts in the same order, and overwrites "
            "nothing; give another folder."
        )
    return found


def _explained(source: Source, job: Job, engine: Engine, done: dict[int, dict[str, Any]]) -> Iterator[Progress]:
    started = time.perf_counter()
    before = sum(told["count"] for told in done.values())
    running: dict[int, int] = {}
    masks, told_at, looked = job.pooling.masks, -TOLD, (started, 0.0)

    def progress(state: str) -> Progress:
        seconds = time.perf_counter() - started
        texts = sum(told["count"] for told in done.values())
        # of what is in the making, about as many texts as evaluations tell
        part = sum(count // (masks + 1) for count in running.values())
        return Progress(
            state=state,
            texts=texts + (part if state == "running" else 0),
            size=source.size,
            evaluations=sum(told["evaluations"] for told in done.values()) + sum(running.values()),
            failed=sum(told["failed"] for told in done.values()),
            seconds=seconds,
            speed=(texts + part - before) / seconds if seconds > 0 else 0.0,
        )

    def missing() -> Iterator[Shard]:
        for shard in source.shards():
            if shard.number not in done:
                yield shard

    def told_as(state: str) -> Progress:
        found = progress(state)
        files.write_json(asdict(found), job.out / files.PROGRESS)
        return found

    try:
        yield told_as("running")
        for kind, number, evaluations in engine.explain(missing()):
            running[number] = evaluations
            now = time.perf_counter()
            if kind == "done":
                done[number] = files.told_by(files.part(job.out, files.TEXTS, number))
                del running[number]
                if now - looked[0] > max(PAUSE, SHARE * looked[1]):
                    for _ in write_total(job.out, masks, whole=False):
                        pass
                    looked = time.perf_counter(), time.perf_counter() - now
            if now - started - told_at > TOLD:
                told_at = now - started
                yield told_as("running")
            else:
                yield progress("running")
        yield told_as("pooling")
        for _ in write_total(job.out, masks, whole=True):
            yield progress("pooling")
        yield told_as("done")
    except GeneratorExit:
        told_as("stopped")
        raise


def out_of(given: object) -> Path:
    """The folder of a result.

    Raises:
        InputError: it is no path.
    """
    if isinstance(given, (str, Path)) and str(given):
        return Path(given)
    raise InputError(f"out is {shown(given)}. limelight takes the path of a folder, such as out='effects'; give one.")
