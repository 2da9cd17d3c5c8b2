"""What a deploy would do: the plan held against what there is. Nothing here talks to an engine.

Networks, configs and secrets cannot be changed once they are there; services can.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from composekit.swarm.compare import Change, compare, settled
from composekit.swarm.naming import IMAGE_LABEL
from composekit.swarm.observed import Observed
from composekit.swarm.releases import Release, is_record

Json = dict[str, Any]

CREATE, UPDATE, KEEP, REMOVE = "create", "update", "keep", "remove"


@dataclass(frozen=True, slots=True)
class ObjectChange:
    """Something other than a service. `kind`: network, secret or config; `body` is what is asked for or there is."""

    kind: str
    name: str
    action: str
    body: Json = field(repr=False)


@dataclass(frozen=True, slots=True)
class ServiceChange:
    """`body` is the request, `current` the service as it is, `None` when there is none."""

    key: str
    name: str
    action: str
    body: Json = field(repr=False)
    current: Json | None = field(default=None, repr=False)
    fields: tuple[Change, ...] = ()
    drift: bool = False


@dataclass(frozen=True, slots=True)
class StackChanges:
    """In the order in which they are carried out; `notices` say what a deploy cannot do.

    `networks` are the bodies of all networks of the stack, those that are there too.
    """

    stack: str
    objects: tuple[ObjectChange, ...] = ()
    services: tuple[ServiceChange, ...] = ()
    removed: tuple[ObjectChange, ...] = ()
    notices: tuple[str, ...] = ()
    networks: tuple[Json, ...] = field(default=(), repr=False)

    @property
    def changing(self) -> tuple[ServiceChange, ...]:
        return tuple(one for one in self.services if one.action != KEEP)

    @property
    def is_empty(self) -> bool:
        return not (self.objects or self.changing or self.removed)


def find_changes(
    bodies: Json,
    keys: Mapping[str, str],
    observed: Observed,
    releases: list[Release],
    *,
    stack: str,
    prune: bool,
    keep: int = 5,
) -> StackChanges:
    """Return what a deploy of request bodies would do. `keys` are the services' names in the file, by real name.

    With `prune`, what the file no longer has is removed, and so are releases but the newest `keep` and the configs
    and secrets that only those had.
    """
    notices: list[str] = []
    objects = [
        *_missing("network", bodies["networks"], observed.networks),
        *_missing("secret", bodies["secrets"], observed.secrets),
        *_missing("config", bodies["configs"], observed.configs),
    ]
    recorded = _recorded(releases)
    services = [
        _service_change(body, keys.get(body["Name"], body["Name"]), observed, recorded) for body in bodies["services"]
    ]
    notices += _other_networks(bodies["networks"], observed)
    # A deploy that changes something is a release too.
    is_release = bool(objects) or any(one.action != KEEP for one in services)
    removed = _leftovers(bodies, observed, releases, keep - is_release) if prune else []
    return StackChanges(
        stack, tuple(objects), tuple(services), tuple(removed), tuple(notices), tuple(bodies["networks"])
    )


def _missing(kind: str, bodies: list[Json], there: Mapping[str, Json]) -> list[ObjectChange]:
    return [ObjectChange(kind, one["Name"], CREATE, one) for one in bodies if one["Name"] not in there]


def _recorded(releases: list[Release]) -> dict[str, Json]:
    """Return the services' bodies of the newest release that went well, by name."""
    from composekit.errors import ComposekitError

    for release in releases:
        if release.state in ("converged", "detached"):
            try:
                return {one["Name"]: one for one in release.content()["services"]}
            except ComposekitError:
                return {}
    return {}


def _service_change(body: Json, key: str, observed: Observed, recorded: Mapping[str, Json]) -> ServiceChange:
    name = body["Name"]
    current = observed.services.get(name)
    if current is None:
        return ServiceChange(key, name, CREATE, body, drift=name in recorded)
    body = with_present_image(body, current["Spec"])
    names = observed.network_names
    now = settled(current["Spec"], names)
    fields = compare(now, settled(body, names))
    if not fields:
        return ServiceChange(key, name, KEEP, body, current)
    drifted = set()
    if name in recorded:
        before = settled(with_present_image(recorded[name], current["Spec"]), names)
        drifted = {one.path for one in compare(before, now)}
    shown = tuple(Change(one.path, one.before, one.after, drift=one.path in drifted) for one in fields)
    return ServiceChange(key, name, UPDATE, body, current, shown, drift=any(one.drift for one in shown))


def with_present_image(body: Json, spec: Json) -> Json:
    """Return a body whose image has the digest that an earlier deploy found, where it asks for the same image."""
    template = body["TaskTemplate"]
    container = template["ContainerSpec"]
    wanted = container["Image"]
    there = ((spec.get("TaskTemplate") or {}).get("ContainerSpec") or {}).get("Image", "")
    same = there.partition("@")[0] == wanted and body["Labels"].get(IMAGE_LABEL) == spec["Labels"].get(IMAGE_LABEL)
    if "@" in wanted or "@" not in there or not same:
        return body
    return {**body, "TaskTemplate": {**template, "ContainerSpec": {**container, "Image": there}}}


def _other_networks(bodies: list[Json], observed: Observed) -> list[str]:
    """Return what to say of networks that are there, but not as the file has them."""
    notices = []
    for body in bodies:
        there = observed.networks.get(body["Name"])
        if there is None:
            continue
        names = ("Driver", "Internal", "Attachable")
        differing = [name for name in names if there.get(name) != body.get(name)]
        wanted = [one.get("Subnet") for one in (body.get("IPAM") or {}).get("Config") or ()]
        if wanted and wanted != [one.get("Subnet") for one in (there.get("IPAM") or {}).get("Config") or ()]:
            differing.append("IPAM")
        if differing:
            notices.append(
                f"network '{body['Name']}' differs in {', '.join(differing)}, but a network cannot be changed: "
                "remove the stack first, or give the network another name"
            )
    return notices


def _leftovers(bodies: Json, observed: Observed, releases: list[Release], keep: int) -> list[ObjectChange]:
    """Return what is removed, services first, for they use the others."""
    kept = {kind: {one["Name"] for one in bodies[kind]} for kind in ("services", "networks", "secrets", "configs")}
    removed = [
        ObjectChange("service", name, REMOVE, one)
        for name, one in observed.services.items()
        if name not in kept["services"]
    ]
    for release in releases[: max(keep, 0)]:
        _keep_objects(release, kept)
    old = {release.config["Spec"]["Name"] for release in releases[max(keep, 0) :]}
    for kind, there in (("network", observed.networks), ("secret", observed.secrets), ("config", observed.configs)):
        for name, one in there.items():
            gone = name in old if kind == "config" and is_record(one) else name not in kept[f"{kind}s"]
            if gone:
                removed.append(ObjectChange(kind, name, REMOVE, one))
    return removed


def _keep_objects(release: Release, kept: dict[str, set[str]]) -> None:
    from composekit.errors import ComposekitError

    try:
        content = release.content()
    except ComposekitError:
        return
    for kind in ("secrets", "configs"):
        kept[kind].update(content.get(kind, ()))
    kept["networks"].update(one["Name"] for one in content.get("networks", ()))
