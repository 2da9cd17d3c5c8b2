"""`down`: stop and remove everything of the project. Exit code 0 only when nothing is left."""

from typing import TYPE_CHECKING, Any

from composekit.cli.context import CommandContext
from composekit.cli.options import Argument, Option, Row
from composekit.errors import ComposekitError

if TYPE_CHECKING:
    from composekit.cli.progress import Progress
    from composekit.cli.running import Running
    from composekit.runtime.down import DownPlan
    from composekit.supervise.client import Client

ARGUMENTS: tuple[Row, ...] = (
    Option(("--remove-orphans",), "Remove containers for services not defined in the Compose file", "flag"),
    Option(("--rmi",), 'Remove built images. "local" spares images that have a name in the file ("local"|"all")'),
    Option(("-t", "--timeout"), "Specify a shutdown timeout in seconds", "int"),
    Option(
        ("-v", "--volumes"),
        'Remove named volumes declared in the "volumes" section of the Compose file and anonymous volumes attached to '
        "containers",
        "flag",
    ),
    Argument("services", metavar="[SERVICE...]"),
)


def run(ctx: CommandContext, **values: Any) -> int:
    from composekit.cli.running import open_running

    if values["rmi"] not in (None, "all", "local"):
        raise ComposekitError(f'invalid value for --rmi: "{values["rmi"]}"')
    running = open_running(ctx)
    with running.changing():
        return _down(running, values)


def _down(running: "Running", values: dict[str, Any]) -> int:
    from composekit.cli.progress import DONE
    from composekit.cli.providing import release
    from composekit.runtime.disk import remove_volumes
    from composekit.runtime.down import plan_down

    ctx = running.ctx
    client = running.client()
    statuses = running.statuses(client)
    if values["services"]:
        running.chosen(statuses, values["services"])
    orphans = values["remove_orphans"] or ctx.environ.get("COMPOSE_REMOVE_ORPHANS", "").lower() in ("1", "true")
    plan = plan_down(
        running.project,
        statuses,
        services=values["services"],
        hidden=running.hidden,
        remove_orphans=orphans,
        with_volumes=values["volumes"],
    )
    progress = running.progress()
    if ctx.dry_run:
        for name in plan.remove:
            progress.event(f"Container {name}", "Removed", DONE)
        for name in plan.networks:
            progress.event(f"Network {name}", "Removed", DONE)
        progress.finish()
        return 0
    grace = None if values["timeout"] is None else float(values["timeout"])
    take_down(running, client, plan, progress, grace)
    released = release(running, values["services"], progress)
    for name in plan.networks:
        progress.event(f"Network {name}", "Removed", DONE)
    for name in remove_volumes(running.home.root, plan.volumes):
        progress.event(f"Volume {name}", "Removed", DONE)
    images = _remove_images(running, values["rmi"])
    for name in images:
        progress.event(f"Image {name}", "Removed", DONE)
    if not plan.remove and not plan.volumes and not images and not released:
        ctx.say(f'warning: no resource found to remove for project "{running.name}"')
    progress.finish()
    return 0


def _remove_images(running: "Running", which: str | None) -> list[str]:
    if which is None or running.project is None:
        return []
    from composekit.runtime.builds import remove_images

    return remove_images(running.project, running.home.root, local_only=which == "local")


def take_down(
    running: "Running", client: "Client | None", plan: "DownPlan", progress: "Progress", grace: float | None
) -> None:
    """Stop and remove, and clear away what nobody needs any more; raises `ComposekitError` when something is left."""
    from composekit.cli.narrator import Narrator
    from composekit.runtime.control import act_and_watch
    from composekit.runtime.disk import clear_project, drop_empty_folders, forget_addresses, prune, remove_tree

    home = running.home
    if client is not None and plan.remove:
        narrator = Narrator(progress, "removed", plan.remove)
        act_and_watch(
            home,
            lambda asker: asker.remove(plan.remove, stop=True, grace_seconds=grace),
            narrator.see,
            narrator.is_settled,
        )
    if not plan.everything:
        forget_addresses(home.root, home.project, plan.remove)
        prune(home, running.statuses(client))
        return
    clear_project(home)
    if client is not None:
        client.shutdown()
    if home.exists():
        remove_tree(home.directory)
    drop_empty_folders(home)
    if home.exists():
        raise ComposekitError(f"something is left of the project in '{home.directory}'")
