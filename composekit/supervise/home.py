"""Where a project's supervisor keeps things: paths only, plus the lock and atomic writes.

<root>/projects/<project>/          0700
    lock                            held by the running daemon
    project.json                    version of all this, notices
    shims                           FIFO: what shims tell the daemon
    daemon.log                      what the daemon said when something went wrong
    replicas/<name>/
        spec.json state.json        written by the daemon
        live.json exit.json         written by the replica's shim
        out err ctl                 FIFOs: output of the service, orders to the shim
        out.rest err.rest           output that no daemon was there to read
        logs/00000001.log ...       see logfile
<runtime_dir>/<hash>.sock           control socket
"""

import contextlib
import fcntl
import json
import os
import stat
from collections.abc import Mapping
from typing import Any

from composekit.errors import SupervisorError
from composekit.supervise import process
from composekit.supervise.light import sha256

STATE_VERSION = 1  # one more when a supervisor of before could not make sense of what is written
SOCKET_PATH_LIMIT = 100  # the kernel takes 107 bytes on Linux and 103 on macOS


class Home:
    """The paths of one project. Making a Home touches nothing."""

    __slots__ = ("directory", "project", "root", "runtime_dir", "socket_path")

    def __init__(self, root: str, project: str, runtime_dir: str) -> None:
        self.root = os.path.abspath(root)
        self.project = project
        self.runtime_dir = os.path.abspath(runtime_dir)
        self.directory = os.path.join(self.root, "projects", project)
        digest = sha256(self.directory.encode()).hexdigest()[:16]
        self.socket_path = os.path.join(self.runtime_dir, f"{digest}.sock")

    def path(self, *names: str) -> str:
        """Return a path inside the project's state directory."""
        return os.path.join(self.directory, *names)

    def replica(self, name: str, *names: str) -> str:
        """Return a path inside one replica's directory."""
        return os.path.join(self.directory, "replicas", name, *names)

    def replica_names(self) -> list[str]:
        """Return the names of the replicas that have a directory, sorted."""
        try:
            return sorted(os.listdir(self.path("replicas")))
        except FileNotFoundError:
            return []

    def exists(self) -> bool:
        """Tell whether there is any state of this project."""
        return os.path.isdir(self.directory)


def default_runtime_dir(environ: Mapping[str, str]) -> str:
    """Return where sockets go: the user's runtime directory, otherwise a directory of their own in /tmp."""
    base = environ.get("XDG_RUNTIME_DIR", "")
    if os.path.isabs(base) and len(base) < 60 and os.path.isdir(base):
        return os.path.join(base, "composekit")
    return f"/tmp/composekit-{os.getuid()}"  # noqa: S108 (make_private refuses a directory that is not ours)


def projects(root: str) -> list[str]:
    """Return the names of the projects with state below `root`, sorted."""
    try:
        return sorted(os.listdir(os.path.join(root, "projects")))
    except (FileNotFoundError, NotADirectoryError):
        return []


def make_private(directory: str) -> None:
    """Make a directory that belongs to this user alone; raises `SupervisorError` when it belongs to another."""
    try:
        facts = _make(directory)
    except OSError as error:
        raise SupervisorError(f"cannot make '{directory}': {error.strerror}", code="no-directory") from error
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.getuid():
        raise SupervisorError(f"'{directory}' belongs to another user", code="not-ours")
    if facts.st_mode & 0o077:
        os.chmod(directory, 0o700)


def _make(directory: str) -> os.stat_result:
    tries = 100
    while True:
        try:
            os.makedirs(directory, mode=0o700, exist_ok=True)
            return os.lstat(directory)
        except FileNotFoundError:  # a supervisor that leaves right now may remove a parent in between
            tries -= 1
            if not tries:
                raise


def prepare(home: Home) -> None:
    """Make the directories; raises `SupervisorError`."""
    make_private(home.directory)
    make_private(home.path("replicas"))
    make_private(home.runtime_dir)
    if len(os.fsencode(home.socket_path)) > SOCKET_PATH_LIMIT:
        raise SupervisorError(
            f"the socket path '{home.socket_path}' is too long", code="long-path", hint="set a shorter XDG_RUNTIME_DIR"
        )


def check_version(home: Home) -> None:
    """Raise `SupervisorError` for state that a newer composekit wrote; what an older one left out counts as new."""
    found = (read_json(home.path("project.json")) or {}).get("v", STATE_VERSION)
    if isinstance(found, int) and found > STATE_VERSION:
        raise SupervisorError(
            f"the state of project '{home.project}' was written by a newer composekit"
            f" (format {found}, this one knows {STATE_VERSION})",
            code="newer-state",
            hint="use that one for this project, or take the project down with it first",
        )


def try_lock(home: Home, *, shared: bool = False) -> int | None:
    """Take the project's lock and return its descriptor; `None` while another holds it or when it is gone.

    A holder removes the file before it lets go, so the lock counts only if the file is still the one on disk.
    """
    path = home.path("lock")
    try:
        descriptor = os.open(path, os.O_RDWR | (0 if shared else os.O_CREAT), 0o600)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_ino == os.stat(path).st_ino:
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(descriptor)
    return None


def remove_tree(directory: str) -> None:
    """Delete a directory and all in it, following no links; what is gone already is fine."""
    try:
        entries = list(os.scandir(directory))
    except FileNotFoundError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            remove_tree(entry.path)
        else:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(entry.path)
    with contextlib.suppress(FileNotFoundError):
        os.rmdir(directory)


def write_json(path: str, value: Any, *, writer: int | None = None) -> None:
    """Replace a file in one move, 0600. It survives the death of any process; a power cut may take the last writes.

    `writer` (this process) is in the name of what is left behind by one that is killed in the middle.
    """
    scratch = f"{path}.{os.getpid() if writer is None else writer}"
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        payload = json.dumps(value, separators=(",", ":")).encode()
        while payload:
            payload = payload[os.write(descriptor, payload) :]
    except OSError:
        os.unlink(scratch)
        raise
    finally:
        os.close(descriptor)
    os.replace(scratch, path)


def remove_half_made(home: Home) -> None:
    """Delete what is left of files that were being replaced when their writers were killed (see `write_json`)."""
    for directory in (home.directory, *map(home.replica, home.replica_names())):
        with contextlib.suppress(OSError):
            for name in os.listdir(directory):
                target, _, writer = name.rpartition(".")
                if target.endswith(".json") and writer.isdigit() and process.birth(int(writer)) is None:
                    os.unlink(os.path.join(directory, name))


def read_json(path: str) -> dict[str, Any] | None:
    """Return the object in a file; `None` when there is none or it cannot be read as one."""
    try:
        with open(path, "rb") as file:
            value = json.load(file)
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None
