"""One more program in the view of a replica that runs: what `exec` does.

Between the command and the program stands a guard: a process that belongs to neither, reports how the program ended,
and ends whatever the program left behind together with the replica. So nothing outlives the replica it visits, and
what a command left in the background goes on after the command, as in a container.
"""

import contextlib
import json
import os
import select
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from composekit.errors import ComposekitError
from composekit.runtime.plain import place_of, plain_of
from composekit.sandbox.enter import join
from composekit.sandbox.spaces import approach
from composekit.supervise import process
from composekit.supervise.home import Home
from composekit.supervise.launch import reset_signals
from composekit.supervise.spec import BadSpec, ProcessSpec
from composekit.supervise.status import live_shim

NOT_RUNNABLE = 126  # of Docker, whatever kept the program from being run


@dataclass(frozen=True, slots=True)
class Visit:
    """What to run, in the view of the process `pid`."""

    pid: int
    argv: tuple[str, ...]
    env: dict[str, str]
    cwd: str
    view: dict[str, Any]


def host_of(home: Home, name: str) -> tuple[ProcessSpec, int]:
    """Return the whole spec of a running replica and the pid of its main process; raises `ComposekitError`."""
    live = live_shim(home, name)
    record = live[0] if live else {}
    pid = record.get("pid")
    if not isinstance(pid, int):
        raise ComposekitError(f"container {name} is not running")
    try:
        with open(f"/proc/{record['shim']}/fd/{record['spec_fd']}", "rb") as file:
            return ProcessSpec.from_json(json.load(file)), pid
    except (OSError, ValueError, BadSpec) as error:
        raise ComposekitError(f"the view of container {name} cannot be found: {error}") from None


def plan_visit(
    host: tuple[ProcessSpec, int],
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: str = "",
    user: tuple[int, int, list[int]] | None = None,
    privileged: bool = False,
) -> Visit:
    """Return a visit with the replica's own environment, directory and user, and what is said here over these.

    With `privileged` it keeps all the rights of whoever asks.
    """
    spec, pid = host
    plain = plain_of(spec.view)
    where = place_of(spec.view, os.path.join("/", cwd)) if cwd else spec.cwd
    view = {**spec.view, "cwd": where}
    if privileged:
        view.pop("capabilities", None)
    if user is not None:
        view["user"] = [user[0], user[1], user[2]]
    more = {key: plain.value(key, value) for key, value in env.items()}
    return Visit(pid, plain.words(argv), {**spec.env, **more}, where, view)


class Visitor:
    """A program that was started; `report` becomes readable when there is news of it."""

    def __init__(self, report: int) -> None:
        self.report = report
        self.pid: int | None = None
        self.code: int | None = None
        self.trouble = ""
        self._told = b""

    def hear(self) -> bool:
        """Take the news that is there; true when the program has ended or could not be started."""
        chunk = os.read(self.report, 65536)
        self._told += chunk
        *lines, self._told = self._told.split(b"\n")
        for line in lines:
            word, _, rest = line.decode("utf-8", "replace").partition(" ")
            if word == "pid":
                self.pid = int(rest)
            elif word == "exit":
                self.code = int(rest)
            elif word == "error":
                self.trouble = rest
        if not chunk and self.code is None:
            self.code, self.trouble = 137, self.trouble or "it was killed"
        return self.code is not None

    def wait(self, *, started: bool = False) -> None:
        """Wait until it has ended, or with `started` until it runs (or never will)."""
        while not self.hear() and not (started and self.pid is not None):
            pass

    def send(self, number: int) -> None:
        """Signal the program and those in its group."""
        if self.pid is not None and self.code is None:
            process.send_group(self.pid, number)


def begin(
    visit: Visit,
    stdio: tuple[int, int, int],
    *,
    terminal: bool = False,
    ended: Callable[[int], object] = bool,
) -> Visitor:
    """Start the program with these streams; with `terminal`, the first of them becomes its controlling terminal.

    `ended` is called with its exit code, in a process of its own that outlives this one.
    """
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        _guard(visit, stdio, write, ended, terminal=terminal)
    os.close(write)
    os.waitpid(pid, 0)  # it forked the guard and left
    return Visitor(read)


def _guard(
    visit: Visit, stdio: tuple[int, int, int], report: int, ended: Callable[[int], object], *, terminal: bool
) -> NoReturn:
    try:
        os.setsid()
        if os.fork() == 0:
            _Guard(visit, stdio, report, ended, terminal=terminal).live()
    except BaseException:  # noqa: BLE001  # a fork of the command must never go on as a second command
        process.complain_of_error()
    finally:
        os._exit(0)


