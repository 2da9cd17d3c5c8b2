"""The rights of root in parts: their names, and which of them a service keeps.

Names and numbers are those of linux/capability.h; the default is that of Docker's containers.
"""

from collections.abc import Iterable

NAMES = (
    "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
    "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
    "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
    "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
    "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
    "CHECKPOINT_RESTORE",
)  # fmt: skip

DEFAULT = frozenset({
    "CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD", "NET_RAW", "SETGID", "SETUID", "SETFCAP", "SETPCAP",
    "NET_BIND_SERVICE", "SYS_CHROOT", "KILL", "AUDIT_WRITE",
})  # fmt: skip

NET_BIND_SERVICE = NAMES.index("NET_BIND_SERVICE")


def plain(name: str) -> str:
    """Return a capability's name without its prefix, in capitals."""
    return name.upper().removeprefix("CAP_")


def unknown(names: Iterable[str]) -> list[str]:
    """Return those names, as given, that mean no capability."""
    return [name for name in names if plain(name) not in (*NAMES, "ALL")]


def kept(add: Iterable[str], drop: Iterable[str], start: frozenset[str] = DEFAULT) -> list[int]:
    """Return the numbers of what a service keeps of `start`, with what is added and without what is dropped.

    As in Docker, an added one wins over a dropped ALL, and a dropped one over an added ALL.
    """
    added, dropped = set(map(plain, add)), set(map(plain, drop))
    if "ALL" in added:
        names = set(NAMES) - dropped
    elif "ALL" in dropped:
        names = added
    else:
        names = (set(start) - dropped) | added
    return sorted(NAMES.index(name) for name in names if name in NAMES)
