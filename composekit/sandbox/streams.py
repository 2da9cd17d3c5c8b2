"""Standard streams that lead to a client: what a one-off command of somebody at a terminal reads and writes.

A view may have `streams`: {"terminal": path of a pty}, which becomes the controlling terminal, or {"in", "out", "err":
paths of FIFOs}. Without it a process reads nothing and writes to its log.
"""

import os
from typing import Any

_NUMBERS = {"in": 0, "out": 1, "err": 2}


def open_streams(view: dict[str, Any]) -> None:
    """Take the streams that a view names; raises `OSError` when whoever is at the other end has gone."""
    streams = view.get("streams") or {}
    if "terminal" in streams:
        descriptor = os.open(streams["terminal"], os.O_RDWR)  # a session's first terminal is its controlling one
        for number in (0, 1, 2):
            os.dup2(descriptor, number)
        os.close(descriptor)
    for name, number in _NUMBERS.items():
        if name in streams:
            # Not waiting for the other end: it is there, or it never will be.
            flags = os.O_RDONLY if name == "in" else os.O_WRONLY
            descriptor = os.open(streams[name], flags | os.O_NONBLOCK)
            os.set_blocking(descriptor, True)
            os.dup2(descriptor, number)
            os.close(descriptor)
