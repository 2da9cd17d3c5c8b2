"""From the command line to a swarm plan: what `convert` and the commands of `stack` share."""

import os
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from composekit.cli.context import CommandContext
from composekit.cli.options import Option, Row
from composekit.errors import UsageError
from composekit.load.collection import CollectionOff

if TYPE_CHECKING:
    from composekit.load.pipeline import Loaded
    from composekit.source.diagnostic import Diagnostic, Report
    from composekit.swarm.image_template import ImageTemplate
    from composekit.swarm.plan import SwarmPlan

REPORTS = ("text", "json", "markdown")


def plan_options(*, jobs: str, names: str) -> tuple[Row, ...]:
    """Return the options that say what becomes of a project, with the defaults of a command."""
    return (
        Option(
            ("--image-template",),
            "Image of services that are only built, such as '{registry}/{project}-{service}:{tag}'",
            metavar="TEMPLATE",
        ),
        Option(
            ("--jobs",),
            "Which services become jobs: none, those that others wait for to complete, or all that run once "
            f"(none|waited|all; default {jobs})",
            "choice",
            default=jobs,
            choices=("none", "waited", "all"),
        ),
        Option(
            ("--names",),
            "Names of configs and secrets: as docker stack deploy gives them, or with a digest of the content "
            f"(plain|content; default {names})",
            "choice",
            default=names,
            choices=("plain", "content"),
        ),
        Option(("--registry",), "Registry for the image template", metavar="HOST[/PATH]"),
        Option(("--tag",), "Tag for the image template", metavar="TAG"),
        Option(
            ("--report",),
            "How losses are shown on standard error (text|json|markdown)",
            "choice",
            "text",
            REPORTS,
            to="shown",
        ),
        Option(("--strict",), "Do nothing and fail when anything is refused, ignored or changed", "flag"),
    )


class Made(NamedTuple):
    """A plan, `None` when the project could not be loaded, and what there is to say about both."""

    plan: "SwarmPlan | None"
    told: "list[Diagnostic]"
    losses: "list[Diagnostic]"
    project_name: str = ""

    def fit(self, *, strict: bool) -> bool:
        """Tell whether the plan may be used; --strict is about losses, and not about what loading says."""
        from composekit.source.diagnostic import Severity

        worst = max((one.severity for one in self.losses), default=Severity.INFO)
        return self.plan is not None and worst < (Severity.WARNING if strict else Severity.ERROR)


# A service's name in a swarm is the stack's, an underscore and its own: what a host name may be made of.
_STACK_NAME = re.compile(r"[a-zA-Z0-9](?:[a-zA-Z0-9_-]*[a-zA-Z0-9])?", re.ASCII)


def check_stack_name(name: str) -> str:
    """Return the name; raises `UsageError` for one that cannot be a stack's."""
    if not _STACK_NAME.fullmatch(name):
        raise UsageError(f"'{name}' cannot be the name of a stack", hint="write letters, digits, - and _")
    return name


def make_plan(
    ctx: CommandContext, stack: str | None, values: dict[str, Any], *, files: tuple[str, ...] = (), waits: bool = False
) -> Made:
    """Load and convert; `values` are those of `plan_options`. What loading says and the losses are kept apart."""
    from composekit.model.bind import bind_project
    from composekit.source.diagnostic import Report
    from composekit.swarm.convert import Choices, to_plan

    choices = Choices(_template(values), values["jobs"], values["names"] == "content", waits)
    with CollectionOff():
        report = Report()
        loaded = _load_stack(ctx, files, report)
        ctx.keep(loaded)
        told = loaded.report.sorted()
        if loaded.tree is None or loaded.report.has_errors:
            return Made(None, told, [])
        project = bind_project(
            loaded.tree, directory=loaded.directory, environment=loaded.environment, files=tuple(loaded.files)
        )
        name = check_stack_name(stack or project.name)
        plan = to_plan(project, stack=name, report=report, choices=choices)
        ctx.keep(project, plan)
        return Made(plan, told, report.sorted(), project.name)


def _load_stack(ctx: CommandContext, files: tuple[str, ...], report: "Report") -> "Loaded":
    """Load what becomes a stack; where the docker client would take the files, as it reads their env files."""
    from composekit.load.envfiles import read_env_files, take_env_lines
    from composekit.load.pipeline import PROJECT_STEPS, load
    from composekit.swarm.docker_files import reads_env_files, report_values

    # docker stack deploy creates unused configs and secrets too, and knows no PWD that no shell has set.
    request = ctx.request(files or None, all_resources=True, environment={"PWD": "", **ctx.environ})
    loaded = load(request)
    if loaded.tree is None or loaded.report.has_errors or not reads_env_files(loaded.documents):
        return loaded
    if request.env_files or os.path.exists(os.path.join(loaded.directory, ".env")):
        return loaded  # the docker client would leave its variables empty
    if not all(map(os.path.isfile, loaded.files)):
        return loaded  # a pipe cannot be read twice
    taken = load(request, tuple(take_env_lines if step is read_env_files else step for step in PROJECT_STEPS))
    if taken.tree is None or taken.report.has_errors:
        return loaded
    report_values(loaded.tree, taken.tree, report)
    return taken


def _template(values: dict[str, Any]) -> "ImageTemplate | None":
    from composekit.swarm.image_template import DEFAULT, ImageTemplate

    places = {name: values[name] for name in ("registry", "tag") if values[name]}
    text = values["image_template"] or (DEFAULT if "registry" in places else "")
    if not text:
        if places:
            raise UsageError("--tag says nothing without --registry or --image-template")
        return None
    if "registry" in places or "tag" not in places:
        places.setdefault("tag", "latest")
    template = ImageTemplate(text, places)
    template.check()
    return template


def show_losses(ctx: CommandContext, made: Made, form: str, *, briefly: bool = False) -> None:
    """Print what loading says and the losses on standard error; `briefly` for people without what is harmless."""
    from composekit.source.diagnostic import Severity

    told = [*made.told, *made.losses]
    if briefly and form == "text":
        told = [one for one in told if one.severity > Severity.INFO]
    if form == "markdown":
        from composekit.swarm.loss_table import render_losses

        ctx.err.write(render_losses(told, made.plan.stack if made.plan else ""))
    elif form == "json":
        from composekit.report import render

        ctx.err.write(render("json", told))
    elif told:
        from composekit.report import render

        ctx.err.write(render("text", told, color=ctx.color_err))
    ctx.err.flush()
