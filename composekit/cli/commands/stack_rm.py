"""`stack rm`: takes stacks out of the swarm, releases included."""

import time
from typing import Any

from composekit.cli.context import CommandContext
from composekit.cli.options import Argument, Option, Row
from composekit.cli.swarm_side import ENGINE_OPTIONS, connect, pause, stack_name, watcher

ARGUMENTS: tuple[Row, ...] = (
    *ENGINE_OPTIONS,
    Option(("-d", "--detach"), "Do not wait until the tasks have ended", "flag", default=True),
    Argument("stacks", required=True, metavar="STACK [STACK...]"),
)


def run(ctx: CommandContext, **values: Any) -> int:
    """Return 1 when something is left; a stack that does not exist is said and no mistake, as in Docker."""
    from composekit.swarm.observed import observe
    from composekit.swarm.removal import everything, remove_all, wait_for_tasks

    names = [stack_name(name) for name in values["stacks"]]
    engine = connect(ctx, values)
    left = []
    for name in names:
        observed = observe(engine, name)
        if observed.is_empty:
            ctx.say(f"Nothing found in stack: {name}")
            continue
        progress = watcher(ctx, "Removing")
        if ctx.dry_run:
            for one in everything(observed):
                progress.event(f"{one.kind.capitalize()} {one.name}", "Removed", "Done")
        else:
            left += remove_all(engine, everything(observed), progress, clock=time.monotonic, sleep=pause)
            if not values["detach"]:
                wait_for_tasks(engine, name, sleep=pause, audience=progress)
        progress.finish()
    for line in left:
        ctx.say(f"error: {line}")
    return 1 if left else 0
