"""The parent of one service process: forked by the daemon, outlives it.

Owns: what is done to the service, its exit record, the end of its whole tree.
The daemon gives orders through the FIFO `ctl` and hears back through the project's FIFO `shims`; facts that must
survive are files. So a new daemon finds everything: `live.json` says who runs, `exit.json` how it ended, and the
whole spec, environment included, is readable in memory through /proc/<shim>/fd/<spec_fd>.

It becomes an object only when there is something to do: see `vigil`, where it has started its service and waits.

A shim is a subreaper: what the service leaves behind, in whatever session, becomes its child, so the end of the
service is the end of all of it. It leaves only after somebody has taken the last output: the daemon says `bye`, or no
daemon is alive (the lock is free) and the shim saves the output itself.
"""

import contextlib
import fcntl
import gc
import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from typing import NoReturn

from composekit.supervise import process
from composekit.supervise.home import Home, try_lock, write_json
from composekit.supervise.hooks import Hooks
from composekit.supervise.idle import only_waits
from composekit.supervise.launch import Cradle
from composekit.supervise.logfile import ERR, OUT
from composekit.supervise.spec import ProcessSpec
from composekit.supervise.vigil import News, keep_vigil

PIPE_BYTES = 256 * 1024  # what a service may write while no supervisor is alive; the default is 64 KiB
_F_SETPIPE_SZ = 1031
_STOPPING = (signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
_UNHEARD_MILLISECONDS = 250  # how often a shim whose service is to end looks whether that only waits by now
_NOBODY_MILLISECONDS = 200  # how often a shim that is done looks whether a daemon is alive
_DEAF_TO = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE)


def shims(home: Home, hooks: Hooks, lock: int, spec: ProcessSpec | None = None) -> Callable[[bytes, int], NoReturn]:
    """Return what is called with an order and its descriptor to be a shim, in the child of a fork; never returns.

    Whoever forks is `deafen`ed, and the child closes what is not the shim's. `lock` is held until there is a record of
    the shim: no new daemon can miss it. `spec` is for an order without its descriptor.
    """
    directory, subreap, part = home.directory, process.subreaper(), hooks.part
    become, vigil = Cradle(hooks.launch, lock, spec).become, keep_vigil  # looked up once, for all shims

    def be_shim(message: bytes, spec_fd: int) -> NoReturn:
        try:
            _Shim(home, vigil(directory, message, spec_fd, lock, subreap, part, become)).live()
        except BaseException:  # noqa: BLE001 (a fork of the daemon must not go on as a second daemon)
            process.complain_of_error()
        finally:
            os._exit(70)

    return be_shim


def deafen() -> None:
    """Be what shims are from their birth: deaf to the signals that end groups, and without a search for garbage."""
    gc.disable()  # it would write to every page, and they would be shared no more
    signal.set_wakeup_fd(-1)
    for number in _DEAF_TO:
        signal.signal(number, signal.SIG_IGN)


