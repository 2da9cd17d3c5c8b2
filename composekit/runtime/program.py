"""Which program a service is on this machine: `x-composekit.run`, else its Dockerfile, else the image catalogue."""

import os
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from composekit.errors import BadValue
from composekit.images import catalogue
from composekit.images.program import PYTHON, Program
from composekit.model.project import Project
from composekit.model.service import Service
from composekit.runtime.labels import image_of
from composekit.runtime.layers import Store
from composekit.runtime.machine import Machine
from composekit.runtime.problems import (
    BAD_DOCKERFILE,
    NO_COMMAND,
    NO_DOCKERFILE,
    NO_PROGRAM,
    NOTE,
    PROGRAM_MISSING,
    REMOTE_CONTEXT,
)
from composekit.runtime.stanza import KEY, Stanza
from composekit.source.diagnostic import Report
from composekit.source.text import Source, Span

if TYPE_CHECKING:
    from composekit.images.step import Origin


def choose_program(
    project: Project, service: Service, stanza: Stanza, machine: Machine, report: Report
) -> Program | None:
    """Return what a service runs, or `None` after reporting why nothing can be found.

    Dockerfiles are read from disk. `run` takes the place of the image's entrypoint and command; what the image says
    beside that (ports, environment, files) still holds where it is known.
    """
    quiet = Report() if stanza.run is not None else report
    find = _from_build if service.build else _from_image
    program = find(project, service, machine, quiet)
    if stanza.run is not None:
        base = replace(program, missing=None, notes=(), layers=()) if program else Program(origin=service.image)
        directory = os.path.normpath(os.path.join(project.directory, stanza.working_dir))
        return replace(base, origin=KEY, entrypoint=(), command=stanza.run, working_dir=directory)
    if program is None:
        return None
    if program.missing is not None:
        report.add(
            PROGRAM_MISSING,
            service.key_span("image"),
            path=("services", service.name, "image"),
            hint=f"{program.missing.hint}; or say what to run instead under {KEY}",
            service=service.name,
            program=program.missing.program,
        )
        return None
    for note in program.notes:
        report.add(NOTE, _origin_span(service), path=("services", service.name), service=service.name, note=note)
    return program


def command_line(service: Service, program: Program, report: Report) -> tuple[str, ...]:
    """Return the words to execute; an `entrypoint` of the service also clears the image's command, as in Docker."""
    if program.origin == KEY:
        return program.command
    entrypoint = program.entrypoint if service.entrypoint is None else service.entrypoint
    default = program.command if service.entrypoint is None else ()
    words = (*entrypoint, *(default if service.command is None else service.command))
    if not words:
        report.add(NO_COMMAND, service.span, path=("services", service.name), service=service.name)
    return words


def fill_python(words: tuple[str, ...], machine: Machine) -> tuple[str, ...]:
    return tuple(machine.python if word == PYTHON else word for word in words)


def _from_image(project: Project, service: Service, machine: Machine, report: Report) -> Program | None:
    """Return what an image is: one that was built here, or that another service builds, or else the catalogue's."""
    built = Store(machine.root).image(service.image) if machine.has_view and service.image else None
    if built is not None:
        return built.program
    builder = next((one for one in project.services.values() if one.build and one.image == service.image), None)
    if builder is not None:
        return _from_build(project, builder, machine, report)
    found = catalogue.find(service.image, machine.which, machine.expand)
    if found is None:
        report.add(
            NO_PROGRAM,
            service.value_span("image"),
            path=("services", service.name, "image"),
            service=service.name,
            image=service.image,
        )
    return found


def _from_build(project: Project, service: Service, machine: Machine, report: Report) -> Program | None:
    if machine.has_view:
        image = Store(machine.root).image(image_of(project, service))
        if image is not None:
            return image.program
    found = read_dockerfile(project, service, report)
    if found is None or service.build is None:
        return None
    from composekit.images import dockerfile  # not for projects without one

    try:
        return dockerfile.read(
            found.text,
            context=found.context,
            target=service.build.target or None,
            args=build_arguments(project, service),
            base=base_images(project, service, machine),
            name=found.name,
            others=named_contexts(project, service, report),
        )
    except BadValue as error:
        report_bad_dockerfile(service, found, error, report)
        return None


