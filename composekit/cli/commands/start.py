"""`start`: run again what was stopped."""

from typing import TYPE_CHECKING, Any

from composekit.cli.context import CommandContext
from composekit.cli.options import SERVICES, Option, Row
from composekit.errors import ComposekitError

ARGUMENTS: tuple[Row, ...] = (
    Option(("--wait",), "Wait for services to be running|healthy. Implies detached mode.", "flag", hidden=True),
    SERVICES,
)


if TYPE_CHECKING:
    from composekit.cli.running import Running


def run(ctx: CommandContext, **values: Any) -> int:
    from composekit.cli.asking import ask
    from composekit.cli.running import open_running

    running = open_running(ctx)
    client = running.client()
    statuses = running.chosen(running.statuses(client), values["services"])
    here = [name for name in values["services"] or running.services if _is_ours(running, name)]
    if not statuses and values["services"] and not here:
        return 0  # somebody else provides them, or their profiles are off
    if not statuses:
        missing = next(iter(here), running.name)
        raise ComposekitError(f'service "{missing}" has no container to start', hint="run 'up' first")
    names = [one.name for one in statuses]
    aim = "healthy" if values["wait"] else "started"
    narrator = ask(running, "Running", aim, names, lambda asker: asker.start(names), rehearsed="Started")
    failed = [narrator.current[name] for name in names if name in narrator.current]
    problems = [one.reason for one in failed if one.phase == "failed" or (one.phase == "exited" and one.reason)]
    for problem in problems:
        ctx.say(f"error: {problem}")
    return 1 if problems else 0


def _is_ours(running: "Running", name: str) -> bool:
    """Tell whether a service of the project would have replicas here."""
    service = running.services.get(name)
    return service is not None and service.get("provider") is None
