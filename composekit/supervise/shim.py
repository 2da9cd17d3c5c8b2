"""The parent of one service process: forked by the daemon, outlives it.

Owns: the fork and exec of the service, its exit record, the end of its whole tree.
The daemon gives orders through the FIFO `ctl` and hears back through the project's FIFO `shims`; facts that must
survive are files. So a new daemon finds everything: `live.json` says who runs, `exit.json` how it ended, and the
whole spec, environment included, is readable in memory through /proc/<shim>/fd/<spec_fd>.

A shim costs what it writes to: pages are shared with the process that forked it until then. Hence the few calls, of
plain functions, until it waits for the service (the wrappers in signal make dozens of objects, json hundreds).

A shim is a subreaper: what the service leaves behind, in whatever session, becomes its child, so the end of the
service is the end of all of it. It leaves only after somebody has taken the last output: the daemon says `bye`, or no
daemon is alive (the lock is free) and the shim saves the output itself.
"""

import _signal  # type: ignore[import-not-found]  # what signal wraps, and typeshed does not list
import contextlib
import fcntl
import gc
import json
import os
import select
import signal
import sys
import time
from typing import Any, NoReturn

from composekit.supervise import process
from composekit.supervise.home import Home, try_lock, write_json
from composekit.supervise.hooks import Hooks
from composekit.supervise.launch import NOT_LAUNCHED, become_service
from composekit.supervise.logfile import ERR, OUT
from composekit.supervise.order import YES, read_spec
from composekit.supervise.spec import ProcessSpec
from composekit.supervise.terminal import IN, Terminal

PIPE_BYTES = 256 * 1024  # what a service may write while no supervisor is alive; the default is 64 KiB
_F_SETPIPE_SZ = 1031
_STOPPING = (signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
_UNHEARD_MILLISECONDS, _UNHEARD_ROUNDS = 250, 4  # long enough for a first process that goes on after its child
_NOBODY_MILLISECONDS = 200  # how often a shim that is done looks whether a daemon is alive
_DEAF_TO = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE)
_EVERY_SIGNAL = frozenset(map(int, signal.valid_signals()))
_BLOCK, _SET = int(signal.SIG_BLOCK), int(signal.SIG_SETMASK)
_CHILD = int(signal.SIGCHLD)
_on_signal: Any = _signal.signal
_mask_signals: Any = _signal.pthread_sigmask  # signal's own make enums of what they return


def run_shim(
    home: Home, message: bytes, spec_fd: int, hooks: Hooks, lock: int, spec: ProcessSpec | None = None
) -> NoReturn:
    """Be the shim, in the child of a fork of who is `deafen`ed and has closed what is not the shim's; never returns.

    `message` and `spec_fd` are an order's. `lock` is held until there is a record of the shim: no new daemon can miss
    it. `spec` is for an order without its descriptor.
    """
    gc.disable()  # it would write to every page, and they would be shared no more
    try:
        _Shim(home, message, spec_fd, hooks, lock, spec).live()
    except BaseException:  # noqa: BLE001 (a fork of the daemon must not go on as a second daemon)
        process.complain_of_error()
    finally:
        os._exit(70)


def deafen() -> None:
    """Be what shims are from their birth: deaf to the signals that end groups."""
    signal.set_wakeup_fd(-1)
    for number in _DEAF_TO:
        signal.signal(number, signal.SIG_IGN)


def _heed_child(_number: int, _frame: object) -> None:
    """Only so that the signal is written to the descriptor that is waited for."""