def base_images(project: Project, service: Service, machine: Machine) -> Callable[[str], Program | None]:
    """Return what answers for the images that a service's Dockerfile builds upon: built here before, or catalogued."""
    own, store = image_of(project, service), Store(machine.root)

    def find(image: str) -> Program | None:
        built = store.image(image) if machine.has_view and image != own else None
        return built.program if built is not None else catalogue.find(image, machine.which, machine.expand)

    return find


def named_contexts(project: Project, service: Service, report: Report) -> "dict[str, Origin]":
    """Return the build's additional contexts: directories, images, and the images of other services."""
    from composekit.images.step import Origin

    found: dict[str, Origin] = {}
    contexts = service.build.additional_contexts if service.build is not None else {}
    for name, value in contexts.items():
        kind, colon, rest = value.partition(":")
        other = project.services.get(rest) if kind == "service" and colon else None
        if other is not None:
            found[name] = Origin(image=image_of(project, other))
        elif value.startswith("docker-image://"):
            found[name] = Origin(image=value.removeprefix("docker-image://"))
        elif os.path.isdir(value):
            found[name] = Origin(directory=value)
        else:
            assert service.build is not None
            span = service.build.value_span("additional_contexts")
            path = ("services", service.name, "build", "additional_contexts")
            report.add(REMOTE_CONTEXT, span, path=path, service=service.name, context=value)
    return found


class Dockerfile(NamedTuple):
    """A service's Dockerfile: its text, what messages call it, its own path (if it is a file), and the context."""

    text: str
    name: str
    path: str
    context: str


def read_dockerfile(project: Project, service: Service, report: Report) -> Dockerfile | None:
    """Return a service's Dockerfile, or `None` after reporting why there is none."""
    build = service.build
    if build is None:
        return None
    context = build.context or project.directory
    path = ("services", service.name, "build")
    if "://" in context or context.startswith("git@") or not os.path.isdir(context):
        report.add(REMOTE_CONTEXT, build.value_span("context"), path=path, service=service.name, context=context)
        return None
    if build.dockerfile_inline:
        return Dockerfile(build.dockerfile_inline, "dockerfile_inline", "", context)
    file = os.path.join(context, build.dockerfile or "Dockerfile")
    try:
        with open(file, encoding="utf-8", errors="surrogateescape") as opened:
            text = opened.read()
    except OSError:
        report.add(NO_DOCKERFILE, build.span, path=path, service=service.name, file=file)
        return None
    shown = os.path.relpath(file, project.directory)
    return Dockerfile(text, file if shown.startswith("..") else shown, file, context)


def build_arguments(project: Project, service: Service) -> dict[str, str]:
    """Return the build's arguments; one without a value has that of the environment, if it is set there."""
    given = service.build.args if service.build is not None else {}
    values = {key: project.environment.get(key) if value is None else value for key, value in given.items()}
    return {key: value for key, value in values.items() if value is not None}


def report_bad_dockerfile(service: Service, found: Dockerfile, error: BadValue, report: Report) -> None:
    """Report a mistake at its place in the Dockerfile, or where the service says `build` when it has none there."""
    span = _origin_span(service)
    if error.offset is not None:
        source = Source(found.name, found.text.encode("utf-8", "replace").decode(), found.path or None)
        span = Span(source, error.offset, error.offset + max(1, error.length or 1))
    path = ("services", service.name, "build")
    report.add(BAD_DOCKERFILE, span, path=path, hint=error.hint, service=service.name, reason=str(error))


def _origin_span(service: Service) -> Span:
    return service.value_span("build" if service.build else "image")
