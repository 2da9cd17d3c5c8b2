"""Make schemas/compose.min.json from schemas/compose.json: `python -m composekit.schema.compact` in a checkout.

The compact file is what `accept` loads on every run; a test keeps the two equal.
"""

import json
from typing import Any

from composekit.data import data_file
from composekit.schema.document import ANNOTATIONS, COMPOSE, COMPOSE_COMPACT, read_schema

_NAMED_PARTS = frozenset({"$defs", "patternProperties", "properties"})
"""Keywords whose keys are names of the user's world, so that a property called `description` stays."""


def compact_text(schema: dict[str, Any]) -> str:
    """Return a schema as one line of JSON without annotations."""
    return json.dumps(_without_annotations(schema), ensure_ascii=False, separators=(",", ":")) + "\n"


def _without_annotations(part: Any) -> Any:
    if not isinstance(part, dict):
        return part
    kept = {}
    for keyword, value in part.items():
        if keyword in _NAMED_PARTS:
            kept[keyword] = {name: _without_annotations(inner) for name, inner in value.items()}
        elif keyword not in ANNOTATIONS:
            kept[keyword] = _without_annotations(value)
    return kept


def main() -> None:
    """Write the compact file beside the full one."""
    folder = data_file("schemas", COMPOSE)[: -len(COMPOSE)]
    with open(folder + COMPOSE_COMPACT, "w", encoding="utf-8", newline="\n") as file:
        file.write(compact_text(read_schema(COMPOSE)))


if __name__ == "__main__":
    main()
