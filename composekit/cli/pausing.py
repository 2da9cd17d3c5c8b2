"""What `pause` and `unpause` have in common."""

from collections.abc import Callable

from composekit.cli.context import CommandContext
from composekit.cli.progress import DONE
from composekit.cli.running import open_running
from composekit.runtime.listing import is_one_off
from composekit.runtime.paused import is_paused
from composekit.supervise.home import Home


def change(
    ctx: CommandContext,
    services: tuple[str, ...],
    act: Callable[[Home, str], None],
    *,
    paused: bool,
    word: str,
    title: str,
) -> int:
    """Do `act` to every running replica that is `paused` or not, and complain of the others."""
    running = open_running(ctx)
    statuses = running.chosen(running.statuses(running.client()), services)
    progress = running.progress(title)
    wrong = []
    for status in statuses:
        if status.pid is None or is_one_off(status):
            continue
        if is_paused(status) is not paused:
            wrong.append(status.name)
            continue
        if not ctx.dry_run:
            act(running.home, status.name)
        progress.event(f"Container {status.name}", word, DONE)
    progress.finish()
    for name in wrong:
        ctx.say(f"error: container {name} is {'not paused' if paused else 'already paused'}")
    return 1 if wrong else 0
