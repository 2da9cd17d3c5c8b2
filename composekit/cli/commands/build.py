"""`build`: read Dockerfiles as the recipes they are. No image is made, and what RUN would do is not done."""

from typing import Any

from composekit.cli.context import CommandContext
from composekit.cli.options import SERVICES, Option, Row

_NO_IMAGES = "(accepted: no image is made)"

ARGUMENTS: tuple[Row, ...] = (
    Option(("--build-arg",), f"Set build-time variables for services {_NO_IMAGES}", "many", metavar="KEY=VALUE"),
    Option(("--builder",), f"Set builder to use {_NO_IMAGES}"),
    Option(("--check",), "Check build configuration", "flag"),
    Option(("-m", "--memory"), f"Set memory limit for the build container {_NO_IMAGES}"),
    Option(("--no-cache",), f"Do not use cache when building the image {_NO_IMAGES}", "flag"),
    Option(("--print",), f"Print equivalent bake file {_NO_IMAGES}", "flag", to="print_bake"),
    Option(("--provenance",), f"Add a provenance attestation {_NO_IMAGES}"),
    Option(("--pull",), f"Always attempt to pull a newer version of the image {_NO_IMAGES}", "flag"),
    Option(("--push",), f"Push service images {_NO_IMAGES}", "flag"),
    Option(("-q", "--quiet"), "Suppress the build output", "flag"),
    Option(("--sbom",), f"Add a SBOM attestation {_NO_IMAGES}"),
    Option(("--ssh",), f"Set SSH authentications used when building service images {_NO_IMAGES}"),
    Option(("--with-dependencies",), "Also build dependencies (transitively)", "flag"),
    SERVICES,
)


def run(ctx: CommandContext, **values: Any) -> int:
    from composekit.cli.standings import chosen_services, report_standings

    services = chosen_services(ctx, values["services"], dependencies=values["with_dependencies"])
    if values["quiet"]:
        ctx.progress = "quiet"
    built = [one for one in services if one.build is not None]
    return 1 if report_standings(ctx, built, title="Building", word="Read") else 0
