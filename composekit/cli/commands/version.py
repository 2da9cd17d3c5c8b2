"""`composekit version`."""

from composekit import __version__
from composekit.cli.context import CommandContext
from composekit.cli.options import Option, Row

ARGUMENTS: tuple[Row, ...] = (
    Option(("-f", "--format"), "Format the output. Values: [pretty | json]", "choice", "pretty", ("pretty", "json")),
    Option(("--short",), "Shows only composekit's version number", "flag"),
)


def run(ctx: CommandContext, *, format: str, short: bool) -> int:  # noqa: A002  # the option's own name
    """Print the version as Docker Compose prints its own."""
    if short:
        ctx.out.write(f"{__version__}\n")
    elif format == "json":
        ctx.out.write(f'{{"version":"{__version__}"}}\n')
    else:
        ctx.out.write(f"composekit version {__version__}\n")
    return 0
