"""What this machine allows: found out by trying it in a child process that leaves nothing behind."""

import os
import sys
import tempfile
from collections.abc import Callable
from typing import NamedTuple

from composekit.sandbox import syscalls
from composekit.sandbox.spaces import isolate, part


class Abilities(NamedTuple):
    """`kind` of view that can be had: "overlay", "skeleton", or "none" with the `reason`.

    `processes` tells whether a view can have processes and System V objects of its own.
    """

    kind: str
    reason: str = ""
    processes: bool = False


def probe(scratch: str | None = None) -> Abilities:
    """Tell which view a service can get; `scratch` is where its directories would be (a temporary one if absent).

    Copy-on-write of the whole root needs root's rights and a file system under `scratch` that can hold it.
    """
    if not sys.platform.startswith("linux"):
        return Abilities("none", "only Linux has private views")
    with tempfile.TemporaryDirectory(prefix=".probe-", dir=scratch) as directory:
        refused = _try(_skeleton, directory)
        if refused:
            return Abilities("none", refused)
        processes = not _try(_processes, directory)
        if os.geteuid() == 0:
            refused = _try(_overlay, directory)
            if not refused:
                return Abilities("overlay", processes=processes)
    return Abilities("skeleton", processes=processes)


def _skeleton(directory: str) -> None:
    isolate()
    syscalls.mount("composekit", directory, "tmpfs")


def _processes(directory: str) -> None:
    view = {"kind": "skeleton", "pids": "own", "ipc": "own"}
    part(view)
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            isolate(view)
            syscalls.mount("proc", directory, "proc", syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC)
            os.write(writer, b"mounted")
        finally:
            os._exit(0)
    os.close(writer)
    with open(reader, "rb") as pipe:
        mounted = pipe.read()
    os.waitpid(pid, 0)
    if not mounted:
        raise OSError(0, "no processes of its own")


def _overlay(directory: str) -> None:
    isolate()
    for name in ("upper", "work", "root"):
        os.mkdir(os.path.join(directory, name))
    options = f"lowerdir=/,upperdir={directory}/upper,workdir={directory}/work"
    syscalls.mount("composekit", os.path.join(directory, "root"), "overlay", options=options)
    os.mkdir(os.path.join(directory, "root", "composekit-probe"))


def _try(act: Callable[[str], None], directory: str) -> str:
    """Return what went wrong when a child did something, or nothing."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.close(reader)
            act(directory)
            code = 0
        except OSError as error:
            os.write(writer, str(error.strerror or error).encode()[:500])
        except BaseException as error:  # noqa: BLE001  # a child must never return into its parent's code
            os.write(writer, repr(error).encode()[:500])
        finally:
            os._exit(code)
    os.close(writer)
    with open(reader, "rb") as pipe:
        said = pipe.read().decode(errors="replace")
    _, status = os.waitpid(pid, 0)
    return said or ("" if status == 0 else f"a probe ended with status {status}")
