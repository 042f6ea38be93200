"""What can be asked of a corpus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from limelight.api.options import Options
from limelight.errors import InputError, choose, shown
from limelight.options import check_all, is_whole, option
from limelight.text.units import UNITS

MASKS = tuple(2**n for n in range(1, 11))
ENGINES: dict[str, Any] = {"local": None, "ray": None}
OWN = {item.name: item for item in fields(Options)}


def _of_options(name: str) -> Any:
    """The same option as of one explanation."""
    return option(OWN[name].default, **vars(OWN[name].metadata["option"]))


def _check_masks(masks: object) -> None:
    if not is_whole(masks, 2) or masks not in MASKS:
        raise InputError(
            f"masks is {shown(masks)}. limelight asks about each text under a power of two of masks, from 2 to "
            f"{MASKS[-1]:,}, such as masks=8; give it one of these."
        )


def _check_unit(unit: object) -> None:
    choose("unit", unit, UNITS)


def _check_workers(workers: object) -> None:
    if workers is not None and not is_whole(workers, 1):
        raise InputError(
            f"workers is {shown(workers)}. limelight takes a whole number of processes from 1 up, or None to choose."
        )


def _check_column(column: object) -> None:
    if column is None or (isinstance(column, str) and column):
        return
    if isinstance(column, Sequence) and not isinstance(column, str) and column and all(map(_is_name, column)):
        return
    raise InputError(
        f"column is {shown(column)}. limelight takes the name of the column that holds the texts, a list of names "
        "where an input has several fields, or None for the only column of texts."
    )


def _check_slices(slices: object) -> None:
    if isinstance(slices, Sequence) and not isinstance(slices, str) and all(map(_is_name, slices)):
        return
    raise InputError(
        f"slices is {shown(slices)}. limelight takes a list of names of columns by which texts are told apart, such as "
        "slices=['source']; write it so."
    )


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value)


@dataclass(frozen=True)
class Pooling:
    """What can be asked of a corpus; a name or number that makes no sense is refused at once."""

    masks: int = option(
        8, "how many thinned versions of each text are asked about, a power of two", _check_masks, flag=("N",)
    )
    unit: str = option(
        "word",
        "what a feature is: `'word'`, `'sentence'`, `'token'` (the model's own) or `'character'`",
        _check_unit,
        names=lambda: UNITS,
        flag=("NAME",),
    )
    masker: str = _of_options("masker")
    scale: str = option(
        "auto",
        "what effects are measured in: `'probability'`, `'logit'`, `'log-odds'`, `'log-probability'`, or `'auto'`: "
        "probability where the model answers it",
        OWN["scale"].metadata["option"].check,
        names=OWN["scale"].metadata["option"].names,
        flag=("NAME",),
    )
    labels: Sequence[str] | None = _of_options("labels")
    column: str | Sequence[str] | None = option(
        None,
        "the column that holds the texts, or several where an input has several fields; None for the only one of texts",
        _check_column,
        flag=("NAME", "..."),
    )
    slices: Sequence[str] = option(
        (), "columns by which texts can be told apart afterwards", _check_slices, flag=("NAME", "...")
    )
    engine: str = option(
        "local",
        "where the work is done: `'local'` on this machine, `'ray'` on the cluster that Ray is connected to",
        lambda engine: choose("engine", engine, ENGINES),
        names=lambda: ENGINES,
        flag=("NAME",),
    )
    workers: int | None = option(
        None,
        "how many processes ask the model at once; None for one a core or GPU where the model is loaded by name, else "
        "none but this one",
        _check_workers,
        flag=("N",),
    )
    seed: int = _of_options("seed")

    def __post_init__(self) -> None:
        check_all(self)

    @property
    def columns(self) -> tuple[str, ...] | None:
        """The columns of the texts, one a field, or None."""
        return (self.column,) if isinstance(self.column, str) else None if self.column is None else tuple(self.column)

    def identity(self) -> dict[str, Any]:
        """What two jobs must agree on to be the same, as JSON holds it."""
        labels = None if self.labels is None else list(self.labels)
        asked = {name: getattr(self, name) for name in ("masks", "unit", "masker", "scale", "seed")}
        return {**asked, "labels": labels, "slices": list(self.slices)}
