"""A forked child on its way to being the program of a service: its record, its streams, and how failures are told."""

import contextlib
import os
import signal
from collections.abc import Callable
from typing import NamedTuple, NoReturn

from composekit.supervise import process
from composekit.supervise.home import write_json
from composekit.supervise.logfile import ERR, OUT
from composekit.supervise.order import read_spec
from composekit.supervise.spec import ProcessSpec
from composekit.supervise.terminal import IN, Terminal

Launch = Callable[[ProcessSpec], None]

NOT_FOUND, NOT_EXECUTABLE, NOT_LAUNCHED = 127, 126, 125  # a shell's and Docker's numbers


class Post(NamedTuple):
    """What a shim has in hand: name and run of its service, the replica's directory, and descriptors."""

    name: str
    run: str
    place: str
    has_stdin: bool
    spec_fd: int
    orders: int
    notices: int
    out: int
    err: int
    wake: int
    terminal: Terminal | None


class Cradle:
    """What the forked child of a shim has, and the shim has no use for: `spec` is for an order without descriptor."""

    def __init__(self, launch: Launch | None, lock: int, spec: ProcessSpec | None = None) -> None:
        self._launch = launch
        self._lock = lock
        self._spec = spec

    def become(self, post: Post, shim: int, report: int) -> NoReturn:
        """Be the service, once there is a record of who runs."""
        try:
            self._write_live(post, shim)
            os.close(self._lock)
            spec = self._spec or read_spec(post.spec_fd)
        except BaseException as error:  # noqa: BLE001 (this child must not go on as a shim)
            os.write(report, f"cannot start: its record cannot be written: {error}".encode())
            os._exit(NOT_LAUNCHED)
        become_service(spec, self._launch, report, lambda: _open_streams(post))

    def _write_live(self, post: Post, shim: int) -> None:
        """Say who runs, in the child that will be the service: what it makes in memory goes with it."""
        # In a space of processes of its own, it does not know its number outside; /proc is still that of the outside.
        pid = int(os.readlink("/proc/self")) if process.HAS_PROC else os.getpid()
        facts = {
            "run": int(post.run),
            "boot": process.boot_id(),
            "shim": shim,
            "shim_started": process.start_ticks(shim),
            "pid": pid,
            "pid_started": process.start_ticks(pid),
            "spec_fd": post.spec_fd if post.spec_fd >= 0 else None,
        }
        write_json(f"{post.place}/live.json", facts, writer=shim)


def _open_streams(post: Post) -> None:
    if post.terminal is not None:
        post.terminal.take()
        return
    if post.has_stdin:
        # For writing too: as with Docker, the end of one who writes is not the end of the input.
        descriptor = os.open(f"{post.place}/{IN}", os.O_RDWR)
        os.dup2(descriptor, 0)
        os.close(descriptor)
    # For reading too: so a write never meets a pipe without a reader, and a dead supervisor is no SIGPIPE.
    for number, stream in ((1, OUT), (2, ERR)):
        descriptor = os.open(f"{post.place}/{stream}", os.O_RDWR)
        os.dup2(descriptor, number)
        os.close(descriptor)


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
