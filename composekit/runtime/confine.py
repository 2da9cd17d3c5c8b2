"""What a service may do, use and share, as the keys of its view that are not about files.

Rights are for services that root runs: an ordinary user has none to give. What cannot be had is said in `problems`.
"""

import dataclasses
import os
from typing import Any

from composekit.model.project import Project
from composekit.model.service import Service
from composekit.runtime.identity import User, limits_of
from composekit.runtime.machine import Machine
from composekit.runtime.places import group_ending, place
from composekit.runtime.problems import BAD_CAPABILITY, BAD_STANZA, NO_PROCESSORS, is_of_namespace
from composekit.runtime.replicas import Replica
from composekit.runtime.stanza import KEY, Stanza
from composekit.sandbox.capabilities import NAMES, kept, unknown
from composekit.source.diagnostic import Report
from composekit.supervise.home import Home

_CPU_PERIOD = 100_000  # microseconds, Docker's


def machine_for(service: Service, stanza: Stanza, machine: Machine, report: Report | None = None) -> Machine:
    """Return the machine as one service sees it, which may want no view, or insist on one."""
    if stanza.isolation == "none":
        return dataclasses.replace(machine, view="none", view_reason="")
    if stanza.isolation == "view" and not machine.has_view and report is not None:
        reason = f"'isolation' asks for a view: {machine.view_reason or 'none was wanted of this run'}"
        span = service.extensions()[KEY].span
        report.add(BAD_STANZA, span, path=("services", service.name, KEY), service=service.name, reason=reason)
    return machine


def confinement_of(
    service: Service, machine: Machine, user: User | None, report: Report, *, group: str
) -> dict[str, Any]:
    """Return user, limits, capabilities and control group; mistakes in them are reported. `group` names the last."""
    view: dict[str, Any] = {}
    if user is not None:
        view["user"] = [user[0], user[1], user[2]]
    limits = limits_of(service)
    if limits:
        view["limits"] = limits
    if service.oom_score_adj:
        view["oom_score"] = service.oom_score_adj
    if any(option.split(":")[0].split("=")[0] == "no-new-privileges" and not option.endswith("false")
           for option in service.security_opt):  # fmt: skip
        view["no_new_privileges"] = True
    if service.cpuset:
        view["processors"] = _processors(service, report)
    capabilities = _capabilities(service, machine, report)
    if capabilities is not None:
        view["capabilities"] = capabilities
    limited = _control_group(service, machine)
    if limited:
        view["cgroup"] = {**limited, "name": group}
    return view


def spaces_of(
    project: Project, service: Service, machine: Machine, home: Home, replicas: list[Replica]
) -> dict[str, Any]:
    """Return which processes and objects a service has for itself, and which it shares with another one."""
    view: dict[str, Any] = {}
    if not machine.has_view:
        return view
    first = {replica.service: replica.name for replica in reversed(replicas)}
    if machine.own_processes:
        for key, word, one in (("pids", service.pid, "pid_of"), ("ipc", service.ipc, "ipc_of")):
            owner = word.removeprefix("service:")
            if owner != word:
                view[one] = first.get(owner, "")
            elif word != "host":
                view[key] = "own"
    if service.init and view.get("pids"):
        view["init"] = True
    sysctls = {key: value for key, value in service.sysctls.items() if is_of_namespace(key, service, machine)}
    if sysctls:
        view["sysctls"] = sysctls
    shared = _objects_owner(project, service)
    if shared in first:
        view["shm"] = place(home, "shm", first[shared])
    return view


def group_name(home: Home, replica: Replica) -> str:
    """Return the name of a replica's control group, which all projects of the machine have in one folder."""
    return replica.name + group_ending(home)


def _objects_owner(project: Project, service: Service) -> str:
    """Return the service whose shared memory this one shows, if it is of interest to more than one."""
    if service.ipc.startswith("service:"):
        return service.ipc.removeprefix("service:")
    return service.name if any(one.ipc == f"service:{service.name}" for one in project.services.values()) else ""


def _capabilities(service: Service, machine: Machine, report: Report) -> list[int] | None:
    """Return the capabilities to keep, `None` for all."""
    for key in ("cap_add", "cap_drop"):
        for name in unknown(getattr(service, key)):
            report.add(
                BAD_CAPABILITY, service.key_span(key), path=("services", service.name, key), service=service.name,
                name=name,
            )  # fmt: skip
    if machine.uid != 0 or service.privileged:
        return None
    if machine.has_view:
        return kept(service.cap_add, service.cap_drop)
    return kept((), service.cap_drop, frozenset(NAMES)) if service.cap_drop else None


def _processors(service: Service, report: Report) -> list[int]:
    """Return the numbers that a list such as 0-2,4 means."""
    found: set[int] = set()
    for part in service.cpuset.split(","):
        first, _, last = part.strip().partition("-")
        if not first.isdigit() or (last and not last.isdigit()):
            found = set()
            break
        found.update(range(int(first), int(last or first) + 1))
    there = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else found
    if not found or not found <= there:
        report.add(
            NO_PROCESSORS, service.value_span("cpuset"), path=("services", service.name, "cpuset"),
            service=service.name, wanted=service.cpuset, there=",".join(map(str, sorted(there))),
        )  # fmt: skip
    return sorted(found)


def _control_group(service: Service, machine: Machine) -> dict[str, Any]:
    """Return the limits that this machine can enforce, and where."""
    resources = service.deploy.resources if service.deploy is not None else None
    most, least = (resources.limits, resources.reservations) if resources is not None else (None, None)
    memory = int(service.mem_limit) or int(most.memory if most else 0)
    cpus = service.cpus or (most.cpus if most else 0)
    pids = service.pids_limit or (most.pids if most else 0)
    group: dict[str, Any] = {}
    if memory:
        group["memory"] = memory
        group["swap"] = int(service.memswap_limit) or 2 * memory  # Docker's default
    reserved = int(service.mem_reservation) or int(least.memory if least else 0)
    if reserved:
        group["reservation"] = reserved
    if cpus:
        group["cpu"] = [int(cpus * _CPU_PERIOD), _CPU_PERIOD]
    elif service.cpu_quota:
        group["cpu"] = [service.cpu_quota, service.cpu_period or _CPU_PERIOD]
    if service.cpu_shares:
        group["weight"] = service.cpu_shares
    if pids > 0:
        group["pids"] = pids
    needed = {"memory": ("memory", "reservation"), "cpu": ("cpu", "weight"), "pids": ("pids",)}
    places = {
        name: machine.groups[name] for name, keys in needed.items()
        if name in machine.groups and any(key in group for key in keys)
    }  # fmt: skip
    return {**group, "places": places} if places else {}
