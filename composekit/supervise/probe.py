"""One run of a health check: an errand with a time limit, its output kept short."""

import time
from collections.abc import Callable
from dataclasses import replace

from composekit.supervise.errand import Enter, Errand
from composekit.supervise.events import ProbeResult
from composekit.supervise.loop import Loop
from composekit.supervise.spec import ProcessSpec

KEPT_BYTES = 4096  # as much as Docker keeps
TIMED_OUT = -1  # Docker's exit code for it


class ProbeRun:
    """A health check under way; `done` is called once, unless `errand.cancel` was."""

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
        self.errand = Errand(loop, replace(spec, argv=spec.probe.argv), service_pid, enter, self._keep, self._ended)
        loop.start_timer(self, self._timeout_seconds, self._time_out)

    def _keep(self, chunk: bytes) -> None:
        self._output += chunk[: max(0, KEPT_BYTES - len(self._output))]

    def _time_out(self) -> None:
        self._timed_out = True
        self.errand.kill()

    def _ended(self, code: int) -> None:
        self._loop.cancel_timer(self)
        text = self._output.decode("utf-8", "replace")
        if self._timed_out:
            code, text = TIMED_OUT, f"Health check exceeded timeout ({self._timeout_seconds:g}s): {text}".rstrip(": ")
        self._done(ProbeResult(self._started_at, time.time(), code, text))

    def cancel(self) -> None:
        """Kill it and report nothing."""
        self._loop.cancel_timer(self)
        self.errand.cancel()
