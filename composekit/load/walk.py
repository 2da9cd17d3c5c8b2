"""The way down the table to the values that one of its columns speaks of. Steps that follow a column share it."""

from collections.abc import Callable
from typing import Any

from composekit.load.table import Branch
from composekit.source.node import Mapping, Node, Scalar, Sequence
from composekit.source.path import Path

Change = Callable[[Any, Node, Path], Node]


def change_where(column: str, tree: Mapping, table: Branch, change: Change) -> Mapping:
    """Return a tree with each value changed whose row has the column, from the outside in.

    `change` gets what stands in the column, the value and its path; what it returns is walked on into. Parts of the
    tree where no row has the column are not looked at.
    """
    changed = _walk(column, tree, table, (), change)
    return changed if isinstance(changed, Mapping) else tree


def _walk(column: str, node: Node, at: Branch, path: Path, change: Change) -> Node:
    entry = getattr(at.field, column, None)
    if entry is not None:
        node = change(entry, node, path)
    if type(node) is Scalar:
        return node
    known, others = at.reach(column)
    if type(node) is Mapping:
        changed: dict[str, Node] = {}
        for key, value in node.items.items():
            below = known.get(key, others)
            if below is not None and (done := _walk(column, value, below, (*path, key), change)) is not value:
                changed[key] = done
        return node.with_items(changed)
    if type(node) is Sequence and (below := known.get("[]", others)) is not None:
        items = [_walk(column, item, below, (*path, index), change) for index, item in enumerate(node.items)]
        return node.with_items(items)
    return node
