"""`run`: a one-off command of a service, beside what `up` runs. Its exit code is the command's."""

import os
import re
from typing import TYPE_CHECKING, Any

from composekit.cli.context import CommandContext
from composekit.cli.options import PULL_POLICIES, Argument, Option, Row, check_pull
from composekit.errors import BadValue, ComposekitError, LoadFailed

if TYPE_CHECKING:
    from composekit.cli.running import Running
    from composekit.model.service import Mount, Port, Service
    from composekit.runtime.oneoff import Changes
    from composekit.supervise.spec import ProcessSpec

ARGUMENTS: tuple[Row, ...] = (
    Option(("--build",), "Build image before starting container", "flag"),
    Option(("--cap-add",), "Add Linux capabilities", "many", metavar="CAPABILITY"),
    Option(("--cap-drop",), "Drop Linux capabilities", "many", metavar="CAPABILITY"),
    Option(("-d", "--detach"), "Run container in background and print container ID", "flag"),
    Option(("--entrypoint",), "Override the entrypoint of the image", metavar="COMMAND"),
    Option(("-e", "--env"), "Set environment variables", "many", metavar="KEY[=VALUE]"),
    Option(("--env-from-file",), "Set environment variables from file", "many", metavar="FILE"),
    Option(("-i", "--interactive"), "Keep STDIN open even if not attached", "flag", default=True),
    Option(
        ("--isolation",),
        "What it sees: its own view of this machine, or the machine itself ('auto'|'view'|'none')",
        "choice",
        choices=("auto", "view", "none"),
    ),
    Option(("-l", "--label"), "Add or override a label", "many", metavar="KEY=VALUE"),
    Option(("--name",), "Assign a name to the container"),
    Option(("-T", "--no-TTY"), "Disable pseudo-TTY allocation (default: auto-detected)", "flag", to="no_tty"),
    Option(("--no-deps",), "Don't start linked services", "flag"),
    Option(("-p", "--publish"), "Publish a container's port(s) to the host", "many", metavar="HOST:CONTAINER"),
    Option(
        ("--pull",),
        "Pull image before running (accepted: there are no images here)",
        choices=PULL_POLICIES,
        metavar="POLICY",
    ),
    Option(("-q", "--quiet"), "Don't print what is being done, nor the id with -d", "flag"),
    Option(("--quiet-build",), "Suppress progress output from the build process", "flag"),
    Option(("--quiet-pull",), "Pull without printing progress information", "flag"),
    Option(("--remove-orphans",), "Remove containers for services not defined in the Compose file", "flag"),
    Option(("--rm",), "Automatically remove the container when it exits", "flag"),
    Option(("-P", "--service-ports"), "Run command with all service's ports enabled and mapped to the host", "flag"),
    Option(("-t", "--tty"), "Allocate a pseudo-TTY", "flag", default="auto", hidden=True),
    Option(("--use-aliases",), "Use the service's network aliases in the networks the container connects to", "flag"),
    Option(("-u", "--user"), "Run as specified username or uid", metavar="USER[:GROUP]"),
    Option(("-v", "--volume"), "Bind mount a volume", "many", metavar="SOURCE:TARGET"),
    Option(("--labels",), "Add or override a label", "many", hidden=True, to="labels_too"),
    Option(("--volumes",), "Bind mount a volume", "many", hidden=True, to="volumes_too"),
    Option(("-w", "--workdir"), "Working directory inside the container", metavar="DIRECTORY"),
    Argument("service", many=False, required=True, metavar="SERVICE"),
    Argument("words", rest=True, metavar="[COMMAND] [ARGS...]"),
)

_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+", re.ASCII)


