"""Fail when a process that was started below a directory is still there, and end it.

usage: leftovers.py DIRECTORY
A process belongs to the directory when its COMPOSEKIT_HOME, its working directory or its program is in there.
"""

import os
import signal
import sys


def main(directory: str) -> None:
    if not os.path.isdir("/proc/self"):
        print("skipped: this system has no /proc")
        return
    mine = ancestors()
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    left = [pid for pid in pids if pid not in mine and belongs(pid, directory)]
    for pid in left:
        print(f"still running: {pid} {read(pid, 'cmdline').replace(chr(0), ' ')}")
        os.kill(pid, signal.SIGKILL)
    mounts = [line.split()[1] for line in read("self", "mounts").splitlines() if directory in line]
    for place in mounts:
        print(f"still mounted: {place}")
    if left or mounts:
        sys.exit(1)


def ancestors() -> set[int]:
    found, pid = set(), os.getpid()
    while pid > 0:
        found.add(pid)
        pid = int(read(pid, "stat").rpartition(")")[2].split()[1])
    return found


def belongs(pid: int, directory: str) -> bool:
    for link in ("cwd", "exe"):
        try:
            if os.readlink(f"/proc/{pid}/{link}").startswith(directory):
                return True
        except OSError:
            pass
    return f"COMPOSEKIT_HOME={directory}" in read(pid, "environ") or directory in read(pid, "cmdline")


def read(pid: int | str, name: str) -> str:
    try:
        with open(f"/proc/{pid}/{name}", encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


if __name__ == "__main__":
    main(sys.argv[1])
