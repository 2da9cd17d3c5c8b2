"""Files for configs and secrets whose bytes are in no file: inline content and values of environment variables.

The docker client takes configs and secrets from files only. The names say what is inside by its hash, so a changed
value is another file, and writing the same plan twice writes the same files.
"""

import contextlib
import errno
import hashlib
import os
import stat
from collections.abc import Iterator

from composekit.swarm.plan import ObjectPlan, Origin, SwarmPlan

_ELSEWHERE = frozenset({Origin.CONTENT, Origin.ENVIRONMENT})


def content_file(kind: str, plan: ObjectPlan, folder: str) -> str:
    """Return the path of the file that holds an object's bytes."""
    digest = hashlib.sha256(plan.data).hexdigest()[:16]
    return os.path.join(folder, f"{kind}-{plan.key}-{digest}")


def content_files(plan: SwarmPlan, folder: str) -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of the files that a stack file refers to and that do not exist by themselves."""
    for kind, objects in (("secret", plan.secrets), ("config", plan.configs)):
        for one in objects:
            if one.origin in _ELSEWHERE:
                yield content_file(kind, one, folder), one.data


def needs_files(plan: SwarmPlan) -> bool:
    return any(True for _ in content_files(plan, ""))


def write_contents(plan: SwarmPlan, folder: str) -> list[str]:
    """Write those files, readable by their owner only, and return their paths; raises `OSError`."""
    written = []
    for path, data in content_files(plan, folder):
        os.makedirs(folder, mode=0o700, exist_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb") as file:
            file.write(data)
        written.append(path)
    return written


def private_folder(parent: str, user: int) -> str:
    """Make a folder that only this user can change in one that all can change.

    Raises `OSError`, also when another user's folder stands in its place.
    """
    folder = os.path.join(parent, f"composekit-stacks-{user}")
    with contextlib.suppress(FileExistsError):
        os.mkdir(folder, 0o700)
    found = os.lstat(folder)
    if found.st_uid != user or not stat.S_ISDIR(found.st_mode):
        raise PermissionError(errno.EPERM, "it belongs to another user", folder)
    return folder
