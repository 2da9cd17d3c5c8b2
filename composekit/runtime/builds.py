"""Which services are built, and when, by Docker Compose's rules; and what is wanted of a service's build."""

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from composekit.errors import BadValue, ComposekitError
from composekit.images import dockerfile
from composekit.images.context import Context, read_context
from composekit.model.project import Project
from composekit.model.service import Service
from composekit.runtime.building import Wanted
from composekit.runtime.labels import image_of
from composekit.runtime.layers import Store
from composekit.runtime.machine import Machine
from composekit.runtime.problems import NO_OBJECT, NOT_EMULATED
from composekit.runtime.program import (
    base_images,
    build_arguments,
    named_contexts,
    read_dockerfile,
    report_bad_dockerfile,
)
from composekit.runtime.stanza import read_stanza
from composekit.source.diagnostic import Report


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """What the command line says about all builds of it."""

    args: Mapping[str, str] = field(default_factory=dict)
    use_cache: bool = True
    ssh: str = ""


def buildable(project: Project, names: Collection[str] | None = None) -> list[Service]:
    """Return the services that have a build, of those named if any are, each after the ones it is built upon.

    A service whose `x-composekit.run` says what to run on this machine is not built.
    """
    found: dict[str, Service] = {}

    def add(service: Service) -> None:
        if service.build is None or service.name in found:
            return
        for other in service.build.additional_contexts.values():
            needed = project.services.get(other.removeprefix("service:")) if other.startswith("service:") else None
            if needed is not None and needed is not service:
                add(needed)
        found[service.name] = service

    for service in project.services.values():
        if (names is None or service.name in names) and read_stanza(service, Report()).run is None:
            add(service)
    return list(found.values())


def must_build(service: Service, *, has_image: bool, asked: bool, forbidden: bool) -> bool:
    """Tell whether `up` builds a service. Raises `ComposekitError` where it may not and there is no image."""
    if service.build is None:
        return False
    if asked or service.pull_policy == "build":
        return not forbidden
    if has_image:
        return False
    if forbidden:
        raise ComposekitError(
            f"service '{service.name}' has no image, and --no-build forbids to build it",
            hint=f"build it first: composekit build {service.name}",
        )
    return True


def to_build(
    project: Project, names: Collection[str], machine: Machine, *, asked: bool, forbidden: bool
) -> list[Service]:
    """Return which of some services `up` builds; none where there can be no private view, which builds need."""
    if not machine.has_view:
        return []
    store = Store(machine.root)
    return [
        service
        for service in buildable(project, names)
        if must_build(
            service, has_image=store.image(image_of(project, service)) is not None, asked=asked, forbidden=forbidden
        )
    ]


def remove_images(project: Project, machine_root: str, *, local_only: bool) -> list[str]:
    """Remove the built images of a project, and the layers nobody has any more; return the names of the images.

    `local_only` spares those that the file gives a name of their own, as in Docker Compose.
    """
    store = Store(machine_root)
    names = [
        image_of(project, service)
        for service in project.services.values()
        if service.build is not None and not (local_only and service.image)
    ]
    removed = [name for name in dict.fromkeys(names) if store.remove_image(name)]
    if removed:
        store.drop_unused_layers()
    return removed


def wanted_build(
    project: Project, service: Service, machine: Machine, options: BuildOptions, report: Report
) -> Wanted | None:
    """Return what to build for a service, or `None` after reporting what is wrong with its Dockerfile."""
    build = service.build
    found = read_dockerfile(project, service, machine, report)
    if found is None or build is None:
        return None
    try:
        context = read_context(found.context, found.path)
    except BadValue as error:
        raise ComposekitError(f"service '{service.name}': .dockerignore: {error}") from None
    try:
        stages = dockerfile.plan(
            found.text,
            context=context,
            target=build.target or None,
            args={**build_arguments(project, service), **options.args},
            base=base_images(project, service, machine),
            name=found.name,
            others=named_contexts(project, service, machine, report),
        )
    except BadValue as error:
        report_bad_dockerfile(service, found, error, report)
        return None
    _say_what_is_not_done(service, report)
    return Wanted(
        name=image_of(project, service),
        label=service.name,
        stages=stages,
        context=Context(context.directory, context.ignore),
        file=found.name,
        text=found.text,
        tags=build.tags,
        use_cache=options.use_cache and not build.no_cache,
        secrets=_secrets(project, service, report),
        ssh=options.ssh,
        network=build.network,
        git=machine.which("git") or "",
    )


def _say_what_is_not_done(service: Service, report: Report) -> None:
    assert service.build is not None
    if service.build.platforms:
        span = service.build.key_span("platforms")
        meaning = "the programs are those of this machine"
        path = ("services", service.name, "build", "platforms")
        report.add(NOT_EMULATED, span, path=path, service=service.name, key="platforms", meaning=meaning)


def _secrets(project: Project, service: Service, report: Report) -> dict[str, bytes]:
    """Return the contents of a build's secrets by their ids."""
    assert service.build is not None
    found: dict[str, bytes] = {}
    for reference in service.build.secrets:
        declared = project.secrets.get(reference.source)
        reason = "it is not declared"
        if declared is not None and declared.file:
            try:
                with open(declared.file, "rb") as file:
                    found[reference.target or reference.source] = file.read()
                continue
            except OSError as wrong:
                reason = (wrong.strerror or "").lower()
        elif declared is not None and declared.environment in project.environment:
            found[reference.target or reference.source] = os.fsencode(project.environment[declared.environment])
            continue
        elif declared is not None:
            reason = "it has no file, and its environment variable is not set"
        path = ("services", service.name, "build", "secrets")
        name = reference.source
        report.add(NO_OBJECT, reference.span, path=path, service=service.name, kind="secret", name=name, reason=reason)
    return found
