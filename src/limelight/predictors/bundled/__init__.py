"""The model that comes with limelight: a small English sentiment BERT that needs no network."""

from __future__ import annotations

from pathlib import Path

NAME = "limelight's own BERT"
FOLDER = Path(__file__).parent / "weights"
LABELS = ("negative", "neutral", "positive")
