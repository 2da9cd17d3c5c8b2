"""Files that the docker client takes as they are, and its own reading of their env files.

Compose reads quotes, comments and ${...} in an env file; `docker stack deploy` takes each line as it is. A stack that
has been deployed by the one gets the same values from here; any other project is one of Compose, and keeps its reading.

Facts: https://github.com/docker/cli/blob/v28.2.2/cli/compose/schema/data/config_schema_v3.13.json
"""

from collections.abc import Iterable

from composekit.source.diagnostic import Problem, Report, Severity
from composekit.source.node import Mapping, Node, Scalar, Sequence

READ_BY_LINES = Problem(
    "CK743",
    Severity.WARNING,
    "'{key}' of '{owner}' is the rest of its line, as docker stack deploy takes it: Compose reads another value there",
    "write the variable under 'environment', where both read the same",
)

_SECTIONS = frozenset({"version", "services", "networks", "volumes", "secrets", "configs"})
# fmt: off
_SERVICE_KEYS = frozenset((
    "build", "cap_add", "cap_drop", "cgroup_parent", "cgroupns_mode", "command", "configs", "container_name",
    "credential_spec", "depends_on", "deploy", "devices", "dns", "dns_search", "domainname", "entrypoint", "env_file",
    "environment", "expose", "external_links", "extra_hosts", "healthcheck", "hostname", "image", "init", "ipc",
    "isolation", "labels", "links", "logging", "mac_address", "network_mode", "networks", "oom_score_adj", "pid",
    "ports", "privileged", "read_only", "restart", "secrets", "security_opt", "shm_size", "stdin_open",
    "stop_grace_period", "stop_signal", "sysctls", "tmpfs", "tty", "ulimits", "user", "userns_mode", "volumes",
    "working_dir",
))
# fmt: on


def reads_env_files(documents: Iterable[Mapping]) -> bool:
    """Tell whether some service of files that the docker client takes as they are names an env file."""
    documents = list(documents)
    services = [one for each in documents for one in _services(each).values() if isinstance(one, Mapping)]
    named = any("env_file" in one for one in services)
    return named and all(map(_is_dockers, documents)) and all(map(_is_dockers_service, services))


def report_values(read: Mapping, taken: Mapping, report: Report) -> None:
    """Report every variable that is another one in `taken`, the tree with docker's reading of env files."""
    for name, service in _services(taken).items():
        before, after = _variables(_services(read).get(name)), _variables(service)
        for key, value in after.items():
            if before.get(key) != value:
                path = ("services", name, "environment", key)
                report.add(READ_BY_LINES, value.span, path=path, level="changed", owner=name, key=key)


def _is_dockers(document: Mapping) -> bool:
    version = document.get("version")
    known = version is None or (isinstance(version, Scalar) and str(version.value).startswith("3"))
    return known and all(key in _SECTIONS or key.startswith("x-") for key in document.items)


def _is_dockers_service(service: Mapping) -> bool:
    files, waits = service.get("env_file"), service.get("depends_on")
    plain = isinstance(files, Sequence) and all(isinstance(one, Scalar) for one in files.items)
    return (
        all(key in _SERVICE_KEYS or key.startswith("x-") for key in service.items)
        and (files is None or isinstance(files, Scalar) or plain)
        and not isinstance(waits, Mapping)
    )


def _services(tree: Mapping) -> dict[str, Node]:
    services = tree.get("services")
    return services.items if isinstance(services, Mapping) else {}


def _variables(service: Node | None) -> dict[str, Node]:
    environment = service.get("environment") if isinstance(service, Mapping) else None
    return environment.items if isinstance(environment, Mapping) else {}
