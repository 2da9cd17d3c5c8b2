"""The blocking client of a project's supervisor: what every command uses. Light: no dataclasses, no subprocess.

    client = ensure(home)                      start one if none is alive (see `ensure`)
    client = Client.connect(home)              None if none is alive
    with client: client.apply(specs); client.wait(["web"], until="healthy", timeout_seconds=60)

A request that the supervisor refuses, and a supervisor that vanishes, raise `SupervisorError` with a `code`.
"""

import contextlib
import os
import select
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from composekit.errors import SupervisorError
from composekit.supervise import protocol
from composekit.supervise.home import Home
from composekit.supervise.light import AF_UNIX, SOCK_STREAM, socket
from composekit.supervise.status import DECIDED, ReplicaStatus

if TYPE_CHECKING:
    from composekit.supervise.spec import ProcessSpec

_LEAVING_SECONDS = 10.0  # how long a supervisor that has let go of everything may take to be gone


class Snapshot(NamedTuple):
    """All there is now. First of every watch, and again if this reader was too slow for the events in between."""

    replicas: list[ReplicaStatus]
    notices: list[dict[str, Any]]
    upto: int


class Changed(NamedTuple):
    """A replica's status changed; a start is always told before its end."""

    replica: ReplicaStatus


class Removed(NamedTuple):
    """A replica is gone, and its log with it."""

    name: str


class LogGrew(NamedTuple):
    """All output numbered below `upto` is on disk."""

    upto: int


class HookWrote(NamedTuple):
    """A lifecycle hook of a replica wrote a line."""

    name: str
    text: str


class Notice(NamedTuple):
    """A sentence for the user."""

    text: str


class TimedOut(NamedTuple):
    """Nothing happened for as long as the watcher wanted to wait."""


WatchEvent = Snapshot | Changed | Removed | LogGrew | HookWrote | Notice | TimedOut


