"""Run the rules over a loaded project: stamp id and severity on hits, add what loading reported, sort by place."""

from collections.abc import Iterable

from composekit.lint.catalog import rules
from composekit.lint.rule import LintContext, Project, Rule
from composekit.lint.settings import Settings
from composekit.source.diagnostic import Diagnostic, Problem, Report, Severity


def lint(loaded: Project, settings: Settings, *, catalog: Iterable[Rule] | None = None) -> list[Diagnostic]:
    """Return what loading reported and what the rules found, by file and place.

    Without a tree, because the files could not be read, there is only what loading reported.
    """
    report = Report()
    for one in loaded.report:
        if one.severity is Severity.ERROR or settings.wants_code(one.code):
            report.append(one)
    if loaded.tree is not None:
        ctx = LintContext(loaded)
        for rule in rules() if catalog is None else catalog:
            if settings.wants(rule.INFO):
                _run(rule, ctx, report)
    return report.sorted()


def _run(rule: Rule, ctx: LintContext, report: Report) -> None:
    info = rule.INFO
    try:
        for hit in rule.check(ctx):
            problem = Problem(info.id, info.severity, hit.message, hit.hint)
            report.add(problem, hit.span, path=hit.path, related=hit.related, fix=hit.fix, **hit.facts)
    except Exception as error:
        error.add_note(f"while running {info.id} ({info.name}) on project '{ctx.name}'")
        raise
