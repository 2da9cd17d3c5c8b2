"""`composekit version`."""

from composekit import __version__
from composekit.cli.context import CommandContext
from composekit.cli.options import Option, Row

ARGUMENTS: tuple[Row, ...] = (
    Option(("-f", "--format"), "Format the output. Values: [pretty | json]", "choice", "pretty", ("pretty", "json")),
    Option(("--short",), "Shows only composekit's version number", "flag"),
)


def run(ctx: CommandContext, *, format: str, short: bool) -> int:  # noqa: A002  # the option's own name
    """Print the version as Docker Compose prints its own; under its name, also which one of it this stands in for."""
    name, version, prefix = "composekit", __version__, ""
    if ctx.shared.get("drop_in"):
        from composekit.cli.dropin import SHOWN_VERSION

        name, version, prefix = "Docker Compose", SHOWN_VERSION.removeprefix("v"), "v"
    if short:
        ctx.out.write(f"{version}\n")
    elif format == "json":
        ctx.out.write(f'{{"version":"{prefix}{version}"}}\n')
    else:
        ctx.out.write(f"{name} version {prefix}{version}\n")
    return 0
