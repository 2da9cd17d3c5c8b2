"""A root directory made of layers over the machine's own one: for building them, and for services that run on them.

A layer is a directory that the kernel's overlay took what was written to: files at their places, deleted ones as marks.
Layers lie in one folder and are named by their directory in it, so that many names fit into a mount's options.

The machine's root cannot be a layer itself where it holds the others, as the kernel refuses layers inside each other,
and an ordinary user may not use it at all. So each directory of the root becomes an overlay of its own, with what the
layers have of it on top, and the root one of the layers over empty places for these.
"""

import os
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress

from composekit.sandbox import syscalls

_SHOWN = ("/dev", "/proc", "/sys")


class Layers:
    """What to mount: layers of `folder` by name, the oldest first, with directories for what is written.

    `tree` takes what is written to the root itself, `tops` what is written below its directories, `work` is the
    kernel's. Without `tree` the root is read-only. `place` is a directory for mounts on the way.
    """

    def __init__(self, folder: str, names: Sequence[str], place: str, *, writable: bool, user_xattr: bool) -> None:
        self.folder = folder
        self.names = tuple(names)
        self.place = place
        self.writable = writable
        self.user_xattr = user_xattr
        self._count = 0

    def mount(self, root: str) -> list[str]:
        """Mount everything at `root`; return the mount points that are ours to write to. Raises `OSError`.

        The process must have a mount namespace of its own.
        """
        points = mount_points()
        tops = sorted(name for name in os.listdir("/") if not os.path.islink(f"/{name}") and os.path.isdir(f"/{name}"))
        self._root(root, tops)
        made = [root]
        for point in (*(f"/{name}" for name in tops), *(point for point in points if point.count("/") > 1)):
            target = root + point
            if not os.path.isdir(target) or os.path.islink(target):
                continue
            if point in _SHOWN:
                with suppress(OSError):
                    syscalls.bind(point, target)
            elif not point.startswith(tuple(f"{one}/" for one in _SHOWN)) and os.path.isdir(point):
                # What this user may not look into, or the kernel not lay over, is an empty place, as in a container.
                with suppress(OSError):
                    self._cover(point, target)
                    made.append(target)
        return made

    def _root(self, root: str, tops: Iterable[str]) -> None:
        base = self._empty()
        for name in tops:
            os.mkdir(os.path.join(base, name), 0o755)
            with suppress(OSError):
                shutil.copymode(f"/{name}", os.path.join(base, name))
        for name in os.listdir("/"):
            if os.path.islink(f"/{name}"):
                os.symlink(os.readlink(f"/{name}"), os.path.join(base, name))
        upper = os.path.join(self.place, "tree") if self.writable else ""
        self._overlay(root, [*self._lower(""), base], upper)

    def _cover(self, point: str, target: str) -> None:
        lower = self._lower(point)
        # Somebody else's, such as /root: there is an empty one in its place, which can be written to.
        below = point if os.access(point, os.R_OK | os.X_OK) else self._empty()
        if below == point and lower and (self.folder + "/").startswith(point.rstrip("/") + "/"):
            below = self._empty()
            self._overlay(below, [point, self._empty()], "")
        upper = ""
        if self.writable:
            upper = os.path.join(self.place, "tops", point.lstrip("/").replace("/", "\\"))
            if not os.path.isdir(upper):
                os.makedirs(upper)
                _same(os.path.join(self.folder, lower[0]) if lower else point, upper)
        self._overlay(target, [*lower, below], upper)

    def _lower(self, point: str) -> list[str]:
        """Return what the layers have of a directory, the newest first."""
        names = [os.path.join(name, point.lstrip("/")) if point else name for name in reversed(self.names)]
        return [name for name in names if os.path.isdir(os.path.join(self.folder, name))]

    def _empty(self) -> str:
        """Return an empty directory on a file system of its own."""
        self._count += 1
        path = os.path.join(self.place, f"base{self._count}")
        os.makedirs(path, exist_ok=True)
        syscalls.mount("composekit", path, "tmpfs", options="mode=755")
        return path

    def _overlay(self, target: str, lower: list[str], upper: str) -> None:
        """Mount directories over each other, the first one on top; relative ones are in the folder of layers."""
        if not upper and len(lower) == 1:
            syscalls.bind(lower[0], target, recursive=False)
            syscalls.make_read_only(target)
            return
        options = f"lowerdir={':'.join(map(escape, lower))}"
        if upper:
            self._count += 1
            work = os.path.join(self.place, "work", str(self._count))
            os.makedirs(work, exist_ok=True)
            options += f",upperdir={escape(upper)},workdir={escape(work)}"
        if self.user_xattr:
            options += ",userxattr"
        # Names of layers are relative: the kernel takes no more than a page of options.
        before = os.open(".", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.chdir(self.folder)
            syscalls.mount("composekit", target, "overlay", options=options)
        finally:
            os.fchdir(before)
            os.close(before)


def gather(place: str) -> None:
    """Put what was written below the directories of the root into the `tree` of a place, once nothing is mounted."""
    tops = os.path.join(place, "tops")
    for name in sorted(os.listdir(tops)) if os.path.isdir(tops) else ():
        source = os.path.join(tops, name)
        target = os.path.join(place, "tree", *name.split("\\"))
        if not os.listdir(source):
            continue
        if os.path.isdir(target) and not os.listdir(target):
            os.rmdir(target)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if not os.path.lexists(target):
            os.rename(source, target)


def _same(model: str, directory: str) -> None:
    """Give a directory the owner and mode of another one; in a user namespace others' directories become ours."""
    status = os.stat(model)
    with suppress(OSError):
        os.chown(directory, status.st_uid, status.st_gid)
    shutil.copymode(model, directory)


def mount_points() -> list[str]:
    """Return the machine's mount points, a parent before its children; proc(5), /proc/PID/mountinfo, fifth column."""
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as table:
        points = {line.split(" ")[4] for line in table}
    return sorted(
        point.encode("utf-8", "surrogateescape").decode("unicode_escape") if "\\" in point else point
        for point in points
    )


def escape(path: str) -> str:
    """Overlay's options are separated by commas, and its lower directories by colons."""
    return path.replace("\\", "\\\\").replace(",", "\\,").replace(":", "\\:")
