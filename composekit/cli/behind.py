"""Work that goes on in a process of its own after the command has ended."""

import os
from collections.abc import Callable


def leave_behind(work: Callable[[], object]) -> None:
    """Do something in a process that outlives this one, whose terminal it leaves alone; what it prints is lost."""
    if os.fork():
        return
    try:
        os.setsid()
        null = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(null, number)
        work()
    finally:
        os._exit(0)  # a fork of the command must never go on as a second command
