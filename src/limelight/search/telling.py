"""What was found, as pages and programs are told of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from limelight.captions import Captions, Note
from limelight.render.numbers import number
from limelight.search.base import Edit, Flip, Flips
from limelight.text.fields import Field

DIGITS = 6  # of scores; a page writes two or three
ORDER = ("deleted", "edited", "reads", "other")


def record_of(flips: Flips, fields: Sequence[Field], seconds: float) -> dict[str, Any]:
    """Flips as plain JSON types, with the fields that they are of."""
    return {
        "fields": [{"name": field.name, "text": field.text} for field in fields],
        "source": flips.source,
        "flips": [_told(one) for one in flips],
        "evaluations": flips.evaluations,
        "budget": flips.budget,
        "seconds": round(seconds, 2),
        "done": flips.done,
        "read": any(one.fluency is not None for one in flips),
        "said": [_note(one) for one in flips.said],
    }


def _told(flip: Flip) -> dict[str, Any]:
    return {
        "kind": flip.kind,
        "text": flip.text,
        "edits": [[*edit.place, edit.text] for edit in flip.edits],
        "path": [_rounded(one) for one in flip.path],
        "target": flip.target,
        "score": _rounded(flip.score),
        "minimal": flip.minimal,
        "fluency": None if flip.fluency is None else _rounded(flip.fluency),
    }


def _note(said: str) -> dict[str, Any]:
    if isinstance(said, Note):
        return {"code": said.code, "values": dict(said.values), "text": str(said)}
    return {"code": "", "values": {}, "text": said}


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def heading(flip: Flip, say: Captions) -> str:
    """What a flip is the best of, and how far that is proven."""
    count = len(flip.edits)
    parts = [say(f"flip.{flip.kind}")]
    if count > 1:
        parts.append(say("flipParts" if flip.minimal else "flipSingles", count=count))
    return " · ".join(parts)


def counts(edits: Sequence[Edit], say: Captions) -> str:
    """How many words are deleted, replaced and inserted."""
    kinds = [edit.kind for edit in edits]
    return say("listed").join(
        say(f"edits.{kind}", count=kinds.count(kind)) for kind in ("deleted", "replaced", "inserted") if kind in kinds
    )


def path_of(flip: Flip) -> str:
    """The score of what was predicted, edit by edit."""
    return " → ".join(number(one) for one in flip.path)
