"""One command at a time changes a project: what one `up` prepares must not be cleared away by another, or by `down`."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from composekit.network.book import is_in_the_way


@contextmanager
def changing(root: str, project: str, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the project's lock; `waiting` is called once if another holds it.

    The file goes when it is let go of, so a lock counts only on the file that is still there.
    """
    folder = os.path.join(root, "changing")
    path = os.path.join(folder, project)
    descriptor = -1
    while descriptor < 0:
        descriptor = _try(folder, path, waiting)
    try:
        yield
    finally:
        with suppress(OSError):
            os.unlink(path)
        os.close(descriptor)
        with suppress(OSError):  # others are in it
            os.rmdir(folder)
            os.rmdir(root)


def _try(folder: str, path: str, waiting: Callable[[], None]) -> int:
    """Return the locked descriptor, or -1 when folder or file were gone by the time they were needed."""
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except (FileNotFoundError, FileExistsError):
        # Another has just removed the folder: after it was found, while it was made, or before the file was.
        if is_in_the_way(folder):
            raise
        return -1
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        waiting()
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    with suppress(FileNotFoundError):
        if os.fstat(descriptor).st_ino == os.stat(path).st_ino:
            return descriptor
    os.close(descriptor)
    return -1
