"""Files of lines to which several processes append, and which stay small: once one is large, a second file has it."""

import os
from contextlib import suppress


def append_line(path: str, line: bytes, *, largest: int) -> None:
    """Append a line without its line break; where it cannot be written, nobody is told, and that is all.

    A file of more than `largest` bytes becomes PATH.old, in place of the one before.
    """
    with suppress(OSError):
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, line + b"\n")
            large = os.fstat(file).st_size > largest
        finally:
            os.close(file)
        if large:
            os.replace(path, older(path))


def older(path: str) -> str:
    """Return the file that has the older lines."""
    return f"{path}.old"


def lines_of(path: str) -> list[bytes]:
    """Return all lines that are still there, oldest first."""
    found: list[bytes] = []
    for one in (older(path), path):
        with suppress(OSError), open(one, "rb") as file:
            found += file.read().split(b"\n")
    return [line for line in found if line]
