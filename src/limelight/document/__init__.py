"""The answer as a value, which everything that draws, saves and sends it takes."""

from __future__ import annotations

from limelight.document.parts import Alternative, Answer, Attention, Exam, Fit
from limelight.document.targets import Target, position
from limelight.document.value import Document

__all__ = ["Alternative", "Answer", "Attention", "Document", "Exam", "Fit", "Target", "position"]
