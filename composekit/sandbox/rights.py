"""What a process may do and use: limits, processors, capabilities, and last its user, as that gives up the rest."""

import os
import stat
from contextlib import suppress
from typing import Any

from composekit.sandbox import syscalls
from composekit.sandbox.capabilities import NAMES, NET_BIND_SERVICE


def finish(view: dict[str, Any]) -> None:
    """Take on the limits, directory, capabilities and user of a view, in this order; raises `OSError`."""
    if view.get("limits"):
        import resource

        for name, soft, hard in view["limits"]:
            kind = getattr(resource, f"RLIMIT_{name.upper()}", None)
            if kind is not None:
                _limit(resource, kind, soft, hard)
    if view.get("oom_score") is not None:
        _set_oom_score(view["oom_score"])
    if view.get("processors"):
        os.sched_setaffinity(0, view["processors"])
    if view.get("no_new_privileges"):
        syscalls.forbid_new_privileges()
    _become(view)


def of_init(view: dict[str, Any]) -> set[int] | None:
    """Return the capabilities that a program has after `finish`, `None` for all: what executes nothing has others."""
    if os.geteuid() != 0:
        return set()
    return None if view.get("capabilities") is None else set(view["capabilities"])


def _become(view: dict[str, Any]) -> None:
    user, cwd = view.get("user"), view.get("cwd")
    if os.geteuid() != 0:
        if cwd:
            os.chdir(cwd)
        return
    kept = view.get("capabilities")
    if user:
        if user[0] != 0:
            _give_streams(user[0])
        os.setgroups(user[2])
        os.setgid(user[1])
    if cwd:
        os.chdir(cwd)
    if kept is not None:
        for number in set(range(len(NAMES))) - set(kept):
            syscalls.drop_from_bounding_set(number)
    if user and user[0] != 0 and kept is not None and NET_BIND_SERVICE in kept:
        _become_who_may_bind(user[0])
    elif user:
        os.setuid(user[0])


def _give_streams(uid: int) -> None:
    """Hand the standard streams to a user: /dev/stdout is opened anew by its name, which only its owner may do."""
    for number in (0, 1, 2):
        with suppress(OSError):  # closed, or somebody else's
            if stat.S_ISFIFO(os.fstat(number).st_mode) or os.isatty(number):
                os.fchown(number, uid, -1)


def _become_who_may_bind(uid: int) -> None:
    """Become somebody who may still listen on every port: containers let everybody do that."""
    syscalls.keep_capabilities()
    os.setuid(uid)
    syscalls.set_capabilities({NET_BIND_SERVICE})
    with suppress(OSError):  # a kernel that has no ambient capabilities
        syscalls.raise_ambient(NET_BIND_SERVICE)


def _limit(resource: Any, kind: int, soft: int, hard: int) -> None:
    """Set a limit; who may not raise the hard one keeps it."""
    try:
        resource.setrlimit(kind, (soft, hard))
    except (ValueError, OSError):
        most = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (soft if most == -1 or 0 <= soft <= most else most, most))


def _set_oom_score(score: int) -> None:
    """Set how soon the kernel ends this process when memory is short; an ordinary user may only raise it."""
    descriptor = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
    try:
        with suppress(PermissionError):
            os.write(descriptor, str(score).encode())
    finally:
        os.close(descriptor)
