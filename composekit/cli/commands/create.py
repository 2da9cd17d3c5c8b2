"""`create`: make replicas without starting them."""

from typing import Any

from composekit.cli.context import CommandContext
from composekit.cli.options import PULL_POLICIES, SERVICES, Option, Row
from composekit.errors import ComposekitError

ARGUMENTS: tuple[Row, ...] = (
    Option(("--build",), "Build images before starting containers", "flag"),
    Option(("--force-recreate",), "Recreate containers even if their configuration and image haven't changed", "flag"),
    Option(("--no-build",), "Don't build an image, even if it's policy", "flag"),
    Option(
        ("--no-recreate",),
        "If containers already exist, don't recreate them. Incompatible with --force-recreate.",
        "flag",
    ),
    Option(
        ("--pull",),
        "Pull image before running (accepted: there are no images here)",
        choices=PULL_POLICIES,
        metavar="POLICY",
    ),
    Option(("--quiet-pull",), "Pull without printing progress information", "flag"),
    Option(("--remove-orphans",), "Remove containers for services not defined in the Compose file", "flag"),
    Option(
        ("--scale",),
        "Scale SERVICE to NUM instances. Overrides the 'scale' setting in the Compose file if present.",
        "many",
        metavar="SERVICE=NUM",
    ),
    Option(("-y", "--yes"), 'Assume "yes" as answer to all prompts and run non-interactively', "flag"),
    SERVICES,
)


def run(ctx: CommandContext, **values: Any) -> int:
    from composekit.cli.commands import up
    from composekit.cli.options import initial_values

    for one, other in (("build", "no_build"), ("force_recreate", "no_recreate")):
        if values[one] and values[other]:
            first, second = (f"--{name.replace('_', '-')}" for name in (one, other))
            raise ComposekitError(f"{first} and {second} are incompatible")
    known = initial_values(up.ARGUMENTS)
    return up.run(ctx, **{**known, **{key: value for key, value in values.items() if key in known}, "no_start": True})
