"""Steps on the way to a server's first start: programs run to their end, scripts opened, half-made things removed."""

import gzip
import io
import lzma
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, NoReturn, cast

from composekit.errors import ComposekitError

_START_SECONDS = 60.0
_LONGEST = 107 - len("/mysqld.sock")  # what fits into the kernel's sun_path


def run(arguments: list[str], environ: dict[str, str], given: BinaryIO | None = None) -> None:
    """Run a program to its end, with `given` as its input. Raises `ComposekitError` when it fails."""
    try:
        running = subprocess.Popen(
            arguments, env=environ, stdin=subprocess.DEVNULL if given is None else subprocess.PIPE
        )
    except OSError as wrong:
        raise ComposekitError(f"'{arguments[0]}' cannot be started: {wrong.strerror}") from None
    try:
        if given is not None and running.stdin is not None:
            with suppress(BrokenPipeError):  # it stopped reading: its exit code says why
                shutil.copyfileobj(given, running.stdin)
                running.stdin.close()
        running.wait()
    finally:
        if running.poll() is None:
            running.terminate()
            running.wait()
    if running.returncode != 0:
        name = os.path.basename(arguments[0])
        raise ComposekitError(f"'{name}' failed with code {running.returncode}", hint="its messages stand above")


def open_script(real: str, name: str) -> BinaryIO:
    """Open a script whose name may say that it is compressed."""
    if name.endswith(".gz"):
        return cast("BinaryIO", gzip.open(real))
    return cast("BinaryIO", lzma.open(real)) if name.endswith(".xz") else open(real, "rb")


def output_of(arguments: list[str], environ: dict[str, str]) -> str:
    """Return what a program prints. Raises `ComposekitError` when it fails."""
    try:
        done = subprocess.run(arguments, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False)
    except OSError as wrong:
        raise ComposekitError(f"'{arguments[0]}' cannot be started: {wrong.strerror}") from None
    if done.returncode != 0:
        name = os.path.basename(arguments[0])
        raise ComposekitError(f"'{name}' failed with code {done.returncode}", hint="its messages stand above")
    return done.stdout.decode(errors="surrogateescape")


def run_text(arguments: list[str], environ: dict[str, str], text: str) -> None:
    """Run a program to its end with a text as its input. Raises `ComposekitError` when it fails."""
    run(arguments, environ, given=io.BytesIO(text.encode()))


@contextmanager
def all_or_nothing(directory: str) -> Iterator[None]:
    """Empty a directory again when what fills it fails or is stopped by a signal."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT)
    for number in numbers:
        signal.signal(number, _stopped)
    try:
        yield
    except BaseException:
        empty(directory)
        raise
    for number in numbers:
        signal.signal(number, signal.SIG_DFL)


@contextmanager
def temporary_server(arguments: list[str], environ: dict[str, str], is_ready: Callable[[], bool]) -> Iterator[None]:
    """Run a server for the first steps, in our own process group: whoever stops the service stops this too.

    Raises `ComposekitError` when it ends, or is not ready after a minute.
    """
    server = subprocess.Popen(arguments, env=environ)
    try:
        limit = time.monotonic() + _START_SECONDS
        while not is_ready():
            if server.poll() is not None or time.monotonic() > limit:
                raise ComposekitError("the server for the first steps did not start", hint="its messages stand above")
            time.sleep(0.02)
        yield
    finally:
        if server.poll() is None:
            server.send_signal(signal.SIGTERM)
        server.wait()


@contextmanager
def socket_directory(user: int | None) -> Iterator[str]:
    """Make a directory for a socket that nobody else can reach, and remove it; `user` is who owns it."""
    directory = tempfile.mkdtemp(prefix="ck-")
    try:
        if user is not None:
            os.chown(directory, user, -1)
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def fits_socket(directory: str) -> bool:
    """Tell whether the path of a socket in a directory is not too long for the kernel."""
    return len(os.fsencode(directory)) <= _LONGEST


def _stopped(number: int, _frame: object) -> NoReturn:
    raise SystemExit(128 + number)


def empty(directory: str) -> None:
    """Remove what is in a directory that was empty, or held nothing of ours, when we began."""
    for name in os.listdir(directory):
        path = os.path.join(directory, name)
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path, ignore_errors=True)
        else:
            os.unlink(path)
