"""`pause`: let services stand still, keeping what they have in memory."""

from typing import Any

from composekit.cli.context import CommandContext
from composekit.cli.options import SERVICES, Row

ARGUMENTS: tuple[Row, ...] = (SERVICES,)


def run(ctx: CommandContext, **values: Any) -> int:
    from composekit.cli.pausing import change
    from composekit.runtime.paused import pause

    return change(ctx, values["services"], pause, paused=False, word="Paused", title="Pausing")
