"""A corpus whose job may run here."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from limelight.corpus.questions import Questions
from limelight.corpus.show import Compared
from limelight.predictors import Model, bundled
from limelight.widget.background import Background


class Watched(Questions):
    """A corpus whose job may run here, and whose texts may be explained here.

    Args:
        out: the folder.
        given: the model; None for the bundled one, if the corpus is of that.
        lang: of the captions.

    Attributes:
        job: that was begun here, or None.
        compared: what it is shown beside, or None.
    """

    def __init__(self, out: str | Path, given: Model | None, lang: str) -> None:
        super().__init__(out)
        self.given, self.lang = given, lang
        self.job: Background | None = None
        self.compared: Compared = None

    @property
    def explains(self) -> bool:
        """Whether a text can be explained that is chosen in the view."""
        return self.given is not None or self.model == bundled.NAME

    @property
    def running(self) -> bool:
        """Whether a job that was begun here is at work."""
        return self.job is not None and self.job.running

    def wait(self, timeout: float | None = None) -> Self:
        """Waits for a job that was begun with ``wait=False``, at most ``timeout`` seconds.

        Raises:
            LimelightError: it failed.
        """
        if self.job is not None:
            self.job.wait(timeout)
        return self

    def stop(self) -> None:
        """Stops a job that was begun with ``wait=False``; what was found stays, and it can go on from there."""
        if self.job is not None:
            self.job.stop()
