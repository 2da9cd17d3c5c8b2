"""`composekit convert`: the project as a Docker Swarm stack, in one of three forms."""

from typing import TYPE_CHECKING, Any

from composekit.cli.context import CommandContext
from composekit.cli.options import Option, Row
from composekit.cli.planning import make_plan, plan_options, show_losses
from composekit.errors import ComposekitError
from composekit.load.collection import CollectionOff

if TYPE_CHECKING:
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
    *plan_options(jobs="none", names="plain"),
)


def run(
    ctx: CommandContext, *, form: str, stack: str | None, output: str | None, folder: str | None, **choices: Any
) -> int:
    """Print the stack on standard output and its losses on standard error; return 1 when there is no stack."""
    made = make_plan(ctx, stack, choices)
    show_losses(ctx, made, choices["shown"])
    if made.plan is None or not made.fit(strict=choices["strict"]):
        return 1
    if form == "stack":
        folder, written = _write_contents(ctx, made.plan, folder, output)
        if choices["shown"] == "text":
            for path in written:
                ctx.say(f"wrote {path}, which the stack file refers to")
    with CollectionOff():
        text = _printed(ctx, made.plan, form, folder or "")
    _write(ctx, text, output)
    return 0


def _printed(ctx: CommandContext, plan: "SwarmPlan", form: str, folder: str) -> str:
    if form == "spec":
        from composekit.swarm.engine_json import to_engine
        from composekit.swarm.json_text import indented

        bodies = to_engine(plan)
        ctx.keep(bodies)
        return indented(bodies) + "\n"
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
