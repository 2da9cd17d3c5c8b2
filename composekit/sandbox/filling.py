"""The first use of an empty volume: it takes what the image holds at its place, with owners and modes, as in Docker.

Only what an image brought is taken, from its layers or its copied files: the machine's own files at that place are
nobody's volume. All of it comes into the volume at once, so that a copy that is interrupted leaves an empty volume.
"""

import fcntl
import os
import shutil
import stat
from contextlib import suppress
from typing import Any

from composekit.sandbox.tree import Own, inside

_NEW = ".composekit-new"


def fill(root: str, target: str, volume: str, own: Own, view: dict[str, Any]) -> None:
    """Fill a volume, a directory, when it is empty and the image holds a directory at `target`; raises `OSError`."""
    place = inside(root, target)
    if not os.path.isdir(place) or not _is_of_image(place, target, own, view):
        return
    lock = os.open(volume, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)  # others that start now and share the volume
        if not set(os.listdir(volume)) - {_NEW}:
            _fill(place, volume)
    finally:
        os.close(lock)


def _is_of_image(place: str, target: str, own: Own, view: dict[str, Any]) -> bool:
    if any(place == one or place.startswith(f"{one}/") for one in own.copies):
        return True
    folder = view.get("layers_folder", "")
    return any(os.path.isdir(os.path.join(folder, name, target.strip("/"))) for name in view.get("layers") or ())


def _fill(place: str, volume: str) -> None:
    """Copy beside, then move: others may have mounted the volume, so that it stays the same directory."""
    new = os.path.join(volume, _NEW)
    shutil.rmtree(new, ignore_errors=True)  # of one that was killed
    try:
        _copy_tree(place, new)
        for name in os.listdir(new):
            os.rename(os.path.join(new, name), os.path.join(volume, name))
        _same(place, volume)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _copy_tree(source: str, target: str) -> None:
    os.mkdir(target, 0o700)
    with os.scandir(source) as entries:
        for entry in entries:
            to = os.path.join(target, entry.name)
            if entry.is_symlink():
                os.symlink(os.readlink(entry.path), to)
                _same_owner(entry.path, to)
            elif entry.is_dir(follow_symlinks=False):
                _copy_tree(entry.path, to)
            elif entry.is_file(follow_symlinks=False):
                shutil.copyfile(entry.path, to)
                _same(entry.path, to)
    _same(source, target)


def _same(source: str, target: str) -> None:
    status = os.stat(source)
    _same_owner(source, target)
    os.chmod(target, stat.S_IMODE(status.st_mode))
    os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))


def _same_owner(source: str, target: str) -> None:
    status = os.lstat(source)
    with suppress(PermissionError):  # an ordinary user's volumes are his own
        os.chown(target, status.st_uid, status.st_gid, follow_symlinks=False)
