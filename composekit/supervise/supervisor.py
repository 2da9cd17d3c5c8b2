"""The supervisor of one project: feeds events to the machines and carries their actions out.

Owns: the replicas' states and bodies, timers and probes, durable state, the log's numbering.
Requests come in through `verbs`, jobs go on in `jobs`; what changed is published to whoever watches.
"""

import os
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from composekit.supervise import needs, process
from composekit.supervise.beside import Beside
from composekit.supervise.body import Body
from composekit.supervise.events import (
    CancelHooks,
    CancelProbe,
    CancelTimer,
    Event,
    Exited,
    KillTree,
    NeedsFailed,
    NeedsMet,
    Respecified,
    RunHooks,
    RunProbe,
    SignalMain,
    Spawn,
    StartTimer,
    TimerFired,
)
from composekit.supervise.home import STATE_VERSION, Home, write_json
from composekit.supervise.hooks import Hooks
from composekit.supervise.jobs import Job, Jobs
from composekit.supervise.launch import NOT_LAUNCHED
from composekit.supervise.logfile import ERR, LARGEST_BLOCK, OUT, last_number
from composekit.supervise.loop import Loop
from composekit.supervise.nursery import Nursery
from composekit.supervise.replica import ALIVE, AT_REST, Phase, Replica
from composekit.supervise.spec import ProcessSpec
from composekit.supervise.state import step
from composekit.supervise.status import status_json
from composekit.supervise.wards import Wards

KEPT_NOTICES = 20


