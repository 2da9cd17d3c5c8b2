"""The client side of the commands: reaching the supervisor, asking, and watching what comes of it."""

import os
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Generic, TypeVar

from composekit.errors import SupervisorError
from composekit.runtime.places import ENTRY
from composekit.supervise.client import Changed, Client, Removed, Snapshot, WatchEvent
from composekit.supervise.home import Home
from composekit.supervise.starting import Spare
from composekit.supervise.status import ReplicaStatus, read_state

if TYPE_CHECKING:
    import threading

_TICK_SECONDS = 0.1

Result = TypeVar("Result")


def own_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a supervisor itself, which finds programs with it."""
    return {"PATH": environ.get("PATH", "")} if environ.get("PATH") else {}


def reach(home: Home, environ: Mapping[str, str], *, start: bool = False, spare: Spare | None = None) -> Client | None:
    """Connect to the project's supervisor.

    One that died is replaced where it left something to look after; otherwise none is started unless `start`.
    """
    client = Client.connect(home)
    if client is None and (start or home.replica_names()):
        from composekit.supervise.ensure import ensure  # most commands find one

        client = ensure(home, ENTRY, own_environ(environ), spare)
    return client


def statuses_of(home: Home, client: Client | None) -> list[ReplicaStatus]:
    """Return what there is, from the supervisor or else from its files."""
    return client.status() if client is not None else read_state(home)


Settled = Callable[[Collection[ReplicaStatus]], bool]


def act_and_watch(
    home: Home,
    act: Callable[[Client], Result],
    see: Callable[[WatchEvent], None],
    settled: Settled = lambda _statuses: True,
) -> Result:
    """Ask something of the supervisor while `see` hears of everything that happens, ten times a second at least.

    Returns what `act` returned, once it has and the statuses are `settled`. What `act` raises is raised. News may lag
    behind the answer to `act`, so what they add up to is confirmed by asking before it counts.
    """
    watcher = _Watcher(see)
    with _connect(home) as news, _connect(home) as asker:
        asking = _Asking(act, asker, settled, news)
        for event in news.watch(idle_seconds=_TICK_SECONDS):
            watcher.take(event)
            asking.begin()  # from the first snapshot on, nothing is missed
            if asking.is_over() or (asking.has_answer() and settled(watcher.current.values()) and asking.confirm()):
                break
        return asking.end(watcher)


class _Watcher:
    """Adds news up to the statuses they mean."""

    def __init__(self, see: Callable[[WatchEvent], None]) -> None:
        self.current: dict[str, ReplicaStatus] = {}
        self._see = see

    def take(self, event: WatchEvent) -> None:
        match event:
            case Snapshot(replicas):
                self.current = {one.name: one for one in replicas}
            case Changed(replica):
                self.current[replica.name] = replica
            case Removed(name):
                self.current.pop(name, None)
        self._see(event)


class _Asking(Generic[Result]):
    """One request on a thread of its own, and whether what it was to bring about has come about."""

    def __init__(self, act: Callable[[Client], Result], asker: Client, settled: Settled, news: Client) -> None:
        self._act = act
        self._asker = asker
        self._settled = settled
        self._news = news
        self._thread: threading.Thread | None = None
        self._answers: list[Result] = []
        self._trouble: BaseException | None = None
        self._final: list[ReplicaStatus] | None = None

    def begin(self) -> None:
        if self._thread is None:
            import threading

            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()

    def _run(self) -> None:
        try:
            self._answers.append(self._act(self._asker))
            self.confirm()
        except BaseException as error:  # noqa: BLE001  # raised again in the caller's thread
            self._trouble = error
        if self.is_over():
            _wake(self._news)

    def has_answer(self) -> bool:
        """Tell whether the request has been answered and its thread is done with the connection."""
        return bool(self._answers) and self._thread is not None and not self._thread.is_alive()

    def confirm(self) -> bool:
        """Ask for the statuses, and keep them if they are settled."""
        found = self._asker.status()
        if self._settled(found):
            self._final = found
        return self._final is not None

    def is_over(self) -> bool:
        return self._trouble is not None or self._final is not None

    def end(self, watcher: _Watcher) -> Result:
        """Return the answer, after telling the news that had not arrived; raises what went wrong."""
        if self._thread is not None:
            self._thread.join()
        if self._trouble is not None:
            raise self._trouble
        if not self._answers:
            raise SupervisorError("the supervisor went away", code="vanished", hint="run the command again")
        final = {one.name: one for one in self._final or ()}
        for name in [name for name in watcher.current if name not in final]:
            watcher.take(Removed(name))
        for one in final.values():
            watcher.take(Changed(one))
        return self._answers[0]


def _wake(news: Client) -> None:
    """Let a watch end at once, from another thread; what has arrived is still heard."""
    import socket

    with suppress(OSError), socket.socket(fileno=os.dup(news.fileno())) as same:
        same.shutdown(socket.SHUT_RD)


def _connect(home: Home) -> Client:
    client = Client.connect(home)
    if client is None:
        raise SupervisorError("the supervisor went away", code="vanished", hint="run the command again")
    return client
