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
    from composekit.cli.targets import UP, running_replica
    from composekit.runtime.listing import is_one_off, service_of

    statuses = running.statuses(running.client())
    mine = [one for one in statuses if service_of(one) == service and one.phase in UP]
    mine = [one for one in mine if values["all"] or not is_one_off(one)]
    if values["index"] or not mine:
        return [running_replica(statuses, service, values["index"])]
    return sorted(mine, key=lambda one: one.index)


def _out(running: "Running", status: "ReplicaStatus", source: str, target: str, values: dict[str, Any]) -> None:
    from composekit.cli.progress import DONE
    from composekit.runtime.copying import header_of, in_view, pack, unpack
    from composekit.runtime.visit import host_of

    ctx = running.ctx
    spec, pid = host_of(running.home, status.name)
    place = os.path.join("/", source)
    inside = in_view(pid, spec.view, lambda out: pack(place, out, follow=values["follow_link"]), writes=True)
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
    from composekit.runtime.copying import in_view, pack, unpack, unpack_bare
    from composekit.runtime.visit import host_of

    ctx = running.ctx
    local = os.path.join(ctx.cwd, source)
    if source != "-" and not os.path.lexists(local.removesuffix("/.")):
        raise ComposekitError(f"there is no file or directory '{source}'")
    if source == "-" and os.isatty(0):
        raise ComposekitError("a tar archive is read from standard input, which is a terminal")
    spec, pid = host_of(running.home, status.name)
    put, place = (unpack_bare if source == "-" else unpack), os.path.join("/", target)
    inside = in_view(pid, spec.view, lambda stream: put(stream, place, archive=values["archive"]), writes=False)
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
