"""A command run in the view of a replica that runs: a forked child of the daemon, its output taken as it comes.

Health checks and lifecycle hooks are errands. Whoever reaps children calls `ended`.
"""

import contextlib
import os
import signal
from collections.abc import Callable
from typing import NoReturn

from composekit.supervise import process
from composekit.supervise.launch import reset_signals
from composekit.supervise.loop import Loop
from composekit.supervise.shim import read_all
from composekit.supervise.spec import ProcessSpec

Enter = Callable[[ProcessSpec, int], None]


class Errand:
    """Runs `spec.argv` beside the process `service_pid`; `done(code)` is called once, unless `cancel` was.

    `heard(chunk)` gets what it writes. Raises `OSError` when there can be no more processes.
    """

    def __init__(
        self,
        loop: Loop,
        spec: ProcessSpec,
        service_pid: int,
        enter: Enter | None,
        heard: Callable[[bytes], None],
        done: Callable[[int], None],
    ) -> None:
        self._loop = loop
        self._heard = heard
        self._done = done
        self._pipe, write = os.pipe()
        os.set_blocking(self._pipe, False)
        try:
            self.pid = os.fork()
        except OSError:
            os.close(self._pipe)
            os.close(write)
            raise
        if self.pid == 0:
            _become(spec, service_pid, enter, write)
        os.close(write)
        loop.on_readable(self._pipe, self._read)

    def _read(self) -> None:
        try:
            chunk = os.read(self._pipe, 65536)
        except BlockingIOError:
            return
        if chunk:
            self._heard(chunk)
        else:
            self._close_pipe()

    def kill(self) -> None:
        """SIGKILL it and its process group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        process.send(self.pid, signal.SIGKILL)

    def _close_pipe(self) -> None:
        if self._pipe >= 0:
            self._loop.forget(self._pipe)
            os.close(self._pipe)
            self._pipe = -1

    def ended(self, status: int) -> None:
        """Report: the child was reaped with this wait status."""
        # What it left running is no part of it.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        if self._pipe >= 0:
            self._heard(read_all(self._pipe))
            self._close_pipe()
        self._done(process.status_code(status))

    def cancel(self) -> None:
        """Kill it and report nothing. The child is still to be reaped."""
        self._done = self._heard = _nobody
        self.kill()


def _nobody(_fact: object) -> None:
    """Nobody asks any more."""


def _become(spec: ProcessSpec, service_pid: int, enter: Enter | None, write: int) -> NoReturn:
    argv = list(spec.argv)
    try:
        os.setsid()
        process.die_with_parent()
        reset_signals()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(write, 1)
        os.dup2(write, 2)
        if enter is not None:
            enter(spec, service_pid)
        os.chdir(spec.cwd)
        os.execvpe(argv[0], argv, spec.env)
    except BaseException as error:  # noqa: BLE001 (the child must end here, whatever a hook raised)
        detail = error.strerror if isinstance(error, OSError) and error.strerror else f"{type(error).__name__}: {error}"
        with contextlib.suppress(OSError):
            os.write(2, f"cannot run '{argv[0]}': {detail}".encode())
    finally:
        os._exit(126)