class _Guard:
    def __init__(
        self, visit: Visit, stdio: tuple[int, int, int], report: int, ended: Callable[[int], object], *, terminal: bool
    ) -> None:
        self.ended = ended
        self.visit = visit
        self.stdio = stdio
        self.report = report
        self.terminal = terminal

    def live(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE):
            signal.signal(number, signal.SIG_IGN)
        process.become_subreaper()
        process.set_name("composekit-exec")
        host = process.open_pidfd(self.visit.pid)
        wake_read, wake_write = os.pipe()
        os.set_blocking(wake_write, False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        pid = self._fork(wake_read, wake_write)
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        process.close_descriptors({self.report, wake_read, wake_write, *([] if host is None else [host])})
        self._watch(pid, host, wake_read)

    def _fork(self, *ours: int) -> int:
        exec_read, exec_write = os.pipe()
        try:
            approach(self.visit.pid, self.visit.view)
            pid = os.fork()
        except OSError as error:
            os.write(exec_write, _explain(self.visit, error).encode()[:4000])
            pid = -1
        if pid == 0:
            for one in (exec_read, self.report, *ours):
                os.close(one)
            _become_visitor(self.visit, self.stdio, exec_write, terminal=self.terminal)
        os.close(exec_write)
        with open(exec_read, "rb") as told:
            trouble = told.read().decode("utf-8", "replace")
        self._tell(f"error {trouble}\nexit {NOT_RUNNABLE}" if trouble else f"pid {pid}")
        return 0 if trouble else pid

    def _tell(self, text: str) -> None:
        with contextlib.suppress(OSError):  # the command has gone
            os.write(self.report, text.encode() + b"\n")

    def _watch(self, pid: int, host: int | None, wake: int) -> None:
        """Report the end of the program, and stay until nothing of it is left or the replica ends."""
        while self._reap(pid):
            ready, _, _ = select.select([wake, *([] if host is None else [host])], [], [])
            if wake in ready:
                os.read(wake, 4096)
            if host in ready:
                for one in process.descendants(os.getpid()):
                    process.send(one, signal.SIGKILL)
                host = None if not process.descendants(os.getpid()) else host

    def _reap(self, pid: int) -> bool:
        """Take the children that ended; false when none is left."""
        while True:
            try:
                found, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if found == 0:
                return True
            if found == pid:
                self.ended(process.status_code(status))
                self._tell(f"exit {process.status_code(status)}")
                os.close(self.report)


def _become_visitor(visit: Visit, stdio: tuple[int, int, int], report: int, *, terminal: bool) -> NoReturn:
    try:
        os.setsid()
        reset_signals()
        if terminal:
            import fcntl
            import termios

            fcntl.ioctl(stdio[0], termios.TIOCSCTTY, 0)
        for number, descriptor in enumerate([os.dup(one) for one in stdio]):
            os.dup2(descriptor, number)
        os.set_inheritable(report, False)
        process.close_descriptors({report})
        join(visit.pid, visit.view)
        os.chdir(visit.cwd)
        os.execvpe(visit.argv[0], list(visit.argv), visit.env)
    except BaseException as error:  # noqa: BLE001  # the child must end here, whatever was raised
        with contextlib.suppress(OSError):
            os.write(report, _explain(visit, error).encode()[:4000])
    finally:
        os._exit(NOT_RUNNABLE)


def _explain(visit: Visit, error: BaseException) -> str:
    reason = (error.strerror or str(error)).lower() if isinstance(error, OSError) else str(error)
    if isinstance(error, OSError) and error.filename == visit.cwd:
        return f"cannot change to the directory '{visit.cwd}': {reason}"
    if isinstance(error, FileNotFoundError | PermissionError) and not _is_on_path(visit):
        return f"cannot run '{visit.argv[0]}': executable file not found in $PATH"
    return f"cannot run '{visit.argv[0]}': {reason}"


def _is_on_path(visit: Visit) -> bool:
    """Tell whether there is what was asked for: a folder of PATH that may not be looked into says the same of all."""
    name = visit.argv[0]
    folders = visit.env.get("PATH", os.defpath).split(":")
    return "/" in name or any(os.path.lexists(os.path.join(folder, name)) for folder in folders)
