"""Answers of an endpoint in a file, so that what was asked once is not asked again in another session."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from limelight.errors import InputError, quoted, shown

if TYPE_CHECKING:
    import sqlite3

SCHEMA = "CREATE TABLE IF NOT EXISTS answers (request TEXT, time INTEGER, answer TEXT, PRIMARY KEY (request, time))"


class Store:
    """Keeps what an endpoint answered, by what it was asked and for how many-th time.

    The second time that the same is asked in a session is another question than the first: by how much an endpoint
    wavers is found out so, and labels are counted. The key is not kept; what was asked is, as a digest, but answers may
    repeat it: only the file's owner may read it.

    Args:
        path: a file, made where there is none; its folder has to be there.

    Raises:
        InputError: it is no path, or no such file.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        if not isinstance(path, (str, os.PathLike)) or not os.fspath(path):
            raise InputError(
                f"cache is {shown(path)}. limelight takes the path of a file, such as 'answers.db'; give one."
            )
        self.path = Path(path)
        self._times: Counter[str] = Counter()
        self._open: tuple[int, sqlite3.Connection] | None = None
        self._connection()

    def __reduce__(self) -> Any:
        return Store, (str(self.path),)

    def place(self, url: str, body: dict[str, Any]) -> tuple[str, int]:
        """Where the answer to a request has its place; the next one for the same request has another."""
        digest = hashlib.sha256(json.dumps([url, body], sort_keys=True).encode()).hexdigest()
        self._times[digest] += 1
        return digest, self._times[digest]

    def get(self, place: tuple[str, int]) -> Any:
        """What was answered, or None."""
        found = (
            self._connection().execute("SELECT answer FROM answers WHERE request = ? AND time = ?", place).fetchone()
        )
        return None if found is None else json.loads(found[0])

    def put(self, place: tuple[str, int], answer: str) -> None:
        """Keeps an answer, as JSON; where the disk takes no more, it is not kept."""
        import sqlite3

        with suppress(sqlite3.Error), self._connection() as connection:
            connection.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?)", (*place, answer))

    def _connection(self) -> sqlite3.Connection:
        import sqlite3  # here: some builds of Python have none, and most readers keep nothing

        if self._open is None or self._open[0] != os.getpid():  # a connection is of the process that made it
            try:
                if not self.path.exists():
                    os.close(os.open(self.path, os.O_CREAT | os.O_WRONLY, 0o600))  # answers tell what was asked
                connection = sqlite3.connect(self.path, timeout=10, check_same_thread=False)
                with connection:
                    connection.execute(SCHEMA)
            except (OSError, sqlite3.Error) as error:
                raise InputError(
                    f"cache is {str(self.path)!r}, which cannot be used ({quoted(error)}). limelight takes a file that "
                    "it made itself, or the name of a new one in a folder that is there; give one."
                ) from None
            self._open = os.getpid(), connection
        return self._open[1]
