"""`push`: nothing, as built images stay here; it says so, so that a script which pushes goes on."""

from typing import Any

from composekit.cli.context import CommandContext
from composekit.cli.options import SERVICES, Option, Row

ARGUMENTS: tuple[Row, ...] = (
    Option(("--ignore-push-failures",), "Push what it can and ignores images with push failures", "flag"),
    Option(("--include-deps",), "Also push images of services declared as dependencies", "flag"),
    Option(("-q", "--quiet"), "Push without printing progress information", "flag"),
    SERVICES,
)


def run(ctx: CommandContext, **values: Any) -> int:
    from composekit.cli.standings import chosen_services, report_standings

    services = chosen_services(ctx, values["services"], dependencies=values["include_deps"])
    if values["quiet"]:
        ctx.progress = "quiet"
    report_standings(ctx, (), title="Pushing", word="", skipped=[one.name for one in services])
    if any(one.build is not None for one in services) and not values["quiet"]:
        ctx.say("warning: built images stay on this machine, so there is none to push")
    return 0
