"""What a service asked to be mounted, each a dict with its `kind` and the `target` inside.

bind    `source`, `read_only`; `subpath` is a path in the source that must not lead out of it; with `fill`, an empty
        source takes what the view holds at the target before it is mounted
tmpfs   `options` as mount(8) has them, over those that Docker gives
copy    `sources`: directories laid over each other and over what is there, the last one on top, copy-on-write
"""

import errno
import os
from typing import Any

from composekit.sandbox import syscalls
from composekit.sandbox.filling import fill
from composekit.sandbox.layering import escape
from composekit.sandbox.tree import Own, inside, make_place

INITIAL_USER_NAMESPACE = 0xEFFFFFFD  # linux/proc_ns.h, PROC_USER_INIT_INO

_FLAGS = {
    "ro": (syscalls.MS_RDONLY, 0),
    "rw": (0, syscalls.MS_RDONLY),
    "nosuid": (syscalls.MS_NOSUID, 0),
    "suid": (0, syscalls.MS_NOSUID),
    "nodev": (syscalls.MS_NODEV, 0),
    "dev": (0, syscalls.MS_NODEV),
    "noexec": (syscalls.MS_NOEXEC, 0),
    "exec": (0, syscalls.MS_NOEXEC),
    "noatime": (syscalls.MS_NOATIME, 0),
    "nodiratime": (syscalls.MS_NODIRATIME, 0),
    "relatime": (syscalls.MS_RELATIME, 0),
}
_TMPFS_FLAGS = syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC  # Docker's


def mount_all(root: str, view: dict[str, Any], own: Own) -> None:
    """Mount everything that a view asks for; raises `OSError` with the target of the first that cannot be."""
    for one in view.get("mounts", ()):
        if one["kind"] == "copy":
            _copy(root, one, own, view["scratch"])
        elif one["kind"] == "tmpfs":
            _tmpfs(root, one, own)
        else:
            _bind(root, one, own, view)


def _tmpfs(root: str, one: dict[str, Any], own: Own) -> None:
    place = make_place(root, one["target"], directory=True, own=own)
    flags, words = _TMPFS_FLAGS, ["mode=1777"]
    for option in one.get("options", ()):
        if option in _FLAGS:
            on, off = _FLAGS[option]
            flags = (flags | on) & ~off
        else:
            words.append(option)
    try:
        syscalls.mount("tmpfs", place, "tmpfs", flags, ",".join(words))
    except OSError as error:
        raise OSError(
            error.errno, f"cannot mount a tmpfs at {one['target']}: {os.strerror(error.errno or 0)}"
        ) from None
    own.mounts.append(place)
    if not flags & syscalls.MS_RDONLY:
        own.writable.append(place)


def _bind(root: str, one: dict[str, Any], own: Own, view: dict[str, Any]) -> None:
    source = one["source"]
    if one.get("fill"):
        fill(root, one["target"], source, own, view)
    if one.get("subpath"):
        source = inside(source, one["subpath"])
        if not os.path.lexists(source):
            raise OSError(errno.ENOENT, f"the volume at {one['target']} has no '{one['subpath']}'")
    try:
        directory = os.path.isdir(os.path.realpath(source, strict=True))
    except OSError as error:
        raise OSError(error.errno, f"cannot mount '{source}' at {one['target']}: {error.strerror}") from None
    place = make_place(root, one["target"], directory=directory, own=own)
    syscalls.bind(source, place)
    if one.get("read_only"):
        syscalls.make_read_only(place)
    else:
        own.writable.append(place)
    own.mounts.append(place)


def _copy(root: str, one: dict[str, Any], own: Own, scratch: str) -> None:
    place = make_place(root, one["target"], directory=True, own=own)
    there = place[len(root) :]
    layers = [*reversed(one["sources"]), *([there] if os.path.isdir(there) and os.listdir(place) else [])]
    name = os.path.join(scratch, "copies", one["target"].strip("/").replace("/", "-") or "root")
    upper, work = f"{name}.upper", f"{name}.work"
    for directory in (upper, work):
        os.makedirs(directory, mode=0o755, exist_ok=True)
    lower = ":".join(map(escape, layers))
    options = f"lowerdir={lower},upperdir={escape(upper)},workdir={escape(work)}"
    if os.stat("/proc/self/ns/user").st_ino != INITIAL_USER_NAMESPACE:
        options += ",userxattr"
    try:
        syscalls.mount("composekit", place, "overlay", options=options)
    except OSError:  # an old kernel, or a file system that cannot be a layer: the files themselves, then
        syscalls.bind(one["sources"][-1], place)
        return
    own.mounts.append(place)
    own.copies.append(place)
