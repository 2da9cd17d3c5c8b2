"""What commands did to replicas that statuses do not tell: programs of `exec`, signals, restarts; for `events`.

A file of the project, one JSON object a line, to which whoever does something appends; it ends with the project. Once
it is large, the older half is what a second file has, which is replaced by the next.
"""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from composekit.runtime.places import place
from composekit.supervise.home import Home
from composekit.supervise.ledger import append_line, lines_of

_LARGE = 1 << 18  # bytes


class Entry(NamedTuple):
    """`at` in seconds since the epoch; `action` and `facts` as an engine's events have them."""

    at: float
    name: str
    action: str
    facts: dict[str, str]


def journal_path(home: Home) -> str:
    return place(home, "journal")


def note(path: str, name: str, action: str, facts: Mapping[str, str], *, now: float) -> None:
    """Append what was done to a replica; where it cannot be written, nobody is told, and that is all."""
    with suppress(OSError):
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    append_line(path, json.dumps([now, name, action, dict(facts)]).encode(), largest=_LARGE)


class Journal:
    """Reads on from where it was; with `begun`, also what is there at first."""

    def __init__(self, home: Home, *, begun: bool) -> None:
        self._path = journal_path(home)
        self._file = -1
        self._rest = b""
        if begun:
            return
        self._open()
        if self._file >= 0:
            os.lseek(self._file, 0, os.SEEK_END)

    def past(self) -> list[Entry]:
        """Return everything that is still known, without reading on."""
        return _entries(lines_of(self._path))

    def fresh(self) -> list[Entry]:
        """Return what has come since the last time."""
        found: list[Entry] = []
        if self._file >= 0:
            found += self._read()
        if self._file < 0 or not self._is_current():
            self._open()
            found += self._read() if self._file >= 0 else []
        return found

    def _open(self) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._file, self._rest = -1, b""
        with suppress(OSError):
            self._file = os.open(self._path, os.O_RDONLY)

    def _is_current(self) -> bool:
        try:
            return os.fstat(self._file).st_ino == os.stat(self._path).st_ino
        except OSError:
            return True  # there is no other one to turn to

    def _read(self) -> list[Entry]:
        data = self._rest
        while chunk := os.read(self._file, 1 << 16):
            data += chunk
        *lines, self._rest = data.split(b"\n")
        return _entries(lines)


def _entries(lines: list[bytes]) -> list[Entry]:
    found = []
    for line in lines:
        with suppress(ValueError, TypeError):
            raw: list[Any] = json.loads(line) if line else []
            if len(raw) == 4:
                found.append(Entry(float(raw[0]), str(raw[1]), str(raw[2]), dict(raw[3])))
    return found
