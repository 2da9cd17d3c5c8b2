"""`stack deploy`: makes the swarm run the project, and waits until it does."""

from typing import Any

from composekit.cli.context import CommandContext
from composekit.cli.deploying import DETACH, FORCE, KEEP, PRUNE, TIMEOUT, deploy, prepare
from composekit.cli.options import Row
from composekit.cli.planning import plan_options
from composekit.cli.swarm_side import COMPOSE_FILE, ENGINE_OPTIONS, OWN_STACK, RESOLVE, WITH_AUTH

ARGUMENTS: tuple[Row, ...] = (
    *ENGINE_OPTIONS,
    COMPOSE_FILE,
    DETACH,
    FORCE,
    KEEP,
    PRUNE,
    RESOLVE,
    TIMEOUT,
    WITH_AUTH,
    *plan_options(jobs="waited", names="content"),
    OWN_STACK,
)


def run(ctx: CommandContext, **values: Any) -> int:
    """Return 0 converged, 1 failed, 4 no swarm manager, 5 rolled back, 6 out of time, 130 interrupted."""
    return deploy(ctx, prepare(ctx, values), values)
