"""The system calls that Python's library does not have, through the C library. Raises `OSError` as `os` does.

Constants are those of linux/sched.h and sys/mount.h, the same on all architectures Linux has.
"""

import ctypes
import os
from collections.abc import Callable
from functools import cache, partial
from typing import Any

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000

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

_PR_SET_PDEATHSIG = 1
_PR_SET_KEEPCAPS = 8
_PR_SET_NAME = 15
_PR_CAPBSET_DROP = 24
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAPABILITY_VERSION = 0x20080522  # linux/capability.h, version 3: two words of 32 capabilities each

_MOUNT_SETATTR = 442  # the same number on every architecture
_AT_FDCWD = -100
_AT_RECURSIVE = 0x8000
_MOUNT_ATTR_RDONLY = 0x1


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


def own_pids() -> Callable[[], int]:
    """Return the bare call that makes a space of processes for this process's children; 0 when it has."""
    if not hasattr(_libc(), "unshare"):
        return lambda: -1
    return partial(_libc().unshare, CLONE_NEWPID)


def setns(descriptor: int, kind: int) -> None:
    """Enter a namespace that is open."""
    _check(_libc().setns(descriptor, kind), "setns")


def sethostname(name: str) -> None:
    raw = name.encode()
    _check(_libc().sethostname(raw, len(raw)), "sethostname")


def setdomainname(name: str) -> None:
    raw = name.encode()
    _check(_libc().setdomainname(raw, len(raw)), "setdomainname")


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


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends; prctl(2)."""
    _check(_libc().prctl(_PR_SET_PDEATHSIG, 9, 0, 0, 0), "parent-death signal")


def set_name(name: str) -> None:
    """Set what `ps` shows as this process's name; prctl(2)."""
    _libc().prctl(_PR_SET_NAME, name.encode()[:15], 0, 0, 0)


def drop_from_bounding_set(capability: int) -> None:
    """Let no program that is executed from now on have a capability; one that the kernel does not know is no error."""
    _libc().prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)


def keep_capabilities() -> None:
    """Let the next change of user keep the permitted set, until something is executed."""
    _check(_libc().prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0), "keep capabilities")


def set_capabilities(numbers: "set[int]") -> None:
    """Have exactly these capabilities, effective, permitted and inheritable; capset(2)."""
    words = [sum(1 << (one - 32 * half) for one in numbers if one // 32 == half) for half in (0, 1)]
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    data = (ctypes.c_uint32 * 6)(*(word for word in words for _ in range(3)))
    _check(_libc().capset(header, data), "capset")


def raise_ambient(capability: int) -> None:
    """Keep a capability over the execution of programs by somebody who is not root; capabilities(7)."""
    _check(_libc().prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability, 0, 0), "ambient capability")


def set_read_only(target: str, *, read_only: bool = True) -> None:
    """Forbid or allow writing through a mount and all mounts below it; mount_setattr(2), since Linux 5.12."""
    wanted, other = (_MOUNT_ATTR_RDONLY, 0) if read_only else (0, _MOUNT_ATTR_RDONLY)
    attributes = (ctypes.c_uint64 * 4)(wanted, other, 0, 0)
    result = _libc().syscall(
        ctypes.c_long(_MOUNT_SETATTR), ctypes.c_int(_AT_FDCWD), target.encode(), ctypes.c_uint(_AT_RECURSIVE),
        attributes, ctypes.c_size_t(ctypes.sizeof(attributes)),
    )  # fmt: skip
    _check(result, f"mount_setattr {target}")


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
