"""Standard streams that lead to a client: what a one-off command of somebody at a terminal reads and writes.

A view may have `streams`: {"in", "out", "err": paths of FIFOs}, or {"size": [rows, columns]} for the terminal that the
process has been given. Without it a process reads nothing and writes to its log.
"""

import fcntl
import os
import struct
import termios
from typing import Any

_NUMBERS = {"in": 0, "out": 1, "err": 2}


def open_streams(view: dict[str, Any]) -> None:
    """Take the streams that a view names; raises `OSError` when whoever is at the other end has gone."""
    streams = view.get("streams") or {}
    if "size" in streams:  # before the program starts, which may look at once
        rows, columns = streams["size"]
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    for name, number in _NUMBERS.items():
        if name in streams:
            # Not waiting for the other end: it is there, or it never will be.
            flags = os.O_RDONLY if name == "in" else os.O_WRONLY
            descriptor = os.open(streams[name], flags | os.O_NONBLOCK)
            os.set_blocking(descriptor, True)
            os.dup2(descriptor, number)
            os.close(descriptor)
