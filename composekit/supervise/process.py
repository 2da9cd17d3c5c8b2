"""Facts about processes of this machine, and the few kernel favours the supervisor asks for.

A process is the same one only if its start time and the machine's boot are: a pid alone means nothing.
Off Linux the facts are fewer: no start times, no descendants, no pidfd; nothing here fails on import there.
"""

import contextlib
import functools
import os
import sys
from collections.abc import Callable
from typing import NamedTuple

_LINUX = sys.platform.startswith("linux")
HAS_PROC = _LINUX
_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15
_PR_SET_CHILD_SUBREAPER = 36


class Birth(NamedTuple):
    """What tells a process from a later one with the same pid: `started` in clock ticks since `boot`."""

    pid: int
    started: int | None
    boot: str


def birth(pid: int) -> Birth | None:
    """Return the identity of a live process; `None` when it is gone or a zombie."""
    if not _LINUX:
        return Birth(pid, None, "") if _responds(pid) else None
    fields = _stat(pid)
    if fields is None or fields[0] in ("Z", "X"):
        return None
    return Birth(pid, int(fields[19]), boot_id())


def start_ticks(pid: int) -> int | None:
    """Return when a process started, as in `Birth`; `None` where that is not known."""
    fields = _stat(pid) if _LINUX else None
    return int(fields[19]) if fields is not None else None


def is_alive(known: Birth) -> bool:
    """Tell whether exactly this process still runs."""
    return birth(known.pid) == known


