"""Starting a daemon: a process of its own, which says on a pipe when it can be reached, or why not."""

import os
import select
import sys
import time

from composekit.errors import SupervisorError
from composekit.supervise.home import Home

_START_SECONDS = 30.0
_READY_FD = 3
_BEGIN = """import sys
from importlib import import_module
sys.path.append(sys.argv[1])
sys.exit(import_module(sys.argv[2]).run(sys.argv[3:]))"""
LATER = "-"  # for a project's name, which is no name: it is said on standard input


class Spare:
    """A daemon that has begun to start, and is told later for which project; nobody has to wait for its imports then.

    `root` and `runtime_dir` are those of its home; `pid` is 0 once it is the daemon or has ended. Raises `OSError`.
    """

    def __init__(self, root: str, runtime_dir: str, entry: str, environ: dict[str, str]) -> None:
        hear, self._say = os.pipe()
        self._read, write = os.pipe()
        try:
            self.pid = _spawn(root, LATER, runtime_dir, entry, environ, hear, write)
        except OSError:
            os.close(self._read)
            os.close(self._say)
            raise
        finally:
            os.close(hear)
            os.close(write)

    def become(self, home: Home) -> None:
        """Return once it is the ready daemon of a project; raises `SupervisorError` with what it said otherwise."""
        try:
            os.write(self._say, home.project.encode() + b"\n")
            _await_ready(self._read)
        finally:
            os.waitpid(self.pid, 0)
            self.pid = 0
            self.close()

    def close(self) -> None:
        """End it, if it has not become anything."""
        if self.pid:
            import signal

            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.pid = 0
        for end in (self._say, self._read):
            if end >= 0:
                os.close(end)
        self._say = self._read = -1

    @property
    def is_free(self) -> bool:
        """Tell whether it can still become the daemon of a project."""
        return self.pid != 0


def spawn_daemon(home: Home, entry: str, environ: dict[str, str]) -> None:
    """Call `run(arguments)` of the module `entry` in a new process, and return once it is ready.

    Raises `SupervisorError` with what it said otherwise.
    """
    null = os.open(os.devnull, os.O_RDONLY)
    read, write = os.pipe()
    try:
        pid = _spawn(home.root, home.project, home.runtime_dir, entry, environ, null, write)
    except OSError as error:
        os.close(read)
        raise SupervisorError(f"cannot start the supervisor: {error.strerror}", code="not-started") from error
    finally:
        os.close(null)
        os.close(write)
    try:
        _await_ready(read)
    finally:
        os.close(read)
        os.waitpid(pid, 0)


def _spawn(root: str, project: str, runtime_dir: str, entry: str, environ: dict[str, str], hear: int, say: int) -> int:
    environ.setdefault("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    # Without `site`: what somebody installed beside composekit may run code when Python starts. That takes time, and
    # what has to be told of forks (threading, random) costs each shim twice its memory. -P: the working directory is
    # the user's project, and its json.py is not ours.
    root_of_package = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    argv = [sys.executable, "-S", "-P", "-c", _BEGIN, root_of_package, entry, "--root", root, "--project", project]
    argv += ["--runtime-dir", runtime_dir, "--ready-fd", str(_READY_FD)]
    # What Python says about a broken installation goes into the pipe too.
    actions = [
        (os.POSIX_SPAWN_DUP2, hear, 0),
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
        (os.POSIX_SPAWN_DUP2, say, 2),
        (os.POSIX_SPAWN_DUP2, say, _READY_FD),
    ]
    return os.posix_spawn(sys.executable, argv, environ, file_actions=actions, setsid=sys.platform == "linux")


def _await_ready(read: int) -> None:
    told = b""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if not select.select([read], [], [], deadline - time.monotonic())[0]:
            break
        chunk = os.read(read, 65536)
        told += chunk
        lines = told.decode("utf-8", "replace").splitlines()
        last = lines[-1] if lines else ""
        if told.endswith(b"\n") and last.startswith("ready "):
            return
        if told.endswith(b"\n") and last.startswith("error "):
            message, _, hint = last.removeprefix("error ").partition("\t")
            raise SupervisorError(message, code="not-started", hint=hint or None)
        if not chunk:
            raise SupervisorError(f"the supervisor did not start: {last or 'it said nothing'}", code="not-started")
    raise SupervisorError(f"the supervisor did not start within {_START_SECONDS:g} seconds", code="not-started")
