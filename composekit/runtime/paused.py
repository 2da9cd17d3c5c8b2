"""Pausing: every process of a replica stands still, and goes on later where it was.

Whether a replica is paused is not written down anywhere: the kernel knows it of its main process. So it is right after
a crash of the supervisor, and when somebody wakes the processes by other means.
"""

import os
import signal
from collections.abc import Collection
from contextlib import suppress

from composekit.runtime.trees import facts_of, members
from composekit.supervise.home import Home
from composekit.supervise.status import ReplicaStatus

_STOPPED = ("T", "t")


def is_paused(status: ReplicaStatus) -> bool:
    """Tell whether the main process of a replica stands still."""
    return status.pid is not None and any(one.state in _STOPPED for one in facts_of([status.pid]))


def pause(home: Home, name: str) -> None:
    """Stop every process of a replica; also those that are started while this looks."""
    seen: set[int] = set()
    while fresh := [pid for pid in members(home, name) if pid not in seen]:
        seen.update(fresh)
        _send(fresh, signal.SIGSTOP)


def unpause(home: Home, name: str) -> None:
    """Let every process of a replica go on, the main one last: whoever finds it awake finds all of them so."""
    _send(list(reversed(members(home, name))), signal.SIGCONT)


def wake(home: Home, statuses: Collection[ReplicaStatus]) -> None:
    """Let paused replicas go on, so that they can hear that they are to stop."""
    for status in statuses:
        if is_paused(status):
            unpause(home, status.name)


def _send(pids: list[int], number: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)
