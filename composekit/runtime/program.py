"""Which program a service is on this machine: `x-composekit.run`, else its Dockerfile, else the image catalogue."""

import os
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from composekit.errors import BadValue, ComposekitError
from composekit.images import catalogue
from composekit.images.program import PYTHON, Program
from composekit.images.remote import is_web, read_repository, redacted
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
    NOT_FETCHED,
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
    # What says itself what to run is not worth fetching its sources.
    is_here = stanza.run is None or service.build is None or os.path.isdir(service.build.context or ".")
    program = find(project, service, machine, quiet) if is_here else None
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
    found = read_dockerfile(project, service, machine, report)
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
            others=named_contexts(project, service, machine, report),
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


def named_contexts(project: Project, service: Service, machine: Machine, report: Report) -> "dict[str, Origin]":
    """Return the build's additional contexts: directories, also fetched ones, images, and those of other services."""
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
        else:
            place = _context(service, "additional_contexts", value, machine, report)
            if place is not None:
                found[name] = Origin(directory=place.directory)
    return found


class _Place(NamedTuple):
    """A build context on this machine; `dockerfile` is set where its address was that of a Dockerfile alone."""

    directory: str
    is_fetched: bool = False
    dockerfile: str = ""


def _context(service: Service, key: str, context: str, machine: Machine, report: Report) -> _Place | None:
    """Return the directory of a context, fetched if it is somewhere else, or `None` after reporting why not."""
    if os.path.isdir(context):
        return _Place(context)
    assert service.build is not None
    shown, path = redacted(context), ("services", service.name, "build", key)
    # A line with an address that holds a login is not shown.
    span = service.build.value_span(key) if shown == context else None
    try:
        repository = read_repository(context, is_context=True)
        if repository is None and not is_web(context):
            report.add(REMOTE_CONTEXT, span, path=path, service=service.name, context=shown)
            return None
        from composekit.runtime.builds_fetched import Fetcher

        fetcher = Fetcher(Store(machine.root), machine.which("git"))
        fetched = fetcher.context(context) if repository is None else fetcher.repository(repository)
    except ComposekitError as wrong:
        about = str(wrong)
        report.add(NOT_FETCHED, span, path=path, hint=wrong.hint, service=service.name, context=shown, reason=about)
        return None
    return _Place(fetched.directory, is_fetched=True, dockerfile=fetched.dockerfile)


class Dockerfile(NamedTuple):
    """A service's Dockerfile: its text, what messages call it, its own path (if it is a file), and the context."""

    text: str
    name: str
    path: str
    context: str


def read_dockerfile(project: Project, service: Service, machine: Machine, report: Report) -> Dockerfile | None:
    """Return a service's Dockerfile, or `None` after reporting why there is none. A remote context is fetched."""
    build = service.build
    if build is None:
        return None
    place = _context(service, "context", build.context or project.directory, machine, report)
    if place is None:
        return None
    context, path = place.directory, ("services", service.name, "build")
    if build.dockerfile_inline:
        return Dockerfile(build.dockerfile_inline, "dockerfile_inline", "", context)
    name = place.dockerfile or build.dockerfile or "Dockerfile"
    file = os.path.join(context, name)
    shown = os.path.relpath(file, project.directory)
    shown = f"{redacted(build.context)}: {name}" if place.is_fetched else file if shown.startswith("..") else shown
    try:
        _stay_inside(place, file)
        with open(file, encoding="utf-8", errors="surrogateescape") as opened:
            text = opened.read()
    except OSError:
        span = build.span if redacted(build.context) == build.context else None
        report.add(NO_DOCKERFILE, span, path=path, service=service.name, file=shown if place.is_fetched else file)
        return None
    return Dockerfile(text, shown, file, context)


def _stay_inside(place: _Place, file: str) -> None:
    """Refuse a Dockerfile of a fetched context that is a link to elsewhere on this machine: its text may be shown."""
    if place.is_fetched and not os.path.realpath(file).startswith(f"{os.path.realpath(place.directory)}/"):
        raise FileNotFoundError(file)


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
