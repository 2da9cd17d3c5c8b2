"""A deploy: carries changes out in the order of dependencies and follows the services until they run.

The clock and sleeping come from outside, and whoever watches is told by events, so the order of things can be tested
without an engine.
"""

import contextlib
import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from composekit.graph import startup_order
from composekit.swarm.audience import DONE, ERROR, WARNING, WORKING, Audience
from composekit.swarm.changes import CREATE, KEEP, ServiceChange, StackChanges
from composekit.swarm.dial import Unreachable
from composekit.swarm.engine import Engine, EngineError, quoted
from composekit.swarm.observed import find_ids, stack_filter, tasks_of
from composekit.swarm.releases import DEPLOYED, FAILED, INTERRUPTED, ROLLED_BACK, TIMED_OUT, UNWATCHED
from composekit.swarm.removal import remove_all
from composekit.swarm.standing import Standing, State, completed, error_of, is_broken, judge

Json = dict[str, Any]
Needs = Mapping[str, Mapping[str, str]]

_PAUSE = 0.25
_MONITOR = 5_000_000_000
_NOBODY = 5.0
"""Seconds after which a service for which no node is suitable is not waited for: it has no task to wait for."""
_LOST = 60.0
"""Seconds for which an engine that has gone away is asked again."""
_OUTCOMES = {State.FAILED: FAILED, State.ROLLED_BACK: ROLLED_BACK}


@dataclass(frozen=True, slots=True)
class Settings:
    """`timeout` in seconds, `None` for no end; `auth` gives the header with credentials for an image."""

    timeout: float | None = None
    detach: bool = False
    auth: Callable[[str], str] | None = None


@dataclass(slots=True)
class Outcome:
    """How a deploy ended, `state` in the words of `releases`; `reason` is for the user, one line for each mistake."""

    state: str = DEPLOYED
    reason: str = ""
    applied: list[str] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)
    reverted: list[str] = field(default_factory=list)
    standings: dict[str, Standing] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


class _Over(Exception):
    def __init__(self, state: str, reason: str) -> None:
        super().__init__(reason)
        self.state = state
        self.reason = reason


