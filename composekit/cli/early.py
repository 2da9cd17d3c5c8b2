"""A supervisor that starts while the project is still being read, for `up`.

Which project it will be is known only then; a guess tells whether it has a supervisor already. A wrong one costs a
little time and nothing else.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from composekit.cli.context import CommandContext
from composekit.runtime.control import own_environ
from composekit.runtime.places import ENTRY, state_root
from composekit.supervise.home import Home, default_runtime_dir
from composekit.supervise.starting import Spare

_FILES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_NAME = re.compile(rb"^name:[ ]*[\"']?([a-z0-9][a-z0-9_-]*)", re.MULTILINE)
_READ_BYTES = 4096


@contextmanager
def early_supervisor(ctx: CommandContext) -> Iterator[Spare | None]:
    """Have a supervisor start meanwhile, unless the project seems to have one; it ends if it was not needed."""
    spare = _start(ctx)
    try:
        yield spare
    finally:
        if spare is not None:
            spare.close()


def _start(ctx: CommandContext) -> Spare | None:
    root, runtime_dir = state_root(ctx.environ), default_runtime_dir(ctx.environ)
    if ctx.dry_run or os.path.exists(Home(root, _guess(ctx), runtime_dir).socket_path):
        return None
    try:
        return Spare(os.path.abspath(root), os.path.abspath(runtime_dir), ENTRY, own_environ(ctx.environ))
    except OSError:
        return None  # it is tried again, and told, when one is needed


def _guess(ctx: CommandContext) -> str:
    """Return the name of the project in all usual cases."""
    told = ctx.shared.get("project_name") or ctx.environ.get("COMPOSE_PROJECT_NAME")
    if told:
        return str(told)
    given = (*ctx.shared.get("files", ()), *ctx.environ.get("COMPOSE_FILE", "").split(os.pathsep))
    names = [name for name in given if name] or _FILES
    for path in (os.path.join(ctx.cwd, name) for name in names):
        try:
            with open(path, "rb") as file:
                found = _NAME.search(file.read(_READ_BYTES))
        except OSError:
            continue
        if found:
            return found[1].decode()
        directory = ctx.shared.get("project_directory") or os.path.dirname(path)
        return re.sub("[^a-z0-9_-]", "", os.path.basename(os.path.abspath(directory)).lower()).lstrip("_-")
    return ""
