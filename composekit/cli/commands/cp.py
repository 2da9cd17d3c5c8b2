"""`cp`: copy files between a service and this machine, or as a tar archive through a pipe."""

import os
import shutil
from typing import TYPE_CHECKING, Any

from composekit.cli.context import CommandContext
from composekit.cli.options import Argument, Option, Row
from composekit.errors import ComposekitError

if TYPE_CHECKING:
    from composekit.cli.running import Running
    from composekit.supervise.status import ReplicaStatus

ARGUMENTS: tuple[Row, ...] = (
    Option(("--all",), "Include containers created by the run command", "flag"),
    Option(("-a", "--archive"), "Archive mode (copy all uid/gid information)", "flag"),
    Option(("-L", "--follow-link"), "Always follow symbol link in SRC_PATH", "flag"),
    Option(("--index",), "Index of the container if service has multiple replicas", "int", default=0),
    Argument("source", many=False, required=True, metavar="[SERVICE:]SRC_PATH|-"),
    Argument("target", many=False, required=True, metavar="[SERVICE:]DEST_PATH|-"),
)


def run(ctx: CommandContext, **values: Any) -> int:
    from composekit.cli.running import open_running

    (source_service, source), (target_service, target) = split_place(values["source"]), split_place(values["target"])
    if source_service and target_service:
        raise ComposekitError("copying between services is not supported")
    if not source_service and not target_service:
        raise ComposekitError("unknown copy direction", hint="write one of the two as SERVICE:PATH")
    if not source or not target:
        raise ComposekitError(f"{'destination' if source else 'source'} can not be empty")
    running = open_running(ctx)
    replicas = _replicas(running, source_service or target_service, values)
    if ctx.dry_run:
        return 0
    if source_service:
        _out(running, replicas[0], source, target, values)
        return 0
    for status in replicas:
        _in(running, status, source, target, values)
    return 0


def split_place(text: str) -> tuple[str, str]:
    """Return the service (or nothing) and the path of an argument; a path with a colon is written with ./ or /."""
    service, colon, path = text.partition(":")
    if not colon or text[0] in "/." or "/" in service:
        return "", text
    return service, path


def _replicas(running: "Running", service: str, values: dict[str, Any]) -> "list[ReplicaStatus]":
    """Return the service's replicas, whether they run or not; those that run come first."""
    from composekit.cli.targets import UP
    from composekit.runtime.listing import is_one_off, service_of

    index = values["index"]
    found = [one for one in running.statuses(running.client()) if service_of(one) == service]
    mine = [one for one in found if (values["all"] and not index) or not is_one_off(one)]
    mine = [one for one in mine if index in (0, one.index)]
    if not mine and index:
        raise ComposekitError(f'service "{service}" is not running container #{index}')
    if not mine:
        raise ComposekitError(f'no container found for service "{service}"')
    return sorted(mine, key=lambda one: (one.phase not in UP, is_one_off(one), one.index))


def _out(running: "Running", status: "ReplicaStatus", source: str, target: str, values: dict[str, Any]) -> None:
    from composekit.cli.progress import DONE
    from composekit.runtime.copying import header_of, in_view, pack, unpack, view_of

    ctx = running.ctx
    place = os.path.join("/", source)
    pid, view, place = view_of(running.home, status.name, place)
    inside = in_view(pid, view, lambda out: pack(place, out, follow=values["follow_link"]), writes=True)
    try:
        if target == "-":
            header_of(inside.stream)
            ctx.out.flush()
            with os.fdopen(os.dup(1), "wb") as out:
                shutil.copyfileobj(inside.stream, out)
        else:
            unpack(inside.stream, os.path.join(ctx.cwd, target), archive=values["archive"])
    finally:
        inside.finish()
    if target != "-":
        progress = running.progress("Copying")
        progress.event(f"{status.name} copy {status.name}:{source} to {target}", "Copied", DONE)
        progress.finish()


def _in(running: "Running", status: "ReplicaStatus", source: str, target: str, values: dict[str, Any]) -> None:
    from composekit.cli.progress import DONE
    from composekit.runtime.copying import in_view, pack, unpack, unpack_bare, view_of

    ctx = running.ctx
    local = os.path.join(ctx.cwd, source)
    if source != "-" and not os.path.lexists(local.removesuffix("/.")):
        raise ComposekitError(f"there is no file or directory '{source}'")
    if source == "-" and os.isatty(0):
        raise ComposekitError("a tar archive is read from standard input, which is a terminal")
    put, place = (unpack_bare if source == "-" else unpack), os.path.join("/", target)
    pid, view, place = view_of(running.home, status.name, place)
    inside = in_view(pid, view, lambda stream: put(stream, place, archive=values["archive"]), writes=False)
    try:
        if source == "-":
            with os.fdopen(os.dup(0), "rb") as given:
                shutil.copyfileobj(given, inside.stream)
        else:
            pack(local, inside.stream, follow=values["follow_link"])
        inside.stream.flush()
    except BrokenPipeError:
        pass  # the other side says why
    finally:
        inside.finish()
    progress = running.progress("Copying")
    progress.event(f"{status.name} copy {source} to {status.name}:{target}", "Copied", DONE)
    progress.finish()
