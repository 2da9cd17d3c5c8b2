"""From what the supervisor tells to lines of progress: who is created, waits, starts, stops, is gone."""

import time
from collections.abc import Callable, Collection, Iterable

from composekit.cli.progress import DONE, ERROR, WORKING, Progress
from composekit.supervise.client import Changed, Removed, Snapshot, TimedOut, WatchEvent
from composekit.supervise.status import AT_REST, ReplicaStatus

_STEADY_SECONDS = 0.5
_PATIENCE, _AGAIN = 3.0, 30.0  # seconds after which a wait is worth a line, and another one


class Narrator:
    """Keeps the last known status of every replica, and tells the progress of those in `names` (`None`: all).

    `aim` is what replicas are brought to: started, restarted, healthy, stopped or removed. It decides the words.
    """

    def __init__(self, progress: Progress, aim: str, names: Collection[str] | None = None) -> None:
        self.current: dict[str, ReplicaStatus] = {}
        self._progress = progress
        self._aim = aim
        self._names = names

    def see(self, event: WatchEvent) -> None:
        match event:
            case Snapshot(replicas):
                self.current = {one.name: one for one in replicas}
            case Changed(replica):
                self.current[replica.name] = replica
                self._tell(replica)
            case Removed(name):
                self.current.pop(name, None)
                if self._is_mine(name) and self._aim == "removed":
                    self._progress.event(f"Container {name}", "Removed", DONE)
            case TimedOut():
                self._progress.tick()

    def is_settled(self, statuses: Collection[ReplicaStatus]) -> bool:
        """Tell whether every replica has got where it was to go, or never will."""
        mine = [one for one in statuses if self._is_mine(one.name)]
        now = time.time()
        return not mine if self._aim == "removed" else all(is_decided(one, self._aim, now) for one in mine)

    def _is_mine(self, name: str) -> bool:
        return self._names is None or name in self._names

    def _tell(self, replica: ReplicaStatus) -> None:
        if not self._is_mine(replica.name):
            return
        told = _WORDS[self._aim](replica)
        if told is not None:
            self._progress.event(f"Container {replica.name}", *told)


class Waits:
    """Says what replicas wait for that have waited for a while, and again from time to time."""

    def __init__(self, say: Callable[[str], object], clock: Callable[[], float] = time.monotonic) -> None:
        self._say = say
        self._clock = clock
        self._since: dict[str, tuple[float, float]] = {}  # by name: when it began to wait, when it is to be said

    def see(self, statuses: Iterable[ReplicaStatus]) -> None:
        """Look at all replicas that matter; to be called again and again."""
        now = self._clock()
        waiting = {one.name: one.waiting_for for one in statuses if one.phase == "waiting" and one.waiting_for}
        self._since = {name: self._since.get(name, (now, now + _PATIENCE)) for name in waiting}
        for name, needs in waiting.items():
            began, due = self._since[name]
            if now >= due:
                self._since[name] = (began, now + _AGAIN)
                self._say(f" Container {name}  Waiting for {', '.join(needs)} ({now - began:.0f}s)")


def is_decided(replica: ReplicaStatus, aim: str, now: float) -> bool:
    """Tell whether a replica has got where it was to go, or never will, at this time (seconds since the epoch).

    Without a health check, a replica is well that has run for half a second: Docker Compose looks no earlier.
    """
    if replica.phase in AT_REST:
        return True
    if replica.hook:
        return False
    if aim in ("started", "restarted"):
        return replica.phase in ("running", "backoff")
    if aim != "healthy" or replica.phase != "running":
        return False
    well = _is_steady(replica, now) if replica.health == "none" else replica.health != "starting"
    return well or bool(replica.trouble)


def _is_steady(replica: ReplicaStatus, now: float) -> bool:
    return bool(replica.restarts) or now - (replica.started_at or 0) >= _STEADY_SECONDS


def _coming_up(replica: ReplicaStatus) -> tuple[str, str] | None:
    match replica.phase:
        case "waiting" if replica.waiting_for:
            return f"Waiting for {', '.join(replica.waiting_for)}", WORKING
        case "starting":
            return "Starting", WORKING
        case "running" if replica.trouble:
            return f"Error: {replica.trouble}", ERROR
        case "running" if replica.hook:
            return "Starting", WORKING
        case "running":
            return "Started", DONE
        case "backoff":
            return f"Restarting ({replica.exit_code})", WORKING
        case "failed":
            return f"Error: {replica.reason}", ERROR
        case "exited":
            return _ended(replica)
    return None


def _ended(replica: ReplicaStatus) -> tuple[str, str]:
    if replica.reason:
        return f"Error: {replica.reason}", ERROR
    return (f"Exited ({replica.exit_code})", ERROR) if replica.exit_code else ("Exited", DONE)


def _getting_healthy(replica: ReplicaStatus) -> tuple[str, str] | None:
    told = replica.phase == "running" and not replica.hook and not replica.trouble
    if told and not is_decided(replica, "healthy", time.time()):
        return "Waiting", WORKING
    if told:
        return ("Error: unhealthy", ERROR) if replica.health == "unhealthy" else ("Healthy", DONE)
    return _coming_up(replica)


def _going_down(replica: ReplicaStatus) -> tuple[str, str] | None:
    if replica.phase == "stopping":
        return "Stopping", WORKING
    if replica.phase == "running" and replica.trouble:
        return f"Error: {replica.trouble}", ERROR
    return ("Stopped", DONE) if replica.phase in AT_REST else None


def _coming_back(replica: ReplicaStatus) -> tuple[str, str] | None:
    if replica.phase == "stopping":
        return "Restarting", WORKING
    return None if replica.phase == "exited" and not replica.reason else _coming_up(replica)


_WORDS = {
    "started": _coming_up,
    "restarted": _coming_back,
    "healthy": _getting_healthy,
    "stopped": _going_down,
    "removed": _going_down,
}
