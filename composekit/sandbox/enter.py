"""Going into a view: called in a forked child right before its program starts.

A view is a dict that a supervisor carries without reading it:

    kind        "overlay" (the machine's root, copy-on-write), "skeleton" (the machine's own directories, for an
                ordinary user), or "none"
    layers      names of layers of an image over the machine's files, the oldest first, or absent; they lie in the
                directory `layers_folder`
    scratch     directory of this replica for both, on a file system that takes extended attributes
    reach       paths that the service's user must be able to pass to, although directories above them may be closed
    hostname    host name, or absent
    mounts      in order: {"kind": "bind", "source", "target", "read_only"},
                {"kind": "tmpfs", "target", "size", "mode"}, or {"kind": "copy", "sources", "target"}: directories
                laid over each other and over what is there, the last one on top, copy-on-write
    cwd         working directory inside; made when it is missing in a view
    shm_size    bytes of /dev/shm, or absent for 64 MiB
    read_only   whether everything outside the mounts is read-only ("overlay" only)
    user        [uid, gid, [other groups]] to become, or absent
    no_new_privileges   whether no program may give more rights, as setuid ones do
    limits      [[name as in `resource.RLIMIT_*`, soft, hard], ...], -1 for unlimited
    oom_score   value for /proc/self/oom_score_adj, or absent

Mounts vanish with the last process of the view; what was written outside mounts stays in `scratch` until that is
removed.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from composekit.sandbox import syscalls
from composekit.sandbox.layering import Layers
from composekit.sandbox.tree import Own, inside, make_place, show_through

View = dict[str, Any]

_UMASK = 0o022  # what a container starts with, whatever the supervisor's own is
_SHM_BYTES = 64 << 20  # Docker's default size of /dev/shm
_INITIAL_USER_NAMESPACE = 0xEFFFFFFD  # linux/proc_ns.h, PROC_USER_INIT_INO


def enter(view: View) -> None:
    """Change what this process sees, irrevocably; raises `OSError` saying which step was refused."""
    os.umask(_UMASK)
    if view.get("kind", "none") != "none":
        _build(view)
    _finish(view)


def join(pid: int, view: View) -> None:
    """Go into the view of a process that is in it already, as `enter` left it; raises `OSError` when it has ended."""
    os.umask(_UMASK)
    if view.get("kind", "none") != "none":
        kinds = [("mnt", syscalls.CLONE_NEWNS), ("uts", syscalls.CLONE_NEWUTS)]
        if os.stat(f"/proc/{pid}/ns/user").st_ino != os.stat("/proc/self/ns/user").st_ino:
            kinds.insert(0, ("user", syscalls.CLONE_NEWUSER))
        descriptors = [(os.open(f"/proc/{pid}/ns/{name}", os.O_RDONLY | os.O_CLOEXEC), kind) for name, kind in kinds]
        for descriptor, kind in descriptors:
            syscalls.setns(descriptor, kind)
            os.close(descriptor)
    _finish(view)


def isolate() -> None:
    """Give this process mounts and a host name of its own, as root directly, else through a user namespace."""
    uid, gid = os.geteuid(), os.getegid()
    kinds = syscalls.CLONE_NEWNS | syscalls.CLONE_NEWUTS
    if uid == 0:
        syscalls.unshare(kinds)
    else:
        syscalls.unshare(kinds | syscalls.CLONE_NEWUSER)
        # The user keeps being who he is: programs such as postgres refuse to be root.
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{uid} {uid} 1")
        _write("/proc/self/gid_map", f"{gid} {gid} 1")
    syscalls.mount("", "/", flags=syscalls.MS_REC | syscalls.MS_PRIVATE)


def _build(view: View) -> None:
    isolate()
    if view.get("hostname"):
        syscalls.sethostname(view["hostname"])
    scratch = view["scratch"]
    root = os.path.join(scratch, "root")
    os.makedirs(root, mode=0o755, exist_ok=True)
    ours = [root]
    if view.get("layers"):
        user_xattr = os.stat("/proc/self/ns/user").st_ino != _INITIAL_USER_NAMESPACE
        ours = Layers(
            view["layers_folder"], view["layers"], _layered(scratch), writable=True, user_xattr=user_xattr
        ).mount(root)
    elif view["kind"] == "overlay":
        _overlay_root(scratch, root)
    else:
        syscalls.mount("composekit", root, "tmpfs", options="mode=755")
        show_through("/", root)
    own = Own(root)
    own.devices.update(os.stat(place).st_dev for place in ours)
    if view["kind"] == "overlay":
        _open_way(root, view.get("reach", ()), own)
    _private_shm(root, view.get("shm_size") or _SHM_BYTES)
    for one in view.get("mounts", ()):
        _mount(root, one, own, scratch)
    cwd = view.get("cwd")
    if cwd and not os.path.isdir(inside(root, cwd)):
        make_place(root, cwd, directory=True, own=own)
    if view.get("read_only") and view["kind"] == "overlay":
        for place in ours:
            syscalls.make_read_only(place)
    syscalls.change_root(root)


def _layered(scratch: str) -> str:
    """Make the directories that a root of layers needs, as far as they are not there from an earlier run."""
    for name in ("tree", "work"):
        os.makedirs(os.path.join(scratch, name), mode=0o755, exist_ok=True)
    return scratch


def _overlay_root(scratch: str, root: str) -> None:
    points = _mount_points()
    upper, work = os.path.join(scratch, "upper"), os.path.join(scratch, "work")
    for directory in (upper, work):
        os.makedirs(directory, mode=0o755, exist_ok=True)
    options = f"lowerdir=/,upperdir={_escape(upper)},workdir={_escape(work)}"
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


def _mount_points() -> list[str]:
    """Return the machine's mount points, a parent before its children; proc(5), /proc/PID/mountinfo, fifth column."""
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as table:
        points = {line.split(" ")[4] for line in table}
    return sorted(point.encode("utf-8", "surrogateescape").decode("unicode_escape") if "\\" in point else point
                  for point in points)  # fmt: skip


