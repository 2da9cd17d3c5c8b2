"""`stack services`: the services of a stack, in Docker's columns."""

from typing import Any

from composekit.cli.context import CommandContext
from composekit.cli.options import Option, Row
from composekit.cli.swarm_side import (
    ENGINE_OPTIONS,
    FILTER,
    FORMAT,
    STACK,
    connect,
    engine_filters,
    nothing_found,
    print_rows,
    stack_name,
)

ARGUMENTS: tuple[Row, ...] = (
    *ENGINE_OPTIONS,
    FILTER,
    FORMAT,
    Option(("-q", "--quiet"), "Only display IDs", "flag"),
    STACK,
)


def run(ctx: CommandContext, **values: Any) -> int:
    from composekit.swarm.listing import SERVICE_TABLE, service_rows

    stack = stack_name(values["stack"])
    filters = engine_filters(values["filters"], ("id", "label", "mode", "name"), stack)
    services = connect(ctx, values).get("/services", filters=filters, status=True) or []
    if not services and not values["filters"]:
        raise nothing_found(stack)
    print_rows(ctx, service_rows(services), form=values["form"], table=SERVICE_TABLE, quiet=values["quiet"])
    return 0
