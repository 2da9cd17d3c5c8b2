"""`doctor`: what this machine can do for a project, and what the project needs that it does not have."""

import os
import platform
from typing import TYPE_CHECKING, Any

from composekit.cli.colors import GREEN, RED, paint
from composekit.cli.context import CommandContext
from composekit.cli.options import SERVICES, Option, Row
from composekit.errors import ComposekitError

if TYPE_CHECKING:
    from composekit.model.project import Project
    from composekit.runtime.machine import Machine
    from composekit.runtime.standing import Standing

ARGUMENTS: tuple[Row, ...] = (
    Option(
        ("--format",),
        "Print as 'table', as 'json', or each service by a template such as '{{.Service}} {{.State}}'",
        to="form",
    ),
    SERVICES,
)


def run(ctx: CommandContext, **values: Any) -> int:
    from composekit.runtime.machine import this_machine
    from composekit.runtime.standing import READY, standing_of

    machine = this_machine(ctx.environ, isolation=ctx.environ.get("COMPOSEKIT_ISOLATION") or "auto")
    project = _project(ctx)
    services = list(project.services.values()) if project else []
    for name in values["services"]:
        if project is None or name not in project.services:
            raise ComposekitError(f"no such service: {name}")
    found = [
        standing_of(project, one, machine)
        for one in services
        if project is not None and (not values["services"] or one.name in values["services"])
    ]
    ctx.out.write(_shown(ctx, machine, project, found, values["form"]))
    return 0 if all(one.state == READY for one in found) else 1


def _project(ctx: CommandContext) -> "Project | None":
    """Return the project, or `None` where there is none: then it is about the machine alone."""
    from composekit.cli.running import load_running
    from composekit.load.locate import FILE_NAMES

    given = ctx.shared.get("files") or ctx.environ.get("COMPOSE_FILE")
    folder = ctx.cwd
    while not given:
        if any(os.path.exists(os.path.join(folder, name)) for name in FILE_NAMES):
            break
        if folder == os.path.dirname(folder):
            return None
        folder = os.path.dirname(folder)
    return load_running(ctx).project


def _shown(
    ctx: CommandContext, machine: "Machine", project: "Project | None", found: "list[Standing]", form: str | None
) -> str:
    from composekit.cli.formats import show_rows
    from composekit.runtime.abilities import differences
    from composekit.values.gotemplate import go_json

    rows = [
        {
            "Hint": one.hint,
            "Image": one.image,
            "Notes": list(one.notes),
            "Package": one.package,
            "Service": one.service,
            "State": one.state,
            "What": one.what,
        }
        for one in found
    ]
    if form == "json":
        facts = {key.title().replace(" ", ""): value for key, value in machine_facts(machine).items()}
        return f"{go_json({'Differences': differences(machine), 'Machine': facts, 'Services': rows})}\n"
    if form not in (None, "", "table"):
        return show_rows(rows, form, table="", headers={})
    text = _section("this machine", machine_facts(machine))
    text += "".join(_section(title, facts) for title, facts in differences(machine).items())
    if project is None:
        return f"{text}\nno Compose file here, so no project to look at\n"
    return f"{text}\nproject {project.name}\n{_services(found, color=ctx.color_out)}{_packages(found)}"


def _section(title: str, facts: dict[str, str]) -> str:
    return f"{title}\n" + "".join(f"  {key:<15}{value}\n" for key, value in facts.items())


def machine_facts(machine: "Machine") -> dict[str, str]:
    """Return what services can have here, in words."""
    from composekit.runtime.abilities import facts_of
    from composekit.runtime.sizes import binary_size
    from composekit.runtime.trees import total_memory

    return {
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}, uid {machine.uid}",
        "resources": f"{os.cpu_count() or 1} processors, {binary_size(total_memory())} memory",
        "private views": "yes" if machine.has_view else f"no: {machine.view_reason or 'not wanted'}",
        **facts_of(machine),
        "addresses": "one for each replica" if machine.own_addresses else "one for all replicas: ports may collide",
        "state": machine.root,
    }


def _services(found: "list[Standing]", *, color: bool) -> str:
    from composekit.runtime.standing import READY

    if not found:
        return "  it has no services\n"
    wide, image = (max(len(getattr(one, key)) for one in found) for key in ("service", "image"))
    lines = []
    for one in found:
        good = one.state == READY
        mark = "✔" if good else "✘"
        mark = paint(mark, GREEN if good else RED) if color else mark
        lines.append(f"  {mark} {one.service:<{wide}}  {one.image:<{image}}  {one.what}\n")
        if one.hint and not good:
            lines.append(f"      hint: {one.hint}\n")
        lines += [f"      note: {note}\n" for note in one.notes]
    return "".join(lines)


def _packages(found: "list[Standing]") -> str:
    packages = sorted({word for one in found for word in one.package.split()})
    if not packages:
        return ""
    return f"\nwhat is missing, on Debian and Ubuntu:\n  apt-get install {' '.join(packages)}\n"
