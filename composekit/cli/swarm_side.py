"""What the commands of `stack` share: the engine, the options that name it, tables and templates, and progress."""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from composekit.cli.context import CommandContext
from composekit.cli.options import Argument, Option, Row
from composekit.cli.planning import check_stack_name
from composekit.cli.progress import Progress, progress_mode
from composekit.errors import ComposekitError, UsageError
from composekit.swarm.engine import Engine

STACK = Argument("stack", many=False, required=True, metavar="STACK")
OWN_STACK = Argument("stack", many=False, metavar="[STACK]")
ENGINE_OPTIONS: tuple[Row, ...] = (
    Option(("--context",), "Docker context of the engine (default: the current one)", metavar="NAME"),
    Option(("-H", "--host"), "Engine to connect to (default: DOCKER_HOST)", metavar="URL"),
)
FORMAT = Option(("--format",), "Print as 'table', as 'json', or by a Go template", metavar="FORMAT", to="form")
FILTER = Option(("--filter",), "Filter output based on conditions provided", "many", metavar="KEY=VALUE", to="filters")
COMPOSE_FILE = Option(("-c", "--compose-file"), "As -f of composekit", "many", metavar="FILE", to="compose_files")
RESOLVE = Option(
    ("--resolve-image",),
    "Ask the registry for digests of images (always|changed|never)",
    "choice",
    default="always",
    choices=("always", "changed", "never"),
)
WITH_AUTH = Option(("--with-registry-auth",), "Send registry credentials to swarm nodes", "flag")


class Watcher(Progress):
    """Progress that also takes the lines of tasks, where they are drawn and not appended."""

    wants_tasks = False


def connect(ctx: CommandContext, values: Mapping[str, Any]) -> Engine:
    """Return a client of the swarm manager that the line, the environment or the docker configuration names."""
    from composekit.swarm.endpoint import find_endpoint

    engine = Engine(find_endpoint(ctx.environ, host=values["host"] or "", context=values["context"] or ""))
    engine.check_manager()
    return engine


def watcher(ctx: CommandContext, title: str) -> Watcher:
    mode = progress_mode(ctx.progress, ctx.err, ansi=ctx.ansi)
    made = Watcher(ctx.err, mode, title=title, color=ctx.color_err, dry_run=ctx.dry_run)
    made.wants_tasks = mode == "tty"
    return made


def stack_name(given: str | None) -> str:
    """Return the name of a stack that exists somewhere; raises `UsageError` for what cannot be one."""
    return check_stack_name((given or "").strip())


def engine_filters(given: Sequence[str], known: Iterable[str], stack: str) -> dict[str, list[str]]:
    """Return the filters of a request; those of the user are handed on to the engine."""
    from composekit.swarm.observed import stack_filter

    filters: dict[str, list[str]] = stack_filter(stack)
    for text in given:
        key, equals, value = text.partition("=")
        if not equals:
            raise UsageError("arguments to --filter should be in form KEY=VAL")
        if key not in known:
            raise UsageError(f"there is no filter '{key}'", hint=f"filters are {', '.join(sorted(known))}")
        filters.setdefault(key, []).append(value)
    return filters


def print_rows(ctx: CommandContext, rows: list[dict[str, Any]], *, form: str | None, table: str, quiet: bool) -> None:
    """Print rows as a table, as JSON, one object a line, by a template, or only their ids."""
    from composekit.cli.tables import render_table
    from composekit.swarm.listing import HEADERS
    from composekit.values.gotemplate import Template, go_json, titles

    if quiet:
        ctx.out.write("".join(f"{row['ID']}\n" for row in rows))
        return
    form = form or "table"
    if form == "json":
        ctx.out.write("".join(go_json(dict(sorted(row.items()))) + "\n" for row in rows))
        return
    text = table if form == "table" else form.replace("\\t", "\t").replace("\\n", "\n")
    if not text.startswith("table "):
        template = Template(text)
        ctx.out.write("".join(template.fill(row) + "\n" for row in rows))
        return
    columns = [Template(column) for column in text.removeprefix("table ").split("\t")]
    header = [column.fill(titles(HEADERS)) for column in columns]
    ctx.out.write(render_table(header, [[column.fill(row) for column in columns] for row in rows]))


def node_names(engine: Engine) -> dict[str, str]:
    """Return the names of the swarm's nodes by id."""
    return {
        one["ID"]: (one.get("Spec") or {}).get("Name") or (one.get("Description") or {}).get("Hostname") or one["ID"]
        for one in engine.get("/nodes") or []
    }


def nothing_found(stack: str) -> ComposekitError:
    return ComposekitError(f"nothing found in stack: {stack}")


def pause(seconds: float) -> None:
    time.sleep(seconds)
