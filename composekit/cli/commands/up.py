"""`up`: bring the project to what its file says, and stay with it, or leave it in the background."""

import os
from typing import TYPE_CHECKING, Any

from composekit.cli.context import CommandContext
from composekit.cli.options import PULL_POLICIES, SERVICES, Option, Row, check_pull
from composekit.errors import ComposekitError, LoadFailed

if TYPE_CHECKING:
    from composekit.cli.progress import Progress
    from composekit.cli.running import Running
    from composekit.runtime.machine import Machine
    from composekit.runtime.up import Prepared, UpOptions

ARGUMENTS: tuple[Row, ...] = (
    Option(
        ("--abort-on-container-exit",),
        "Stops all containers if any container was stopped. Incompatible with -d",
        "flag",
    ),
    Option(
        ("--abort-on-container-failure",),
        "Stops all containers if any container exited with failure. Incompatible with -d",
        "flag",
    ),
    Option(("--always-recreate-deps",), "Recreate dependent containers. Incompatible with --no-recreate.", "flag"),
    Option(
        ("--attach",),
        "Restrict attaching to the specified services. Incompatible with --attach-dependencies.",
        "many",
        metavar="SERVICE",
    ),
    Option(("--attach-dependencies",), "Automatically attach to log output of dependent services", "flag"),
    Option(("--build",), "Build images before starting containers", "flag"),
    Option(("-d", "--detach"), "Detached mode: Run containers in the background", "flag"),
    Option(
        ("--exit-code-from",),
        "Return the exit code of the selected service container. Implies --abort-on-container-exit",
        metavar="SERVICE",
    ),
    Option(
        ("--force-recreate",),
        "Recreate containers even if their configuration and image haven't changed",
        "flag",
    ),
    Option(
        ("--isolation",),
        "What services see: their own view of this machine, or the machine itself ('auto'|'view'|'none')",
        "choice",
        choices=("auto", "view", "none"),
    ),
    Option(
        ("--menu",),
        "Enable interactive shortcuts when running attached (at a terminal they are). Incompatible with --detach. "
        "Can also be enabled or disabled by the environment variable COMPOSE_MENU.",
        "flag",
        default="auto",
    ),
    Option(("--no-attach",), "Do not attach (stream logs) to the specified services", "many", metavar="SERVICE"),
    Option(("--no-build",), "Don't build an image, even if it's policy", "flag"),
    Option(("--no-color",), "Produce monochrome output", "flag"),
    Option(("--no-deps",), "Don't start linked services", "flag"),
    Option(("--no-log-prefix",), "Don't print prefix in logs", "flag"),
    Option(
        ("--no-recreate",),
        "If containers already exist, don't recreate them. Incompatible with --force-recreate.",
        "flag",
    ),
    Option(("--no-start",), "Don't start the services after creating them", "flag"),
    Option(
        ("--pull",),
        "Pull image before running (accepted: there are no images here)",
        choices=PULL_POLICIES,
        metavar="POLICY",
    ),
    Option(("--quiet-build",), "Suppress the build output", "flag"),
    Option(("--quiet-pull",), "Pull without printing progress information", "flag"),
    Option(("--remove-orphans",), "Remove containers for services not defined in the Compose file", "flag"),
    Option(("-V", "--renew-anon-volumes"), "Recreate anonymous volumes instead of keeping their data", "flag"),
    Option(
        ("--scale",),
        "Scale SERVICE to NUM instances. Overrides the 'scale' setting in the Compose file if present.",
        "many",
        metavar="SERVICE=NUM",
    ),
    Option(
        ("-t", "--timeout"),
        "Use this timeout in seconds for container shutdown when attached or when containers are already running",
        "int",
    ),
    Option(("--timestamps",), "Show timestamps", "flag"),
    Option(("--wait",), "Wait for services to be running|healthy. Implies detached mode.", "flag"),
    Option(("--wait-timeout",), "Maximum duration in seconds to wait for the project to be running|healthy", "int"),
    Option(
        ("-w", "--watch"),
        "Watch source code and rebuild/refresh containers when files are updated.",
        "flag",
    ),
    Option(("-y", "--yes"), 'Assume "yes" as answer to all prompts and run non-interactively', "flag"),
    SERVICES,
)

