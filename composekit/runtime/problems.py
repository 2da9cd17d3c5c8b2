"""The diagnostics of the local runtime, all CK9xx, and what it does not emulate."""

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
EXTERNAL_VOLUME = Problem("CK917", Severity.INFO, "the external volume '{name}' did not exist and has been made")


def _has_security_options(service: Service) -> bool:
    return any(not option.startswith("no-new-privileges") for option in service.security_opt)


_USABLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def is_usable_name(name: str) -> bool:
    """Tell whether an engine would take a name for a container or a volume; here it becomes that of a folder."""
    return _USABLE.fullmatch(name) is not None


class Missing(NamedTuple):
    """A key that has no effect here, or another one; `when` tells whether a service uses it."""

    key: str
    meaning: str
    when: Callable[[Service], bool]


def _limits(service: Service) -> bool:
    limits = service.deploy.resources.limits if service.deploy else None
    return limits is not None and bool(limits.cpus or limits.memory or limits.pids)


NOT_EMULATED_KEYS: tuple[Missing, ...] = (
    Missing("privileged", "the service has the rights of the user who runs it", lambda s: s.privileged),
    Missing("cap_add", "the service has the rights of the user who runs it", lambda s: bool(s.cap_add)),
    Missing("cap_drop", "the service has the rights of the user who runs it", lambda s: bool(s.cap_drop)),
    Missing("security_opt", "the service has the rights of the user who runs it", _has_security_options),
    Missing("devices", "the service sees the machine's devices", lambda s: bool(s.devices)),
    Missing("gpus", "the service sees the machine's devices", lambda s: bool(s.gpus)),
    Missing("read_only", "the service may write to what it sees of the root file system", lambda s: s.read_only),
    Missing("hostname", "the host name is the machine's", lambda s: bool(s.hostname)),
    Missing("mem_limit", "memory is not limited", lambda s: bool(s.mem_limit)),
    Missing("cpus", "processor time is not limited", lambda s: bool(s.cpus)),
    Missing("cpuset", "the service may use every processor", lambda s: bool(s.cpuset)),
    Missing("pids_limit", "the number of processes is not limited", lambda s: s.pids_limit > 0),
    Missing("deploy", "resource limits are not enforced", _limits),
    Missing("sysctls", "kernel parameters are the machine's", lambda s: bool(s.sysctls)),
    Missing("shm_size", "the shared memory folder has its usual size", lambda s: bool(s.shm_size)),
    Missing("storage_opt", "disk space is not limited", lambda s: bool(s.storage_opt)),
    Missing("pid", "the service sees the machine's processes", lambda s: s.pid not in ("", "host")),
    Missing("ipc", "the service shares the machine's System V objects", lambda s: s.ipc not in ("", "host")),
    Missing("userns_mode", "the service has the machine's user ids", lambda s: bool(s.userns_mode)),
    Missing("dns", "names are resolved by the machine", lambda s: bool(s.dns)),
    Missing("dns_search", "names are resolved by the machine", lambda s: bool(s.dns_search)),
    Missing("dns_opt", "names are resolved by the machine", lambda s: bool(s.dns_opt)),
    Missing("mac_address", "the service has no network card of its own", lambda s: bool(s.mac_address)),
    Missing("external_links", "services of other projects are not known by name", lambda s: bool(s.external_links)),
    Missing("volumes_from", "mounts of other services are not taken over", lambda s: bool(s.volumes_from)),
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


_WITH_VIEW = {"read_only": ("overlay",), "shm_size": ("overlay", "skeleton"), "hostname": ("overlay", "skeleton")}
"""Keys that a private view of some kinds does emulate."""


def report_not_emulated(service: Service, machine: Machine, report: Report) -> None:
    """Say what of a service has no effect on this machine, each at its place."""
    for missing in NOT_EMULATED_KEYS:
        if missing.when(service) and machine.view not in _WITH_VIEW.get(missing.key, ()):
            report.add(
                NOT_EMULATED,
                service.key_span(missing.key),
                path=("services", service.name, missing.key),
                service=service.name,
                key=missing.key,
                meaning=missing.meaning,
            )
