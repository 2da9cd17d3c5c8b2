"""Reviewdog's diagnostic format (rdjson), which becomes review comments with suggested changes.

Facts from reviewdog's `reviewdog.proto`: columns count bytes of UTF-8, and a range's end is the first place after it.
"""

from collections.abc import Sequence
from typing import Any

from composekit.report import Rules, Suppressed
from composekit.report.jsontext import object_text
from composekit.source.diagnostic import Diagnostic, Severity
from composekit.source.text import NOWHERE, Span

_SEVERITIES = {Severity.ERROR: "ERROR", Severity.WARNING: "WARNING", Severity.INFO: "INFO"}


def render(
    diagnostics: Sequence[Diagnostic],
    *,
    color: bool = False,
    rules: Rules | None = None,
    suppressed: Sequence[Suppressed] = (),
) -> str:
    """Return a DiagnosticResult as JSON."""
    found = {"source": {"name": "composekit"}, "diagnostics": [_diagnostic(one) for one in diagnostics]}
    return object_text(found) + "\n"


def _diagnostic(one: Diagnostic) -> dict[str, Any]:
    made: dict[str, Any] = {
        "message": one.message if one.hint is None else f"{one.message}\n{one.hint}",
        "location": _location(one.span),
        "severity": _SEVERITIES[one.severity],
        "code": {"value": one.code},
    }
    if one.fix is not None and len({edit.span.source for edit in one.fix.edits}) == 1:
        made["suggestions"] = [{"range": _range(edit.span), "text": edit.text} for edit in one.fix.edits]
    related = [{"message": message, "location": _location(span)} for message, span in one.related]
    if related:
        made["relatedLocations"] = related
    return made


def _location(span: Span | None) -> dict[str, Any]:
    if span is None or span.source is NOWHERE:
        return {"path": "."}
    return {"path": span.source.name, "range": _range(span)}


def _range(span: Span) -> dict[str, Any]:
    return {"start": _position(span, span.start), "end": _position(span, span.end)}


def _position(span: Span, offset: int) -> dict[str, int]:
    at = span.source.position(offset)
    before = span.source.text[offset - at.column + 1 : offset]
    return {"line": at.line, "column": len(before.encode("utf-8", "surrogatepass")) + 1}
