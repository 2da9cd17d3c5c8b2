"""What files a replica sees beside the machine's own: volumes, binds, tmpfs, configs, secrets, copied files.

Owns: where each of them is on this machine, and the list of mounts. Makes nothing: what must exist first is listed in
`Files.make` and `Files.write` for the caller.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from composekit.images.program import Program
from composekit.model.project import Project, Volume
from composekit.model.service import Mount, Service
from composekit.runtime.identity import User
from composekit.runtime.machine import Machine
from composekit.runtime.objects import find_object
from composekit.runtime.places import folder_name, place, volumes_folder
from composekit.runtime.problems import (
    BAD_NAME,
    EXTERNAL_VOLUME,
    NO_DEVICE,
    NO_OBJECT,
    NO_SOURCE,
    NOT_EMULATED,
    VOLUME_NOT_EMULATED,
    is_usable_name,
)
from composekit.runtime.replicas import Replica, first_replica
from composekit.source.diagnostic import Report
from composekit.supervise.home import Home

_MOUNT_WORDS = ("ro", "rw", "suid", "nosuid", "dev", "nodev", "exec", "noexec", "noatime", "nodiratime", "relatime")
_SOCKETS = ("/var/run/docker.sock", "/run/docker.sock")


@dataclass(slots=True)
class Files:
    """`paths` maps a path of the service to one of this machine; `make` are directories, `write` files with content.

    `protect` says who owns a written file and what its mode is; an owner of -1 stays who writes it. What is `taken`
    from a file of the user is not what makes a service another one.
    """

    mounts: list[dict[str, Any]] = field(default_factory=list)
    paths: dict[str, str] = field(default_factory=dict)
    make: list[str] = field(default_factory=list)
    write: dict[str, bytes] = field(default_factory=dict)
    protect: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def bind(self, source: str, target: str, *, read_only: bool = False, fill: bool = False, subpath: str = "") -> None:
        self.paths[target] = os.path.join(source, subpath) if subpath else source
        mount: dict[str, Any] = {"kind": "bind", "source": source, "target": target, "read_only": read_only}
        self.mounts.append({**mount, **({"fill": True} if fill else {}), **({"subpath": subpath} if subpath else {})})


def volume_directory(machine: Machine, name: str, volume: Volume | None = None) -> str:
    """Return where a named volume is: its own folder, or the directory that a `bind` volume names."""
    device = _bound_device(volume)
    return device or os.path.join(volumes_folder(machine.root), name)


def _bound_device(volume: Volume | None) -> str:
    options = volume.driver_opts if volume else {}
    words = options.get("o", "").split(",")
    return options.get("device", "") if "bind" in words or "rbind" in words else ""


def _copied(program: Program, files: Files) -> None:
    """COPY of directories into one place lays them over each other; a file is shown by itself."""
    files.paths.update((path, path) for path in program.provided)
    layers: dict[str, list[str]] = {}
    for copy in program.files:
        target = copy.target.rstrip("/") or "/"
        files.paths[target] = copy.source
        if os.path.isdir(copy.source):
            layers.setdefault(target, []).append(copy.source)
        else:
            files.mounts.append({"kind": "bind", "source": copy.source, "target": target, "read_only": False})
    for target, sources in layers.items():
        files.mounts.insert(0, {"kind": "copy", "sources": sources, "target": target})


def service_files(
    project: Project,
    service: Service,
    replica: Replica,
    programs: Mapping[str, Program],
    *,
    user: User | None,
    home: Home,
    machine: Machine,
    report: Report,
) -> Files:
    """Return a replica's files; mounts are in the order in which they must be made, a parent before what is in it.

    `programs` are those of the services, as far as they are known.
    """
    program = programs[service.name]
    files = Files()
    _copied(program, files)
    collector = _Collector(project, service, files, home=home, machine=machine, report=report)
    for other, read_only in _sources(project, service):
        _take_over(collector, project.services[other], programs, read_only=read_only)
    collector.collect(service, replica, program)
    for text in service.tmpfs:
        target, _, options = text.partition(":")
        collector.tmpfs(target, options, replica)
    _objects(project, service, files, user=user, home=home, machine=machine, report=report)
    last = {one["target"]: one for one in files.mounts if one["kind"] != "copy"}
    copies = [one for one in files.mounts if one["kind"] == "copy"]
    files.mounts = [*copies, *sorted(last.values(), key=lambda one: one["target"].rstrip("/").count("/"))]
    return files


def _objects(
    project: Project, service: Service, files: Files, *, user: User | None, home: Home, machine: Machine, report: Report
) -> None:
    """Mount configs and secrets."""
    for kind, references, objects in (
        ("config", service.configs, project.configs),
        ("secret", service.secrets, project.secrets),
    ):
        path = ("services", service.name, f"{kind}s")
        for reference in references:
            declared = objects.get(reference.source)
            found = find_object(project, service, kind, reference, declared, user=user, home=home, machine=machine)
            if found.reason:
                report.add(
                    NO_OBJECT, reference.span, path=path, service=service.name, kind=kind, name=reference.source,
                    reason=found.reason,
                )  # fmt: skip
                continue
            for key, meaning in found.lost.items():
                report.add(NOT_EMULATED, reference.span, path=path, service=service.name, key=key, meaning=meaning)
            if found.content is not None:
                files.write[found.path] = found.content
            if found.protect is not None:
                files.protect[found.path] = found.protect
            if found.is_copy:
                files.taken.add(found.path)
            files.bind(found.path, found.target, read_only=True)


def _sources(project: Project, service: Service) -> list[tuple[str, bool]]:
    """Return the services that `volumes_from` names, and whether their volumes can only be read."""
    found = []
    for text in service.volumes_from:
        name, _, mode = text.partition(":")
        if name != "container" and name in project.services:
            found.append((name, mode == "ro"))
    return found


def _take_over(
    collector: "_Collector", other: Service, programs: Mapping[str, Program], *, read_only: bool, depth: int = 0
) -> None:
    """Mount what another service mounts, its first replica's where each has its own."""
    if depth < len(collector.project.services):
        for name, also in _sources(collector.project, other):
            one = collector.project.services[name]
            _take_over(collector, one, programs, read_only=read_only or also, depth=depth + 1)
    before = len(collector.files.mounts)
    collector.collect(other, first_replica(collector.project, other), programs.get(other.name))
    for mount in collector.files.mounts[before:]:
        if read_only and mount["kind"] == "bind":
            mount["read_only"] = True


