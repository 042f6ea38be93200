"""What a worker has to know, and what it does: the same in this process, in another and on a cluster."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from limelight.corpus.options import Pooling
from limelight.corpus.shard import described, explain_shard
from limelight.corpus.source import Row, Shard
from limelight.predictors import Predictor, load_predictor
from limelight.predictors.options import Loading


@dataclass(frozen=True)
class Job:
    """Many texts to be explained.

    Attributes:
        out: the folder of the result.
        names: of the fields of a text.
        pooling: what is asked.
        model: anything that ``as_predictor`` takes.
        loading: how it is had.
    """

    out: Path
    names: tuple[str, ...]
    pooling: Pooling = field(default_factory=Pooling)
    model: Any = None
    loading: Loading = field(default_factory=Loading)

    def work(self) -> Work:
        """The job with its model loaded."""
        predictor = load_predictor(self.model, self.loading)
        return Work(self, predictor.among(self.pooling.labels))


@dataclass(frozen=True)
class Work:
    """A job with its model."""

    job: Job
    predictor: Predictor

    def describe(self, rows: tuple[Row, ...]) -> dict[str, Any]:
        """By what the model is known again, see ``described``."""
        return described(rows, self.job.names, self.predictor, self.job.pooling)

    def explain(self, shard: Shard) -> Iterator[int]:
        """Writes the file of a shard; yields the evaluations so far after each batch."""
        return explain_shard(shard, self.job.names, self.predictor, self.job.pooling, self.job.out)


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def accelerators() -> int:
    """How many GPUs this process may use, found without loading anything."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is not None:
        return len([one for one in named.split(",") if one.strip() not in ("", "-1")])
    folder = Path("/proc/driver/nvidia/gpus")
    return len(list(folder.iterdir())) if folder.is_dir() else 0


def settled(job: Job, worker: int, workers: int) -> Job:
    """The job as one of several workers does it: with its share of the cores, and a GPU of its own.

    torch is told before it computes anything; a model that is not its own needs none.
    """
    os.environ["OMP_NUM_THREADS"] = str(max(1, cores() // workers))
    if job.loading.device == "auto" and accelerators() > 1:
        job = replace(job, loading=replace(job.loading, device=f"cuda:{worker % accelerators()}"))
    return job
