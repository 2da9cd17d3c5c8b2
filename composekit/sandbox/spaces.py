"""The namespaces of a service: which are its own, and how other processes come into them.

A space of processes begins with the first child that is born in it. So `part` is called in the process that will fork
the service, and the service itself makes the rest with `isolate`. `approach` and `enter_spaces` are for visitors, such
as health checks. An ordinary user gets all of this in a user namespace of his own, in which he stays who he is.

Keys of a view that are read here:

    pids        "own": a space of processes; absent: the machine's
    ipc         "own": System V objects and message queues; absent: the machine's
    pid_of, ipc_of   pid of a process whose space is shared, put there by whoever knows the service that was named
"""

import os
import signal
from contextlib import suppress
from typing import Any, NoReturn

from composekit.sandbox import syscalls

_KINDS = (
    ("user", syscalls.CLONE_NEWUSER),
    ("pid", syscalls.CLONE_NEWPID),
    ("ipc", syscalls.CLONE_NEWIPC),
    ("uts", syscalls.CLONE_NEWUTS),
    ("mnt", syscalls.CLONE_NEWNS),
)
_FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2,
              signal.SIGALRM, signal.SIGWINCH, signal.SIGCONT)  # fmt: skip


def part(view: dict[str, Any]) -> bool:
    """Let the children of this process be born in the space of processes that a view wants; raises `OSError`.

    Returns whether it is the space of another one, whose first process gets the orphans of all.
    """
    if view.get("kind", "none") == "none":
        return False
    for key in ("pid_of", "ipc_of"):
        if view.get(key):
            _follow_user(view[key])
    if view.get("pid_of"):
        _enter(view["pid_of"], "pid", syscalls.CLONE_NEWPID)
    elif view.get("pids") == "own":
        _unshare(syscalls.CLONE_NEWPID)
    return bool(view.get("pid_of"))


def isolate(view: dict[str, Any] | None = None) -> None:
    """Give this process mounts and a host name of its own, as root directly, else through a user namespace."""
    view = view or {}
    kinds = syscalls.CLONE_NEWNS | syscalls.CLONE_NEWUTS
    if view.get("ipc_of"):
        _enter(view["ipc_of"], "ipc", syscalls.CLONE_NEWIPC)
    elif view.get("ipc") == "own":
        kinds |= syscalls.CLONE_NEWIPC
    _unshare(kinds)
    syscalls.mount("", "/", flags=syscalls.MS_REC | syscalls.MS_PRIVATE)


def _unshare(kinds: int) -> None:
    """Unshare; who may not do it in the user namespace he is in does it in a new one, in which he is the same."""
    try:
        syscalls.unshare(kinds)
    except PermissionError:
        if os.geteuid() == 0:
            raise
        uid, gid = os.geteuid(), os.getegid()
        syscalls.unshare(kinds | syscalls.CLONE_NEWUSER)
        # Programs such as postgres refuse to be root.
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{uid} {uid} 1")
        _write("/proc/self/gid_map", f"{gid} {gid} 1")


def approach(pid: int, view: dict[str, Any]) -> None:
    """Let the children of this process be born in the space of processes of another one, which has this view."""
    if view.get("kind", "none") != "none":
        _follow_user(pid)
        if not _is_shared(pid, "pid"):
            _enter(pid, "pid", syscalls.CLONE_NEWPID)


def enter_spaces(pid: int) -> None:
    """Go into all namespaces of a process; raises `OSError` when it has ended.

    Only a child is in its space of processes. So where this process was not born in it, another one goes on from here,
    and this one waits for it and ends as it did.
    """
    wanted = [(name, kind) for name, kind in _KINDS if not _is_shared(pid, name)]
    descriptors = [(os.open(f"/proc/{pid}/ns/{name}", os.O_RDONLY | os.O_CLOEXEC), kind) for name, kind in wanted]
    for descriptor, kind in descriptors:
        syscalls.setns(descriptor, kind)
        os.close(descriptor)
    if ("pid", syscalls.CLONE_NEWPID) in wanted:
        child = os.fork()
        if child:
            _end_as(child)
        syscalls.die_with_parent()


def _follow_user(pid: int) -> None:
    """Go into the user namespace of a process: in that alone one may share what it has."""
    if not _is_shared(pid, "user"):
        _enter(pid, "user", syscalls.CLONE_NEWUSER)


def _is_shared(pid: int, name: str) -> bool:
    theirs = os.stat(f"/proc/{pid}/ns/{name}")
    return theirs.st_ino == os.stat(f"/proc/self/ns/{name}").st_ino


def _enter(pid: int, name: str, kind: int) -> None:
    descriptor = os.open(f"/proc/{pid}/ns/{name}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        syscalls.setns(descriptor, kind)
    finally:
        os.close(descriptor)


def _end_as(child: int) -> NoReturn:
    """Wait for a child, deaf to what the whole group is told, and end with its code or by its signal."""
    try:
        for number in (*_FORWARDED, signal.SIGPIPE):
            signal.signal(number, signal.SIG_IGN)
        os.closerange(0, min(1 << 20, os.sysconf("SC_OPEN_MAX")))
        status = os.waitpid(child, 0)[1]
        if os.WIFSIGNALED(status):
            cause = os.WTERMSIG(status)
            if cause != signal.SIGKILL:
                signal.signal(cause, signal.SIG_DFL)
            os.kill(os.getpid(), cause)
        os._exit(os.waitstatus_to_exitcode(status))
    finally:
        os._exit(255)


def become_init(capabilities: set[int] | None) -> None:
    """Go on in a child, while this process is the first of its space: it reaps, passes signals on, ends as the child.

    What is left of the space ends with it. It executes nothing, so that it gives up all other capabilities by itself.
    """
    child = os.fork()
    if child == 0:
        _take_terminal()
        return
    try:
        os.closerange(0, min(1 << 20, os.sysconf("SC_OPEN_MAX")))
        syscalls.set_name("composekit-init")
        if capabilities is not None:
            syscalls.set_capabilities(capabilities)

        def forward(number: int, _frame: object) -> None:
            with suppress(OSError):
                os.kill(child, number)

        for number in _FORWARDED:
            signal.signal(number, forward)
        while True:
            pid, status = os.waitpid(-1, 0)
            if pid == child:
                code = os.waitstatus_to_exitcode(status)
                os._exit(code if code >= 0 else 128 - code)
    finally:
        os._exit(255)


def _take_terminal() -> None:
    """Be the group that a terminal's keys signal, so that nothing comes twice: by the first process too."""
    if os.isatty(0):
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
        with suppress(OSError):
            os.setpgid(0, 0)
            os.tcsetpgrp(0, os.getpgrp())
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
