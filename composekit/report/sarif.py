"""SARIF 2.1.0, for code scanning: rules, results, fixes and suppressions.

Facts from the OASIS standard "Static Analysis Results Interchange Format (SARIF) Version 2.1.0". Columns count
characters, which `columnKind` says; the end column is the first one after the region.
"""

from collections.abc import Sequence
from typing import Any

from composekit import __version__
from composekit.report import Rules, Suppressed
from composekit.report.identity import fingerprints
from composekit.report.jsontext import object_text
from composekit.report.place import as_uri, region
from composekit.source.diagnostic import Diagnostic, Fix, Severity
from composekit.source.text import Span

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_KINDS = {"comment": "inSource", "baseline": "external"}
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render(
    diagnostics: Sequence[Diagnostic],
    *,
    color: bool = False,
    rules: Rules | None = None,
    suppressed: Sequence[Suppressed] = (),
) -> str:
    """Return one run as JSON; suppressed findings are results with a suppression."""
    known = rules or {}
    everything = [*diagnostics, *(one.diagnostic for one in suppressed)]
    codes = sorted({one.code for one in everything})
    index = {code: at for at, code in enumerate(codes)}
    how: list[Suppressed | None] = [None] * len(diagnostics)
    how += suppressed
    results = [
        _result(one, index[one.code], mark, muted)
        for one, mark, muted in zip(everything, fingerprints(everything), how, strict=True)
    ]
    driver = {
        "name": "composekit",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(code, known, everything) for code in codes],
    }
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return f'{{"$schema": "{_SCHEMA}", "version": "2.1.0", "runs": [{object_text(run)}]}}\n'


def _rule(code: str, rules: Rules, found: Sequence[Diagnostic]) -> dict[str, Any]:
    known = rules.get(code)
    if known is None:
        level = _LEVELS[max(one.severity for one in found if one.code == code)]
        return {"id": code, "defaultConfiguration": {"level": level}}
    made: dict[str, Any] = {
        "id": code,
        "name": known.name,
        "shortDescription": {"text": known.summary},
        "defaultConfiguration": {"level": _LEVELS[known.severity]},
    }
    if known.page:
        made["help"] = {"text": known.summary, "markdown": known.page}
    if known.category:
        made["properties"] = {"tags": [known.category]}
    return made


def _result(one: Diagnostic, index: int, mark: str, muted: Suppressed | None) -> dict[str, Any]:
    text = one.message if one.hint is None else f"{one.message}; {one.hint}"
    result: dict[str, Any] = {
        "ruleId": one.code,
        "ruleIndex": index,
        "level": _LEVELS[one.severity],
        "message": {"text": text},
        "partialFingerprints": {"composekit/v1": mark},
    }
    if place := _location(one.span):
        if one.path:
            names = ".".join(str(key) for key in one.path)
            place["logicalLocations"] = [{"fullyQualifiedName": names}]
        result["locations"] = [place]
    related = [_related(at, message, span) for at, (message, span) in enumerate(one.related)]
    if related:
        result["relatedLocations"] = related
    if one.fix is not None:
        result["fixes"] = [_fix(one.fix)]
    if muted is not None:
        result["suppressions"] = [
            {"kind": _KINDS[muted.kind], **({"justification": muted.reason} if muted.reason else {})}
        ]
    return result


def _location(span: Span | None) -> dict[str, Any] | None:
    place = region(span)
    if place is None or span is None:
        return None
    return {"physicalLocation": {"artifactLocation": {"uri": as_uri(place.file)}, "region": _region(span)}}


def _related(at: int, message: str, span: Span) -> dict[str, Any]:
    return {"id": at, "message": {"text": message}, **(_location(span) or {})}


def _region(span: Span) -> dict[str, int]:
    place = region(span)
    assert place is not None
    return {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }


def _fix(fix: Fix) -> dict[str, Any]:
    files: dict[str, list[dict[str, Any]]] = {}
    for edit in fix.edits:
        replacement = {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}}
        files.setdefault(edit.span.source.name, []).append(replacement)
    changes = [{"artifactLocation": {"uri": as_uri(name)}, "replacements": found} for name, found in files.items()]
    note = "" if fix.safe else " (may change what the project does)"
    return {"description": {"text": fix.title + note}, "artifactChanges": changes}
