"""`plugin uninstall`: let `docker compose` be what it was before."""

import os

from composekit.cli.context import CommandContext
from composekit.cli.options import Option, Row

ARGUMENTS: tuple[Row, ...] = (
    Option(("--bin",), "Remove the docker-compose program from this folder, too", metavar="DIRECTORY", to="folder"),
)


def run(ctx: CommandContext, *, folder: str | None) -> int:
    from composekit.cli.dropin import NAME
    from composekit.cli.plugin import look, plugin_path, uninstall

    paths = [plugin_path(ctx.environ)]
    if folder is not None:
        paths.append(os.path.join(ctx.cwd, folder, NAME))
    for path in paths:
        if look(path).state == "absent":
            ctx.out.write(f"composekit is not installed as '{path}'\n")
        elif ctx.dry_run:
            ctx.say(f"DRY-RUN MODE - would remove '{path}'")
        else:
            kept = uninstall(path)
            ctx.out.write(f"removed '{path}'{', what was there before is back' if kept else ''}\n")
    return 0
