"""What a key of the Compose file means, in one sentence: for hover texts, documentation and hints."""

from functools import cache
from typing import Any

from composekit.schema.document import COMPOSE, part_at, part_below, read_schema, resolve
from composekit.source.path import Path


def describe(path: Path) -> str | None:
    """Return the sentence for a path such as ("services", "web", "ports"); `None` when the schema knows no such place.

    A value inside a list or a free mapping is described by what its definition says, or not at all.
    """
    schema = _full()
    parent = part_at(schema, path[:-1])
    part = part_below(schema, parent, path[-1]) if path and parent is not None else parent
    if part is None:
        return None
    text: str | None = part.get("description") or resolve(schema, part).get("description")
    return text


@cache
def _full() -> dict[str, Any]:
    schema: dict[str, Any] = read_schema(COMPOSE)
    return schema