class _Shim:
    def __init__(self, home: Home, news: News) -> None:
        self.home = home
        (self.name, self.run, self.place, _, _, self.orders, self.notices, self.out, self.err, self.wake_read,
         self.terminal) = news.post  # fmt: skip
        self.inherits = news.inherits
        self.is_guest = news.is_guest
        self.pid = news.pid
        self.report = news.report
        self.told = news.told
        self.code = news.code
        self.finished_at = news.finished_at
        self.reason = news.reason
        self.started = news.pid > 0 and news.report < 0
        self.ending = 0
        self.grace = 0.0
        self.patience: int | None = None  # milliseconds

    def live(self) -> NoReturn:
        self._watch()
        self._end_tree()
        self._wait_until_read()
        os._exit(0)

    def _tell(self, word: str, fact: object) -> None:
        # A full pipe means a daemon that is slow or dead. The files tell the same, so it may be lost.
        with contextlib.suppress(OSError):
            os.write(self.notices, f"{word} {self.name} {self.run} {fact}\n".encode())

    # -- the service ---------------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        """Carry out orders until the service is gone."""
        poller = select.poll()
        for descriptor in (self.orders, self.wake_read, *([self.report] if self.report >= 0 else [])):
            poller.register(descriptor, select.POLLIN)
        while self.code is None:
            if self.terminal is not None:
                self.terminal.enlist(poller)
            for descriptor, events in poller.poll(self.patience):
                if self.terminal is not None and self.terminal.copy(descriptor, events):
                    continue
                if descriptor == self.report:
                    chunk = os.read(self.report, 4096)
                    self.told += chunk
                    if not chunk:  # the program runs, or never will
                        poller.unregister(self.report)
                        self._take_report()
                elif descriptor == self.orders:
                    self._obey()
                else:
                    read_all(self.wake_read)
            self._reap()
            self._end_idle()
        if self.report >= 0:
            # It ended at once, or something that its launch left behind keeps the pipe open.
            os.set_blocking(self.report, False)
            self.told += read_all(self.report)
            self._take_report()

    def _take_report(self) -> None:
        os.close(self.report)
        self.report = -1
        if not self.pid:
            return
        self.started = not self.told
        if self.ending and self.code is None:  # it came before there was a program to hear it
            self._request_end(self.ending)
        if self.told:
            self.reason = self.told.decode("utf-8", "replace").strip()
        self._report_start()

    def _report_start(self) -> None:
        if self.started:
            self._tell("started", self.pid)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self.pid and self.code is None:
                self.code = process.status_code(status)
                self.finished_at = time.time()

    def _obey(self) -> None:
        try:
            orders = os.read(self.orders, 4096).decode("ascii", "replace").split("\n")
        except BlockingIOError:
            return
        for order in orders:
            word, _, number = order.partition(" ")
            if word == "signal" and number.isdigit():
                self._signal(int(number))
            elif word == "end":
                number, _, seconds = number.partition(" ")
                self.grace = float(seconds or "inf")
                self._request_end(int(number))
            elif word == "kill":
                self._kill_descendants()
            elif word == "size" and self.terminal is not None:
                self.terminal.resize(number)
            elif word == "report":
                self._report_start()

    def _signal(self, number: int) -> None:
        """Signal the service: as in a container its first process alone, without a space of its own its group."""
        if number not in _STOPPING and (self.is_guest or process.is_first(self.pid)):
            process.send(self.pid, number)
        else:
            process.send_group(self.pid, number)
        if number not in _STOPPING:
            self._wake()

    def _request_end(self, number: int) -> None:
        """Signal the service to end, which it has its time for; who only waits is killed at once."""
        self.ending, self.patience = number, _UNHEARD_MILLISECONDS
        self._signal(number)
        self._end_idle()

    def _end_idle(self) -> None:
        if self.ending and self.pid and self.code is None and only_waits(self.pid, self.ending, self.grace):
            process.send(self.pid, signal.SIGKILL)

    def _wake(self) -> None:
        """Let a paused service hear what it was sent."""
        if process.is_stopped(self.pid):
            for pid in process.descendants(os.getpid()):
                process.send(pid, signal.SIGCONT)

    # -- the end -------------------------------------------------------------------------------------------------------

    def _kill_descendants(self) -> None:
        if self.code is None:
            process.send_group(self.pid, signal.SIGKILL)
        for pid in process.descendants(os.getpid()):
            process.send(pid, signal.SIGKILL)

    def _end_tree(self) -> None:
        if not self.inherits:  # not Linux: its group is all that can be found
            process.send_group(self.pid, signal.SIGKILL)
        if self.is_guest:  # orphans are the child of the space's first process
            for pid in process.session_members(self.pid):
                process.send(pid, signal.SIGKILL)
        # Whoever forks while this looks becomes our child when its parent dies, and is met on the next round.
        options = os.WNOHANG  # usually there is nobody left, and no need to look for them
        while True:
            try:
                os.waitpid(-1, options)
            except ChildProcessError:
                return
            self._kill_descendants()
            options = 0

    def _wait_until_read(self) -> None:
        self._flush_terminal()
        with contextlib.suppress(OSError):  # only there if the service was killed while it wrote its record
            os.unlink(f"{self.place}/live.json.{os.getpid()}")
        end = {"run": int(self.run), "code": self.code, "finished_at": self.finished_at, "reason": self.reason}
        told = json.dumps({**end, "reason": self.reason[:200]})
        poller = select.poll()
        poller.register(self.orders, select.POLLIN)
        recorded = False
        while os.path.exists(self.place):
            if not recorded:
                # A full disk must not cost the exit code: a daemon hears it, and without one this tries again.
                with contextlib.suppress(OSError):
                    write_json(f"{self.place}/exit.json", end)
                    recorded = True
            self._tell("exited", told)
            if poller.poll(_NOBODY_MILLISECONDS):
                if b"bye" in read_all(self.orders).split(b"\n"):
                    return
            elif recorded and try_lock(self.home, shared=True) is not None:
                self._save_output()  # no daemon, and none can start while the lock is held
                return

    def _flush_terminal(self) -> None:
        """Pass on what the terminal still holds, for as long as a daemon takes it."""
        terminal = self.terminal
        while terminal is not None and not terminal.flush(_NOBODY_MILLISECONDS):
            lock = try_lock(self.home, shared=True)
            if lock is not None:
                os.close(lock)
                return

    def _save_output(self) -> None:
        for stream, descriptor in ((OUT, self.out), (ERR, self.err)):
            rest = read_all(descriptor)
            if stream == OUT and self.terminal is not None:
                rest += self.terminal.rest()
            if rest:
                path = f"{self.place}/{stream}.rest"
                target = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
                with contextlib.suppress(OSError):
                    while rest:
                        rest = rest[os.write(target, rest) :]
                os.close(target)


def read_all(descriptor: int) -> bytes:
    """Return what a non-blocking descriptor holds right now."""
    pieces = []
    with contextlib.suppress(BlockingIOError):
        while piece := os.read(descriptor, PIPE_BYTES):
            pieces.append(piece)
    return b"".join(pieces)


def widen(descriptor: int) -> None:
    """Let a pipe hold more, where the kernel allows it."""
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, _F_SETPIPE_SZ, PIPE_BYTES)
