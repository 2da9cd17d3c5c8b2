"""`wait`: until services have ended. The exit code is that of the last one to end, as in Docker Compose."""

from typing import Any

from composekit.cli.context import CommandContext
from composekit.cli.options import Argument, Option, Row
from composekit.errors import ComposekitError

ARGUMENTS: tuple[Row, ...] = (
    Option(("--down-project",), "Drops project when the first container stops", "flag"),
    Argument("services", required=True, metavar="SERVICE [SERVICE...]"),
)


def run(ctx: CommandContext, **values: Any) -> int:
    from composekit.cli.running import open_running
    from composekit.runtime.identifiers import container_id
    from composekit.supervise.client import Changed, Client, Removed, Snapshot
    from composekit.supervise.status import AT_REST

    running = open_running(ctx)
    client = running.client()
    services = values["services"]
    waited = {one.name for one in running.statuses(client) if one.group in services and one.phase not in AT_REST}
    if not waited or client is None:
        raise ComposekitError(f'no containers for project "{running.name}"')
    code = 0
    news = Client.connect(running.home) or client
    for event in news.watch():
        match event:
            case Snapshot(replicas):
                ended = [one for one in replicas if one.name in waited and one.phase in AT_REST]
                gone = waited - {one.name for one in replicas}
            case Changed(one):
                ended, gone = ([one] if one.name in waited and one.phase in AT_REST else []), set()
            case Removed(name):
                ended, gone = [], {name} & waited
            case _:
                continue
        waited -= gone
        for one in ended:
            waited.discard(one.name)
            code = one.exit_code or 0
            ctx.out.write(f'container "{container_id(running.home, one.name)}" exited with status code {code}\n')
            ctx.out.flush()
        if not waited:  # also with --down-project, whose help speaks of the first one
            break
    return _down(ctx) or code if values["down_project"] else code


def _down(ctx: CommandContext) -> int:
    from composekit.cli.commands import down

    return down.run(ctx, remove_orphans=True, rmi=None, timeout=None, volumes=False, services=())
