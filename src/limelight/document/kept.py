"""What every value of a document must be, and how it is kept."""

from __future__ import annotations

from typing import Any

from limelight.document import checks
from limelight.document.parts import (
    checked_answer,
    checked_attention,
    checked_exam,
    checked_fields,
    checked_fit,
    checked_removals,
    checked_target,
    checked_terms,
    checked_unit,
    checked_warnings,
)
from limelight.errors import listing
from limelight.text.fields import MOST_FIELDS


def checked(one: Any) -> dict[str, Any]:
    """The values of a document as they are kept.

    Raises:
        InputError: no renderer could draw one of them.
    """
    inputs = checked_fields(one.fields)
    places, answer = checks.places("spans", one.places, inputs), checked_answer(one.answer)
    targets = tuple(
        checked_target(target, inputs, answer) for target in checks.items("targets", one.targets, checks.MOST_TARGETS)
    )
    k, d = len(targets), len(places)
    terms = checked_terms(one.terms, d)
    removals = checked_removals(one.removals, d)
    shapes: dict[str, tuple[int | None, ...]] = {
        "scores": (k,), "probabilities": (k,), "weights": (k, d), "intercepts": (k,), "intervals": (k, d, 2),
        "joint_weights": (k, d), "joint_intercepts": (k,), "joint_intervals": (k, d, 2),
        "term_weights": (k, len(terms)), "term_intervals": (k, len(terms), 2),
        "removal_scores": (k, len(removals)), "removal_margins": (None, k + 1),
        "residuals": (None, k + 1), "leverages": (None, d),
    }  # fmt: skip
    arrays = {
        name: (checks.intervals if name.endswith("intervals") else checks.numbers)(name, getattr(one, name), shape)
        for name, shape in shapes.items()
        if getattr(one, name) is not None or name == "scores"
    }
    rows = {len(arrays[name]) for name in ("residuals", "leverages") if name in arrays}
    if len(rows) > 1:
        raise checks.unfit(f"residuals and leverages have {listing(map(str, sorted(rows)))} rows", "as many of both")
    if len(set(targets)) < k:
        raise checks.refused("targets", one.targets, "distinct names")
    sizes = [len(part.text) for part in inputs]
    reads = sizes if one.reads is None else checks.items("read", one.reads, MOST_FIELDS)
    if len(reads) != len(inputs):
        raise checks.refused("read", reads, "a number for each field")
    explained = tuple(range(len(inputs))) if one.explained is None else one.explained
    contrast = one.contrast if one.contrast is None else checks.positions("contrast", one.contrast, 2**31, 2)
    if contrast is not None and len(contrast) != 2:
        raise checks.refused("contrast", one.contrast, "two positions")
    return arrays | {
        "fields": inputs,
        "places": places,
        "targets": targets,
        "terms": terms,
        "removals": removals,
        "joint": checks.flag("joint", one.joint),
        "fit": checked_fit(one.fit, k),
        "explained": checks.positions("explained", explained, len(inputs), MOST_FIELDS),
        "pinned": checks.places("pinned", one.pinned, inputs, ascending=False),
        **{name: checks.places(name, getattr(one, name), inputs, ascending=False) for name in ("about", "only")},
        "reads": tuple(checks.whole("read", n, 0, size) for n, size in zip(reads, sizes, strict=True)),
        "state": checks.one_of("state", one.state, checks.STATES),
        "scale": checks.one_of("scale", one.scale, checks.SCALES),
        "unit": checked_unit(one.unit),
        "contrast": contrast,
        "labels": tuple(checks.string("labels", name) for name in checks.items("labels", one.labels, 1000)),
        "attention": checked_attention(one.attention, d),
        "exam": checked_exam(one.exam, k),
        "answer": answer,
        "warnings": checked_warnings(one.warnings),
        "seconds": checks.number("seconds", one.seconds),
        **{name: checks.string(name, getattr(one, name)) for name in ("method", "title", "masker", "model", "dtype")},
        **{name: checks.whole(name, getattr(one, name)) for name in ("seed", "evaluations", "budget")},
    }
