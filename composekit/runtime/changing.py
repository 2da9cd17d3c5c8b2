"""One command at a time changes a project: what one `up` prepares must not be cleared away by another, or by `down`."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from composekit.network.lockfile import take_lock
from composekit.supervise.memory import forget


@contextmanager
def changing(root: str, project: str, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the project's lock; `waiting` is called once if another holds it."""
    folder = os.path.join(root, "changing")
    descriptor = take_lock(folder, project, waiting)
    try:
        yield
    finally:
        with suppress(OSError):
            os.unlink(os.path.join(folder, project))
        os.close(descriptor)
        with suppress(OSError):  # others are in it
            os.rmdir(folder)
            forget(root)
            os.rmdir(root)
