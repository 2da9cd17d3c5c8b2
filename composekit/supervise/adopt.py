"""A new daemon finds what an earlier one left: live shims are adopted, the others' ends are read from their records.

A replica is never taken for alive by its pid alone, and nothing that runs is ever forgotten: even when the state is
unreadable, a live shim is adopted under a spec that can be stopped and removed.
"""

import json
import time
from dataclasses import replace
from typing import Any

from composekit.errors import SupervisorError
from composekit.supervise import process
from composekit.supervise.body import kill_orphans
from composekit.supervise.events import Adopted, Exited, ProbeResult
from composekit.supervise.home import read_json
from composekit.supervise.replica import ALIVE, AT_REST, Health, Phase, Replica
from composekit.supervise.spec import BadSpec, ProcessSpec
from composekit.supervise.state import NO_ENVIRONMENT
from composekit.supervise.status import exit_record, live_shim
from composekit.supervise.supervisor import Supervisor

_LOST_CODE = 255  # what Docker shows for a container whose end nobody saw


def adopt_all(supervisor: Supervisor) -> None:
    """Take over every replica of the project's state directory."""
    previous = read_json(supervisor.home.path("project.json")) or {}
    supervisor.notices = [*previous.get("notices", []), *supervisor.notices]
    adopted = ended = 0
    for name in supervisor.home.replica_names():
        try:
            was_up, is_up = _adopt(supervisor, name)
        except (OSError, ValueError, KeyError, TypeError, SupervisorError) as error:
            process.complain_of_error()
            supervisor.notice(f"'{name}' cannot be taken over: {error}")
            continue
        adopted += is_up
        ended += was_up and not is_up
    if adopted or ended:
        supervisor.notice(
            f"the supervisor was killed; {adopted} {_plural(adopted)} adopted, {ended} had ended meanwhile"
        )


def _plural(count: int) -> str:
    return "process" if count == 1 else "processes"


def _adopt(supervisor: Supervisor, name: str) -> tuple[bool, bool]:
    """Return whether it was up when the daemon died, and whether it is now."""
    home = supervisor.home
    raw = read_json(home.replica(name, "state.json")) or {}
    live = live_shim(home, name)
    spec, whole = _find_spec(supervisor, name, live[0] if live else None)
    replica = restore(spec, raw, env_known=whole)
    if live is not None:
        record, shim = live
        replica = replace(replica, run=int(record["run"]))
        if replica.phase is Phase.FAILED:
            replica = replace(replica, phase=Phase.STARTING)
        supervisor.install(replica)
        supervisor.guard(f"the network of '{name}' cannot be taken over", supervisor.hooks.network.start, spec)
        supervisor.wards.adopt(name, shim.pid, known=replica.phase is Phase.RUNNING)
        supervisor.feed(name, Adopted(time.time(), record.get("pid")))
        return True, True
    was_up = replica.phase not in AT_REST
    _take_end(supervisor, name, replica)
    return was_up, False


def _take_end(supervisor: Supervisor, name: str, replica: Replica) -> None:
    home = supervisor.home
    record = read_json(home.replica(name, "live.json")) or {}
    run = max(replica.run, int(record.get("run") or 0))
    if run > replica.run:  # started just before the daemon died
        replica = replace(replica, run=run, phase=Phase.RUNNING, started_at=replica.started_at or time.time())
    end = exit_record(home, name, run)
    if replica.phase is Phase.BACKOFF:
        replica = replace(replica, phase=Phase.EXITED, reason=NO_ENVIRONMENT, next_start_at=None)
    elif replica.phase is Phase.WAITING:
        phase = Phase.CREATED if replica.exit_code is None else Phase.EXITED
        replica = replace(replica, phase=phase, reason="the supervisor was killed before it could start")
    body = supervisor.install(replica)
    at = float((end or {}).get("finished_at") or time.time())
    body.take_saved(lambda name, stream, data: supervisor.saved_output(name, stream, data, at))
    if replica.phase not in ALIVE:
        return
    supervisor.end_output(body.name)
    if end is not None and isinstance(end.get("code"), int):
        supervisor.feed(name, Exited(at, end["code"], end.get("reason") or ""))
        return
    pid = record.get("pid") if record.get("run") == run else None
    if pid and kill_orphans(int(pid), record.get("pid_started"), str(record.get("boot"))):
        reason = "the process that watched it was killed"
    elif record.get("boot") not in (None, process.boot_id()):
        reason = "the machine was restarted"
    else:
        reason = "its end was not seen"
    supervisor.feed(name, Exited(at, _LOST_CODE, reason))


def _find_spec(supervisor: Supervisor, name: str, live: dict[str, Any] | None) -> tuple[ProcessSpec, bool]:
    """Return the spec and whether it is whole: from the live shim's memory, else from disk without environment."""
    if live is not None and isinstance(live.get("spec_fd"), int):
        try:
            with open(f"/proc/{live['shim']}/fd/{live['spec_fd']}", "rb") as file:
                return ProcessSpec.from_json(json.load(file)), True
        except (OSError, ValueError):
            pass
    raw = read_json(supervisor.home.replica(name, "spec.json"))
    try:
        return ProcessSpec.from_json(raw), False
    except BadSpec:
        supervisor.notice(f"the state of '{name}' cannot be read; it can be stopped and removed")
        return ProcessSpec(name, group=name, index=1, argv=("unknown",)), False


def restore(spec: ProcessSpec, raw: dict[str, Any], *, env_known: bool) -> Replica:
    """Return the replica that `state.json` tells of; whatever is missing there is as new."""
    try:
        return Replica(
            spec,
            phase=Phase(raw["phase"]),
            health=Health(raw["health"]),
            pid=raw.get("pid"),
            exit_code=raw["exit_code"],
            reason=raw["reason"],
            run=raw["run"],
            restarts=raw["restarts"],
            attempts=raw["attempts"],
            delay_seconds=raw["delay_seconds"],
            failing=raw["failing"],
            stopped_by_user=raw["stopped_by_user"],
            env_known=env_known,
            created_at=raw["created_at"],
            started_at=raw["started_at"],
            finished_at=raw["finished_at"],
            next_start_at=raw["next_start_at"],
            probes=tuple(ProbeResult(**result) for result in raw["probes"]),
            hook=raw.get("hook", ""),
            trouble=raw.get("trouble", ""),
            stop_grace_seconds=raw.get("stop_grace_seconds"),
        )
    except (KeyError, TypeError, ValueError):
        return Replica(spec, env_known=env_known, created_at=time.time())
