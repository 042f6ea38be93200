"""A server of our own on loopback: started, waited for, ended."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path


class Server:
    """Runs a Python module that serves pages; ``close`` ends it and all that it started.

    Args:
        command: the module and its arguments.
        env: what the server sees beside our own environment.
        log: where it may write what it has to say.
        found: returns the server's address, or None as long as it does not answer.

    Raises:
        RuntimeError: it ended, or did not answer in time; with its log.
    """

    def __init__(self, command: list[str], env: dict[str, str], log: Path, found: Callable[[], str | None]) -> None:
        self._log = log.open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", *command],
            env={**os.environ, "HF_HUB_OFFLINE": "1", **env},
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        end = time.monotonic() + 90
        while time.monotonic() < end and self._process.poll() is None:
            if url := found():
                self.url = url
                return
            time.sleep(0.1)
        self.close()
        raise RuntimeError(log.read_text(errors="replace"))

    def close(self) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)  # the group that we started, and no other
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
        self._log.close()


def answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5).read()
    except OSError:
        return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
