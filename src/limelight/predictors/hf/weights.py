"""A model's weights, read from its folder into memory of our own."""

from __future__ import annotations

import io
import os
from collections.abc import Container
from typing import Any

from limelight.errors import ModelError, shown
from limelight.predictors.hf.folders import Folder, reason_of

SAFE, PICKLED = ("model.safetensors", ".safetensors"), ("pytorch_model.bin", ".bin")
INDEX = ".index.json"


def choose_weights(names: Container[str], safetensors_only: bool) -> str | None:
    """Chooses the file that weights are read from, or an index of such files, in transformers' order."""
    files = [SAFE[0]] if safetensors_only else [SAFE[0], PICKLED[0]]
    return next((name for file in files for name in (file, file + INDEX) if name in names), None)


def parts_among(names: set[str], weights: str | None) -> set[str]:
    """Returns which names of a repository belong to the weights that were chosen in it."""
    if weights is None or not weights.endswith(INDEX):
        return {weights} - {None}
    stem, ending = os.path.splitext(weights.removesuffix(INDEX))
    return {weights} | {name for name in names if name.startswith(f"{stem}-") and name.endswith(ending)}


def files_of(folder: Folder, safetensors_only: bool, named: object = None) -> dict[str, set[str]]:
    """Names the files that hold a folder's weights, all of them in the folder itself.

    Args:
        folder: where they are.
        safetensors_only: no pickle is named.
        named: what the config says they are in, or None.

    Returns:
        of each file the tensors that an index promises there.

    Raises:
        ModelError: there are none, or an index or the config names anything else.
    """
    if named is not None:
        _check_name(folder, "config.json", named, (SAFE[1], SAFE[1] + INDEX))
    name = named or choose_weights(folder, safetensors_only)
    if name is None:
        if choose_weights(folder, safetensors_only=False):
            raise pickled(folder.title)
        raise folder.refusal("holds no sequence classifier that transformers can load (no model.safetensors)")
    if not name.endswith(INDEX):
        return {name: set()}
    shards = folder.settings(name).get("weight_map")
    if not isinstance(shards, dict) or not shards:
        raise folder.refusal(f"has a {name} without a weight_map")
    kind = SAFE[1] if name.endswith(SAFE[1] + INDEX) else PICKLED[1]
    files: dict[str, set[str]] = {}
    for tensor, shard in shards.items():
        _check_name(folder, name, shard, (kind,))
        files.setdefault(shard, set()).add(tensor)
    return files


def read_weights(folder: Folder, safetensors_only: bool, named: object = None) -> dict[str, Any]:
    """Reads all tensors of a folder.

    They share nothing with the files: transformers leaves tensors on the mapped file, and then a model in use
    changes when the file is written to, and ends the process when it is cut short.

    Args:
        folder, safetensors_only, named: as in ``files_of``.

    Returns:
        the tensors by name.

    Raises:
        ModelError: as ``files_of``, or a file is damaged or missing.
    """
    weights: dict[str, Any] = {}
    for name, promised in files_of(folder, safetensors_only, named).items():
        try:
            tensors = _unpickled(folder, name) if name.endswith(PICKLED[1]) else _tensors(folder, name)
        except ModelError:
            raise
        except Exception as error:
            raise folder.refusal(f"has a {name} that holds no weights ({reason_of(error)})") from error
        if absent := promised - tensors.keys():
            raise folder.refusal(f"has a {name} without {shown(min(absent))}, which its index promises there")
        weights |= tensors
    return weights


def pickled(title: str) -> ModelError:
    """Makes the error that refuses pickles."""
    return ModelError(
        f"{title} holds its weights as a pickle (.bin), which can run code when loaded. "
        "limelight loads safetensors; convert them, or pass safetensors_only=False if you trust their origin."
    )


def _tensors(folder: Folder, name: str) -> dict[str, Any]:
    from safetensors.torch import load, load_file

    path = folder.locate(name)
    try:
        return load_file(path, backend="pread")
    except TypeError:  # safetensors before 0.8 can only map a file, or take its bytes, which needs twice the memory
        return load(folder.read(name))


def _unpickled(folder: Folder, name: str) -> dict[str, Any]:
    import torch

    tensors = torch.load(io.BytesIO(folder.read(name)), map_location="cpu", weights_only=True)
    if not isinstance(tensors, dict) or not all(isinstance(tensor, torch.Tensor) for tensor in tensors.values()):
        raise ValueError("no tensors by name")
    return tensors


def _check_name(folder: Folder, where: str, name: object, endings: tuple[str, ...]) -> None:
    plain = isinstance(name, str) and not set(name) & set("/\\:\0")
    if not plain or not name.endswith(endings):
        raise folder.refusal(
            f"has a {where} by which weights are in {shown(name)}, which is no name of a {' or '.join(endings)} "
            "file in it",
        )
