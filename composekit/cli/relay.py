"""Copying between this command's streams and those of a program, until the program is done.

On a terminal the program gets one of its own (a pty), and this one is put into raw mode, so that every key, Ctrl-C
among them, is the program's; its size follows this one's.
"""

import contextlib
import fcntl
import os
import selectors
import signal
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from typing import Any

_CHUNK = 65536
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


class Relay:
    """Descriptors and what is to be done when one is ready."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._outputs: set[int] = set()
        self._pending = b""
        self._input_ended = False
        self._keys, self._typed = b"", b""
        self.detached = False

    def take(self, source: int, target: int) -> None:
        """Copy what the program writes."""
        self._outputs.add(source)
        self._selector.register(source, selectors.EVENT_READ, lambda: self._copy_out(source, target))

    def give(self, source: int, target: int, *, close: bool, keys: bytes = b"") -> None:
        """Copy what the program is to read; with `close`, the end of the source is its end too.

        `keys` are kept back, and set `detached`: who types them wants to leave without ending the program.
        """
        self._keys = keys
        os.set_blocking(target, False)
        self._await_input(source, target, close=close)

    def _await_input(self, source: int, target: int, *, close: bool) -> None:
        try:
            self._selector.register(source, selectors.EVENT_READ, lambda: self._copy_in(source, target, close=close))
        except PermissionError:  # a regular file is always ready, and epoll does not take it
            self._copy_in(source, target, close=close)

    def on(self, descriptor: int, call: Callable[[], object]) -> None:
        """Call when there is something to read."""
        self._selector.register(descriptor, selectors.EVENT_READ, call)

    def run(self, is_over: Callable[[], bool]) -> None:
        """Copy until it is over, and then what is still to be read."""
        while not is_over():
            self._round(None)
        for source in list(self._outputs):
            os.set_blocking(source, False)
        while self._outputs and self._round(0.02, only=self._outputs):
            pass

    def _round(self, seconds: float | None, only: "set[int] | None" = None) -> bool:
        found = False
        for key, _ in self._selector.select(seconds):
            if only is None or key.fd in only:
                found = True
                key.data()
        return found

    def _copy_out(self, source: int, target: int) -> None:
        try:
            chunk = os.read(source, _CHUNK)
        except BlockingIOError:
            return
        except OSError:  # a pty says so when the other side is closed
            chunk = b""
        if not chunk:
            self._outputs.discard(source)
            self._selector.unregister(source)
        while chunk:
            chunk = chunk[os.write(target, chunk) :]

    def _copy_in(self, source: int, target: int, *, close: bool) -> None:
        try:
            chunk = os.read(source, _CHUNK)
        except OSError:
            chunk = b""
        self._pending += self._without_keys(chunk) if self._keys else chunk
        self._input_ended = self._input_ended or not chunk
        if self.detached:  # what was typed before is for the program, if it takes it at once
            with contextlib.suppress(OSError):
                os.write(target, self._pending)
            self._pending = b""
        with contextlib.suppress(KeyError):
            self._selector.unregister(source)
        if self._pending:
            # Nothing more is read before this has gone: a program that does not read holds only its input up.
            self._selector.register(target, selectors.EVENT_WRITE, lambda: self._push(source, target, close=close))
        elif close:
            os.close(target)

    def _without_keys(self, chunk: bytes) -> bytes:
        """Return what was typed up to the keys for leaving, and without their beginning as long as more may come."""
        typed, keys = self._typed + chunk, self._keys
        before, found, _ = typed.partition(keys)
        if found:
            self.detached = True
            return before
        kept = next(size for size in range(len(keys) - 1, -1, -1) if typed.endswith(keys[:size]))
        self._typed = typed[len(typed) - kept :] if chunk else b""
        return typed[: len(typed) - len(self._typed)]

    def _push(self, source: int, target: int, *, close: bool) -> None:
        try:
            self._pending = self._pending[os.write(target, self._pending) :]
        except BlockingIOError:
            return
        except OSError:  # it reads no more
            self._pending, self._input_ended = b"", True
        if self._pending:
            return
        self._selector.unregister(target)
        if not self._input_ended:
            self._await_input(source, target, close=close)
        elif close:
            os.close(target)


def is_terminal(*descriptors: int) -> bool:
    return all(os.isatty(one) for one in descriptors)


def copy_size(source: int, target: int) -> None:
    """Give a terminal the size of another."""
    with contextlib.suppress(OSError):
        fcntl.ioctl(target, termios.TIOCSWINSZ, fcntl.ioctl(source, termios.TIOCGWINSZ, b"\0" * 8))


@contextlib.contextmanager
def raw_terminal(terminal: int, resize: Callable[[], None]) -> Iterator[None]:
    """Pass every key through for the time being; `resize` is called now and when the terminal's size changes.

    However this ends, the terminal is what it was: also by a signal, which raises `SystemExit` with a shell's code.
    """
    before: list[Any] = termios.tcgetattr(terminal)

    def again(*_signal: object) -> None:
        tty.setraw(terminal, termios.TCSANOW)
        resize()

    actions = {signal.SIGWINCH: lambda *_signal: resize(), signal.SIGCONT: again, **dict.fromkeys(_ENDING, _leave)}
    sys.stdout.flush()
    sys.stderr.flush()
    previous = {number: signal.signal(number, action) for number, action in actions.items()}
    try:
        again()
        yield
    finally:
        for number in actions:
            signal.signal(number, signal.SIG_IGN)
        with contextlib.suppress(termios.error):  # it has been hung up
            termios.tcsetattr(terminal, termios.TCSADRAIN, before)
        for number, was in previous.items():
            signal.signal(number, was)


def _leave(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


@contextlib.contextmanager
def passed_on(send: Callable[[int], object]) -> Iterator[None]:
    """Hand on to a program the signals that would end this command."""
    before = {number: signal.signal(number, lambda number, _frame: send(number)) for number in _ENDING}
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)
