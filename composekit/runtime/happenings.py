"""What happens to replicas, in the words of an engine's events: create, start, die, stop, destroy and so on. Pure.

A supervisor tells statuses; two statuses of a replica after each other tell what has happened between them.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from composekit.runtime.journal import Entry
from composekit.supervise.light import sha256
from composekit.supervise.memory import Memory
from composekit.supervise.status import ReplicaStatus

_UP = ("running", "stopping")
_KILLED = 137


class Happening(NamedTuple):
    """One event; `at` in seconds since the epoch, `facts` what Docker calls attributes beside image and name."""

    at: float
    name: str
    service: str
    image: str
    action: str
    facts: dict[str, str] = {}  # noqa: RUF012  # never changed


def told_by(before: ReplicaStatus | None, after: ReplicaStatus, *, now: float) -> list[Happening]:
    """Return what happened between two statuses of a replica, oldest first; without an earlier one it was created."""
    found: list[tuple[float, str, dict[str, str]]] = []
    if before is None:
        found.append((after.created_at or now, "create", {}))
    started = after.started_at is not None and (before is None or before.started_at != after.started_at)
    if before is not None and before.phase in _UP and started:  # an end and a new start in one step
        found.append((now, "die", {"exitCode": str(after.exit_code or 0)}))
    if started and after.phase != "created":
        found.append((after.started_at or now, "start", {}))
    was_up = started if before is None else before.phase in _UP or started
    if after.phase == "stopping" and (before is None or before.phase != "stopping"):
        found.append((now, "kill", {"signal": str(after.stop_signal)}))
    if after.phase in ("exited", "backoff") and was_up:
        # Its end is known to the millisecond, its start only from when somebody heard of it.
        at = max(after.finished_at or now, after.started_at or 0.0)
        found.append((at, "die", {"exitCode": str(after.exit_code or 0)}))
        if before is not None and before.phase == "stopping":
            found.append((at, "stop", {}))
    found += _checks(before, after)
    if after.health != "none" and before is not None and after.health != before.health and after.phase == "running":
        found.append((now, f"health_status: {after.health}", {}))
    return [_happening(after, at, action, facts) for at, action, facts in found]


def _checks(before: ReplicaStatus | None, after: ReplicaStatus) -> Iterator[tuple[float, str, dict[str, str]]]:
    """Yield the health checks that ended between two statuses, which are programs to an engine like those of `exec`."""
    known = {check["started_at"] for check in before.probes} if before is not None else set()
    words = f"{after.check[0]} {' '.join(after.check[1:])}" if after.check else ""
    for check in after.probes:
        if words and check["started_at"] not in known:
            facts = {"execID": sha256(f"{after.name} {check['started_at']!r}".encode()).hexdigest()}
            yield check["started_at"], f"exec_create: {words}", facts
            yield check["started_at"], f"exec_start: {words}", facts
            code = _KILLED if check["exit_code"] < 0 else check["exit_code"]  # it took too long
            yield check["ended_at"], "exec_die", {**facts, "exitCode": str(code)}


def replayed(memories: Iterable[Memory]) -> tuple[list[Happening], dict[str, ReplicaStatus]]:
    """Return what is remembered to have happened, and the last status of each replica, also of those that are gone."""
    found: list[Happening] = []
    known: dict[str, ReplicaStatus] = {}
    last: dict[str, ReplicaStatus] = {}
    for at, name, status in memories:
        if status is not None:
            found += told_by(known.get(name), status, now=at)
            known[name] = last[name] = status
        elif name in known:
            found.append(removal(known.pop(name), now=at))
    return found, last


def past_of(statuses: Iterable[ReplicaStatus], since: float) -> list[Happening]:
    """Return what is known to have happened to replicas since then: only of those that are still there."""
    found = [one for status in statuses for one in told_by(None, status, now=since)]
    return sorted((one for one in found if one.at >= since), key=lambda one: one.at)


def removal(status: ReplicaStatus, *, now: float) -> Happening:
    return _happening(status, now, "destroy", {})


def pausing(status: ReplicaStatus, *, paused: bool, now: float) -> Happening:
    return _happening(status, now, "pause" if paused else "unpause", {})


def noted(status: ReplicaStatus, entry: Entry) -> Happening:
    """Return what a command noted of a replica."""
    return _happening(status, entry.at, entry.action, entry.facts)


def _happening(status: ReplicaStatus, at: float, action: str, facts: dict[str, Any]) -> Happening:
    service = status.labels.get("com.docker.compose.service") or status.group
    return Happening(at, status.name, service, status.labels.get("composekit.image", ""), action, facts)
