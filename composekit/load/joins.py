"""How an override joins what it overrides, where that is not the default.

The default is in `load/merge.py`: mappings are merged key by key, lists are appended, everything else is replaced.
"""

from collections.abc import Callable

from composekit.load.context import Context
from composekit.load.merge import CANNOT_MERGE, merge_mappings
from composekit.load.table import Branch
from composekit.source.node import Mapping, Node, Scalar, Sequence, supplied
from composekit.source.path import Path
from composekit.source.scalars import show_value

MakeValue = Callable[[Scalar], Node]


def replace(base: Node, over: Node, at: Branch, path: Path, ctx: Context) -> Node:
    ctx.note_override(base, over)
    return over


def join_sequences(base: Node, over: Node, at: Branch, path: Path, ctx: Context) -> Node:
    """Join lists and mappings of KEY=VALUE as one list; `unique` then keeps the last of each key."""
    return Sequence([*as_entries(base), *as_entries(over)], over.span)


def join_hosts(base: Node, over: Node, at: Branch, path: Path, ctx: Context) -> Node:
    """Join as `join_sequences`, leaving out entries that are there already."""
    entries = as_entries(base)
    return Sequence([*entries, *(entry for entry in as_entries(over) if entry not in entries)], over.span)


def join_build(base: Node, over: Node, at: Branch, path: Path, ctx: Context) -> Node:
    return merge_mappings(_as_build(base), _as_build(over), at, path, ctx)


def join_depends_on(base: Node, over: Node, at: Branch, path: Path, ctx: Context) -> Node:
    return merge_mappings(
        names_to_mapping(base, make_dependency), names_to_mapping(over, make_dependency), at, path, ctx
    )


def join_names(base: Node, over: Node, at: Branch, path: Path, ctx: Context) -> Node:
    return merge_mappings(names_to_mapping(base, make_null), names_to_mapping(over, make_null), at, path, ctx)


def join_logging(base: Node, over: Node, at: Branch, path: Path, ctx: Context) -> Node:
    """Merge the options of one driver; another driver replaces all."""
    if not isinstance(base, Mapping) or not isinstance(over, Mapping):
        ctx.add(CANNOT_MERGE, over.span, path, key=path[-1], kind="a mapping")
        return base
    before, after = base.get("driver"), over.get("driver")
    if before is None or after is None or before == after:
        return merge_mappings(base, over, at, path, ctx)
    return over


def join_ipam_pools(base: Node, over: Node, at: Branch, path: Path, ctx: Context) -> Node:
    """Merge the pools of one subnet; a pool of another subnet is added."""
    if not isinstance(base, Sequence) or not isinstance(over, Sequence):
        ctx.add(CANNOT_MERGE, over.span, path, key=path[-1], kind="a list")
        return base
    pools: list[Mapping] = []
    for one in (pool for pool in base if isinstance(pool, Mapping)):
        for other in (pool for pool in over if isinstance(pool, Mapping)):
            known = any(pool.get("subnet") == other.get("subnet") for pool in pools)
            if other.get("subnet") != one.get("subnet") and not known:
                pools.append(other)
                continue
            merged = merge_mappings(one, other, at, path, ctx)
            place = next((i for i, pool in enumerate(pools) if pool.get("subnet") == merged.get("subnet")), None)
            if place is None:
                pools.append(merged)
            else:
                pools[place] = merged
    return Sequence(list(pools), over.span)


def as_entries(node: Node) -> list[Node]:
    """Return a list, or a mapping as sorted KEY=VALUE entries; a lone string is a list of one."""
    if isinstance(node, Sequence):
        return node.items
    if isinstance(node, Scalar):
        return [node] if isinstance(node.value, str) else []
    entries: list[Node] = []
    for key, value in node.items.items():
        if isinstance(value, Sequence):
            entries += [Scalar(f"{key}={_shown(item)}", item.span) for item in value]
        elif isinstance(value, Scalar) and value.value is None:
            entries.append(Scalar(key, node.key_span(key)))
        else:
            entries.append(Scalar(f"{key}={_shown(value)}", value.span))
    return sorted(entries, key=lambda entry: entry.value if isinstance(entry, Scalar) else "")


def _shown(node: Node) -> str:
    return show_value(node.value) if isinstance(node, Scalar) else ""


def names_to_mapping(node: Node, make: MakeValue) -> Mapping:
    """Return a list of names as a mapping with a made value for each; a mapping as it is."""
    if isinstance(node, Mapping):
        return node
    items: dict[str, Node] = {}
    spans = {}
    for item in node if isinstance(node, Sequence) else ():
        if isinstance(item, Scalar) and isinstance(item.value, str):
            items[item.value] = make(item)
            spans[item.value] = item.span
    return Mapping(items, node.span, spans)


def make_null(item: Scalar) -> Node:
    return Scalar(None, item.span)


def make_dependency(item: Scalar) -> Node:
    """Return what a name in a list of dependencies stands for."""
    span = item.span
    return Mapping({"condition": supplied("service_started", span), "required": supplied(True, span)}, span)


def _as_build(node: Node) -> Mapping:
    if isinstance(node, Mapping):
        return node
    if isinstance(node, Scalar) and isinstance(node.value, str):
        return Mapping({"context": node}, node.span)
    return Mapping({}, node.span)
