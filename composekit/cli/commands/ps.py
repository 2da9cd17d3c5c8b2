"""`ps`: what runs, in Docker's columns."""

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from composekit.cli.context import CommandContext
from composekit.cli.options import SERVICES, Option, Row
from composekit.errors import ComposekitError

if TYPE_CHECKING:
    from composekit.cli.formats import Fit

ARGUMENTS: tuple[Row, ...] = (
    Option(("-a", "--all"), "Show all stopped containers (including those created by the run command)", "flag"),
    Option(("--filter",), "Filter services by a property (supported filters: status)", metavar="KEY=VALUE"),
    Option(
        ("--format",),
        "Print as 'table', as 'json', or by a template such as '{{.Name}} {{.Status}}'",
        choices=("table", "json"),
        to="form",
    ),
    Option(("--no-trunc",), "Don't truncate output; with --format json, also show the last health checks", "flag"),
    Option(("--orphans",), "Include orphaned services (not declared by project)", "flag", default=True),
    Option(("-q", "--quiet"), "Only display IDs", "flag"),
    Option(("--services",), "Display services", "flag", to="only_services"),
    Option(
        ("--status",),
        "Filter services by status. Values: [paused | restarting | removing | running | dead | created | exited]",
        "many",
        choices=("paused", "restarting", "removing", "running", "dead", "created", "exited"),
        to="states",
    ),
    SERVICES,
)

_TABLE = "{{.Name}}\t{{.Image}}\t{{.Command}}\t{{.Service}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}"
_HEADERS = {"RunningFor": "CREATED", "CreatedAt": "CREATED AT", "ID": "CONTAINER ID"}
# What gives way first on a narrow terminal; names, services and states are what one looks for.
_LEAST = {"COMMAND": 8, "IMAGE": 12, "PORTS": 16}
_SPARE = ("COMMAND", "CREATED", "IMAGE")


def run(ctx: CommandContext, **values: Any) -> int:
    from composekit.cli.running import open_running
    from composekit.cli.tables import human_duration
    from composekit.runtime.identifiers import container_id
    from composekit.runtime.listing import is_one_off, row_of, service_of

    states = [*values["states"], *_filtered(values["filter"])]
    running = open_running(ctx)
    statuses = running.look()
    if values["services"]:
        running.chosen(statuses, values["services"])  # for its complaint
        statuses = [one for one in statuses if service_of(one) in values["services"]]
    elif not values["orphans"] and running.services:
        statuses = [one for one in statuses if service_of(one) in running.services]
    if not values["all"] and not states:
        statuses = [one for one in statuses if not is_one_off(one)]
    now = time.time()
    rows = [
        row_of(one, project=running.name, id_=container_id(running.home, one.name), now=now, words=human_duration)
        for one in statuses
    ]
    if states:
        rows = [row for row in rows if row.state in states]
    elif not values["all"]:
        rows = [row for row in rows if row.state in ("running", "restarting", "paused")]
    rows.sort(key=lambda row: row.name)
    ctx.out.write(_shown(rows, values, now, _fit(ctx, values)))
    return 0


def _fit(ctx: CommandContext, values: dict[str, Any]) -> "Fit | None":
    """Return what the table must fit; nothing where it goes to a file, so that scripts see all of it."""
    if values["no_trunc"] or not ctx.out.isatty():
        return None
    from composekit.cli.formats import Fit

    try:
        return Fit(os.get_terminal_size(ctx.out.fileno()).columns or 80, _LEAST, _SPARE)
    except OSError:
        return None


def _filtered(text: str | None) -> list[str]:
    if not text:
        return []
    key, equals, value = text.partition("=")
    if not equals:
        raise ComposekitError("arguments to --filter should be in form KEY=VAL")
    if key != "status":
        raise ComposekitError(f"unknown filter {key}")
    return [value]


def _shown(rows: list[Any], values: dict[str, Any], now: float, fit: "Fit | None") -> str:
    from composekit.cli.formats import show_rows
    from composekit.cli.tables import ellipsis, human_duration
    from composekit.runtime.listing import health_log, json_row
    from composekit.values.gotemplate import Struct

    if values["quiet"]:
        return "".join(f"{row.id}\n" for row in rows)
    if values["only_services"]:
        return "".join(f"{name}\n" for name in dict.fromkeys(row.service for row in rows))

    def shorten(text: str, most: int) -> str:
        if values["no_trunc"]:
            return text
        return ellipsis(text, most) if most else text[:12]

    facts: list[dict[str, Any]] = [
        {**json_row(row, now=now, words=human_duration, shorten=shorten), "Label": _label(row.labels)} for row in rows
    ]
    for shown, row in zip(facts, rows, strict=True):
        shown["Publishers"] = [Struct(one) for one in shown["Publishers"]]
        if values["form"] != "json" or (row.probes and values["no_trunc"]):  # Docker Compose has no such key
            shown["HealthLog"] = health_log(row)
    return show_rows(facts, values["form"], table=_TABLE, headers=_HEADERS, fit=fit)


def _label(labels: dict[str, str]) -> Callable[[str], str]:
    return lambda key: labels.get(key, "")