def run(ctx: CommandContext, **values: Any) -> int:
    from composekit.cli.oneoff import OneOff
    from composekit.cli.running import load_running

    values["label"] += values["labels_too"]
    values["volume"] += values["volumes_too"]
    if values["publish"] and values["service_ports"]:
        raise ComposekitError("--service-ports and --publish are incompatible")
    check_pull(values["pull"])
    terminal = _wants_terminal(values)
    running = load_running(ctx, (values["service"],))
    service = running.project.services.get(values["service"]) if running.project else None
    if service is None:
        raise ComposekitError(f"no such service: {values['service']}")
    changes = _changes(ctx, service, values, terminal=terminal)
    _remove_orphans(running, values)
    if not values["no_deps"]:
        service = _provided_with(running, service)
        code = _start_dependencies(ctx, service, values)
        if code:
            return code
    _build(running, service, values)
    spec = _create(running, service, changes, values)
    if spec is None:
        return _rehearsed(values)
    one = OneOff(running, spec, remove=values["rm"], quiet=values["quiet"])
    if values["detach"]:
        return one.start()
    return one.attach(terminal=terminal, interactive=values["interactive"])


def _wants_terminal(values: dict[str, Any]) -> bool:
    """Tell whether the command gets a terminal; raises `ComposekitError` where one is asked for and there is none."""
    from composekit.cli.relay import is_terminal

    asked = values["tty"]
    if asked != "auto" and values["no_tty"]:
        raise ComposekitError("--tty and --no-TTY can't be used together")
    if not asked or values["no_tty"] or values["detach"]:
        return False
    if asked is True and values["interactive"] and not is_terminal(0):
        raise ComposekitError("the input device is not a TTY")
    return is_terminal(0, 1)


def _rehearsed(values: dict[str, Any]) -> int:
    if not values["detach"]:
        raise ComposekitError("interactive run is not supported in dry-run mode")
    return 0


def _changes(ctx: CommandContext, service: "Service", values: dict[str, Any], *, terminal: bool) -> "Changes":
    from composekit.runtime.oneoff import Changes

    try:
        entrypoint = _words(values["entrypoint"])
        ports = service.ports if values["service_ports"] else tuple(_ports(values["publish"]))
        mounts = tuple(_mount(text, ctx.cwd) for text in values["volume"])
        environment = _environment(ctx, values)
    except BadValue as error:
        raise ComposekitError(str(error), hint=error.hint) from None
    labels = dict(text.partition("=")[::2] for text in values["label"])
    if any("=" not in text for text in values["label"]):
        raise ComposekitError("label must be set as KEY=VALUE")
    return Changes(
        words=values["words"],
        entrypoint=entrypoint,
        environment=environment,
        user=values["user"] or "",
        working_dir=values["workdir"] or "",
        mounts=mounts,
        ports=ports,
        labels=labels,
        cap_add=values["cap_add"],
        cap_drop=values["cap_drop"],
        with_dependencies=not values["no_deps"],
        use_aliases=values["use_aliases"],
        terminal=_size() if terminal else None,
        term=ctx.environ.get("TERM") or "xterm",
        interactive=values["interactive"],
    )


def _size() -> tuple[int, int]:
    size = os.get_terminal_size(0)
    return size.lines, size.columns


def _words(text: str | None) -> tuple[str, ...] | None:
    from composekit.values.words import split_words

    return None if text is None else tuple(split_words(text))


def _ports(texts: tuple[str, ...]) -> "list[Port]":
    from composekit.model.service import Port
    from composekit.values.port import parse_port

    return [
        Port(target=one.target, published=one.published, host_ip=one.host_ip, protocol=one.protocol, mode="ingress")
        for text in texts
        for one in parse_port(text)
    ]


def _mount(text: str, cwd: str) -> "Mount":
    from composekit.model.service import BindOptions, Mount
    from composekit.values.mount import parse_mount

    spec = parse_mount(text)
    source = spec.source
    if not spec.target.startswith("/"):
        raise BadValue(f"invalid mount path: '{spec.target}' mount path must be absolute")
    if spec.type == "bind":
        source = os.path.normpath(os.path.join(cwd, os.path.expanduser(source)))
    bind = BindOptions(create_host_path=True) if spec.type == "bind" else None
    return Mount(type=spec.type, source=source, target=spec.target, read_only=spec.read_only, bind=bind)


