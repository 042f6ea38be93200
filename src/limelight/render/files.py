"""How a file is written and read: whole, or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar, cast

from limelight.errors import InputError, visible

Content = TypeVar("Content", str, bytes)
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a formula begins with


def cell(text: str) -> str:
    """Text for a cell of CSV, with an apostrophe before what a spreadsheet would take for a formula and work out.

    Source: OWASP, CSV Injection; `js/src/parts/download.js` does the same.
    """
    return f"'{text}" if text.startswith(FORMULA) else text


class _Written:
    """Has a cell of a notebook, whose last line wrote a file, show where it is rather than all of it."""

    said: str

    def __repr__(self) -> str:
        return self.said


class _Text(_Written, str):
    pass


class _Bytes(_Written, bytes):
    pass


def written(content: Content, path: str | Path | None) -> Content:
    """Returns the content, after it was written to a file, byte for byte, if a path is given.

    Its repr then says where it is. A file that was there is replaced in one step once the new one is complete: whatever
    goes wrong, the old one is as it was, and nothing is left beside it.

    Raises:
        InputError: it cannot be written there.
    """
    if path is None:
        return content
    target = writable(path)
    with _or_refused("write", path, "writes where this user may write a file; give another path"):
        data = content.encode() if isinstance(content, str) else content
        if _replaceable(target):
            _replace(Path(os.path.realpath(target)), data)  # a link stays one
        else:
            target.write_bytes(data)
    told = _Text(content) if isinstance(content, str) else _Bytes(content)
    told.said = visible(f"<{target}: {len(data):,} bytes>")
    return cast(Content, told)


def writable(path: str | Path) -> Path:
    """The path, if a file can be written there, as far as one can tell before it is tried.

    Raises:
        InputError: it is no path, or a folder; its folder does not exist; or this user may not write there.
    """
    with _or_refused("write", path, "writes where this user may write a file; give another path"):
        target = Path(path)
        if not target.parent.is_dir():
            raise InputError(
                f"cannot write {str(path)!r}: there is no folder {str(target.parent)!r}. "
                "limelight writes into folders that exist; make it first, or give another path."
            )
        if target.is_dir():
            raise IsADirectoryError(os.strerror(errno.EISDIR))
        end = Path(os.path.realpath(target))
        needed = [end] if end.exists() else []
        if _replaceable(target):
            needed.append(end.parent)  # the new file is made beside the old one
        if not all(os.access(each, os.W_OK) for each in needed):
            raise PermissionError(os.strerror(errno.EACCES))
    return target


def read(path: str | Path) -> str:
    """The text of a file.

    Raises:
        InputError: there is no such file, or it cannot be read, or is not UTF-8.
    """
    with _or_refused("read", path, "loads the files that Explanation.save writes; give the path of one"):
        return Path(path).read_text("utf-8")


@contextmanager
def _or_refused(verb: str, path: object, accepted: str) -> Iterator[None]:
    """What a path, a file or the system does not allow becomes an InputError."""
    try:
        yield
    except InputError:
        raise
    except (OSError, TypeError, ValueError) as error:  # no path at all, or one that holds a NUL
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"cannot {verb} {str(path)!r} ({reason}). limelight {accepted}.") from error


def _replaceable(path: Path) -> bool:
    """Whether a path leads to a file, or to none yet: no device, no pipe, and not what is open, as ``/dev/stdout``."""
    for _ in range(40):  # links, as many as Linux follows
        folder = os.path.realpath(path.parent)
        if folder == "/dev/fd" or (folder.startswith("/proc/") and folder.endswith("/fd")):
            return False
        if not path.is_symlink():
            break
        path = path.parent / os.readlink(path)
    return path.is_file() or not path.exists()


def _replace(path: Path, data: bytes) -> None:
    """Puts a new file in the place of an old one, with its mode and, where this user may, its owner.

    Raises:
        OSError: it cannot be done; then, and after an interrupt, the old file is as it was.
    """
    old = path.stat() if path.exists() else None
    mode = 0o666 if old is None else stat.S_IMODE(old.st_mode)  # from the first byte: the old may be private
    beside = path.with_name(f".limelight-{secrets.token_hex(8)}")  # short, since a name has 255 bytes at most
    try:
        with open(beside, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if old is not None:
            with suppress(AttributeError, OSError):  # Windows knows no owners; few users may give a file away
                os.chown(beside, old.st_uid, old.st_gid)
            os.chmod(beside, mode)
        os.replace(beside, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise
