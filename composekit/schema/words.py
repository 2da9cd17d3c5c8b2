"""How places, values and expectations are called in messages, in Compose's words."""

from collections.abc import Iterable
from typing import Any

from composekit.source.node import Mapping, Node, Scalar, Sequence
from composekit.source.path import Path, show_path

KINDS = {
    "services": "service",
    "networks": "network",
    "volumes": "volume",
    "configs": "config",
    "secrets": "secret",
    "models": "model",
}
"""Top-level keys whose entries have names of their own, and what one entry is called."""

_TYPES = {
    "string": "a string",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a mapping",
    "array": "a list",
    "null": "nothing",
}

_SHOWN = 40
"""Longest value shown in a message, in characters."""


def thing(path: Path) -> str:
    """Return what stands at a path: "service 'web'", "'ports[0]' in service 'web'", "'include'", "a Compose file"."""
    if not path:
        return "a Compose file"
    kind = KINDS.get(str(path[0]))
    if kind is None or len(path) == 1:
        return f"'{show_path(path)}'"
    entry = f"{kind} '{path[1]}'"
    return entry if len(path) == 2 else f"'{show_path(path[2:])}' in {entry}"


def found(node: Node) -> str:
    """Return what was written: "a list", "nothing", "true", "the number 3" or the quoted start of a string."""
    if isinstance(node, Mapping):
        return "a mapping"
    if isinstance(node, Sequence):
        return "a list"
    value = node.value
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return f"the number {written(node)}"
    return quoted(value) if value else "an empty string"


def expected(part: dict[str, Any]) -> str:
    """Return what a part of the schema asks for: its listed words, its own short phrase, or its types."""
    if "enum" in part:
        return either(f"'{word}'" for word in part["enum"])
    title: str | None = part.get("title")
    if title is not None:
        return title
    types = part["type"]
    return either([_TYPES[name] for name in ([types] if isinstance(types, str) else types)])


def quoted(text: str) -> str:
    """Return a string on one line in single quotes, cut when it is long."""
    shown = " ".join(text.split())
    return f"'{shown[: _SHOWN - 3]}...'" if len(shown) > _SHOWN else f"'{shown}'"


def either(words: Iterable[str]) -> str:
    """Return "a", "a or b", "a, b or c"."""
    return _joined(list(words), "or")


def both(words: Iterable[str]) -> str:
    """Return "a", "a and b", "a, b and c"."""
    return _joined(list(words), "and")


def _joined(words: list[str], last: str) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def written(node: Scalar) -> str:
    """Return a number or truth value as the file has it; as it came out where the file has a variable."""
    return str(node.value) if "$" in node.raw else node.raw


def is_text(node: Node) -> bool:
    """Tell whether a node is a string."""
    return isinstance(node, Scalar) and isinstance(node.value, str)
