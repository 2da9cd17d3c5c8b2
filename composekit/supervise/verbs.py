"""What each request does. VERBS is the whole list; the server calls `verb(supervisor, request, done)`.

A verb answers by calling `done` once, now or when its job has ended, with the reply's facts or a `Refused`.
Names in requests are names of replicas or of groups; no names means all.
"""

import os
import time
from collections.abc import Callable, Collection
from typing import Any

from composekit.graph import Cycle
from composekit.supervise import needs
from composekit.supervise.events import KillRequested, StartRequested, StopRequested
from composekit.supervise.jobs import Refused, Steps
from composekit.supervise.reconcile import RECREATE, Plan, plan
from composekit.supervise.replica import ALIVE, AT_REST
from composekit.supervise.spec import BadSpec, ProcessSpec, signal_number
from composekit.supervise.supervisor import Supervisor

Done = Callable[["dict[str, Any] | Refused"], None]
Request = dict[str, Any]
Verb = Callable[[Supervisor, Request, Done], None]


def resolve(supervisor: Supervisor, names: Any) -> list[str]:
    """Return the replicas that `names` mean; raises `Refused` for a name that means none."""
    if names is None:
        return list(supervisor.replicas)
    if not isinstance(names, list):
        raise Refused("bad-request", "'names' is not a list")
    found: dict[str, None] = {}
    for name in names:
        members = [one.spec.name for one in supervisor.replicas.values() if name in (one.spec.name, one.spec.group)]
        if not members:
            raise Refused("unknown-name", f"no process named '{name}'")
        found.update(dict.fromkeys(members))
    return list(found)


def _grace(request: Request) -> float | None:
    grace = request.get("grace")
    if grace is not None and not isinstance(grace, int | float):
        raise Refused("bad-request", "'grace' is not a number of seconds")
    return grace


# -- at once -----------------------------------------------------------------------------------------------------------


def _ping(_supervisor: Supervisor, _request: Request, done: Done) -> None:
    done({"pid": os.getpid()})


def _status(supervisor: Supervisor, _request: Request, done: Done) -> None:
    done({"replicas": supervisor.statuses(), "notices": supervisor.notices, "pid": os.getpid()})


def _kill(supervisor: Supervisor, request: Request, done: Done) -> None:
    try:
        number = signal_number(request.get("signal", "SIGKILL"))
    except BadSpec as error:
        raise Refused("bad-signal", str(error)) from error
    names = [name for name in resolve(supervisor, request.get("names")) if supervisor.replicas[name].phase in ALIVE]
    for name in names:
        supervisor.feed(name, KillRequested(time.time(), number))
    done({"names": names})


def _resize(supervisor: Supervisor, request: Request, done: Done) -> None:
    rows, columns = request.get("rows"), request.get("columns")
    if not isinstance(rows, int) or not isinstance(columns, int):
        raise Refused("bad-request", "'rows' and 'columns' are not numbers")
    for name in resolve(supervisor, request.get("names")):
        supervisor.bodies[name].resize(rows, columns)
    done({})


def _shutdown(supervisor: Supervisor, _request: Request, done: Done) -> None:
    if supervisor.replicas or supervisor.jobs:
        left = ", ".join(f"'{name}'" for name in sorted(supervisor.replicas)) or "work in progress"
        raise Refused("not-empty", f"there is still something to supervise: {left}", hint="remove it first")
    supervisor.leaving = True
    done({})


# -- jobs --------------------------------------------------------------------------------------------------------------


def _start(supervisor: Supervisor, request: Request, done: Done) -> None:
    names = resolve(supervisor, request.get("names"))
    supervisor.run_job(names, _starting(supervisor, names), done)


def _stop(supervisor: Supervisor, request: Request, done: Done) -> None:
    names, grace = resolve(supervisor, request.get("names")), _grace(request)

    def steps() -> Steps:
        yield from _stopping(supervisor, names, grace)
        return {"names": names}

    supervisor.run_job(names, steps(), done)


def _restart(supervisor: Supervisor, request: Request, done: Done) -> None:
    names, grace = resolve(supervisor, request.get("names")), _grace(request)
    if request.get("dependents", True):
        affected = needs.restarted_with({supervisor.replicas[name].spec.group for name in names}, supervisor.specs())
        names += [
            one.spec.name
            for one in supervisor.replicas.values()
            if one.spec.group in affected and one.phase in ALIVE and one.spec.name not in names
        ]

    def steps() -> Steps:
        yield from _stopping(supervisor, names, grace)
        return (yield from _starting(supervisor, names))

    supervisor.run_job(names, steps(), done)


