"""`up`: bring the project to what its file says, and stay with it, or leave it in the background."""

import os
from typing import TYPE_CHECKING, Any

from composekit.cli.context import CommandContext
from composekit.cli.options import SERVICES, Option, Row
from composekit.errors import ComposekitError, LoadFailed

if TYPE_CHECKING:
    from composekit.cli.running import Running
    from composekit.runtime.up import Prepared, UpOptions
    from composekit.supervise.client import Client

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
    Option(("--build",), "Build images before starting containers (accepted: there are no images here)", "flag"),
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
    Option(("--menu",), "Enable interactive shortcuts when running attached (accepted: there are none)", "flag"),
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
    Option(("--pull",), "Pull image before running (accepted: there are no images here)", metavar="POLICY"),
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
    Option(("-y", "--yes"), 'Assume "yes" as answer to all prompts and run non-interactively', "flag"),
    SERVICES,
)

_TRUE = ("1", "true", "yes", "y", "on")


def run(ctx: CommandContext, **values: Any) -> int:
    check_options(values)
    from composekit.cli.running import load_running

    running = load_running(ctx, values["services"])
    if running.project is None or not running.project.services:
        raise ComposekitError("no service selected")
    with running.changing():
        prepared = _bring_about(running, values)
    if prepared is None:
        return 0
    if values["detach"]:
        return start_detached(running, prepared, values)
    return _start_attached(running, prepared, values)


def _bring_about(running: "Running", values: dict[str, Any]) -> "Prepared | None":
    """Create what is wanted and remove what is not; return what is to be started, if anything."""
    from composekit.runtime.control import statuses_of
    from composekit.runtime.disk import materialize
    from composekit.runtime.machine import this_machine
    from composekit.runtime.up import prepare
    from composekit.source.diagnostic import Report

    ctx = running.ctx
    assert running.project is not None
    machine = this_machine(ctx.environ, isolation=_isolation(ctx, values))
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
        _rehearse(running, prepared, options, statuses, values)
        return None
    if client is None:
        client = running.client(start=True)
    new = materialize(prepared.translation)
    with_progress(running, prepared, options, values, new, machine.root)
    running.remember_shown(report.sorted())
    _warn_of_orphans(ctx, prepared)
    return None if values["no_start"] else prepared


def check_options(values: dict[str, Any]) -> None:
    """Refuse what Docker Compose refuses to combine; fill in what options imply."""
    if values["exit_code_from"] and not values["abort_on_container_failure"]:
        values["abort_on_container_exit"] = True
    if values["wait"]:
        values["detach"] = True
    foreground = ("abort_on_container_exit", "abort_on_container_failure", "attach", "attach_dependencies")
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
        if values[one] and values[other]:
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


def with_progress(
    running: "Running",
    prepared: "Prepared",
    options: "UpOptions",
    values: dict[str, Any],
    new: list[str],
    root: str,
) -> None:
    """Create, recreate and remove replicas, and tell so."""
    from composekit.cli.narrator import Narrator
    from composekit.cli.progress import DONE
    from composekit.runtime.control import act_and_watch
    from composekit.runtime.disk import forget_addresses, materialize, prune, remove_tree
    from composekit.runtime.places import place, volumes_folder

    progress = running.progress()
    for directory in new:
        if os.path.dirname(directory) == volumes_folder(root):
            progress.event(f"Volume {os.path.basename(directory)}", "Created", DONE)
    narrator = Narrator(progress, "removed", prepared.remove)
    done = act_and_watch(running.home, lambda client: _apply(client, prepared, options, values), narrator.see)
    if values["renew_anon_volumes"]:
        for name in done["recreate"]:
            remove_tree(place(running.home, "anonymous", name))
        materialize(prepared.translation)
    up_already = [name for name in done["keep"] if name in narrator.current and narrator.current[name].pid]
    told = {"Recreated": done["recreate"], "Created": done["create"], "Removed": done["remove"], "Running": up_already}
    for word, names in told.items():
        for name in names:
            progress.event(f"Container {name}", word, DONE)
    progress.finish()
    forget_addresses(root, running.name, done["remove"])
    prune(running.home, running.statuses(running.client()))


def _apply(
    client: "Client", prepared: "Prepared", options: "UpOptions", values: dict[str, Any]
) -> dict[str, list[str]]:
    """Ask for the wanted replicas, not yet started; return names by what was done."""
    grace = None if values["timeout"] is None else float(values["timeout"])
    specs = prepared.translation.specs
    forced = [spec for spec in specs if spec.group in _forced(prepared, values)]
    first = client.apply(forced, start=False, recreate="always", grace_seconds=grace) if forced else {}
    again = [*first.get("create", []), *first.get("recreate", [])]
    rest = client.apply(specs, start=False, recreate=options.recreate, remove=prepared.remove, grace_seconds=grace)
    return {
        **rest,
        "create": [*first.get("create", []), *rest["create"]],
        "recreate": [*first.get("recreate", []), *rest["recreate"]],
        "keep": [name for name in rest["keep"] if name not in again],
    }


def _forced(prepared: "Prepared", values: dict[str, Any]) -> set[str]:
    """Return the services that --always-recreate-deps makes anew: those that another one needs."""
    if not values["always_recreate_deps"]:
        return set()
    return {need.group for spec in prepared.translation.specs for need in spec.needs}


