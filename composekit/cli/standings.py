"""What `build` and `pull` have in common: there are no images, so they look whether what stands for them is there."""

from collections.abc import Collection

from composekit.cli.context import CommandContext
from composekit.cli.progress import DONE, ERROR
from composekit.cli.running import load_running
from composekit.errors import ComposekitError
from composekit.model.project import Project
from composekit.model.service import Service


def chosen_services(ctx: CommandContext, names: tuple[str, ...], *, dependencies: bool = False) -> list[Service]:
    """Load the project and return its services, or those named; raises `ComposekitError` for an unknown name."""
    project = loaded(ctx, names)
    wanted = list(names)
    for name in wanted:
        if name not in project.services:
            raise ComposekitError(f"no such service: {name}")
        if dependencies:
            wanted += [other for other in project.services[name].depends_on if other not in wanted]
    return [one for one in project.services.values() if not names or one.name in wanted]


def loaded(ctx: CommandContext, names: tuple[str, ...]) -> Project:
    project = load_running(ctx, names).project
    assert project is not None  # it has just been loaded from its file
    return project


def report_standings(
    ctx: CommandContext, services: Collection[Service], *, title: str, word: str, skipped: Collection[str] = ()
) -> int:
    """Tell of each service what stands for its image here; return how many have nothing that does."""
    from composekit.cli.progress import Progress, progress_mode
    from composekit.runtime.machine import this_machine
    from composekit.runtime.standing import READY, standing_of

    progress = Progress(ctx.err, progress_mode(ctx.progress, ctx.err, ansi=ctx.ansi), title=title, color=ctx.color_err,
                        dry_run=ctx.dry_run)  # fmt: skip
    if not services and not skipped:
        return 0
    names = tuple(one.name for one in services)
    project = loaded(ctx, names)
    machine = this_machine(ctx.environ)
    failed = []
    for service in services:
        found = standing_of(project, service, machine)
        if found.state == READY:
            progress.event(service.name, f"{word}: {found.what}", DONE)
        else:
            progress.event(service.name, f"Error: {found.what}", ERROR)
            failed.append(found)
    for name in skipped:
        progress.event(name, "Skipped", DONE)
    progress.finish()
    for one in failed:
        if one.hint:
            ctx.say(f"hint: {one.service}: {one.hint}")
    return len(failed)
