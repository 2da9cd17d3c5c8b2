"""The system calls that Python's library does not have, through the C library. Raises `OSError` as `os` does.

Constants are those of linux/sched.h and sys/mount.h, the same on all architectures Linux has.
"""

import ctypes
import os
from functools import cache
from typing import Any

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWUSER = 0x10000000

MS_RDONLY = 0x1
MS_NOSUID = 0x2
MS_NODEV = 0x4
MS_NOEXEC = 0x8
MS_NOATIME = 0x400
MS_NODIRATIME = 0x800
MS_REMOUNT = 0x20
MS_BIND = 0x1000
MS_REC = 0x4000
MS_PRIVATE = 0x40000
MS_RELATIME = 0x200000

MNT_DETACH = 2

_PR_SET_NO_NEW_PRIVS = 38


@cache
def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def unshare(flags: int) -> None:
    """Give this process namespaces of its own."""
    _check(_libc().unshare(flags), "unshare")


def setns(descriptor: int, kind: int) -> None:
    """Enter a namespace that is open."""
    _check(_libc().setns(descriptor, kind), "setns")


def sethostname(name: str) -> None:
    raw = name.encode()
    _check(_libc().sethostname(raw, len(raw)), "sethostname")


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    """Mount something. Empty texts are passed as null."""
    _check(
        _libc().mount(
            source.encode() or None,
            target.encode(),
            kind.encode() or None,
            ctypes.c_ulong(flags),
            options.encode() or None,
        ),
        f"mount {kind or source} on {target}",
    )


def unmount(target: str, flags: int = MNT_DETACH) -> None:
    _check(_libc().umount2(target.encode(), flags), f"unmount {target}")


def forbid_new_privileges() -> None:
    """Let neither this process nor its children gain rights by executing something; prctl(2)."""
    _check(_libc().prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no-new-privileges")


def bind(source: str, target: str, *, recursive: bool = True) -> None:
    """Show `source` at `target` too."""
    mount(source, target, flags=MS_BIND | (MS_REC if recursive else 0))


def make_read_only(target: str) -> None:
    """Forbid writing through a bind mount; its other flags must be repeated, or a user namespace is refused."""
    flags = os.statvfs(target).f_flag
    kept = 0
    for bit, flag in ((0x2, MS_NOSUID), (0x4, MS_NODEV), (0x8, MS_NOEXEC), (0x400, MS_NOATIME),
                      (0x800, MS_NODIRATIME), (0x1000, MS_RELATIME)):  # fmt: skip
        if flags & bit:
            kept |= flag
    mount("", target, flags=MS_BIND | MS_REMOUNT | MS_RDONLY | kept)


def change_root(root: str) -> None:
    """Make a mount point the root directory of this process, and let go of the old one.

    pivot_root(2) over itself; where it is refused (the old root is the kernel's initial file system), chroot.
    """
    os.chdir(root)
    try:
        _check(_libc().pivot_root(b".", b"."), "pivot_root")
    except (OSError, AttributeError):
        os.chroot(".")
    else:
        unmount(".")
    os.chdir("/")