_TRUE = ("1", "true", "yes", "y", "on")


def run(ctx: CommandContext, **values: Any) -> int:
    check_options(values)
    from composekit.cli.early import early_supervisor
    from composekit.cli.running import load_running

    with early_supervisor(ctx) as spare:
        running = load_running(ctx, values["services"])
        running.spare = spare
        if running.project is None or not running.project.services:
            raise ComposekitError("no service selected")
        if values["exit_code_from"] and values["exit_code_from"] not in running.project.services:
            raise ComposekitError(f"no such service: {values['exit_code_from']}")
        progress = running.progress()
        with running.changing():
            prepared = _bring_about(running, values, progress)
    if prepared is None or not values["detach"]:
        progress.finish()
    if prepared is None:
        return 0
    if values["detach"]:
        from composekit.cli.bringing import start_detached

        limit = values["wait_timeout"] if values["wait"] else None
        return start_detached(running, prepared, progress, wait=values["wait"], limit_seconds=limit)
    from composekit.cli.foreground import stay_with

    return stay_with(running, prepared, values)


def _bring_about(running: "Running", values: dict[str, Any], progress: "Progress") -> "Prepared | None":
    """Create what is wanted and remove what is not; return what is to be started, if anything."""
    from composekit.cli.bringing import create_replicas
    from composekit.runtime.control import statuses_of
    from composekit.runtime.machine import this_machine
    from composekit.runtime.up import prepare
    from composekit.source.diagnostic import Report

    ctx = running.ctx
    assert running.project is not None
    machine = this_machine(ctx.environ, isolation=_isolation(ctx, values))
    if not _provide(running, values, progress):
        return None
    _build(running, machine, values)
    client = running.client()
    statuses = statuses_of(running.home, client)
    report = Report()
    options = _options(ctx, running, values)
    prepared = prepare(
        running.project, options, statuses, home=running.home, machine=machine, token=os.urandom(4).hex(), report=report
    )
    if report.has_errors:
        ctx.show(report.sorted())
        raise LoadFailed
    running.show_once(report.sorted())
    if ctx.dry_run:
        _rehearse(progress, prepared, options, statuses, values)
        return None
    if client is None:
        client = running.client(start=True)
    _make_networks_and_volumes(prepared, statuses, machine, progress)
    create_replicas(
        running,
        prepared,
        progress,
        recreate=options.recreate,
        recreate_dependencies=values["always_recreate_deps"],
        renew_volumes=values["renew_anon_volumes"],
        grace_seconds=None if values["timeout"] is None else float(values["timeout"]),
    )
    running.remember_shown(report.sorted())
    _warn_of_orphans(ctx, prepared)
    return None if values["no_start"] else prepared


def _make_networks_and_volumes(
    prepared: "Prepared", statuses: list[Any], machine: "Machine", progress: "Progress"
) -> None:
    """Make what is on disk, and tell which networks and volumes were not there before."""
    from composekit.cli.progress import DONE
    from composekit.runtime.disk import materialize, new_volumes

    _tell_networks(progress, prepared, statuses)
    for name in new_volumes(materialize(prepared.translation), machine.root):
        progress.event(f"Volume {name}", "Created", DONE)


def _provide(running: "Running", values: dict[str, Any], progress: "Progress") -> bool:
    """Ask for what others provide; tell whether there is anything left for us to bring about."""
    from composekit.cli.providing import provide, providers_of
    from composekit.runtime.up import selected_services

    assert running.project is not None
    names = values["services"]
    provided = providers_of(running)
    provide(running, selected_services(running.project, names, with_dependencies=not values["no_deps"]), progress)
    values["services"] = tuple(name for name in names if name in running.project.services)
    values["scale"] = tuple(one for one in values["scale"] if one.partition("=")[0] not in provided)
    return bool(values["services"] if names else running.project.services)


def _build(running: "Running", machine: "Machine", values: dict[str, Any]) -> None:
    if running.project is not None and any(one.build is not None for one in running.project.services.values()):
        from composekit.cli.building import build_for_up

        build_for_up(running.ctx, running.project, machine, values)


