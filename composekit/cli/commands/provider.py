"""`compose`: what Docker Compose starts for a service with `provider: {type: composekit}`; not for people."""

import io
import json
from typing import TYPE_CHECKING, Any

from composekit.cli.context import CommandContext
from composekit.cli.options import Argument, Option, Row
from composekit.errors import ComposekitError, LoadFailed, UsageError

if TYPE_CHECKING:
    from composekit.cli.provider import Talk

ARGUMENTS: tuple[Row, ...] = (
    Option(("--project-name",), "Docker Compose's name of the project", to="project"),
    Argument("words", rest=True, required=True, metavar="metadata | up [--OPTION=VALUE...] SERVICE | down SERVICE"),
)


def run(ctx: CommandContext, *, project: str | None, words: tuple[str, ...]) -> int:
    """Answer in JSON lines on standard output. Exit code 1 after a message of type `error`."""
    from composekit.cli.provider import Talk, metadata, read_words

    if words[0] == "metadata":
        ctx.out.write(json.dumps(metadata()) + "\n")
        return 0
    if words[0] not in ("up", "down"):
        raise UsageError(f"'{words[0]}' is nothing that a provider is asked", hint="metadata, up or down")
    talk = Talk(ctx.out)
    name = project or ctx.shared.get("project_name")
    try:
        values, service = read_words(words[1:])
        if not name:
            raise UsageError("a project is to be named", hint="--project-name NAME")
        code = _up(ctx, talk, name, values, service) if words[0] == "up" else _down(ctx, talk, name, service)
    except ComposekitError as error:
        message = talk.trouble() if isinstance(error, LoadFailed) else ""
        hint = f" ({error.hint})" if error.hint else ""
        talk.tell("error", message or f"{error}{hint}")
        return 1
    if code:
        talk.tell("error", talk.trouble() or f"'{service}' could not be started or stopped")
    return 1 if code else 0


def _up(ctx: CommandContext, talk: "Talk", project: str, values: dict[str, list[str]], service: str) -> int:
    from composekit.cli.commands import up
    from composekit.cli.options import initial_values
    from composekit.cli.provider import compose_file, one, project_name, seconds, variables

    inner = _inside(ctx, talk, project_name(project, service))
    there = one(values, "service") or service
    if values.get("file"):
        inner.shared["files"] = (one(values, "file"),)
    else:
        there = service
        inner.shared |= {"files": ("-",), "project_directory": ctx.cwd}
        inner.stdin = io.TextIOWrapper(io.BytesIO(compose_file(values, service).encode()), encoding="utf-8")
    asked = {"services": (there,), "wait": True, "wait_timeout": seconds(values), "isolation": one(values, "isolation")}
    code = up.run(inner, **{**initial_values(up.ARGUMENTS), **asked})
    if code == 0:
        for key, value in variables(values, _publishers(inner, there)).items():
            talk.tell("setenv", f"{key}={value}")
    return code


def _down(ctx: CommandContext, talk: "Talk", project: str, service: str) -> int:
    from composekit.cli.commands import down
    from composekit.cli.options import initial_values
    from composekit.cli.provider import project_name

    return down.run(_inside(ctx, talk, project_name(project, service)), **initial_values(down.ARGUMENTS))


def _inside(ctx: CommandContext, talk: "Talk", name: str) -> CommandContext:
    """Return the context of a command that runs inside this one, and whose talk goes to Docker Compose.

    COMPOSE_FILE, COMPOSE_PROFILES and their like are Docker Compose's own here.
    """
    environ = {key: value for key, value in ctx.environ.items() if not key.startswith("COMPOSE_")}
    shared: dict[str, Any] = {"project_name": name, "progress": "plain", "ansi": "never", "dry_run": ctx.dry_run}
    sink: Any = talk
    return CommandContext(shared, environ=environ, cwd=ctx.cwd, stdin=io.StringIO(), out=sink, err=sink)


def _publishers(ctx: CommandContext, service: str) -> list[dict[str, Any]]:
    from composekit.cli.running import Running
    from composekit.runtime.listing import publishers, service_of

    running = Running(ctx, ctx.shared["project_name"])
    found = [one for one in running.statuses(running.client()) if service_of(one) == service]
    return [port for one in found for port in publishers(one.labels, running=True)]
