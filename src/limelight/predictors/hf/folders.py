"""The files of a model: which of them are read, and how.

A folder may come from anywhere. Its files are read by name from a fixed list, each once, as regular files that
lie within the folder; a link that leads out of it, a pipe or a device is refused.
"""

from __future__ import annotations

import json
import os
from collections.abc import Hashable
from pathlib import Path
from typing import Any

from limelight.errors import MOST_QUOTED, ModelError, printable, shown

SETTINGS = frozenset(["config.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"])
# What the tokenizers of transformers 4.57 to 5.24 keep their vocabularies in, pickles left out.
VOCABULARIES = frozenset(
    [
        *("tokenizer.json", "tokenizer.model", "vocab.txt", "vocab.json", "merges.txt"),
        *("sentencepiece.bpe.model", "sentencepiece.model", "spiece.model", "spm.model", "spm_char.model"),
        *("bpe.codes", "byte_maps.json", "dict.txt", "emoji.json", "entity_vocab.json", "normalizer.json"),
        *("prophetnet.tokenizer", "tekken.json", "tiktoken.model", "word_pronunciation.json", "word_shape.json"),
    ]
)
ADAPTER = "adapter_config.json"
TEMPLATE, GENERATION = "chat_template.jinja", "generation_config.json"  # how a chat becomes a prompt, and what ends it
NAMES = SETTINGS | VOCABULARIES | {ADAPTER, TEMPLATE, GENERATION}
WEIGHTS = (".safetensors", ".bin", ".index.json")
MOST_BYTES = 2**28  # of a file that is not weights: ten times the largest vocabulary that we know of


def reason_of(error: BaseException) -> str:
    """Returns the first line of an error's message, bounded and printable."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return printable(lines[0], MOST_QUOTED)


class Folder:
    """The files of one model.

    Args:
        path: an existing folder.
        source: what the user called it.
        kind: what it is to the user: a folder, or a model of the hub.

    Attributes:
        name: for readers.
        title: how an error calls it.
    """

    def __init__(self, path: str | os.PathLike[str], source: str, kind: str = "folder") -> None:
        self.path, self.title = Path(path), f"the {kind} {shown(source)}"
        self.name = printable(os.path.basename(os.path.abspath(source)))

    def __contains__(self, name: str) -> bool:
        return os.path.lexists(self.path / name)

    def refusal(self, problem: str, remedy: str = "save both there again") -> ModelError:
        """Makes the error that says what is wrong with the folder."""
        return ModelError(
            f"{self.title} {problem}. limelight takes a folder written by save_pretrained of both model and "
            f"tokenizer; {remedy}."
        )

    def fingerprint(self) -> Hashable:
        """Tells one state of the files from another, by what the file system says of them.

        Raises:
            ModelError: the folder cannot be listed.
        """
        try:
            with os.scandir(self.path) as entries:
                names = sorted(e.name for e in entries if e.name in NAMES or e.name.endswith(WEIGHTS))
            return os.path.realpath(self.path), tuple((name, _state(self.path / name)) for name in names)
        except OSError as error:
            raise self._unreadable(error) from error

    def locate(self, name: str) -> Path:
        """Returns where a file really is.

        Raises:
            ModelError: it is not there, not of this folder, or no regular file.
        """
        try:
            path = (self.path / name).resolve(strict=True)
            if not any(path.is_relative_to(root) for root in self._roots()):
                raise self.refusal(f"has a {name} that is a link to a file outside of it", "copy that file there")
            if not path.is_file():  # a pipe would keep us waiting
                raise self.refusal(f"has a {name} that is no regular file")
            return path
        except FileNotFoundError as error:
            raise self.refusal(f"has no {name}") from error
        except (OSError, RuntimeError) as error:  # before Python 3.13 a loop of links is a RuntimeError
            raise self._unreadable(error, name) from error

    def read(self, name: str, most: int | None = None) -> bytes:
        """Reads a file whole.

        Raises:
            ModelError: as ``locate``, or it is not to be read, or above ``most`` bytes.
        """
        path = self.locate(name)
        try:
            if most is not None and (size := path.stat().st_size) > most:
                raise self.refusal(f"has a {name} of {size:,} bytes, and {most:,} are the most")
            return path.read_bytes()
        except (OSError, MemoryError) as error:
            raise self._unreadable(error, name) from error

    def settings(self, name: str) -> dict[str, Any]:
        """Reads a JSON object.

        Raises:
            ModelError: as ``read``, or it is no JSON, no object, or nested beyond reason.
        """
        try:
            value = json.loads(self.read(name, MOST_BYTES))
        except RecursionError as error:
            raise self.refusal(f"has a {name} that is nested too deeply") from error
        except ValueError as error:
            raise self.refusal(f"has a {name} that is no JSON ({reason_of(error)})") from error
        if not isinstance(value, dict):
            raise self.refusal(f"has a {name} that is no JSON object")
        return value

    def _roots(self) -> list[Path]:
        """Where the files may lie: the folder, and for a snapshot in the hub's cache the blobs that it links to."""
        folder = self.path.resolve()
        repository = folder.parent.parent
        if folder.parent.name != "snapshots" or not repository.name.startswith("models--"):
            return [folder]
        return [folder, repository / "blobs", repository.parent / "blobs"]

    def _unreadable(self, error: BaseException, name: str = "") -> ModelError:
        why = getattr(error, "strerror", None) or reason_of(error)  # without the path, which is named already
        what = f"has a {name} that cannot be read" if name else "cannot be read"
        return self.refusal(f"{what} ({why})", "look at its permissions and links")


def _state(path: Path) -> tuple[int, ...]:
    try:
        status = path.stat()
    except OSError:
        return ()
    # the time of the last change too: a copy may keep the other one
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino
