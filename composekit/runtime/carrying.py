"""What a build's steps do once they stand on their ground: execute, copy, make a directory."""

import os
from collections.abc import Callable, Mapping, Sequence

from composekit.errors import ComposekitError
from composekit.images.context import GLOB, Context
from composekit.images.copying import copy_step, groups_of, home_of, make_directory, match_in_root, owner_of
from composekit.images.step import Step
from composekit.runtime.builds_mounting import Mounts, Tools, make_mount
from composekit.runtime.stepping import Ground, execute, go_inside
from composekit.sandbox.tree import inside

SHIMS = "/run/composekit/bin"


def carry_copy(step: Step, context: Context | None, paths: list[str], path: str) -> Callable[[Ground], int]:
    """Return how to copy: `paths` of the context, or, without one, of the stage or image that the ground shows.

    A program of an image may be elsewhere on this machine, at a place of `path`: it is linked to.
    """

    def act(ground: Ground) -> int:
        found, directory = paths, context.directory if context is not None else ground.other(0)
        linked: dict[str, str] = {}
        if context is None:
            sources = step.sources
            if step.origin is not None and step.origin.image:
                linked = _programs_elsewhere(directory, step, path)
                sources = tuple(one for one in sources if one not in linked)
            found = match_in_root(directory, sources, deep=step.parents) if sources else []
            found = [inside(directory, path)[len(directory) :].lstrip("/") for path in found]
        descriptor = os.open(directory, os.O_PATH | os.O_DIRECTORY)
        go_inside(ground)
        place = f"/proc/self/fd/{descriptor}"
        if found or step.contents or not linked:
            copy_step(step, Context(place, context.ignore if context else None), found)
        for source, program in linked.items():
            into = step.into or len(step.sources) > 1 or os.path.isdir(step.target)
            _link(program, os.path.join(step.target, os.path.basename(source)) if into else step.target)
        return 0

    return act


def _programs_elsewhere(root: str, step: Step, path: str) -> dict[str, str]:
    """Return source -> program, for the programs of an image that are not at the image's place on this machine.

    Raises `ComposekitError` for what is nowhere.
    """
    found = {}
    for source in step.sources:
        if GLOB.intersection(source) or os.path.lexists(inside(root, source)):
            continue
        name = os.path.basename(source)
        places = [os.path.join(folder, name) for folder in path.split(":") if folder]
        there = next((one for one in places if os.path.isfile(root + one) and os.access(root + one, os.X_OK)), None)
        if there is None or os.path.dirname(source).rpartition("/")[2] not in {"", "bin", "sbin"}:
            image = step.origin.image if step.origin is not None else ""
            raise ComposekitError(
                f"'{source}' of image '{image}' is not on this machine", hint=f"install '{name}' here, or build it in"
            )
        found[source] = there
    return found


def _link(program: str, place: str) -> None:
    if os.path.realpath(place) != os.path.realpath(program):
        make_directory(os.path.dirname(place))
        if os.path.lexists(place):
            os.unlink(place)
        os.symlink(program, place)


def carry_directory(step: Step) -> Callable[[Ground], int]:
    """Return how to make the directory of a WORKDIR, owned by the user of that point."""

    def act(ground: Ground) -> int:
        go_inside(ground)
        make_directory(step.target, owner_of(step.user) if step.user else (0, 0))
        return 0

    return act


def carry_supplied(paths: tuple[str, ...], users: Mapping[str, tuple[int, str]]) -> Callable[[Ground], int]:
    """Return how to make what an image has and the machine does not: its users, and files as empty ones.

    What is in those files is made up by the image's entry program later.
    """

    def act(ground: Ground) -> int:
        go_inside(ground)
        for path in paths:
            if not os.path.lexists(path):
                make_directory(os.path.dirname(path))
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o644))
        for name, (uid, home) in users.items():
            _add_row("/etc/group", name, f"{name}:x:{uid}:")
            _add_row("/etc/passwd", name, f"{name}:x:{uid}:{uid}::{home}:/bin/sh")
        return 0

    return act


def _add_row(path: str, name: str, row: str) -> None:
    """Add a user or group to its list, by a new file: the machine's own may not be open for writing."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            text = file.read()
    except OSError:
        text = ""
    if not any(line.startswith(f"{name}:") for line in text.splitlines()):
        with open(f"{path}.new", "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(f"{text}{row}\n")
        os.chmod(f"{path}.new", 0o644)
        os.replace(f"{path}.new", path)


def carry_run(step: Step, tools: Tools, folders: Sequence[str | None]) -> Callable[[Ground], int]:
    """Return how to execute a RUN. `folders` are what its mounts show; `None`: the next of `ground.others`."""

    def act(ground: Ground) -> int:
        made = Mounts(ground)
        numbers = iter(range(len(ground.others)))
        env = {"PATH": tools.path, **step.given, **step.env}
        env["PATH"] = env["PATH"].replace("{path}", tools.path)
        if tools.shims:
            made.bind(tools.shims, SHIMS, read_only=True)
            env["PATH"] = f"{SHIMS}:{env['PATH']}"
        for mount, folder in zip(step.mounts, folders, strict=True):
            origin = ground.other(next(numbers)) if folder is None else folder
            env.update(make_mount(mount, made, origin, tools))
        go_inside(ground)
        env.setdefault("HOME", home_of(step.user))
        # The machine's interpreter may be guarded against what an image's is for: installing packages as root.
        env.setdefault("PIP_BREAK_SYSTEM_PACKAGES", "1")
        env.setdefault("PIP_ROOT_USER_ACTION", "ignore")
        make_directory(step.directory)
        os.chdir(step.directory)
        pid = os.fork()
        if pid == 0:
            _become(step.user)
            execute(step.words, env)
        return _reap_until(pid)

    return act


def _reap_until(pid: int) -> int:
    """Wait for a child as the first process of its space does: others that lost their parent end here too.

    We stay root, so that the kernel ends us, and with us all of them, when the build is killed.
    """
    while True:
        ended, status = os.wait()
        if ended == pid:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def _become(user: str) -> None:
    """Become the step's user; in a user namespace there is nobody but root."""
    if not user or user in {"0", "root", "0:0", "root:root"}:
        return
    uid, gid = owner_of(user)
    try:
        os.setgroups(groups_of(user.partition(":")[0], gid))
        os.setgid(gid)
        os.setuid(uid)
    except OSError:
        os.write(
            2, f"this step runs as root: user '{user}' does not exist in the namespace of an ordinary user\n".encode()
        )
