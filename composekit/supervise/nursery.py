"""The process that forks the shims: a copy of the daemon from before it knew anything.

A fork shares its parent's pages until one of the two writes to them. A daemon at work writes to most of its own between
two forks, and every shim would keep the old ones for itself. This process does nothing but fork and reap, so what the
shims have in common stays in common.

The daemon asks on a socket, and hears on it what became of shims; they are the children of this process, and the
daemon's if it is killed. It ends with the daemon. Where the kernel cannot pass a spec in memory (macOS), the daemon
forks by itself.
"""

import contextlib
import functools
import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import NoReturn

from composekit.supervise import process
from composekit.supervise.home import Home
from composekit.supervise.hooks import Hooks
from composekit.supervise.loop import Loop
from composekit.supervise.order import in_memory, order
from composekit.supervise.shim import deafen, shims
from composekit.supervise.spec import ProcessSpec
from composekit.supervise.vigil import rehearse

_LONGEST = 1 << 16  # bytes of a message; an order is a name and a few words
_READ_ONLY = os.O_RDONLY
_read, _write, _open, _close, _fork = os.read, os.write, os.open, os.close, os.fork
_FORKED, _FAILED, _ENDED = b"f", b"e", b"x"  # an answer: one of these, and a pid or errno

Ended = Callable[[int], object]  # the pid of a shim
Orphaned = Callable[[], object]


class Nursery:
    """The daemon's side. Make it before the daemon knows much; `attach` it to the loop, then `fork`."""

    def __init__(self, home: Home, hooks: Hooks, lock: int) -> None:
        self._home = home
        self._hooks = hooks
        self._lock = lock
        self._loop: Loop | None = None
        self._ended: Ended = _nobody
        self._orphaned: Orphaned = bool
        self._news: list[int] = []
        self._channel: socket.socket | None = None
        self._pid = 0
        if sys.platform.startswith("linux") and hasattr(os, "memfd_create"):
            self._begin()

    def _begin(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        pid = os.fork()
        if pid == 0:
            _live(self._home, self._hooks, theirs.fileno(), self._lock)
        theirs.close()
        self._channel, self._pid = ours, pid
        if self._loop is not None:
            self._loop.on_readable(ours.fileno(), self._read)

    def attach(self, loop: Loop, ended: Ended, orphaned: Orphaned) -> None:
        """Call `ended` for each shim that has ended, and `orphaned` when all have become children of the daemon."""
        self._loop, self._ended, self._orphaned = loop, ended, orphaned
        if self._channel is not None:
            loop.on_readable(self._channel.fileno(), self._read)

    def fork(self, spec: ProcessSpec, run: int, whole: bytes) -> int:
        """Start a shim for `spec`, which is `whole` as JSON, and return its pid; raises `OSError`."""
        parting = self._hooks.parting(spec) if self._hooks.parting is not None else ""
        if self._pid == 0:
            pid = os.fork()
            if pid == 0:
                deafen()
                process.close_descriptors({self._lock})
                shims(self._home, self._hooks, self._lock, spec)(order(spec, run, parting), -1)
            return pid
        if self._channel is None:
            self._begin()
        descriptor = in_memory(whole)
        try:
            return self._ask(order(spec, run, parting, f"/proc/{os.getpid()}/fd/{descriptor}"))
        finally:
            os.close(descriptor)

    def _ask(self, message: bytes) -> int:
        assert self._channel is not None
        try:
            self._channel.send(message)
            while (answer := self._receive()) is not None:
                kind, number = answer
                if kind == _FORKED:
                    return number
                if kind == _FAILED:
                    raise OSError(number, os.strerror(number))
                self._keep(number)
        except ConnectionError:
            pass
        self._gone()
        raise OSError("the process that starts others was killed")

    def _receive(self) -> tuple[bytes, int] | None:
        assert self._channel is not None
        answer = self._channel.recv(_LONGEST)
        return (answer[:1], int(answer[1:])) if answer else None

    def _keep(self, pid: int) -> None:
        # Told later: whoever asks for a shim is not to hear of the end of another in the middle of it.
        self._news.append(pid)
        if self._loop is not None:
            self._loop.start_timer("nursery", 0, self._tell)

    def _tell(self) -> None:
        news, self._news = self._news, []
        for pid in news:
            self._ended(pid)

    def _read(self) -> None:
        if self._channel is None:
            return
        try:
            answer = self._receive()
        except ConnectionError:
            answer = None
        if answer is None:
            self._gone()
            return
        self._news.append(answer[1])
        self._tell()

    def is_it(self, pid: int) -> bool:
        """Tell whether a child that was reaped is this process."""
        if pid != self._pid or pid == 0:
            return False
        self._gone()
        return True

    def _gone(self) -> None:
        """Go on without it: its children are the daemon's now, and the next fork begins another."""
        channel = self._channel
        if channel is None:
            return
        with contextlib.suppress(ConnectionError):
            while (answer := self._receive()) is not None:
                self._keep(answer[1])
        self._channel = None
        if self._loop is not None:
            self._loop.forget(channel.fileno())
        channel.close()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self._pid, 0)
        if self._loop is not None:
            self._loop.start_timer("nursery-gone", 0, self._after_end)

    def _after_end(self) -> None:
        self._tell()
        self._orphaned()

    def close(self) -> None:
        """Let it end, and wait until it has."""
        channel, self._channel = self._channel, None
        if channel is None:
            return
        if self._loop is not None:
            self._loop.forget(channel.fileno())
        channel.close()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self._pid, 0)


def _nobody(_pid: int) -> None:
    """Nobody asks yet."""


def _live(home: Home, hooks: Hooks, channel: int, lock: int) -> NoReturn:
    """Be the process that forks; ends when the daemon has. As few objects as can be: see `vigil`."""
    try:
        process.set_name("composekit-fork")
        process.die_with_parent()
        process.close_descriptors({channel, lock})
        deafen()
        signal.signal(signal.SIGCHLD, functools.partial(_reap, channel))
        be_shim = shims(home, hooks, lock)
        rehearse()
        while message := _read(channel, _LONGEST):
            try:
                spec_fd = _open(message[: message.index(0)], _READ_ONLY)
                pid = _fork()
            except OSError as error:
                _write(channel, _FAILED + b"%d" % (error.errno or 0))
                continue
            if pid == 0:
                _close(channel)
                be_shim(message, spec_fd)
            _write(channel, _FORKED + b"%d" % pid)
            _close(spec_fd)
        os._exit(0)
    except OSError:  # the daemon has gone
        os._exit(0)
    except BaseException:  # noqa: BLE001 (a fork of the daemon must not go on as a second daemon)
        process.complain_of_error()
    finally:
        os._exit(70)


def _reap(channel: int, _number: int, _frame: object) -> None:
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        os.write(channel, _ENDED + b"%d" % pid)
