"""`stats`: what each replica uses of the machine, once or as long as one looks."""

import time
from typing import TYPE_CHECKING, Any

from composekit.cli.context import CommandContext
from composekit.cli.options import Argument, Option, Row

if TYPE_CHECKING:
    from composekit.cli.running import Running
    from composekit.runtime.usage import Usage

ARGUMENTS: tuple[Row, ...] = (
    Option(("-a", "--all"), "Show all containers (default shows just running)", "flag"),
    Option(
        ("--format",),
        "Print as 'table', as 'json', or by a template such as '{{.Name}} {{.CPUPerc}}'",
        choices=("table", "json"),
        to="form",
    ),
    Option(("--no-stream",), "Disable streaming stats and only pull the first result", "flag"),
    Option(("--no-trunc",), "Do not truncate output", "flag"),
    Argument("service", many=False, metavar="[SERVICE]"),
)

_TABLE = "{{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}"
_HEADERS = {
    "BlockIO": "BLOCK I/O",
    "CPUPerc": "CPU %",
    "Container": "CONTAINER",
    "ID": "CONTAINER ID",
    "MemPerc": "MEM %",
    "MemUsage": "MEM USAGE / LIMIT",
    "NetIO": "NET I/O",
    "PIDs": "PIDS",
}
_SECONDS = 1.0
_HOME, _CLEAR_LINE, _CLEAR_REST = "\x1b[H", "\x1b[K", "\x1b[J"


def run(ctx: CommandContext, **values: Any) -> int:
    from composekit.cli.running import open_running

    running = open_running(ctx)
    client = running.client()
    if client is not None:
        client.close()
    before = _measure(running, values)
    while True:
        began = time.monotonic()
        time.sleep(_SECONDS)
        after = _measure(running, values)
        text = _shown(running, before, after, time.monotonic() - began, values)
        if values["no_stream"]:
            ctx.out.write(text)
            return 0
        ctx.out.write(text if not ctx.out.isatty() else _redrawn(text))
        ctx.out.flush()
        before = after


def _redrawn(text: str) -> str:
    return _HOME + "".join(f"{line}{_CLEAR_LINE}\n" for line in text.splitlines()) + _CLEAR_REST


def _measure(running: "Running", values: dict[str, Any]) -> "dict[str, Usage]":
    from composekit.runtime.listing import service_of
    from composekit.runtime.usage import measure
    from composekit.supervise.status import read_state

    return {
        one.name: measure(running.home, one.name)
        for one in sorted(read_state(running.home), key=lambda one: one.name)
        if (one.pid is not None or values["all"]) and values["service"] in (None, service_of(one))
    }


def _shown(
    running: "Running",
    before: "dict[str, Usage]",
    after: "dict[str, Usage]",
    seconds: float,
    values: dict[str, Any],
) -> str:
    from composekit.cli.formats import show_rows
    from composekit.runtime.identifiers import container_id
    from composekit.runtime.trees import total_memory
    from composekit.runtime.usage import usage_row

    total, short = total_memory(), 64 if values["no_trunc"] else 12
    rows = [
        usage_row(
            name,
            container_id(running.home, name),
            before.get(name, now),
            now,
            seconds=seconds,
            total=total,
            short=short,
        )
        for name, now in after.items()
    ]
    return show_rows(rows, values["form"], table=_TABLE, headers=_HEADERS)
