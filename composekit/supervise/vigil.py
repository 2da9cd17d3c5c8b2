"""The life of a shim from its birth until something happens: it starts its service, and waits.

Owns: what an idle shim has written to, which is all the memory that it has for itself. A page that it shares with the
process that forked it is copied as soon as one reference to something on it is counted. So these are few calls in few
functions, without an object that can be made later; whoever is called is bound here, next to the others.
"""

import _signal  # type: ignore[import-not-found]  # what signal wraps, and typeshed does not list
import os
import select
import signal
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from composekit.supervise import process
from composekit.supervise.launch import NOT_LAUNCHED, Post
from composekit.supervise.logfile import ERR, OUT
from composekit.supervise.order import YES
from composekit.supervise.terminal import IN, Terminal

_FIFO = os.O_RDWR | os.O_NONBLOCK
_EVERY_SIGNAL = frozenset(map(int, signal.valid_signals()))
_BLOCK, _SET = int(signal.SIG_BLOCK), int(signal.SIG_SETMASK)
_CHILD = int(signal.SIGCHLD)
_READABLE, _NOT_YET, _WRITE_ONLY = select.POLLIN, os.WNOHANG, os.O_WRONLY
_open, _close, _read, _write, _pipe, _fork, _wait = os.open, os.close, os.read, os.write, os.pipe, os.fork, os.waitpid
_setsid, _set_blocking, _poll, _own_pid = os.setsid, os.set_blocking, select.poll, os.getpid
_decode, _encode = bytes.decode, str.encode
_on_signal: Any = _signal.signal  # signal's own make enums of what they return
_mask_signals: Any = _signal.pthread_sigmask
_wake_by: Any = _signal.set_wakeup_fd

Subreap = Callable[[], int]
Part = Callable[[str], bool]
Become = Callable[[Post, int, int], object]  # in the forked child, and never returns; the shim's pid, the report
Seen = tuple[int, bytes, int | None, float]  # report, told, code and finished_at, as in News


class News(NamedTuple):
    """Where a shim stands when something has happened.

    `pid` is 0 when no service could be forked. `code` is `None` while it lives. `told` is what its launch has written
    to `report` until now, which is -1 when the program runs.
    """

    post: Post
    inherits: bool
    is_guest: bool
    pid: int
    report: int
    told: bytes
    code: int | None
    finished_at: float
    reason: str


def keep_vigil(
    directory: str, message: bytes, spec_fd: int, lock: int, subreap: Subreap, part: Part | None, become: Become
) -> News:
    """Settle, fork the service, and wait until there is something to do that an idle shim does not.

    `directory` is the project's; `message` and `spec_fd` are an order's. `lock` is held until there is a record of the
    service.
    """
    _path, name, run, terminal, stdin, parting = _decode(message).split("\0")
    place = f"{directory}/replicas/{name}"
    inherits, wake = _settle(subreap)
    orders, notices = _open(f"{place}/ctl", _FIFO), _open(f"{directory}/shims", _FIFO)
    out, err = _open(f"{place}/{OUT}", _FIFO), _open(f"{place}/{ERR}", _FIFO)
    held = Terminal(f"{place}/{IN}" if stdin == YES else None, out) if terminal == YES else None
    report, reporting = _pipe()
    is_guest, told, code, finished_at, reason, shim = False, b"", None, 0.0, "", _own_pid()
    # A stop may come before the child has undone our deafness to signals. Blocked, it is kept until then.
    _mask_signals(_BLOCK, _EVERY_SIGNAL)
    try:
        if part is not None and parting:
            is_guest = part(parting)
        pid = _fork()
        if pid == 0:
            become(
                Post(name, run, place, stdin == YES, spec_fd, orders, notices, out, err, wake, held), shim, reporting
            )
    except OSError as error:
        pid, code, finished_at = 0, NOT_LAUNCHED, time.time()
        reason = f"cannot start a process: {error.strerror or error}"
    _mask_signals(_SET, ())
    _close(reporting)
    _close(lock)
    if held is not None:
        held.started()
    elif code is None:
        report, told, code, finished_at = _wait_for_news(
            orders, wake, report, notices, pid, f"started {name} {run} {pid}\n"
        )
    post = Post(name, run, place, stdin == YES, spec_fd, orders, notices, out, err, wake, held)
    return News(post, inherits, is_guest, pid, report, told, code, finished_at, reason)


def _settle(subreap: Subreap) -> tuple[bool, int]:
    """Become a shim; returns whether it inherits orphans, and what can be read once a child has ended."""
    _wake_by(-1)
    _setsid()
    inherits = subreap() == 0
    try:
        name = _open("/proc/self/comm", _WRITE_ONLY)  # a third of the pages that the system call by ctypes touches
        _write(name, b"composekit-shim")
        _close(name)
    except OSError:
        pass
    wake, woken = _pipe()
    _set_blocking(wake, False)
    _set_blocking(woken, False)
    _on_signal(_CHILD, _heed_child)
    _wake_by(woken, warn_on_full_buffer=False)
    return inherits, wake


def _heed_child(_number: int, _frame: object) -> None:
    """Only so that the signal is written to the descriptor that is waited for."""


def _wait_for_news(orders: int, wake: int, report: int, notices: int, pid: int, started: str) -> Seen:
    """Wait for anything else than that the program runs, which is told, or that somebody it left behind has ended."""
    poller = _poll()
    poller.register(orders, _READABLE)
    poller.register(wake, _READABLE)
    poller.register(report, _READABLE)
    while True:
        for descriptor, _ in poller.poll():
            if descriptor == orders:
                return report, b"", None, 0.0
            if descriptor == wake:
                _read(wake, 4096)
                ended = -1
                while ended:
                    ended, status = _wait(-1, _NOT_YET)
                    if ended == pid:
                        return report, b"", process.status_code(status), time.time()
                continue
            told = _read(report, 4096)
            if told:
                return report, told, None, 0.0
            poller.unregister(report)
            _close(report)
            report = -1
            try:  # noqa: SIM105 (it would make objects)
                _write(notices, _encode(started))
            except OSError:
                pass  # A full pipe means a daemon that is slow or dead. The files tell the same, so it may be lost.


def rehearse() -> None:
    """Do in the process that forks shims what each would do alone.

    What the interpreter makes at the first time of a call, and keeps, is shared then.
    """
    orders, order = _pipe()
    report, reporting = _pipe()
    wake, woken = _pipe()
    notices = _open(os.devnull, _WRITE_ONLY)
    _decode(b"/dev/null").split("\0")
    _set_blocking(woken, False)
    _mask_signals(_BLOCK, ())
    _close(reporting)
    _write(order, b"?")
    _wait_for_news(orders, wake, report, notices, 0, "")
    for end in (orders, order, wake, woken, notices):
        _close(end)
