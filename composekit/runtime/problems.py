"""The diagnostics of the local runtime, all CK9xx, and what it does not emulate."""

import os
import re
from collections.abc import Callable
from typing import NamedTuple

from composekit.model.service import Service
from composekit.runtime.machine import Machine
from composekit.source.diagnostic import Problem, Report, Severity

NOT_EMULATED = Problem("CK901", Severity.WARNING, "service '{service}': '{key}' is not emulated: {meaning}")
NO_PROGRAM = Problem(
    "CK902",
    Severity.ERROR,
    "service '{service}': composekit does not know which program '{image}' stands for",
    'say what to run, in an override file: services: {{{service}: {{x-composekit: {{run: "PROGRAM ARGS"}}}}}}',
)
PROGRAM_MISSING = Problem(
    "CK903", Severity.ERROR, "service '{service}' needs '{program}', which this machine does not have"
)
NOTE = Problem("CK904", Severity.INFO, "service '{service}': {note}")
BAD_DOCKERFILE = Problem("CK905", Severity.ERROR, "service '{service}': {reason}")
NO_DOCKERFILE = Problem("CK906", Severity.ERROR, "service '{service}': there is no Dockerfile at '{file}'")
REMOTE_CONTEXT = Problem(
    "CK906",
    Severity.ERROR,
    "service '{service}': the build context '{context}' is not a directory of this machine",
    "fetch it and give its directory, or say what to run under x-composekit",
)
NOT_FETCHED = Problem(
    "CK906", Severity.ERROR, "service '{service}': the build context '{context}' cannot be fetched: {reason}"
)
NO_COMMAND = Problem(
    "CK907",
    Severity.ERROR,
    "service '{service}' has nothing to run: neither it nor its image gives a command",
    "give it a 'command'",
)
BAD_STANZA = Problem(
    "CK908", Severity.ERROR, "service '{service}': x-composekit: {reason}", "see docs/run.md for its keys"
)
NO_HEALTH_CHECK = Problem(
    "CK909",
    Severity.ERROR,
    "service '{service}' waits for '{needed}' to be healthy, but '{needed}' has no health check",
    "give '{needed}' a 'healthcheck', or wait for service_started",
)
NAME_TAKEN = Problem(
    "CK910",
    Severity.ERROR,
    "service '{service}' has a fixed container_name and so cannot have {count} replicas",
    "remove 'container_name'",
)
NO_SOURCE = Problem("CK911", Severity.ERROR, "service '{service}': bind source path does not exist: {source}")
NO_OBJECT = Problem("CK912", Severity.ERROR, "service '{service}': {kind} '{name}' cannot be read: {reason}")
UNKNOWN_USER = Problem("CK913", Severity.ERROR, "service '{service}': this machine has no user or group '{user}'")
PORT_TAKEN = Problem(
    "CK914",
    Severity.ERROR,
    "service '{service}': port {port} {reason}",
    "stop that program, or publish another port",
)
NO_VIEW = Problem(
    "CK915",
    Severity.WARNING,
    "services see the files and names of this machine, not their own: {reason}",
    "volumes and service names are rewritten in the environment and the commands instead",
)
ONE_ADDRESS = Problem(
    "CK916",
    Severity.WARNING,
    "this system has one loopback address: replicas and services that listen on the same port are in each other's way",
)
BAD_NAME = Problem(
    "CK918",
    Severity.ERROR,
    "'{name}' cannot be the name of a {kind}",
    "use letters, digits, '_', '.' and '-', starting with a letter or digit",
)
EXTERNAL_VOLUME = Problem(
    "CK917", Severity.ERROR, "external volume '{name}' not found", "make its directory: mkdir -p '{directory}'"
)
BAD_CAPABILITY = Problem("CK919", Severity.ERROR, "service '{service}': there is no capability '{name}'")
NO_PROCESSORS = Problem(
    "CK920",
    Severity.ERROR,
    "service '{service}': the processors '{wanted}' are not to be had",
    "those of this machine are {there}",
)
NO_DEVICE = Problem("CK921", Severity.ERROR, "volume '{name}': there is no '{device}', its device")
VOLUME_NOT_EMULATED = Problem("CK922", Severity.WARNING, "volume '{name}': '{key}' is not emulated: {meaning}")


def _has_security_options(service: Service) -> bool:
    return any(not option.startswith("no-new-privileges") for option in service.security_opt)


_USABLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def is_usable_name(name: str) -> bool:
    """Tell whether an engine would take a name for a container or a volume; here it becomes that of a folder."""
    return _USABLE.fullmatch(name) is not None


_OF_NAMESPACE = ("kernel.msg", "kernel.sem", "kernel.shm", "fs.mqueue.")


def is_of_namespace(name: str, service: Service, machine: Machine) -> bool:
    """Tell whether a kernel parameter belongs to objects that the service has for itself, so that it can be set."""
    own = (
        machine.has_view and machine.own_processes and service.ipc != "host" and not service.ipc.startswith("service:")
    )
    return own and machine.uid == 0 and name.startswith(_OF_NAMESPACE)


def _never(_service: Service, _machine: Machine) -> bool:
    return False


def _in_view(_service: Service, machine: Machine) -> bool:
    return machine.has_view


def _as_root(_service: Service, machine: Machine) -> bool:
    return machine.uid == 0


def _own_space(word: str, machine: Machine) -> bool:
    return machine.has_view and machine.own_processes and not word.startswith("container:")


def _limited(kind: str) -> Callable[[Service, Machine], bool]:
    return lambda _service, machine: kind in machine.groups


