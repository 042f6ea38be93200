"""Taking an explanation away: the forms it can be had in, and how a file is written."""

from __future__ import annotations

import base64
import errno
import importlib.util
import logging
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from limelight.errors import InputError, LimelightError, choose, quoted
from limelight.protocol import failure, response

log = logging.getLogger("limelight")
Content = TypeVar("Content", str, bytes)
MOST_SENT = 1_000_000  # bytes of one message; Colab takes no more
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a formula begins with


@dataclass(frozen=True)
class Format:
    """A form that an explanation can be had in.

    Attributes:
        title: for readers.
        mime: what a browser calls it.
        make: ``(explanation, target, lang) -> str or bytes``.
        needs: ``(module, what to install)`` where limelight alone cannot make it.
    """

    title: str
    mime: str
    make: Callable[[Any, str | int | None, str], str | bytes]
    needs: tuple[str, str] | None = None

    @property
    def reason(self) -> str:
        """Why it cannot be made here, else nothing."""
        missing = self.needs and importlib.util.find_spec(self.needs[0]) is None
        return f"needs {self.needs[1]}" if missing else ""


# By the ending of a file.
FORMATS: dict[str, Format] = {
    "html": Format("HTML", "text/html", lambda found, target, _: found.to_html(target=target)),
    "svg": Format("SVG", "image/svg+xml", lambda found, target, lang: found.to_svg(target=target, lang=lang)),
    "png": Format(
        "PNG",
        "image/png",
        lambda found, target, lang: found.to_png(target=target, lang=lang),
        ("resvg_py", "resvg-py"),
    ),
    "tex": Format("LaTeX", "application/x-tex", lambda found, target, lang: found.to_latex(target=target, lang=lang)),
    "json": Format("JSON", "application/json", lambda found, *_: found.to_json()),
    "csv": Format("CSV", "text/csv", lambda found, *_: found.to_csv()),
}


def menu() -> list[dict[str, str]]:
    """What a page can offer, with the reason where one cannot be made."""
    return [{"name": name, "title": form.title, "reason": form.reason} for name, form in FORMATS.items()]


def answer(request: dict, explanation: Any) -> dict:
    """Answers a page's request for a file: its name, type and bytes in base64, or a sentence."""
    asked = request["msg"] if isinstance(request.get("msg"), dict) else {}
    try:
        form = choose("format", asked.get("format"), FORMATS)
        if explanation is None:
            raise InputError("there is no explanation yet. What has been explained can be saved; wait for the words.")
        made = form.make(explanation, asked.get("target"), asked.get("lang", ""))
        data = base64.b64encode(made.encode() if isinstance(made, str) else made).decode()
        if len(data) > MOST_SENT:
            raise InputError(
                f"this {form.title} has {len(data) * 3 / 4e6:.1f} MB. A notebook carries one of "
                f"{MOST_SENT * 3 / 4e6} MB to the page; write it to a file, with to_{form.title.lower()}(path)."
            )
    except (LimelightError, ImportError) as problem:
        return failure(request, str(problem))
    except Exception as problem:
        log.exception("an export failed")
        said = f"limelight failed to make this file ({quoted(problem)}). Please report it."
        return failure(request, said)
    return response(request, {"name": f"limelight.{asked['format']}", "mime": form.mime, "data": data})


def cell(text: str) -> str:
    """Text for a cell of CSV, with an apostrophe before what a spreadsheet would take for a formula and work out.

    Source: OWASP, CSV Injection; `js/src/parts/download.js` does the same.
    """
    return f"'{text}" if text.startswith(FORMULA) else text


def written(content: Content, path: str | Path | None) -> Content:
    """Returns the content, after it was written to a file, byte for byte, if a path is given.

    A file that was there is replaced in one step once the new one is complete: whatever goes wrong,
    the old one is as it was, and nothing is left beside it.

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
    return content


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
