"""Files for configs and secrets whose bytes are in no file: inline content and values of environment variables.

The docker client takes configs and secrets from files only. The names say what is inside by its hash, so a changed
value is another file, and writing the same plan twice writes the same files.
"""

import errno
import hashlib
import os
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


def write_contents(plan: SwarmPlan, folder: str) -> list[str]:
    """Write those files, readable by their owner only, and return their paths.

    Raises `OSError`, also when the folder or the one it stands in belongs to another user, who could change what is
    written there.
    """
    written = []
    for path, data in content_files(plan, folder):
        _make_private(os.path.dirname(folder))
        _make_private(folder)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb") as file:
            file.write(data)
        written.append(path)
    return written


def _make_private(folder: str) -> None:
    if not os.path.isdir(folder):
        os.makedirs(folder, mode=0o700)
    owner = os.stat(folder).st_uid
    if owner not in (0, os.getuid()):
        raise PermissionError(errno.EPERM, "it belongs to another user", folder)