def _escape(path: str) -> str:
    """Overlay's options are separated by commas, and its lower directories by colons."""
    return path.replace("\\", "\\\\").replace(",", "\\,").replace(":", "\\:")


def _private_shm(root: str, size: int) -> None:
    place = inside(root, "/dev/shm")  # noqa: S108  # a mount point, not a temporary file
    if os.path.isdir(place):
        syscalls.mount("shm", place, "tmpfs", options=f"mode=1777,size={size}")


def _mount(root: str, one: dict[str, Any], own: Own, scratch: str) -> None:
    if one["kind"] == "copy":
        _copy(root, one, own, scratch)
        return
    if one["kind"] == "tmpfs":
        place = make_place(root, one["target"], directory=True, own=own)
        options = [f"mode={one.get('mode') or 0o1777:o}"]
        if one.get("size"):
            options.append(f"size={one['size']}")
        syscalls.mount("tmpfs", place, "tmpfs", options=",".join(options))
        own.mounts.append(place)
        return
    source = one["source"]
    place = make_place(root, one["target"], directory=os.path.isdir(source), own=own)
    syscalls.bind(source, place)
    if one.get("read_only"):
        syscalls.make_read_only(place)
    own.mounts.append(place)


def _copy(root: str, one: dict[str, Any], own: Own, scratch: str) -> None:
    place = make_place(root, one["target"], directory=True, own=own)
    there = place[len(root) :]
    layers = [*reversed(one["sources"]), *([there] if os.path.isdir(there) and os.listdir(place) else [])]
    name = os.path.join(scratch, "copies", one["target"].strip("/").replace("/", "-") or "root")
    upper, work = f"{name}.upper", f"{name}.work"
    for directory in (upper, work):
        os.makedirs(directory, mode=0o755, exist_ok=True)
    lower = ":".join(map(_escape, layers))
    options = f"lowerdir={lower},upperdir={_escape(upper)},workdir={_escape(work)}"
    if os.stat("/proc/self/ns/user").st_ino != _INITIAL_USER_NAMESPACE:
        options += ",userxattr"
    try:
        syscalls.mount("composekit", place, "overlay", options=options)
    except OSError:  # an old kernel, or a file system that cannot be a layer: the files themselves, then
        syscalls.bind(one["sources"][-1], place)
        return
    own.mounts.append(place)


def _finish(view: View) -> None:
    """What is done with and without a view: limits, working directory, and last the user, as that gives up rights."""
    if view.get("limits"):
        import resource

        for name, soft, hard in view["limits"]:
            kind = getattr(resource, f"RLIMIT_{name.upper()}", None)
            if kind is not None:
                _limit(resource, kind, soft, hard)
    if view.get("oom_score") is not None:
        _write("/proc/self/oom_score_adj", str(view["oom_score"]))
    if view.get("no_new_privileges"):
        syscalls.forbid_new_privileges()
    user = view.get("user")
    if user and os.geteuid() == 0:
        uid, gid, groups = user
        os.setgroups(groups)
        os.setgid(gid)
        if view.get("cwd"):
            os.chdir(view["cwd"])
        os.setuid(uid)
    elif view.get("cwd"):
        os.chdir(view["cwd"])


def _limit(resource: Any, kind: int, soft: int, hard: int) -> None:
    """Set a limit; who may not raise the hard one keeps it."""
    try:
        resource.setrlimit(kind, (soft, hard))
    except (ValueError, OSError):
        most = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (soft if most == -1 or 0 <= soft <= most else most, most))


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
