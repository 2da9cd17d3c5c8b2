"""`stack ls`: the stacks of a swarm, in Docker's columns."""

from typing import Any

from composekit.cli.context import CommandContext
from composekit.cli.options import Row
from composekit.cli.swarm_side import ENGINE_OPTIONS, FORMAT, connect, print_rows

ARGUMENTS: tuple[Row, ...] = (*ENGINE_OPTIONS, FORMAT)


def run(ctx: CommandContext, **values: Any) -> int:
    from composekit.swarm.listing import STACK_TABLE, stack_rows
    from composekit.swarm.naming import NAMESPACE_LABEL

    services = connect(ctx, values).get("/services", filters={"label": [NAMESPACE_LABEL]}) or []
    print_rows(ctx, stack_rows(services), form=values["form"], table=STACK_TABLE, quiet=False)
    return 0
