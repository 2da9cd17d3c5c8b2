"""`scale`: run as many replicas of services as is said."""

from typing import Any

from composekit.cli.context import CommandContext
from composekit.cli.options import Argument, Option, Row
from composekit.errors import ComposekitError

ARGUMENTS: tuple[Row, ...] = (
    Option(("--no-deps",), "Don't start linked services", "flag"),
    Argument("pairs", required=True, metavar="SERVICE=REPLICAS..."),
)


def run(ctx: CommandContext, **values: Any) -> int:
    from composekit.cli.commands import up
    from composekit.cli.options import initial_values

    for pair in values["pairs"]:
        name, equals, number = pair.partition("=")
        if not (name and equals and number):
            raise ComposekitError(f"invalid scale specifier: {pair}", hint="should be SERVICE=REPLICAS")
        if not (number.isascii() and number.isdigit()):
            raise ComposekitError(f"invalid scale specifier: {pair}", hint=f"'{number}' is no number of replicas")
    services = tuple(dict.fromkeys(pair.partition("=")[0] for pair in values["pairs"]))
    wanted = {"detach": True, "scale": values["pairs"], "services": services, "no_deps": values["no_deps"]}
    return up.run(ctx, **{**initial_values(up.ARGUMENTS), **wanted})
