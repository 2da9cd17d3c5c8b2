"""A one-off command from its start to its end: started in the background, or with this command's own streams."""

import contextlib
import os
import select
from collections.abc import Iterator
from dataclasses import replace

from composekit.cli.attachment import LEAVING_KEYS, Attachment, key_bytes
from composekit.cli.behind import leave_behind
from composekit.cli.relay import Relay, passed_on
from composekit.cli.running import Running
from composekit.errors import SupervisorError
from composekit.runtime.identifiers import container_id
from composekit.runtime.places import place
from composekit.supervise.client import Changed, Client, Removed, Snapshot, TimedOut
from composekit.supervise.home import remove_tree
from composekit.supervise.spec import ProcessSpec
from composekit.supervise.status import ReplicaStatus
from composekit.supervise.terminal import IN

_COMING = ("created", "waiting", "starting")
_OVER = ("exited", "failed")


class OneOff:
    """`spec` is known to the supervisor and at rest."""

    def __init__(self, running: Running, spec: ProcessSpec, *, remove: bool, quiet: bool) -> None:
        self._running = running
        self._spec = spec
        self._remove = remove
        self._quiet = quiet
        self._status: ReplicaStatus | None = None
        self._detached = False
        self._asker = self._connect()

    def _connect(self) -> Client:
        client = Client.connect(self._running.home)
        if client is None:
            raise SupervisorError("the supervisor went away", code="vanished", hint="run the command again")
        return client

    def start(self) -> int:
        """Start it, print its id, and leave it to itself."""
        self._asker.start([self._spec.name])
        found = self._asker.wait([self._spec.name], until="started")
        status = found[0] if found else None
        if status is not None and (status.phase == "failed" or status.reason):
            return self._failed(status)
        if not self._quiet:
            self._running.ctx.out.write(container_id(self._running.home, self._spec.name) + "\n")
        if self._remove:
            self._remove_later()
        return 0

    def _remove_later(self) -> None:
        """Leave a process behind that waits for the end, and removes what is left."""
        self._running.ctx.out.flush()
        leave_behind(self._remove_at_its_end)

    def _remove_at_its_end(self) -> None:
        self._asker.close()
        self._asker = self._connect()
        self._asker.wait([self._spec.name], until="exited")
        self._clear()

    def attach(self, *, terminal: bool, interactive: bool) -> int:
        """Run it with this command's streams until it ends; return its exit code."""
        try:
            attached = self._on_terminal if terminal else self._through_pipes
            code = attached(interactive=interactive)
        except SystemExit:  # by a signal, which was for this command alone
            if self._remove:
                self._remove_later()
            raise
        except KeyboardInterrupt:  # it has not come to be
            with self._connect() as client:
                client.stop([self._spec.name])
            if self._remove:
                self._clear()
            raise
        finally:
            remove_tree(self._folder())
        if self._remove:
            (self._remove_later if self._detached else self._clear)()
        return code

    def _folder(self) -> str:
        return place(self._running.home, "streams", self._spec.name)

    # -- streams -------------------------------------------------------------------------------------------------------

    def _on_terminal(self, *, interactive: bool) -> int:
        attachment = Attachment(self._running, self._spec.name)
        self._asker.start([self._spec.name])
        attachment.until_started()
        entry = self._running.home.replica(self._spec.name, IN) if interactive else ""
        keys = key_bytes(LEAVING_KEYS)
        attachment.run(proxy=True, keys=keys, entry=entry, raw=interactive)
        if attachment.detached:
            self._detached = True
            return 0
        self._status = attachment.status
        return self._code()

    def _through_pipes(self, *, interactive: bool) -> int:
        folder = self._folder()
        os.makedirs(folder, mode=0o700, exist_ok=True)
        paths = {name: os.path.join(folder, name) for name in ("in", "out", "err")}
        for path in paths.values():
            os.mkfifo(path, 0o600)
        self._running.ctx.out.flush()
        relay = Relay()
        for name, number in (("out", 1), ("err", 2)):
            relay.take(os.open(paths[name], os.O_RDONLY | os.O_NONBLOCK), number)
        entry = os.open(paths["in"], os.O_RDWR | os.O_NONBLOCK)
        self._asker.apply([replace(self._spec, view={**self._spec.view, "streams": paths})], start=False)
        with self._watched(relay) as news, passed_on(self._signal):
            self._asker.start([self._spec.name])
            self._until_started(news)
            if interactive:
                relay.give(0, entry, close=True)
            else:
                os.close(entry)
            relay.run(self._is_over)
        return self._code()

    # -- news ----------------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _watched(self, relay: Relay) -> "Iterator[Client]":
        with self._connect() as news:
            events = news.watch(idle_seconds=0.0)

            def hear() -> None:
                for event in events:
                    match event:
                        case Snapshot(replicas):
                            self._take(next((one for one in replicas if one.name == self._spec.name), None))
                        case Changed(one) if one.name == self._spec.name:
                            self._take(one)
                        case Removed(name) if name == self._spec.name:
                            self._take(None)
                        case TimedOut():
                            return
                self._take(None)

            self._hear = hear
            hear()
            relay.on(news.fileno(), hear)
            yield news

    def _take(self, status: ReplicaStatus | None) -> None:
        gone = self._spec_status("exited", 137) if status is None else status
        self._status = gone

    def _spec_status(self, phase: str, code: int) -> ReplicaStatus:
        return ReplicaStatus(self._spec.name, self._spec.group, 1, phase, exit_code=code)

    def _until_started(self, news: Client) -> None:
        while self._status is None or self._status.phase in _COMING:
            select.select([news.fileno()], [], [])
            self._hear()

    def _is_over(self) -> bool:
        return self._status is not None and self._status.phase in _OVER

    def _code(self) -> int:
        status = self._status
        if status is None:
            return 1
        if status.phase == "failed" or status.reason:
            return self._failed(status)
        return status.exit_code or 0

    def _failed(self, status: ReplicaStatus) -> int:
        self._running.ctx.say(f"error: {status.reason or 'it could not be started'}")
        return 1

    def _signal(self, number: int) -> None:
        if self._status is None or self._status.phase in _COMING:
            raise KeyboardInterrupt
        with contextlib.suppress(SupervisorError), self._connect() as client:
            client.kill([self._spec.name], signal=number)

    # -- the end -------------------------------------------------------------------------------------------------------

    def _clear(self) -> None:
        """Remove it, and the supervisor with it when it was all there was."""
        from composekit.cli.commands.down import take_down
        from composekit.cli.progress import Progress
        from composekit.runtime.down import DownPlan

        running = self._running
        with running.changing():
            names = [one.name for one in running.statuses(self._asker)]
            if self._spec.name in names:
                plan = DownPlan((self._spec.name,), names == [self._spec.name])
                take_down(running, self._asker, plan, Progress(running.ctx.err, "quiet"), None)
