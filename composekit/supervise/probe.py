"""One run of a health check: a forked child with a time limit, its output kept short."""

import contextlib
import os
import signal
import time
from collections.abc import Callable
from typing import NoReturn

from composekit.supervise import process
from composekit.supervise.events import ProbeResult
from composekit.supervise.loop import Loop
from composekit.supervise.shim import read_all, reset_signals
from composekit.supervise.spec import ProcessSpec

Enter = Callable[[ProcessSpec, int], None]

KEPT_BYTES = 4096  # as much as Docker keeps
TIMED_OUT = -1  # Docker's exit code for it


class ProbeRun:
    """A health check under way. Whoever reaps children calls `ended`; `done` is called once, unless `cancel` was."""

    def __init__(
        self, loop: Loop, spec: ProcessSpec, service_pid: int, enter: Enter | None, done: Callable[[ProbeResult], None]
    ) -> None:
        assert spec.probe is not None
        self._loop = loop
        self._timeout_seconds = spec.probe.timeout_seconds
        self._done = done
        self._output = bytearray()
        self._timed_out = False
        self._started_at = time.time()
        self._pipe, write = os.pipe()
        os.set_blocking(self._pipe, False)
        try:
            self.pid = os.fork()
        except OSError:
            os.close(self._pipe)
            os.close(write)
            raise
        if self.pid == 0:
            _become_probe(spec, service_pid, enter, write)
        os.close(write)
        loop.on_readable(self._pipe, self._read)
        loop.start_timer(self, self._timeout_seconds, self._time_out)

    def _read(self) -> None:
        try:
            chunk = os.read(self._pipe, 65536)
        except BlockingIOError:
            return
        if chunk:
            self._keep(chunk)
        else:
            self._close_pipe()

    def _keep(self, chunk: bytes) -> None:
        self._output += chunk[: max(0, KEPT_BYTES - len(self._output))]

    def _time_out(self) -> None:
        self._timed_out = True
        self._kill()

    def _kill(self) -> None:
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
        self._loop.cancel_timer(self)
        # What it left running is no part of the check.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        if self._pipe >= 0:
            self._keep(read_all(self._pipe))
            self._close_pipe()
        text = self._output.decode("utf-8", "replace")
        code = process.status_code(status)
        if self._timed_out:
            code, text = TIMED_OUT, f"Health check exceeded timeout ({self._timeout_seconds:g}s): {text}".rstrip(": ")
        self._done(ProbeResult(self._started_at, time.time(), code, text))

    def cancel(self) -> None:
        """Kill it and report nothing. The child is still to be reaped."""
        self._done = _nobody
        self._kill()


def _nobody(_result: ProbeResult) -> None:
    """Nobody asks any more."""


def _become_probe(spec: ProcessSpec, service_pid: int, enter: Enter | None, write: int) -> NoReturn:
    assert spec.probe is not None
    argv = list(spec.probe.argv)
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
