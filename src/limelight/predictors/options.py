"""How a model is had: what can be asked of ``as_predictor``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from limelight.errors import InputError, choose, shown
from limelight.options import PAIRS, check_all, check_flag, option
from limelight.predictors.prompting import AUTO, Template, check_generation, check_template

DTYPES: dict[str, Any] = {"auto": None, "float32": None, "bfloat16": None}


def _check_names(class_names: object) -> None:
    # one str is no list, a set has no order, a dict may have another, and an iterator can be read only once
    if class_names is None or (
        hasattr(class_names, "__len__") and not isinstance(class_names, (str, bytes, Set, Mapping))
    ):
        return
    raise InputError(
        f"class_names is the {type(class_names).__name__} {shown(class_names)}. limelight takes a list of names, one a "
        "column, in their order; write class_names=['first', 'second']."
    )


def _check_device(device: object) -> None:
    if not isinstance(device, str):
        raise InputError(
            f"device is {shown(device)}. limelight takes a str: 'auto', 'cpu', or an accelerator such as 'cuda:1'."
        )


@dataclass(frozen=True)
class Loading:
    """How a model is had."""

    class_names: Sequence[str] | None = option(
        None,
        "names of the `k` classes, in their order; None for the model's own",
        _check_names,
        flag=("NAME", "..."),
    )
    device: str = option(
        "auto",
        "where a model that limelight loads is put: `'auto'` (an accelerator if there is one), `'cpu'`, `'cuda:1'`",
        _check_device,
        flag=("NAME",),
    )
    dtype: str = option(
        "auto",
        "what a model that limelight loads computes in: `'float32'`, `'bfloat16'`, or `'auto'`: bfloat16 where the "
        "hardware is faster in it and it moves no probability by more than .005 on a dozen texts that are asked first",
        lambda dtype: choose("dtype", dtype, DTYPES),
        names=lambda: DTYPES,
        flag=("NAME",),
    )
    safetensors_only: bool = option(
        True,
        "refuse weights stored as pickles, which can run code",
        lambda value: check_flag("safetensors_only", value),
        flag=("",),
    )
    windows: bool = option(
        False,
        "read a text beyond the model's window in windows that overlap, and average their answers; else the model "
        "stops reading where its window ends",
        lambda value: check_flag("windows", value),
        flag=("",),
    )

    template: Template = option(
        AUTO,
        "how an input becomes the prompt of a language model: `'auto'` for its own chat template where it has one, a "
        "format string with the fields' names, a function from a dict of texts to a str or a chat, or None for the "
        "text as it is",
        check_template,
        flag=("TEXT",),
    )
    generation: Mapping[str, Any] | None = option(
        None,
        "how a language model writes its answer, as transformers' generate calls it: `{'max_new_tokens': 30}`; None "
        "for the likeliest token each time, at most 64",
        check_generation,
        flag=PAIRS,
    )

    def __post_init__(self) -> None:
        check_all(self)
