"""Diagnostics for programs: one JSON object with a version, described by schemas/lint-report.json.

Fields are only ever added within a version. What identifies a diagnostic is its code, path and facts, never its
message.
"""

from collections.abc import Sequence
from typing import Any

from composekit import __version__
from composekit.report import Rules, Suppressed
from composekit.report.identity import fingerprints, plain
from composekit.report.jsontext import object_text
from composekit.source.diagnostic import Diagnostic, Fix, Severity
from composekit.source.text import NOWHERE, Span

VERSION = 1


def render(
    diagnostics: Sequence[Diagnostic],
    *,
    color: bool = False,
    rules: Rules | None = None,
    suppressed: Sequence[Suppressed] = (),
) -> str:
    """Return the envelope as JSON, the findings in the order given."""
    return object_text(envelope(diagnostics, rules or {}, suppressed)) + "\n"


def envelope(diagnostics: Sequence[Diagnostic], rules: Rules, suppressed: Sequence[Suppressed] = ()) -> dict[str, Any]:
    """Return the report as plain values."""
    return {
        "version": VERSION,
        "tool": {"name": "composekit", "version": __version__},
        "findings": _findings(diagnostics, rules),
        "suppressed": [
            {**one, "suppression": {"kind": how.kind, "reason": how.reason}}
            for one, how in zip(_findings([how.diagnostic for how in suppressed], rules), suppressed, strict=True)
        ],
        "summary": {**_summary(diagnostics), "suppressed": len(suppressed)},
    }


def _findings(diagnostics: Sequence[Diagnostic], rules: Rules) -> list[dict[str, Any]]:
    marks = fingerprints(diagnostics)
    return [{**_diagnostic(one, rules), "fingerprint": mark} for one, mark in zip(diagnostics, marks, strict=True)]


def _summary(diagnostics: Sequence[Diagnostic]) -> dict[str, int]:
    places = {one.span.source.name for one in diagnostics if one.span is not None and one.span.source is not NOWHERE}
    return {
        "errors": sum(one.severity is Severity.ERROR for one in diagnostics),
        "warnings": sum(one.severity is Severity.WARNING for one in diagnostics),
        "infos": sum(one.severity is Severity.INFO for one in diagnostics),
        "files": len(places),
    }


def _diagnostic(one: Diagnostic, rules: Rules) -> dict[str, Any]:
    rule = rules.get(one.code)
    return {
        "code": one.code,
        "rule": rule.name if rule else None,
        "severity": one.severity.word,
        "message": one.message,
        **_place(one.span),
        "path": list(one.path),
        "hint": one.hint,
        "facts": {name: plain(value) for name, value in one.facts.items()},
        "related": [{"message": message, **_place(span)} for message, span in one.related],
        "fix": _fix(one.fix),
    }


def _place(span: Span | None) -> dict[str, Any]:
    """Return the five place fields; lines and columns count from 1, the end is the first character after the span."""
    if span is None or span.source is NOWHERE:
        return dict.fromkeys(("file", "line", "column", "end_line", "end_column"))
    start, end = span.position, span.source.position(span.end)
    return {
        "file": span.source.name,
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
    }


def _fix(fix: Fix | None) -> dict[str, Any] | None:
    if fix is None:
        return None
    edits = [{**_place(edit.span), "text": edit.text} for edit in fix.edits]
    return {"title": fix.title, "safe": fix.safe, "edits": edits}
