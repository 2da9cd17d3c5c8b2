"""`pull`: look whether this machine has the programs that images stand for. Nothing is fetched."""

from typing import Any

from composekit.cli.context import CommandContext
from composekit.cli.options import SERVICES, Option, Row
from composekit.errors import ComposekitError

ARGUMENTS: tuple[Row, ...] = (
    Option(("--ignore-buildable",), "Ignore images that can be built", "flag"),
    Option(("--ignore-pull-failures",), "Pull what it can and ignores images with pull failures", "flag"),
    Option(("--include-deps",), "Also pull services declared as dependencies", "flag"),
    Option(("--policy",), 'Apply pull policy ("missing"|"always")', choices=("missing", "always")),
    Option(("-q", "--quiet"), "Pull without printing progress information", "flag"),
    SERVICES,
)


def run(ctx: CommandContext, **values: Any) -> int:
    from composekit.cli.standings import chosen_services, report_standings

    if values["policy"] not in (None, "missing", "always"):
        raise ComposekitError(f'invalid value for --policy: "{values["policy"]}"')
    services = chosen_services(ctx, values["services"], dependencies=values["include_deps"])
    if values["quiet"]:
        ctx.progress = "quiet"
    pulled = [one for one in services if one.image and not (values["ignore_buildable"] and one.build is not None)]
    others = [one.name for one in services if one not in pulled]
    failed = report_standings(ctx, pulled, title="Pulling", word="Here", skipped=others)
    return 1 if failed and not values["ignore_pull_failures"] else 0
