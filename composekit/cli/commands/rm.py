"""`rm`: remove what was stopped."""

from typing import Any

from composekit.cli.context import CommandContext
from composekit.cli.options import SERVICES, Option, Row

ARGUMENTS: tuple[Row, ...] = (
    Option(("-f", "--force"), "Don't ask to confirm removal", "flag"),
    Option(("-s", "--stop"), "Stop the containers, if required, before removing", "flag"),
    Option(("-v", "--volumes"), "Remove any anonymous volumes attached to containers", "flag"),
    SERVICES,
)


def run(ctx: CommandContext, **values: Any) -> int:
    from composekit.cli.commands.down import take_down
    from composekit.cli.progress import DONE
    from composekit.cli.running import open_running
    from composekit.runtime.down import DownPlan, to_remove

    running = open_running(ctx)
    client = running.client()
    statuses = running.statuses(client)
    names = to_remove(running.chosen(statuses, values["services"]), stopped=values["stop"])
    if not names:
        ctx.say("No stopped containers")
        return 0
    ctx.out.write(f"Going to remove {', '.join(names)}\n")
    ctx.out.flush()
    if not values["force"] and not _confirmed(ctx):
        return 0
    progress = running.progress("Removing")
    if ctx.dry_run:
        for name in names:
            progress.event(f"Container {name}", "Removed", DONE)
        progress.finish()
        return 0
    with running.changing():
        take_down(running, client, DownPlan(tuple(names), len(names) == len(statuses)), progress, None)
    progress.finish()
    return 0


def _confirmed(ctx: CommandContext) -> bool:
    ctx.out.write("Are you sure? [yN] ")
    ctx.out.flush()
    return ctx.stdin.readline().strip().lower() in ("y", "yes")
