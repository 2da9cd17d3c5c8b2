"""One step of a build in a process of its own: on a root made of layers, with its own processes, leaving only a layer.

The process ends with everything it started: it is the first of a space of processes. What it prints is handed on line
by line; what goes wrong before its program runs comes back as an error.
"""

import ctypes
import errno
import json
import os
import re
import selectors
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

from composekit.errors import ComposekitError
from composekit.sandbox import syscalls
from composekit.sandbox.layering import Layers

_NEW_PIDS = 0x20000000  # linux/sched.h, CLONE_NEWPID
_NEW_NET = 0x40000000
_DEATH_SIGNAL = 1  # linux/prctl.h, PR_SET_PDEATHSIG
_CHUNK = 1 << 16

_QUIET_SECONDS = 60.0

OnLine = Callable[[str], None]
OnQuiet = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Ground:
    """What a step works on: layers of `folder` by name, `place` with `tree`, `work` and `root` in it.

    `others` are the layers of stages that the step reads from; they appear, read-only, at `place`/from0 and so on.
    """

    folder: str
    layers: tuple[str, ...]
    place: str
    others: tuple[tuple[str, ...], ...] = ()
    network: bool = True

    def other(self, number: int) -> str:
        return os.path.join(self.place, f"from{number}")

    @property
    def root(self) -> str:
        return os.path.join(self.place, "root")


def perform(
    ground: Ground,
    act: Callable[[Ground], int],
    on_line: OnLine,
    on_quiet: OnQuiet | None = None,
    quiet_seconds: float = _QUIET_SECONDS,
) -> int:
    """Run `act` in a process that has the ground mounted and stands outside its root; return its exit code.

    `on_quiet` is called each time when nothing was printed for `quiet_seconds`, with the seconds since the beginning.
    `act` goes inside by itself when it is ready, and may execute a program. Raises `ComposekitError` for what it
    raises. When this is interrupted, the process and all it started are gone before the interruption goes on.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    output, its_output = os.pipe()
    errors, its_errors = os.pipe()
    pid = os.fork()
    if pid == 0:
        _child(ground, act, its_output, its_errors)
    os.close(its_output)
    os.close(its_errors)
    try:
        said = _read(output, errors, on_line, on_quiet, quiet_seconds)
    finally:
        os.kill(pid, signal.SIGKILL) if _is_running(pid) else None
        _, status = os.waitpid(pid, 0)
        os.close(output)
        os.close(errors)
    if said:
        facts = json.loads(said)
        raise ComposekitError(facts["message"], hint=facts["hint"])
    return os.waitstatus_to_exitcode(status)


def _is_running(pid: int) -> bool:
    """Tell whether a child has not ended; it stays to be waited for."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None


