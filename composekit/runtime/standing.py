"""What each service stands for on this machine, or why it cannot run here: the answer of doctor, build and pull."""

import os
from typing import NamedTuple

from composekit.images import catalogue
from composekit.images.program import PYTHON, Program
from composekit.model.project import Project
from composekit.model.service import Service
from composekit.runtime.labels import image_of
from composekit.runtime.machine import Machine
from composekit.runtime.program import choose_program, command_line, fill_python
from composekit.runtime.stanza import KEY, read_stanza
from composekit.source.diagnostic import Diagnostic, Report, Severity

READY, MISSING, UNKNOWN, BROKEN = "ready", "missing", "unknown", "broken"
_CODES = {"CK902": UNKNOWN, "CK903": MISSING}


class Standing(NamedTuple):
    """`state` is ready, missing (a program is not installed), unknown (no recipe) or broken (its Dockerfile is wrong).

    `what` says what runs, or what stands in the way; `package` is Debian's name of what would bring it.
    """

    service: str
    image: str
    state: str
    what: str
    hint: str = ""
    package: str = ""
    notes: tuple[str, ...] = ()


def standing_of(project: Project, service: Service, machine: Machine) -> Standing:
    """Find out without starting anything; Dockerfiles are read."""
    report = Report()
    image = image_of(project, service)
    program = choose_program(project, service, read_stanza(service, report), machine, report)
    words = command_line(service, program, report) if program is not None else ()
    if program is None or not words or report.has_errors:
        return _trouble(service, image, machine, report)
    missing = _missing_word(words, program, machine)
    if missing:
        what = f"'{missing}' is not on this machine"
        first = "run 'composekit build' or install it" if service.build is not None else "install it"
        hint = f"{first}, or say what to run instead under {KEY}"
        return Standing(service.name, image, MISSING, what, hint, notes=program.notes)
    return Standing(service.name, image, READY, _shown(words, machine), notes=program.notes)


def _trouble(service: Service, image: str, machine: Machine, report: Report) -> Standing:
    first: Diagnostic = next(one for one in report.sorted() if one.severity is Severity.ERROR)
    state = _CODES.get(first.code, BROKEN)
    what = first.message.removeprefix(f"service '{service.name}': ").removeprefix(f"service '{service.name}' ")
    package = ""
    if state == MISSING:
        found = catalogue.missing_programs([service.image], machine.which, machine.expand)
        package = found[0].package if found else ""
    return Standing(service.name, image, state, what, first.hint or "", package)


def _missing_word(words: tuple[str, ...], program: Program, machine: Machine) -> str:
    """Return the program a command needs and PATH does not have.

    A path is believed, as files may be mounted there, and so is a name where a build has made layers of files.
    """
    name = words[0]
    if name == PYTHON or "/" in name or name in program.shims or program.layers or machine.which(name):
        return ""
    folders = [folder for folder in program.env.get("PATH", "").split(":") if folder]
    copied = {os.path.dirname(one.target) for one in program.files} | {one.target.rstrip("/") for one in program.files}
    return "" if any(folder in copied for folder in folders) else name


def _shown(words: tuple[str, ...], machine: Machine) -> str:
    """Return a command as people know it: without the program of ours that prepares an image's."""
    if words[0] == PYTHON and len(words) > 4:
        words = words[5:] or (words[4],)
    return " ".join(fill_python(words, machine))
