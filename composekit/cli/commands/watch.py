"""`watch`: sync, rebuild or restart services when their sources change, as `develop.watch` says."""

from typing import Any

from composekit.cli.context import CommandContext
from composekit.cli.options import SERVICES, Option, Row

ARGUMENTS: tuple[Row, ...] = (
    Option(("--no-up",), "Do not build & start services before watching", "flag"),
    Option(
        ("--prune",), "Prune dangling images on rebuild (accepted: layers are removed by nobody here)", "flag",
        default=True,
    ),
    Option(("--quiet",), "hide build output", "flag"),
    SERVICES,
)  # fmt: skip


def run(ctx: CommandContext, **values: Any) -> int:
    from composekit.cli.running import load_running
    from composekit.cli.watching import Watcher

    running = load_running(ctx, values["services"])
    watcher = Watcher(running, values["services"], quiet=values["quiet"])
    if not values["no_up"]:
        from composekit.cli.commands import up
        from composekit.cli.options import initial_values

        wanted = {**initial_values(up.ARGUMENTS), "services": values["services"], "detach": True, "build": True}
        code = up.run(ctx, **{**wanted, "quiet_build": values["quiet"]})
        if code:
            return code
    if ctx.dry_run:
        return 0
    try:
        watcher.run()
    except KeyboardInterrupt:
        ctx.out.write("Watch disabled\n")
    return 0
