"""What runs beside the replicas, in their views: health checks and lifecycle hooks, and who is told of their ends."""

import time
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Any

from composekit.supervise import process
from composekit.supervise.errand import Enter, Errand
from composekit.supervise.events import Event, HooksDone, ProbeDone, ProbeResult, Timer, TimerFired
from composekit.supervise.hooking import HookRun
from composekit.supervise.loop import Loop
from composekit.supervise.probe import ProbeRun
from composekit.supervise.replica import Replica


class Beside:
    """`feed(name, event)` gets what became of them, `publish` the lines that hooks write, `notice` what went wrong."""

    def __init__(
        self,
        loop: Loop,
        enter: Enter | None,
        feed: Callable[[str, Event], None],
        notice: Callable[[str], None],
        publish: Callable[[dict[str, Any]], None],
    ) -> None:
        self._loop = loop
        self._enter = enter
        self._feed = feed
        self._notice = notice
        self._publish = publish
        self._probes: dict[str, ProbeRun] = {}
        self._hooks: dict[str, HookRun] = {}
        self._errands: dict[int, Errand] = {}

    def probe(self, replica: Replica) -> None:
        """Check the health of a replica once; the answer is a ProbeDone."""
        name, run, spec = replica.spec.name, replica.run, replica.spec
        assert spec.probe is not None  # the machine asks for no other
        if replica.pid is not None and process.is_stopped(replica.pid):  # paused: there is nothing to be learnt
            self._probe_later(replica)
            return

        def done(result: ProbeResult) -> None:
            self._probes.pop(name, None)
            self._feed(name, ProbeDone(run, result))

        try:
            probe = ProbeRun(self._loop, spec, replica.pid or 0, self._enter, done)
        except OSError as error:
            self._notice(f"cannot check the health of '{name}': {(error.strerror or str(error)).lower()}")
            self._probe_later(replica)
            return
        self._probes[name] = probe
        self._started(probe.errand)

    def _probe_later(self, replica: Replica) -> None:
        name, probe = replica.spec.name, replica.spec.probe
        assert probe is not None
        self._loop.start_timer(
            (name, Timer.PROBE),
            probe.interval_seconds,
            lambda: self._feed(name, TimerFired(time.time(), Timer.PROBE)),
        )

    def cancel_probe(self, name: str) -> None:
        """Kill a health check that runs."""
        probe = self._probes.pop(name, None)
        if probe is not None:
            probe.cancel()

    def run_hooks(self, replica: Replica, kind: str) -> None:
        """Run a replica's hooks of one kind; the answer is a HooksDone."""
        name = replica.spec.name

        def done(result: HooksDone) -> None:
            self._hooks.pop(name, None)
            self._feed(name, result)

        self._hooks[name] = HookRun(
            self._loop, replica.spec, replica.pid or 0, replica.run, kind, enter=self._enter, started=self._started,
            line=lambda text: self._publish({"event": "hook", "name": name, "text": text}), done=done,
        )  # fmt: skip

    def cancel_hooks(self, name: str) -> None:
        """Kill a hook that runs, and those after it."""
        running = self._hooks.pop(name, None)
        if running is not None:
            running.cancel()

    def _started(self, errand: Errand) -> None:
        self._errands[errand.pid] = errand

    def pids(self) -> AbstractSet[int]:
        """Return the children that run."""
        return self._errands.keys()

    def reaped(self, pid: int, status: int) -> None:
        """Take the end of a child; others are orphans that a killed shim or an errand left to the daemon."""
        if pid in self._errands:
            self._errands.pop(pid).ended(status)
