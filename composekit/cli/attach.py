"""`up` in the foreground: starts what is to be started, shows what it writes, and ends with it.

The first Ctrl-C (or SIGTERM) stops everything in order, the second one kills.
"""

import signal
import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType

from composekit.cli.logview import LogView
from composekit.cli.narrator import Narrator
from composekit.cli.progress import Progress
from composekit.cli.running import Running
from composekit.errors import SupervisorError
from composekit.supervise.client import Changed, Client, Removed, Snapshot
from composekit.supervise.logs import LogLine, follow
from composekit.supervise.status import AT_REST, ReplicaStatus

INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class AttachOptions:
    """`start` are the replicas to start, `mine` all of this `up`, `show` those whose output is shown.

    `on_exit`: "" goes on, "any" stops all when one ends, "failure" when one fails. `code_from` is the service whose
    exit code is returned.
    """

    start: tuple[str, ...]
    mine: tuple[str, ...]
    show: tuple[str, ...]
    on_exit: str = ""
    code_from: str = ""
    grace_seconds: float | None = None


class Attached:
    """One `up` in the foreground."""

    def __init__(self, running: Running, view: LogView, options: AttachOptions) -> None:
        self._running = running
        self._view = view
        self._options = options
        self._current: dict[str, ReplicaStatus] = {}
        self._interrupts = 0
        self._begun = False
        self._stopping = False
        self._asked = False
        self._exit_code: int | None = None
        self._trouble: SupervisorError | None = None
        ctx = running.ctx
        self._narrator = Narrator(Progress(ctx.err, "plain", color=False), "stopped", options.mine)

    def run(self) -> int:
        """Return the exit code of the command."""
        before = {number: signal.signal(number, self._interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            self._follow()
        finally:
            for number, previous in before.items():
                signal.signal(number, previous)
        if self._trouble is not None:
            raise self._trouble
        if self._interrupts:
            return INTERRUPTED
        failed = [one for one in self._current.values() if one.name in self._options.mine and one.phase == "failed"]
        for one in failed:
            self._running.ctx.say(f"error: {one.name}: {one.reason}")
        return self._exit_code or (1 if failed else 0)

    def _follow(self) -> None:
        options = self._options
        for seen in follow(self._running.home, options.show, tail=0, events=True, idle_seconds=0.2):
            if isinstance(seen, LogLine):
                self._view.show(seen)
                continue
            if self._stopping:
                self._narrator.see(seen)
            match seen:
                case Snapshot(replicas):
                    self._current = {one.name: one for one in replicas}
                    if not self._begun:
                        self._begun = True
                        self._ask(self._start)
                case Changed(replica):
                    self._changed(replica)
                case Removed(name):
                    self._current.pop(name, None)
            if self._trouble is not None or self._is_over():
                return

    def _is_over(self) -> bool:
        """Tell whether nothing of this `up` runs any more, or is to."""
        mine = [one for one in self._current.values() if one.name in self._options.mine]
        if not self._asked:
            return False
        if any(one.phase == "failed" for one in mine) and not self._stopping:
            return True
        return all(one.phase in AT_REST for one in mine)

    def _changed(self, replica: ReplicaStatus) -> None:
        before = self._current.get(replica.name)
        self._current[replica.name] = replica
        was = before.phase if before is not None else "created"
        if replica.name not in self._options.mine or replica.phase == was:
            return
        if replica.phase not in ("exited", "backoff") or was not in ("starting", "running", "stopping"):
            return
        if replica.name in self._options.show:
            again = " (restarting)" if replica.phase == "backoff" else ""
            why = f": {replica.reason}" if replica.reason else ""
            self._view.status(replica.name, f"exited with code {replica.exit_code}{again}{why}")
        if replica.phase == "exited":
            self._ended(replica)

    def _ended(self, replica: ReplicaStatus) -> None:
        options = self._options
        code = replica.exit_code or 0
        if options.code_from == replica.group and (self._exit_code is None or not self._stopping):
            self._exit_code = code
        if self._stopping or not options.on_exit or (options.on_exit == "failure" and code == 0):
            return
        if not options.code_from:
            self._exit_code = code
        self._running.ctx.say("Aborting on container exit...")
        self._stop_all()

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        self._interrupts += 1
        if self._interrupts == 1:
            self._running.ctx.out.write("Gracefully Stopping... press Ctrl+C again to force\n")
            self._running.ctx.out.flush()
            self._stop_all()
        elif self._interrupts == 2:
            self._ask(self._kill)

    def _stop_all(self) -> None:
        self._stopping = True
        self._ask(self._stop)

    # -- requests, each on a connection and a thread of its own: the main thread shows what comes of them --------------

    def _ask(self, request: Callable[[Client], object]) -> None:
        threading.Thread(target=self._carry_out, args=(request,), daemon=True).start()

    def _carry_out(self, request: Callable[[Client], object]) -> None:
        try:
            with self._connect() as client:
                request(client)
        except SupervisorError as error:
            if error.code != "vanished":
                self._trouble = error
        if request == self._start:
            self._asked = True

    def _connect(self) -> Client:
        client = Client.connect(self._running.home)
        if client is None:
            raise SupervisorError("the supervisor went away", code="vanished")
        return client

    def _start(self, client: Client) -> None:
        if self._options.start:
            client.start(self._options.start)

    def _stop(self, client: Client) -> None:
        client.stop(self._there(), grace_seconds=self._options.grace_seconds)

    def _kill(self, client: Client) -> None:
        with suppress(SupervisorError):
            client.kill(self._there())

    def _there(self) -> Collection[str]:
        return [name for name in self._options.mine if name in self._current]
