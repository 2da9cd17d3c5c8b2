"""The lifecycle hooks of one replica, one after the other, each an errand; the first failure ends them."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from composekit.supervise.errand import Enter, Errand
from composekit.supervise.events import HooksDone
from composekit.supervise.loop import Loop
from composekit.supervise.spec import HookSpec, ProcessSpec

_LONGEST_LINE = 1 << 16
_KEPT_LINES = 3  # of a hook that failed, for whoever asked


class HookRun:
    """`started(errand)` hears of each child, so that it is reaped; `line(text)` of each line; `done` comes once.

    `kind` is "post_start" or "pre_stop". Failures are worded as in Docker Compose.
    """

    def __init__(  # noqa: PLR0913 (facts, each named at the only call)
        self,
        loop: Loop,
        spec: ProcessSpec,
        pid: int,
        run: int,
        kind: str,
        *,
        enter: Enter | None,
        started: Callable[[Errand], None],
        line: Callable[[str], None],
        done: Callable[[HooksDone], None],
    ) -> None:
        self._loop = loop
        self._spec = spec
        self._pid = pid
        self._run = run
        self._left = deque(spec.post_start if kind == "post_start" else spec.pre_stop)
        self._enter = enter
        self._started = started
        self._line = line
        self._done = done
        self._begun = b""
        self._last: deque[str] = deque(maxlen=_KEPT_LINES)
        self._errand: Errand | None = None
        self._next()

    def _next(self) -> None:
        if not self._left:
            self._done(HooksDone(time.time(), self._run))
            return
        self._last.clear()
        told = as_told(self._spec, self._left.popleft())
        try:
            self._errand = Errand(self._loop, told, self._pid, self._enter, self._heard, self._ended)
        except OSError as error:
            self._fail(f"cannot be run: {(error.strerror or str(error)).lower()}")
            return
        self._started(self._errand)

    def _heard(self, chunk: bytes) -> None:
        *lines, self._begun = (self._begun + chunk).split(b"\n")
        if len(self._begun) > _LONGEST_LINE:
            lines, self._begun = [*lines, self._begun], b""
        for line in lines:
            self._tell(line)

    def _tell(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace")
        self._last.append(text)
        self._line(text)

    def _ended(self, code: int) -> None:
        if self._begun:
            self._tell(self._begun)
            self._begun = b""
        if code:
            self._fail(f"exited with status {code}")
        else:
            self._next()

    def _fail(self, how: str) -> None:
        said = " ".join(" ".join(self._last).split())[:300]
        trouble = f"{self._spec.group} hook {how}" + (f": {said}" if said else "")
        self._done(HooksDone(time.time(), self._run, trouble))

    def cancel(self) -> None:
        """Kill what runs and report nothing."""
        self._left.clear()
        if self._errand is not None:
            self._errand.cancel()


def as_told(spec: ProcessSpec, hook: HookSpec) -> ProcessSpec:
    """Return what to run for a hook: its words, in the process's environment, directory and user unless it has own."""
    view = {**spec.view, "cwd": hook.cwd or spec.view.get("cwd", "")}
    if hook.user is not None:
        view["user"] = [hook.user[0], hook.user[1], list(hook.user[2])]
    if hook.privileged:
        view.pop("capabilities", None)
    return replace(spec, argv=hook.argv, env={**spec.env, **hook.env}, cwd=hook.cwd or spec.cwd, view=view)
