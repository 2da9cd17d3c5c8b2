"""`stack plan`: what a deploy would create, change and remove, field by field."""

from typing import Any

from composekit.cli.context import CommandContext
from composekit.cli.deploying import KEEP, PRUNE, prepare
from composekit.cli.options import Option, Row
from composekit.cli.planning import plan_options
from composekit.cli.swarm_side import COMPOSE_FILE, ENGINE_OPTIONS, OWN_STACK, RESOLVE, WITH_AUTH

HAS_CHANGES = 7

ARGUMENTS: tuple[Row, ...] = (
    *ENGINE_OPTIONS,
    COMPOSE_FILE,
    Option(("--exit-code",), f"Exit with {HAS_CHANGES} when there is something to change", "flag"),
    Option(("--format",), "How to print it (text|json)", "choice", "text", ("text", "json"), to="form"),
    KEEP,
    PRUNE,
    RESOLVE._replace(default="never"),
    WITH_AUTH,
    *plan_options(jobs="waited", names="content"),
    OWN_STACK,
)


def run(ctx: CommandContext, **values: Any) -> int:
    from composekit.swarm.plan_text import to_json, to_text

    changes = prepare(ctx, values).changes
    ctx.out.write(to_json(changes) if values["form"] == "json" else to_text(changes, color=ctx.color_out))
    return HAS_CHANGES if values["exit_code"] and not changes.is_empty else 0
