"""The last steps of a forked child before it is the program of a service, and how their failures are told."""

import contextlib
import os
import signal
from collections.abc import Callable
from typing import NoReturn

from composekit.supervise.spec import ProcessSpec

Launch = Callable[[ProcessSpec], None]

NOT_FOUND, NOT_EXECUTABLE, NOT_LAUNCHED = 127, 126, 125  # a shell's and Docker's numbers


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
