"""Mounts of every type; a mount of a named volume carries the volume, for nodes make volumes when a task needs them."""

import posixpath

from composekit.model.project import Project
from composekit.model.service import Mount, Service
from composekit.swarm.naming import Naming
from composekit.swarm.plan import Driver, MountPlan, VolumeUse


def plan_mounts(service: Service, project: Project, naming: Naming) -> tuple[MountPlan, ...]:
    """Return the mounts in the order of the file, which is the order they are made in."""
    return tuple(_plan_mount(mount, project, naming) for mount in service.volumes)


def _plan_mount(mount: Mount, project: Project, naming: Naming) -> MountPlan:
    source = mount.source
    volume = None
    # A group of cluster volumes is no volume of the file.
    if source and (mount.type == "volume" or (mount.type == "cluster" and not source.startswith("group:"))):
        volume = _volume_use(mount, project, naming)
        source = naming.object_name(source, project.volumes.get(source))
    return MountPlan(
        mount.type,
        source,
        target_as_written(mount),
        mount.read_only,
        mount.consistency,
        propagation=mount.bind.propagation or None if mount.bind else None,
        volume=volume,
        tmpfs_size=mount.tmpfs.size or None if mount.tmpfs else None,
    )


def target_as_written(mount: Mount) -> str:
    """Return a target such as `/data/` with what the canonical form has cleaned away, for the docker client keeps it.

    Both mean the same place; a target that was not written out, but put together from variables, stays clean.
    """
    parts = mount.value_span("target").text.strip("\"'").split(":")
    written = parts[1] if len(parts) > 1 else parts[0]
    return written if written.startswith("/") and posixpath.normpath(written) == mount.target else mount.target


def _volume_use(mount: Mount, project: Project, naming: Naming) -> VolumeUse:
    declared = project.volumes.get(mount.source)
    no_copy = mount.volume.nocopy if mount.volume else False
    subpath = mount.volume.subpath if mount.volume else ""
    if declared is not None and declared.external:
        return VolumeUse(mount.source, external=True, no_copy=no_copy, subpath=subpath)
    driver = None
    if declared is not None and (declared.driver or declared.driver_opts):
        driver = Driver(declared.driver, declared.driver_opts)
    labels = naming.mark(declared.labels if declared is not None else {})
    return VolumeUse(mount.source, external=False, no_copy=no_copy, subpath=subpath, labels=labels, driver=driver)
