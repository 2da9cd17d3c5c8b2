"""`graph`: a picture of the services and what depends on what."""

import os
from typing import Any

from composekit.cli.context import CommandContext
from composekit.cli.options import SERVICES, Option, Row
from composekit.errors import ComposekitError

ARGUMENTS: tuple[Row, ...] = (
    Option(
        ("--format",),
        "Draw as 'mermaid', 'dot' or 'svg'",
        "choice",
        default="mermaid",
        choices=("mermaid", "dot", "svg"),
    ),
    Option(("--no-deps",), "Leave out what the named services depend on", "flag"),
    Option(("-o", "--output"), "Save to file (default to stdout)", metavar="FILE"),
    SERVICES,
)


def run(ctx: CommandContext, **values: Any) -> int:
    from composekit.cli.running import load_running
    from composekit.runtime.pictures import as_dot, as_mermaid, as_svg, picture_of
    from composekit.runtime.up import selected_services

    project = load_running(ctx, values["services"]).project
    assert project is not None  # it has just been loaded from its file
    selected = selected_services(project, values["services"], with_dependencies=not values["no_deps"])
    draw = {"mermaid": as_mermaid, "dot": as_dot, "svg": as_svg}[values["format"]]
    text = draw(picture_of(project, selected))
    if not values["output"]:
        ctx.out.write(text)
        return 0
    file = os.path.join(ctx.cwd, values["output"])
    try:
        with open(file, "w", encoding="utf-8") as opened:
            opened.write(text)
    except OSError as error:
        raise ComposekitError(f"cannot write '{values['output']}': {(error.strerror or str(error)).lower()}") from None
    return 0
