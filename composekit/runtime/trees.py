"""The processes of a replica, whoever started them, and what the kernel says of each.

A replica's processes are the descendants of the one that watches it, and whatever is in the same private view (what
`exec` brought there). Linux only: elsewhere there are none to be found.
"""

import os
from collections.abc import Collection, Iterable
from typing import NamedTuple

from composekit.supervise.home import Home
from composekit.supervise.process import descendants
from composekit.supervise.status import live_shim

_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


class Facts(NamedTuple):
    """One process: times in seconds, `started` since the boot, memory in bytes, `tty` its number or 0."""

    pid: int
    ppid: int
    state: str
    tty: int
    cpu: float
    started: float
    memory: int
    words: str


def members(home: Home, name: str) -> list[int]:
    """Return the processes of a replica, the main one first; empty when it does not run."""
    live = live_shim(home, name)
    if live is None:
        return []
    found = [pid for pid in descendants(live[1].pid) if pid != live[1].pid]
    main = live[0].get("pid")
    view = _view(main) if isinstance(main, int) else None
    if view is not None and view not in (_view(os.getpid()), _view(live[1].pid)):
        known = set(found)
        found += [pid for pid in _all() if pid not in known and _view(pid) == view]
    return sorted(found, key=lambda pid: pid != main)


def facts_of(pids: Iterable[int]) -> list[Facts]:
    """Return what proc(5) tells of processes; those that are gone or are zombies are left out."""
    return [one for one in map(_facts, pids) if one is not None]


def boot_time() -> float:
    """Return when the machine was started, in seconds since the epoch."""
    for line in (_read("/proc/stat") or "").splitlines():
        if line.startswith("btime "):
            return float(line.split()[1])
    return 0.0


def total_memory() -> int:
    """Return the machine's memory in bytes."""
    for line in (_read("/proc/meminfo") or "").splitlines():
        if line.startswith("MemTotal:"):
            return int(line.split()[1]) * 1024
    return 0


def disk_bytes(pids: Collection[int]) -> tuple[int, int]:
    """Return the bytes that processes read from disk and wrote there, as far as the kernel tells us."""
    read = written = 0
    for pid in pids:
        for line in (_read(f"/proc/{pid}/io") or "").splitlines():
            key, _, number = line.partition(": ")
            read += int(number) if key == "read_bytes" else 0
            written += int(number) if key == "write_bytes" else 0
    return read, written


def _facts(pid: int) -> Facts | None:
    text = _read(f"/proc/{pid}/stat")
    if not text:
        return None
    name = text[text.find("(") + 1 : text.rfind(")")]
    fields = text[text.rfind(")") + 2 :].split()  # from the third on
    if fields[0] in ("Z", "X"):
        return None
    words = (_read(f"/proc/{pid}/cmdline") or "").replace("\0", " ").strip()
    return Facts(
        pid=pid,
        ppid=int(fields[1]),
        state=fields[0],
        tty=int(fields[4]),
        cpu=(int(fields[11]) + int(fields[12])) / _TICKS,
        started=int(fields[19]) / _TICKS,
        memory=int(fields[21]) * _PAGE,
        words=words or f"[{name}]",
    )


def _view(pid: int) -> str | None:
    try:
        return os.readlink(f"/proc/{pid}/ns/mnt")
    except OSError:
        return None


def _all() -> list[int]:
    try:
        return [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]
    except OSError:
        return []


def _read(path: str) -> str | None:
    try:
        with open(path, "rb") as file:
            return file.read().decode("utf-8", "replace")
    except OSError:
        return None
