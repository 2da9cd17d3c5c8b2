"""`up` in the foreground: starts what is to be started, shows what it writes, and ends with it.

The first Ctrl-C (or SIGTERM) stops everything in order, the second one kills.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass

from composekit.cli.logview import LogView
from composekit.cli.narrator import Narrator, Waits
from composekit.cli.progress import Progress
from composekit.cli.running import Running
from composekit.errors import SupervisorError
from composekit.supervise.client import Changed, Client, HookWrote, LogGrew, Removed, Snapshot, WatchEvent
from composekit.supervise.logs import LogLines, follow_together
from composekit.supervise.status import AT_REST, ReplicaStatus

INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class AttachOptions:
    """`start` are the replicas to start, `mine` all of this `up`, `show` those whose output is shown.

    `on_exit`: "" goes on, "any" stops all when one ends, "failure" when one fails. `code_from` is the service whose
    exit code is returned. With `stay` it goes on when all have ended, as something may start them again.
    """

    start: tuple[str, ...]
    mine: tuple[str, ...]
    show: tuple[str, ...]
    on_exit: str = ""
    code_from: str = ""
    grace_seconds: float | None = None
    stay: bool = False


class Attached:
    """One `up` in the foreground."""

    def __init__(
        self, running: Running, view: LogView, options: AttachOptions, on_stop: Callable[[], object] = bool
    ) -> None:
        """`on_stop` is called as soon as everything is to stop."""
        self._on_stop = on_stop
        self._left = False
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
        self._last_seq = -1
        self._last_time = time.time()
        ctx = running.ctx
        self._waits = Waits(ctx.say)
        self._narrator = Narrator(Progress(ctx.err, "plain", color=False), "stopped", options.mine)

    def run(self) -> int:
        """Return the exit code of the command."""
        ear, mouth = os.pipe()
        # A handler runs in the middle of whatever the main thread does, also of its own printing: so it only passes on.
        before = {
            number: signal.signal(number, lambda _number, _frame: os.write(mouth, b"!"))
            for number in (signal.SIGINT, signal.SIGTERM)
        }
        threading.Thread(target=self._heed_signals, args=(ear,), daemon=True).start()
        try:
            while not self._follow():
                self._find_supervisor()
        finally:
            for number, previous in before.items():
                signal.signal(number, previous)
            os.close(mouth)
        if self._trouble is not None:
            raise self._trouble
        if self._interrupts:
            return INTERRUPTED
        if self._left:
            return 0
        mine = [one for one in self._current.values() if one.name in self._options.mine]
        for one in mine:
            if one.phase == "failed":
                self._running.ctx.say(f"error: {one.name}: {one.reason}")
        never_ran = any(one.phase == "failed" or (one.phase == "exited" and one.reason) for one in mine)
        return self._exit_code or (1 if never_ran else 0)

    def leave(self) -> None:
        """End this command soon, and let everything go on."""
        self._left = not self._stopping

    def _follow(self) -> bool:
        """Show what comes; return whether it is over, or else the supervisor went away."""
        options = self._options
        # The first time only what is new is of interest, and later what was missed.
        tail, since = (None, self._last_time - 1) if self._begun else (0, None)
        news = follow_together(self._running.home, options.show, tail=tail, since=since, events=True, idle_seconds=0.2)
        for seen in news:
            if isinstance(seen, LogLines):
                fresh = seen.after(self._last_seq)
                if fresh is not None:
                    self._view.show(fresh)
                    self._last_seq, self._last_time = fresh.last, fresh.time_ns / 1e9
                continue
            self._view.flush()
            if isinstance(seen, LogGrew):
                continue
            if self._stopping:
                self._narrator.see(seen)
            self._heed(seen)
            self._waits.see([one for one in self._current.values() if one.name in options.mine])
            if self._trouble is not None or self._is_over():
                return True
        return False

    def _heed(self, event: WatchEvent) -> None:
        match event:
            case Snapshot(replicas):
                self._current = {one.name: one for one in replicas}
                if not self._begun:
                    self._begun = True
                    self._ask(self._start)
            case Changed(replica):
                self._changed(replica)
            case HookWrote(name, text) if name in self._options.show:
                self._view.hook(name, text)
            case Removed(name):
                self._current.pop(name, None)

    def _find_supervisor(self) -> None:
        """Reach the supervisor again after it went away; raises `SupervisorError` when nothing is left of it."""
        client = self._running.client()
        if client is None:
            raise SupervisorError("the supervisor went away", code="vanished", hint="the project was taken down")
        client.close()

    def _is_over(self) -> bool:
        """Tell whether nothing of this `up` runs any more, or is to."""
        mine = [one for one in self._current.values() if one.name in self._options.mine]
        if not self._asked:
            return False
        if self._trouble is not None or self._left:
            return True
        if self._options.stay and not self._stopping:
            return False
        if any(one.phase == "failed" for one in mine) and not self._stopping:
            return True
        return all(one.phase in AT_REST for one in mine) and self._is_up_to_date()

    def _is_up_to_date(self) -> bool:
        """Tell whether the news has caught up with the truth: it may lag behind the answer to a start."""
        try:
            with self._connect() as client:
                truth = client.status()
        except SupervisorError:
            return False
        return all(
            one.name in self._current and _life(one) == _life(self._current[one.name])
            for one in truth
            if one.name in self._options.mine
        )

    def _changed(self, replica: ReplicaStatus) -> None:
        before = self._current.get(replica.name)
        self._current[replica.name] = replica
        was = before.phase if before is not None else "created"
        if replica.name in self._options.mine and replica.trouble and not (before is not None and before.trouble):
            self._trouble = SupervisorError(replica.trouble, code="hook-failed")
            self._trouble.exit_code = 1
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

    def _heed_signals(self, ear: int) -> None:
        """Stop at the first signal, kill at the second; runs on a thread of its own until the command ends."""
        while os.read(ear, 1):
            self._interrupts += 1
            if self._interrupts == 1:
                self._on_stop()
                self._running.ctx.out.write("Gracefully Stopping... press Ctrl+C again to force\n")
                self._running.ctx.out.flush()
                self._stop_all()
            elif self._interrupts == 2:
                self._ask(self._kill)
        os.close(ear)

    def _stop_all(self) -> None:
        self._stopping = True
        self._on_stop()
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


def _life(status: ReplicaStatus) -> tuple[str, float | None, float | None]:
    return (status.phase, status.started_at, status.finished_at)
