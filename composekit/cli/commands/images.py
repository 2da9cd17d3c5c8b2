"""`images`: the images that replicas were made for. There are none on this machine; names stand for programs."""

import hashlib
import platform
from typing import Any

from composekit.cli.context import CommandContext
from composekit.cli.options import SERVICES, Option, Row

ARGUMENTS: tuple[Row, ...] = (
    Option(
        ("--format",),
        "Print as 'table', as 'json', or by a template such as '{{.Repository}}'",
        choices=("table", "json"),
        to="form",
    ),
    Option(("-q", "--quiet"), "Only display IDs", "flag"),
    SERVICES,
)

_TITLES = ("CONTAINER", "REPOSITORY", "TAG", "PLATFORM", "IMAGE ID", "SIZE", "CREATED")
_NEVER = "0001-01-01T00:00:00Z"  # Go's way to say that there is no such time
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm/v7", "AMD64": "amd64"}


def run(ctx: CommandContext, **values: Any) -> int:
    from composekit.cli.formats import aligned, show_rows
    from composekit.cli.running import open_running
    from composekit.runtime.listing import service_of

    running = open_running(ctx)
    statuses = running.statuses(running.client())
    if values["services"]:
        statuses = [one for one in statuses if service_of(one) in values["services"]]
    rows = [_row(one) for one in sorted(statuses, key=lambda one: one.name)]
    if values["quiet"]:
        ctx.out.write("".join(f"{id_.partition(':')[2]}\n" for id_ in dict.fromkeys(row["ID"] for row in rows)))
    elif values["form"] in (None, "", "table"):
        lines = [
            (row["ContainerName"], row["Repository"], row["Tag"], row["Platform"], row["ID"][7:19], "0B", "N/A")
            for row in rows
        ]
        ctx.out.write(aligned([_TITLES, *lines], least=20, gap=3))
    else:
        ctx.out.write(
            show_rows(rows, values["form"], table="", headers={"ContainerName": "CONTAINER"}, whole_json=True)
        )
    return 0


def _row(status: Any) -> dict[str, Any]:
    from composekit.images.catalogue import split_image
    from composekit.runtime.places import OWN

    image = status.labels.get(OWN + "image", "")
    repository, tag = split_image(image)
    machine = platform.machine()
    return {
        "ID": f"sha256:{hashlib.sha256(image.encode()).hexdigest()}",
        "ContainerName": status.name,
        "Repository": repository,
        "Tag": tag or "latest",
        "Platform": f"{platform.system().lower()}/{_ARCHITECTURES.get(machine, machine)}",
        "Size": 0,
        "LastTagTime": _NEVER,
    }