def _read(output: int, errors: int, on_line: OnLine, on_quiet: OnQuiet | None, quiet_seconds: float) -> bytes:
    """Hand on lines until both pipes are closed; return what came through the one for errors."""
    rest, said = b"", b""
    began = time.monotonic()
    with selectors.DefaultSelector() as selector:
        selector.register(output, selectors.EVENT_READ)
        selector.register(errors, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(quiet_seconds)
            if not ready and on_quiet is not None:
                on_quiet(time.monotonic() - began)
            for key, _ in ready:
                chunk = os.read(key.fd, _CHUNK)
                if not chunk:
                    selector.unregister(key.fd)
                elif key.fd == errors:
                    said += chunk
                else:
                    *lines, rest = (rest + chunk).split(b"\n")
                    for line in lines:
                        on_line(_shown(line))
    if rest:
        on_line(_shown(rest))
    return said


def _shown(line: bytes) -> str:
    """Return a line as a terminal would show it: after a return, its last version."""
    return line.rstrip(b"\r").rpartition(b"\r")[2].decode(errors="replace")


def _child(ground: Ground, act: Callable[[Ground], int], output: int, errors: int) -> NoReturn:
    """Isolate this process, then start the one that acts; ends with its exit code."""
    code = 125
    try:
        os.setsid()
        _die_with_parent()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        null = os.open(os.devnull, os.O_RDONLY)
        for descriptor, place in ((null, 0), (output, 1), (output, 2)):
            os.dup2(descriptor, place)
        os.set_inheritable(errors, False)
        _isolate(network=ground.network)
        pid = os.fork()
        if pid == 0:
            _act(ground, act, errors)
        os.close(errors)
        _, status = os.waitpid(pid, 0)
        code = os.waitstatus_to_exitcode(status)
        code = code if code >= 0 else 128 - code
    except BaseException as wrong:  # noqa: BLE001  # a child must never return into its parent's code
        _tell(errors, wrong)
    os._exit(code)


def _act(ground: Ground, act: Callable[[Ground], int], errors: int) -> NoReturn:
    code = 125
    try:
        _die_with_parent()
        os.umask(0o022)
        user_xattr = needs_user_xattr()
        own = Layers(ground.folder, ground.layers, ground.place, writable=True, user_xattr=user_xattr)
        own.mount(ground.root)
        for number, layers in enumerate(ground.others):
            os.mkdir(ground.other(number))
            hold = os.path.join(ground.place, f"hold{number}")
            os.mkdir(hold)
            other = Layers(ground.folder, layers, hold, writable=False, user_xattr=user_xattr)
            other.mount(ground.other(number))
        with suppress(OSError):  # the machine's own processes are shown then
            syscalls.mount("proc", os.path.join(ground.root, "proc"), "proc")
        code = act(ground)
    except BaseException as wrong:  # noqa: BLE001  # as above
        _tell(errors, wrong)
    os._exit(code)


def go_inside(ground: Ground) -> None:
    """Make the ground's root this process's own; what was opened before stays open."""
    syscalls.change_root(ground.root)


def _tell(errors: int, wrong: BaseException) -> None:
    hint = wrong.hint if isinstance(wrong, ComposekitError) else None
    if isinstance(wrong, OSError) and wrong.errno in (errno.ENOSPC, errno.EDQUOT):
        hint = "layers are kept in COMPOSEKIT_HOME; point it at a disk with room"
    message = str(wrong) if isinstance(wrong, ComposekitError) else _described(wrong)
    os.write(errors, json.dumps({"message": message, "hint": hint}).encode())


def _described(wrong: BaseException) -> str:
    if isinstance(wrong, OSError):
        # Sources are reached through a directory that was opened before: its number says nothing to anybody.
        place = re.sub(r"^/proc/self/fd/\d+/?", "", os.fsdecode(wrong.filename or ""))
        name = f"'{place}': " if place else ""
        return f"{name}{wrong.strerror or wrong}"
    return f"{type(wrong).__name__}: {wrong}"


def _die_with_parent() -> None:
    """Let the kernel kill this process when its parent ends, however that ends."""
    ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL)


def _isolate(*, network: bool) -> None:
    """Give this process mounts, a host name and process numbers of its own; an ordinary user becomes root in there."""
    kinds = syscalls.CLONE_NEWNS | syscalls.CLONE_NEWUTS | _NEW_PIDS | (0 if network else _NEW_NET)
    uid, gid = os.geteuid(), os.getegid()
    if uid == 0:
        syscalls.unshare(kinds)
    else:
        syscalls.unshare(kinds | syscalls.CLONE_NEWUSER)
        for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(text)
    syscalls.mount("", "/", flags=syscalls.MS_REC | syscalls.MS_PRIVATE)
    syscalls.sethostname("buildkitsandbox")


def needs_user_xattr() -> bool:
    """Tell whether an overlay's marks must be a user's: in a namespace of an ordinary user."""
    return os.geteuid() != 0 or not _is_initial()


def _is_initial() -> bool:
    return os.stat("/proc/self/ns/user").st_ino == 0xEFFFFFFD  # linux/proc_ns.h, PROC_USER_INIT_INO


def execute(words: Sequence[str], env: dict[str, str]) -> NoReturn:
    """Become a program; ends with a shell's code when there is none."""
    try:
        os.execvpe(words[0], list(words), env)
    except OSError as wrong:
        os.write(2, f"{words[0]}: {(wrong.strerror or '').lower()}\n".encode())
        os._exit(126 if isinstance(wrong, PermissionError) else 127)
