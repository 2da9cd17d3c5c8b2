"""A program that is ended when it has printed nothing for too long, or when we are interrupted, with all it started."""

import os
import selectors
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress

_CHUNK = 1 << 16


class Hanging(Exception):
    """The program printed nothing for too long."""


def run_watched(words: Sequence[str], *, quiet_seconds: float) -> "subprocess.CompletedProcess[str]":
    """Run a program without input until it ends. Raises `Hanging` when it is quiet for longer than that."""
    process = subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        umask=0o022,
    )  # fmt: skip
    try:
        out, err = _read(process, quiet_seconds)
        code = process.wait(quiet_seconds)
    except subprocess.TimeoutExpired:
        raise Hanging from None
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
    return subprocess.CompletedProcess(list(words), code, out, err)


def _read(process: "subprocess.Popen[bytes]", quiet_seconds: float) -> tuple[str, str]:
    assert process.stdout is not None
    assert process.stderr is not None
    said: dict[int, bytearray] = {process.stdout.fileno(): bytearray(), process.stderr.fileno(): bytearray()}
    with selectors.DefaultSelector() as selector:
        for number in said:
            selector.register(number, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(quiet_seconds)
            if not ready:
                raise Hanging
            for key, _ in ready:
                data = os.read(key.fd, _CHUNK)
                said[key.fd] += data
                if not data:
                    selector.unregister(key.fd)
    out, err = (bytes(one).decode(errors="replace") for one in said.values())
    return out, err
