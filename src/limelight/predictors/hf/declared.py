"""What a model and its tokenizer say of themselves, checked: the names of the classes, the window, the vocabulary."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from numbers import Integral, Real

from limelight.errors import ModelError, shown

MOST_CLASSES = 100_000
MOST_CHARACTERS = 1000  # of the name of a class
NO_WINDOW = 10**6  # from here on a limit means none; tokenizers write 10**30


def class_names(config) -> list[str]:
    """Returns a name for each output of a model; ``LABEL_0``, ... where its config has none.

    Raises:
        ModelError: the config's ``num_labels`` is no number of classes, or its ``id2label`` names others, or
            gives names that cannot be shown.
    """
    labels = getattr(config, "id2label", None) or {}
    named = isinstance(labels, Mapping)
    outputs = getattr(config, "num_labels", None) or (len(labels) if named else 0)
    if not isinstance(outputs, Integral) or not 1 <= outputs <= MOST_CLASSES:
        raise ModelError(
            f"the model's config has num_labels {shown(outputs)}. limelight explains a model of 1 to {MOST_CLASSES:,} "
            "classes; set config.num_labels to the number of its outputs."
        )
    names = {int(k) if isinstance(k, str) and k.isdecimal() else k: v for k, v in labels.items()} if named else {}
    if not named or not names.keys() <= set(range(outputs)):
        raise ModelError(
            f"the model's config has id2label {shown(labels)}. limelight takes a name for each output, here from 0 to "
            f"{outputs - 1:,}; correct config.id2label, or leave it out."
        )
    for name in names.values():
        if not isinstance(name, (str, int, float)) or not _is_showable(str(name)):
            raise ModelError(
                f"the model's config calls a class {shown(name)}. limelight takes names of up to {MOST_CHARACTERS:,} "
                "whole characters without control characters; correct config.id2label."
            )
    return [str(names.get(i, f"LABEL_{i}")) for i in range(outputs)]


def window(model, tokenizer) -> int | None:
    """Returns the number of tokens that fit the model, special ones included; None where there is no bound.

    Raises:
        ModelError: a limit is no number, or leaves no room for a text.
    """
    special = getattr(tokenizer, "num_special_tokens_to_add", int)()
    # RoBERTa and its kin count positions from the padding index on
    embeddings = [m for n, m in model.named_modules() if n.endswith("position_embeddings")]
    padding = getattr(embeddings[0], "padding_idx", None) if embeddings else None
    taken = 0 if padding is None else padding + 1
    limits = [
        ("model's max_position_embeddings", getattr(model.config, "max_position_embeddings", None), taken),
        ("tokenizer's model_max_length", getattr(tokenizer, "model_max_length", None), 0),
    ]
    bounds = [_bound(name, limit, taken, special) for name, limit, taken in limits if limit is not None]
    return min((bound for bound in bounds if bound is not None), default=None)


def _bound(name: str, limit: object, taken: int, special: int) -> int | None:
    number = isinstance(limit, Real) and not isinstance(limit, bool)
    if number and limit >= NO_WINDOW:
        return None
    if not number or math.isnan(limit) or limit % 1 or limit - taken <= special:
        raise ModelError(
            f"the {name} is {shown(limit)}. limelight takes a whole number of tokens, more than the {taken + special} "
            "that never hold a word; correct it in the folder, or on the object itself."
        )
    return int(limit) - taken


def check_vocabulary(model, tokenizer) -> None:
    """Checks that the model has a row for each token of its tokenizer.

    Raises:
        ModelError: it has not; on an accelerator the first such token would end the whole process.
    """
    try:
        rows = len(model.get_input_embeddings().weight)
    except (AttributeError, NotImplementedError):  # a model that computes its embeddings, as CANINE does
        return
    last = max(tokenizer.get_vocab().values(), default=0)
    if last >= rows:
        raise ModelError(
            f"the tokenizer numbers tokens up to {last:,}, and the model has embeddings up to {rows - 1:,}. limelight "
            "takes a model with its own tokenizer; save both together, after "
            "model.resize_token_embeddings(len(tokenizer))."
        )


def _is_showable(name: str) -> bool:
    return len(name) <= MOST_CHARACTERS and not any(unicodedata.category(c) in ("Cc", "Cs") for c in name)
