"""Who a service runs as, and its limits: Compose's words as numbers of this machine."""

import grp
import os
import pwd
from collections.abc import Iterable, Mapping
from typing import Any

from composekit.images.program import Program
from composekit.model.service import Service
from composekit.runtime.machine import Machine
from composekit.runtime.places import layers_folder
from composekit.runtime.problems import NOT_EMULATED, NOTE, UNKNOWN_USER
from composekit.source.diagnostic import Report

User = tuple[int, int, list[int]]


def user_of(service: Service, program: Program, machine: Machine, report: Report) -> User | None:
    """Return user, group and further groups to become, or `None` to stay who we are.

    Only root can become another. A user that only the image's own RUN steps would have made is left out, and said.
    """
    wanted = service.user or program.user
    if not wanted and not service.group_add:
        return None
    path = ("services", service.name, "user")
    try:
        users = image_users(program, machine)
        uid, gid, groups = resolve_user(wanted or "0", users)
        groups = [*groups, *(_group(name, users) for name in service.group_add)]
    except KeyError as error:
        if service.user:
            span = service.value_span("user")
            report.add(UNKNOWN_USER, span, path=path, service=service.name, user=str(error.args[0]))
        else:
            note = f"the image's user '{wanted}' is unknown on this machine, so it runs as you"
            report.add(NOTE, service.span, path=path, service=service.name, note=note)
        return None
    if machine.uid == 0:
        return (uid, gid, groups)
    if uid != machine.uid and service.user:
        meaning = "only root can run programs as somebody else, so it runs as you"
        report.add(NOT_EMULATED, service.key_span("user"), path=path, service=service.name, key="user", meaning=meaning)
    if service.group_add:
        report.add(
            NOT_EMULATED, service.key_span("group_add"), path=("services", service.name, "group_add"),
            service=service.name, key="group_add", meaning="only root can give groups, so it has yours",
        )  # fmt: skip
    return None


def image_users(program: Program, machine: Machine) -> dict[str, tuple[int, int]]:
    """Return the users that an image has and this machine may not have, with uid and gid: declared or in its layers."""
    declared = {name: (uid, uid) for name, (uid, _) in program.users.items()}
    return {**declared, **layer_users(layers_folder(machine.root), program.layers)}


def layer_users(folder: str, layers: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Return the users that layers of an image list, the oldest layer first, with uid and gid."""
    found: dict[str, tuple[int, int]] = {}
    for layer in layers:
        try:
            with open(os.path.join(folder, layer, "etc", "passwd"), encoding="utf-8") as file:
                lines = [line.split(":") for line in file]
        except (OSError, UnicodeDecodeError):
            continue
        found.update({line[0]: (int(line[2]), int(line[3])) for line in lines if len(line) > 3 and line[3].isdigit()})
    return found


def resolve_user(text: str, users: Mapping[str, tuple[int, int]] | None = None) -> User:
    """Return the numbers of `user[:group]`, names or numbers; raises `KeyError` with a name nobody has.

    `users` are those of the image, with uid and gid. They count where this machine has no such user.
    """
    name, _, group = text.partition(":")
    users = users or {}
    known: pwd.struct_passwd | None = None
    if name.isdigit():
        uid, own = int(name), 0
        known = next((one for one in pwd.getpwall() if one.pw_uid == uid), None)
    else:
        try:
            known = pwd.getpwnam(name)
        except KeyError:
            if name not in users:
                raise KeyError(name) from None
        uid, own = (known.pw_uid, known.pw_gid) if known else users[name]
    gid = _group(group, users) if group else (known.pw_gid if known else own)
    groups = [] if known is None else [one.gr_gid for one in grp.getgrall() if known.pw_name in one.gr_mem]
    return (uid, gid, [gid, *(one for one in groups if one != gid)])


def home_of(user: User | None, machine: Machine) -> str:
    """Return the home directory of a user, `/` for one that is not in the machine's list."""
    if user is None:
        return machine.home
    return next((one.pw_dir for one in pwd.getpwall() if one.pw_uid == user[0]), "/")


def limits_of(service: Service) -> list[list[Any]]:
    """Return `ulimits` as [name, soft, hard]."""
    found = []
    for name, limit in service.ulimits.items():
        soft, hard = (limit.single, limit.single) if limit.single else (limit.soft, limit.hard)
        found.append([name, soft, hard])
    return found


def _group(text: str, users: Mapping[str, tuple[int, int]]) -> int:
    if text.isdigit():
        return int(text)
    try:
        return grp.getgrnam(text).gr_gid
    except KeyError:
        if text not in users:  # an image's user usually has a group of the same name
            raise KeyError(text) from None
        return users[text][1]
