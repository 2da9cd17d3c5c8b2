"""`restart`: stop and start services."""

import time
from typing import Any

from composekit.cli.context import CommandContext
from composekit.cli.options import SERVICES, Option, Row

ARGUMENTS: tuple[Row, ...] = (
    Option(("--no-deps",), "Don't restart dependent services", "flag"),
    Option(("-t", "--timeout"), "Specify a shutdown timeout in seconds", "int"),
    SERVICES,
)


def run(ctx: CommandContext, **values: Any) -> int:
    from composekit.cli.asking import ask
    from composekit.cli.running import open_running
    from composekit.runtime.journal import journal_path, note

    running = open_running(ctx)
    client = running.client()
    names = [one.name for one in running.chosen(running.statuses(client), values["services"])]
    grace = None if values["timeout"] is None else float(values["timeout"])
    ask(
        running,
        "Restarting",
        "restarted",
        names,
        lambda asker: asker.restart(names, grace_seconds=grace, dependents=not values["no_deps"]),
        rehearsed="Restarted",
    )
    for name in [] if ctx.dry_run else names:
        note(journal_path(running.home), name, "restart", {}, now=time.time())
    return 0
