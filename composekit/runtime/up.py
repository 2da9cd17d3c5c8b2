"""What `up` wants: which services, which specs, what goes away. Decided here; `control` carries it out."""

import json
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from composekit.errors import ComposekitError
from composekit.model.project import Project
from composekit.network.book import Book, open_book
from composekit.runtime.listing import is_one_off
from composekit.runtime.machine import Machine
from composekit.runtime.names import is_on_machine, network_owner, replica_addresses
from composekit.runtime.places import OWN
from composekit.runtime.publish import plan_ports
from composekit.runtime.replicas import Replica, wanted_replicas
from composekit.runtime.translate import Surroundings, Translation, translate
from composekit.source.diagnostic import Report
from composekit.supervise.home import Home
from composekit.supervise.spec import ProcessSpec
from composekit.supervise.status import AT_REST, ReplicaStatus


@dataclass(frozen=True, slots=True)
class UpOptions:
    """`services` named by the user (none: all), `recreate` one of changed, always, never."""

    services: tuple[str, ...] = ()
    scale: Mapping[str, int] = field(default_factory=dict)
    with_dependencies: bool = True
    recreate: str = "changed"
    remove_orphans: bool = False
    recreate_dependencies: bool = False
    hidden: Collection[str] = ()  # services whose profiles are off: theirs are no orphans


@dataclass(slots=True)
class Prepared:
    """What to ask of the supervisor. `orphans` are replicas of services that the project does not have any more."""

    translation: Translation
    selected: list[str]
    remove: list[str]
    orphans: list[str]
    addresses: dict[str, str]


def selected_services(project: Project, wanted: Sequence[str], *, with_dependencies: bool = True) -> list[str]:
    """Return the services to run, in the order of the file: those named and all they need; none named: all.

    Raises `ComposekitError` for a name the project does not have.
    """
    for name in wanted:
        if name not in project.services:
            raise ComposekitError(f"no such service: {name}")
    if not wanted:
        return list(project.services)
    found: set[str] = set()
    waiting = list(wanted)
    while waiting:
        name = waiting.pop()
        if name in found or name not in project.services:
            continue
        found.add(name)
        if with_dependencies:
            service = project.services[name]
            waiting.extend(service.depends_on)
            waiting.append(network_owner(project, service))
    return [name for name in project.services if name in found]


def going_away(
    project: Project,
    replicas: Collection[Replica],
    statuses: Collection[ReplicaStatus],
    selected: Collection[str],
    hidden: Collection[str] = (),
) -> tuple[list[str], list[str]]:
    """Return the replicas that are too many of a selected service, and those of services that are gone."""
    wanted = {replica.name for replica in replicas}
    surplus = [one.name for one in statuses if one.group in selected and one.name not in wanted]
    known = {*project.services, *hidden}
    # What `run` made is in nobody's way until it has ended.
    orphans = [
        one.name for one in statuses if one.group not in known and not (is_one_off(one) and one.phase not in AT_REST)
    ]
    return surplus, orphans


def prepare(
    project: Project,
    options: UpOptions,
    statuses: Collection[ReplicaStatus],
    *,
    home: Home,
    machine: Machine,
    token: str,
    report: Report,
) -> Prepared:
    """Choose addresses and ports, and translate. Problems are reported; with errors, nothing must be started."""
    for name in options.scale:
        if name not in project.services:
            raise ComposekitError(f"no such service: {name}")
    selected = selected_services(project, options.services, with_dependencies=options.with_dependencies)
    replicas = _keep_scale(wanted_replicas(project, report, options.scale), statuses, selected)
    mine = [one for one in replicas if one.service in selected]
    surplus, orphans = going_away(project, mine, statuses, selected, options.hidden)
    with open_book(machine.root, project.name, live=lambda other: _is_live(machine, other)) as (book, new_block):
        book.forget([name for name in surplus if name in book.slots])
        _assign(project, replicas, book, new_block, machine)
        ours = {port for one in statuses for port in published_ports(one)}
        ports = plan_ports(project, mine, book, ours, report)
        own = {one.name: book.address(one.name) for one in replicas if one.name in book.slots}
    if not machine.own_addresses:
        own = {one.name: "127.0.0.1" for one in replicas}
    addresses = replica_addresses(project, replicas, own)
    around = Surroundings(home, machine, addresses, ports, token)
    translation = translate(project, replicas, around, report, only=selected)
    if not options.with_dependencies:
        translation.drop_needs_except(selected)
    translation.specs = _in_their_views(translation.specs, statuses, options)
    remove = [*surplus, *(orphans if options.remove_orphans else ())]
    return Prepared(translation, selected, remove, [] if options.remove_orphans else orphans, addresses)


def _in_their_views(
    specs: list[ProcessSpec], statuses: Collection[ReplicaStatus], options: UpOptions
) -> list[ProcessSpec]:
    """Leave replicas that are kept where they are: what they wrote outside of volumes is theirs."""
    there = {one.name: one for one in statuses}
    needed = {need.group for spec in specs for need in spec.needs} if options.recreate_dependencies else set()
    found = []
    for spec in specs:
        status = there.get(spec.name)
        place = status.labels.get(OWN + "view") if status is not None else None
        kept = status is not None and status.config_hash == spec.config_hash and options.recreate != "always"
        if place and kept and spec.group not in needed:
            view = {**spec.view, "scratch": place} if "scratch" in spec.view else spec.view
            found.append(replace(spec, view=view, labels={**spec.labels, OWN + "view": place}))
        else:
            found.append(spec)
    return found


def published_ports(status: ReplicaStatus) -> list[tuple[int, str]]:
    """Return the host ports that a replica has, if it runs or is about to."""
    if status.phase in ("exited", "failed", "created"):
        return []
    ports = json.loads(status.labels.get(OWN + "ports", "[]"))
    return [(port["published"], port["protocol"]) for port in ports if port["published"]]


def _keep_scale(
    replicas: list[Replica], statuses: Collection[ReplicaStatus], selected: Collection[str]
) -> list[Replica]:
    """Keep what runs of services that this `up` is not about, whatever number of them the file wants."""
    known = {one.name for one in replicas}
    extra = [
        Replica(one.name, one.labels.get(OWN + "label", one.name), one.group, one.index)
        for one in statuses
        if one.group not in selected and one.name not in known and any(r.service == one.group for r in replicas)
    ]
    return [*replicas, *extra]


def _assign(
    project: Project, replicas: list[Replica], book: Book, new_block: Callable[[], str], machine: Machine
) -> None:
    if machine.own_addresses:
        book.assign((one.name for one in replicas if not is_on_machine(project.services[one.service])), new_block)


def _is_live(machine: Machine, project: str) -> bool:
    return os.path.isdir(os.path.join(machine.root, "projects", project))
