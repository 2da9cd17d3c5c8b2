"""The way out of a mistake in the shape of a Compose file: hints, and edits where the repair is plain."""

import json
import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from typing import Any

from composekit.schema.document import part_at, resolve
from composekit.schema.words import is_text, thing, written
from composekit.source.diagnostic import Edit, Fix
from composekit.source.node import Mapping, Node, Scalar, Sequence, to_python
from composekit.source.path import Path

Advice = tuple[str | None, Fix | None]

_RENAMED = {
    "cpu_set": "cpuset",
    "env": "environment",
    "log_driver": "logging.driver",
    "log_opt": "logging.options",
    "memory": "mem_limit",
    "net": "network_mode",
    "replicas": "deploy.replicas",
    "volume_driver": "volumes.<name>.driver",
}
"""Keys of old file formats and other tools, and what says the same in a service."""

_FEW = 8
"""So many known keys can be listed in a hint."""

_SHORT = 60
"""Longest string, in characters, that a hint repeats."""

_DEPTH = 3
"""How far below an object a misplaced key is looked for."""


def for_unknown_key(schema: dict[str, Any], part: dict[str, Any], owner: Mapping, path: Path) -> Advice:
    """Return what to do about a key that the object `owner`, checked by `part`, does not have."""
    key = str(path[-1])
    if not key.strip():
        return for_bad_name(key), None
    known: dict[str, Any] = part["properties"]
    right = _spelled(key, known)
    hint = None if right else _elsewhere(schema, part, owner.items[key], path)
    if not right and not hint:
        right = _nearest(key, tuple(known), 0.7)
    if right:
        return f"did you mean '{right}'?", _renaming(owner, key, right)
    if hint is None and len(known) <= _FEW:
        hint = f"known keys: {', '.join(known)}"
    if hint is None and "patternProperties" in part:
        hint = f"a key of your own starts with 'x-', as in 'x-{key}'"
    return hint, None


