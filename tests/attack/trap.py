"""Loads folders in a process of its own and tells all that they made it do.

    python trap.py OUTSIDE < folders.json

Python's audit events tell of files, sockets, processes, pickles and code; what native readers open without one,
in the folder OUTSIDE, the kernel tells (inotify). The packages ``kernels`` and ``peft`` are stood in for by ones
that take down what is asked of them, so that transformers believes them installed.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import sys
import sysconfig
import tempfile
import warnings
from importlib.machinery import ModuleSpec
from pathlib import Path

OPENED = 0x20  # IN_OPEN
ACTS = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "pickle.find_class")
ASKED: list[str] = []
EVENTS: list[str] = []


class Asked:
    """Stands in for anything in a package that is not there: what is called is taken down."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __getattr__(self, name: str) -> Asked:
        return Asked(f"{self.name}.{name}")

    def __or__(self, other: object) -> Asked:
        return self  # in a type

    __ror__ = __or__

    def __call__(self, *given, **named):
        # decorators are asked for at import, by transformers' own modules and with transformers' own names
        if "kernel" in self.name and "get_kernel" not in self.name and "kernelize" not in self.name.split(".")[1:]:
            return lambda decorated: decorated
        ASKED.append(f"{self.name}{given}")
        raise RuntimeError(f"asked for {self.name}{given}")


def stand_in(name: str) -> None:
    """Installs a package that transformers finds, down to its metadata."""
    place = Path(tempfile.mkdtemp(prefix="stand-in-"))
    (place / name).mkdir()
    (place / name / "__init__.py").write_text("")
    record = place / f"{name}-0.18.5.dist-info"
    record.mkdir()
    (record / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.18.5\n")
    (record / "top_level.txt").write_text(name)
    (record / "RECORD").write_text(f"{name}/__init__.py,,\n")
    sys.path.insert(0, str(place))
    module = importlib.import_module(name)
    module.__version__, module.__spec__ = "0.18.5", module.__spec__ or ModuleSpec(name, None)
    module.__getattr__ = lambda attribute: Asked(f"{name}.{attribute}")


def watch(folder: str):
    """Returns a function that tells what has been opened in a folder since it was last asked; of no files elsewhere."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "inotify_init1"):
        return list
    channel = libc.inotify_init1(os.O_NONBLOCK)
    assert libc.inotify_add_watch(channel, os.fsencode(folder), OPENED) >= 0

    def opened() -> list[str]:
        try:
            events = os.read(channel, 65536)
        except BlockingIOError:
            return []
        names, at = [], 0
        while at < len(events):
            size = int.from_bytes(events[at + 12 : at + 16], sys.byteorder)
            names.append(events[at + 16 : at + 16 + size].rstrip(b"\0").decode())
            at += 16 + size
        return names

    return opened


def main() -> None:
    for package in ("kernels", "peft"):
        stand_in(package)
    opened = watch(sys.argv[1])
    homes = [*{sysconfig.get_path(p) for p in ("stdlib", "platstdlib", "purelib", "platlib")}, *sys.path[1:]]
    homes = [os.path.realpath(home) for home in homes if home]

    folders = json.load(sys.stdin)
    current = ""

    def audit(event: str, given: tuple) -> None:
        if event.startswith(ACTS):
            EVENTS.append(f"{event} {given!r:.200}")
        elif event == "open" and isinstance(given[0], (str, bytes)):
            path = os.path.realpath(os.fsdecode(given[0]))
            if not path.startswith((*homes, os.path.realpath(current), "/proc/", "/sys/", "/dev/")):
                EVENTS.append(f"open {path} {given[1]}")
        elif event in ("import", "exec"):
            where = str(given[1] if event == "import" else getattr(given[0], "co_filename", ""))
            if where.startswith(current) or "transformers_modules" in str(given[0]):
                EVENTS.append(f"{event} {where or given[0]}")

    from limelight import as_predictor

    warnings.simplefilter("ignore")
    as_predictor(folders[0])(["good film"])  # transformers' own modules are read now, and not during the test
    sys.addaudithook(audit)
    for current in folders:
        EVENTS.clear(), ASKED.clear(), opened()
        outcome: object
        try:
            outcome = as_predictor(current, dtype="float32", device="cpu")(["not a good film"]).tolist()
        except BaseException as error:
            outcome = f"{type(error).__name__}: {error}"
        # what we copy for transformers, in a folder that begins with our name
        private = os.path.join(os.path.realpath(tempfile.gettempdir()), "limelight-")
        done = [event for event in EVENTS if not event.startswith(f"open {private}")]
        print(json.dumps({"outcome": outcome, "events": done, "asked": ASKED, "outside": opened()}), flush=True)


if __name__ == "__main__":
    main()
