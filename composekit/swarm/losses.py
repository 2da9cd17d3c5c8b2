"""Losses: what the field table says of a canonical tree, as diagnostics at their places."""

from collections.abc import Callable
from typing import Any

from composekit.load.stack_conditions import Place
from composekit.load.stack_places import find_losses, places
from composekit.load.stack_row import Level, Row
from composekit.source.diagnostic import Diagnostic, Problem, Report
from composekit.source.node import Node

Keeps = Callable[[str, str], bool]
"""Whether nothing is lost although a row says so: its code, and the service or object that it is about."""


def report_losses(tree: Node, report: Report, *, keeps: Keeps | None = None) -> None:
    """Add a diagnostic for every attribute that does not become exactly what it says."""
    for row, place in find_losses(tree):
        if keeps is None or not keeps(row.code, place.owner):
            _report(row, place, report)


def level_of(diagnostic: Diagnostic) -> str:
    """Return refused, changed, ignored or emulated; "error" for a diagnostic that is no loss."""
    return str(diagnostic.facts.get("level", "error"))


def _report(row: Row, place: Place, report: Report) -> None:
    key = next(word for word in reversed(place.path) if isinstance(word, str))
    # Only what the message says: a value may be long, and not for everybody's eyes.
    value: dict[str, Any] = {"value": place.text} if "{value}" in row.message else {}
    problem = Problem(row.code, row.severity, row.message, row.hint or None)
    report.add(problem, place.span, path=place.path, level=row.level.value, owner=place.owner, key=key, **value)


__all__ = ["Level", "level_of", "places", "report_losses"]
