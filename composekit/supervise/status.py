"""What clients are told about a replica, and the same read from disk when no supervisor is alive.

Light on purpose: `ps` imports this, so no dataclasses here.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

from composekit.supervise import process
from composekit.supervise.home import Home, read_json

if TYPE_CHECKING:
    from composekit.supervise.replica import Replica

AT_REST = frozenset({"created", "exited", "failed"})


class ReplicaStatus(NamedTuple):
    """One replica. Times are seconds since the epoch; `waiting_for` says what a waiting one waits for.

    `phase` is a value of `replica.Phase`, `health` of `replica.Health`; `probes` are the last health checks, oldest
    first, each with started_at, ended_at, exit_code and output, and `check` is what they run. `hook` is the kind of
    lifecycle hooks that run now, `trouble` what became of ones that failed. `stop_signal` is a number.
    """

    name: str
    group: str
    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody calls on a status
    phase: str
    health: str = "none"
    exit_code: int | None = None
    pid: int | None = None
    restarts: int = 0
    created_at: float = 0
    started_at: float | None = None
    finished_at: float | None = None
    next_start_at: float | None = None
    reason: str = ""
    waiting_for: list[str] = []  # noqa: RUF012 (never changed; a status is a value)
    config_hash: str = ""
    labels: dict[str, str] = {}  # noqa: RUF012 (as above)
    probes: list[dict[str, Any]] = []  # noqa: RUF012 (as above)
    failing: int = 0
    env_known: bool = True
    hook: str = ""
    trouble: str = ""
    check: list[str] = []  # noqa: RUF012 (as above)
    stop_signal: int = 15

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> "ReplicaStatus":
        """Read a status; facts that this version does not know are left out."""
        return cls(**{key: value for key, value in raw.items() if key in cls._fields})


def status_json(replica: "Replica", waiting_for: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the status of a replica as it goes over the wire and to disk."""
    from composekit.supervise.spec import signal_number

    spec = replica.spec
    return {
        "name": spec.name,
        "group": spec.group,
        "index": spec.index,
        "phase": replica.phase.value,
        "health": replica.health.value,
        "exit_code": replica.exit_code,
        "pid": replica.pid,
        "restarts": replica.restarts,
        "created_at": replica.created_at,
        "started_at": replica.started_at,
        "finished_at": replica.finished_at,
        "next_start_at": replica.next_start_at,
        "reason": replica.reason,
        "waiting_for": list(waiting_for),
        "config_hash": spec.config_hash,
        "labels": spec.labels,
        "probes": [
            {"started_at": p.started_at, "ended_at": p.ended_at, "exit_code": p.exit_code, "output": p.output}
            for p in replica.probes
        ],
        "failing": replica.failing,
        "env_known": replica.env_known,
        "hook": replica.hook,
        "trouble": replica.trouble,
        "check": list(spec.probe.argv) if spec.probe is not None else [],
        "stop_signal": signal_number(spec.stop_signal),
    }


def live_shim(home: Home, name: str) -> tuple[dict[str, Any], process.Birth] | None:
    """Return what a replica's shim wrote about itself and who it is, if exactly that shim still runs."""
    record = read_json(home.replica(name, "live.json"))
    if record is None:
        return None
    try:
        known = process.Birth(int(record["shim"]), record["shim_started"], str(record["boot"]))
    except (KeyError, TypeError, ValueError):
        return None
    return (record, known) if process.is_alive(known) else None


def exit_record(home: Home, name: str, run: int) -> dict[str, Any] | None:
    """Return what the shim of run number `run` wrote when its process ended."""
    record = read_json(home.replica(name, "exit.json"))
    return record if record is not None and record.get("run") == run else None


def read_state(home: Home) -> list[ReplicaStatus]:
    """Return the statuses as the files tell them, with or without a supervisor; sorted by group and index.

    A process that ended after its supervisor did is shown as exited.
    """
    found = []
    for name in home.replica_names():
        raw = read_json(home.replica(name, "state.json"))
        if raw is None or "phase" not in raw:
            continue
        try:
            found.append(_as_of_now(home, ReplicaStatus.from_json(raw), int(raw.get("run", 0))))
        except (TypeError, ValueError):
            continue
    return sorted(found, key=lambda one: (one.group, one.index))


def _as_of_now(home: Home, status: ReplicaStatus, run: int) -> ReplicaStatus:
    live = live_shim(home, status.name)
    if live is not None and exit_record(home, status.name, int(live[0]["run"])) is None:
        pid = live[0].get("pid")
        if status.phase in ("running", "stopping"):
            return status._replace(pid=pid)
        return status._replace(phase="running", pid=pid, exit_code=None)
    if status.phase in AT_REST:
        return status
    if status.phase == "waiting":
        return status._replace(phase="created", waiting_for=[])
    record = exit_record(home, status.name, run) or {}
    return status._replace(
        phase="exited",
        pid=None,
        exit_code=record.get("code", status.exit_code),
        finished_at=record.get("finished_at", status.finished_at),
        reason=record.get("reason") or ("" if record else "it ended unobserved"),
        next_start_at=None,
    )


def _is_started(status: ReplicaStatus) -> bool:
    return status.phase in (*AT_REST, "backoff") or (status.phase == "running" and not status.hook)


def _is_healthy(status: ReplicaStatus) -> bool:
    return status.phase in AT_REST or (status.phase == "running" and status.health != "starting" and not status.hook)


def _is_exited(status: ReplicaStatus) -> bool:
    return status.phase in AT_REST


DECIDED = {"started": _is_started, "healthy": _is_healthy, "exited": _is_exited}
"""What replicas are waited to become: whether one has, or never will unless somebody asks."""
