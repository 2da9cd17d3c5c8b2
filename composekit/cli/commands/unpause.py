"""`unpause`: let paused services go on."""

from typing import Any

from composekit.cli.context import CommandContext
from composekit.cli.options import SERVICES, Row

ARGUMENTS: tuple[Row, ...] = (SERVICES,)


def run(ctx: CommandContext, **values: Any) -> int:
    from composekit.cli.pausing import change
    from composekit.runtime.paused import unpause

    return change(ctx, values["services"], unpause, paused=True, word="Unpaused", title="Running")
