"""Documents made from the schema itself: one that uses every key, and the smallest one around any single key."""

import json
import os

import pytest

from composekit.schema.document import COMPOSE, part_below, read_schema, resolve

FITTING = {
    "^[a-zA-Z0-9._-]+$": "one.entry-1",
    "^x-": "x-own",
    "^.+$": "option",
    ".+": "NAME",
    "^[a-z]+$": "nofile",
    "^all$": "all",
    "[a-zA-Z0-9][a-zA-Z0-9_.-]": "web-1",
    "always|never|missing|if_not_present|build|refresh|daily|weekly|every_[0-9]+[wdhms]": "every_12h",
}
"""For each pattern of the schema a text that fits."""


class SchemaDocuments:
    def __init__(self):
        self.schema = read_schema(COMPOSE)

    def rich(self, rnd, part=None):
        """Return a value that a part allows, with every key it knows; `rnd` chooses among its forms."""
        part = resolve(self.schema, self.schema if part is None else part)
        types = part.get("type", ["null", "integer", "string"])
        kind = types if isinstance(types, str) else rnd.choice(types)
        if kind == "array":
            items = [self.rich(rnd, part.get("items", {})) for _ in range(rnd.choice([1, 2, 3]))]
            return [item for index, item in enumerate(items) if item not in items[:index]]
        if kind == "object":
            keys = {key: key for key in part.get("properties", {})}
            keys |= {FITTING[pattern]: FITTING[pattern] for pattern in part.get("patternProperties", {})}
            return {key: self.rich(rnd, part_below(self.schema, part, key)) for key in keys}
        return self._scalar(rnd, part, kind)

    def _scalar(self, rnd, part, kind):
        if "enum" in part:
            return rnd.choice(part["enum"])
        if kind == "string":
            return FITTING[part["pattern"]] if "pattern" in part else rnd.choice(["abc", "10", ""])
        return {"integer": rnd.choice([1, 100]), "number": rnd.choice([0, 1.5]), "boolean": rnd.random() < 0.5}.get(
            kind
        )

    def paths(self):
        """Yield the path of every key and item that the schema knows, and of an own and an unknown key everywhere."""
        waiting = [((), self.schema)]
        while waiting:
            path, part = waiting.pop()
            part = resolve(self.schema, part)
            below = list(part.get("properties", {}))
            below += [FITTING[pattern] for pattern in part.get("patternProperties", {})]
            below += [0] if "items" in part else []
            for key in below:
                yield (*path, key)
                waiting.append(((*path, key), part_below(self.schema, part, key)))
            if "object" in part.get("type", ()):
                yield (*path, "unknown")
                yield (*path, "")

    def around(self, path, value):
        """Return the smallest document with a value at a path: only what is required stands beside it."""
        return self._around(path, value, self.schema)

    def _around(self, path, value, part):
        if not path:
            return value
        key, part = path[0], resolve(self.schema, part or {})
        inner = self._around(path[1:], value, part_below(self.schema, part, key))
        if key == 0:
            return [inner]
        beside = {name: self._needed(part_below(self.schema, part, name)) for name in part.get("required", ())}
        return {**beside, key: inner}

    def _needed(self, part):
        part = resolve(self.schema, part)
        return part["enum"][0] if "enum" in part else ["gpu"] if part["type"] == "array" else "needed"


@pytest.fixture(scope="session")
def documents():
    return SchemaDocuments()


@pytest.fixture(scope="session")
def reference():
    """The verdict of Docker Compose 2.40.3 (its shape check alone) on each of `values` at each path: y or n."""
    with open(os.path.join(os.path.dirname(__file__), "reference_verdicts.json"), encoding="utf-8") as file:
        return json.load(file)
