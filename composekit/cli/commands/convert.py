"""`composekit convert`: the project as a Docker Swarm stack, in one of three forms."""

import re
from typing import TYPE_CHECKING, NamedTuple

from composekit.cli.context import CommandContext
from composekit.cli.options import Option, Row
from composekit.errors import ComposekitError, UsageError

if TYPE_CHECKING:
    from composekit.source.diagnostic import Diagnostic
    from composekit.swarm.plan import SwarmPlan

FORMATS = ("stack", "spec", "cli")

ARGUMENTS: tuple[Row, ...] = (
    Option(
        ("--format",),
        "What to print: a stack file, the Engine API's request bodies, or docker commands (stack|spec|cli)",
        "choice",
        default="stack",
        choices=FORMATS,
        to="form",
    ),
    Option(("--stack",), "Name of the stack (default: the project's name)", metavar="NAME"),
    Option(("-o", "--output"), "Save to file (default to stdout)", metavar="FILE"),
    Option(
        ("--files",),
        "Where a stack file finds configs and secrets that are in no file (default: beside the output file, or in "
        "$XDG_RUNTIME_DIR)",
        metavar="DIRECTORY",
        to="folder",
    ),
    Option(("--strict",), "Print nothing and fail when anything is refused, ignored or changed", "flag"),
    Option(
        ("--report",),
        "How losses are shown on standard error (text|json)",
        "choice",
        "text",
        ("text", "json"),
        to="shown",
    ),
)


class Made(NamedTuple):
    """A plan, `None` when the project could not be loaded, and what there is to say about both."""

    plan: "SwarmPlan | None"
    told: "list[Diagnostic]"
    losses: "list[Diagnostic]"


# A service's name in a swarm is the stack's, an underscore and its own: what a host name may be made of.
_STACK_NAME = re.compile(r"[a-zA-Z0-9](?:[a-zA-Z0-9_-]*[a-zA-Z0-9])?", re.ASCII)


def run(
    ctx: CommandContext,
    *,
    form: str,
    stack: str | None,
    output: str | None,
    folder: str | None,
    strict: bool,
    shown: str,
) -> int:
    """Print the stack on standard output and its losses on standard error; return 1 when there is no stack."""
    from composekit.source.diagnostic import Severity

    plan, told, losses = _plan(ctx, stack)
    _show(ctx, [*told, *losses], shown)
    if plan is None or any(one.severity is Severity.ERROR for one in losses):
        return 1
    if strict and any(one.severity is Severity.WARNING for one in losses):
        return 1
    if form == "stack":
        folder, written = _write_contents(ctx, plan, folder, output)
        if shown == "text":
            for path in written:
                ctx.say(f"wrote {path}, which the stack file refers to")
    _write(ctx, _printed(plan, form, folder or ""), output)
    return 0


def _plan(ctx: CommandContext, stack: str | None) -> "Made":
    """Load and convert; what loading has to say and the losses are kept apart, for --strict is about losses."""
    from composekit.load.pipeline import load
    from composekit.model.bind import bind_project
    from composekit.source.diagnostic import Report
    from composekit.swarm.convert import to_plan

    # docker stack deploy creates unused configs and secrets too.
    loaded = load(ctx.request(all_resources=True))
    told = loaded.report.sorted()
    if loaded.tree is None or loaded.report.has_errors:
        return Made(None, told, [])
    project = bind_project(
        loaded.tree, directory=loaded.directory, environment=loaded.environment, files=tuple(loaded.files)
    )
    name = stack or project.name
    if not _STACK_NAME.fullmatch(name):
        raise UsageError(f"'{name}' cannot be the name of a stack", hint="write letters, digits, - and _")
    report = Report()
    return Made(to_plan(project, stack=name, report=report), told, report.sorted())


def _show(ctx: CommandContext, diagnostics: "list[Diagnostic]", form: str) -> None:
    from composekit.report import render

    ctx.err.write(render(form, diagnostics, color=ctx.color_err))
    ctx.err.flush()


def _printed(plan: "SwarmPlan", form: str, folder: str) -> str:
    if form == "spec":
        import json

        from composekit.swarm.engine_json import to_engine

        return json.dumps(to_engine(plan), indent=2, ensure_ascii=False) + "\n"
    if form == "cli":
        from composekit.swarm.cli_line import to_script

        return to_script(plan)
    from composekit.source.emit import write_yaml
    from composekit.swarm.stack_yaml import to_stack

    return write_yaml(to_stack(plan, folder=folder))


def _write_contents(
    ctx: CommandContext, plan: "SwarmPlan", folder: str | None, output: str | None
) -> tuple[str, list[str]]:
    """Write what the stack file needs beside itself, if anything; return the folder and what was written."""
    import os

    from composekit.swarm.contents import needs_files, write_contents

    if not needs_files(plan):
        return "", []
    try:
        folder = os.path.abspath(os.path.join(ctx.cwd, folder)) if folder else _folder(ctx, plan.stack, output)
        return folder, write_contents(plan, folder)
    except OSError as error:
        raise ComposekitError(
            f"cannot write {error.filename}: {(error.strerror or str(error)).lower()}",
            hint="choose another folder with --files",
        ) from error


def _folder(ctx: CommandContext, stack: str, output: str | None) -> str:
    """Return where contents go: beside the output, else where only this user can read and nothing outlives a reboot."""
    import os
    import tempfile

    from composekit.swarm.contents import private_folder

    if output and output != "-":
        return os.path.abspath(os.path.join(ctx.cwd, f"{output}.files"))
    if runtime := ctx.environ.get("XDG_RUNTIME_DIR"):
        return os.path.join(runtime, "composekit", "stacks", stack)
    return os.path.join(private_folder(tempfile.gettempdir(), os.getuid()), stack)


def _write(ctx: CommandContext, text: str, output: str | None) -> None:
    import os

    if output is None or output == "-":
        ctx.out.write(text)
        return
    path = os.path.join(ctx.cwd, output)
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise ComposekitError(f"cannot write {output}: {(error.strerror or str(error)).lower()}") from error
