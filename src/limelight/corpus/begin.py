"""The steps of a job, from what a user gives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from limelight.corpus.job import Job
from limelight.corpus.options import Pooling
from limelight.corpus.run import Progress, run
from limelight.corpus.source import source_of
from limelight.predictors.options import Loading


def begun(texts: Any, model: Any, out: Path, pooling: Pooling, loading: Loading) -> Iterator[Progress]:
    """The steps of a job, see ``run``.

    Raises:
        InputError: the texts cannot be read.
    """
    source = source_of(texts, pooling)
    return run(source, Job(out, source.fields, pooling, model, loading))
