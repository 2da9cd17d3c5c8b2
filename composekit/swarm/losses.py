"""Losses: what the field table says of a canonical tree, as diagnostics at their places."""

from collections.abc import Iterator
from typing import Any

from composekit.source.diagnostic import Diagnostic, Problem, Report
from composekit.source.node import Mapping, Node, Scalar, Sequence
from composekit.source.text import Span
from composekit.swarm.conditions import Place
from composekit.swarm.fields import FIELDS, Level, Row

ITEM = "[]"


def report_losses(tree: Node, report: Report) -> None:
    """Add a diagnostic for every attribute that does not become exactly what it says."""
    for row in FIELDS:
        if not row.code:
            continue
        for place in places(tree, row.path):
            if row.condition is None or row.condition.test(place):
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


def places(tree: Node, pattern: str) -> Iterator[Place]:
    """Yield the values that a path of the table stands for and that say something: not null, empty or false."""
    words = pattern.replace(ITEM, f".{ITEM}").split(".")
    yield from _down(tree, words, (), tree.span, ("", tree))


def _down(
    node: Node, words: list[str], path: tuple[str | int, ...], span: Span, section: tuple[str, Node]
) -> Iterator[Place]:
    if len(path) == 2:
        section = (str(path[1]), node)
    if not words:
        if _says_something(node):
            yield Place(path, node, span, *section)
        return
    word, rest = words[0], words[1:]
    if word == ITEM:
        if isinstance(node, Sequence):
            for index, item in enumerate(node.items):
                yield from _down(item, rest, (*path, index), item.span, section)
    elif isinstance(node, Mapping):
        for key in node.items if word == "*" else (word,):
            if key in node.items:
                yield from _down(node.items[key], rest, (*path, key), node.key_span(key), section)


def _says_something(node: Node) -> bool:
    if isinstance(node, Scalar):
        return node.value is not None and node.value != "" and node.value is not False
    return len(node) > 0


__all__ = ["Level", "level_of", "places", "report_losses"]
