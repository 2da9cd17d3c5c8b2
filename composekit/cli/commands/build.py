"""`build`: build the images of services: what their Dockerfiles' steps make of this machine's files, in layers."""

import json
from typing import TYPE_CHECKING, Any

from composekit.cli.context import CommandContext
from composekit.cli.options import SERVICES, Option, Row
from composekit.errors import ComposekitError

if TYPE_CHECKING:
    from composekit.model.project import Project
    from composekit.model.service import Service
    from composekit.runtime.builds import BuildOptions

_HERE = "(accepted: builds run on this machine)"

ARGUMENTS: tuple[Row, ...] = (
    Option(("--build-arg",), "Set build-time variables for services", "many", metavar="KEY=VALUE"),
    Option(("--builder",), f"Set builder to use {_HERE}"),
    Option(("--check",), "Check build configuration", "flag"),
    Option(("-m", "--memory"), "Set memory limit for the build container. Not supported by BuildKit."),
    Option(("--no-cache",), "Do not use cache when building the image", "flag"),
    Option(("--print",), "Print equivalent bake file", "flag", to="print_bake"),
    Option(("--provenance",), f"Add a provenance attestation {_HERE}"),
    Option(("--pull",), "Always attempt to pull a newer version of the image (accepted: nothing is pulled)", "flag"),
    Option(("--push",), "Push service images (accepted: they cannot leave this machine)", "flag"),
    Option(("-q", "--quiet"), "Suppress the build output", "flag"),
    Option(("--sbom",), f"Add a SBOM attestation {_HERE}"),
    Option(
        ("--ssh",),
        "Set SSH authentications used when building service images. (use 'default' for using your default SSH Agent)",
    ),
    Option(("--with-dependencies",), "Also build dependencies (transitively)", "flag"),
    SERVICES,
)


def run(ctx: CommandContext, **values: Any) -> int:
    from composekit.cli.building import build_services
    from composekit.cli.standings import chosen_services, loaded
    from composekit.runtime.builds import buildable
    from composekit.runtime.machine import this_machine

    options = _options(ctx, values)
    names = [one.name for one in chosen_services(ctx, values["services"], dependencies=values["with_dependencies"])]
    project = loaded(ctx, tuple(names))
    services = buildable(project, names)
    if values["print_bake"]:
        ctx.out.write(json.dumps(_bake(project, services, options), indent=2) + "\n")
        return 0
    if not services:
        ctx.say("No services to build")
        return 0
    machine = this_machine(ctx.environ)
    if values["check"]:
        return _check(ctx, project, services, options)
    if not machine.has_view:
        raise ComposekitError(
            f"this machine refuses a private view, which builds need: {machine.view_reason}",
            hint="without it, 'up' reads Dockerfiles as recipes and leaves out RUN",
        )
    build_services(ctx, project, services, machine, options, quiet=values["quiet"])
    if values["push"]:
        ctx.say("warning: built images stay on this machine, so there is none to push")
    return 0


def _options(ctx: CommandContext, values: dict[str, Any]) -> "BuildOptions":
    from composekit.runtime.builds import BuildOptions

    args = {}
    for text in values["build_arg"]:
        name, equals, value = text.partition("=")
        if equals or name in ctx.environ:
            args[name] = value if equals else ctx.environ[name]
    name, equals, socket = (values["ssh"] or "").partition("=")
    if name and not equals and name != "default":
        raise ComposekitError(f'invalid ssh key "{name}"', hint="write default, or default=PATH of the agent's socket")
    ssh = (socket or ctx.environ.get("SSH_AUTH_SOCK", "")) if name else ""
    return BuildOptions(args=args, use_cache=not values["no_cache"], ssh=ssh)


def _check(ctx: CommandContext, project: "Project", services: "list[Service]", options: "BuildOptions") -> int:
    """Read the Dockerfiles and say what is wrong with them; nothing is built."""
    from composekit.runtime.builds import wanted_build
    from composekit.runtime.machine import this_machine
    from composekit.source.diagnostic import Report

    report = Report()
    machine = this_machine(ctx.environ, isolation="none")
    for service in services:
        wanted_build(project, service, machine, options, report)
    ctx.show(report.sorted())
    if not report.has_errors:
        ctx.out.write("Check complete, no warnings found.\n")
    return 1 if report.has_errors else 0


def _bake(project: "Project", services: "list[Service]", options: "BuildOptions") -> dict[str, Any]:
    """Return the bake file that builds the same with Docker: https://docs.docker.com/build/bake/reference/."""
    from composekit.runtime.labels import image_of
    from composekit.runtime.program import build_arguments

    targets = {}
    for service in services:
        assert service.build is not None
        build = service.build
        inline = {"dockerfile-inline": build.dockerfile_inline} if build.dockerfile_inline else {}
        target: dict[str, Any] = {
            "context": build.context,
            **(inline or {"dockerfile": build.dockerfile or "Dockerfile"}),
            "args": {**build_arguments(project, service), **options.args},
            "labels": dict(build.labels),
            "tags": [image_of(project, service), *build.tags],
            "target": build.target,
            "platforms": list(build.platforms),
            "no-cache": build.no_cache or not options.use_cache,
        }
        target = {key: value for key, value in target.items() if value}
        targets[service.name.replace(".", "_")] = {**target, "output": ["type=docker"]}
    return {"group": {"default": {"targets": list(targets)}}, "target": targets}
