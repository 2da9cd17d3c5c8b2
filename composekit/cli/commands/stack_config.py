"""`stack config`: the stack file that a deploy of the project stands for."""

from typing import Any

from composekit.cli.context import CommandContext
from composekit.cli.options import Row
from composekit.cli.planning import make_plan, plan_options, show_losses
from composekit.cli.swarm_side import COMPOSE_FILE, OWN_STACK

ARGUMENTS: tuple[Row, ...] = (COMPOSE_FILE, *plan_options(jobs="waited", names="content"), OWN_STACK)


def run(ctx: CommandContext, **values: Any) -> int:
    """Print it, without the contents of configs and secrets; return 1 when there is none."""
    from composekit.source.emit import write_yaml
    from composekit.swarm.stack_yaml import to_stack

    made = make_plan(ctx, values["stack"], values, files=values["compose_files"], waits=True)
    show_losses(ctx, made, values["shown"], briefly=True)
    if made.plan is None or not made.fit(strict=values["strict"]):
        return 1
    ctx.out.write(write_yaml(to_stack(made.plan, folder=".")))
    return 0
