"""`stack ps`: the tasks of a stack, in Docker's columns."""

from datetime import UTC, datetime
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
    node_names,
    nothing_found,
    print_rows,
    stack_name,
)

ARGUMENTS: tuple[Row, ...] = (
    *ENGINE_OPTIONS,
    FILTER,
    FORMAT,
    Option(("--no-resolve",), "Do not map IDs to Names", "flag"),
    Option(("--no-trunc",), "Do not truncate output", "flag"),
    Option(("-q", "--quiet"), "Only display task IDs", "flag"),
    STACK,
)


def run(ctx: CommandContext, **values: Any) -> int:
    from composekit.cli.tables import human_duration
    from composekit.swarm.listing import TASK_TABLE, task_rows
    from composekit.swarm.observed import stack_filter

    stack = stack_name(values["stack"])
    filters = engine_filters(values["filters"], ("desired-state", "id", "label", "name", "node"), stack)
    engine = connect(ctx, values)
    tasks = engine.get("/tasks", filters=filters) or []
    if not tasks:
        raise nothing_found(stack)
    services = [] if values["no_resolve"] else engine.get("/services", filters=stack_filter(stack)) or []
    form = values["form"] or "table"
    rows = task_rows(
        tasks,
        service_names={one["ID"]: one["Spec"]["Name"] for one in services},
        node_names={} if values["no_resolve"] else node_names(engine),
        now=datetime.now(UTC),
        words=human_duration,
        shorten=not values["no_trunc"],
        indent=r" \_ " if form.startswith("table") else "",
    )
    print_rows(ctx, rows, form=form, table=TASK_TABLE, quiet=values["quiet"])
    return 0
