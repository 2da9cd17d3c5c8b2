"""Places inside a root that is being built: finding them without leaving it, making them without touching the machine.

A directory may be made only on a file system that is the view's own, or inside a mount that was asked for, as Docker
does. Where a target's parent belongs to the machine, an empty file system is laid over that parent, with all it holds
shown through.
"""

import errno
import os
import stat

from composekit.sandbox.syscalls import bind, mount

_MOST_CHILDREN = 2000  # each is a mount; a directory with more is left alone
_MOST_LINKS = 40


def inside(root: str, path: str) -> str:
    """Return where `path` lies under `root`, symbolic links followed as if `root` were `/`; it need not exist.

    Raises `OSError` (ELOOP) for links that go round in circles.
    """
    waiting = [part for part in path.split("/") if part][::-1]
    at: list[str] = []
    links = 0
    while waiting:
        part = waiting.pop()
        if part == ".":
            continue
        if part == "..":
            del at[-1:]
            continue
        here = "/".join((root, *at, part))
        try:
            target = os.readlink(here)
        except OSError:
            at.append(part)
            continue
        links += 1
        if links > _MOST_LINKS:
            raise OSError(errno.ELOOP, f"too many symbolic links in {path}")
        if target.startswith("/"):
            at = []
        waiting.extend(name for name in reversed(target.split("/")) if name)
    return "/".join((root, *at))


class Own:
    """Where a view may make directories: on its own file systems (device numbers) and in mounts that were asked for.

    Of the `mounts`, some are `writable`, and some are `copies` of an image's files.
    """

    def __init__(self, root: str) -> None:
        self.devices = {os.stat(root).st_dev}
        self.mounts: list[str] = []
        self.writable: list[str] = []
        self.copies: list[str] = []

    def may_write(self, place: str) -> bool:
        if any(place == one or place.startswith(f"{one}/") for one in self.mounts):
            return True
        return os.stat(place).st_dev in self.devices


def make_place(root: str, path: str, *, directory: bool, own: Own) -> str:
    """Return the real path of a mount target inside `root`, made when it is missing.

    Raises `OSError` when the target is of the other kind (a file where a directory is wanted, or the reverse).
    """
    place = inside(root, path)
    try:
        found = os.stat(place)
    except FileNotFoundError:
        found = None
    if found is not None:
        if stat.S_ISDIR(found.st_mode) != directory:
            what = "a directory onto a file" if directory else "a file onto a directory"
            raise OSError(errno.ENOTDIR, f"cannot mount {what}: {path}")
        return place
    parent = os.path.dirname(place)
    while not os.path.isdir(parent):
        parent = os.path.dirname(parent)
    if not own.may_write(parent):
        lay_over(parent)
        own.devices.add(os.stat(parent).st_dev)
    os.makedirs(place if directory else os.path.dirname(place), mode=0o755, exist_ok=True)
    if not directory:
        os.close(os.open(place, os.O_WRONLY | os.O_CREAT, 0o644))
    return place


def lay_over(directory: str) -> None:
    """Cover a directory with an empty file system in which everything it holds is shown through."""
    before = os.open(directory, os.O_PATH | os.O_DIRECTORY)
    try:
        status = os.fstat(before)
        if len(os.listdir(f"/proc/self/fd/{before}")) > _MOST_CHILDREN:
            raise OSError(errno.E2BIG, f"nothing can be added to {directory}: it holds too many files")
        mount("composekit", directory, "tmpfs", options=f"mode={status.st_mode & 0o7777:o}")
        show_through(f"/proc/self/fd/{before}", directory)
    finally:
        os.close(before)


def show_through(source: str, target: str, *, skip: frozenset[str] = frozenset()) -> None:
    """Bind each thing in `source` to the same name in `target`, a directory that is empty; links are copied."""
    with os.scandir(source) as entries:
        for entry in entries:
            if entry.name in skip:
                continue
            place = os.path.join(target, entry.name)
            if entry.is_symlink():
                os.symlink(os.readlink(entry.path), place)
                continue
            if entry.is_dir():
                os.mkdir(place)
            else:
                os.close(os.open(place, os.O_WRONLY | os.O_CREAT, 0o644))
            try:
                bind(entry.path, place)
            except OSError:
                continue  # what this user may not see stays an empty place
