"""`completion`: a script that completes commands, options and live names of services in a shell."""

from typing import Any

from composekit.cli.context import CommandContext
from composekit.cli.options import Argument, Row
from composekit.errors import UsageError

ARGUMENTS: tuple[Row, ...] = (Argument("shell", many=False, required=True, metavar="bash|zsh|fish"),)


def run(ctx: CommandContext, **values: Any) -> int:
    from composekit.cli.completion import SHELLS

    if values["shell"] not in SHELLS:
        raise UsageError(f"there is no completion for '{values['shell']}'", hint=f"choose one of {', '.join(SHELLS)}")
    ctx.out.write(SHELLS[values["shell"]]())
    return 0