def _environment(ctx: CommandContext, values: dict[str, Any]) -> dict[str, str]:
    from composekit.cli.commands.exec import chosen_variables
    from composekit.values.envfile import parse_env
    from composekit.values.template import substitute

    found = chosen_variables(values["env"], ctx)
    for file in values["env_from_file"]:
        try:
            with open(os.path.join(ctx.cwd, file), encoding="utf-8", errors="replace") as opened:
                entries = parse_env(opened.read(), {**ctx.environ, **found}.get, substitute)
        except OSError as error:
            raise ComposekitError(f"cannot read '{file}': {(error.strerror or str(error)).lower()}") from None
        for entry in entries:
            if entry.value is not None:
                found.setdefault(entry.key, entry.value)
    return found


def _provided_with(running: "Running", service: "Service") -> "Service":
    """Ask the providers that a service depends on; return it with the variables that they set."""
    from composekit.cli.providing import provide, providers_of

    if service.name in providers_of(running) or running.project is None:
        return service
    progress = running.progress()
    provide(running, service.depends_on, progress)
    progress.finish()
    return running.project.services[service.name]


def _start_dependencies(ctx: CommandContext, service: "Service", values: dict[str, Any]) -> int:
    from composekit.cli.commands import up
    from composekit.cli.options import initial_values

    needed = tuple(name for name, one in service.depends_on.items() if one.required)
    if not needed:
        return 0
    wanted = {"detach": True, "services": needed, "quiet_build": values["quiet_build"]}
    isolation = {"isolation": values["isolation"]} if values["isolation"] else {}
    return up.run(ctx, **{**initial_values(up.ARGUMENTS), **wanted, **isolation})


def _remove_orphans(running: "Running", values: dict[str, Any]) -> None:
    from composekit.cli.commands.down import take_down
    from composekit.runtime.down import DownPlan
    from composekit.runtime.up import going_away

    if not values["remove_orphans"] or running.project is None or running.ctx.dry_run:
        return
    with running.changing():
        client = running.client()
        _, orphans = going_away(running.project, (), running.statuses(client), (), running.hidden)
        if orphans:
            progress = running.progress()
            take_down(running, client, DownPlan(tuple(orphans), everything=False), progress, None)
            progress.finish()


def _build(running: "Running", service: "Service", values: dict[str, Any]) -> None:
    """Build the service's image if it is missing, or if that was asked for, as `up` does."""
    if service.build is None or running.project is None:
        return
    from composekit.cli.building import build_for_up
    from composekit.runtime.machine import this_machine

    wanted = {"services": (service.name,), "no_deps": True, "no_build": False}
    wanted |= {"build": values["build"], "quiet_build": values["quiet_build"] or values["quiet"]}
    machine = this_machine(running.ctx.environ, isolation=_isolation(values, running.ctx))
    build_for_up(running.ctx, running.project, machine, wanted)


def _isolation(values: dict[str, Any], ctx: CommandContext) -> str:
    return values["isolation"] or ctx.environ.get("COMPOSEKIT_ISOLATION", "auto")


def _create(running: "Running", service: "Service", changes: "Changes", values: dict[str, Any]) -> "ProcessSpec | None":
    """Bring the one-off into being, at rest; `None` with --dry-run."""
    from composekit.runtime.control import statuses_of
    from composekit.runtime.disk import materialize
    from composekit.runtime.machine import this_machine
    from composekit.runtime.oneoff import prepare_oneoff
    from composekit.source.diagnostic import Report, Severity

    ctx, project = running.ctx, running.project
    assert project is not None  # its file has just been loaded
    machine = this_machine(ctx.environ, isolation=_isolation(values, ctx))
    name = values["name"] or f"{project.name}-{service.name}-run-{os.urandom(6).hex()}"
    if not _NAME.fullmatch(name):
        raise ComposekitError(f"invalid container name ({name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed")
    with running.changing():
        client = running.client()
        report = Report()
        translation = prepare_oneoff(
            project, service, name, changes, statuses_of(running.home, client),
            home=running.home, machine=machine, token=os.urandom(4).hex(), report=report,
        )  # fmt: skip
        if report.has_errors:
            ctx.show(report.sorted())
            raise LoadFailed
        running.show_once([one for one in report.sorted() if one.severity is not Severity.INFO])
        if ctx.dry_run or not translation.specs:
            return None
        client = client or running.client(start=True)
        assert client is not None  # it was to be started
        materialize(translation)
        client.apply(translation.specs, start=False)
    return translation.specs[0]
