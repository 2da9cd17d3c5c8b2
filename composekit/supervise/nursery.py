"""The process that forks the shims: a copy of the daemon from before it knew anything.

A fork shares its parent's pages until one of the two writes to them. A daemon at work writes to most of its own between
two forks, and every shim would keep the old ones for itself. This process does nothing but fork and reap, so what the
shims have in common stays in common.

The daemon asks on a socket, and hears on it what became of shims; they are the children of this process, and the
daemon's if it is killed. It ends with the daemon. Where the kernel cannot pass a spec in memory (macOS), the daemon
forks by itself.
"""

import contextlib
import gc
import os
import select
import signal
import socket
import struct
import sys
from collections.abc import Callable
from typing import NoReturn

from composekit.supervise import process
from composekit.supervise.home import Home
from composekit.supervise.hooks import Hooks
from composekit.supervise.loop import Loop
from composekit.supervise.order import Order, in_memory
from composekit.supervise.shim import deafen, read_all, run_shim
from composekit.supervise.spec import ProcessSpec

_LONGEST = 1 << 16  # bytes of a message; an order is a name and a few words
_FORKED, _FAILED, _ENDED = b"f", b"e", b"x"
_ANSWER = struct.Struct("=ci")  # kind, pid or errno

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
            _live(self._home, self._hooks, theirs, self._lock)
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
        order = Order(spec.name, run, spec.terminal, spec.stdin, parting)
        if self._pid == 0:
            pid = os.fork()
            if pid == 0:
                deafen()
                run_shim(self._home, order, self._hooks, self._lock, spec)
            return pid
        if self._channel is None:
            self._begin()
        descriptor = in_memory(whole)
        try:
            return self._ask(order, descriptor)
        finally:
            os.close(descriptor)

    def _ask(self, order: Order, descriptor: int) -> int:
        assert self._channel is not None
        try:
            socket.send_fds(self._channel, [order.encode()], [descriptor])
            while True:
                kind, number = _ANSWER.unpack(self._channel.recv(_ANSWER.size))
                if kind == _FORKED:
                    return int(number)
                if kind == _FAILED:
                    raise OSError(number, os.strerror(number))
                self._keep(number)
        except (ConnectionError, struct.error):
            self._gone()
            raise OSError("the process that starts others was killed") from None

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
        message = self._channel.recv(_ANSWER.size)
        if len(message) < _ANSWER.size:
            self._gone()
            return
        self._news.append(_ANSWER.unpack(message)[1])
        self._tell()

    def is_it(self, pid: int) -> bool:
        """Tell whether a child that was reaped is this process."""
        if pid != self._pid or pid == 0:
            return False
        self._gone()
        return True

    def _gone(self) -> None:
        """Go on without it: its children are the daemon's now, and the next fork begins another."""
        channel, self._channel = self._channel, None
        if channel is None:
            return
        with contextlib.suppress(ConnectionError):
            while len(message := channel.recv(_ANSWER.size)) == _ANSWER.size:
                self._keep(_ANSWER.unpack(message)[1])
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


def _live(home: Home, hooks: Hooks, channel: socket.socket, lock: int) -> NoReturn:
    """Be the process that forks; ends when the daemon has."""
    try:
        gc.disable()  # it would write to every page
        process.die_with_parent()
        process.close_descriptors({channel.fileno(), lock})
        deafen()
        wake_read, wake_write = os.pipe()
        for end in (wake_read, wake_write):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        poller = select.poll()
        poller.register(channel, select.POLLIN)
        poller.register(wake_read, select.POLLIN)
        while True:
            for descriptor, _ in poller.poll():
                if descriptor == wake_read:
                    read_all(wake_read)
                    _reap(channel)
                elif not _obey(channel, home, hooks, lock):
                    os._exit(0)
    except OSError:  # the daemon has gone
        os._exit(0)
    except BaseException:  # noqa: BLE001 (a fork of the daemon must not go on as a second daemon)
        process.complain_of_error()
    finally:
        os._exit(70)


def _obey(channel: socket.socket, home: Home, hooks: Hooks, lock: int) -> bool:
    """Fork the next shim; false when the daemon has gone."""
    message, passed, _, _ = channel.recvmsg(_LONGEST, socket.CMSG_SPACE(4), socket.MSG_CMSG_CLOEXEC)
    if not message:
        return False
    descriptor = _descriptor(passed)
    order = Order.decode(message, descriptor)
    try:
        pid = os.fork()
    except OSError as error:
        channel.send(_ANSWER.pack(_FAILED, error.errno or 0))
    else:
        if pid == 0:
            run_shim(home, order, hooks, lock)
        channel.send(_ANSWER.pack(_FORKED, pid))
    os.close(descriptor)
    return True


def _descriptor(passed: list[tuple[int, int, bytes]]) -> int:
    return int.from_bytes(passed[0][2][:4], sys.byteorder)


def _reap(channel: socket.socket) -> None:
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        channel.send(_ANSWER.pack(_ENDED, pid))
