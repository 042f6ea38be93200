"""What of a model's settings reaches transformers: nothing that leads to other files, to code or to a hub.

A config may name kernels to fetch, code to run, another repository, another file. transformers follows some of
these even where it is told to stay local and to trust no code, so it reads a copy of the folder without them.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from limelight.errors import shown
from limelight.predictors.hf.declared import MOST_CLASSES
from limelight.predictors.hf.folders import ADAPTER, MOST_BYTES, SETTINGS, TEMPLATE, VOCABULARIES, Folder

_FILES = re.compile(r"(^|_)(files?|paths?)(_|$)")  # vocab_file, name_or_path, local_files_only, ...
_ELSEWHERE = frozenset(
    [
        *("attribute_map", "sub_configs"),  # by which one setting becomes another
        *("auto_map", "trust_remote_code"),
        *("experts_implementation", "use_kernels", "kernel_config", "fusion_config", "distributed_config"),
        *("backbone", "use_pretrained_backbone"),
        # arguments of tokenizers that are files, though their names do not tell
        *("init_inputs", "vocab", "merges", "source_spm", "target_spm", "mecab_option", "tokenizer_object"),
    ]
)
_ATTENTION = ("eager", "sdpa")  # part of transformers and of torch; anything else is looked for elsewhere
_LABELS = ("id2label", "label2id")  # their keys are anything
_COUNTS = re.compile(r"(layers?|groups?|group_num|experts?|blocks?|block_sizes)$")  # each is built one by one
MOST_PARTS = 1000


def read_config(folder: Folder) -> dict[str, Any]:
    """Reads a folder's config.json.

    Raises:
        ModelError: it is no config of a model in full, or its numbers are beyond any model's.
    """
    if ADAPTER in folder:
        raise folder.refusal(
            f"holds an adapter (its {ADAPTER}), which needs the weights of another model",
            "save the merged model (merge_and_unload), or load it yourself and give limelight (model, tokenizer)",
        )
    if "config.json" not in folder:
        raise folder.refusal("holds no sequence classifier that transformers can load (no config.json)")
    config = folder.settings("config.json")
    if not isinstance(config.get("model_type"), str):
        raise folder.refusal("has a config.json that names no model_type")
    for key, value in _leaves(config):
        if key == "quantization_config":
            raise folder.refusal("holds a quantized model", "load it yourself and give limelight (model, tokenizer)")
        most = MOST_CLASSES if key == "num_labels" else MOST_PARTS if _COUNTS.search(key) else None
        if most is not None and isinstance(value, (int, float)) and value > most:
            raise folder.refusal(f"has a config.json with {key} {shown(value)}; it can be {most:,} at most")
    return config


@contextmanager
def private_copy(folder: Folder, config: dict[str, Any]) -> Iterator[str]:
    """Copies what transformers may read of a folder, its weights excepted, to a folder of our own for the while.

    Raises:
        ModelError: a file cannot be read, or is no JSON where it must be.
    """
    with tempfile.TemporaryDirectory(prefix="limelight-") as copy:
        for name in sorted(SETTINGS | VOCABULARIES | {TEMPLATE}):
            if name not in folder:
                continue
            if name == "config.json":
                data = _dump(admitted(config))
            elif name == "tokenizer_config.json":
                data = _dump(admitted(folder.settings(name)))
            elif name == "special_tokens_map.json":
                tokens = folder.settings(name)
                data = _dump({key: tokens[key] for key in tokens if key.endswith(("_token", "_tokens"))})
            else:
                data = folder.read(name, MOST_BYTES)
            (Path(copy) / name).write_bytes(data)
        yield copy


def admitted(settings: Any) -> Any:
    """Returns JSON settings without those that lead elsewhere, at every depth."""
    if isinstance(settings, list):
        return [admitted(value) for value in settings]
    if not isinstance(settings, dict):
        return settings
    return {
        key: value if key in _LABELS else admitted(value) for key, value in settings.items() if _is_admitted(key, value)
    }


def _is_admitted(key: str, value: object) -> bool:
    if key == "attn_implementation":
        return value in _ATTENTION
    # what begins with an underscore is transformers' own state, the choice of kernels among it; save for the
    # mark by which it knows a special token
    private = key.startswith("_") and key != "__type"
    return not private and key not in _ELSEWHERE and not _FILES.search(key)


def _leaves(settings: object, key: str = "") -> Iterator[tuple[str, object]]:
    """All values but null that are no dict or list, each with the nearest key; ``quantization_config`` whole."""
    if key != "quantization_config" and isinstance(settings, dict):
        for name, value in settings.items():
            if name not in _LABELS:
                yield from _leaves(value, name)
    elif isinstance(settings, list):
        for value in settings:
            yield from _leaves(value, key)
    elif settings is not None:
        yield key, settings


def _dump(settings: dict[str, Any]) -> bytes:
    return json.dumps(settings).encode()
