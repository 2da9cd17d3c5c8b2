"""A JSON Schema of ours as plain data: where it is, and how Python has to read it.

Two files hold the same schema. `compose.json` is the one people, editors and `explain` read; `compose.min.json` is that
file without what never decides a verdict, so that the hot path has less to load (see `compact`).
"""

import json
from typing import Any

from composekit.data import data_file

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
