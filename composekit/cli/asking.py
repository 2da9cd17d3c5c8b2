"""What `stop`, `start` and `restart` have in common: one request about some replicas, and its progress."""

from collections.abc import Callable, Collection

from composekit.cli.narrator import Narrator
from composekit.cli.progress import DONE
from composekit.cli.running import Running
from composekit.runtime.control import act_and_watch
from composekit.supervise.client import Client


def ask(
    running: Running,
    title: str,
    aim: str,
    names: Collection[str],
    request: Callable[[Client], object],
    *,
    rehearsed: str,
) -> Narrator:
    """Ask the supervisor and tell what comes of it; with --dry-run, only say that it would be `rehearsed`."""
    progress = running.progress(title)
    narrator = Narrator(progress, aim, names)
    if not names:
        return narrator
    if running.ctx.dry_run:
        for name in names:
            progress.event(f"Container {name}", rehearsed, DONE)
    else:
        act_and_watch(running.home, request, narrator.see, narrator.is_settled)
    progress.finish()
    return narrator
