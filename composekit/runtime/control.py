"""The client side of the commands: reaching the supervisor, asking, and watching what comes of it."""

import os
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TypeVar

from composekit.errors import SupervisorError
from composekit.supervise.client import Client, WatchEvent, ensure
from composekit.supervise.home import Home
from composekit.supervise.status import ReplicaStatus, read_state

ENTRY = "composekit.runtime.daemon"
_TICK_SECONDS = 0.1

Result = TypeVar("Result")


def reach(home: Home, environ: Mapping[str, str], *, start: bool = False) -> Client | None:
    """Connect to the project's supervisor.

    One that died is replaced where it left something to look after; otherwise none is started unless `start`.
    """
    client = Client.connect(home)
    if client is None and (start or home.replica_names()):
        client = ensure(home, ENTRY, {"PATH": environ.get("PATH", "")} if environ.get("PATH") else {})
    return client


def statuses_of(home: Home, client: Client | None) -> list[ReplicaStatus]:
    """Return what there is, from the supervisor or else from its files."""
    return client.status() if client is not None else read_state(home)


def act_and_watch(
    home: Home,
    act: Callable[[Client], Result],
    see: Callable[[WatchEvent], None],
    until: Callable[[], bool] = lambda: True,
) -> Result:
    """Ask something of the supervisor while `see` hears of everything that happens, ten times a second at least.

    Returns what `act` returned, once it has and `until` says that enough has been seen. What `act` raises is raised.
    """
    watcher, asker = _connect(home), _connect(home)
    outcome: list[Result] = []
    trouble: list[BaseException] = []

    def ask() -> None:
        try:
            outcome.append(act(asker))
        except BaseException as error:  # noqa: BLE001  # raised again in the caller's thread
            trouble.append(error)
        if trouble or until():
            _wake(watcher)

    thread: threading.Thread | None = None
    with watcher, asker:
        for event in watcher.watch(idle_seconds=_TICK_SECONDS):
            see(event)
            if thread is None:  # from the first snapshot on, nothing is missed
                thread = threading.Thread(target=ask, daemon=True)
                thread.start()
            if trouble or (outcome and until()):
                break
        if thread is not None:
            thread.join()
    if trouble:
        raise trouble[0]
    if not outcome:
        raise SupervisorError("the supervisor went away", code="vanished", hint="run the command again")
    return outcome[0]


def _wake(watcher: Client) -> None:
    """Let a watch end at once, from another thread."""
    with suppress(OSError), socket.socket(fileno=os.dup(watcher.fileno())) as same:
        same.shutdown(socket.SHUT_RD)


def _connect(home: Home) -> Client:
    client = Client.connect(home)
    if client is None:
        raise SupervisorError("the supervisor went away", code="vanished", hint="run the command again")
    return client
