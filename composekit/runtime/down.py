"""What the commands that end things ask for, decided from the project and what there is. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from composekit.model.project import Project
from composekit.runtime.listing import networks_of, service_of
from composekit.runtime.places import OWN
from composekit.supervise.status import ReplicaStatus


@dataclass(frozen=True, slots=True)
class DownPlan:
    """`remove` replicas, and whether `everything` of the project goes with them: supervisor, state, addresses.

    `networks` are those that nobody is in any more.
    """

    remove: tuple[str, ...]
    everything: bool
    volumes: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()


def plan_down(
    project: Project | None,
    statuses: Collection[ReplicaStatus],
    *,
    services: Sequence[str] = (),
    hidden: Collection[str] = (),
    remove_orphans: bool = False,
    with_volumes: bool = False,
) -> DownPlan:
    """Return what `down` does: all replicas of the project, or of some services, with what `run` made of them.

    Replicas of services that the file does not have stay, unless `remove_orphans`; without a file there are none such.
    """
    known = None if project is None else {*project.services, *hidden}
    remove = []
    for one in statuses:
        mine = known is None or service_of(one) in known or remove_orphans
        if service_of(one) in services if services else mine:
            remove.append(one.name)
    everything = len(remove) == len(statuses)
    volumes = _volumes(project, statuses, services) if with_volumes else ()
    left = networks_of(one.labels for one in statuses if one.name not in remove)
    used = networks_of(one.labels for one in statuses if one.name in remove)
    return DownPlan(tuple(remove), everything, volumes, tuple(name for name in used if name not in left))


def _volumes(project: Project | None, statuses: Collection[ReplicaStatus], services: Sequence[str]) -> tuple[str, ...]:
    """Return the named volumes to delete: those the file declares, or without a file those in use; never external ones.

    With services named, only what no other service uses.
    """
    if project is None:
        used = {name for one in statuses for name in one.labels.get(OWN + "volumes", "").split(",") if name}
        return tuple(sorted(used))
    names = {
        key: volume.name or f"{project.name}_{key}" for key, volume in project.volumes.items() if not volume.external
    }
    if services:
        uses = {
            name: {one.source for one in service.volumes if one.type == "volume"}
            for name, service in project.services.items()
        }
        others = set().union(*(found for name, found in uses.items() if name not in services))
        mine = set().union(*(found for name, found in uses.items() if name in services))
        names = {key: name for key, name in names.items() if key in mine - others}
    return tuple(sorted(names.values()))


def to_stop(statuses: Collection[ReplicaStatus]) -> list[str]:
    """Return the replicas that run, or are about to."""
    return [one.name for one in statuses if one.phase not in ("created", "exited", "failed")]


def to_remove(statuses: Collection[ReplicaStatus], *, stopped: bool) -> list[str]:
    """Return the replicas that `rm` may remove: those at rest; with `stopped`, all, as they will be stopped first."""
    return [one.name for one in statuses if stopped or one.phase in ("created", "exited", "failed")]
