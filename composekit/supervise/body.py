"""The daemon's hold on one replica's process: its directory, pipes, log and shim."""

import contextlib
import functools
import json
import os
import signal
from collections.abc import Callable

from composekit.supervise import process
from composekit.supervise.home import Home, make_private, remove_tree
from composekit.supervise.logfile import ERR, OUT, LogWriter
from composekit.supervise.loop import Loop
from composekit.supervise.nursery import Nursery
from composekit.supervise.shim import widen
from composekit.supervise.spec import ProcessSpec
from composekit.supervise.terminal import IN

Output = Callable[[str, str, int], bool]

_ORDERS = "ctl"


class Body:
    """`output(name, stream, pipe)` is called when the service wrote; it takes what the pipe holds, false if nothing."""

    def __init__(self, home: Home, spec: ProcessSpec, loop: Loop, output: Output) -> None:
        self.name = spec.name
        self.log = LogWriter(home.replica(spec.name, "logs"), spec.log)
        self.shim_pid: int | None = None
        self.watch: int | None = None  # a pidfd of an adopted shim
        self._home = home
        self._loop = loop
        self._output = output
        make_private(home.replica(spec.name))
        self._orders = self._open(_ORDERS)
        if spec.stdin:
            with contextlib.suppress(FileExistsError):
                os.mkfifo(home.replica(spec.name, IN), 0o600)
        self._pipes = {stream: self._open(stream) for stream in (OUT, ERR)}
        for stream, descriptor in self._pipes.items():
            widen(descriptor)
            loop.on_readable(descriptor, functools.partial(self._read, stream))

    def _open(self, name: str) -> int:
        path = self._home.replica(self.name, name)
        with contextlib.suppress(FileExistsError):
            os.mkfifo(path, 0o600)
        # Open for both ends, so that it never reports an end of file and keeps what is in it between two runs.
        return os.open(path, os.O_RDWR | os.O_NONBLOCK)

    # -- output --------------------------------------------------------------------------------------------------------

    def _read(self, stream: str) -> bool:
        return self._output(self.name, stream, self._pipes[stream])

    def drain(self) -> None:
        """Read all that is in the pipes now."""
        for stream in self._pipes:
            while self._read(stream):
                pass

    def take_saved(self, store: Callable[[str, str, bytes], None]) -> None:
        """Hand over what a shim saved because no daemon was there."""
        for stream in (OUT, ERR):
            path = self._home.replica(self.name, f"{stream}.rest")
            try:
                with open(path, "rb") as file:
                    store(self.name, stream, file.read())
                os.unlink(path)
            except FileNotFoundError:
                continue

    # -- the process ---------------------------------------------------------------------------------------------------

    def spawn(self, spec: ProcessSpec, run: int, nursery: Nursery) -> int:
        """Fork a shim that runs `spec`, and return its pid; raises `OSError` when there can be no more processes."""
        # An order to the shim before it must not hit this one.
        with contextlib.suppress(BlockingIOError):
            while os.read(self._orders, 4096):
                pass
        self.shim_pid = nursery.fork(spec, run, json.dumps(spec.to_json()).encode())
        return self.shim_pid

    def adopt(self, shim_pid: int, gone: Callable[[], None]) -> None:
        """Take over a shim that an earlier daemon forked; `gone` is called when it has ended."""
        self.shim_pid = shim_pid
        self.watch = process.open_pidfd(shim_pid)
        if self.watch is not None:
            self._loop.on_readable(self.watch, gone)
        else:
            self._poll(process.birth(shim_pid), gone)

    def _poll(self, known: process.Birth | None, gone: Callable[[], None]) -> None:
        # Only where the kernel has no pidfd.
        if known is None or not process.is_alive(known):
            gone()
        else:
            self._loop.start_timer(("poll", self.name), 0.5, lambda: self._poll(known, gone))

    def signal(self, number: int, seconds: float | None = None) -> None:
        """Have the shim signal the service; if it is killed after so many seconds, who would only wait is at once."""
        self._order(f"signal {number}" if seconds is None else f"end {number} {seconds}")

    def kill(self) -> None:
        """Have the shim SIGKILL the whole tree."""
        self._order("kill")

    def resize(self, rows: int, columns: int) -> None:
        """Have the shim set the size of the service's terminal."""
        self._order(f"size {rows} {columns}")

    def ask(self) -> None:
        """Have the shim tell again that its service has started."""
        self._order("report")

    def let_go(self) -> None:
        """Tell the shim that its last output was read."""
        self._order("bye")

    def _order(self, text: str) -> None:
        # A full pipe means a shim that is stopped (SIGSTOP): it has thousands of orders to read already.
        with contextlib.suppress(BlockingIOError):
            os.write(self._orders, text.encode() + b"\n")

    def shim_gone(self) -> None:
        """Forget the shim, which has ended."""
        self.shim_pid = None
        if self.watch is not None:
            self._loop.forget(self.watch)
            os.close(self.watch)
            self.watch = None

    def close(self) -> None:
        """Let go of everything; the files stay."""
        self._loop.cancel_timer(("poll", self.name))
        self.shim_gone()
        for descriptor in self._pipes.values():
            self._loop.forget(descriptor)
            os.close(descriptor)
        os.close(self._orders)
        self.log.close()

    def remove(self) -> None:
        """Let go, and delete the replica's directory with its log."""
        self.close()
        remove_tree(self._home.replica(self.name))


def kill_orphans(pid: int, started: int | None, boot: str) -> bool:
    """SIGKILL what is left of a service whose shim was killed; false when nothing was.

    Its main process is checked by start time. The members of its session are its own even after it: a session's
    number is not given out again while a member lives.
    """
    main = process.Birth(pid, started, boot)
    left = process.session_members(pid) if boot == process.boot_id() else []
    if process.is_alive(main):
        left += [pid, *process.descendants(pid)]
    elif process.birth(pid) is not None:
        left = []  # the number belongs to another process now
    for one in set(left):
        process.send(one, signal.SIGKILL)
    return bool(left)