class Client:
    """One connection. Not for several threads."""

    def __init__(self, home: Home, connection: socket) -> None:
        self.home = home
        self._socket = connection
        self._incoming = protocol.LineBuffer()
        self._lines: list[bytes] = []
        self._next_id = 0
        self._on_event: Callable[[WatchEvent], None] | None = None
        self.renew: Callable[[], Client] | None = None
        """How to get another connection, to another supervisor if need be; `None`: not at all."""

    @classmethod
    def connect(cls, home: Home) -> "Client | None":
        """Connect to the project's supervisor; `None` if none is alive."""
        connection = socket(AF_UNIX, SOCK_STREAM)
        try:
            connection.connect(home.socket_path)
        except (FileNotFoundError, ConnectionRefusedError):
            connection.close()
            return None
        except OSError as error:
            connection.close()
            raise SupervisorError(
                f"cannot reach the supervisor at '{home.socket_path}': {error.strerror}", code="unreachable"
            ) from error
        return cls(home, connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up; what was asked for goes on."""
        self._socket.close()

    def fileno(self) -> int:
        """Return the connection's descriptor, to wait for it together with others."""
        return self._socket.fileno()

    # -- requests ------------------------------------------------------------------------------------------------------

    def request(self, do: str, **facts: Any) -> dict[str, Any]:
        """Ask, and wait for the reply's facts; raises `SupervisorError`."""
        self._next_id += 1
        request_id = self._next_id
        message = {"id": request_id, "do": do, **{key: value for key, value in facts.items() if value is not None}}
        with contextlib.suppress(OSError):  # it may have said why before it hung up
            self._socket.sendall(protocol.encode(message))
        while True:
            reply = self._receive()
            if "event" not in reply:
                break
            event = _event(reply)
            if event is not None and self._on_event is not None:
                self._on_event(event)
        if reply.get("ok"):
            return reply
        error = SupervisorError(
            str(reply.get("message", "the supervisor refused")),
            code=str(reply.get("code", "failed")),
            hint=reply.get("hint"),
        )
        if error.code == "hook-failed":  # the supervisor is well: it is the user's command that failed
            error.exit_code = 1
        raise error

    def _receive(self) -> dict[str, Any]:
        while not self._lines:
            try:
                chunk = self._socket.recv(1 << 18)
            except ConnectionError:
                chunk = b""
            if not chunk:
                raise _vanished()
            self._lines = self._incoming.feed(chunk)
        try:
            return protocol.decode(self._lines.pop(0))
        except protocol.BadMessage as error:
            raise SupervisorError(str(error), code=error.code, hint=error.hint) from error

    def is_served(self) -> bool:
        """Tell whether the supervisor takes requests; one that was just leaving hangs up."""
        try:
            self.request("ping")
        except SupervisorError as error:
            self.close()
            if error.code != "vanished":
                raise
            return False
        return True

    def status(self) -> list[ReplicaStatus]:
        """Return all replicas, sorted by group and index."""
        return self.overview()[0]

    def notices(self) -> list[dict[str, Any]]:
        """Return what the supervisor has to say, oldest first: objects with `at` (seconds) and `text`."""
        return self.overview()[1]

    def overview(self) -> tuple[list[ReplicaStatus], list[dict[str, Any]]]:
        """Return `status` and `notices` with one request."""
        reply = self.request("status")
        return [ReplicaStatus.from_json(raw) for raw in reply["replicas"]], list(reply["notices"])

    def apply(
        self,
        specs: "Iterable[ProcessSpec]",
        *,
        start: "bool | Collection[str]" = True,
        recreate: str = "changed",
        remove: Collection[str] = (),
        grace_seconds: float | None = None,
    ) -> dict[str, list[str]]:
        """Make it so: new specs are created, those with another `config_hash` stopped and made anew, equal ones kept.

        `recreate` is "changed", "always" or "never"; `start` may name the replicas or groups to start. Replicas that
        are not in `specs` stay, unless `remove` names them. Returns when all stops are done and all starts asked for:
        names by what was done (keep, create, recreate, restart, remove). Wait with `wait`.
        """
        facts = {
            "specs": [spec.to_json() for spec in specs],
            "start": start if isinstance(start, bool) else list(start),
            "recreate": recreate,
            "remove": list(remove),
            "grace": grace_seconds,
        }
        try:
            return dict(self.request("apply", **facts)["plan"])
        except SupervisorError as error:
            if error.code != "vanished" or self.renew is None or recreate == "always":
                raise
        # Another client's `down` ended the supervisor under us, or it was killed. Asking twice is asking once.
        self._take_over(self.renew())
        return dict(self.request("apply", **facts)["plan"])

    def _take_over(self, other: "Client") -> None:
        watching = self._on_event
        self.close()
        self.__dict__.update(vars(other))
        if watching is not None:
            self.subscribe(watching)

    def start(self, names: Collection[str] | None = None) -> list[str]:
        """Start replicas (names of replicas or groups; `None`: all) as soon as what they need is there."""
        return list(self.request("start", names=_listed(names))["names"])

    def stop(self, names: Collection[str] | None = None, *, grace_seconds: float | None = None) -> list[str]:
        """Stop in order, dependents first, and return once nothing of them is left running."""
        return list(self.request("stop", names=_listed(names), grace=grace_seconds)["names"])

    def kill(self, names: Collection[str] | None = None, *, signal: str | int = "SIGKILL") -> list[str]:
        """Signal at once, past anything under way; return the replicas that were signalled."""
        return list(self.request("kill", names=_listed(names), signal=signal)["names"])

    def resize(self, names: Collection[str], rows: int, columns: int) -> None:
        """Set the size of the terminals of services that have one."""
        self.request("resize", names=_listed(names), rows=rows, columns=columns)

    def restart(
        self, names: Collection[str] | None = None, *, grace_seconds: float | None = None, dependents: bool = True
    ) -> list[str]:
        """Stop and start again; with `dependents`, also those running that want to be restarted with them."""
        return list(self.request("restart", names=_listed(names), grace=grace_seconds, dependents=dependents)["names"])

    def remove(
        self, names: Collection[str] | None = None, *, stop: bool = False, grace_seconds: float | None = None
    ) -> list[str]:
        """Forget replicas and delete their logs; with `stop`, those that run are stopped first, otherwise refused."""
        return list(self.request("remove", names=_listed(names), stop=stop, grace=grace_seconds)["names"])

    def shutdown(self) -> None:
        """End the supervisor, which must have nothing left, and wait until socket, state and process are gone."""
        from composekit.supervise.process import open_pidfd

        end = open_pidfd(self.request("ping")["pid"])
        try:
            self.request("shutdown")
            self._hear_the_end()
            if end is not None:
                select.select([end], [], [], _LEAVING_SECONDS)
        finally:
            if end is not None:
                os.close(end)
        self.close()

    def _hear_the_end(self) -> None:
        try:
            while True:
                self._receive()
        except SupervisorError as error:
            if error.code != "vanished":
                raise

    # -- watching ------------------------------------------------------------------------------------------------------

    def subscribe(self, on_event: "Callable[[WatchEvent], None]", *, logs: bool = False) -> None:
        """Have `on_event` called with a Snapshot now, and with what happens while later requests wait for replies.

        For showing progress during `stop` or `apply` on this connection.
        """
        self._on_event = on_event
        on_event(_snapshot(self.request("watch", logs=logs)))

    def watch(self, *, logs: bool = False, idle_seconds: float | None = None) -> "Iterator[WatchEvent]":
        """Yield a Snapshot and then what happens, until the supervisor ends.

        Uses this connection up: make other requests on another. With `logs`, LogGrew tells of output. TimedOut comes
        whenever nothing happened for `idle_seconds`.
        """
        yield _snapshot(self.request("watch", logs=logs))
        while (event := self._next_event(idle_seconds)) is not None:
            yield event

    def _next_event(self, seconds: float | None) -> "WatchEvent | None":
        """Return the next event, TimedOut after that long, or `None` when the supervisor has ended."""
        while True:
            idle = not self._lines and seconds is not None
            if idle and not select.select([self._socket], [], [], max(0.0, seconds or 0.0))[0]:
                return TimedOut()
            try:
                event = _event(self._receive())
            except SupervisorError as error:
                if error.code == "vanished":
                    return None
                raise
            if event is not None:
                return event

    def wait(
        self,
        names: Collection[str] | None = None,
        *,
        until: str,
        timeout_seconds: float | None = None,
        on_event: "Callable[[WatchEvent], None] | None" = None,
    ) -> list[ReplicaStatus]:
        """Wait until each named replica (or member of a named group) is decided, and return their statuses.

        `until` is "started" (its program runs), "healthy" (runs, and its health check passes if it has one) or
        "exited". A replica that failed or ended is decided too, so look at the result. Removed ones are left out.
        `on_event` gets everything that happens meanwhile, a Snapshot first. Raises `SupervisorError` with code
        "timeout", or "vanished" when the supervisor ends.
        """
        deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        current: dict[str, ReplicaStatus] = {}
        decided = DECIDED[until]
        watcher = Client.connect(self.home)
        if watcher is None:
            raise _vanished()
        with watcher:
            event: WatchEvent | None = _snapshot(watcher.request("watch"))
            while event is not None:
                if on_event is not None and not isinstance(event, TimedOut):
                    on_event(event)
                _note(current, event)
                wanted = [one for one in current.values() if names is None or one.name in names or one.group in names]
                late = [one.name for one in wanted if not decided(one)]
                if not late:
                    return sorted(wanted, key=lambda one: (one.group, one.index))
                if isinstance(event, TimedOut):
                    listed = ", ".join(f"'{name}'" for name in sorted(late))
                    raise SupervisorError(f"{listed} did not become {until} in time", code="timeout")
                event = watcher._next_event(None if deadline is None else deadline - time.monotonic())  # noqa: SLF001 (another of the same class)
        raise _vanished()


def _vanished() -> SupervisorError:
    return SupervisorError(
        "the supervisor went away", code="vanished", hint="its processes are kept; run the command again"
    )


def _listed(names: Collection[str] | None) -> list[str] | None:
    return None if names is None else list(names)


def _snapshot(raw: dict[str, Any]) -> Snapshot:
    replicas = [ReplicaStatus.from_json(one) for one in raw["replicas"]]
    return Snapshot(replicas, list(raw["notices"]), int(raw["upto"]))


def _event(message: dict[str, Any]) -> WatchEvent | None:
    """Return the event of a message; `None` for one of a kind that a newer supervisor knows."""
    match message.get("event"):
        case "replica":
            return Changed(ReplicaStatus.from_json(message["replica"]))
        case "removed":
            return Removed(message["name"])
        case "log":
            return LogGrew(message["upto"])
        case "hook":
            return HookWrote(message["name"], message["text"])
        case "notice":
            return Notice(message["text"])
        case "snapshot":
            return _snapshot(message)
        case _:
            return None


def _note(current: dict[str, ReplicaStatus], event: WatchEvent) -> None:
    match event:
        case Snapshot(replicas):
            current.clear()
            current.update((one.name, one) for one in replicas)
        case Changed(replica):
            current[replica.name] = replica
        case Removed(name):
            current.pop(name, None)
