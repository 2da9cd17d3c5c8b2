"""Run the rules over a loaded project: stamp id and severity on hits, add what loading reported, sort by place.

`lint` is that; `examine` then obeys the comments in the files that suppress findings.
"""

from collections.abc import Sequence
from typing import Any

from composekit.lint.catalog import rules
from composekit.lint.once import changed, told_once
from composekit.lint.rule import Hit, LintContext, Project, Rule, RuleInfo
from composekit.lint.settings import Settings
from composekit.lint.suppress import Ruling, suppress
from composekit.source.diagnostic import Diagnostic, Report, Severity, filled, sort_key


def examine(loaded: Project, settings: Settings, *, today: str = "", catalog: Sequence[Rule] | None = None) -> Ruling:
    """Return the findings of a project, and those that comments suppress until `today` (YYYY-MM-DD) or later."""
    known = rules() if catalog is None else catalog
    found = lint(loaded, settings, catalog=known)
    return suppress(found, [*loaded.documents, *loaded.others], settings, known, today)


def lint(loaded: Project, settings: Settings, *, catalog: Sequence[Rule] | None = None) -> list[Diagnostic]:
    """Return what loading reported and what the rules found, by file and place; comments count for nothing.

    Without a tree, because the files could not be read, there is only what loading reported.
    """
    report = Report()
    wanted, stamps = _prepared(rules() if catalog is None else catalog, settings)
    for one in loaded.report:
        if (told := stamps.of_loading(one)) is not None:
            report.append(told)
    if loaded.tree is not None:
        ctx = LintContext(loaded, _options(loaded, settings))
        for rule in wanted:
            _run(rule, ctx, report, stamps)
    return sorted(told_once(report), key=sort_key)


_last: tuple[Any, Settings, list[Rule], "_Stamps"] | None = None


def _prepared(catalog: Sequence[Rule], settings: Settings) -> tuple[list[Rule], "_Stamps"]:
    """Return the rules that are on; the last answer is kept, for most projects of a run have the same settings."""
    global _last  # noqa: PLW0603  # as above
    if _last is None or _last[0] is not catalog or _last[1] is not settings:
        _last = (catalog, settings, [rule for rule in catalog if settings.may_want(rule.INFO)], _Stamps(settings))
    return _last[2], _last[3]


class _Stamps:
    """What the settings make of a finding in one file; answers are kept, for most files have many findings."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._files: dict[str | None, Settings] = {}
        self._rules: dict[tuple[str | None, str], Severity | None] = {}

    def of_rule(self, info: RuleInfo, file: str | None) -> Severity | None:
        """Return how severe a rule's findings are in a file; `None` where the rule is off."""
        key = (file if self.settings.overrides else None, info.id)
        if key not in self._rules:
            here = self._here(file)
            self._rules[key] = here.severity(info) if here.wants(info) else None
        return self._rules[key]

    def of_loading(self, one: Diagnostic) -> Diagnostic | None:
        """Return what loading reported with its severity; `None` for a warning that is not wanted."""
        if one.severity is Severity.ERROR:
            return one
        here = self._here(one.span.source.path) if one.span is not None else self.settings
        if not here.wants_code(one.code):
            return None
        severity = here.code_severity(one.code, one.severity)
        return one if severity is one.severity else changed(one, severity=severity)

    def _here(self, file: str | None) -> Settings:
        if not self.settings.overrides:
            return self.settings
        found = self._files.get(file)
        if found is None:
            found = self._files[file] = self.settings.for_file(file)
        return found


def _options(loaded: Project, settings: Settings) -> dict[str, dict[str, Any]]:
    """Return the options of rules; a rule sees all files together, so those of the first file count."""
    first = next(iter(loaded.documents), None)
    here = settings.for_file(first.span.source.path) if first is not None else settings
    return {rule_id: dict(given) for rule_id, given in here.options.items()}


def _run(rule: Rule, ctx: LintContext, report: Report, stamps: _Stamps) -> None:
    info = rule.INFO
    everywhere = None if stamps.settings.overrides else stamps.of_rule(info, None)
    try:
        for hit in rule.check(ctx):
            severity = everywhere or stamps.of_rule(info, hit.span.source.path)
            if severity is not None:
                report.append(_stamped(hit, info.id, severity))
    except Exception as error:
        error.add_note(f"while running {info.id} ({info.name}) on project '{ctx.name}'")
        raise


def _stamped(hit: Hit, code: str, severity: Severity) -> Diagnostic:
    facts = hit.facts
    hint = hit.hint
    return Diagnostic(
        code,
        severity,
        filled(hit.message, facts),
        hit.span,
        hint=hint.format(**facts) if hint and ("{" in hint or "}" in hint) else hint,
        path=hit.path,
        facts=facts,
        related=hit.related,
        fix=hit.fix,
    )
