"""The parent of one service process: forked by the daemon, outlives it.

Owns: the fork and exec of the service, its exit record, the end of its whole tree.
The daemon gives orders through the FIFO `ctl` and hears back through the project's FIFO `shims`; facts that must
survive are files. So a new daemon finds everything: `live.json` says who runs, `exit.json` how it ended, and the
whole spec, environment included, is readable in memory through /proc/<shim>/fd/<spec_fd>.

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
from composekit.supervise.logfile import ERR, OUT
from composekit.supervise.spec import ProcessSpec
from composekit.supervise.terminal import IN, Terminal

Launch = Callable[[ProcessSpec], None]

PIPE_BYTES = 256 * 1024  # what a service may write while no supervisor is alive; the default is 64 KiB
_F_SETPIPE_SZ = 1031
NOT_FOUND, NOT_EXECUTABLE, NOT_LAUNCHED = 127, 126, 125  # a shell's and Docker's numbers
NO_RECORD = 71  # a shim's own exit code: it could not write who it is, so it started nothing
_STOPPING = (signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
_NOBODY_MILLISECONDS = 200  # how often a shim that is done looks whether a daemon is alive


def run_shim(home: Home, spec: ProcessSpec, run: int, hooks: Hooks, whole: bytes) -> NoReturn:
    """Be the shim, in the child of a fork; never returns. `whole` is the spec as JSON, made before the fork."""
    gc.disable()  # it would write to every page, and they would be shared no more
    try:
        _Shim(home, spec, run, hooks, whole).live()
    except BaseException:  # noqa: BLE001 (a fork of the daemon must not go on as a second daemon)
        process.complain_of_error()
    finally:
        os._exit(70)


class _Shim:
    def __init__(self, home: Home, spec: ProcessSpec, run: int, hooks: Hooks, whole: bytes) -> None:
        self.whole = whole
        self.home = home
        self.spec = spec
        self.run = run
        self.hooks = hooks
        self.pid = 0
        self.ending = 0
        self.code: int | None = None
        self.started = False
        self.reason = ""
        self.finished_at = 0.0
        self.terminal: Terminal | None = None

    def live(self) -> NoReturn:
        try:
            self._settle()
        except OSError:
            os._exit(NO_RECORD)
        report = self._fork_service()
        self._watch(report)
        self._end_tree()
        self._wait_until_read()
        os._exit(0)

    # -- becoming a shim -----------------------------------------------------------------------------------------------

    def _settle(self) -> None:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE):
            signal.signal(number, signal.SIG_IGN)
        os.setsid()
        self.inherits = process.become_subreaper()
        process.set_name("composekit-shim")
        place = self.home.replica
        flags = os.O_RDWR | os.O_NONBLOCK
        self.orders = os.open(place(self.spec.name, "ctl"), flags)
        self.notices = os.open(self.home.path("shims"), flags)
        self.pipes = {stream: os.open(place(self.spec.name, stream), flags) for stream in (OUT, ERR)}
        self.spec_fd = _in_memory(self.whole)
        # The record stands before the inherited lock is let go: no new daemon can miss this shim.
        self._write_live()
        keep = {self.orders, self.notices, *self.pipes.values()} | (
            {self.spec_fd} if self.spec_fd is not None else set()
        )
        process.close_descriptors(keep)
        self.wake_read, self.wake_write = os.pipe()
        for end in (self.wake_read, self.wake_write):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.set_wakeup_fd(self.wake_write, warn_on_full_buffer=False)

    def _write_live(self) -> None:
        me = process.birth(os.getpid())
        main = process.birth(self.pid) if self.pid else None
        write_json(
            self.home.replica(self.spec.name, "live.json"),
            {
                "run": self.run,
                "boot": process.boot_id(),
                "shim": os.getpid(),
                "shim_started": me.started if me else None,
                "pid": self.pid or None,
                "pid_started": main.started if main else None,
                "spec_fd": self.spec_fd,
            },
        )

    def _tell(self, word: str, *facts: object) -> None:
        line = " ".join(map(str, (word, self.spec.name, self.run, *facts))) + "\n"
        # A full pipe means a daemon that is slow or dead. The files tell the same, so the notice may be lost.
        with contextlib.suppress(OSError):
            os.write(self.notices, line.encode())

    # -- the service ---------------------------------------------------------------------------------------------------

    def _fork_service(self) -> int:
        report_read, report_write = os.pipe()
        if self.spec.terminal:
            entry = self.home.replica(self.spec.name, IN) if self.spec.stdin else None
            self.terminal = Terminal(entry, self.pipes[OUT])
        # A stop may come before the child has undone our deafness to signals. Blocked, it is kept until then.
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            if self.hooks.part is not None:
                self.hooks.part(self.spec)
            self.pid = os.fork()
        except OSError as error:
            self.pid, self.code, self.finished_at = 0, NOT_LAUNCHED, time.time()
            self.reason = f"cannot start a process: {error.strerror or error}"
            os.close(report_write)
            return report_read
        if self.pid == 0:
            become_service(self.spec, self.hooks.launch, report_write, self._open_streams)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        os.close(report_write)
        if self.terminal is not None:
            self.terminal.started()
        with contextlib.suppress(OSError):  # then an adopting daemon asks for the pid
            self._write_live()
        return report_read

    def _open_streams(self) -> None:
        if self.terminal is not None:
            self.terminal.take()
            return
        place = self.home.replica
        if self.spec.stdin:
            # For writing too: as with Docker, the end of one who writes is not the end of the input.
            descriptor = os.open(place(self.spec.name, IN), os.O_RDWR)
            os.dup2(descriptor, 0)
            os.close(descriptor)
        # For reading too: so a write never meets a pipe without a reader, and a dead supervisor is no SIGPIPE.
        for number, stream in ((1, OUT), (2, ERR)):
            descriptor = os.open(place(self.spec.name, stream), os.O_RDWR)
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
            for descriptor, events in poller.poll():
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
        if reading:
            # It ended at once, or something that its launch left behind keeps the pipe open.
            os.set_blocking(report, False)
            self._take_report(told + read_all(report))
        os.close(report)

    def _take_report(self, told: bytes) -> None:
        self.started = not told
        if self.ending and self.code is None:  # it came before there was a program to hear it
            self._request_end(self.ending)
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
        self.ending = number
        process.send_group(self.pid, number)
        self._wake()
        if self.pid and process.is_deaf(self.pid, number):
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
        place = self.home.replica
        self._flush_terminal()
        end = {"run": self.run, "code": self.code, "finished_at": self.finished_at, "reason": self.reason}
        told = json.dumps({**end, "reason": self.reason[:200]})
        poller = select.poll()
        poller.register(self.orders, select.POLLIN)
        recorded = False
        while os.path.exists(place(self.spec.name)):
            if not recorded:
                # A full disk must not cost the exit code: a daemon hears it, and without one this tries again.
                with contextlib.suppress(OSError):
                    write_json(place(self.spec.name, "exit.json"), end)
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
        for stream, descriptor in self.pipes.items():
            rest = read_all(descriptor)
            if stream == OUT and self.terminal is not None:
                rest += self.terminal.rest()
            if rest:
                path = self.home.replica(self.spec.name, f"{stream}.rest")
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


def _in_memory(payload: bytes) -> int | None:
    """Keep the whole spec where a later daemon of the same user can read it, and no disk ever sees it."""
    if not hasattr(os, "memfd_create"):
        return None
    try:
        descriptor = os.memfd_create("composekit-spec")
        while payload:
            payload = payload[os.write(descriptor, payload) :]
    except OSError:
        return None
    return descriptor


def become_service(spec: ProcessSpec, launch: Launch | None, report: int, open_streams: Callable[[], None]) -> NoReturn:
    """Turn a forked child into the program of `spec`; what goes wrong is written to `report`, which exec closes.

    A launch hook that leaves a process behind must close every descriptor above 2 in it, `report` among them.
    """
    code = NOT_LAUNCHED
    try:
        os.setsid()
        reset_signals()
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        open_streams()
        if launch is not None:
            launch(spec)
        os.chdir(spec.cwd)
        code = NOT_FOUND
        os.execvpe(spec.argv[0], list(spec.argv), spec.env)
    except BaseException as error:  # noqa: BLE001 (the child must end here, whatever a hook raised)
        if code == NOT_FOUND and isinstance(error, PermissionError):
            code = NOT_EXECUTABLE
        with contextlib.suppress(OSError):
            os.write(report, _explain(spec, code, error).encode()[:4000])
    finally:
        os._exit(code)


def reset_signals() -> None:
    """Undo what the daemon and Python did to signals, so that a program starts with a clean slate."""
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals():
        if signal.getsignal(number) not in (signal.SIG_DFL, None):
            with contextlib.suppress(OSError, ValueError):
                signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _explain(spec: ProcessSpec, code: int, error: BaseException) -> str:
    detail = (error.strerror or str(error)) if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
    if code == NOT_LAUNCHED:
        target = f" '{spec.cwd}'" if isinstance(error, OSError) and error.filename == spec.cwd else ""
        return f"cannot start: {detail}{target}" if str(error) else f"cannot start: {type(error).__name__}"
    if isinstance(error, FileNotFoundError) and "/" not in spec.argv[0]:
        return f"'{spec.argv[0]}' is not a program on this machine (not found in $PATH)"
    return f"cannot run '{spec.argv[0]}': {detail.lower()}"
