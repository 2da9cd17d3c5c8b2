"""Workflow commands that GitHub Actions shows beside the changed lines.

Facts from GitHub's documentation "Workflow commands for GitHub Actions": one line each, `%`, line breaks and, in
properties, `:` and `,` written as percent codes. Columns are only given where the region is on one line.
"""

from collections.abc import Sequence

from composekit.report import Rules, Suppressed
from composekit.report.place import region
from composekit.source.diagnostic import Diagnostic, Severity

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(
    diagnostics: Sequence[Diagnostic],
    *,
    color: bool = False,
    rules: Rules | None = None,
    suppressed: Sequence[Suppressed] = (),
) -> str:
    """Return one command for each diagnostic."""
    return "".join(_line(one, rules or {}) for one in diagnostics)


def _line(one: Diagnostic, rules: Rules) -> str:
    known = rules.get(one.code)
    properties = {"title": f"{one.code} {known.name}" if known else one.code}
    place = region(one.span)
    if place is not None:
        last = place.end_line if place.end_column > 1 or place.end_line == place.line else place.end_line - 1
        properties = {"file": place.file, "line": str(place.line), "endLine": str(last), **properties}
        if place.line == last:
            # The end column here is the last one of the region.
            end = max(place.end_column - 1, place.column)
            properties |= {"col": str(place.column), "endColumn": str(end)}
    text = one.message if one.hint is None else f"{one.message}\n{one.hint}"
    shown = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_LEVELS[one.severity]} {shown}::{_data(text)}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
