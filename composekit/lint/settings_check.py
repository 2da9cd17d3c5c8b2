"""Hold a settings file against its schema, with a diagnostic at the place of each mistake.

Knows the few keywords that schemas/settings.json uses; the file is small, so there is no need of a library that takes
longer to start than all the rules together.
"""

from typing import Any

from composekit.schema.document import resolve
from composekit.source.diagnostic import Problem, Report, Severity
from composekit.source.node import Mapping, Node, Scalar, Sequence
from composekit.source.path import Path, show_path

UNKNOWN = Problem("CK040", Severity.ERROR, "'{key}' is not a setting")
WRONG_KIND = Problem("CK041", Severity.ERROR, "'{name}' must be {expected}, found {found}")
NOT_ONE_OF = Problem("CK042", Severity.ERROR, "'{name}' must be one of {choices}, found '{found}'")
MISSING = Problem("CK043", Severity.ERROR, "'{name}' needs '{key}'")

_KINDS = {"object": "a mapping", "array": "a list", "string": "a text", "boolean": "true or false"}


def check(node: Node, schema: dict[str, Any], report: Report) -> None:
    """Report everything in which a tree does not fit the schema."""
    _check(node, schema, schema, (), report)


def _check(node: Node, part: Any, schema: dict[str, Any], path: Path, report: Report) -> None:
    rule = resolve(schema, part)
    if "enum" in rule and not (isinstance(node, Scalar) and node.value in rule["enum"]):
        choices = ", ".join(map(str, rule["enum"]))
        report.add(NOT_ONE_OF, node.span, path=path, name=_name(path), choices=choices, found=_shown(node))
        return
    wanted = rule.get("type")
    if wanted is not None and _kind(node) != wanted:
        report.add(WRONG_KIND, node.span, path=path, name=_name(path), expected=_KINDS[wanted], found=_found(node))
        return
    if isinstance(node, Mapping):
        _check_mapping(node, rule, schema, path, report)
    elif isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            _check(item, rule.get("items", {}), schema, (*path, index), report)


def _check_mapping(node: Mapping, rule: dict[str, Any], schema: dict[str, Any], path: Path, report: Report) -> None:
    known = rule.get("properties", {})
    for key in rule.get("required", ()):
        if key not in node:
            report.add(MISSING, node.span, path=path, name=_name(path), key=key)
    for key, value in node.items.items():
        below = known.get(key, rule.get("additionalProperties", True))
        if below is False:
            report.add(UNKNOWN, node.key_span(key), path=(*path, key), key=key, hint=_suggestion(key, list(known)))
        elif isinstance(below, dict):
            _check(value, below, schema, (*path, key), report)


def _suggestion(key: str, known: list[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(key.replace("_", "-"), known, n=1)
    return f"did you mean '{close[0]}'?" if close else f"the settings here are {', '.join(known)}"


def _kind(node: Node) -> str:
    if isinstance(node, Mapping):
        return "object"
    if isinstance(node, Sequence):
        return "array"
    return {bool: "boolean", str: "string"}.get(type(node.value), "other")


def _found(node: Node) -> str:
    if isinstance(node, Scalar):
        return f"'{_shown(node)}'" if node.value is not None else "nothing"
    return _KINDS[_kind(node)]


def _shown(node: Node) -> str:
    return node.raw[:40] if isinstance(node, Scalar) else _KINDS[_kind(node)]


def _name(path: Path) -> str:
    return show_path(path) or "settings"
