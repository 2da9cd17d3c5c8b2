"""What `ps` shows of a replica, in Docker's words and with Docker's keys."""

import json
import time
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from composekit.runtime.paused import is_paused
from composekit.runtime.places import OWN
from composekit.supervise.status import ReplicaStatus

_STATES = {
    "created": "created",
    "waiting": "created",
    "failed": "created",
    "starting": "running",
    "running": "running",
    "stopping": "running",
    "backoff": "restarting",
    "exited": "exited",
}


class Row(NamedTuple):
    """One replica; `command` is whole, `created_at` in seconds since the epoch."""

    id: str
    name: str
    image: str
    command: str
    project: str
    service: str
    created_at: float
    state: str
    status: str
    health: str
    exit_code: int
    publishers: list[dict[str, Any]]
    labels: dict[str, str]
    mounts: list[str]
    networks: list[str]
    probes: list[dict[str, Any]]


def row_of(status: ReplicaStatus, *, project: str, id_: str, now: float, words: Any) -> Row:
    """Return what there is to show; `words` makes a duration of seconds readable."""
    labels = status.labels
    state = state_of(status)
    volumes = labels.get(OWN + "volumes", "")
    return Row(
        id=id_,
        name=status.name,
        image=labels.get(OWN + "image", ""),
        command=labels.get(OWN + "command", ""),
        project=project,
        service=service_of(status),
        created_at=status.created_at,
        state=state,
        status=status_text(status, now=now, words=words, paused=state == "paused"),
        health=status.health if state in ("running", "paused") and status.health != "none" else "",
        exit_code=(status.exit_code or 0) if state == "exited" else 0,
        publishers=publishers(labels, running=state in ("running", "paused")),
        labels={key: value for key, value in labels.items() if not key.startswith(OWN)},
        mounts=[name for name in volumes.split(",") if name],
        networks=labels.get(OWN + "networks", "").split(","),
        probes=status.probes,
    )


def state_of(status: ReplicaStatus) -> str:
    """Return Docker's word for what a replica is doing."""
    return "paused" if is_paused(status) else _STATES.get(status.phase, status.phase)


def service_of(status: ReplicaStatus) -> str:
    """Return the service a replica is of; a one-off replica (`run`) is a group of its own to the supervisor."""
    return status.labels.get("com.docker.compose.service") or status.group


def networks_of(labels: Iterable[Mapping[str, str]]) -> list[str]:
    """Return the real names of the networks that replicas are in, from their labels, without external networks.

    A network has nothing of its own on this machine: it is there as long as a replica is in it.
    """
    names = dict.fromkeys(name for one in labels for name in one.get(OWN + "networks-made", "").split(","))
    return [name for name in names if name]


def is_one_off(status: ReplicaStatus) -> bool:
    """Tell whether `run` made a replica."""
    return status.labels.get("com.docker.compose.oneoff") == "True"


def status_text(status: ReplicaStatus, *, now: float, words: Any, paused: bool = False) -> str:
    """Return the STATUS column: Up 2 minutes (healthy), Exited (1) 5 seconds ago, Created."""
    state = _STATES.get(status.phase, status.phase)
    if paused:
        return f"Up {words(now - (status.started_at or now))} (Paused)"
    if state == "running":
        up = f"Up {words(now - (status.started_at or now))}"
        health = {"starting": " (health: starting)", "none": ""}.get(status.health, f" ({status.health})")
        return up + health
    if state == "restarting":
        left = (status.next_start_at or now) - now
        again = f" (next start in {words(left).lower()})" if left >= 1 else ""
        return f"Restarting ({status.exit_code or 0}) {words(now - (status.finished_at or now))} ago{again}"
    if state == "exited":
        return f"Exited ({status.exit_code or 0}) {words(now - (status.finished_at or now))} ago"
    if status.phase == "waiting" and status.waiting_for:
        return f"Created (waiting for {', '.join(status.waiting_for)})"
    return "Created (dependency failed)" if status.phase == "failed" else "Created"


