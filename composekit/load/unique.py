"""Steps after a merge: items of a list that are the same become one, and short forms become long."""

from typing import TYPE_CHECKING

from composekit.load.context import Context
from composekit.load.services import change_services
from composekit.load.walk import change_where
from composekit.source.node import Mapping, Node, Scalar, Sequence, is_null
from composekit.source.path import Path

if TYPE_CHECKING:
    from composekit.load.table import Identity


def keep_unique(tree: Mapping, ctx: Context) -> Mapping:
    """Keep the last of the items that the table calls the same, at the place of the first."""
    return change_where("unique", tree, ctx.table, lambda identity, node, path: _one_of_each(node, identity, path, ctx))


def _one_of_each(node: Node, identity: "Identity", path: Path, ctx: Context) -> Node:
    if not isinstance(node, Sequence):
        return node
    kept: list[Node] = []
    places: dict[str, int] = {}
    for index, item in enumerate(node.items):
        name = identity(item, (*path, index), ctx)
        if name is not None and name in places:
            ctx.note_override(kept[places[name]], item)
            kept[places[name]] = item
        else:
            if name is not None:
                places[name] = len(kept)
            kept.append(item)
    return node if len(kept) == len(node.items) else node.with_items(kept)


def to_canonical(tree: Mapping, ctx: Context) -> Mapping:
    """Bring every short form into its long form."""
    return change_where(
        "expand", tree, ctx.table, lambda expand, node, path: node if is_null(node) else expand(node, path, ctx)
    )


def drop_empty(tree: Mapping, ctx: Context) -> Mapping:  # noqa: ARG001  # the signature of a step
    """Drop empty name servers: `dns: ["${DNS}"]` with DNS unset means none."""
    return change_services(tree, _without_empty_servers)


def _without_empty_servers(service: Mapping) -> Mapping:
    dns = service.get("dns")
    if not isinstance(dns, Sequence):
        return service
    kept = [item for item in dns if not (isinstance(item, Scalar) and item.value in (None, ""))]
    return service if len(kept) == len(dns) else service.with_items({"dns": dns.with_items(kept)})