def _remove(supervisor: Supervisor, request: Request, done: Done) -> None:
    names, grace = resolve(supervisor, request.get("names")), _grace(request)
    if not request.get("stop"):
        busy = [name for name in names if not supervisor.is_at_rest(name)]
        if busy:
            listed = ", ".join(f"'{name}'" for name in busy)
            raise Refused("running", f"{listed} cannot be removed while running", hint="stop it first")

    def steps() -> Steps:
        yield from _stopping(supervisor, names, grace)
        _dropping(supervisor, names)
        return {"names": names}

    supervisor.run_job(names, steps(), done)


def _apply(supervisor: Supervisor, request: Request, done: Done) -> None:
    specs = _read_specs(supervisor, request)
    recreate = request.get("recreate", "changed")
    if recreate not in RECREATE:
        raise Refused("bad-request", f"'{recreate}' is no way to recreate", hint=f"one of {', '.join(RECREATE)}")
    remove = request.get("remove") or []
    removed = resolve(supervisor, remove) if remove else []
    names = {*(spec.name for spec in specs), *removed}
    supervisor.run_job(names, _applying(supervisor, specs, recreate, removed, request), done)


def _read_specs(supervisor: Supervisor, request: Request) -> list[ProcessSpec]:
    raw = request.get("specs")
    if not isinstance(raw, list):
        raise Refused("bad-request", "'specs' is not a list")
    try:
        specs = [ProcessSpec.from_json(one) for one in raw]
    except BadSpec as error:
        raise Refused("bad-spec", str(error)) from error
    if len({spec.name for spec in specs}) != len(specs):
        raise Refused("bad-spec", "two specifications have the same name")
    wanted = {spec.name for spec in specs}
    others = [spec for spec in supervisor.specs() if spec.name not in wanted]
    try:
        needs.waves([*specs, *others], ())
    except Cycle as cycle:
        raise Refused("cycle", f"these need each other: {cycle}") from cycle
    return specs


def _applying(
    supervisor: Supervisor, specs: list[ProcessSpec], recreate: str, remove: list[str], request: Request
) -> Steps:
    todo = plan(supervisor.replicas, specs, recreate=recreate, remove=remove)
    going = [*todo.recreate, *todo.remove]
    yield from _stopping(supervisor, [*going, *todo.restart], _grace(request))
    _dropping(supervisor, going)
    for spec in specs:
        if spec.name not in supervisor.replicas:
            _create(supervisor, spec)
        elif supervisor.replicas[spec.name].spec.config_hash == spec.config_hash:
            supervisor.respecify(spec)
    wanted = _wanted_up(specs, request.get("start", True))
    coming = [*(name for name in wanted if supervisor.replicas[name].phase in AT_REST)]
    _request_start(supervisor, [*coming, *(name for name in todo.restart if name not in coming)])
    return {"plan": _plan_json(todo), "started": coming}


def _create(supervisor: Supervisor, spec: ProcessSpec) -> None:
    try:
        supervisor.create(spec)
    except OSError as error:
        raise Refused("no-space", f"cannot keep the state of '{spec.name}': {error.strerror}") from error


def _wanted_up(specs: list[ProcessSpec], start: Any) -> list[str]:
    if isinstance(start, list):
        return [spec.name for spec in specs if spec.name in start or spec.group in start]
    return [spec.name for spec in specs] if start else []


def _plan_json(todo: Plan) -> dict[str, list[str]]:
    return {verb: list(names) for verb, names in todo._asdict().items()}


def _starting(supervisor: Supervisor, names: list[str]) -> Steps:
    yield ()  # its turn has come; nothing to wait for
    unknown = [name for name in names if name in supervisor.replicas and not supervisor.replicas[name].env_known]
    if unknown:
        raise Refused(
            "environment-unknown",
            f"'{unknown[0]}' cannot be started: its environment was lost with the supervisor",
            hint="run 'up' again",
        )
    _request_start(supervisor, names)
    return {"names": names}


def _request_start(supervisor: Supervisor, names: Collection[str]) -> None:
    # All wait before any is judged, so none takes a dependency of the same request for one that nobody starts.
    for name in names:
        supervisor.feed(name, StartRequested(time.time()))


def _stopping(supervisor: Supervisor, names: Collection[str], grace: float | None) -> Steps:
    """Stop, dependents before what they need."""
    for wave in reversed(needs.waves(supervisor.specs(), names)):
        for name in wave:
            supervisor.feed(name, StopRequested(time.time(), grace))
        yield wave
        kept = [supervisor.replicas[name].trouble for name in wave if supervisor.was_kept(name)]
        if kept:
            raise Refused("hook-failed", kept[0])
    return {}


def _dropping(supervisor: Supervisor, names: Collection[str]) -> None:
    for name in names:
        if name in supervisor.replicas:
            supervisor.drop(name)


VERBS: dict[str, Verb] = {
    "ping": _ping,
    "status": _status,
    "apply": _apply,
    "start": _start,
    "stop": _stop,
    "kill": _kill,
    "restart": _restart,
    "remove": _remove,
    "resize": _resize,
    "shutdown": _shutdown,
}
