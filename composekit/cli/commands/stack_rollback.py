"""`stack rollback`: makes a stack what an earlier release of it was."""

from typing import Any

from composekit.cli.context import CommandContext
from composekit.cli.deploying import DETACH, FORCE, TIMEOUT, Prepared, Target, deploy
from composekit.cli.options import Option, Row
from composekit.cli.swarm_side import ENGINE_OPTIONS, STACK, WITH_AUTH, connect, nothing_found, stack_name
from composekit.cli.tables import render_table
from composekit.errors import ComposekitError
from composekit.swarm.releases import DEPLOYED, UNWATCHED, Release, releases_of

ARGUMENTS: tuple[Row, ...] = (
    *ENGINE_OPTIONS,
    DETACH,
    FORCE,
    Option(("--list",), "Show the releases and do nothing", "flag", to="lists"),
    TIMEOUT,
    Option(("--to",), "Release to go back to (default: the one before the present one)", "int", metavar="N"),
    WITH_AUTH,
    STACK,
)


def run(ctx: CommandContext, **values: Any) -> int:
    """Return what a deploy returns; going back is a release of its own."""
    from composekit.swarm.changes import find_changes
    from composekit.swarm.observed import observe

    stack = stack_name(values["stack"])
    engine = connect(ctx, values)
    observed = observe(engine, stack)
    if observed.is_empty:
        raise nothing_found(stack)
    releases = releases_of(observed.configs)
    if values["lists"]:
        rows = [(str(one.number), one.state, one.created[:19]) for one in releases]
        ctx.out.write(render_table(("RELEASE", "STATE", "CREATED"), rows))
        return 0
    release = _chosen(releases, values["to"], stack)
    content = release.content()
    for kind, there in (("secret", observed.secrets), ("config", observed.configs)):
        gone = [name for name in content[f"{kind}s"] if name not in there]
        if gone:
            raise ComposekitError(f"release {release.number} needs {kind} '{gone[0]}', which is there no more")
    bodies = {"services": content["services"], "networks": content["networks"], "secrets": [], "configs": []}
    target = Target(stack, bodies, content["keys"], content["needs"])
    changes = find_changes(bodies, content["keys"], observed, releases, stack=stack, prune=False)
    ctx.say(f"stack {stack}: going back to release {release.number}")
    return deploy(ctx, Prepared(engine, target, observed, releases, changes), values)


def _chosen(releases: list[Release], wanted: int | None, stack: str) -> Release:
    """Return a release by its number, or the newest that went well before the present one."""
    if wanted is not None:
        for release in releases:
            if release.number == wanted:
                return release
        raise ComposekitError(f"stack '{stack}' has no release {wanted}", hint="--list shows those that were kept")
    for release in releases[1:]:
        if release.state in (DEPLOYED, UNWATCHED):
            return release
    raise ComposekitError(f"stack '{stack}' has no earlier release to go back to", hint="--list shows the releases")
