"""Configs and secrets: the file of this machine that a service sees, whose it is and who may read it.

One that has a file of its own and asks for no more is shown as it is. Otherwise there is a copy, below the folder for
state, which nobody else may enter: with the owner and mode that the Compose file asks for, or for a secret of a service
that is never root, readable by its user alone.
"""

import os
import pwd
from dataclasses import dataclass, field

from composekit.model.project import FileObject, Project
from composekit.model.service import FileReference, Service
from composekit.runtime.identity import User
from composekit.runtime.machine import Machine
from composekit.runtime.places import place
from composekit.supervise.home import Home

_FOR_ALL, _FOR_ONE = 0o444, 0o400  # Docker's mode, and that of a secret whose only reader is known


@dataclass(slots=True)
class Found:
    """`path` is what to mount at `target`, after writing `content` there if there is any, with owner, group and mode.

    `reason` says why there is no such file. `lost` are keys that have no effect, and what that means.
    """

    target: str
    path: str = ""
    content: bytes | None = None
    protect: tuple[int, int, int] | None = None
    is_copy: bool = False
    reason: str = ""
    lost: dict[str, str] = field(default_factory=dict)


def find_object(
    project: Project,
    service: Service,
    kind: str,
    reference: FileReference,
    declared: FileObject | None,
    *,
    user: User | None,
    home: Home,
    machine: Machine,
) -> Found:
    """Return what a service sees of a config or secret (`kind`)."""
    folder = "/run/secrets" if kind == "secret" else "/"
    found = Found(os.path.join(folder, reference.target or reference.source))
    _read(project, declared, found)
    if found.reason:
        return found
    owner = _owner(reference, kind, user, machine, found)
    if found.reason or (found.path and (owner is None or os.path.isdir(found.path))):
        return found
    if found.path:
        try:
            with open(found.path, "rb") as file:
                found.content, found.is_copy = file.read(), True
        except OSError as error:
            found.reason = (error.strerror or str(error)).lower()
            return found
    name = f"{kind}-{reference.source}"
    if owner is not None:
        found.protect = owner
        found.path = place(home, "objects", service.name, f"{name}.{_digest(found.target)}")
    else:
        found.path = place(home, "objects", name)
    return found


def _digest(target: str) -> str:
    """Tell uses of one object by a service at different targets apart."""
    import hashlib

    return hashlib.sha256(target.encode()).hexdigest()[:8]


def _read(project: Project, declared: FileObject | None, found: Found) -> None:
    """Fill in the path or the content, or the reason why there is none."""
    if declared is None:
        found.reason = "it is not declared"
    elif declared.external:
        found.reason = "external ones need a swarm"
    elif declared.file:
        found.path = declared.file
        found.reason = "" if os.path.exists(declared.file) else f"there is no file {declared.file}"
    elif declared.content is not None and not declared.environment:
        found.content = declared.content.encode()
    elif declared.environment in project.environment:
        found.content = project.environment[declared.environment].encode()
    else:
        found.reason = f"the environment variable '{declared.environment}' is not set"


def _owner(
    reference: FileReference, kind: str, user: User | None, machine: Machine, found: Found
) -> tuple[int, int, int] | None:
    """Return owner, group and mode of a copy, `None` when no copy is needed for them."""
    lonely = kind == "secret" and machine.uid == 0 and machine.has_view and user is not None and user[0] != 0
    uid, gid = (user[0], user[1]) if lonely and user is not None else (-1, -1)
    for key, text in (("uid", reference.uid), ("gid", reference.gid)):
        if not text:
            continue
        number = _number(text) if key == "uid" else int(text) if text.isdigit() else None
        if number is None:
            found.reason = f"its {key} '{text}' is no number"
            return None
        if machine.uid != 0 and number != (machine.uid if key == "uid" else machine.gid):
            found.lost[key] = "only root can give files to others, so it is yours"
        elif key == "uid":
            uid = number
        else:
            gid = number
    if reference.mode is not None:
        return (uid, gid, reference.mode)
    if lonely and not reference.uid and not reference.gid:
        return (uid, gid, _FOR_ONE)
    if reference.uid or reference.gid:
        return (uid, gid, _FOR_ALL)
    return None


def _number(text: str) -> int | None:
    if text.isdigit():
        return int(text)
    try:
        return pwd.getpwnam(text).pw_uid
    except KeyError:
        return None
