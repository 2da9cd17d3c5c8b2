"""Step: merge a document over the ones before it.

Owns the default rule and the way down the table; rules of single attributes are in `load/joins.py`. Knows nothing of
interpolation (done before) and of short forms (expanded after).
"""

from composekit.load.context import Context
from composekit.load.table import Branch
from composekit.source.diagnostic import Problem, Severity
from composekit.source.node import Mapping, Node, Scalar, Sequence
from composekit.source.path import Path

CANNOT_MERGE = Problem("CK110", Severity.ERROR, "'{key}' cannot be overridden: both must be {kind}")


def merge_over(tree: Mapping, ctx: Context) -> Mapping:
    """Merge a document over `ctx.base`."""
    if ctx.base is None:
        return tree
    return merge_mappings(_without_resets(ctx.base, ctx), tree, ctx.table, (), ctx)


def merge_services(base: Mapping, over: Mapping, ctx: Context) -> Mapping:
    """Merge a service over the one it extends, by the same rules."""
    merged = merge_nodes(base, over, ctx.table.down("services").down_any("x"), ("services", "x"), ctx)
    return merged if isinstance(merged, Mapping) else over


def remove_paths(tree: Mapping, paths: tuple[Path, ...]) -> Mapping:
    """Return the tree without what stands at the paths; list items are never removed."""
    for path in paths:
        tree = _remove(tree, path)
    return tree


def merge_nodes(base: Node, over: Node, at: Branch, path: Path, ctx: Context) -> Node:
    """Return `over` merged over `base`, at one place of the table."""
    if at.field is not None and at.field.merge is not None:
        return at.field.merge(base, over, at, path, ctx)
    if isinstance(over, Scalar) and over.value is None:
        return base
    if isinstance(base, Mapping):
        if isinstance(over, Mapping):
            return merge_mappings(base, over, at, path, ctx)
        ctx.add(CANNOT_MERGE, over.span, path, key=path[-1] if path else "the file", kind="a mapping")
        return base
    if isinstance(base, Sequence):
        if isinstance(over, Sequence):
            return Sequence([*base.items, *over.items], over.span)
        ctx.add(CANNOT_MERGE, over.span, path, key=path[-1] if path else "the file", kind="a list")
        return base
    ctx.note_override(base, over)
    return over


def merge_mappings(base: Mapping, over: Mapping, at: Branch, path: Path, ctx: Context) -> Mapping:
    """Return the keys of both; those in both are merged."""
    if not over.items:
        return base
    items = dict(base.items)
    for key, value in over.items.items():
        before = items.get(key)
        if before is None:
            items[key] = value
        else:
            items[key] = merge_nodes(before, value, at.down_any(key), (*path, key), ctx)
    return Mapping(items, over.span, {**base.key_spans, **over.key_spans})


def _without_resets(base: Mapping, ctx: Context) -> Mapping:
    return remove_paths(base, ctx.resets) if ctx.resets else base


def _remove(tree: Mapping, path: Path) -> Mapping:
    key, rest = path[0], path[1:]
    if not isinstance(key, str) or key not in tree:
        return tree
    if not rest:
        return tree.without(key)
    below = tree[key]
    if not isinstance(below, Mapping):
        return tree
    changed = _remove(below, rest)
    return tree if changed is below else tree.with_items({key: changed})
