"""What a page is told that it can choose from, and of fields."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from limelight.errors import InputError
from limelight.explanation import Explanation
from limelight.methods import METHODS
from limelight.predictors import Predictor
from limelight.render.exports import menu
from limelight.text.units import UNITS


def menu_of(
    predictor: Predictor | None, explanation: Explanation | None, labels: Sequence[str] | None
) -> dict[str, Any]:
    """What a page can choose from, with the reason where one cannot serve the model."""
    if predictor is None:
        return {}
    with suppress(InputError):  # of a model that takes none: the run says so
        predictor = predictor.among(labels)
    methods = [
        {"name": name, "title": method.title, "reason": predictor.opaque if method.needs_internals else ""}
        for name, method in METHODS.items()
    ]
    units = [{"name": name, "reason": "" if unit.search else predictor.uncut} for name, unit in UNITS.items()]
    # entities and masked words are known only when the text is read
    targets = predictor.targets or (explanation.targets if explanation is not None else ())
    return {"methods": methods, "units": units, "targets": list(targets), "formats": menu()} | (
        {"about": True} if predictor.labels_words else {}
    )


def told(fields: Sequence[Any]) -> list[dict[str, str]]:
    """The fields as a page is told of them."""
    return [{name: getattr(field, name) for name in ("name", "text", "group", "role", "title")} for field in fields]