class Deploy:
    """One deploy of one stack."""

    def __init__(
        self,
        engine: Engine,
        changes: StackChanges,
        needs: Needs,
        *,
        settings: Settings,
        audience: Audience,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._engine = engine
        self._changes = changes
        self._needs = needs
        self._settings = settings
        self._audience = audience
        self._clock = clock
        self._sleep = sleep
        self._began = clock()
        self._since = ""
        self._updates_before = {
            one.name: (one.current or {}).get("UpdateStatus") for one in changes.services if one.current
        }
        self._changed: set[str] = set()
        self._converged_at: dict[str, float] = {}
        self.outcome = Outcome(pending=[one.name for one in changes.changing])

    def run(self) -> Outcome:
        """Carry out and wait; every end but `Unreachable` is an outcome."""
        try:
            self._since = str((self._engine.get("/info") or {}).get("SystemTime", ""))
            self._create_objects()
            self._apply_in_waves()
            if self._settings.detach:
                self.outcome.state = UNWATCHED
            else:
                self._wait([one.name for one in self._changes.services], stable=True)
            self._remove()
        except _Over as over:
            self.outcome.state, self.outcome.reason = over.state, over.reason
        except KeyboardInterrupt:
            self.outcome.state, self.outcome.reason = INTERRUPTED, "interrupted"
        except EngineError as error:
            self.outcome.state, self.outcome.reason = FAILED, str(error)
        return self.outcome

    # -- carrying out --------------------------------------------------------------------------------------------------

    def _create_objects(self) -> None:
        for one in self._changes.objects:
            title = f"{one.kind.capitalize()} {one.name}"
            self._audience.event(title, "Creating")
            try:
                self._engine.post(f"/{one.kind}s/create", one.body)
            except EngineError as error:
                self._audience.event(title, "Error", ERROR)
                raise _Over(FAILED, f"{one.kind} '{one.name}' was not created: {error}") from None
            self._audience.event(title, "Created", DONE)

    def _apply_in_waves(self) -> None:
        by_key = {one.key: one for one in self._changes.services}
        awaited = {name for key in by_key for name in self._needs.get(key, ())}
        for wave in startup_order({key: list(self._needs.get(key, ())) for key in by_key}):
            for key in wave:
                self._apply(by_key[key])
            gates = [by_key[key].name for key in wave if key in awaited]
            if gates and not self._settings.detach:
                self._wait(gates, stable=False)

    def _apply(self, change: ServiceChange) -> None:
        if change.action == KEEP:
            return
        title = f"Service {change.name}"
        creates = change.action == CREATE
        self._audience.event(title, "Creating" if creates else "Updating")
        body = self._with_ids(change.body)
        headers = {}
        if self._settings.auth is not None:
            headers["X-Registry-Auth"] = self._settings.auth(body["TaskTemplate"]["ContainerSpec"]["Image"])
        try:
            answer = self._send_again(change, body, headers)
        except EngineError as error:
            self._audience.event(title, "Error", ERROR)
            verb = "created" if creates else "updated"
            raise _Over(FAILED, f"service '{change.name}' was not {verb}: {_explained(error)}") from None
        self.outcome.warnings += (answer or {}).get("Warnings") or []
        self.outcome.pending.remove(change.name)
        self.outcome.applied.append(change.name)
        self._changed.add(change.name)
        self._audience.event(title, "Created" if creates else "Updated", DONE if self._settings.detach else WORKING)

    def _send_again(self, change: ServiceChange, body: Json, headers: Mapping[str, str]) -> Json:
        """Send a service's request, and again while a network of an earlier stack of this name is on its way out."""
        began = self._clock()
        while True:
            try:
                return self._send(change, body, headers)
            except EngineError as error:
                gone = [one for one in self._changes.networks if f"network {one['Name']} not found" in str(error)]
                if not gone or self._clock() - began > _LOST:
                    raise
            for network in gone:
                # While the old one is still there the name is taken.
                with contextlib.suppress(EngineError):
                    self._engine.post("/networks/create", network)
            self._sleep(_PAUSE)

    def _send(self, change: ServiceChange, body: Json, headers: Mapping[str, str]) -> Json:
        if change.current is None:
            created: Json = self._engine.post("/services/create", body, headers=headers)
            return created
        force = change.current["Spec"]["TaskTemplate"].get("ForceUpdate", 0)
        body = {**body, "TaskTemplate": {**body["TaskTemplate"], "ForceUpdate": force}}
        path = f"/services/{quoted(change.current['ID'])}/update"
        updated: Json = self._engine.post(path, body, headers=headers, version=change.current["Version"]["Index"])
        return updated

    def _with_ids(self, body: Json) -> Json:
        """Return a body with the ids of its secrets and configs, which only the manager knows."""
        container = dict(body["TaskTemplate"]["ContainerSpec"])
        for kind in ("Secret", "Config"):
            uses = container.get(f"{kind}s") or []
            if not uses:
                continue
            ids = find_ids(self._engine, f"{kind.lower()}s", [one[f"{kind}Name"] for one in uses])
            for name in (one[f"{kind}Name"] for one in uses):
                if name not in ids:
                    raise _Over(FAILED, f"{kind.lower()} '{name}' of service '{body['Name']}' is not in the swarm")
            container[f"{kind}s"] = [{**one, f"{kind}ID": ids[one[f"{kind}Name"]]} for one in uses]
            container = _with_credential_config(container, ids) if kind == "Config" else container
        return {**body, "TaskTemplate": {**body["TaskTemplate"], "ContainerSpec": container}}

    def _remove(self) -> None:
        told = remove_all(self._engine, self._changes.removed, self._audience, clock=self._clock, sleep=self._sleep)
        self.outcome.warnings += told

    # -- waiting -------------------------------------------------------------------------------------------------------

    def _wait(self, names: list[str], *, stable: bool) -> None:
        """Return when all of these services stand as asked for; raises `_Over` when that will not be."""
        if not names:
            return
        while True:
            standings, ended = self._look(names)
            self.outcome.standings.update(standings)
            for name, one in standings.items():
                if one.state in _OUTCOMES:
                    self._tell_failure(name, one)
            waiting = [name for name in names if not self._is_there(name, standings.get(name), ended, stable=stable)]
            if not waiting:
                return
            if self._is_late():
                reasons = "; ".join(f"'{name}' has {_words(standings.get(name))}" for name in waiting)
                raise _Over(TIMED_OUT, f"not converged within {self._settings.timeout:g} seconds: {reasons}")
            self._audience.tick()
            self._sleep(_PAUSE)

    def _is_late(self) -> bool:
        timeout = self._settings.timeout
        return timeout is not None and self._clock() - self._began >= timeout

    def _tell_failure(self, name: str, standing: Standing) -> None:
        """End the deploy for a service that failed; the tasks of a version that was rolled back are asked for here."""
        if not standing.failing:
            filters = {"service": [name]}
            tasks = [one for one in self._engine.get("/tasks", filters=filters) or [] if is_broken(one, self._since)]
            tasks.sort(key=lambda one: one.get("CreatedAt", ""), reverse=True)
            reason = " · ".join(part for part in (error_of(tasks[0]) if tasks else "", standing.reason) if part)
            standing = dataclasses.replace(standing, failing=tuple(tasks[:1]), reason=reason)
            self.outcome.standings[name] = standing
        if standing.state is State.ROLLED_BACK and name in self.outcome.applied:
            self.outcome.applied.remove(name)
            self.outcome.reverted.append(name)
        self._audience.event(f"Service {name}", standing.state.value.capitalize(), ERROR)
        raise _Over(_OUTCOMES[standing.state], f"service '{name}' {_verdict(standing)}")

    def _is_there(self, name: str, standing: Standing | None, ended: set[str], *, stable: bool) -> bool:
        if standing is None:
            return False
        nobody = standing.wanted == 0 and self._clock() - self._began > _NOBODY
        if standing.state is not State.CONVERGED and not nobody:
            # What somebody waits for to complete may be a service that swarm starts again and again.
            if not stable and name in ended and self._must_complete(name):
                return True
            self._converged_at.pop(name, None)
            self._audience.event(f"Service {name}", f"Waiting {standing.words}")
            return False
        if not stable and self._must_complete(name) and not (name in ended or standing.verified):
            self._audience.event(f"Service {name}", f"Running {standing.words}")
            return False
        since = self._converged_at.setdefault(name, self._clock())
        if stable and name in self._changed and not standing.verified and self._clock() - since < self._monitor(name):
            self._audience.event(f"Service {name}", f"Verifying {standing.words}")
            return False
        self._audience.event(f"Service {name}", f"Converged {standing.words}", DONE)
        return True

    def _must_complete(self, name: str) -> bool:
        key = next(one.key for one in self._changes.services if one.name == name)
        return any(needs.get(key) == "service_completed_successfully" for needs in self._needs.values())

    def _monitor(self, name: str) -> float:
        """Return for how many seconds a service must run before it counts, as the docker client has it."""
        body = next(one.body for one in self._changes.services if one.name == name)
        monitor: int = (body.get("UpdateConfig") or {}).get("Monitor") or _MONITOR
        return monitor / 1e9

    def _look(self, names: Iterable[str]) -> tuple[dict[str, Standing], set[str]]:
        """Return how services stand, and which of them have a task that ended with success."""
        stack = self._changes.stack
        services, tasks, nodes = self._ask_patiently(
            lambda: (
                self._engine.get("/services", filters=stack_filter(stack)) or [],
                tasks_of(self._engine, stack, current=True),
                self._engine.get("/nodes") or [],
            )
        )
        by_service: dict[str, list[Json]] = {}
        for task in tasks:
            by_service.setdefault(task["ServiceID"], []).append(task)
        by_id = {one["ID"]: one for one in nodes}
        wanted, standings, ended = set(names), {}, set()
        for service in services:
            name = service["Spec"]["Name"]
            own = by_service.get(service["ID"], [])
            if completed(own):
                ended.add(name)
            if name in wanted or name in self._changed:
                earlier = self._updates_before.get(name)
                standings[name] = judge(service, own, nodes=by_id, earlier=earlier, since=self._since)
                if self._audience.wants_tasks:
                    self._tell_tasks(name, own, by_id)
        return standings, ended

    def _tell_tasks(self, name: str, tasks: list[Json], nodes: Mapping[str, Json]) -> None:
        for task in tasks:
            # A job's task has no name before it has a node.
            if task["DesiredState"] not in ("shutdown", "remove") and (task.get("Slot") or task.get("NodeID")):
                node = nodes.get(task.get("NodeID", ""), {})
                place = (node.get("Description") or {}).get("Hostname", "")
                state = task["Status"]["State"]
                kind = DONE if state in ("running", "complete") else WORKING
                title = f"Task {name}.{task.get('Slot') or place}"
                self._audience.event(title, f"{state} on {place}" if place else state, kind)

    def _ask_patiently(self, ask: Callable[[], Any]) -> Any:
        """Ask, and ask again while the engine is away: it may be starting again."""
        lost_at: float | None = None
        while True:
            try:
                answer = ask()
            except Unreachable:
                lost_at = self._clock() if lost_at is None else lost_at
                if self._clock() - lost_at > _LOST or self._is_late():
                    raise
                self._audience.event("Engine", "Not reachable, trying again", WARNING)
                self._audience.tick()
                self._sleep(1.0)
            else:
                if lost_at is not None:
                    self._audience.event("Engine", "Reached again", DONE)
                return answer


def _with_credential_config(container: Json, ids: Mapping[str, str]) -> Json:
    """Return a container whose credential spec names its config by id."""
    privileges = container.get("Privileges") or {}
    spec = privileges.get("CredentialSpec") or {}
    name = str(spec.get("Config") or "").removeprefix("configs-")
    if name not in ids:
        return container
    return {**container, "Privileges": {**privileges, "CredentialSpec": {**spec, "Config": ids[name]}}}


def _explained(error: EngineError) -> str:
    text = str(error)
    if "out of sequence" in text:
        return "somebody else has changed it meanwhile"
    if "mode change is not allowed" in text:
        return "its mode cannot be changed: remove the service first (docker service rm)"
    return text


def _verdict(one: Standing) -> str:
    word = "was rolled back" if one.state is State.ROLLED_BACK else "failed"
    return f"{word}: {one.reason}" if one.reason else word


def _words(one: Standing | None) -> str:
    return one.words if one is not None else "not been seen"
