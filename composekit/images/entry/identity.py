"""From root to the image's own user, with the service's files still within that user's reach.

A volume below /root or another closed directory is reachable in a container, where it is mounted elsewhere. The same is
done here: in a mount namespace of this process alone, what lies behind closed directories is mounted at an open place.
"""

import ctypes
import os
import pwd
import stat

from composekit.errors import ComposekitError
from composekit.images.entry.view import View

_PLACES = ("/mnt", "/media", "/srv", "/opt")
_NEW_MOUNTS, _BIND, _RECURSIVE, _PRIVATE = 0x20000, 0x1000, 0x4000, 0x40000


def user_named(*names: str) -> pwd.struct_passwd | None:
    """Return the first of the users that this machine has, and that root can become where we are."""
    for name in names:
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        if _is_mapped(user.pw_uid):
            return user
    return None


def _is_mapped(uid: int) -> bool:
    """Tell whether a user exists in our user namespace, where root may be alone."""
    try:
        with open("/proc/self/uid_map", encoding="ascii") as file:
            ranges = [tuple(map(int, line.split())) for line in file]
    except OSError:
        return True  # not Linux: there are no namespaces
    return any(first <= uid < first + count for first, _, count in ranges)


def is_reachable(path: str, user: pwd.struct_passwd) -> bool:
    """Tell whether a user may pass through every directory above a path."""
    groups = set(os.getgrouplist(user.pw_name, user.pw_gid))
    directory = os.path.dirname(os.path.realpath(path))
    while True:
        try:
            found = os.stat(directory)
        except OSError:
            return False
        if found.st_uid == user.pw_uid:
            bit = stat.S_IXUSR
        elif found.st_gid in groups:
            bit = stat.S_IXGRP
        else:
            bit = stat.S_IXOTH
        if not found.st_mode & bit:
            return False
        if directory == "/":
            return True
        directory = os.path.dirname(directory)


def within_reach(view: View, user: pwd.struct_passwd) -> View:
    """Return a view whose every path a user can reach; as root, what is closed is mounted at an open place.

    Raises `ComposekitError` when something is closed and cannot be mounted.
    """
    wanted = sorted({real for real in (*view.paths.values(), view.scratch) if real and os.path.exists(real)})
    closed = [path for path in wanted if not is_reachable(path, user)]
    if not closed:
        return view
    try:
        moved = _mounted(closed)
    except OSError as wrong:
        raise ComposekitError(
            f"user '{user.pw_name}' cannot reach '{closed[0]}': {wrong.strerror}",
            hint="keep the project and its volumes in directories that every user may enter",
        ) from None
    paths = {path: moved.get(real, real) for path, real in view.paths.items()}
    return View(paths, moved.get(view.scratch, view.scratch), view.addresses)


def _mounted(paths: list[str]) -> dict[str, str]:
    """Mount each path below one open place, seen by this process and its children only; returns old -> new."""
    taken = tuple(os.path.realpath(path) + "/" for path in paths)
    place = next(
        (one for one in _PLACES if os.path.isdir(one) and not any(t.startswith(one + "/") for t in taken)), None
    )
    if place is None:
        raise OSError(None, "no directory to mount it at")
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "unshare"):
        raise OSError(None, "this system has no mount namespaces")
    _call(libc.unshare(_NEW_MOUNTS))
    _call(libc.mount(None, b"/", None, ctypes.c_ulong(_PRIVATE | _RECURSIVE), None))
    sources = {path: os.open(path, os.O_PATH | os.O_CLOEXEC) for path in paths}
    _call(libc.mount(b"tmpfs", place.encode(), b"tmpfs", ctypes.c_ulong(0), b"mode=0755"))
    moved = {}
    for number, (path, descriptor) in enumerate(sources.items()):
        target = f"{place}/{number}"
        if os.path.isdir(path):
            os.mkdir(target)
        else:
            os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o600))
        source = f"/proc/self/fd/{descriptor}".encode()
        _call(libc.mount(source, target.encode(), None, ctypes.c_ulong(_BIND | _RECURSIVE), None))
        os.close(descriptor)
        moved[path] = target
    return moved


def _call(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def give(path: str, user: pwd.struct_passwd) -> None:
    """Make a user the owner of a directory and of what is in it, where someone else is. Links are not followed."""
    for directory, names, files in os.walk(path):
        for name in (".", *names, *files):
            one = os.path.join(directory, name) if name != "." else directory
            if os.lstat(one).st_uid != user.pw_uid:
                os.chown(one, user.pw_uid, user.pw_gid, follow_symlinks=False)


def switch(user: pwd.struct_passwd, environ: dict[str, str]) -> dict[str, str]:
    """Stop being root, for good; returns the environment with the user's home."""
    os.initgroups(user.pw_name, user.pw_gid)
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    return {**environ, "HOME": user.pw_dir}
