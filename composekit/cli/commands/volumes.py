"""`volumes`: the named volumes of the project, and where they are on this machine."""

import os
from typing import Any

from composekit.cli.context import CommandContext
from composekit.cli.options import SERVICES, Option, Row
from composekit.errors import ComposekitError

ARGUMENTS: tuple[Row, ...] = (
    Option(
        ("--format",),
        "Print as 'table', as 'json', or by a template such as '{{.Name}} {{.Mountpoint}}'",
        choices=("table", "json"),
        to="form",
    ),
    Option(("-q", "--quiet"), "Only display volume names", "flag"),
    SERVICES,
)

_TABLE = "{{.Driver}}\t{{.Name}}"
_HEADERS = {"Name": "VOLUME NAME"}
_UNKNOWN = ("Availability", "Group", "Links", "Size", "Status")


def run(ctx: CommandContext, **values: Any) -> int:
    from composekit.cli.formats import show_rows
    from composekit.cli.running import open_running
    from composekit.runtime.listing import service_of
    from composekit.runtime.places import OWN, volumes_folder

    running = open_running(ctx)
    services = values["services"]
    if running.project is not None:
        for name in services:
            if name not in running.project.services and name not in running.hidden:
                raise ComposekitError(f"no such service: {name}")
    used = {
        name: ""
        for one in running.statuses(running.client())
        if not services or service_of(one) in services
        for name in one.labels.get(OWN + "volumes", "").split(",")
        if name
    }
    declared = {one.name: key for key, one in running.project.volumes.items()} if running.project else {}
    names = [name for name in declared if name in used] if services else [*declared, *(set(used) - set(declared))]
    folder = volumes_folder(running.home.root)
    rows = [
        _row(os.path.join(folder, name), running.name, declared.get(name, name.removeprefix(f"{running.name}_")))
        for name in sorted(names)
        if os.path.isdir(os.path.join(folder, name))
    ]
    if values["quiet"]:
        ctx.out.write("".join(f"{row['Name']}\n" for row in rows))
    else:
        ctx.out.write(show_rows(rows, values["form"], table=_TABLE, headers=_HEADERS))
    return 0


def _row(directory: str, project: str, key: str) -> dict[str, Any]:
    labels = {"com.docker.compose.project": project, "com.docker.compose.volume": key}
    facts = {
        "Driver": "local",
        "Labels": ",".join(f"{name}={value}" for name, value in labels.items()),
        "Mountpoint": directory,
        "Name": os.path.basename(directory),
        "Scope": "local",
        **dict.fromkeys(_UNKNOWN, "N/A"),
    }
    return {**dict(sorted(facts.items())), "Label": lambda name: labels.get(name, "")}
