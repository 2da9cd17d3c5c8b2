"""The facts that travel with a replica, for `ps` and to find what belongs to whom: Docker Compose's labels and ours."""

import json
from collections.abc import Iterable
from typing import Any

from composekit import __version__
from composekit.model.project import Project
from composekit.model.service import Service
from composekit.runtime.places import OWN
from composekit.runtime.replicas import Replica

_DOCKER = "com.docker.compose."


def labels_of(  # noqa: PLR0913  # facts, each named at the call
    project: Project,
    service: Service,
    replica: Replica,
    *,
    digest: str,
    command: str,
    exposed: tuple[str, ...],
    ports: list[dict[str, Any]],
    address: str,
    view: str,
) -> dict[str, str]:
    """Return the service's labels, those Docker Compose adds, and ours (not shown by `ps`)."""
    needs = [f"{name}:{one.condition}:{str(one.restart).lower()}" for name, one in service.depends_on.items()]
    docker = {
        "config-hash": digest,
        "container-number": str(replica.index),
        "depends_on": ",".join(needs),
        "image": image_of(project, service),
        "oneoff": "False",
        "project": project.name,
        "project.config_files": ",".join(project.files),
        "project.working_dir": project.directory,
        "service": service.name,
        "version": __version__,
    }
    volumes = [
        project.volumes[one.source].name
        for one in service.volumes
        if one.type == "volume" and one.source in project.volumes
    ]
    own = {
        "address": address,
        "command": command,
        "image": image_of(project, service),
        "label": replica.label,
        "networks": ",".join(f"{project.name}_{name}" for name in service.networks) or f"{project.name}_default",
        "ports": json.dumps([*ports, *_exposed((*exposed, *service.expose), ports)]),
        "view": view,
        "volumes": ",".join(volumes),
    }
    return {
        **service.labels,
        **{_DOCKER + key: value for key, value in docker.items()},
        **{OWN + key: value for key, value in own.items()},
    }


def image_of(project: Project, service: Service) -> str:
    """Return what the IMAGE column shows: the image's name, or the one a build would get."""
    return service.image or f"{project.name}-{service.name}"


def _exposed(texts: Iterable[str], ports: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the ports that are only known to other services: shown without a host port."""
    shown = {(one["target"], one["protocol"]) for one in ports}
    found = []
    for text in dict.fromkeys(texts):
        port, _, protocol = text.partition("/")
        if port.isdigit() and (int(port), protocol or "tcp") not in shown:
            shown.add((int(port), protocol or "tcp"))
            found.append({"host_ip": "", "published": 0, "target": int(port), "protocol": protocol or "tcp"})
    return found
