"""What `build` and `up` have in common: building services, telling it in BuildKit's way, and showing what failed."""

import time
from collections.abc import Collection
from typing import IO, TYPE_CHECKING, Any

from composekit.cli.context import CommandContext
from composekit.errors import ComposekitError, LoadFailed
from composekit.runtime.building import StepFailed, Teller, Wanted

if TYPE_CHECKING:
    from composekit.model.project import Project
    from composekit.model.service import Service
    from composekit.runtime.builds import BuildOptions
    from composekit.runtime.layers import Image
    from composekit.runtime.machine import Machine

_AROUND = 3  # lines of the Dockerfile shown around the one that failed


class Lines(Teller):
    """Numbered lines, as BuildKit's plain progress has them: what begins, what it prints, how long it took."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._began: dict[int, float] = {}

    def begin(self, title: str) -> int:
        number = len(self._began) + 1
        self._began[number] = time.monotonic()
        self._write(f"{'' if number == 1 else chr(10)}#{number} {title}")
        return number

    def line(self, number: int, text: str) -> None:
        self._write(f"#{number} {time.monotonic() - self._began[number]:.3f} {text}")

    def done(self, number: int, *, cached: bool = False, failed: str = "") -> None:
        if failed:
            self._write(f"#{number} ERROR: {failed}")
        else:
            took = time.monotonic() - self._began[number]
            self._write(f"#{number} {'CACHED' if cached else f'DONE {took:.1f}s'}")

    def _write(self, text: str) -> None:
        self._stream.write(f"{text}\n")
        self._stream.flush()


class Silence(Teller):
    """Nothing is told."""

    def begin(self, title: str) -> int:  # noqa: ARG002  # as all tellers
        return 0

    def line(self, number: int, text: str) -> None:
        """Say nothing."""

    def done(self, number: int, *, cached: bool = False, failed: str = "") -> None:
        """Say nothing."""


def build_services(
    ctx: CommandContext,
    project: "Project",
    services: "Collection[Service]",
    machine: "Machine",
    options: "BuildOptions",
    *,
    quiet: bool = False,
) -> "list[Image]":
    """Build services one after the other; Dockerfiles are all read before the first step runs.

    Raises `LoadFailed` after showing the mistakes of Dockerfiles, `ComposekitError` for a build that fails.
    """
    from composekit.runtime.building import build
    from composekit.runtime.builds import wanted_build
    from composekit.runtime.layers import Store
    from composekit.source.diagnostic import Report

    report = Report()
    found = [wanted_build(project, service, machine, options, report) for service in services]
    if len(report):
        ctx.show(report.sorted())
    if report.has_errors:
        raise LoadFailed
    silent = quiet or ctx.progress == "quiet"
    teller: Teller = Silence() if silent else Lines(ctx.err)
    if ctx.dry_run:
        for wanted in filter(None, found):
            ctx.say(f"DRY-RUN MODE -  {wanted.name}  Built")
        return []
    made: list[Image] = []
    for service, first in zip(services, found, strict=True):
        # What is built after others may build upon one of them, which was not there yet at the first look.
        now = wanted_build(project, service, machine, options, Report()) if made else first
        if now is None:
            continue
        try:
            made.append(build(now, Store(machine.root), teller, path=machine.path, python=machine.python))
        except StepFailed as failed:
            ctx.err.write(explained(failed))
            raise ComposekitError(f"failed to solve: {failed}") from None
        if not silent:
            ctx.say(f" {now.name}  Built")
    return made


def build_for_up(ctx: CommandContext, project: "Project", machine: "Machine", values: dict[str, Any]) -> None:
    """Build what `up` must, by its options and each service's `pull_policy`, of the services it is to start."""
    from composekit.runtime.builds import BuildOptions, to_build
    from composekit.runtime.up import selected_services

    names = selected_services(project, values["services"], with_dependencies=not values["no_deps"])
    services = to_build(project, names, machine, asked=values["build"], forbidden=values["no_build"])
    if services:
        _refuse_what_cannot_run(ctx, project, set(names) - {one.name for one in services}, machine)
        build_services(ctx, project, services, machine, BuildOptions(), quiet=values["quiet_build"])


def _refuse_what_cannot_run(
    ctx: CommandContext, project: "Project", names: "Collection[str]", machine: "Machine"
) -> None:
    """Say before a build, which may take long, what of the other services would keep `up` from starting any."""
    from composekit.runtime.program import choose_program
    from composekit.runtime.stanza import read_stanza
    from composekit.source.diagnostic import Report, Severity

    report = Report()
    for name in sorted(names):
        service = project.services[name]
        choose_program(project, service, read_stanza(service, Report()), machine, report)
    if report.has_errors:
        ctx.show([one for one in report.sorted() if one.severity is Severity.ERROR])
        raise LoadFailed


def explained(failed: StepFailed) -> str:
    """Return what a failed step printed last, and where it stands, as BuildKit shows it."""
    printed = "".join(f"{line}\n" for line in failed.lines)
    head = f"------\n > {failed.title}:\n{printed}------\n"
    return head + _excerpt(failed.wanted, failed.step.line)


def _excerpt(wanted: Wanted, line: int) -> str:
    lines = wanted.text.splitlines()
    first, last = max(1, line - _AROUND), min(len(lines), line + _AROUND)
    rule = "-" * 20
    shown = [
        f"{number:4} | {'>>>' if number == line else '   '} {lines[number - 1]}" for number in range(first, last + 1)
    ]
    return "\n".join([f"{wanted.file}:{line}", rule, *shown, rule, ""])
