"""GitLab's code quality report, which merge requests show.

Facts from GitLab's documentation "Code Quality": a list of issues with description, check name, a unique fingerprint,
a severity, and a path relative to the repository with a first line. An issue without a file is put at line 1 of ".".
"""

from collections.abc import Sequence
from typing import Any

from composekit.report import Rules, Suppressed
from composekit.report.identity import fingerprints
from composekit.report.jsontext import list_text
from composekit.report.place import region
from composekit.source.diagnostic import Diagnostic, Severity

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.INFO: "minor"}
_CATEGORIES = {"security": "Security", "style": "Style", "correctness": "Bug Risk", "reliability": "Bug Risk"}


def render(
    diagnostics: Sequence[Diagnostic],
    *,
    color: bool = False,
    rules: Rules | None = None,
    suppressed: Sequence[Suppressed] = (),
) -> str:
    """Return the report as a JSON list."""
    marks = fingerprints(diagnostics)
    issues = [_issue(one, mark, rules or {}) for one, mark in zip(diagnostics, marks, strict=True)]
    return list_text(issues) + "\n"


def _issue(one: Diagnostic, mark: str, rules: Rules) -> dict[str, Any]:
    known = rules.get(one.code)
    place = region(one.span)
    lines = {"begin": place.line, "end": place.end_line} if place else {"begin": 1}
    made: dict[str, Any] = {
        "type": "issue",
        "description": f"{one.code}: {one.message}",
        "check_name": known.name if known else one.code,
        "fingerprint": mark,
        "severity": _SEVERITIES[one.severity],
        "location": {"path": place.file.removeprefix("./") if place else ".", "lines": lines},
        "categories": [_CATEGORIES.get(known.category if known else "", "Bug Risk")],
    }
    if one.hint:
        made["content"] = {"body": one.hint}
    return made
