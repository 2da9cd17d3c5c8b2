"""The pseudo-terminal of a service, and its shim's copying between it and the service's FIFOs.

The shim holds the terminal, not the daemon: so a daemon that is killed hangs nobody up. What the service writes goes
into the FIFO of its output, to be logged; what clients write to the FIFO `in` is what it reads.
"""

import fcntl
import os
import select
import struct
import termios

IN = "in"  # the FIFO's name in the replica's directory
_CHUNK = 16384


class Terminal:
    """`entry` is the path of the FIFO `in`, if there is input; `output` a non-blocking descriptor of the output's FIFO.

    What the output does not take now waits in `_held`.
    """

    def __init__(self, entry: str | None, output: int) -> None:
        self._master, self._inner = os.openpty()
        os.set_blocking(self._master, False)
        self._output = output
        self._entry = os.open(entry, os.O_RDWR | os.O_NONBLOCK) if entry is not None else -1
        self._held = b""
        self._typed = b""
        self._ended = False

    def take(self) -> None:
        """Make it the streams and the terminal of this process, which leads a session and will be the service."""
        fcntl.ioctl(self._inner, termios.TIOCSCTTY, 0)
        for number in (0, 1, 2):
            os.dup2(self._inner, number)

    def started(self) -> None:
        """Let go of the service's end, in the shim: the end of the service is then the end of its output."""
        os.close(self._inner)

    def enlist(self, poller: "select.poll") -> None:
        """Say what to wait for: nobody is read from before what he wrote has gone on."""
        wanted = {self._master: 0, self._output: 0}
        wanted[self._master] |= 0 if self._held else select.POLLIN
        wanted[self._master] |= select.POLLOUT if self._typed else 0
        wanted[self._output] |= select.POLLOUT if self._held else 0
        if self._entry >= 0:
            wanted[self._entry] = 0 if self._typed else select.POLLIN
        for descriptor, events in wanted.items():
            if events and not (self._ended and descriptor == self._master):
                poller.register(descriptor, events)
            elif _is_registered(poller, descriptor):
                poller.unregister(descriptor)

    def copy(self, descriptor: int, events: int) -> bool:
        """Copy what is ready; false for a descriptor that is not the terminal's."""
        if descriptor not in (self._master, self._output, self._entry):
            return False
        if descriptor == self._entry:
            self._typed += _read(self._entry) or b""
        if descriptor == self._master and events & (select.POLLIN | select.POLLHUP | select.POLLERR):
            self._read_master()
        self._push()
        return True

    def _read_master(self) -> None:
        chunk = _read(self._master)
        if chunk is None:
            self._ended = True  # nobody has the other end any more
        else:
            self._held += chunk

    def _push(self) -> None:
        self._held = _write(self._output, self._held)
        self._typed = _write(self._master, self._typed)

    def flush(self, milliseconds: int) -> bool:
        """Pass on what is left after the service's end; false when the output took nothing for so long."""
        while True:
            while not self._ended and not self._held:
                chunk = _read(self._master)
                self._ended = not chunk
                self._held += chunk or b""
            if not self._held:
                return True
            poller = select.poll()
            poller.register(self._output, select.POLLOUT)
            if not poller.poll(milliseconds):
                return False
            self._push()

    def rest(self) -> bytes:
        """Return what the output did not take."""
        pieces = [self._held]
        while chunk := _read(self._master):
            pieces.append(chunk)
        return b"".join(pieces)

    def resize(self, text: str) -> None:
        """Set the size from "ROWS COLUMNS"; the kernel tells the service (SIGWINCH)."""
        words = text.split()
        if len(words) == 2 and all(word.isdigit() and int(word) < 1 << 16 for word in words):
            fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", int(words[0]), int(words[1]), 0, 0))


def _is_registered(poller: "select.poll", descriptor: int) -> bool:
    try:
        poller.modify(descriptor, 0)
    except OSError:
        return False
    return True


def _read(descriptor: int) -> bytes | None:
    """Return what is there now, empty when nothing is, `None` at the end."""
    try:
        return os.read(descriptor, _CHUNK) or None
    except BlockingIOError:
        return b""
    except OSError:  # a terminal says so when the other end is closed
        return None


def _write(descriptor: int, data: bytes) -> bytes:
    """Write what is taken now, and return the rest."""
    try:
        return data[os.write(descriptor, data) :] if data else data
    except BlockingIOError:
        return data
    except OSError:  # nobody reads it any more
        return b""
