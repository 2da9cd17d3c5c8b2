"""`attach`: see what one replica writes from now on, type what it is to read, and pass signals on to it."""

import os
import signal
from typing import TYPE_CHECKING, Any

from composekit.cli.context import CommandContext
from composekit.cli.options import Argument, Option, Row
from composekit.errors import ComposekitError

if TYPE_CHECKING:
    from composekit.cli.running import Running
    from composekit.supervise.status import ReplicaStatus

ARGUMENTS: tuple[Row, ...] = (
    Option(
        ("--detach-keys",),
        "Override the key sequence for detaching from a container (default: ctrl-p,ctrl-q).",
        default="ctrl-p,ctrl-q",
        metavar="KEYS",
    ),
    Option(("--index",), "index of the container if service has multiple replicas.", "int", default=0),
    Option(("--no-stdin",), "Do not attach STDIN", "flag"),
    Option(("--sig-proxy",), "Proxy all received signals to the process", "flag", default=True),
    Argument("service", many=False, required=True, metavar="SERVICE"),
)


def run(ctx: CommandContext, **values: Any) -> int:
    from composekit.cli.running import open_running
    from composekit.cli.targets import running_replica
    from composekit.runtime.visit import host_of

    keys = key_bytes(values["detach_keys"])
    running = open_running(ctx)
    status = running_replica(running.statuses(running.client()), values["service"], values["index"])
    spec, _ = host_of(running.home, status.name)
    attachment = Attachment(running, status)
    if values["no_stdin"] or not spec.stdin:
        return attachment.run(proxy=values["sig_proxy"])
    terminal = spec.terminal and os.isatty(0)
    return attachment.run(
        proxy=values["sig_proxy"], keys=keys, entry=running.home.replica(spec.name, "in"), raw=terminal
    )


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
    """One replica, and this command's streams."""

    def __init__(self, running: "Running", status: "ReplicaStatus") -> None:
        from composekit.supervise.client import Client
        from composekit.supervise.logfile import SegmentReader

        self._running = running
        self._name = status.name
        self._code: int | None = None
        self._log = SegmentReader(running.home.replica(status.name, "logs"))
        self._log.seek_end()
        news = Client.connect(running.home)
        if news is None:
            raise ComposekitError("the supervisor went away")
        self._news = news
        self._events = news.watch(logs=True, idle_seconds=0.0)

    def run(self, *, proxy: bool, keys: bytes = b"", entry: str = "", raw: bool = False) -> int:
        """Return the replica's exit code, or 0 after the keys for leaving; `entry` is the FIFO it reads."""
        from composekit.cli.relay import Relay, passed_on, raw_terminal

        relay = Relay()
        self._running.ctx.out.flush()
        self._hear()
        relay.on(self._news.fileno(), self._hear)
        if entry:
            relay.give(0, os.open(entry, os.O_RDWR | os.O_NONBLOCK), close=False, keys=keys)
        if raw:
            with raw_terminal(0, self._resize):
                relay.run(lambda: self._code is not None or relay.detached)
        else:
            with passed_on(self._send if proxy else _leave):
                relay.run(lambda: self._code is not None or relay.detached)
        if relay.detached:
            self._running.ctx.say("read escape sequence")
        return self._code or 0

    def _hear(self) -> None:
        from composekit.supervise.client import Changed, LogGrew, Removed, TimedOut
        from composekit.supervise.status import AT_REST

        for event in self._events:
            match event:
                case LogGrew():
                    self._show()
                case Changed(one) if one.name == self._name and one.phase in (*AT_REST, "backoff"):
                    self._show()
                    self._code = one.exit_code or 0
                case Removed(name) if name == self._name:
                    self._code = 128 + signal.SIGKILL
                case TimedOut():
                    return
        self._code = 1 if self._code is None else self._code  # the supervisor has ended

    def _show(self) -> None:
        for block in self._log.blocks():
            data = block.data
            while data:
                data = data[os.write(2 if block.stream == "err" else 1, data) :]

    def _send(self, number: int) -> None:
        from composekit.supervise.client import Client

        client = Client.connect(self._running.home)
        if client is not None:
            with client:
                client.kill([self._name], signal=number)

    def _resize(self) -> None:
        from composekit.supervise.client import Client

        size = os.get_terminal_size(0)
        client = Client.connect(self._running.home)
        if client is not None:
            with client:
                client.resize([self._name], size.lines, size.columns)


def _leave(_number: int) -> None:
    raise KeyboardInterrupt
