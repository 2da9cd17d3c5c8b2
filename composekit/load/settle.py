"""Step: every value takes the type and spelling it has in a loaded project.

Durations become Go's ("1m30s"), sizes bytes as text, lists of KEY=VALUE mappings, commands lists of words. What equals
the zero value of its kind is dropped, unless the table says `keep`. One rule for each `Kind`; those of single values
are in `load/settle_values.py`.
"""

from composekit.load.context import Context
from composekit.load.imply import named
from composekit.load.settle_values import RULES, Rule, Unfit, report_unfit
from composekit.load.table import ANY, BYTES, DURATION, ITEMS, NAMED, OBJECT, TEXT, ULIMIT, Branch, Kind
from composekit.source.node import Mapping, Node, Scalar, Sequence, from_python
from composekit.source.path import Path


def settle(tree: Mapping, ctx: Context) -> Mapping:
    done = _object(named(tree, ctx), ctx.table, (), ctx)
    return done if isinstance(done, Mapping) else tree


def _settle(node: Node, at: Branch, path: Path, ctx: Context) -> Node | None:
    field = at.field
    if field is None:
        return node
    try:
        return _RULES[field.kind](node, at, path, ctx)
    except Unfit as unfit:
        report_unfit(unfit, path, ctx)
        return None


def _object(node: Node, at: Branch, path: Path, ctx: Context) -> Node | None:
    if not isinstance(node, Mapping):
        return None
    items: dict[str, Node] = {}
    keys = at.keys
    for key, value in node.items.items():
        below = keys.get(key) or at.down(key)
        field = below.field
        if field is None:
            if not key.startswith("x-"):
                continue  # the schema allows it, and nothing reads it
        elif field.kind is TEXT and type(value) is Scalar and type(value.value) is str:
            # What most values are.
            if value.value or field.keep:
                items[key] = value
            continue
        done = _settle(value, below, (*path, key), ctx)
        if done is None or (field is not None and not field.keep and is_zero(done, field.kind)):
            continue
        items[key] = done
    for key, zero in at.zeros.items():
        if key not in items:
            items[key] = Scalar(zero, node.span)
    return Mapping(items, node.span, node.key_spans)


def is_zero(node: Node, kind: Kind) -> bool:
    """Tell whether a settled value is what Go would call the zero value of its kind."""
    if not isinstance(node, Scalar):
        return not node.items
    value = node.value
    if value is None:
        return kind is not ANY
    if isinstance(value, str):
        return value == "" or (kind is BYTES and value == "0") or (kind is DURATION and value == "0s")
    return kind is not ANY and not value


def _named(node: Node, at: Branch, path: Path, ctx: Context) -> Node | None:
    """A mapping whose keys the user chose; null stays null where the table keeps it."""
    if not isinstance(node, Mapping):
        return None
    items: dict[str, Node] = {}
    for key, value in node.items.items():
        below = at.any if at.any is not None else at
        done = _settle(value, below, (*path, key), ctx)
        if done is None:
            empty = below.field.zero if below.field is not None else None
            done = _null(value) if empty is None else from_python(empty, value.span)
        items[key] = done
    return Mapping(items, node.span, node.key_spans)


def _null(node: Node) -> Scalar:
    return node if isinstance(node, Scalar) and node.value is None else Scalar(None, node.span)


def _items(node: Node, at: Branch, path: Path, ctx: Context) -> Node | None:
    if not isinstance(node, Sequence):
        return None
    below = at.down("[]")
    settled = [_settle(item, below, (*path, index), ctx) for index, item in enumerate(node.items)]
    return Sequence([item for item in settled if item is not None], node.span)


def _ulimit(node: Node, at: Branch, path: Path, ctx: Context) -> Node | None:
    if isinstance(node, Mapping):
        return _object(node, at, path, ctx)
    if not isinstance(node, Scalar) or not isinstance(node.value, int):
        return None
    # One limit of 0 is no limit given, and then both are shown.
    return node if node.value else Mapping({"soft": node, "hard": node}, node.span)


_RULES: dict[Kind, Rule] = {
    **RULES,
    OBJECT: _object,
    NAMED: _named,
    ITEMS: _items,
    ULIMIT: _ulimit,
}