class _Collector:
    """Puts volumes into a service's files. Problems are those of `service`, whoever the volumes are of."""

    def __init__(
        self, project: Project, service: Service, files: Files, *, home: Home, machine: Machine, report: Report
    ) -> None:
        self.project = project
        self.service = service
        self.files = files
        self.home = home
        self.machine = machine
        self.report = report

    def collect(self, owner: Service, replica: Replica, program: Program | None) -> None:
        declared = {one.target for one in owner.volumes}
        for target in program.volumes if program is not None else ():
            if target not in declared:
                self._anonymous(replica, target)
        for one in owner.volumes:
            self._volume(one, replica)

    def tmpfs(self, target: str, options: str, replica: Replica) -> None:
        words = []
        for option in filter(None, options.split(",")):
            word = self._tmpfs_option(option)
            if word:
                words.append(word)
        self.files.mounts.append({"kind": "tmpfs", "target": target, "options": words})
        directory = place(self.home, "tmpfs", replica.name, folder_name(target))
        self.files.paths[target] = directory
        self.files.make.append(directory)

    def _tmpfs_option(self, text: str) -> str:
        """Return an option as the kernel takes it; nothing for what has no meaning here."""
        from composekit.errors import BadValue
        from composekit.values.quantity import parse_bytes

        key, equals, value = text.partition("=")
        if not equals:
            return key if key in _MOUNT_WORDS else ""
        try:
            if key == "size" and not value.endswith("%"):
                return f"size={parse_bytes(value)}"
            if key == "mode":
                return f"mode={int(value, 8):o}"
        except (BadValue, ValueError):
            return ""
        if key in ("uid", "gid") and self.machine.uid != 0:
            own = self.machine.uid if key == "uid" else self.machine.gid
            if value != str(own):
                self._not_emulated("tmpfs", "only root can give directories to others, so it is yours")
            return ""
        return text if key in ("size", "uid", "gid", "nr_inodes", "nr_blocks") else ""

    def _not_emulated(self, key: str, meaning: str) -> None:
        self.report.add(
            NOT_EMULATED, self.service.key_span(key), path=("services", self.service.name, key),
            service=self.service.name, key=key, meaning=meaning,
        )  # fmt: skip

    def _anonymous(self, replica: Replica, target: str, *, read_only: bool = False, fill: bool = True) -> None:
        directory = place(self.home, "anonymous", replica.name, folder_name(target))
        self.files.make.append(directory)
        self.files.bind(directory, target, read_only=read_only, fill=fill)

    def _volume(self, mount: Mount, replica: Replica) -> None:
        if mount.type == "bind":
            self._bind(mount)
        elif mount.type == "tmpfs":
            options = mount.tmpfs
            words = [f"size={int(options.size)}"] if options and options.size else []
            words += [f"mode={options.mode:o}"] if options and options.mode else []
            self.tmpfs(mount.target, ",".join(words), replica)
        elif mount.type != "volume":
            path, meaning = ("services", self.service.name, "volumes"), f"there are no mounts of type '{mount.type}'"
            name = self.service.name
            self.report.add(NOT_EMULATED, mount.span, path=path, service=name, key="volumes", meaning=meaning)
        elif not mount.source:
            self._anonymous(replica, mount.target, read_only=mount.read_only, fill=_fills(mount))
        else:
            self._named(mount, replica)

    def _named(self, mount: Mount, replica: Replica) -> None:
        volume = self.project.volumes.get(mount.source)
        name = (volume.name if volume else "") or f"{self.project.name}_{mount.source}"
        path = ("volumes", mount.source)
        if not is_usable_name(name):
            self.report.add(BAD_NAME, (volume or mount).span, path=path, name=name, kind="volume")
            return
        if volume is not None and volume.driver_opts.get("type") == "tmpfs" and self._is_alone(mount.source):
            self.tmpfs(mount.target, volume.driver_opts.get("o", ""), replica)
            return
        self._check_driver(volume, mount.source)
        directory = volume_directory(self.machine, name, volume)
        if volume is not None and volume.external:
            if not os.path.isdir(directory):
                self.report.add(EXTERNAL_VOLUME, volume.span, path=path, name=name, directory=directory)
        elif volume is not None and _bound_device(volume):
            if not os.path.exists(directory):
                self.report.add(NO_DEVICE, volume.span, path=path, name=mount.source, device=directory)
        else:
            self.files.make.append(directory)
        subpath = mount.volume.subpath if mount.volume is not None else ""
        self.files.bind(
            directory, mount.target, read_only=mount.read_only, subpath=subpath, fill=_fills(mount) and not subpath
        )

    def _is_alone(self, source: str) -> bool:
        """Tell whether one replica alone uses a volume: what is in memory cannot be shared with another here."""
        users = [one for one in self.project.services.values() if any(each.source == source for each in one.volumes)]
        return len(users) == 1 and users[0].replicas == 1 and not any(
            one.volumes_from for one in self.project.services.values()
        )  # fmt: skip

    def _check_driver(self, volume: Volume | None, source: str) -> None:
        if volume is None or volume.external:
            return
        kind = volume.driver_opts.get("type", "")
        meaning = ""
        if volume.driver not in ("", "local"):
            meaning = f"there is no volume driver '{volume.driver}', so it is a directory of this machine"
        elif kind == "tmpfs":
            meaning = "several replicas share it, so it is a directory on disk"
        elif kind not in ("", "none", "bind"):
            meaning = f"nothing of type '{kind}' is mounted, so it is a directory of this machine"
        if meaning:
            key = "driver_opts" if volume.driver in ("", "local") else "driver"
            self.report.add(
                VOLUME_NOT_EMULATED, volume.key_span(key), path=("volumes", source), name=source, key=key,
                meaning=meaning,
            )  # fmt: skip

    def _bind(self, mount: Mount) -> None:
        if not os.path.lexists(mount.source):
            name, span = self.service.name, mount.span
            path = ("services", name, "volumes")
            if mount.source in _SOCKETS:
                meaning = "there is no Docker engine on this machine"
                self.report.add(NOT_EMULATED, span, path=path, service=name, key="volumes", meaning=meaning)
                return
            if mount.bind is None or not mount.bind.create_host_path:
                self.report.add(NO_SOURCE, span, path=path, service=name, source=mount.source)
                return
            self.files.make.append(mount.source)
        self.files.bind(mount.source, mount.target, read_only=mount.read_only)


def _fills(mount: Mount) -> bool:
    return mount.volume is None or not mount.volume.nocopy
