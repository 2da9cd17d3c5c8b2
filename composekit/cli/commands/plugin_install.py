"""`plugin install`: let `docker compose` be composekit."""

import os

from composekit.cli.context import CommandContext
from composekit.cli.options import Option, Row

ARGUMENTS: tuple[Row, ...] = (
    Option(("--bin",), "Put a docker-compose program into this folder, too", metavar="DIRECTORY", to="folder"),
    Option(("--force",), "Replace a plugin that is not composekit's, and keep it for uninstall", "flag"),
)


def run(ctx: CommandContext, *, folder: str | None, force: bool) -> int:
    from composekit.cli.dropin import NAME
    from composekit.cli.plugin import install, plugin_path

    paths = [plugin_path(ctx.environ)]
    if folder is not None:
        paths.append(os.path.join(ctx.cwd, folder, NAME))
    for path in paths:
        if ctx.dry_run:
            ctx.say(f"DRY-RUN MODE - would write '{path}'")
            continue
        kept = install(path, force=force)
        ctx.out.write(f"composekit is '{path}' now{f', what was there is kept as {kept!r}' if kept else ''}\n")
    return 0
