"""One replica with this command's streams: what `attach` shows, and `run` at a terminal.

The terminal is the replica's own, and is held by its shim: so a command that leaves, or is killed, hangs nobody up.
"""

import os
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING

from composekit.errors import ComposekitError
from composekit.supervise.client import Changed, Client, LogGrew, Removed, Snapshot, TimedOut
from composekit.supervise.logfile import SegmentReader

if TYPE_CHECKING:
    from composekit.cli.relay import Relay
    from composekit.cli.running import Running
    from composekit.supervise.status import ReplicaStatus

LEAVING_KEYS = "ctrl-p,ctrl-q"

_OVER = ("exited", "failed", "backoff")


def key_bytes(text: str) -> bytes:
    """Return what keys such as `ctrl-p,ctrl-q` or `ctrl-@,x` send; raises `ComposekitError`."""
    found = bytearray()
    for key in text.split(",") if text else ():
        name = key.lower().removeprefix("ctrl-")
        if len(key) == 1:
            found += key.encode()
        elif key.lower().startswith("ctrl-") and len(name) == 1 and (name.isalpha() or name in "@[\\]^_"):
            found.append(ord(name.upper()) & 0x1F)
        else:
            raise ComposekitError(f"invalid detach keys ({text})", hint="write them as ctrl-p,ctrl-q")
    return bytes(found)


class Attachment:
    """What a replica writes from now on; `status` is the last one heard, and `detached` who left by the keys."""

    def __init__(self, running: "Running", name: str) -> None:
        self._running = running
        self._name = name
        self._code: int | None = None
        self.status: ReplicaStatus | None = None
        self.detached = False
        self._shows = False
        self._log = SegmentReader(running.home.replica(name, "logs"))
        self._log.seek_end()
        news = Client.connect(running.home)
        if news is None:
            raise ComposekitError("the supervisor went away")
        self._news = news
        self._events = news.watch(logs=True, idle_seconds=0.0)
        self._hear()

    def until_started(self) -> None:
        """Wait until its program runs, or never will."""
        import select

        while self._code is None and (self.status is None or self.status.phase in ("created", "waiting", "starting")):
            select.select([self._news.fileno()], [], [])
            self._hear()

    def run(self, *, proxy: bool, keys: bytes = b"", entry: str = "", raw: bool = False) -> int:
        """Return the replica's exit code, or 0 after the keys for leaving; `entry` is the FIFO it reads."""
        from composekit.cli.relay import Relay, passed_on, raw_terminal

        relay = Relay()
        self._running.ctx.out.flush()
        relay.on(self._news.fileno(), self._hear)
        if entry:
            relay.give(0, os.open(entry, os.O_RDWR | os.O_NONBLOCK), close=False, keys=keys)
        if raw:
            with raw_terminal(0, self._resize):
                self._show_from_now_on()
                relay.run(self._ends(relay))
        else:
            with passed_on(self._send if proxy else _leave):
                self._show_from_now_on()
                relay.run(self._ends(relay))
        self.detached = relay.detached
        if relay.detached:
            self._running.ctx.say("read escape sequence")
        return self._code or 0

    def _ends(self, relay: "Relay") -> Callable[[], bool]:
        return lambda: self._code is not None or relay.detached

    def _hear(self) -> None:
        for event in self._events:
            match event:
                case LogGrew():
                    self._show()
                case Snapshot(replicas):
                    found = [one for one in replicas if one.name == self._name]
                    self._note(found[0] if found else None)
                case Changed(one) if one.name == self._name:
                    self._note(one)
                case Removed(name) if name == self._name:
                    self._note(None)
                case TimedOut():
                    return
        self._code = 1 if self._code is None else self._code  # the supervisor has ended

    def _note(self, status: "ReplicaStatus | None") -> None:
        """Take what is known of the replica; `None` when it is gone."""
        self.status = status
        if status is None:
            self._code = 128 + signal.SIGKILL
        elif status.phase in _OVER:
            self._show()
            self._code = status.exit_code or 0

    def _show_from_now_on(self) -> None:
        # Not before: whoever sees the first line may expect that signals are passed on and keys understood.
        self._shows = True
        self._show()

    def _show(self) -> None:
        if not self._shows:
            return
        for block in self._log.blocks():
            data = block.data
            while data:
                data = data[os.write(2 if block.stream == "err" else 1, data) :]

    def _send(self, number: int) -> None:
        client = Client.connect(self._running.home)
        if client is not None:
            with client:
                client.kill([self._name], signal=number)

    def _resize(self) -> None:
        size = os.get_terminal_size(0)
        client = Client.connect(self._running.home)
        if client is not None:
            with client:
                client.resize([self._name], size.lines, size.columns)


def _leave(_number: int) -> None:
    raise KeyboardInterrupt