def _deploy_limited(service: Service, machine: Machine) -> bool:
    limits = service.deploy.resources.limits if service.deploy else None
    wanted = {"cpu": limits.cpus, "memory": limits.memory, "pids": limits.pids} if limits else {}
    return all(name in machine.groups for name, value in wanted.items() if value)


class Missing(NamedTuple):
    """A key that has no effect here, or another one; `when` tells whether a service uses it.

    `emulated` tells whether this machine can do what it says after all.
    """

    key: str
    meaning: str
    when: Callable[[Service], bool]
    emulated: Callable[[Service, Machine], bool] = _never


def _limits(service: Service) -> bool:
    limits = service.deploy.resources.limits if service.deploy else None
    return limits is not None and bool(limits.cpus or limits.memory or limits.pids)


_RIGHTS = "the service has the rights of the user who runs it"
_DEVICES = "the service sees the machine's devices"

NOT_EMULATED_KEYS: tuple[Missing, ...] = (
    Missing("privileged", _RIGHTS, lambda s: s.privileged, _as_root),
    Missing("cap_add", _RIGHTS, lambda s: bool(s.cap_add), lambda _s, m: m.uid == 0),
    Missing("security_opt", "there is no other confinement", _has_security_options),
    Missing("devices", _DEVICES, lambda s: bool(s.devices)),
    Missing("gpus", _DEVICES, lambda s: bool(s.gpus)),
    Missing("device_cgroup_rules", _DEVICES, lambda s: bool(s.device_cgroup_rules)),
    Missing("read_only", "the service may write to the machine's own directories", lambda s: s.read_only, _in_view),
    Missing("hostname", "the host name is the machine's", lambda s: bool(s.hostname), _in_view),
    Missing("domainname", "the host name is the machine's", lambda s: bool(s.domainname), _in_view),
    Missing("mem_limit", "memory is not limited", lambda s: bool(s.mem_limit), _limited("memory")),
    Missing("mem_reservation", "no memory is reserved", lambda s: bool(s.mem_reservation), _limited("memory")),
    Missing("memswap_limit", "swap is not limited", lambda s: bool(s.memswap_limit), _limited("memory")),
    Missing("mem_swappiness", "swapping is the machine's", lambda s: bool(s.mem_swappiness)),
    Missing("cpus", "processor time is not limited", lambda s: bool(s.cpus), _limited("cpu")),
    Missing("cpu_quota", "processor time is not limited", lambda s: bool(s.cpu_quota), _limited("cpu")),
    Missing("cpu_shares", "processor time has no weights", lambda s: bool(s.cpu_shares), _limited("cpu")),
    Missing(
        "cpuset",
        "the service may use every processor",
        lambda s: bool(s.cpuset),
        lambda _s, _m: hasattr(os, "sched_setaffinity"),
    ),
    Missing("pids_limit", "the number of processes is not limited", lambda s: s.pids_limit > 0, _limited("pids")),
    Missing("cgroup_parent", "control groups are composekit's own", lambda s: bool(s.cgroup_parent)),
    Missing("deploy", "resource limits are not enforced", _limits, _deploy_limited),
    Missing(
        "sysctls",
        "kernel parameters are the machine's",
        lambda s: bool(s.sysctls),
        lambda s, m: all(is_of_namespace(key, s, m) for key in s.sysctls),
    ),
    Missing("shm_size", "the shared memory folder has its usual size", lambda s: bool(s.shm_size), _in_view),
    Missing("storage_opt", "disk space is not limited", lambda s: bool(s.storage_opt)),
    Missing(
        "pid",
        "the service sees the machine's processes",
        lambda s: s.pid not in ("", "host"),
        lambda s, m: _own_space(s.pid, m),
    ),
    Missing(
        "ipc",
        "the service shares the machine's System V objects",
        lambda s: s.ipc not in ("", "host"),
        lambda s, m: _own_space(s.ipc, m),
    ),
    Missing("userns_mode", "the service has the machine's user ids", lambda s: s.userns_mode not in ("", "host")),
    Missing("dns", "names are resolved by the machine", lambda s: bool(s.dns)),
    Missing("dns_search", "names are resolved by the machine", lambda s: bool(s.dns_search)),
    Missing("dns_opt", "names are resolved by the machine", lambda s: bool(s.dns_opt)),
    Missing("mac_address", "the service has no network card of its own", lambda s: bool(s.mac_address)),
    Missing("external_links", "services of other projects are not known by name", lambda s: bool(s.external_links)),
    Missing(
        "volumes_from",
        "there are no containers to take mounts from",
        lambda s: any(one.startswith("container:") for one in s.volumes_from),
    ),
    Missing("use_api_socket", "there is no Docker engine", lambda s: s.use_api_socket),
    Missing(
        "logging",
        "output goes to composekit's own log files",
        lambda s: s.logging is not None and s.logging.driver not in ("", "json-file", "local"),
    ),
    Missing(
        "network_mode",
        "the service has the machine's network",
        lambda s: s.network_mode == "none" or s.network_mode.startswith("container:"),
    ),
)


def report_not_emulated(service: Service, machine: Machine, report: Report) -> None:
    """Say what of a service has no effect on this machine, each at its place."""
    for missing in NOT_EMULATED_KEYS:
        if missing.when(service) and not missing.emulated(service, machine):
            report.add(
                NOT_EMULATED,
                service.key_span(missing.key),
                path=("services", service.name, missing.key),
                service=service.name,
                key=missing.key,
                meaning=missing.meaning,
            )
