"""The facts that travel with a replica, for `ps` and to find what belongs to whom: Docker Compose's labels and ours."""

import json
from collections.abc import Iterable
from typing import Any

from composekit import __version__
from composekit.model.project import Project
from composekit.model.service import Service
from composekit.runtime.places import OWN

_DOCKER = "com.docker.compose."


def labels_of(project: Project, service: Service, *, index: int, digest: str, own: dict[str, str]) -> dict[str, str]:
    """Return the service's labels, those Docker Compose adds, and ours: `own` and what the service itself tells."""
    needs = [f"{name}:{one.condition}:{str(one.restart).lower()}" for name, one in service.depends_on.items()]
    docker = {
        "config-hash": digest,
        "container-number": str(index),
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
    networks = _networks(project, service)
    external = {one.name for one in project.networks.values() if one.external}
    made = [] if service.network_mode else [name for name in networks if name not in external]
    ours = {
        **own,
        "image": image_of(project, service),
        "networks": ",".join(networks),
        "networks-made": ",".join(made),  # with the project, and removed with it
        "volumes": ",".join(volumes),
    }
    return {
        **service.labels,
        **{_DOCKER + key: value for key, value in docker.items()},
        **{OWN + key: value for key, value in ours.items()},
    }


def _networks(project: Project, service: Service) -> list[str]:
    """Return the real names of a service's networks; Docker's word for the mode where it has none."""
    if service.network_mode:
        return [service.network_mode] if ":" not in service.network_mode else []
    names = service.networks or ("default",)
    return [project.networks[name].name if name in project.networks else f"{project.name}_{name}" for name in names]


def ports_label(ports: list[dict[str, Any]], exposed: Iterable[str]) -> str:
    """Return the published and the merely exposed ports as the text of a label."""
    return json.dumps([*ports, *_exposed(exposed, ports)])


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
