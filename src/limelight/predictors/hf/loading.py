"""Models and tokenizers of transformers, read from a folder, from the cache or from the hub."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from limelight.errors import ModelError
from limelight.predictors import bundled


@dataclass(frozen=True)
class Loaded:
    """What was read.

    Attributes:
        model: in float32 on a CPU, in evaluation mode, on its device.
        tokenizer: its tokenizer.
        name: for readers.
        missing: names of parameters that the weights did not hold.
    """

    model: Any
    tokenizer: Any
    name: str
    missing: list[str]


def load(source: str, device: str = "auto", safetensors_only: bool = True) -> Loaded:
    """Reads a sequence classifier and its tokenizer; no code that comes with them is run.

    Args:
        source: a folder, or an id of the hub.
        device: ``"auto"`` for an accelerator if there is one.
        safetensors_only: refuse weights that are pickles.

    Raises:
        ModelError: it cannot be had.
    """
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    try:
        local = _at_hand(source)
        with _quiet():
            tokenizer = AutoTokenizer.from_pretrained(source, trust_remote_code=False, local_files_only=local)
            model, info = AutoModelForSequenceClassification.from_pretrained(
                source,
                trust_remote_code=False,
                local_files_only=local,
                use_safetensors=True if safetensors_only else None,
                output_loading_info=True,
            )
    except Exception as error:
        raise ModelError(_why_not(source, safetensors_only, error)) from error
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    model = model.to(device).eval()
    if device == "cpu":
        model = model.float()  # half precision computes slower than single on a CPU
    missing = [name for name in info["missing_keys"] if "position_ids" not in name]
    name = bundled.NAME if Path(source) == bundled.FOLDER else os.path.basename(source.rstrip("/\\"))
    return Loaded(model, tokenizer, name, missing)


def _at_hand(source: str) -> bool:
    """Whether a model is on this machine; if not, it is on the hub, or an exception says why not.

    What was fetched once is not asked for again, and the hub is asked whether it
    has a model before transformers is: its loaders try for most of a minute to
    reach a hub that is not there.
    """
    from huggingface_hub import HfApi, try_to_load_from_cache

    if Path(source).is_dir() or isinstance(try_to_load_from_cache(source, "config.json"), str):
        return True
    HfApi().model_info(source, timeout=5)
    return False


def _why_not(source: str, safetensors_only: bool, error: Exception) -> str:
    from huggingface_hub.constants import HF_HUB_CACHE

    folder = Path(source)
    if folder.is_dir():
        binary = any(folder.glob("*.bin")) and not any(folder.glob("*.safetensors"))
        if binary and safetensors_only:
            return (
                f"the folder {source!r} holds its weights as a pickle (.bin), which can run code when loaded. "
                "limelight loads safetensors; convert them, or pass safetensors_only=False if you trust their origin."
            )
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        return (
            f"the folder {source!r} holds no sequence classifier that transformers can load ({reason}). "
            "limelight takes a folder written by save_pretrained of both model and tokenizer; save both there."
        )
    return (
        f"the model {source!r} could not be had: there is no such folder (looked in {folder.resolve().parent}), "
        f"and the Hugging Face id was neither in the cache ({HF_HUB_CACHE}) nor to be fetched. "
        "Offline, name a folder that holds the model, or leave `model` out to use the one that comes with limelight."
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """transformers' bars and reports off for the while: what matters of them is on the widget."""
    from transformers.utils import logging

    bars, verbosity = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()
