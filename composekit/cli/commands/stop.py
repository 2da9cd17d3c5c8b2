"""`stop`: end services in order, and keep them."""

from typing import Any

from composekit.cli.context import CommandContext
from composekit.cli.options import SERVICES, Option, Row

ARGUMENTS: tuple[Row, ...] = (
    Option(("-t", "--timeout"), "Specify a shutdown timeout in seconds", "int"),
    SERVICES,
)


def run(ctx: CommandContext, **values: Any) -> int:
    from composekit.cli.asking import ask
    from composekit.cli.running import open_running
    from composekit.runtime.down import to_stop

    running = open_running(ctx)
    client = running.client()
    names = to_stop(running.chosen(running.statuses(client), values["services"]))
    grace = None if values["timeout"] is None else float(values["timeout"])
    ask(
        running, "Stopping", "stopped", names, lambda asker: asker.stop(names, grace_seconds=grace), rehearsed="Stopped"
    )
    return 0
