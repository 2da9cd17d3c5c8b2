"""What files a replica sees beside the machine's own: volumes, binds, tmpfs, configs, secrets, copied files.

Owns: where each of them is on this machine, and the list of mounts. Makes nothing: what must exist first is listed in
`Files.make` and `Files.write` for the caller.
"""

import os
from dataclasses import dataclass, field
from typing import Any

from composekit.images.program import Program
from composekit.model.project import FileObject, Project, Volume
from composekit.model.service import FileReference, Mount, Service
from composekit.runtime.machine import Machine
from composekit.runtime.places import folder_name, place, volumes_folder
from composekit.runtime.problems import BAD_NAME, EXTERNAL_VOLUME, NO_OBJECT, NO_SOURCE, NOT_EMULATED, is_usable_name
from composekit.runtime.replicas import Replica
from composekit.source.diagnostic import Report
from composekit.supervise.home import Home

_SOCKETS = ("/var/run/docker.sock", "/run/docker.sock")


@dataclass(slots=True)
class Files:
    """`paths` maps a path of the service to one of this machine; `make` are directories, `write` files with content."""

    mounts: list[dict[str, Any]] = field(default_factory=list)
    paths: dict[str, str] = field(default_factory=dict)
    make: list[str] = field(default_factory=list)
    write: dict[str, bytes] = field(default_factory=dict)

    def bind(self, source: str, target: str, *, read_only: bool = False) -> None:
        self.paths[target] = source
        self.mounts.append({"kind": "bind", "source": source, "target": target, "read_only": read_only})


def volume_directory(machine: Machine, name: str, volume: Volume | None = None) -> str:
    """Return where a named volume is: its own folder, or the directory that a `bind` volume names."""
    options = volume.driver_opts if volume else {}
    if options.get("device") and "bind" in options.get("o", "").split(","):
        return options["device"]
    return os.path.join(volumes_folder(machine.root), name)


def service_files(
    project: Project,
    service: Service,
    replica: Replica,
    program: Program,
    *,
    home: Home,
    machine: Machine,
    report: Report,
) -> Files:
    """Return a replica's files; mounts are in the order in which they must be made, a parent before what is in it."""
    files = Files()
    _copied(program, files)
    declared = {one.target for one in service.volumes}
    for target in program.volumes:
        if target not in declared:
            _anonymous(files, home, replica, target)
    for one in service.volumes:
        _volume(project, service, one, files, replica, home=home, machine=machine, report=report)
    for text in service.tmpfs:
        target, _, options = text.partition(":")
        _tmpfs(files, home, replica, target, _tmpfs_options(options))
    for kind, references, objects in (
        ("config", service.configs, project.configs),
        ("secret", service.secrets, project.secrets),
    ):
        for reference in references:
            _object(project, service, kind, reference, objects.get(reference.source), files, home, report)
    copies = [one for one in files.mounts if one["kind"] == "copy"]
    others = [one for one in files.mounts if one["kind"] != "copy"]
    files.mounts = [*copies, *sorted(others, key=lambda one: one["target"].rstrip("/").count("/"))]
    return files


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


def _volume(
    project: Project,
    service: Service,
    mount: Mount,
    files: Files,
    replica: Replica,
    *,
    home: Home,
    machine: Machine,
    report: Report,
) -> None:
    if mount.type == "bind":
        _bind(service, mount, files, report)
    elif mount.type == "tmpfs":
        options = mount.tmpfs
        _tmpfs(files, home, replica, mount.target, (options.size, options.mode) if options else (0, 0))
    elif mount.type != "volume":
        report.add(
            NOT_EMULATED,
            mount.span,
            path=("services", service.name, "volumes"),
            service=service.name,
            key="volumes",
            meaning=f"there are no mounts of type '{mount.type}'",
        )
    elif not mount.source:
        _anonymous(files, home, replica, mount.target)
    else:
        volume = project.volumes.get(mount.source)
        name = (volume.name if volume else "") or f"{project.name}_{mount.source}"
        if not is_usable_name(name):
            span = (volume or mount).span
            report.add(BAD_NAME, span, path=("volumes", mount.source), name=name, kind="volume")
            return
        directory = volume_directory(machine, name, volume)
        if volume is not None and volume.external and not os.path.isdir(directory):
            report.add(EXTERNAL_VOLUME, volume.span, path=("volumes", mount.source), name=name)
        if mount.volume is not None and mount.volume.subpath:
            directory = os.path.join(directory, mount.volume.subpath)
        files.make.append(directory)
        files.bind(directory, mount.target, read_only=mount.read_only)


def _bind(service: Service, mount: Mount, files: Files, report: Report) -> None:
    if not os.path.lexists(mount.source):
        span, path = mount.span, ("services", service.name, "volumes")
        if mount.source in _SOCKETS:
            meaning = "there is no Docker engine on this machine"
            report.add(NOT_EMULATED, span, path=path, service=service.name, key="volumes", meaning=meaning)
            return
        if mount.bind is None or not mount.bind.create_host_path:
            report.add(NO_SOURCE, span, path=path, service=service.name, source=mount.source)
            return
        files.make.append(mount.source)
    files.bind(mount.source, mount.target, read_only=mount.read_only)


def _anonymous(files: Files, home: Home, replica: Replica, target: str) -> None:
    directory = place(home, "anonymous", replica.name, folder_name(target))
    files.make.append(directory)
    files.bind(directory, target)


def _tmpfs(files: Files, home: Home, replica: Replica, target: str, options: tuple[int, int]) -> None:
    size, mode = options
    files.mounts.append({"kind": "tmpfs", "target": target, "size": size, "mode": mode})
    directory = place(home, "tmpfs", replica.name, folder_name(target))
    files.paths[target] = directory
    files.make.append(directory)


def _tmpfs_options(text: str) -> tuple[int, int]:
    """Read mount options such as `size=64m,mode=1777`; others are those every tmpfs has here."""
    from composekit.errors import BadValue
    from composekit.values.quantity import parse_bytes

    size, mode = 0, 0
    for option in text.split(","):
        key, _, value = option.partition("=")
        try:
            if key == "size":
                size = parse_bytes(value)
            elif key == "mode":
                mode = int(value, 8)
        except (BadValue, ValueError):
            continue
    return size, mode


def _object(
    project: Project,
    service: Service,
    kind: str,
    reference: FileReference,
    declared: FileObject | None,
    files: Files,
    home: Home,
    report: Report,
) -> None:
    folder = "/run/secrets" if kind == "secret" else "/"
    target = os.path.join(folder, reference.target or reference.source)
    source, reason = _object_source(project, kind, reference.source, declared, files, home)
    if source is None:
        report.add(
            NO_OBJECT,
            reference.span,
            path=("services", service.name, f"{kind}s"),
            service=service.name,
            kind=kind,
            name=reference.source,
            reason=reason,
        )
        return
    files.bind(source, target, read_only=True)


def _object_source(
    project: Project, kind: str, name: str, declared: FileObject | None, files: Files, home: Home
) -> tuple[str | None, str]:
    """Return the file that holds a config or secret, or why there is none."""
    if declared is None:
        return None, "it is not declared"
    if declared.external:
        return None, "external ones need a swarm"
    if declared.file:
        return (declared.file, "") if os.path.exists(declared.file) else (None, f"there is no file {declared.file}")
    if declared.content is not None and not declared.environment:
        content = declared.content
    elif declared.environment in project.environment:
        content = project.environment[declared.environment]
    else:
        return None, f"the environment variable '{declared.environment}' is not set"
    path = place(home, "objects", f"{kind}-{name}")
    files.write[path] = content.encode()
    return path, ""