def _responds(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def boot_id() -> str:
    """Return what changes with each start of the machine; empty where the kernel does not say."""
    text = _read("/proc/sys/kernel/random/boot_id")
    return text.decode("ascii", "replace").strip() if text else ""


def _stat(pid: int) -> list[str] | None:
    """Return the fields of /proc/PID/stat from the third on (proc(5)): state, ppid, pgrp, session, ..."""
    found = _read(f"/proc/{pid}/stat")
    if not found:
        return None
    text = found.decode("latin-1")
    # The second field is the name in parentheses, and may itself hold parentheses and spaces.
    return text[text.rfind(")") + 2 :].split()


def _read(path: str) -> bytes | None:
    # Without a file object: in a forked shim each one costs memory that is not shared any more.
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        return os.read(descriptor, 4096)
    except ProcessLookupError:
        return None
    finally:
        os.close(descriptor)


def descendants(pid: int) -> list[int]:
    """Return the children of a process, theirs, and so on; nearest first. Zombies are included."""
    if not _LINUX:
        return []
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            fields = _stat(int(entry))
            if fields is not None:
                children.setdefault(int(fields[1]), []).append(int(entry))
    return _below(pid, children)


def is_stopped(pid: int) -> bool:
    """Tell whether a process stands still (SIGSTOP) and hears no signal but SIGKILL and SIGCONT."""
    fields = _stat(pid) if _LINUX else None
    return fields is not None and fields[0] in ("T", "t")


def is_deaf(pid: int, number: int) -> bool:
    """Tell whether a signal cannot do anything: for the first process of a space that has no handler for it."""
    facts = _status(pid)
    masks = (facts.get(key, "0") for key in ("SigCgt", "SigIgn", "SigBlk"))
    return _is_first(facts) and not any(int(mask, 16) >> (number - 1) & 1 for mask in masks)


def is_first(pid: int) -> bool:
    """Tell whether a process is the first of a space of processes that is not ours, and ends all of it with itself."""
    return _is_first(_status(pid))


def _is_first(facts: dict[str, str]) -> bool:
    numbers = facts.get("NSpid", "").split()
    return len(numbers) > 1 and numbers[-1] == "1"


def _status(pid: int) -> dict[str, str]:
    text = _read(f"/proc/{pid}/status") if _LINUX else None
    return dict(line.partition(":\t")[::2] for line in (text or b"").decode("latin-1").splitlines())


def words_of(pid: int) -> list[str]:
    """Return what a process was started with; nothing when it is gone."""
    text = _read(f"/proc/{pid}/cmdline") if _LINUX else None
    return (text or b"").decode("utf-8", "replace").split("\0")[:-1]


def program_of(pid: int) -> str:
    """Return the path of the program that a process is; nothing where that is not known."""
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return ""


def is_alone(pid: int) -> bool:
    """Tell whether nobody else lives in a process's space of processes, such as what `exec` started there."""
    try:
        mine = os.stat(f"/proc/{pid}/ns/pid").st_ino
    except OSError:
        return False
    for entry in os.listdir("/proc"):
        if entry.isdigit() and int(entry) != pid:
            with contextlib.suppress(OSError):  # it is gone, or somebody else's
                if os.stat(f"/proc/{entry}/ns/pid").st_ino == mine and birth(int(entry)) is not None:
                    return False
    return True


def inherited_children() -> list[int]:
    """Return this process's live children in other sessions than its own: orphans that it got as a subreaper.

    Children that it forked itself stay in its session, unless they made one of their own.
    """
    if not _LINUX:
        return []
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            fields = _stat(int(entry))
            if fields is not None and fields[0] != "Z" and int(fields[1]) == os.getpid():
                found += [int(entry)] if int(fields[3]) != os.getsid(0) else []
    return found


def _below(pid: int, children: dict[int, list[int]]) -> list[int]:
    found: list[int] = []
    level = children.get(pid, [])
    while level:
        found.extend(level)
        level = [grandchild for child in level for grandchild in children.get(child, [])]
    return found


def session_members(session: int) -> list[int]:
    """Return the live processes of a session: what is left of a tree whose root is gone."""
    members = []
    if _LINUX:
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                fields = _stat(int(entry))
                if fields is not None and fields[0] != "Z" and int(fields[3]) == session:
                    members.append(int(entry))
    return members


def send(pid: int, number: int) -> bool:
    """Signal one process; false when it is gone or not ours."""
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def send_group(leader: int, number: int) -> bool:
    """Signal a process group; while its leader has not made it yet, the leader alone."""
    try:
        os.killpg(leader, number)
    except ProcessLookupError:
        return send(leader, number)
    except PermissionError:
        return False
    return True


def complain(text: str) -> None:
    """Write to the daemon's log, unless that is impossible: on a full disk the supervision goes on."""
    with contextlib.suppress(OSError):
        os.write(2, text.encode("utf-8", "replace") + b"\n")


def complain_of_error() -> None:
    """Write the traceback of the exception being handled to the daemon's log."""
    import traceback  # only for our own bugs

    complain(traceback.format_exc())


def become_subreaper() -> bool:
    """Make orphaned descendants children of this process (Linux); false where that is impossible."""
    return _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def subreaper() -> Callable[[], int]:
    """Return the bare call that does what `become_subreaper` does, for who has no memory to spare; 0 when it has."""
    call = _libc_prctl()
    return functools.partial(call, _PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) if call is not None else lambda: -1


def die_with_parent() -> bool:
    """Have the kernel SIGKILL this process when its parent ends (Linux)."""
    return _prctl(_PR_SET_PDEATHSIG, 9)


def set_name(name: str) -> bool:
    """Set what `ps` shows as this process's name."""
    return _prctl(_PR_SET_NAME, name.encode()[:15])


def _prctl(option: int, value: int | bytes) -> bool:
    call = _libc_prctl()
    return call is not None and call(option, value, 0, 0, 0) == 0


@functools.cache
def _libc_prctl() -> Callable[..., int] | None:
    if not _LINUX:
        return None
    try:
        import ctypes

        call: Callable[..., int] = ctypes.CDLL(None).prctl
    except (ImportError, OSError, AttributeError):
        return None
    return call


def open_pidfd(pid: int) -> int | None:
    """Return a descriptor that becomes readable when the process ends; `None` where there is no such thing."""
    opener = getattr(os, "pidfd_open", None)
    if opener is None:
        return None
    try:
        return int(opener(pid))
    except OSError:
        return None


def close_descriptors(keep: set[int]) -> None:
    """Close every descriptor above 2 but `keep`: what a fork inherited and has no business with."""
    last = 3
    for number in sorted(keep):
        if number >= last:
            os.closerange(last, number)
            last = number + 1
    limit = os.sysconf("SC_OPEN_MAX")
    os.closerange(last, limit if 0 < limit < 1 << 20 else 1 << 20)


def status_code(status: int) -> int:
    """Return a wait status as Docker shows it: the exit code, or 128 + the signal."""
    return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
