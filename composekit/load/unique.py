"""Steps after a merge: items of a list that are the same become one, and short forms become long."""

from typing import TYPE_CHECKING

from composekit.load.context import Context
from composekit.load.table import Branch
from composekit.source.node import Mapping, Node, Scalar, Sequence
from composekit.source.path import Path

if TYPE_CHECKING:
    from composekit.load.table import Identity


def keep_unique(tree: Mapping, ctx: Context) -> Mapping:
    """Keep the last of the items that the table calls the same, at the place of the first."""
    done = _unique(tree, ctx.table, (), ctx)
    return done if isinstance(done, Mapping) else tree


def _unique(node: Node, at: Branch, path: Path, ctx: Context) -> Node:
    if isinstance(node, Mapping):
        changed: dict[str, Node] = {}
        for key, value in node.items.items():
            below = at.down_any(key)
            if "unique" in below.has and (done := _unique(value, below, (*path, key), ctx)) is not value:
                changed[key] = done
        return node.with_items(changed)
    if isinstance(node, Sequence) and at.field is not None and at.field.unique is not None:
        return _one_of_each(node, at.field.unique, path, ctx)
    return node


def _one_of_each(node: Sequence, identity: "Identity", path: Path, ctx: Context) -> Node:
    kept: list[Node] = []
    places: dict[str, int] = {}
    for index, item in enumerate(node):
        name = identity(item, (*path, index), ctx)
        if name is not None and name in places:
            ctx.note_override(kept[places[name]], item)
            kept[places[name]] = item
        else:
            if name is not None:
                places[name] = len(kept)
            kept.append(item)
    return node if len(kept) == len(node) else Sequence(kept, node.span)


def to_canonical(tree: Mapping, ctx: Context) -> Mapping:
    """Bring every short form into its long form."""
    done = _expand(tree, ctx.table, (), ctx)
    return done if isinstance(done, Mapping) else tree


def _expand(node: Node, at: Branch, path: Path, ctx: Context) -> Node:
    if at.field is not None and at.field.expand is not None and not _is_null(node):
        node = at.field.expand(node, path, ctx)
    if "expand" not in at.has:
        return node
    if isinstance(node, Mapping):
        changed: dict[str, Node] = {}
        for key, value in node.items.items():
            below = at.down_any(key)
            if "expand" in below.has and (done := _expand(value, below, (*path, key), ctx)) is not value:
                changed[key] = done
        return node.with_items(changed)
    if isinstance(node, Sequence):
        below = at.down("[]")
        if "expand" not in below.has:
            return node
        items = [_expand(item, below, (*path, index), ctx) for index, item in enumerate(node)]
        if any(new is not old for new, old in zip(items, node, strict=True)):
            return Sequence(items, node.span)
    return node


def _is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value is None


def drop_empty(tree: Mapping, ctx: Context) -> Mapping:  # noqa: ARG001  # the signature of a step
    """Drop empty name servers: `dns: ["${DNS}"]` with DNS unset means none."""
    services = tree.get("services")
    if not isinstance(services, Mapping):
        return tree
    changed: dict[str, Node] = {}
    for name, service in services.items.items():
        dns = service.get("dns") if isinstance(service, Mapping) else None
        if isinstance(service, Mapping) and isinstance(dns, Sequence):
            kept = [item for item in dns if not (isinstance(item, Scalar) and item.value in (None, ""))]
            if len(kept) != len(dns):
                changed[name] = service.with_items({"dns": Sequence(kept, dns.span)})
    return tree.with_items({"services": services.with_items(changed)}) if changed else tree