class _Shim:
    def __init__(
        self, home: Home, message: bytes, spec_fd: int, hooks: Hooks, lock: int, spec: ProcessSpec | None
    ) -> None:
        # Texts stay texts: each object that is made here is memory that this shim alone has.
        _path, self.name, self.run, terminal, stdin, self.parting = message.decode().split("\0")
        self.place = f"{home.directory}/replicas/{self.name}"
        self.has_terminal = terminal == YES
        self.has_stdin = stdin == YES
        self.spec_fd = spec_fd
        self.home = home
        self.hooks = hooks
        self.lock = lock
        self.spec = spec
        self.pid = 0
        self.ending = 0
        self.unheard = 0
        self.patience: int | None = None  # milliseconds
        self.is_guest = False
        self.code: int | None = None
        self.started = False
        self.reason = ""
        self.finished_at = 0.0
        self.terminal: Terminal | None = None

    def live(self) -> NoReturn:
        self._settle()
        report = self._fork_service()
        self._watch(report)
        self._end_tree()
        self._wait_until_read()
        os._exit(0)

    # -- becoming a shim -----------------------------------------------------------------------------------------------

    def _settle(self) -> None:
        signal.set_wakeup_fd(-1)
        os.setsid()
        self.inherits = process.become_subreaper()
        process.set_name("composekit-shim")
        flags = os.O_RDWR | os.O_NONBLOCK
        self.orders = os.open(f"{self.place}/ctl", flags)
        self.notices = os.open(f"{self.home.directory}/shims", flags)
        self.out = os.open(f"{self.place}/{OUT}", flags)
        self.err = os.open(f"{self.place}/{ERR}", flags)
        self.wake_read, self.wake_write = os.pipe()
        os.set_blocking(self.wake_read, False)
        os.set_blocking(self.wake_write, False)
        _on_signal(_CHILD, _heed_child)
        signal.set_wakeup_fd(self.wake_write, warn_on_full_buffer=False)

    def _tell(self, word: str, fact: object) -> None:
        try:  # noqa: SIM105 (it would make objects)
            os.write(self.notices, f"{word} {self.name} {self.run} {fact}\n".encode())
        except OSError:
            pass  # A full pipe means a daemon that is slow or dead. The files tell the same, so it may be lost.

    # -- the service ---------------------------------------------------------------------------------------------------

    def _fork_service(self) -> int:
        report_read, report_write = os.pipe()
        me = os.getpid()
        if self.has_terminal:
            entry = f"{self.place}/{IN}" if self.has_stdin else None
            self.terminal = Terminal(entry, self.out)
        # A stop may come before the child has undone our deafness to signals. Blocked, it is kept until then.
        _mask_signals(_BLOCK, _EVERY_SIGNAL)
        try:
            if self.hooks.part is not None and self.parting:
                self.is_guest = self.hooks.part(self.parting)
            self.pid = os.fork()
        except OSError as error:
            self.pid, self.code, self.finished_at = 0, NOT_LAUNCHED, time.time()
            self.reason = f"cannot start a process: {error.strerror or error}"
            os.close(report_write)
            os.close(self.lock)
            return report_read
        if self.pid == 0:
            self._become_service(me, report_write)
        _mask_signals(_SET, ())
        os.close(report_write)
        os.close(self.lock)
        if self.terminal is not None:
            self.terminal.started()
        return report_read

    def _become_service(self, shim: int, report: int) -> NoReturn:
        try:
            self._write_live(shim)
            os.close(self.lock)
            spec = self.spec or read_spec(self.spec_fd)
        except BaseException as error:  # noqa: BLE001 (this child must not go on as a shim)
            os.write(report, f"cannot start: its record cannot be written: {error}".encode())
            os._exit(NOT_LAUNCHED)
        become_service(spec, self.hooks.launch, report, self._open_streams)

    def _write_live(self, shim: int) -> None:
        """Say who runs, in the child that will be the service: what it makes in memory goes with it."""
        # In a space of processes of its own, it does not know its number outside; /proc is still that of the outside.
        pid = int(os.readlink("/proc/self")) if process.HAS_PROC else os.getpid()
        facts = {
            "run": int(self.run),
            "boot": process.boot_id(),
            "shim": shim,
            "shim_started": process.start_ticks(shim),
            "pid": pid,
            "pid_started": process.start_ticks(pid),
            "spec_fd": self.spec_fd if self.spec_fd >= 0 else None,
        }
        write_json(f"{self.place}/live.json", facts, writer=shim)

    def _open_streams(self) -> None:
        if self.terminal is not None:
            self.terminal.take()
            return
        if self.has_stdin:
            # For writing too: as with Docker, the end of one who writes is not the end of the input.
            descriptor = os.open(f"{self.place}/{IN}", os.O_RDWR)
            os.dup2(descriptor, 0)
            os.close(descriptor)
        # For reading too: so a write never meets a pipe without a reader, and a dead supervisor is no SIGPIPE.
        for number, stream in ((1, OUT), (2, ERR)):
            descriptor = os.open(f"{self.place}/{stream}", os.O_RDWR)
            os.dup2(descriptor, number)
            os.close(descriptor)

    def _watch(self, report: int) -> None:
        """Carry out orders until the service is gone."""
        poller = select.poll()
        for descriptor in (self.orders, self.wake_read, report):
            poller.register(descriptor, select.POLLIN)
        told, reading = b"", True
        while self.code is None:
            if self.terminal is not None:
                self.terminal.enlist(poller)
            for descriptor, events in poller.poll(self.patience):
                if self.terminal is not None and self.terminal.copy(descriptor, events):
                    continue
                if descriptor == report:
                    chunk = os.read(report, 4096)
                    told += chunk
                    if not chunk:  # the program runs, or never will
                        reading = False
                        poller.unregister(report)
                        self._take_report(told)
                elif descriptor == self.orders:
                    self._obey()
                else:
                    read_all(self.wake_read)
            self._reap()
            self._end_unheard()
        if reading:
            # It ended at once, or something that its launch left behind keeps the pipe open.
            os.set_blocking(report, False)
            self._take_report(told + read_all(report))
        os.close(report)

    def _take_report(self, told: bytes) -> None:
        self.started = not told
        if self.ending and self.code is None:  # it came before there was a program to hear it
            self._request_end(self.ending)
        if told:
            self.reason = told.decode("utf-8", "replace").strip()
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
                process.send_group(self.pid, int(number))
                if int(number) not in _STOPPING:
                    self._wake()
            elif word == "end" and number.isdigit():
                self._request_end(int(number))
            elif word == "kill":
                self._kill_descendants()
            elif word == "size" and self.terminal is not None:
                self.terminal.resize(number)
            elif word == "report":
                self._report_start()

    def _request_end(self, number: int) -> None:
        """Signal the service, and kill it at once when it is the first of its space and has no handler for that."""
        self.ending, self.patience = number, _UNHEARD_MILLISECONDS
        process.send_group(self.pid, number)
        self._wake()
        if self.pid and process.is_deaf(self.pid, number):
            process.send(self.pid, signal.SIGKILL)

    def _end_unheard(self) -> None:
        """Kill a service that stays deaf to the signal that was to end it, now that its children have heard it."""
        if not self.ending or self.code is not None:
            return
        self.unheard = self.unheard + 1 if process.is_deaf(self.pid, self.ending) else 0
        if self.unheard == _UNHEARD_ROUNDS:
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
