"""The daemon of one project: start contract, assembly, end.

    python -m composekit.supervise --root DIR --project NAME --runtime-dir DIR --ready-fd N

Detaches, takes the lock, adopts what an earlier daemon left, binds the socket, and writes one line to the ready
descriptor: "ready <socket>" or "error <message>[<tab><hint>]". If another daemon holds the lock, that one is as good.
`main` with other hooks is the entry for whoever wires in a sandbox and a network.
"""

import contextlib
import gc
import os
import resource
import signal
import socket
import time
from typing import Any

from composekit.errors import SupervisorError
from composekit.supervise import process
from composekit.supervise.adopt import adopt_all
from composekit.supervise.home import Home, check_version, prepare, remove_half_made, try_lock
from composekit.supervise.hooks import Hooks
from composekit.supervise.jobs import Refused
from composekit.supervise.loop import Loop
from composekit.supervise.memory import remember
from composekit.supervise.nursery import Nursery
from composekit.supervise.server import Server
from composekit.supervise.spec import ProcessSpec
from composekit.supervise.starting import LATER
from composekit.supervise.supervisor import Supervisor
from composekit.supervise.verbs import VERBS

_LOCK_TRIES, _LOCK_SECONDS = 250, 0.02
_LONELY_SECONDS = 30.0  # a daemon that nobody gave anything to do leaves
_OWN_FILES = ("project.json", "daemon.log", "shims", "lock")


def main(argv: list[str], hooks: Hooks | None = None) -> int:
    """Be the daemon, with the arguments that `ensure` gives; returns only when it could not become one."""
    home = home_of(argv)
    ready = int(_options(argv)["--ready-fd"])
    if os.fork():
        os._exit(0)  # the client waits for this one and is no parent of the daemon
    try:
        serve(home, hooks or Hooks(), ready=ready)
    except SupervisorError as error:
        _say(ready, f"error {error}" + (f"\t{error.hint}" if error.hint else ""))
        return 4
    except BaseException as error:
        _say(ready, f"error {type(error).__name__}: {error}")
        process.complain_of_error()
        raise
    os._exit(0)  # a client waits for this end; what Python would tidy up now, the kernel does faster


def complete(argv: list[str]) -> list[str]:
    """Return the arguments with the project, for which a spare daemon waits; ends if its client has no use for it."""
    at = argv.index("--project") + 1
    if argv[at] != LATER:
        return argv
    told = b""
    while not told.endswith(b"\n"):
        chunk = os.read(0, 4096)
        if not chunk:
            os._exit(0)
        told += chunk
    return [*argv[:at], told.decode().strip(), *argv[at + 1 :]]


def home_of(argv: list[str]) -> Home:
    """Return the project that a daemon with these arguments is for."""
    options = _options(argv)
    return Home(options["--root"], options["--project"], options["--runtime-dir"])


def _options(argv: list[str]) -> dict[str, str]:
    return dict(zip(argv[::2], argv[1::2], strict=False))


def _say(ready: int, line: str) -> None:
    with contextlib.suppress(OSError):
        os.write(ready, line.replace("\n", " ").encode() + b"\n")


def serve(home: Home, hooks: Hooks, *, ready: int) -> None:
    """Supervise until everything is removed (then nothing is left of the project) or until SIGTERM.

    SIGTERM and SIGINT stop every process in order first; their state stays.
    """
    prepare(home)
    lock = _take_lock(home)
    if lock is None:
        _say(ready, f"ready {home.socket_path}")
        return
    check_version(home)
    remove_half_made(home)
    _detach(home, keep=ready)
    hooks = _with_many_descriptors(hooks)
    # What is there now never becomes garbage; freezing it keeps its pages shared with the shims.
    gc.collect()
    gc.freeze()
    nursery = Nursery(home, hooks, lock)
    loop = Loop()
    daemon = _Daemon(home, loop, hooks, nursery)
    _say(ready, f"ready {home.socket_path}")
    os.close(ready)
    try:
        loop.run()
    finally:
        daemon.end()
        os.close(lock)


def _take_lock(home: Home) -> int | None:
    """Return the lock, or `None` when another daemon is up; raises `SupervisorError` when neither comes about."""
    for _ in range(_LOCK_TRIES):
        lock = try_lock(home)
        if lock is not None:
            return lock
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(home.socket_path)
            except OSError:
                # One that starts or ends, or a shim that saves the last output of its service: milliseconds.
                time.sleep(_LOCK_SECONDS)
                prepare(home)
                continue
            return None
    raise SupervisorError("another supervisor holds the lock and does not answer", code="locked")