def _spelled(key: str, known: dict[str, Any]) -> str | None:
    """Return the key that this one is in another spelling: with hyphens, capitals, in the singular or plural."""
    snake = re.sub(r"[\s-]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key.strip())).lower()
    return next((word for word in (snake, key.lower(), snake + "s", snake.removesuffix("s")) if word in known), None)


def _renaming(owner: Mapping, key: str, right: str) -> Fix | None:
    span = owner.key_spans.get(key)
    if span is None or right in owner or span.text != key:
        return None
    return Fix(f"rename '{key}' to '{right}'", (Edit(span, right),), safe=False)


def _elsewhere(schema: dict[str, Any], part: dict[str, Any], value: Node, path: Path) -> str | None:
    """Return where a key with just this name, or a value of this shape, belongs."""
    *above, key = path
    if path[:1] == ("services",) and len(path) == 3:
        if path[1] in schema["properties"]:
            return (
                f"if '{path[1]}' is meant to be the project's, it stands at the start of a line, not under 'services'"
            )
        if key in _RENAMED:
            return f"use '{_RENAMED[str(key)]}' instead"
    if not above and isinstance(value, Mapping) and {"image", "build"} & value.items.keys():
        return f"put service '{key}' under 'services'"
    if not above and key in schema["$defs"]["service"]["properties"]:
        return f"'{key}' is a key of a service; put it under one, further to the right"
    below = _first_trails(schema, part).get(str(key))
    if below:
        return f"it belongs under '{'.'.join(below[:-1])}'"
    for length in range(len(above) - 1, -1, -1):
        higher = part_at(schema, path[:length])
        if higher is not None and key in resolve(schema, higher).get("properties", {}):
            return f"it is a key of {thing(path[:length])}; check how far it is indented"
    return None


@cache
def _nearest(word: str, known: tuple[str, ...], cutoff: float) -> str | None:
    """Return the most similar word; remembered, since who writes one word wrong often does so in every service."""
    return next(iter(get_close_matches(word, known, 1, cutoff)), None)


_searched: dict[int, tuple[dict[str, Any], dict[str, tuple[str, ...]]]] = {}


def _first_trails(schema: dict[str, Any], part: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return for every key below an object the nearest way to it; found once for each part of the schema."""
    if id(part) not in _searched:
        found: dict[str, tuple[str, ...]] = {}
        for trail in _trails(schema, part, _DEPTH):
            found.setdefault(trail[-1], trail)
        _searched[id(part)] = (part, found)  # the part is kept, so that its id stays its own
    return _searched[id(part)][1]


def _trails(schema: dict[str, Any], part: dict[str, Any], depth: int) -> Iterator[tuple[str, ...]]:
    """Yield the keys below an object, nearest first, each with the keys that lead to it."""
    level: list[tuple[tuple[str, ...], dict[str, Any]]] = [((), part)]
    for _ in range(depth):
        following = []
        for trail, whole in level:
            for key, inner in whole.get("properties", {}).items():
                yield (*trail, key)
                following.append(((*trail, key), resolve(schema, inner)))
        level = following


def for_bad_name(key: str) -> str:
    """Return which names are possible."""
    return "use letters, digits, '.', '_' and '-'" if key.strip() else "write a name in front of the ':'"


def for_wrong_type(schema: dict[str, Any], part: dict[str, Any], node: Node, path: Path) -> Advice:
    """Return how to turn what was written into what is asked for."""
    types = part["type"] if isinstance(part["type"], list) else [part["type"]]
    if isinstance(node, Mapping):
        return _for_mapping(schema, types, node, path), None
    if isinstance(node, Sequence):
        return _for_list(part, types, node), None
    if node.value is None:
        return "give it a value, or remove it", None
    if not isinstance(node.value, str) and "string" in types:
        return _for_unquoted(schema, part, types, node)
    if "array" in types:
        value = written(node)
        return (
            f"write it as a list: [{json.dumps(value, ensure_ascii=False)}]" if len(value) <= _SHORT else None
        ), None
    if "object" in types and (pair := re.match(r"([\w.-]+):\S", written(node))):
        return f"put a space after the ':' of '{pair[1]}:'", None
    return None, None


def _for_mapping(schema: dict[str, Any], types: list[str], node: Mapping, path: Path) -> str | None:
    """A mapping where a list or a string should be: often a missing '- ' or a ': ' inside an unquoted string."""
    if "string" not in types:
        return "start each item with '- '" if "array" in types else None
    if len(node) != 1 or not isinstance(path[-1], int):
        return None
    ((key, value),) = node.items.items()
    holder = resolve(schema, part_at(schema, path[:-1]))
    if "object" in holder["type"] and isinstance(value, Scalar):
        return f"write it as '{key}={value.raw}', or drop the '- ' of every item"
    return "put the item in quotes; its ': ' makes it a mapping"


def _for_list(part: dict[str, Any], types: list[str], node: Sequence) -> str | None:
    """A list where a mapping or a single value should be."""
    if "object" not in types:
        return "write the value by itself, not as a list" if len(node) == 1 else None
    first = node.items[0] if node.items else None
    if first is not None and is_text(first) and "properties" not in part:
        return f"write each name as a key of its own, as in '{to_python(first)}:'"
    return "write its keys without '- '" if isinstance(first, Mapping) else None


def _for_unquoted(schema: dict[str, Any], part: dict[str, Any], types: list[str], node: Scalar) -> Advice:
    """A number or a truth value where only a string can be; quotes would not turn 1.5 into a count."""
    if part is schema["$defs"]["durationText"]:
        return f'give it a unit, as in "{written(node)}s"', None
    if "enum" in part or {"boolean", "integer", "number", "object"}.intersection(types):
        return None, None
    if "pattern" in part and not re.search(part["pattern"], written(node)):
        return None, None
    quoted = f'"{written(node)}"'
    plain = not node.style and node.span.text == node.raw
    return f"put it in quotes: {quoted}", Fix("put it in quotes", (Edit(node.span, quoted),)) if plain else None


def for_missing_keys(part: dict[str, Any], missing: list[str]) -> str | None:
    """Return an example of the first missing key."""
    rule = part.get("properties", {}).get(missing[0], {})
    example = next(
        (value for value in (*rule.get("examples", ()), *rule.get("enum", ())) if isinstance(value, str)), None
    )
    return f"add it, for example '{missing[0]}: {example}'" if example else None


def for_not_listed(allowed: list[str], node: Node) -> Advice:
    """Return the allowed word that looks most like what was written."""
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        return None, None
    near = _nearest(node.value.lower(), tuple(allowed), 0.6)
    if not near:
        return None, None
    plain = not node.style and node.span.text == node.raw
    fix = Fix(f"change it to '{near}'", (Edit(node.span, near),), safe=False) if plain else None
    return f"did you mean '{near}'?", fix


def for_malformed(part: dict[str, Any]) -> str | None:
    """Return examples of the right form."""
    examples = [value for value in part.get("examples", ()) if isinstance(value, str)]
    return f"for example {', '.join(repr(value) for value in examples)}" if examples else None