def start_detached(running: "Running", prepared: "Prepared", values: dict[str, Any]) -> int:
    """Start what is to be started and wait until that has come about; return the exit code."""
    from composekit.cli.narrator import Narrator
    from composekit.runtime.control import act_and_watch

    names = [spec.name for spec in prepared.translation.specs]
    if not names:
        return 0
    progress = running.progress()
    up_already = set() if values["wait"] else {one.name for one in running.statuses(running.client()) if one.pid}
    narrator = Narrator(progress, "healthy" if values["wait"] else "started", [n for n in names if n not in up_already])
    limit = values["wait_timeout"] if values["wait"] else None
    timer = _Limit(limit)
    act_and_watch(
        running.home,
        lambda client: client.start(names),
        narrator.see,
        lambda statuses: narrator.is_settled(statuses) or timer.is_over(),
    )
    progress.finish()
    if timer.is_over() and not narrator.is_settled(narrator.current.values()):
        running.ctx.say(f"error: application not healthy after {limit}s")
        return 1
    mine = [narrator.current[name] for name in names if name in narrator.current]
    problems = _problems(mine, prepared, wait=values["wait"])
    for problem in problems:
        running.ctx.say(f"error: {problem}")
    return 1 if problems else 0


class _Limit:
    """Whether a time has passed; never, for no limit."""

    def __init__(self, seconds: float | None) -> None:
        import time

        self._clock = time.monotonic
        self._end = None if not seconds else self._clock() + seconds

    def is_over(self) -> bool:
        return self._end is not None and self._clock() >= self._end


def _problems(statuses: list[Any], prepared: "Prepared", *, wait: bool) -> list[str]:
    """Return what went wrong, in Docker's words where it has some."""
    awaited = {
        need.group for spec in prepared.translation.specs for need in spec.needs if need.condition == "completed"
    }
    found = []
    for one in statuses:
        if one.phase == "failed":
            found.append(one.reason)
        elif one.phase == "exited" and one.reason:
            found.append(f"container {one.name} could not be started: {one.reason}")
        elif wait and one.phase == "exited" and not (one.group in awaited and one.exit_code == 0):
            found.append(f"container {one.name} exited ({one.exit_code})")
        elif wait and one.health == "unhealthy":
            found.append(f"container {one.name} is unhealthy{_last_probe(one)}")
    return list(dict.fromkeys(found))


def _last_probe(status: Any) -> str:
    """Return what the last health check printed, shortened to a line."""
    text = " ".join(status.probes[-1]["output"].split()) if status.probes else ""
    return f": {text[:200]}" if text else ""


def _start_attached(running: "Running", prepared: "Prepared", values: dict[str, Any]) -> int:
    from composekit.cli.attach import Attached, AttachOptions
    from composekit.cli.logview import LogView
    from composekit.runtime.places import OWN

    ctx = running.ctx
    specs = {spec.name: spec for spec in prepared.translation.specs}
    show = _attached_services(running, prepared, values)
    shown = sorted(name for name, spec in specs.items() if spec.group in show)
    color = ctx.color_out and not values["no_color"]
    view = LogView(ctx.out, ctx.err, color=color, prefix=not values["no_log_prefix"], timestamps=values["timestamps"])
    labels = {name: specs[name].labels.get(OWN + "label", name) for name in shown}
    view.register(labels.items())
    ctx.out.write(f"Attaching to {', '.join(labels.values())}\n")
    ctx.out.flush()
    on_exit = "any" if values["abort_on_container_exit"] else "failure" if values["abort_on_container_failure"] else ""
    grace = values["timeout"]
    return Attached(
        running,
        view,
        AttachOptions(
            start=tuple(specs),
            mine=tuple(specs),
            show=tuple(shown),
            on_exit=on_exit,
            code_from=values["exit_code_from"] or "",
            grace_seconds=None if grace is None else float(grace),
        ),
    ).run()


def _attached_services(running: "Running", prepared: "Prepared", values: dict[str, Any]) -> set[str]:
    """Return the services whose output is shown, by Docker Compose's rules."""
    project = running.project
    services = {} if project is None else project.services
    if values["attach"]:
        unknown = [name for name in values["attach"] if name not in services]
        if unknown:
            raise ComposekitError(f"cannot attach to services not included in up: {', '.join(unknown)}")
        chosen = set(values["attach"])
    elif values["services"] and not values["attach_dependencies"]:
        chosen = {name for name in values["services"] if services[name].attach is not False}
    else:
        chosen = {name for name in prepared.selected if services[name].attach is not False}
    return chosen - set(values["no_attach"])


def _warn_of_orphans(ctx: CommandContext, prepared: "Prepared") -> None:
    if prepared.orphans and ctx.environ.get("COMPOSE_IGNORE_ORPHANS", "").lower() not in _TRUE:
        names = " ".join(sorted(prepared.orphans))
        ctx.say(
            f"warning: found orphan containers ([{names}]) for this project; if you removed or renamed this service in "
            "your compose file, you can run this command with the --remove-orphans flag to clean it up"
        )


def _rehearse(
    running: "Running", prepared: "Prepared", options: "UpOptions", statuses: list[Any], values: dict[str, Any]
) -> None:
    """Say what would be done."""
    from composekit.cli.progress import DONE

    progress = running.progress()
    known = {one.name: one for one in statuses}
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
    progress.finish()
