"""Lock files that go when they are let go of, and their folder with them.

So a lock counts only on the file that is still there, and any step may find that another has just cleared the place.
"""

import fcntl
import os
import stat
from collections.abc import Callable
from contextlib import suppress


def take_lock(folder: str, name: str, waiting: Callable[[], None] | None = None) -> int:
    """Return a descriptor that holds the lock of a file in a folder, both made where they are missing.

    `waiting` is called once if another holds it. Raises `OSError` where they cannot be made.
    """
    path = os.path.join(folder, name)
    while True:
        descriptor = _open(folder, path)
        if descriptor is None:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if waiting is not None:
                waiting()
                waiting = None
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        with suppress(FileNotFoundError):
            if os.fstat(descriptor).st_ino == os.stat(path).st_ino:
                return descriptor
        os.close(descriptor)


def _open(folder: str, path: str) -> int | None:
    """Return a descriptor; `None` when the folder went after it was found, while it was made, or before the file."""
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except (FileNotFoundError, FileExistsError):
        if _is_in_the_way(folder):
            raise
        return None


def _is_in_the_way(folder: str) -> bool:
    """Tell whether something that is no folder stands there; one look, as folders come and go meanwhile."""
    try:
        mode = os.lstat(folder).st_mode
    except FileNotFoundError:
        return False
    return not stat.S_ISDIR(mode) and not (stat.S_ISLNK(mode) and os.path.isdir(folder))
