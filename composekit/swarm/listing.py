"""What `stack ls`, `ps` and `services` show: rows with the fields of the docker client's templates."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from composekit.swarm.naming import NAMESPACE_LABEL

Json = dict[str, Any]
Row = dict[str, Any]

STACK_TABLE = "table {{.Name}}\t{{.Services}}"
SERVICE_TABLE = "table {{.ID}}\t{{.Name}}\t{{.Mode}}\t{{.Replicas}}\t{{.Image}}\t{{.Ports}}"
TASK_TABLE = (
    "table {{.ID}}\t{{.Name}}\t{{.Image}}\t{{.Node}}\t{{.DesiredState}}\t{{.CurrentState}}\t{{.Error}}\t{{.Ports}}"
)
HEADERS = {"ID": "ID", "DesiredState": "DESIRED STATE", "CurrentState": "CURRENT STATE"}

_SHORT = 12
_ERROR_WIDTH = 30
_MODES = {
    "Replicated": "replicated",
    "Global": "global",
    "ReplicatedJob": "replicated job",
    "GlobalJob": "global job",
}


def stack_rows(services: Iterable[Json]) -> list[Row]:
    """Return each stack that has services, and how many."""
    counts: dict[str, int] = {}
    for service in services:
        name = (service["Spec"].get("Labels") or {}).get(NAMESPACE_LABEL, "")
        if name:
            counts[name] = counts.get(name, 0) + 1
    return [{"Name": name, "Services": str(counts[name])} for name in sorted(counts, key=natural)]


def service_rows(services: Iterable[Json]) -> list[Row]:
    """Return services, asked for with `status=true`, in the order of their names."""
    return [_service_row(one) for one in sorted(services, key=lambda one: natural(one["Spec"]["Name"]))]


def _service_row(service: Json) -> Row:
    spec = service["Spec"]
    kind = next((kind for kind in _MODES if kind in spec["Mode"]), "")
    ports = (service.get("Endpoint") or {}).get("Ports") or ()
    return {
        "ID": service["ID"][:_SHORT],
        "Name": spec["Name"],
        "Mode": _MODES.get(kind, ""),
        "Replicas": _replicas(service, kind),
        "Image": shown_image(spec["TaskTemplate"]["ContainerSpec"].get("Image", "")),
        "Ports": _ports(ports),
    }


def _replicas(service: Json, kind: str) -> str:
    status = service.get("ServiceStatus") or {}
    running, desired, done = (status.get(name, 0) for name in ("RunningTasks", "DesiredTasks", "CompletedTasks"))
    numbers = f"{running}/{desired}"
    if kind == "ReplicatedJob":
        return f"{numbers} ({done}/{service['Spec']['Mode'][kind].get('TotalCompletions', 1)} completed)"
    if kind == "GlobalJob":
        return f"{numbers} ({done}/{desired + done} completed)"
    most = (service["Spec"]["TaskTemplate"].get("Placement") or {}).get("MaxReplicas", 0)
    return f"{numbers} (max {most} per node)" if most and kind == "Replicated" else numbers


def _ports(ports: Iterable[Json]) -> str:
    """Return the ports of the ingress network; neighbours whose targets are neighbours too become a range."""
    ranges: list[list[Any]] = []
    order = sorted(
        (one for one in ports if one.get("PublishMode") == "ingress"),
        key=lambda one: (one.get("Protocol", "tcp"), one.get("PublishedPort", 0)),
    )
    for one in order:
        published, target, protocol = one.get("PublishedPort", 0), one.get("TargetPort", 0), one.get("Protocol", "tcp")
        if ranges:
            last = ranges[-1]
            if (last[1] + 1, last[3] + 1, last[4]) == (published, target, protocol):
                last[1], last[3] = published, target
                continue
        ranges.append([published, published, target, target, protocol])
    return ", ".join(f"*:{_span(one[0], one[1])}->{_span(one[2], one[3])}/{one[4]}" for one in ranges)


def _span(first: int, last: int) -> str:
    return f"{first}-{last}" if last > first else str(first)


def task_rows(  # all by name
    tasks: Iterable[Json],
    *,
    service_names: Mapping[str, str],
    node_names: Mapping[str, str],
    now: datetime,
    words: Callable[[float], str],
    shorten: bool,
    indent: str,
) -> list[Row]:
    """Return tasks by the name of their slot, the newest first; `indent` stands before the names of earlier ones."""
    named = [(_task_name(one, service_names), one) for one in tasks]
    named.sort(key=lambda pair: pair[1].get("CreatedAt", ""), reverse=True)
    named.sort(key=lambda pair: natural(pair[0]))
    rows, before = [], ""
    for name, task in named:
        shown = f"{indent}{name}" if name == before else name
        rows.append(_task_row(task, shown, node_names, now, words, shorten=shorten))
        before = name
    return rows


def _task_name(task: Json, service_names: Mapping[str, str]) -> str:
    service = service_names.get(task["ServiceID"], task["ServiceID"])
    return f"{service}.{task.get('Slot') or task.get('NodeID', '')}"


def _task_row(
    task: Json, name: str, nodes: Mapping[str, str], now: datetime, words: Callable[[float], str], *, shorten: bool
) -> Row:
    status = task["Status"]
    error = status.get("Err") or ""
    if shorten and len(error) > _ERROR_WIDTH:
        error = error[: _ERROR_WIDTH - 1] + "…"
    image = task["Spec"].get("ContainerSpec", {}).get("Image", "")
    ports = (status.get("PortStatus") or {}).get("Ports") or ()
    age = words(max((now - read_time(status.get("Timestamp", ""))).total_seconds(), 0)).lower()
    return {
        "ID": task["ID"][:_SHORT] if shorten else task["ID"],
        "Name": name,
        "Image": shown_image(image) if shorten else image,
        "Node": nodes.get(task.get("NodeID", ""), task.get("NodeID", "")),
        "DesiredState": _capital(task["DesiredState"]),
        "CurrentState": f"{_capital(status['State'])} {age} ago",
        "Error": f'"{error}"' if error else "",
        "Ports": ",".join(f"*:{one['PublishedPort']}->{one['TargetPort']}/{one['Protocol']}" for one in ports),
    }


def _capital(state: str) -> str:
    return state[:1].upper() + state[1:]


def shown_image(image: str) -> str:
    """Return an image without its digest, where it has a tag too."""
    name, at, _ = image.partition("@")
    return name if at and ":" in name.rpartition("/")[2] else image


def natural(text: str) -> list[tuple[int, int, str]]:
    """Return a key that sorts web.2 before web.10."""
    parts = re.split(r"(\d+)", text)
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts]


def read_time(text: str) -> datetime:
    """Return a time of the engine; now-like for one that it does not tell. Nanoseconds are cut to microseconds."""
    found = re.match(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,6})?\d*(Z|[+-]\d\d:\d\d)?$", text)
    if found is None or text.startswith("0001"):
        return datetime.now(UTC)
    return datetime.fromisoformat(f"{found[1]}{found[2] or ''}{'+00:00' if found[3] in (None, 'Z') else found[3]}")