def check_options(values: dict[str, Any]) -> None:
    """Refuse what Docker Compose refuses to combine; fill in what options imply."""
    check_pull(values.get("pull"))
    if values["exit_code_from"] and not values["abort_on_container_failure"]:
        values["abort_on_container_exit"] = True
    if values["wait"]:
        values["detach"] = True
    foreground = ("abort_on_container_exit", "abort_on_container_failure", "attach", "attach_dependencies", "watch")
    clashes = [
        (("abort_on_container_exit", "abort_on_container_failure"), ""),
        (("build", "no_build"), ""),
        (("force_recreate", "no_recreate"), ""),
        (("always_recreate_deps", "no_recreate"), ""),
        (("renew_anon_volumes", "no_recreate"), ""),
        (("attach", "attach_dependencies"), ""),
    ]
    clashes += [(("wait" if values["wait"] else "detach", name), "") for name in foreground]
    for (one, other), _ in clashes:
        if values[one] and values.get(other):
            first, second = (f"--{name.replace('_', '-')}" for name in (one, other))
            raise ComposekitError(f"{first} cannot be combined with {second}")


def _isolation(ctx: CommandContext, values: dict[str, Any]) -> str:
    return values["isolation"] or ctx.environ.get("COMPOSEKIT_ISOLATION") or "auto"


def _options(ctx: CommandContext, running: "Running", values: dict[str, Any]) -> "UpOptions":
    from composekit.runtime.up import UpOptions

    orphans = values["remove_orphans"] or ctx.environ.get("COMPOSE_REMOVE_ORPHANS", "").lower() in _TRUE
    recreate = "always" if values["force_recreate"] else "never" if values["no_recreate"] else "changed"
    return UpOptions(
        services=values["services"],
        scale=_scales(values["scale"]),
        with_dependencies=not values["no_deps"],
        recreate=recreate,
        remove_orphans=orphans,
        recreate_dependencies=values["always_recreate_deps"],
        hidden=running.hidden,
    )


def _scales(texts: tuple[str, ...]) -> dict[str, int]:
    found = {}
    for text in texts:
        name, equals, number = text.partition("=")
        if not equals or not number.isdigit():
            raise ComposekitError(f'invalid --scale option "{text}"', hint="should be SERVICE=NUM")
        found[name] = int(number)
    return found


def _warn_of_orphans(ctx: CommandContext, prepared: "Prepared") -> None:
    if prepared.orphans and ctx.environ.get("COMPOSE_IGNORE_ORPHANS", "").lower() not in _TRUE:
        names = " ".join(sorted(prepared.orphans))
        ctx.say(
            f"warning: found orphan containers ([{names}]) for this project; if you removed or renamed this service in "
            "your compose file, you can run this command with the --remove-orphans flag to clean it up"
        )


def _tell_networks(progress: "Progress", prepared: "Prepared", statuses: list[Any]) -> None:
    from composekit.cli.progress import DONE
    from composekit.runtime.listing import networks_of

    known = networks_of(one.labels for one in statuses)
    for name in networks_of(spec.labels for spec in prepared.translation.specs):
        if name not in known:
            progress.event(f"Network {name}", "Created", DONE)


def _rehearse(
    progress: "Progress", prepared: "Prepared", options: "UpOptions", statuses: list[Any], values: dict[str, Any]
) -> None:
    """Say what would be done."""
    from composekit.cli.progress import DONE

    known = {one.name: one for one in statuses}
    _tell_networks(progress, prepared, statuses)
    for name in prepared.remove:
        progress.event(f"Container {name}", "Removed", DONE)
    for spec in prepared.translation.specs:
        there = known.get(spec.name)
        differs = there is not None and there.config_hash != spec.config_hash
        if there is None:
            progress.event(f"Container {spec.name}", "Created", DONE)
        elif options.recreate == "always" or (options.recreate == "changed" and differs):
            progress.event(f"Container {spec.name}", "Recreated", DONE)
        elif there.phase == "running":
            progress.event(f"Container {spec.name}", "Running", DONE)
            continue
        if not values["no_start"]:
            progress.event(f"Container {spec.name}", "Started", DONE)
