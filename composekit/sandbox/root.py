"""The root directory of a view and all that is mounted below it.

Keys of a view that are read here:

layers      names of layers of an image over the machine's files, the oldest first, or absent; they lie in the
            directory `layers_folder`
scratch     directory of this replica, on a file system that takes extended attributes
reach       paths that the service's user must be able to pass to, although directories above them may be closed
mounts      in order, see `mounts`
shm_size    bytes of /dev/shm, or absent for 64 MiB; `shm` is a directory to be shown there instead, which others
            share
read_only   whether everything outside the mounts is read-only
masks       whether what is the whole machine's in /proc and /sys can only be read, as in a container
hide        directories that are shown empty: where other services' secrets are
cwd         made when it is missing
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from composekit.sandbox import syscalls
from composekit.sandbox.layering import Layers, escape, mount_points
from composekit.sandbox.mounts import INITIAL_USER_NAMESPACE, mount_all
from composekit.sandbox.tree import Own, inside, make_place, show_through

_SHM_BYTES = 64 << 20  # Docker's default size of /dev/shm
# What Docker lets a container read only, and what it hides: they are the whole machine's.
_READ_ONLY = ("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger", "/sys")
_HIDDEN = ("/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/scsi", "/proc/timer_list",
           "/sys/devices/virtual/powercap", "/sys/firmware")  # fmt: skip


def build(view: dict[str, Any]) -> None:
    """Make the root directory of a view and go into it. The process must have a mount namespace of its own."""
    scratch = view["scratch"]
    root = os.path.join(scratch, "root")
    os.makedirs(root, mode=0o755, exist_ok=True)
    ours = _base(view, scratch, root)
    own = Own(root)
    own.devices.update(os.stat(place).st_dev for place in ours)
    if view["kind"] == "overlay":
        _open_way(root, view.get("reach", ()), own)
    if view.get("pids") or view.get("pid_of"):
        syscalls.mount("proc", root + "/proc", "proc", syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC)
    if view.get("masks"):
        _mask(root)
    _shared_memory(root, view)
    mount_all(root, view, own)
    cwd = view.get("cwd")
    if cwd and not os.path.isdir(inside(root, cwd)):
        make_place(root, cwd, directory=True, own=own)
    for path in view.get("hide", ()):
        _hide(root, path, own)
    if view.get("read_only"):
        _forbid_writing(view, root, ours, own)
    syscalls.change_root(root)


def _base(view: dict[str, Any], scratch: str, root: str) -> list[str]:
    """Mount what is below everything else; return the mount points that are the view's own to write to."""
    if view.get("layers"):
        for name in ("tree", "work"):
            os.makedirs(os.path.join(scratch, name), mode=0o755, exist_ok=True)
        user_xattr = os.stat("/proc/self/ns/user").st_ino != INITIAL_USER_NAMESPACE
        layers = Layers(view["layers_folder"], view["layers"], scratch, writable=True, user_xattr=user_xattr)
        return layers.mount(root)
    if view["kind"] == "overlay":
        _overlay_root(scratch, root)
    else:
        syscalls.mount("composekit", root, "tmpfs", options="mode=755")
        show_through("/", root)
    return [root]


def _overlay_root(scratch: str, root: str) -> None:
    points = mount_points()
    upper, work = os.path.join(scratch, "upper"), os.path.join(scratch, "work")
    for directory in (upper, work):
        os.makedirs(directory, mode=0o755, exist_ok=True)
    options = f"lowerdir=/,upperdir={escape(upper)},workdir={escape(work)}"
    syscalls.mount("composekit", root, "overlay", options=options)
    shown: list[str] = []
    for point in points:
        if point == "/" or any(point == one or point.startswith(one + "/") for one in shown):
            continue
        if os.path.exists(root + point):
            with suppress(OSError):  # what cannot be shown is an empty place, as for a container
                syscalls.bind(point, root + point)
                shown.append(point)


def _open_way(root: str, paths: Iterable[str], own: Own) -> None:
    """Let everybody pass through the directories above some paths: in the view's own layer, not on the machine."""
    for path in paths:
        place = os.path.dirname(inside(root, path))
        while len(place) > len(root):
            mode = os.stat(place).st_mode
            if not mode & 0o001 and own.may_write(place):
                os.chmod(place, (mode & 0o7777) | 0o001)
            place = os.path.dirname(place)


def _mask(root: str) -> None:
    for path in _READ_ONLY:
        place = root + path
        if os.path.exists(place):
            if not os.path.ismount(place):
                syscalls.bind(place, place)
            with suppress(OSError):
                syscalls.set_read_only(place)
    for path in _HIDDEN:
        place = root + path
        with suppress(OSError):
            if os.path.isdir(place):
                syscalls.mount("composekit", place, "tmpfs", syscalls.MS_RDONLY, "size=0,mode=555")
            elif os.path.exists(place):
                syscalls.bind("/dev/null", place)


def _shared_memory(root: str, view: dict[str, Any]) -> None:
    place = inside(root, "/dev/shm")  # noqa: S108  # a mount point, not a temporary file
    if not os.path.isdir(place):
        return
    if view.get("shm"):
        with suppress(OSError):  # another replica may have made it so
            os.chmod(view["shm"], 0o1777)  # noqa: S103  # as /dev/shm is
        syscalls.bind(view["shm"], place)
    else:
        size = view.get("shm_size") or _SHM_BYTES
        flags = syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC
        syscalls.mount("shm", place, "tmpfs", flags, f"mode=1777,size={size}")


def _hide(root: str, path: str, own: Own) -> None:
    place = inside(root, path)
    if any(one.startswith(f"{place}/") or one == place for one in own.mounts):
        return  # something in there is mounted at its own path, as a project below the folder for state is
    if os.path.isdir(place):
        syscalls.mount("composekit", place, "tmpfs", syscalls.MS_RDONLY, "size=0,mode=555")


def _forbid_writing(view: dict[str, Any], root: str, ours: list[str], own: Own) -> None:
    if view["kind"] == "overlay":
        for place in ours:
            syscalls.make_read_only(place)
        return
    # The machine's own directories are many mounts: all become read-only, and then the service's own as they were.
    syscalls.set_read_only(root)
    shared_memory = inside(root, "/dev/shm")  # noqa: S108  # a mount point, not a temporary file
    for place in (*own.writable, root + "/proc", shared_memory):
        if os.path.ismount(place):
            syscalls.set_read_only(place, read_only=False)
