"""What services can have on this machine, in words, and what would be different for others: the answer of `doctor`."""

import dataclasses
import os

from composekit.runtime.machine import Machine

_CONTROLLERS = {"memory": "memory", "cpu": "processor time", "pids": "processes"}


def facts_of(machine: Machine) -> dict[str, str]:
    """Return what services have that run here, by what it is about."""
    root, view = machine.uid == 0, machine.has_view
    return {
        "files": _files(machine),
        "names": "service names and a host name of their own, in each service's hosts file"
        if view
        else "service names are replaced by addresses in words and values; the host name is the machine's",
        "builds": _builds(root=root, view=view),
        "processes": "each service sees its own"
        if view and machine.own_processes
        else "services see all of the machine's; what exec starts is not counted among a service's own",
        "users": _users(root=root, view=view),
        "rights": _rights(root=root, view=view),
        "secrets": "with the owner and mode asked for" if root else "with the mode asked for, and always yours",
        "ports": _ports(machine),
        "limits": _limits(machine),
    }


def differences(machine: Machine) -> dict[str, dict[str, str]]:
    """Return what would be different in other situations that can be chosen: without a view, and for whom."""
    found = {}
    mine = facts_of(machine)
    if machine.has_view:
        found["with --isolation none"] = dataclasses.replace(machine, view="none", view_reason="")
    if machine.uid == 0:
        view = "skeleton" if machine.has_view else "none"
        found["as an ordinary user"] = dataclasses.replace(machine, uid=max(machine.uid, 1000), view=view, groups={})
    else:
        view = "overlay" if machine.has_view else "none"
        groups = dict.fromkeys(_CONTROLLERS, "/sys/fs/cgroup") if os.path.isdir("/sys/fs/cgroup") else {}
        found["as root"] = dataclasses.replace(machine, uid=0, view=view, groups=groups)
    return {
        title: {key: value for key, value in facts_of(other).items() if value != mine[key]}
        for title, other in found.items()
    }


def _files(machine: Machine) -> str:
    if machine.view == "overlay":
        return "each service has the whole file system for itself, copy-on-write"
    if machine.view == "skeleton":
        return "each service has its own mounts; elsewhere it writes to the machine's directories, as far as you may"
    return "services see the machine's files; paths and names are rewritten in their words"


def _users(*, root: bool, view: bool) -> str:
    if not root:
        return "services run as you"
    also = "" if view else "; only root may enter the folder of named volumes"
    return f"services run as the users they ask for{also}"


def _builds(*, root: bool, view: bool) -> str:
    if not view:
        return "RUN is left out; what is copied is shown where it is"
    return "in layers, with all users" if root else "in layers, with root alone"


def _ports(machine: Machine) -> str:
    if machine.uid == 0 or machine.first_port <= 1:
        return "all"
    return f"from {machine.first_port} on (net.ipv4.ip_unprivileged_port_start)"


def _rights(*, root: bool, view: bool) -> str:
    if not root:
        return "yours; cap_add and privileged have no effect"
    return "those of a container; cap_add, cap_drop, privileged" if view else "all of root's, but for cap_drop"


def _limits(machine: Machine) -> str:
    words = [word for name, word in _CONTROLLERS.items() if name in machine.groups]
    missing = [word for name, word in _CONTROLLERS.items() if name not in machine.groups]
    if not words:
        return f"none of {', '.join(missing)}: control groups cannot be made here"
    return ", ".join(words) + (f"; not {', '.join(missing)}" if missing else "")
