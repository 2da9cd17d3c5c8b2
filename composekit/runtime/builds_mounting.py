"""The mounts of a RUN, in the root that its step stands on. Nothing that is written to a bind mount stays anywhere."""

import fcntl
import hashlib
import itertools
import os
import shutil
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from composekit.errors import ComposekitError
from composekit.images.step import RunMount
from composekit.runtime.stepping import Ground, needs_user_xattr
from composekit.sandbox import syscalls
from composekit.sandbox.layering import escape
from composekit.sandbox.tree import inside

_AGENT = "/run/buildkit/ssh_agent.0"


@dataclass(frozen=True, slots=True)
class Tools:
    """What RUN steps find beside the machine's programs: PATH, a folder of small programs, secrets, cache folders."""

    path: str
    shims: str = ""
    secrets: Mapping[str, bytes] = field(default_factory=dict)
    cache: Callable[[str], str] = lambda name: name
    ssh: str = ""


class Mounts:
    """Mounts inside the root; the places that had to be made for them are written down, to be taken away again."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self._copies = itertools.count()

    def place(self, target: str, *, directory: bool) -> str:
        place = inside(self.ground.root, target)
        missing, above = [], place
        while not os.path.lexists(above):
            missing.append(above)
            above = os.path.dirname(above)
        os.makedirs(place if directory else os.path.dirname(place), exist_ok=True)
        if not directory and not os.path.exists(place):
            os.close(os.open(place, os.O_WRONLY | os.O_CREAT, 0o644))
        with open(os.path.join(self.ground.place, "made"), "a", encoding="utf-8") as file:
            file.write("".join(f"{one[len(self.ground.root) :]}\n" for one in missing))
        return place

    def bind(self, source: str, target: str, *, read_only: bool) -> None:
        place = self.place(target, directory=os.path.isdir(source))
        syscalls.bind(source, place)
        if read_only:
            syscalls.make_read_only(place)

    def bind_copy(self, source: str, target: str) -> None:
        """Show a file or directory that can be written to: what is written is gone after the step."""
        top = os.path.join(self.ground.place, f"copy{next(self._copies)}")
        upper, work = os.path.join(top, "upper"), os.path.join(top, "work")
        os.makedirs(work)
        if not os.path.isdir(source):
            shutil.copy2(source, upper)
            self.bind(upper, target, read_only=False)
            return
        os.mkdir(upper)
        shutil.copymode(source, upper)
        place = self.place(target, directory=True)
        options = f"lowerdir={escape(source)},upperdir={escape(upper)},workdir={escape(work)}"
        try:
            syscalls.mount(
                "composekit", place, "overlay", options=options + (",userxattr" if needs_user_xattr() else "")
            )
        except OSError:  # one lies within the other, or the file system cannot be laid over
            left_out = shutil.ignore_patterns(os.path.basename(self.ground.folder))
            shutil.copytree(source, upper, symlinks=True, ignore=left_out, dirs_exist_ok=True)
            syscalls.bind(upper, place)

    def file(self, content: bytes, target: str, mount: RunMount) -> None:
        name = os.path.join(self.ground.place, hashlib.sha256(target.encode()).hexdigest()[:16])
        with open(name, "wb") as file:
            file.write(content)
        os.chmod(name, 0o400 if mount.mode is None else mount.mode)
        if mount.uid is not None or mount.gid is not None:
            with suppress(OSError):  # in a namespace of an ordinary user there is nobody else
                os.chown(name, mount.uid or 0, mount.gid or 0)
        self.bind(name, target, read_only=True)


def make_mount(mount: RunMount, made: Mounts, origin: str, tools: Tools) -> dict[str, str]:
    """Make one mount; return the variables that it gives. Raises `ComposekitError` for what is required and absent."""
    if mount.kind == "bind":
        source = inside(origin, mount.source)
        if not os.path.exists(source):
            raise ComposekitError(f"there is no '{mount.source}' to mount at {mount.target}")
        if mount.read_only:
            made.bind(source, mount.target, read_only=True)
        else:
            made.bind_copy(source, mount.target)
    elif mount.kind == "cache":
        made.bind(_cache(mount, tools), mount.target, read_only=mount.read_only)
    elif mount.kind == "tmpfs":
        size = f",size={mount.size}" if mount.size else ""
        syscalls.mount("tmpfs", made.place(mount.target, directory=True), "tmpfs", options=f"mode=755{size}")
    elif mount.kind == "secret":
        return _secret(mount, made, tools)
    elif tools.ssh:
        target = mount.target or _AGENT
        made.bind(tools.ssh, target, read_only=False)
        return {"SSH_AUTH_SOCK": target}
    elif mount.required:
        raise ComposekitError("an ssh agent is required and was not given", hint="build with --ssh default")
    return {}


def _secret(mount: RunMount, made: Mounts, tools: Tools) -> dict[str, str]:
    content = tools.secrets.get(mount.name)
    if content is None:
        if mount.required:
            raise ComposekitError(
                f"the secret '{mount.name}' is required and was not given", hint="list it under build.secrets"
            )
        return {}
    if mount.target:
        made.file(content, mount.target, mount)
    return {mount.environment: content.decode(errors="surrogateescape")} if mount.environment else {}


def _cache(mount: RunMount, tools: Tools) -> str:
    """Return a cache's directory: alone with it until the step has ended if it is locked, another one if private."""
    for number in itertools.count():
        path = tools.cache(f"{mount.name}-{number}" if number else mount.name)
        if not os.listdir(path):
            os.chmod(path, 0o755 if mount.mode is None else mount.mode)
            if mount.uid is not None or mount.gid is not None:
                with suppress(OSError):
                    os.chown(path, mount.uid or 0, mount.gid or 0)
        if mount.sharing == "shared":
            return path
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)  # held until this process ends, with the step
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (fcntl.LOCK_NB if mount.sharing == "private" else 0))
        except BlockingIOError:
            os.close(descriptor)
            continue
        return path
    raise AssertionError  # the numbers do not end


def take_away_places(place: str) -> None:
    """Remove from a new layer the empty places that were made for mounts."""
    try:
        with open(os.path.join(place, "made"), encoding="utf-8") as file:
            paths = sorted(file.read().splitlines(), key=len, reverse=True)
    except OSError:
        return
    for path in paths:
        one = os.path.join(place, "tree", path.lstrip("/"))
        try:
            if stat.S_ISDIR(os.lstat(one).st_mode):
                os.rmdir(one)
            elif os.path.getsize(one) == 0:
                os.unlink(one)
        except OSError:
            continue  # something was put there
