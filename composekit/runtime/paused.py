"""Pausing: every process of a replica stands still, and goes on later where it was.

Whether a replica is paused is not written down anywhere: the kernel knows it of its main process. So it is right after
a crash of the supervisor, and when somebody wakes the processes by other means.
"""

import os
import time
from contextlib import suppress

from composekit.runtime.trees import members
from composekit.supervise.home import Home
from composekit.supervise.process import birth, is_stopped
from composekit.supervise.status import ReplicaStatus

_STOPPING_SECONDS = 5.0


def is_paused(status: ReplicaStatus) -> bool:
    """Tell whether the main process of a replica stands still."""
    return status.pid is not None and is_stopped(status.pid)


def pause(home: Home, name: str) -> None:
    """Stop every process of a replica, also those that are started while this looks; returns when all stand still.

    A process stops when it is its turn to run, which on a busy machine is later. One that waits for a disk meanwhile
    is not waited for longer than a few seconds.
    """
    import signal

    seen: set[int] = set()
    while fresh := [pid for pid in members(home, name) if pid not in seen]:
        seen.update(fresh)
        _send(fresh, signal.SIGSTOP)
    deadline = time.monotonic() + _STOPPING_SECONDS
    while not all(is_stopped(pid) or birth(pid) is None for pid in seen) and time.monotonic() < deadline:
        time.sleep(0.001)


def unpause(home: Home, name: str) -> None:
    """Let every process of a replica go on, the main one last: whoever finds it awake finds all of them so."""
    import signal

    _send(list(reversed(members(home, name))), signal.SIGCONT)


def _send(pids: list[int], number: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)