def publishers(labels: dict[str, str], *, running: bool) -> list[dict[str, Any]]:
    """Return the ports as `ps --format json` has them; who does not run publishes none."""
    if not running:
        return []
    found = []
    for port in json.loads(labels.get(OWN + "ports", "[]")):
        hosts = [port["host_ip"]]
        if port["published"] and not port["host_ip"]:
            hosts = ["0.0.0.0", "::"]  # noqa: S104  # shown, not bound
        found += [
            {
                "URL": host,
                "TargetPort": port["target"],
                "PublishedPort": port["published"],
                "Protocol": port["protocol"],
            }
            for host in hosts
        ]
    return sorted(found, key=lambda one: (one["TargetPort"], one["Protocol"]))


def ports_text(found: Collection[dict[str, Any]]) -> str:
    """Return the PORTS column; neighbours that differ by one are shown as a range."""
    groups: list[list[Any]] = []  # [host, first published, last published, first target, last target, protocol]
    for one in sorted(found, key=lambda one: (one["Protocol"], one["URL"], one["TargetPort"], one["PublishedPort"])):
        host, published, target, protocol = one["URL"], one["PublishedPort"], one["TargetPort"], one["Protocol"]
        last = groups[-1] if groups else None
        if last and last[0] == host and last[5] == protocol and last[4] + 1 == target and _follows(last[2], published):
            last[2], last[4] = published, target
            continue
        groups.append([host, published, published, target, target, protocol])
    published = [_port_group(*group) for group in groups if group[1]]
    exposed = [_port_group(*group) for group in groups if not group[1]]
    return ", ".join([*exposed, *published])


def _follows(last: int, published: int) -> bool:
    return last + 1 == published if last and published else not (last or published)


def _port_group(host: str, first: int, last: int, target: int, last_target: int, protocol: str) -> str:
    targets = f"{target}" if target == last_target else f"{target}-{last_target}"
    if not first:
        return f"{targets}/{protocol}"
    ports = f"{first}" if first == last else f"{first}-{last}"
    shown = f"[{host}]" if ":" in host else host
    return f"{shown}:{ports}->{targets}/{protocol}"


def json_row(row: Row, *, now: float, words: Any, shorten: Any) -> dict[str, Any]:
    """Return the object that `ps --format json` prints; `shorten(text, most)` is the identity for --no-trunc."""
    moment = time.strftime("%Y-%m-%d %H:%M:%S +0000 UTC", time.gmtime(row.created_at))
    return {
        "Command": json.dumps(shorten(row.command, 20), ensure_ascii=False),
        "CreatedAt": moment,
        "ExitCode": row.exit_code,
        "Health": row.health,
        "ID": shorten(row.id, 0),
        "Image": row.image,
        "Labels": ",".join(f"{key}={value}" for key, value in row.labels.items()),
        "LocalVolumes": str(len(row.mounts)),
        "Mounts": ",".join(shorten(name, 15) for name in row.mounts),
        "Name": row.name,
        "Names": row.name,
        "Networks": ",".join(row.networks),
        "Ports": ports_text(row.publishers),
        "Project": row.project,
        "Publishers": row.publishers,
        "RunningFor": f"{words(now - row.created_at)} ago",
        "Service": row.service,
        "Size": "0B",
        "State": row.state,
        "Status": row.status,
    }


def health_log(row: Row) -> list[dict[str, Any]]:
    """Return the last health checks, oldest first, with the keys of `docker inspect`."""
    return [
        {
            "Start": _moment(one["started_at"]),
            "End": _moment(one["ended_at"]),
            "ExitCode": one["exit_code"],
            "Output": one["output"],
        }
        for one in row.probes
    ]


def _moment(seconds: float) -> str:
    """Return a time as RFC 3339 has it, UTC, with milliseconds."""
    whole = int(seconds)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(whole))}.{int((seconds - whole) * 1000):03d}Z"
