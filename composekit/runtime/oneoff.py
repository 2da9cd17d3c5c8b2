"""A one-off replica: a service's program, or another one, once, beside the replicas that `up` keeps (`run`).

It is a service of its own to the supervisor, so that nothing that is said of the service (a dependency on it, its
scale, its names) is about the one-off. Its labels tell whose it is.
"""

import os
from collections.abc import Collection
from dataclasses import dataclass, replace

from composekit.errors import ComposekitError
from composekit.model.project import Project
from composekit.model.service import Mount, Port, Service, ServiceNetwork
from composekit.network.book import open_book
from composekit.runtime.labels import image_of
from composekit.runtime.machine import Machine
from composekit.runtime.names import is_on_machine, replica_addresses
from composekit.runtime.places import OWN, place
from composekit.runtime.publish import plan_ports
from composekit.runtime.replicas import Replica
from composekit.runtime.stanza import KEY, read_stanza
from composekit.runtime.translate import Surroundings, Translation, translate
from composekit.runtime.up import published_ports
from composekit.source.diagnostic import Report
from composekit.supervise.home import Home
from composekit.supervise.spec import ProcessSpec, RestartPolicy
from composekit.supervise.status import ReplicaStatus

_DOCKER = "com.docker.compose."


@dataclass(frozen=True, slots=True)
class Changes:
    """What `run` says over the service; `None` and empty mean as the service has it. `ports` are all it publishes."""

    words: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] | None = None
    environment: dict[str, str] | None = None
    user: str = ""
    working_dir: str = ""
    mounts: tuple[Mount, ...] = ()
    ports: tuple[Port, ...] = ()
    labels: dict[str, str] | None = None
    cap_add: tuple[str, ...] = ()
    cap_drop: tuple[str, ...] = ()
    with_dependencies: bool = True
    use_aliases: bool = False
    terminal: tuple[int, int] | None = None  # rows and columns of the one it gets
    term: str = "xterm"  # the kind of that terminal
    interactive: bool = True


def changed_service(service: Service, group: str, changes: Changes) -> Service:
    """Return the service that a one-off is."""
    command = changes.words or service.command
    if changes.entrypoint is not None:
        command = changes.words
    mounts = {one.target: one for one in (*service.volumes, *changes.mounts)}
    aliases = (service.name,) if changes.use_aliases else ()
    networks: dict[str, ServiceNetwork | None] = {
        name: (one or ServiceNetwork()).with_values(aliases=(*aliases, *(one.aliases if one and aliases else ())))
        for name, one in service.networks.items()
    }
    return service.with_values(
        name=group,
        container_name="",
        command=command,
        entrypoint=service.entrypoint if changes.entrypoint is None else changes.entrypoint,
        environment={**service.environment, **(changes.environment or {})},
        user=changes.user or service.user,
        working_dir=changes.working_dir or service.working_dir,
        volumes=tuple(mounts.values()),
        ports=changes.ports,
        cap_add=(*service.cap_add, *changes.cap_add),
        cap_drop=(*service.cap_drop, *changes.cap_drop),
        labels={**service.labels, **(changes.labels or {})},
        networks=networks,
        depends_on=service.depends_on if changes.with_dependencies else {},
        restart="",
        deploy=None,
        scale=1,
        tty=False,
        stdin_open=False,
        post_start=(),
        pre_stop=(),
    )


def prepare_oneoff(  # noqa: PLR0913  # facts, each named at the call
    project: Project,
    service: Service,
    name: str,
    changes: Changes,
    statuses: Collection[ReplicaStatus],
    *,
    home: Home,
    machine: Machine,
    token: str,
    report: Report,
) -> Translation:
    """Return the one spec to run, and what must be on disk first. Raises `ComposekitError` for a name in use."""
    if any(one.name == name for one in statuses):
        raise ComposekitError(f'the container name "{name}" is already in use', hint="remove that one, or take another")
    group = name.removeprefix(f"{project.name}-")
    if group in project.services:
        group = name if name not in project.services else f"{name}-run"
    mine = changed_service(service, group, changes)
    if service.build is not None:  # what was built has the name of the service, not that of the one-off
        mine = mine.with_values(image=image_of(project, service))
    whole = project.with_values(services={**project.services, group: mine})
    replica = Replica(name, group, group, 1)
    replicas = [*_running_beside(project, statuses), replica]
    with open_book(
        machine.root, project.name, live=lambda other: os.path.isdir(os.path.join(machine.root, "projects", other))
    ) as (book, new_block):
        if machine.own_addresses:
            book.assign((one.name for one in replicas if not is_on_machine(whole.services[one.service])), new_block)
        ours = {port for one in statuses for port in published_ports(one)}
        ports = plan_ports(whole, [replica], book, ours, report)
        own = {one.name: book.address(one.name) for one in replicas if one.name in book.slots}
    if not machine.own_addresses:
        own = {one.name: "127.0.0.1" for one in replicas}
    addresses = replica_addresses(whole, replicas, own)
    around = Surroundings(home, machine, addresses, ports, token)
    translation = translate(whole, replicas, around, report, only=[group])
    if not changes.use_aliases:  # nobody else needs to know it
        hosts = place(home, "hosts")
        for path in [path for path in translation.write if os.path.dirname(path) == hosts]:
            if os.path.basename(path) != name:
                del translation.write[path]
    translation.specs = [_as_oneoff(spec, project, service, changes) for spec in translation.specs if spec.name == name]
    return translation


def _running_beside(project: Project, statuses: Collection[ReplicaStatus]) -> list[Replica]:
    return [
        Replica(one.name, one.labels.get(OWN + "label", one.name), one.group, one.index)
        for one in statuses
        if one.group in project.services
    ]


def _as_oneoff(spec: ProcessSpec, project: Project, service: Service, changes: Changes) -> ProcessSpec:
    """Return the spec with the labels of its service, and with the words that a program under x-composekit ignores."""
    argv = spec.argv
    if KEY in service.extensions() and read_stanza(service, Report()).run is not None:
        argv = (*(changes.entrypoint or ()), *changes.words) or argv
    labels = {
        **spec.labels,
        _DOCKER + "service": service.name,
        _DOCKER + "oneoff": "True",
        _DOCKER + "slug": spec.group.rpartition("-")[2],
        _DOCKER + "image": image_of(project, service),
        OWN + "image": image_of(project, service),
    }
    spec = replace(spec, argv=argv, labels=labels, restart=RestartPolicy("no"))
    if changes.terminal is None:
        return spec
    named = {**service.environment, **(changes.environment or {})}
    env = {**spec.env, "TERM": named.get("TERM") or changes.term}
    view = {**spec.view, "streams": {"size": list(changes.terminal)}}
    return replace(spec, env=env, view=view, terminal=True, stdin=changes.interactive)
