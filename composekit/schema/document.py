"""A JSON Schema of ours as plain data: where it is, how Python has to read it, and how to walk it along a path.

Two files hold the same schema. `compose.json` is the one people, editors and `explain` read; `compose.min.json` is that
file without what never decides a verdict, so that the hot path has less to load (see `compact`).
"""

import json
import re
from typing import Any

from composekit.data import data_file
from composekit.source.path import Path

COMPOSE = "compose.json"
COMPOSE_COMPACT = "compose.min.json"

ANNOTATIONS = frozenset({"$comment", "$id", "$schema", "default", "deprecated", "description", "examples", "title"})
"""Keywords that tell people and tools something and never decide a verdict."""


def read_schema(name: str) -> Any:
    """Return the parsed JSON of a file in schemas/."""
    with open(data_file("schemas", name), "rb") as file:
        return json.loads(file.read())


def python_pattern(pattern: str) -> str:
    """Return a schema's regular expression for Python's `re`.

    At the end, JSON Schema's `$` means the end of the text; Python's would also match before a last line break.
    """
    if pattern.endswith("$") and not pattern.endswith("\\$"):
        return pattern[:-1] + r"\Z"
    return pattern


def resolve(schema: dict[str, Any], part: Any) -> dict[str, Any]:
    """Return the definition that a part of the schema refers to, or the part itself; empty for a bare true or false."""
    while isinstance(part, dict) and "$ref" in part:
        part = schema["$defs"][part["$ref"].rpartition("/")[2]]
    return part if isinstance(part, dict) else {}


def part_below(schema: dict[str, Any], part: dict[str, Any], key: str | int) -> dict[str, Any] | None:
    """Return what the schema says about one key or item below a part, not resolved; `None` when it says nothing."""
    whole = resolve(schema, part)
    below: Any
    if isinstance(key, int):
        below = whole.get("items")
    else:
        below = whole.get("properties", {}).get(key)
        if below is None:
            patterns = whole.get("patternProperties", {}).items()
            below = next((rule for pattern, rule in patterns if re.search(python_pattern(pattern), key)), None)
    return below if isinstance(below, dict) else None


def part_at(schema: dict[str, Any], path: Path) -> dict[str, Any] | None:
    """Return what the schema says about a path, not resolved; `None` when it says nothing."""
    part: dict[str, Any] | None = schema
    for key in path:
        if part is None:
            return None
        part = part_below(schema, part, key)
    return part
