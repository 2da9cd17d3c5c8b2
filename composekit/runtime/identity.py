"""Who a service runs as, and its limits: Compose's words as numbers of this machine."""

import grp
import pwd
from typing import Any

from composekit.images.program import Program
from composekit.model.service import Service
from composekit.runtime.machine import Machine
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
        uid, gid, groups = resolve_user(wanted or "0")
        groups = [*groups, *(_group(name) for name in service.group_add)]
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
    return None


def resolve_user(text: str) -> User:
    """Return the numbers of `user[:group]`, names or numbers; raises `KeyError` with a name nobody has."""
    name, _, group = text.partition(":")
    if name.isdigit():
        uid = int(name)
        known = next((one for one in pwd.getpwall() if one.pw_uid == uid), None)
    else:
        try:
            known = pwd.getpwnam(name)
        except KeyError:
            raise KeyError(name) from None
        uid = known.pw_uid
    gid = _group(group) if group else (known.pw_gid if known else 0)
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


def _group(text: str) -> int:
    if text.isdigit():
        return int(text)
    try:
        return grp.getgrnam(text).gr_gid
    except KeyError:
        raise KeyError(text) from None