def _detach(home: Home, *, keep: int) -> None:
    os.chdir("/")
    os.umask(0o077)
    with contextlib.suppress(PermissionError):
        os.setsid()
    null = os.open(os.devnull, os.O_RDONLY)
    log = os.open(home.path("daemon.log"), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for source, target in ((null, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.close(null)
    os.close(log)
    os.set_inheritable(keep, False)
    process.become_subreaper()
    process.set_name("composekit-sup")


def _with_many_descriptors(hooks: Hooks) -> Hooks:
    """Let the daemon itself have as many descriptors as it may, and services as many as they would have had."""
    usual = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (usual[1], usual[1]))

    def launch(spec: ProcessSpec) -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, usual)
        if hooks.launch is not None:
            hooks.launch(spec)

    def enter(spec: ProcessSpec, pid: int) -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, usual)
        if hooks.enter is not None:
            hooks.enter(spec, pid)

    return Hooks(launch, enter, hooks.network, hooks.part, hooks.parting)


class _Daemon:
    """The parts put together."""

    def __init__(self, home: Home, loop: Loop, hooks: Hooks, nursery: Nursery) -> None:
        self._home = home
        self._loop = loop
        self._nursery = nursery
        self._hooks = hooks
        self._had_work = False
        self._stopping = False
        self._server: Server | None = None
        self._supervisor = Supervisor(home, loop, hooks, self._publish, nursery)
        self._supervisor.guard("network", hooks.network.open, loop)
        adopt_all(self._supervisor)
        self._supervisor.write_project()  # which of all versions this is, before there is anything to read
        self._server = Server(home, loop, self._dispatch, self._snapshot)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.on_signal(number, self._stop_all)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        loop.after_round = self._after_round
        loop.start_timer("lonely", _LONELY_SECONDS, self._lonely)

    def _publish(self, event: dict[str, Any]) -> None:
        remember(self._home, event, now=time.time())
        if self._server is not None:
            self._server.publish(event)

    def _dispatch(self, request: dict[str, Any], done: Any) -> None:
        verb = VERBS.get(str(request.get("do")))
        if verb is None:
            raise Refused("unknown-request", f"the supervisor does not know how to '{request.get('do')}'")
        verb(self._supervisor, request, done)

    def _snapshot(self) -> dict[str, Any]:
        supervisor = self._supervisor
        return {"replicas": supervisor.statuses(), "notices": supervisor.notices, "upto": supervisor.seq}

    def _after_round(self) -> None:
        self._supervisor.settle()
        busy = bool(self._supervisor.replicas or self._supervisor.jobs)
        self._had_work |= busy
        if busy:
            return
        nobody = self._server is None or not self._server.connections
        if self._supervisor.leaving or self._stopping or (self._had_work and nobody):
            self._loop.stop()

    def _lonely(self) -> None:
        if self._supervisor.replicas or self._supervisor.jobs:
            return
        if self._server is not None and self._server.connections:
            self._loop.start_timer("lonely", _LONELY_SECONDS, self._lonely)
        else:
            self._loop.stop()

    def _stop_all(self) -> None:
        if not self._stopping:
            self._stopping = True
            VERBS["stop"](self._supervisor, {}, lambda _answer: self._loop.stop())

    def end(self) -> None:
        """Leave: with nothing left to supervise, leave nothing behind."""
        server, supervisor = self._server, self._supervisor
        if server is not None:
            server.stop_listening()
        with contextlib.suppress(Exception):
            self._hooks.network.close()
        if not supervisor.replicas:
            _remove_own_files(self._home)
        self._nursery.close()
        # Clients wait for the end of their connection as the sign that all is gone.
        if server is not None:
            server.close()
        supervisor.close()
        self._loop.close()


def _remove_own_files(home: Home) -> None:
    with contextlib.suppress(OSError):
        os.rmdir(home.path("replicas"))
    for name in _OWN_FILES:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(home.path(name))
    with contextlib.suppress(OSError):
        os.rmdir(home.directory)  # unless others keep things there too


def run(argv: list[str]) -> int:
    """Be the daemon without sandbox and network, with the arguments that `ensure` gives."""
    return main(complete(argv))
