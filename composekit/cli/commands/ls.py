"""`ls`: the projects of this user on this machine."""

import re
from collections import Counter
from typing import Any

from composekit.cli.context import CommandContext
from composekit.cli.options import Option, Row
from composekit.errors import ComposekitError, UsageError

ARGUMENTS: tuple[Row, ...] = (
    Option(("-a", "--all"), "Show all stopped Compose projects", "flag"),
    Option(("--filter",), "Filter output based on conditions provided (name=PATTERN)", "many", metavar="KEY=VALUE"),
    Option(
        ("--format",),
        "Print as 'table', as 'json', or by a template such as '{{.Name}}'",
        choices=("table", "json"),
        to="form",
    ),
    Option(("-q", "--quiet"), "Only display project names", "flag"),
)

_UP = ("running", "restarting", "paused")


def run(ctx: CommandContext, **values: Any) -> int:
    from composekit.cli.formats import aligned, show_rows
    from composekit.runtime.places import state_root
    from composekit.supervise.home import Home, default_runtime_dir, projects

    wanted = _names(values["filter"])
    root = state_root(ctx.environ)
    rows = []
    for name in projects(root):
        row = _row(Home(root, name, default_runtime_dir(ctx.environ)), everything=values["all"])
        if row is not None and (not wanted or any(re.search(pattern, name) for pattern in wanted)):
            rows.append(row)
    if values["quiet"]:
        ctx.out.write("".join(f"{row['Name']}\n" for row in rows))
    elif values["form"] in (None, "", "table"):
        lines = [("NAME", "STATUS", "CONFIG FILES"), *(tuple(row.values()) for row in rows)]
        ctx.out.write(aligned(lines, least=20, gap=3))
    else:
        ctx.out.write(
            show_rows(rows, values["form"], table="", headers={"ConfigFiles": "CONFIG FILES"}, whole_json=True)
        )
    return 0


def _names(texts: tuple[str, ...]) -> list[str]:
    found = []
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals:
            raise UsageError("arguments to --filter should be in form KEY=VAL")
        if key != "name":
            raise ComposekitError(f"invalid filter '{key}'", hint="the filter is name=PATTERN")
        try:
            re.compile(value)
        except re.error as error:
            raise ComposekitError(f"'{value}' is not a pattern: {error}") from None
        found.append(value)
    return found


def _row(home: Any, *, everything: bool) -> dict[str, str] | None:
    from composekit.runtime.listing import state_of
    from composekit.supervise.status import read_state

    states: Counter[str] = Counter()
    files: dict[str, None] = {}
    for status in read_state(home):
        state = state_of(status)
        if everything or state in _UP:
            states[state] += 1
            found = status.labels.get("com.docker.compose.project.config_files", "")
            files.update(dict.fromkeys(file for file in found.split(",") if file))
    if not states:
        return None
    shown = ", ".join(f"{state}({count})" for state, count in sorted(states.items()))
    return {"Name": home.project, "Status": shown, "ConfigFiles": ",".join(files)}
