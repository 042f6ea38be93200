"""Shards on a cluster of Ray: a task each, which writes its own file.

Tasks keep nothing and wait for nobody, so that a worker or a machine that dies costs the shards it
was at, which Ray begins again elsewhere. The model stays loaded in the process, which Ray uses again.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from limelight.corpus.job import Job, Work
from limelight.corpus.local import News
from limelight.corpus.source import Row, Shard
from limelight.errors import InputError, LimelightError, quoted

AHEAD = 2  # tasks that wait for each that runs: enough for none to be idle, few enough to fit anywhere
_LOADED: dict[str, Work] = {}  # in a process of Ray's: the job that it had last


def _ray() -> Any:
    try:
        import ray
    except ImportError as error:
        raise InputError(
            "engine is 'ray', and Ray is not installed. limelight runs on its clusters where it is; pip install "
            "'limelight[ray]', or leave engine out."
        ) from error
    return ray


def _work(reference: Any, key: str) -> Work:
    """The job with its model, loaded once a process."""
    if key not in _LOADED:
        _LOADED.clear()
        _LOADED[key] = _ray().get(reference[0]).work()
    return _LOADED[key]


def describe(reference: Any, key: str, rows: tuple[Row, ...]) -> Any:
    """A task: by what the model is known again, or what failed."""
    try:
        return _work(reference, key).describe(rows)
    except LimelightError as error:
        return error


def explain(reference: Any, key: str, shard: Shard) -> Any:
    """A task: writes the file of a shard; returns its evaluations, or what failed."""
    try:
        return max(_work(reference, key).explain(shard))
    except LimelightError as error:
        return error


class Cluster:
    """The cluster that Ray is connected to, or this machine as one.

    The folder of the result has to be one that all machines see.

    Args:
        job: what is done.
    """

    def __init__(self, job: Job) -> None:
        self._ray = ray = _ray()
        self._started = not ray.is_initialized()
        if self._started:
            ray.init(include_dashboard=False, log_to_driver=False, configure_logging=False)
        resources = ray.cluster_resources()
        gpus, cpus = int(resources.get("GPU", 0)), int(resources.get("CPU", 1))
        wanted = job.pooling.workers
        self._slots = wanted or gpus or cpus
        # a task that asks for less than a core leaves room for what Ray itself does
        share = max(1, cpus // self._slots)
        asked: dict[str, Any] = {"num_cpus": share, "max_retries": -1}
        asked["runtime_env"] = {"env_vars": {"OMP_NUM_THREADS": str(share), "TOKENIZERS_PARALLELISM": "false"}}
        if gpus:
            asked["num_gpus"] = min(1.0, gpus / self._slots)
        self._remote = {task: ray.remote(**asked)(task) for task in (describe, explain)}
        self._given = [ray.put(job)], f"{job.out} {uuid.uuid4().hex}"

    def describe(self, rows: tuple[Row, ...]) -> dict[str, Any]:
        """By what the model is known again.

        Raises:
            LimelightError: it cannot be had, or asked.
        """
        described: dict[str, Any] = self._got(self._remote[describe].remote(*self._given, rows))
        return described

    def explain(self, shards: Iterator[Shard]) -> Iterator[News]:
        """Writes the files of shards; as many are sent ahead as keep the cluster busy.

        Raises:
            LimelightError: a shard failed.
        """
        running: dict[Any, int] = {}
        task = self._remote[explain]
        try:
            while True:
                while len(running) < AHEAD * self._slots and (shard := next(shards, None)) is not None:
                    running[task.remote(*self._given, shard)] = shard.number
                if not running:
                    return
                ready, _ = self._ray.wait(list(running), timeout=0.5)
                for reference in ready:
                    number = running.pop(reference)
                    yield "at", number, self._got(reference)
                    yield "done", number, 0
        finally:
            for reference in running:
                self._ray.cancel(reference, force=True)

    def _got(self, reference: Any) -> Any:
        try:
            answer = self._ray.get(reference)
        except self._ray.exceptions.RayError as error:
            raise LimelightError(
                f"Ray could not do a part of it ({quoted(error)}). What was written before is whole, and the job "
                "goes on from there; see to the cluster, and start it again."
            ) from error
        if isinstance(answer, LimelightError):
            raise answer
        return answer

    def close(self) -> None:
        """Leaves the cluster, if it was joined for this."""
        if self._started:
            self._ray.shutdown()
