"""`plugin status`: what `docker compose` is on this machine. Exit code 0 when it is this composekit."""

import json

from composekit.cli.context import CommandContext
from composekit.cli.options import Option, Row

ARGUMENTS: tuple[Row, ...] = (
    Option(("--format",), "Format the output. Values: [pretty | json]", "choice", "pretty", ("pretty", "json")),
)

_WORDS = {
    "absent": "not installed",
    "installed": "installed",
    "other": "another composekit is installed; 'composekit plugin install' makes it this one",
    "foreign": "another plugin is installed; 'composekit plugin install --force' replaces it and keeps it",
}


def run(ctx: CommandContext, *, format: str) -> int:  # noqa: A002  # the option's own name
    import shutil

    from composekit.cli.dropin import SHOWN_VERSION
    from composekit.cli.plugin import look, plugin_path

    standing = look(plugin_path(ctx.environ))
    docker = shutil.which("docker", path=ctx.environ.get("PATH"))
    if format == "json":
        facts = {"path": standing.path, "state": standing.state, "docker": docker, "version": SHOWN_VERSION}
        ctx.out.write(json.dumps(facts) + "\n")
    else:
        ctx.out.write(f"plugin  {standing.path}\nstate   {_WORDS[standing.state]}\n")
        ctx.out.write(f"docker  {docker or 'not on PATH: nothing calls the plugin'}\nversion {SHOWN_VERSION}\n")
    return 0 if standing.state == "installed" else 1
