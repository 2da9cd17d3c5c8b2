"""A loaded tree as `config` prints it: YAML and JSON with the keys, the order and the quirks of the reference."""

import json
from typing import Any

from composekit.errors import ComposekitError
from composekit.load.fields import ROOT
from composekit.load.table import NOWHERE_BRANCH, Branch, Kind
from composekit.source.emit import sorted_keys, write_yaml
from composekit.source.node import Mapping, Node, Sequence

_JSON_SECTIONS = ("name", "services", "networks", "volumes", "secrets", "configs")


def render_yaml(tree: Mapping) -> str:
    return write_yaml(_yaml(tree, ROOT))


def render_json(tree: Mapping) -> str:
    """Return indented JSON; unlike YAML it has x- keys at the top level only, and no `models`."""
    top = tree.items.items()
    shown = {
        key: _json(value, ROOT.down(key))
        for key, value in top
        if (key in _JSON_SECTIONS and (key in ("name", "services") or len_of(value))) or key.startswith("x-")
    }
    shown.setdefault("services", {})
    return _dump({key: shown[key] for key in sorted(shown)})


def render_plain(tree: Mapping, *, as_json: bool) -> str:
    """Return a tree that was not interpolated: as a plain map, every key in order."""
    value = _sorted(tree)
    return _dump(value) if as_json else write_yaml(value)


def compact_json(node: Node, at: Branch) -> str:
    """Return one line of JSON with the members in the order of the table, as Go writes a struct."""
    return _escape(json.dumps(_json(node, at), separators=(",", ":"), ensure_ascii=False))


def len_of(node: Node) -> int:
    """Return how many items a mapping or list has; a single value has one."""
    return len(node) if isinstance(node, (Mapping, Sequence)) else 1


def _dump(value: Any) -> str:
    try:
        return _escape(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))
    except ValueError:
        hint = "write the number as a string, or print the project as YAML"
        raise ComposekitError("JSON has no infinite numbers, and the project has one", hint=hint) from None


def _escape(text: str) -> str:
    # Go escapes what would be unsafe inside HTML.
    for char, escaped in (("&", "\\u0026"), ("<", "\\u003c"), (">", "\\u003e")):
        text = text.replace(char, escaped)
    return text


def _yaml(node: Node, at: Branch) -> Any:
    if isinstance(node, Sequence):
        below = at.down("[]")
        return [_yaml(item, below) for item in node.items]
    if not isinstance(node, Mapping):
        return node.value
    brief = _brief(node, at)
    if brief is not None:
        return _yaml(brief, NOWHERE_BRANCH)
    return {key: _yaml(node.items[key], at.down_any(key)) for key in _ordered(node, at)}


def _ordered(node: Mapping, at: Branch) -> list[str]:
    if at.field is not None and at.field.kind is not Kind.OBJECT and at.field.kind is not Kind.ULIMIT:
        return sorted_keys(node.items)
    order = at.order
    known = sorted((key for key in node.items if key in order), key=order.__getitem__)
    return known + sorted_keys(key for key in node.items if key not in order)


def _json(node: Node, at: Branch) -> Any:
    if isinstance(node, Sequence):
        if not node.items and at.field is None:
            return None  # under x- keys the reference's empty lists are Go's nil
        below = at.down("[]")
        return [_json(item, below) for item in node.items]
    if not isinstance(node, Mapping):
        value = node.value
        return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e21 else value
    brief = _brief(node, at)
    if brief is not None:
        return _json(brief, NOWHERE_BRANCH)
    if at.field is None or at.field.kind not in (Kind.OBJECT, Kind.ULIMIT):
        return {key: _json(node.items[key], at.down_any(key)) for key in sorted(node.items)}
    shown: dict[str, Any] = {}
    for key, below in at.keys.items():
        value = node.items.get(key)
        if value is not None:
            if at.field.kind is not Kind.ULIMIT or _true(value):
                name = below.field.in_json if below.field is not None else None
                shown[name or key] = _json(value, below)
        elif below.field is not None and below.field.always is not None:
            shown[key] = json.loads(below.field.always)
    return shown


def _brief(node: Mapping, at: Branch) -> Node | None:
    """Return the member that stands for the whole object, where one does."""
    if at.field is None or at.field.brief is None:
        return None
    member, switch = at.field.brief
    return node.items[member] if _true(node.get(switch)) else None


def _true(node: Node | None) -> bool:
    return node is not None and bool(getattr(node, "value", True))


def _sorted(node: Node) -> Any:
    if isinstance(node, Mapping):
        return {key: _sorted(node.items[key]) for key in sorted_keys(node.items)}
    if isinstance(node, Sequence):
        return [_sorted(item) for item in node.items]
    return node.value
