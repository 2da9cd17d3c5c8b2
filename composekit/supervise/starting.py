"""Starting a daemon: a process of its own, which says on a pipe when it can be reached, or why not."""

import os
import select
import sys
import time

from composekit.errors import SupervisorError
from composekit.supervise.home import Home

_START_SECONDS = 30.0
_READY_FD = 3


def spawn_daemon(home: Home, entry: str, environ: dict[str, str]) -> None:
    """Run `python -m entry` and return once it is ready; raises `SupervisorError` with what it said otherwise."""
    environ.setdefault("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    package_root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    if os.path.basename(package_root) not in ("site-packages", "dist-packages"):  # a checkout
        environ["PYTHONPATH"] = os.pathsep.join(filter(None, (package_root, environ.get("PYTHONPATH"))))
    # -P: the working directory is the user's project, and its json.py is not ours.
    argv = [sys.executable, "-P", "-m", entry, "--root", home.root, "--project", home.project]
    argv += ["--runtime-dir", home.runtime_dir, "--ready-fd", str(_READY_FD)]
    read, write = os.pipe()
    # What Python says about a broken installation goes into the pipe too.
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
        (os.POSIX_SPAWN_DUP2, write, 2),
        (os.POSIX_SPAWN_DUP2, write, _READY_FD),
    ]
    try:
        pid = os.posix_spawn(sys.executable, argv, environ, file_actions=actions, setsid=sys.platform == "linux")
    except OSError as error:
        os.close(read)
        raise SupervisorError(f"cannot start the supervisor: {error.strerror}", code="not-started") from error
    finally:
        os.close(write)
    try:
        _await_ready(read)
    finally:
        os.close(read)
        os.waitpid(pid, 0)


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