class Supervisor:
    """`publish(event)` is called for each event of the protocol, in order."""

    def __init__(
        self, home: Home, loop: Loop, hooks: Hooks, publish: Callable[[dict[str, Any]], None], nursery: Nursery
    ) -> None:
        self.home = home
        self.loop = loop
        self.hooks = hooks
        self.replicas: dict[str, Replica] = {}
        self.bodies: dict[str, Body] = {}
        self.jobs = Jobs(self.is_settled)
        self.notices: list[dict[str, Any]] = []
        self.seq = 0
        self.leaving = False
        self.beside = Beside(loop, hooks.enter, self.feed, self.notice, publish)
        self._publish = publish
        self._queue: deque[tuple[str, Event]] = deque()
        self._pumping = False
        self._dirty: set[str] = set()
        self._waiting: dict[str, tuple[str, ...]] = {}
        self._log_grew = False
        self._losing: set[str] = set()
        self.wards = Wards(self, nursery)

    # -- replicas ------------------------------------------------------------------------------------------------------

    def create(self, spec: ProcessSpec) -> None:
        """Make a new replica, at rest; raises `OSError` when its state cannot be kept."""
        self.install(Replica(spec, created_at=time.time()))
        try:
            write_json(self.home.replica(spec.name, "spec.json"), spec.to_disk())
        except OSError:
            self.drop(spec.name)
            raise
        self.changed(spec.name)

    def respecify(self, spec: ProcessSpec) -> None:
        """Take the spec of a replica again: its environment, and whatever else `config_hash` does not cover."""
        before = self.replicas[spec.name].spec
        if spec.to_disk() != before.to_disk():
            write_json(self.home.replica(spec.name, "spec.json"), spec.to_disk())
        self.feed(spec.name, Respecified(time.time(), spec))

    def install(self, replica: Replica) -> Body:
        """Know a replica, new or found on disk."""
        name = replica.spec.name
        body = Body(self.home, replica.spec, self.loop, self.output)
        body.log.open_last()  # repaired before its last number is read
        self.bodies[name] = body
        self.replicas[name] = replica
        self.seq = max(self.seq, last_number(self.home.replica(name, "logs")))
        self._dirty.add(name)
        return body

    def drop(self, name: str) -> None:
        """Forget a replica at rest and delete what is kept of it."""
        self.bodies.pop(name).remove()
        del self.replicas[name]
        self._dirty.discard(name)
        self._waiting.pop(name, None)
        self._losing.discard(name)
        self.publish({"event": "removed", "name": name})

    def is_at_rest(self, name: str) -> bool:
        """Tell whether nothing is going on with a replica; true for one that is gone."""
        replica = self.replicas.get(name)
        return replica is None or replica.phase in AT_REST

    def is_settled(self, name: str) -> bool:
        """Tell whether a stop has come to its end: the replica is at rest, or one of its hooks kept it."""
        return self.is_at_rest(name) or self.was_kept(name)

    def was_kept(self, name: str) -> bool:
        """Tell whether a replica goes on because one of its hooks failed."""
        replica = self.replicas.get(name)
        return replica is not None and replica.phase is Phase.RUNNING and bool(replica.trouble)

    def specs(self) -> list[ProcessSpec]:
        """Return the specs of all replicas."""
        return [replica.spec for replica in self.replicas.values()]

    def statuses(self) -> list[dict[str, Any]]:
        """Return the statuses of all replicas, sorted by group and index."""
        ordered = sorted(self.replicas.values(), key=lambda one: (one.spec.group, one.spec.index))
        return [self.status(replica.spec.name) for replica in ordered]

    def status(self, name: str) -> dict[str, Any]:
        """Return one replica's status."""
        return status_json(self.replicas[name], self._waiting.get(name, ()))

    # -- events and actions --------------------------------------------------------------------------------------------

    def feed(self, name: str, event: Event) -> None:
        """Step a replica's machine, and carry out what follows."""
        self._queue.append((name, event))
        if self._pumping:
            return
        self._pumping = True
        try:
            while self._queue:
                self._step(*self._queue.popleft())
        finally:
            self._pumping = False

    def _step(self, name: str, event: Event) -> None:
        before = self.replicas.get(name)
        if before is None:
            return
        after, actions = step(before, event)
        self.replicas[name] = after
        if after is not before:
            if after.phase is not Phase.WAITING:
                self._waiting.pop(name, None)
            self.changed(name)
        if before.phase in ALIVE and after.phase not in ALIVE:
            self.guard("network", self.hooks.network.stop, after.spec)
        for action in actions:
            self._carry_out(name, action)
        if after.phase is not before.phase or after.health is not before.health:
            self.guard("network", self.hooks.network.changed, after.spec, after.phase.value, after.health.value)

    def _carry_out(self, name: str, action: Any) -> None:
        match action:
            case Spawn():
                self._spawn(name)
            case SignalMain(number, seconds):
                self.bodies[name].signal(number, seconds)
            case KillTree():
                self.bodies[name].kill()
            case StartTimer(timer, seconds):
                self.loop.start_timer((name, timer), seconds, lambda: self.feed(name, TimerFired(time.time(), timer)))
            case CancelTimer(timer):
                self.loop.cancel_timer((name, timer))
            case RunProbe():
                self.beside.probe(self.replicas[name])
            case CancelProbe():
                self.beside.cancel_probe(name)
            case RunHooks(kind):
                self.beside.run_hooks(self.replicas[name], kind)
            case CancelHooks():
                self.beside.cancel_hooks(name)

    def _spawn(self, name: str) -> None:
        replica = self.replicas[name]
        try:
            self.hooks.network.start(replica.spec)
            self._persist(name)  # the run's number is on disk before the run can be
            self.wards.spawn(name)
        except Exception as error:  # noqa: BLE001 (whatever a hook raises is that replica's failure, not the daemon's)
            self.feed(name, Exited(time.time(), NOT_LAUNCHED, f"cannot start: {_words(error)}"))

    def guard(self, what: str, call: Callable[..., object], *facts: Any) -> None:
        """Call what must not end the daemon; a failure becomes a notice."""
        try:
            call(*facts)
        except Exception as error:  # noqa: BLE001 (a hook's failure is told, and nobody else's)
            self.notice(f"{what}: {_words(error)}")

    # -- output --------------------------------------------------------------------------------------------------------

    def output(self, name: str, stream: str, pipe: int) -> bool:
        """Stamp, number and store what a service's pipe holds; false when it is empty."""
        pieces = self.bodies[name].log.take(pipe, self.seq, time.time_ns(), stream)
        if pieces is None:
            return False
        self._stored(name, pieces)
        return True

    def saved_output(self, name: str, stream: str, data: bytes, at: float) -> None:
        """Store what a shim read while no daemon was there, stamped with the time of its end."""
        for start in range(0, len(data), LARGEST_BLOCK):
            chunk = data[start : start + LARGEST_BLOCK]
            self._stored(name, self.bodies[name].log.append(self.seq, int(at * 1e9), stream, chunk))

    def end_output(self, name: str) -> None:
        """Take the last output of a process that ended, so that the next one's begins a new line."""
        body = self.bodies[name]
        body.drain()
        for stream in (OUT, ERR):
            self.seq += body.log.end_line(self.seq, time.time_ns(), stream)

    def _stored(self, name: str, pieces: int) -> None:
        self.seq += pieces
        self._log_grew = True
        if pieces == 0 and name not in self._losing:
            self._losing.add(name)
            self.notice(f"output of '{name}' is being lost: its log cannot be written")

    # -- telling -------------------------------------------------------------------------------------------------------

    def publish(self, event: dict[str, Any]) -> None:
        """Tell watchers; what was written before is told first."""
        if self._log_grew:
            self._log_grew = False
            self._publish({"event": "log", "upto": self.seq})
        self._publish(event)

    def changed(self, name: str) -> None:
        """Record and publish a replica's state."""
        self._dirty.add(name)
        self.publish({"event": "replica", "replica": self.status(name)})

    def notice(self, text: str) -> None:
        """Keep a sentence for clients; the same one twice in a row counts once."""
        if self.notices and self.notices[-1]["text"] == text:
            return
        self.notices = [*self.notices, {"at": time.time(), "text": text}][-KEPT_NOTICES:]
        self.publish({"event": "notice", "text": text})
        self.write_project()

    def write_project(self) -> None:
        """Write down what is known of the project as a whole; a disk that refuses is told the daemon's log."""
        try:
            write_json(
                self.home.path("project.json"),
                {"v": STATE_VERSION, "project": self.home.project, "pid": os.getpid(), "notices": self.notices},
            )
        except OSError as error:
            process.complain(f"project.json: {error}")

    def _persist(self, name: str) -> None:
        replica = self.replicas[name]
        raw = {
            **self.status(name),
            "run": replica.run,
            "attempts": replica.attempts,
            "delay_seconds": replica.delay_seconds,
            "stopped_by_user": replica.stopped_by_user,
            "stop_grace_seconds": replica.stop_grace_seconds,
        }
        write_json(self.home.replica(name, "state.json"), raw)
        self._dirty.discard(name)

    # -- after each round ----------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Let jobs and waiting replicas go on as far as they can, then write down what changed."""
        while self.jobs.advance() or self._judge_waiting():
            pass
        for name in sorted(self._dirty):
            try:
                self._persist(name)
            except OSError as error:
                self.notice(f"the state cannot be written: {_words(error)}")
                self.loop.start_timer("persist", 1.0, lambda: None)  # tried again after that round
                break
        if self._log_grew:
            self._log_grew = False
            self._publish({"event": "log", "upto": self.seq})

    def _judge_waiting(self) -> bool:
        waiting = [one for one in self.replicas.values() if one.phase is Phase.WAITING]
        if not waiting:
            return False
        groups = needs.by_group(self.replicas.values())
        moved = False
        for replica in waiting:
            name = replica.spec.name
            verdict = needs.judge(replica.spec, groups)
            if verdict.failed:
                self.feed(name, NeedsFailed(time.time(), verdict.failed))
                moved = True
            elif not verdict.waiting:
                for text in verdict.skipped:
                    self.notice(f"{name}: {text}")
                self.feed(name, NeedsMet(time.time()))
                moved = True
            elif self._waiting.get(name) != verdict.waiting:
                self._waiting[name] = verdict.waiting
                self.changed(name)
        return moved

    def run_job(self, names: Iterable[str], steps: Any, done: Callable[[Any], None]) -> None:
        """Queue a job; see `jobs`."""
        self.jobs.add(Job(set(names), steps, done))

    def close(self) -> None:
        """Let go of descriptors; replicas stay as they are on disk."""
        for body in self.bodies.values():
            body.close()
        self.wards.close()


def _words(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower() + (f" '{error.filename}'" if error.filename else "")
    return str(error) or type(error).__name__
