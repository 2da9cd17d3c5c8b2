"""Which replicas a project wants, and what they are called."""

from collections.abc import Mapping
from dataclasses import dataclass

from composekit.model.project import Project
from composekit.model.service import Service
from composekit.runtime.problems import BAD_NAME, NAME_TAKEN, is_usable_name
from composekit.source.diagnostic import Report


@dataclass(frozen=True, slots=True)
class Replica:
    """One wanted instance. `name` is unique on this machine, `label` what logs are prefixed with."""

    name: str
    label: str
    service: str
    index: int


def wanted_replicas(project: Project, report: Report, scale: Mapping[str, int] | None = None) -> list[Replica]:
    """Return every replica of the project's services, in the order of the file.

    `scale` overrides the number of some services. A global service has one here, as there is one machine.
    """
    found: list[Replica] = []
    for service in project.services.values():
        count = (scale or {}).get(service.name, _count(service))
        if service.container_name and count > 1:
            report.add(
                NAME_TAKEN,
                service.key_span("container_name"),
                path=("services", service.name, "container_name"),
                service=service.name,
                count=count,
            )
            count = 1
        if service.container_name and not is_usable_name(service.container_name):
            span, path = service.value_span("container_name"), ("services", service.name, "container_name")
            report.add(BAD_NAME, span, path=path, name=service.container_name, kind="container")
            continue
        found.extend(_replica(project, service, index) for index in range(1, count + 1))
    return found


def first_replica(project: Project, service: Service) -> Replica:
    """Return the replica that others mean by the service's name alone."""
    return _replica(project, service, 1)


def _count(service: Service) -> int:
    if service.deploy is not None and service.deploy.mode == "global":
        return 1
    return service.replicas


def _replica(project: Project, service: Service, index: int) -> Replica:
    if service.container_name:
        return Replica(service.container_name, service.container_name, service.name, index)
    label = f"{service.name}-{index}"
    return Replica(f"{project.name}-{label}", label, service.name, index)
